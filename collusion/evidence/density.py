"""How many of the ring's products its reviewers covered, against what their activity by stratum explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammainc

from collusion.evidence.words import of_stratum, p_text
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.graph.strata import Strata

__all__ = ["density"]


def density(graph: ReviewGraph, strata: Strata, slots: NDArray[np.int64], size: tuple[int, int]) -> Evidence:
    """Count the ring's reviews against their mean under N1.

    Parameters
    ----------
    graph : ReviewGraph
    strata : Strata
    slots : int64 array
        The ring's reviews: by its reviewers, on its products.
    size : (int, int)
        Numbers of reviewers and products.

    Notes
    -----
    The mean is the sum over all slots of the ring's products of the members' share of the slot's stratum; the p-value is Poisson's.
    It takes the group as given: the search that chose the group is accounted for by the q-value alone.
    """
    members = np.unique(graph.reviewer[slots])
    products = np.unique(graph.product[slots])
    every = np.concatenate([graph.slots[graph.indptr[u] : graph.indptr[u + 1]] for u in members])
    share = np.bincount(strata.of[every], minlength=strata.n) / np.maximum(strata.size, 1)
    expected = float(sum(share[strata.of[graph.product_indptr[p] : graph.product_indptr[p + 1]]].sum() for p in products))
    p_value = float(gammainc(len(slots), expected)) if expected > 0 else None
    statement = (
        f"{size[0]:,} reviewers wrote {len(slots):,} reviews of {size[1]:,} products, {len(slots) / (size[0] * size[1]):.0%} of all pairs; "
        f"{expected:.1f} are expected when reviewers are dealt anew {of_stratum(strata)} "
        f"(N1; {p_text(p_value)} for this group taken as given)."
    )
    return Evidence(
        signal="density",
        statement=statement,
        observed=float(len(slots)),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(int(row) for row in np.sort(graph.row[slots])),
        stance="for" if len(slots) > expected else "against",
    )
