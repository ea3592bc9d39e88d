"""q-values from null replicates that rerun the whole search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import false_discovery_control

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["adjusted", "q_values"]


def q_values(observed: ArrayLike, null: ArrayLike, replicates: int) -> NDArray[np.float64]:
    """Return the estimated false-discovery rate at which each observed group would be flagged.

    q(s) = min over s' <= s of (1 + #{null >= s'}) / (replicates x #{observed >= s'}), at most 1. The one in the numerator keeps q above
    0: with B replicates no single group can reach less than 1 / B.

    Parameters
    ----------
    observed : array of shape (n,)
        Scores of the groups found in the log.
    null : array of shape (m,)
        Scores of all groups found in all replicates by the same search.
    replicates : int
        Number of replicates, at least 1.

    Returns
    -------
    float64 array of shape (n,)

    References
    ----------
    Storey and Tibshirani, PNAS 2003, for the estimate; Phipson and Smyth, SAGMB 2010, for the one added.
    """
    scores = np.asarray(observed, dtype=np.float64)
    nulls = np.sort(np.asarray(null, dtype=np.float64))
    order = np.argsort(scores, kind="stable")
    ascending = scores[order]
    # Ties count together: the first of equal scores has the most observed at or above it.
    at_least = len(scores) - np.searchsorted(ascending, ascending, side="left")
    above = len(nulls) - np.searchsorted(nulls, ascending, side="left")
    rate = np.minimum(1.0, (1 + above) / (replicates * at_least))
    found = np.empty(len(scores))
    found[order] = np.minimum.accumulate(rate)
    return found


def adjusted(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return p-values adjusted for their number: those at most q have a false-discovery rate of q (Benjamini and Hochberg 1995)."""
    p = np.asarray(p_values, dtype=np.float64)
    found: NDArray[np.float64] = np.asarray(false_discovery_control(p), dtype=np.float64) if len(p) else p
    return found
