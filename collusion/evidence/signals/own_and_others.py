"""A column of reviews, of a group's and of everybody else's of the same products."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from collusion.evidence.facts import GroupFacts

__all__ = ["own_and_others"]


def own_and_others(group: GroupFacts, column: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the known values (not negative) of the group's own edges, and of others' on its products. O(reviews of the products)."""
    graph = group.log.graph
    on = [np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]) for p in group.products]
    every = np.concatenate([np.empty(0, np.int64), *on])
    others = every[~np.isin(graph.reviewer[every], group.reviewers)]
    own, rest = (column[edges][column[edges] >= 0].astype(np.float64) for edges in (group.edges, others))
    return own, rest
