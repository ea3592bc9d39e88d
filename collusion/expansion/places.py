"""Products and sellers that a group reviews more than others do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtrc

from collusion.evidence.pvalues import adjusted
from collusion.expansion.found import Places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["places_of"]


def places_of(graph: ReviewGraph, stratum: NDArray[np.integer], group: NDArray[np.bool_], unit: NDArray[np.int32]) -> Places:
    """Return the products, or sellers, with more reviews by a group than its share of their strata gives, by q-value.

    Reviews of a stratum are the group's with the chance of its share there. How many there are of one unit is compared with the binomial
    law of the mean chance, whose tail is not below that of independent events with chances of their own (Hoeffding 1956).

    Parameters
    ----------
    unit : int32[n_reviews]
        Product or seller of each review; -1 where unknown.

    Notes
    -----
    The accounts were found at these very places, so p-values hold given the accounts: they rank places, and find nobody. O(n_reviews).
    """
    member = group[graph.reviewer]
    n_strata = int(stratum.max(initial=-1)) + 1
    chance = np.bincount(stratum, member, n_strata) / np.maximum(np.bincount(stratum, minlength=n_strata), 1)
    known = unit >= 0
    n_units = int(unit.max(initial=-1)) + 1
    every = np.bincount(unit[known], minlength=n_units)
    expected = np.bincount(unit[known], chance[stratum[known]], n_units)
    reviews = np.bincount(unit[known & member], minlength=n_units)
    above = reviews > expected
    p_value = np.ones(n_units)
    mean = np.minimum(expected[above] / np.maximum(every[above], 1), 1.0)
    p_value[above] = np.minimum(bdtrc(reviews[above] - 1, every[above], mean), 1.0)
    p_value = np.maximum(p_value, np.finfo(np.float64).tiny)
    q_value = np.ones(n_units)
    q_value[every > 0] = adjusted(p_value[every > 0])
    listed = np.flatnonzero(reviews > 0)
    listed = listed[np.lexsort((listed, -reviews[listed], p_value[listed]))]
    return Places(
        listed.astype(np.int32), reviews[listed].astype(np.int64), np.round(expected[listed], 6), p_value[listed], q_value[listed]
    )
