"""Accounts that are comparable for two groups: as active elsewhere, at the same times, in the same categories."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.graph.graph import NO_TIME
from collusion.graph.membership import edges_between, edges_of
from collusion.graph.strata import strata_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["Cells", "GroupReviews", "Pair", "cells_of", "sellers_of"]

MAIN_SHARE = 0.5
"""Share of a group's reviews at one seller from which its members may be that seller's customers."""

LEAST_EACH = 2
"""Products that a member of a group has reviewed at least, and members who have reviewed a product: one review may be camouflage."""


@dataclass(frozen=True, eq=False)
class GroupReviews:
    """One group of a log, and what it shows of when and what its members review.

    Parameters
    ----------
    graph : ReviewGraph
    reviewers, products : int32 arrays
        Codes, ascending.
    """

    graph: ReviewGraph
    reviewers: NDArray[np.int32]
    products: NDArray[np.int32]

    @cached_property
    def edges(self) -> NDArray[np.int64]:
        """The group's own reviews."""
        return edges_between(self.graph, self.reviewers, self.products)

    @cached_property
    def days(self) -> tuple[int, int] | None:
        """First and last day of its reviews; None where none has a day."""
        if self.graph.time is None:
            return None
        days = self.graph.time[self.edges]
        days = days[days != NO_TIME]
        return (int(days.min()), int(days.max())) if len(days) else None

    @cached_property
    def sellers(self) -> NDArray[np.int32]:
        """Sellers of its products, ascending; those of products without one are left out."""
        return np.unique(sellers_of(self.graph, self.products))

    @cached_property
    def main_sellers(self) -> NDArray[np.int32]:
        """The seller of more than half of its reviews, if there is one."""
        seller = sellers_of(self.graph, self.graph.product[self.edges])
        which, n = np.unique(seller, return_counts=True)
        return which[n > MAIN_SHARE * len(self.edges)]

    @cached_property
    def seller_shares(self) -> NDArray[np.float64]:
        """Each seller's share of all reviews in the categories and months of the group, float64[n_sellers]. O(n_reviews)."""
        assert self.graph.seller is not None  # noqa: S101  # asked for where the log has sellers
        strata = strata_of(self.graph)
        inside = np.zeros(strata.n, np.bool_)
        inside[strata.of[self.edges]] = True
        seller = self.graph.seller[self.graph.product[inside[strata.of]]]
        n = np.bincount(seller[seller >= 0], minlength=int(self.graph.seller.max(initial=-1)) + 1)
        found: NDArray[np.float64] = n / max(len(seller), 1)
        return found

    @cached_property
    def like_minded(self) -> NDArray[np.bool_]:
        """Which accounts reviewed a product of its categories, bool[n_reviewers]; all of them where the log has no categories."""
        graph = self.graph
        found = np.ones(graph.n_reviewers, np.bool_)
        if graph.category is not None:
            found[:] = False
            found[graph.reviewer[self._own_category[graph.category[graph.product]]]] = True
        return found

    @cached_property
    def _own_category(self) -> NDArray[np.bool_]:
        """Which categories the group has, the last for none."""
        category = self.graph.category
        assert category is not None  # noqa: S101  # asked for where the log has categories
        found = np.zeros(int(category.max(initial=-1)) + 2, np.bool_)
        found[category[self.products]] = True
        return found

    def is_like_minded(self, who: NDArray[np.int64], edges: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
        """Return the same for n accounts of whom only some reviews count: ``edges``, each of the account at its position in ``who``."""
        graph = self.graph
        found = np.ones(n, np.bool_)
        if graph.category is not None:
            found[:] = False
            found[who[self._own_category[graph.category[graph.product[edges]]]]] = True
        return found


@dataclass(frozen=True, eq=False)
class Pair:
    """Two groups, and what each is without the other.

    Parameters
    ----------
    one, other : GroupReviews
    """

    one: GroupReviews
    other: GroupReviews

    @cached_property
    def both(self) -> NDArray[np.int32]:
        """Members of both groups, as the groups were found."""
        return np.intersect1d(self.one.reviewers, self.other.reviewers)

    @cached_property
    def products(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Products of each group that `LEAST_EACH` of its members reviewed who are not in the other.

        What only shared members reviewed says nothing of a group: the targets of one group are among the products of the other because
        members of both reviewed them.
        """
        return self._own_products(self.one), self._own_products(self.other)

    @cached_property
    def members(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Members of each group: of those that are in both, who reviewed `LEAST_EACH` of its own products.

        A part of one crowd may be found with another crowd, and with all that it reviewed. It is no member of that crowd.
        """
        return self._own_members(self.one, self.products[0]), self._own_members(self.other, self.products[1])

    def _own_products(self, group: GroupReviews) -> NDArray[np.int32]:
        edges = group.edges[~np.isin(group.graph.reviewer[group.edges], self.both)]
        which, n = np.unique(group.graph.product[edges], return_counts=True)
        return which[n >= LEAST_EACH]

    def _own_members(self, group: GroupReviews, products: NDArray[np.int32]) -> NDArray[np.int32]:
        edges = edges_between(group.graph, self.both, products)
        which, n = np.unique(group.graph.reviewer[edges], return_counts=True)
        return np.union1d(np.setdiff1d(group.reviewers, self.both), which[n >= LEAST_EACH]).astype(np.int32)

    @cached_property
    def cells(self) -> Cells:
        """Accounts that are comparable for the two (`cells_of`)."""
        return cells_of(self)


@dataclass(frozen=True, eq=False)
class Cells:
    """All accounts of a log, in cells within which they are comparable for two groups.

    Parameters
    ----------
    of : int64[n_reviewers]
    size : int64[n_cells]
    """

    of: NDArray[np.int64]
    size: NDArray[np.int64]

    def count(self, reviewers: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return how many of the reviewers are in each cell."""
        return np.bincount(self.of[reviewers], minlength=len(self.size))


def cells_of(pair: Pair) -> Cells:
    """Return the cells for two groups.

    A cell has accounts with about as many reviews (powers of two; none and one together), whose first and last of them span the
    same of the two groups' times, who reviewed products of the same of the two groups' categories, and who reviewed as many products that
    are both groups', or of a seller that has most of either group's reviews and is in both. The groups' own reviews do not count: they are
    what is to be explained, and a paid account may have no others. Reviews elsewhere tell how active somebody is whatever the groups.

    Notes
    -----
    O(reviewers + reviews of the members), and O(reviews) once for each group.
    """
    one, other = pair.one, pair.other
    graph = one.graph
    members = np.union1d(one.reviewers, other.reviewers).astype(np.int32)
    edges = np.setdiff1d(edges_of(graph, members), np.union1d(one.edges, other.edges))
    who = np.searchsorted(members, graph.reviewer[edges]).astype(np.int64)
    activity = np.diff(graph.indptr)  # a new array
    activity[members] = np.bincount(who, minlength=len(members))
    parts: list[NDArray[Any]] = [_level(np.maximum(activity, 1))]
    for group in (one, other):
        like = group.like_minded.copy()
        like[members] = group.is_like_minded(who, edges, len(members))
        parts.append(like)
        if graph.time is not None and group.days is not None:
            first, last = _spans(graph)
            first, last = first.copy(), last.copy()
            first[members], last[members] = _ends(graph.time[edges], who, len(members))
            parts.append((first <= group.days[1]) & (last >= group.days[0]))
    # One product that is both groups' makes nobody a member of either.
    parts.append(_level(np.maximum(_in_common(pair) - 1, 0)))
    key = np.zeros(graph.n_reviewers, np.int64)
    for part in parts:
        key = key * 64 + part
    of = np.unique(key, return_inverse=True)[1].astype(np.int64)
    return Cells(of, np.bincount(of))


def sellers_of(graph: ReviewGraph, products: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return the sellers of products that have one."""
    if graph.seller is None:
        return np.empty(0, np.int32)
    found: NDArray[np.int32] = graph.seller[products]
    known: NDArray[np.int32] = found[found >= 0]
    return known


def _level(count: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return 0 for 0, 1 for 1, 2 for 2 and 3, 3 for 4 to 7, and so on."""
    return np.frexp(count.astype(np.float64))[1].astype(np.int64)


def _spans(graph: ReviewGraph) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the first and the last day of each account; once per log."""
    assert graph.time is not None  # noqa: S101  # asked for where the log has times
    time = graph.time
    return graph.memo.get((_spans,), lambda: _ends(time, graph.reviewer, graph.n_reviewers))


def _ends(days: NDArray[np.int32], who: NDArray[np.integer], n: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the first and the last of the days of each of n; the first after the last where there is none."""
    known = days != NO_TIME
    first, last = np.full(n, np.iinfo(np.int32).max, np.int32), np.full(n, NO_TIME, np.int32)
    np.minimum.at(first, who[known], days[known])
    np.maximum.at(last, who[known], days[known])
    return first, last


def _in_common(pair: Pair) -> NDArray[np.int64]:
    """Return how many reviews each account has of what both groups' products, or their main sellers, bring with them."""
    one, other = pair.one, pair.other
    graph = one.graph
    chosen = np.zeros(graph.n_products, np.bool_)
    chosen[np.intersect1d(*pair.products)] = True
    main = np.intersect1d(np.union1d(one.main_sellers, other.main_sellers), np.intersect1d(one.sellers, other.sellers))
    if len(main) and graph.seller is not None:
        chosen |= np.isin(graph.seller, main)
    if not chosen.any():
        return np.zeros(graph.n_reviewers, np.int64)
    return np.bincount(graph.reviewer[chosen[graph.product]], minlength=graph.n_reviewers)
