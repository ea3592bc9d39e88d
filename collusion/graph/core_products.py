"""The most reviewed products of a log, and ties between them by reviewers who return after a long time: signs of lasting taste."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.graph.graph import ReviewGraph
from collusion.graph.null import reviewer_colours
from collusion.graph.strata import DAYS_PER_MONTH, MEDIAN_STRATUM_SIZE, lonely_products
from collusion.graph.timeline import NO_TIME
from collusion.kernels.csr import group_by
from collusion.kernels.taste import colour_products, tie_reviews

__all__ = ["APART_DAYS", "CORE_REVIEWS", "CoreProducts"]

APART_DAYS = 60
"""Days between two reviews, above which they indicate taste: the longest window in which co-reviews are counted."""

CORE_PRODUCTS = 1000
"""Products among which categories are found, the most reviewed: all others are assigned by their reviewers. Few products with many ties
show tastes that many products with few ties do not (the detectability threshold of block models)."""

CORE_REVIEWS = 2**19
"""Approximate largest number of reviews of core products that are used; of larger logs, those of a sample of the reviewers."""

TIES_PER_REVIEW = 4
"""Ties to which a review leads, at most: the number of ties stays linear."""


@dataclass(frozen=True, eq=False)
class CoreProducts:
    """The most reviewed products, in an order that depends on no name, and the ties between them."""

    products: NDArray[np.int64]
    product: NDArray[np.int32]
    """int32[reviews]: position of the product of each review used, grouped by reviewer."""
    month: NDArray[np.int32]
    fit: NDArray[np.int32]
    """int32[n, 3]: ties of one half of the reviewers; ``test`` are those of the other half (`tie_reviews`)."""
    test: NDArray[np.int32]
    open_: NDArray[np.bool_]
    """bool[n_products]: products that are not lonely."""

    @property
    def n_months(self) -> int:
        """Number of months."""
        return int(self.month.max(initial=0)) + 1

    @classmethod
    def of(cls, graph: ReviewGraph, time: NDArray[np.int32]) -> CoreProducts | None:
        """Return the core products of a graph; None where a half of the reviewers has no ties."""
        lonely, first, last = lonely_products(graph.timeline)
        if first > last:
            return None
        colours = reviewer_colours(graph)
        products = _most_reviewed(graph, time, lonely, colours)
        edges, chosen, indptr = _reviews(graph, time, products, colours)
        position = np.full(graph.n_products, -1, np.int32)
        position[products] = np.arange(len(products), dtype=np.int32)
        product, day, colour = position[graph.product[edges]], time[edges] - np.int32(first), colours[chosen]
        ties = np.empty((TIES_PER_REVIEW * len(edges), 3), np.int32)
        # Sums of fractions over reviewers are taken in this order.
        n = tie_reviews(
            np.argsort(colour), indptr, colour, product, day, APART_DAYS, TIES_PER_REVIEW, np.empty(len(edges), np.uint64), ties
        )
        half = (colour >> np.uint64(63)).astype(np.bool_)[ties[:n, 2]]
        fit, test = ties[:n][half], ties[:n][~half]
        return cls(products, product, _months(day), fit, test, ~lonely) if len(fit) and len(test) else None


def _most_reviewed(
    graph: ReviewGraph, time: NDArray[np.int32], lonely: NDArray[np.bool_], colours: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Return the products with most reviews, most first; equals by a hash of their reviews."""
    reviews = np.where(lonely, 0, np.diff(graph.product_indptr))
    least = max(1, int(np.partition(reviews, -CORE_PRODUCTS)[-CORE_PRODUCTS])) if len(reviews) > CORE_PRODUCTS else 1
    found = np.flatnonzero(reviews >= least)
    colour = np.empty(len(found), np.uint64)
    first = int(time.min(where=time != NO_TIME, initial=np.iinfo(np.int32).max))
    colour_products(graph.product_indptr, found, graph.reviewer, time, first, colours, colour)
    return found[np.lexsort((colour, -reviews[found]))][:CORE_PRODUCTS]


def _reviews(
    graph: ReviewGraph, time: NDArray[np.int32], products: NDArray[np.int64], colours: NDArray[np.uint64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Return dated edges of the products, grouped by reviewer; the reviewers, who have two or more; and where each one's edges begin.

    In large logs, those of a sample of the reviewers, drawn by a hash of their reviews.
    """
    length = np.diff(graph.product_indptr)[products]
    edges = np.repeat(graph.product_indptr[products] - (np.cumsum(length) - length), length) + np.arange(length.sum())
    edges = edges[time[edges] != NO_TIME]
    if len(edges) > CORE_REVIEWS:
        least = np.uint64(int(2**63 * CORE_REVIEWS / len(edges)))
        edges = edges[colours[graph.reviewer[edges]] << np.uint64(1) >> np.uint64(1) < least]  # the first bit halves the reviewers
    ends, by = group_by(graph.reviewer[edges], graph.n_reviewers)
    count = np.diff(ends)
    edges = edges[by[np.repeat(count > 1, count)]].astype(np.int32)
    chosen = np.flatnonzero(count > 1)
    return edges, chosen, np.concatenate(([0], np.cumsum(count[chosen]))).astype(np.int64)


def _months(day: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the month of each day, from 0; as in `strata_of`, months double until that of the median review is large enough."""
    days = DAYS_PER_MONTH
    while True:
        month = (day // np.int32(days)).astype(np.int32)
        if np.median(np.bincount(month)[month]) >= MEDIAN_STRATUM_SIZE or not month.any():
            return month
        days *= 2
