"""What each review scores for being where a group is, and what each account shares with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from collusion.graph.graph import NO_TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["Near", "Places", "nearness"]

STEPS_PER_NAT = 2
"""Scores are whole numbers of such steps, so that the law of their sum is exact."""

TIME_BITS = 33


@dataclass(frozen=True, eq=False)
class Places:
    """Where the reviews of a timeline are: everything about one window that permutations keep.

    Parameters
    ----------
    graph : ReviewGraph
    window : int or None
        Days; None where the log has no times.
    unit : int64[n_reviews]
        What an account's reviews count once per: the seller, where known, else the product.
    """

    graph: ReviewGraph
    window: int | None
    unit: NDArray[np.int64]

    @classmethod
    def of(cls, graph: ReviewGraph, window: int | None, *, by_seller: bool) -> Places:
        """Prepare one window of a graph."""
        product = graph.product.astype(np.int64)
        if by_seller and graph.seller is not None:
            seller = graph.seller[graph.product].astype(np.int64)
            return cls(graph, window, np.where(seller >= 0, seller, int(graph.seller.max(initial=-1)) + 1 + product))
        return cls(graph, window, product)

    @cached_property
    def _key(self) -> NDArray[np.int64]:
        """Product and day in one number, ascending."""
        time = self.graph.time
        assert time is not None  # noqa: S101  # asked for where there is a window
        first = int(time.min(where=time != NO_TIME, initial=np.iinfo(np.int32).max))
        # A review without a day is before all windows of its product.
        day = np.where(time == NO_TIME, 0, time.astype(np.int64) - first + 2**31)
        return (self.graph.product.astype(np.int64) << TIME_BITS) + day

    def around(self, edges: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where the reviews around each of some begin and end: those of its product within the window. O(log n_reviews) each."""
        graph = self.graph
        if self.window is None or graph.time is None:
            product = graph.product[edges]
            return graph.product_indptr[product], graph.product_indptr[product + 1]
        dated = graph.time[edges] != NO_TIME
        key = self._key
        low = np.searchsorted(key, key[edges] - self.window, side="left")
        high = np.searchsorted(key, key[edges] + self.window, side="right")
        return np.where(dated, low, 0).astype(np.int64), np.where(dated, high, 0).astype(np.int64)

    @cached_property
    def others(self) -> NDArray[np.int64]:
        """Number of other reviews around each review."""
        low, high = self.around(np.arange(self.graph.n_reviews))
        found: NDArray[np.int64] = np.maximum(high - low - 1, 0)
        return found


@dataclass(frozen=True, eq=False)
class Near:
    """What the reviews of a log score for being where a group is.

    Parameters
    ----------
    score : int64[n_reviews]
        0 where no other account of the group is near.
    account : int32 array
        Accounts with a review that scores, ascending.
    total : int64 array
        Scores of what each shares with the group: as many as there are members with whom it shares one each, the highest.
    shared : int64 array
        How many these are.
    """

    score: NDArray[np.int64]
    account: NDArray[np.int32]
    total: NDArray[np.int64]
    shared: NDArray[np.int64]


def nearness(graph: ReviewGraph, places: Places, group: NDArray[np.bool_]) -> Near:
    """Return what each account shares with a group.

    A review scores ``log(1 + share / usual share)`` steps, where the share is that of the group among the other reviews around it. So being
    near a member on a quiet product counts more than on a busy one. Several reviews of one unit (seller or product) count once. What is
    shared is counted by a matching: each unit with a member of its own. Someone who shares many products with one member, as a household
    does, shares one. Where the group is one account, units are counted. Dropping scores makes a tail larger, never smaller.

    Parameters
    ----------
    graph : ReviewGraph
        The log or a permutation of it, on the timeline of ``places``.
    places : Places
    group : bool[n_reviewers]

    Notes
    -----
    O(n_reviews + co-reviews of the group), and the matching (Hopcroft and Karp 1973).
    """
    own = np.flatnonzero(group[graph.reviewer])
    low, high = places.around(own)
    near = _counted(graph.n_reviews, own, low, high)
    score = np.zeros(graph.n_reviews, np.int64)
    usual = near.sum() / max(int(places.others.sum()), 1)
    if usual > 0:
        steps = np.rint(STEPS_PER_NAT * np.log1p(near / np.maximum(places.others, 1) / usual)).astype(np.int64)
        score = np.where(near > 0, np.maximum(steps, 1), 0)
    hits = np.flatnonzero(score)
    unit, value = places.unit[hits], score[hits]
    account, index = np.unique(graph.reviewer[hits], return_inverse=True)
    shared = _matched(graph, own, low, high, hits, index, unit, len(account))
    # The best score of each unit of an account, best first; of these the first so many as are matched.
    order = np.lexsort((-value, unit, index))
    new = np.append(True, (np.diff(index[order]) != 0) | (np.diff(unit[order]) != 0))
    best = order[new[: len(order)]]
    best = best[np.lexsort((-value[best], index[best]))]
    nth = np.arange(len(best)) - np.searchsorted(index[best], index[best], side="left")
    counted = best[nth < shared[index[best]]]
    total = np.bincount(index[counted], value[counted], minlength=len(account)).astype(np.int64)
    return Near(score, account.astype(np.int32), total, shared)


def _counted(n: int, own: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of the reviews ``own`` are around each of n, itself left out."""
    step = np.zeros(n + 1, np.int64)
    np.add.at(step, low, 1)
    np.add.at(step, high, -1)
    near: NDArray[np.int64] = np.cumsum(step[:-1])
    near[own[high > low]] -= 1
    return near


def _matched(
    graph: ReviewGraph,
    own: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    hits: NDArray[np.int64],
    index: NDArray[np.int64],
    unit: NDArray[np.int64],
    n: int,
) -> NDArray[np.int64]:
    """Return how many units each account shares with the group, each with a member of its own."""
    units = np.unique(index * (unit.max(initial=0) + 1) + unit) // (unit.max(initial=0) + 1)
    shared = np.bincount(units, minlength=n)
    if len(np.unique(graph.reviewer[own])) == 1:
        return shared  # there is nobody else to share with
    several = shared > 1
    if not several.any():
        return shared
    at = np.full(graph.n_reviews, -1, np.int64)
    at[hits[several[index]]] = np.flatnonzero(several[index])
    size = high - low
    edge = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size) + np.repeat(low, size)
    supporter = np.repeat(graph.reviewer[own], size).astype(np.int64)
    keep = (at[edge] >= 0) & (graph.reviewer[edge] != supporter)
    hit, supporter = at[edge[keep]], supporter[keep]
    n_units = int(unit.max(initial=0)) + 1
    rows, row = np.unique(index[hit] * np.int64(n_units) + unit[hit], return_inverse=True)
    columns, column = np.unique(index[hit] * np.int64(graph.n_reviewers) + supporter, return_inverse=True)
    pairs = csr_array((np.ones(len(row), np.int8), (row, column)), shape=(len(rows), len(columns)))
    found = maximum_bipartite_matching(pairs, perm_type="column") >= 0
    counted = np.bincount((rows[found] // n_units), minlength=n)
    return np.where(several, counted, shared)
