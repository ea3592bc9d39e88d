"""Groups of reviewers: their reviews, gathered once for all windows, and who belongs to a group, given what activity by stratum explains.

Co-reviews at one unit are not independent (one review there is a co-review with all others), so membership counts units, not co-reviews.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from collusion.graph.graph import ReviewGraph
from collusion.kernels import membership as kernel
from collusion.kernels.groups import shared_reviews
from collusion.kernels.threads import in_threads, shares

if TYPE_CHECKING:
    from collusion.graph.projection import CoReviews

__all__ = ["GroupReviews", "edges_around", "edges_between", "edges_of", "refine_memberships", "rows_of", "synchronous"]

FALSE_MEMBERS = 0.05
"""False-discovery rate of the reviewers of one group (Benjamini and Hochberg 1995)."""

FALSE_PRODUCTS = 0.05
"""False-discovery rate of the products of one group (Benjamini and Hochberg 1995)."""

MARGINAL = 0.25
"""Members on a product, as a share of those on the product of the members' median visit, below which it is left out."""

REFINEMENT_ROUNDS = 8
"""Rounds of attaching products and reviewers; groups converge in two or three."""


def refine_memberships(
    graph: ReviewGraph, co_reviews: CoReviews, groups: Sequence[NDArray[np.int32]], bins: Sequence[int], threads: int = 1
) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Attach products to each group and reviewers to the products in turn until neither changes; return (reviewers, products) each.

    Products are those with a co-review of at least two of the reviewers, and which more of them reviewed than activity explains: the
    members' reviews among those near the co-reviews are tested against a binomial whose probability is the members' share of the strata
    outside the product, over all products that members reviewed (`FALSE_PRODUCTS`). Products of at least half of the members pass as well;
    those of far fewer members than usual in the group (`MARGINAL`) do not.

    Reviewers are all who reviewed at more of the group's units, near its co-reviews, than activity explains. Given the others, a reviewer
    is permuted among the edges they leave (that is N1), so the number of these units is tested against a binomial over the reviewer's own
    reviews. Members are tested like everyone else, their own reviews left out; the test is over all reviewers with two or more reviews in
    those strata (`FALSE_MEMBERS`).

    Parameters
    ----------
    groups : sequence of int32 arrays
        Reviewer codes, unique and ascending.
    bins : sequence of int
        For each group the largest local-degree bin that counts.
    threads : int, default 1
        Changes no result.

    Notes
    -----
    O(n_reviewers + n_products + n_strata) once per thread, and O(reviews near the co-reviews) per group and round.
    """
    if not groups:
        return []
    activity, window = co_reviews.activity(graph), co_reviews.windows.for_kernels(co_reviews.span)
    sizes = np.fromiter((len(group) for group in groups), np.int64, len(groups))
    indptr = np.concatenate(([0], np.cumsum(sizes)))
    members = np.concatenate([np.empty(0, np.int32), *groups])
    limits = np.minimum(np.asarray(bins, dtype=np.int64), co_reviews.limit)

    def refine(first: int, last: int) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        m_indptr, reviewers, p_indptr, products = kernel.refine_memberships(
            indptr[first : last + 1],
            members,
            limits[first:last],
            kernel.Edges(graph.indptr, graph.edges, graph.reviewer, graph.product, graph.n_products),
            window,
            co_reviews.unit_of,
            co_reviews.strata.of,
            co_reviews.strata.size,
            activity,
            kernel.Limits(FALSE_MEMBERS, FALSE_PRODUCTS, MARGINAL, REFINEMENT_ROUNDS),
        )
        return [(reviewers[m_indptr[g] : m_indptr[g + 1]], products[p_indptr[g] : p_indptr[g + 1]]) for g in range(last - first)]

    return [group for part in in_threads(threads, [partial(refine, *part) for part in shares(indptr, threads)]) for group in part]


def rows_of(graph: ReviewGraph, reviewers: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the edges of each reviewer one after the other: where each one's begin, [len(reviewers) + 1], and the edges."""
    counts = graph.indptr[reviewers + 1] - graph.indptr[reviewers]
    indptr = np.concatenate(([0], np.cumsum(counts)))
    at = np.repeat(graph.indptr[reviewers] - indptr[:-1], counts) + np.arange(indptr[-1])
    return indptr, graph.edges[at]


def edges_of(graph: ReviewGraph, reviewers: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return all edges of the reviewers, ascending (by product, then time)."""
    return np.sort(rows_of(graph, reviewers)[1]).astype(np.int64)


def edges_between(graph: ReviewGraph, reviewers: NDArray[np.integer], products: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the edges of the reviewers on the products, ascending (by product, then time)."""
    edges = edges_of(graph, reviewers)
    return edges[np.isin(graph.product[edges], products)]


def synchronous(co_reviews: CoReviews, edges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of the edges (ascending) count and are within the window of another of them that counts."""
    together = np.zeros(len(edges), dtype=bool)
    counted = np.flatnonzero(co_reviews.counts(edges))
    if len(counted) > 1:
        # Edges of a product are consecutive and in time order, so the nearest other is a neighbour.
        near = co_reviews.hi(edges[counted[:-1]]) > edges[counted[1:]]
        together[counted[:-1]] |= near
        together[counted[1:]] |= near
    return together


def edges_around(co_reviews: CoReviews, own: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return all edges, of any reviewer, within the window of a co-review among the given edges (ascending)."""
    together = own[synchronous(co_reviews, own)]
    return _ranges(co_reviews.lo(together), co_reviews.hi(together))


def _ranges(lo: NDArray[np.int64], hi: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the union of half-open ranges, neither of whose ends ever descends, as ascending positions."""
    if not len(lo):
        return np.empty(0, np.int64)
    # Each range starts where those before it end.
    start = np.maximum(lo, np.append(lo[0], hi[:-1]))
    length = np.maximum(hi - start, 0)
    offset = np.concatenate(([0], np.cumsum(length)))
    return np.repeat(start - offset[:-1], length) + np.arange(offset[-1])


@dataclass(frozen=True, eq=False)
class GroupReviews:
    """Groups of reviewers, and their reviews that others of the group are near: only those can be co-reviews.

    Parameters
    ----------
    indptr, members : int64[n_groups + 1], int32 array
        Group g is ``members[indptr[g]:indptr[g + 1]]``.
    ends, edges, who : int64[n_groups + 1], int64 array, int32 array
        The reviews of group g that are near others are ``edges[ends[g]:ends[g + 1]]``, ascending, each of the member at position ``who``.
    window : int or None
        Days within which reviews of one product are near; None for any two.
    """

    indptr: NDArray[np.int64]
    members: NDArray[np.int32]
    ends: NDArray[np.int64]
    edges: NDArray[np.int64]
    who: NDArray[np.int32]
    window: int | None

    @classmethod
    def of(cls, graph: ReviewGraph, groups: Sequence[NDArray[np.int32]], by_window: Sequence[CoReviews]) -> GroupReviews:
        """Gather the reviews of groups, unique codes each, for the longest of some windows. O(reviews of the members, sorted)."""
        windows = [co_reviews.window for co_reviews in by_window if co_reviews.window is not None]
        window = max(windows) if len(windows) == len(by_window) else None
        time = graph.time if graph.time is not None and window is not None else np.empty(0, np.int32)
        indptr = np.concatenate(([0], np.cumsum([len(group) for group in groups]))).astype(np.int64)
        members = np.concatenate([np.empty(0, np.int32), *groups])
        ends, edges, who = shared_reviews(indptr, members, graph.indptr, graph.edges, graph.product, time, window or 0)
        return cls(indptr, members, ends, edges, who, window)

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def group(self) -> NDArray[np.int64]:
        """The group of each of ``edges``."""
        return np.repeat(np.arange(len(self)), np.diff(self.ends))
