"""Why a reviewer or a product is in a group or not: the counts by which memberships are refined, with what activity explains.

`collusion.graph.membership.refine_memberships` makes the same tests for all groups in compiled code and keeps who passes. Here one group is
tested, and the numbers are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtrc

from collusion.graph.membership import FALSE_MEMBERS, FALSE_PRODUCTS, edges_around, edges_of, synchronous

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.graph.projection import CoReviews

__all__ = ["MembershipTests", "member_tests", "product_tests"]


@dataclass(frozen=True, eq=False)
class MembershipTests:
    """One binomial test per reviewer, or per product.

    Parameters
    ----------
    codes : int32[n]
        Reviewers or products, ascending.
    observed : int64[n]
        Units (products or sellers) of the group at which the reviewer reviewed near its co-reviews; of a product, its reviews by members
        near their co-reviews.
    expected : float64[n]
        Their mean, given activity by stratum.
    trials : int64[n]
        All reviews of the reviewer; of a product, all reviews near the members' co-reviews there.
    tested : int
        Over how many tests the false-discovery rate is held; those that are not listed did not pass.
    rate : float
        The false-discovery rate.
    least : int
        Smallest number that is tested at all; fewer never pass.
    """

    codes: NDArray[np.int32]
    observed: NDArray[np.int64]
    expected: NDArray[np.float64]
    trials: NDArray[np.int64]
    tested: int
    rate: float
    least: int = 2

    @property
    def p_values(self) -> NDArray[np.float64]:
        """The chance of so many or more, float64[n]."""
        return _tail(self.observed, self.trials, self.expected)

    @property
    def passes(self) -> NDArray[np.bool_]:
        """Which pass at the false-discovery rate (Benjamini and Hochberg 1995), bool[n]."""
        able = self.observed >= self.least
        p = self.p_values
        return able & (p <= _bound(p[able], self.tested, self.rate))

    def needed(self, at: int) -> int | None:
        """Return the smallest number with which the one at a position would pass, all others as they are; None where none would."""
        able = self.observed >= self.least
        able[at] = False
        others, trials, mean = self.p_values[able], self.trials[at : at + 1], self.expected[at : at + 1]
        low, high = self.least, int(trials[0]) + 1
        while low < high:
            middle = (low + high) // 2
            p = _tail(np.array([middle]), trials, mean)
            if p[0] <= _bound(np.concatenate([others, p]), self.tested, self.rate):
                high = middle
            else:
                low = middle + 1
        return low if low <= trials[0] else None


def member_tests(
    graph: ReviewGraph, co_reviews: CoReviews, group: NDArray[np.int32], products: NDArray[np.int32], also: NDArray[np.int32]
) -> MembershipTests:
    """Return the test of everybody who reviewed at two of the group's units, near its co-reviews, and of the reviewers in ``also``.

    Members are tested with their own reviews left out.

    Parameters
    ----------
    graph : ReviewGraph
    co_reviews : CoReviews
        With the largest local-degree bin that counts.
    group, products : int32 arrays
        Codes, ascending.
    also : int32 array

    Notes
    -----
    O(reviews near the co-reviews + n_strata). See `collusion.graph.membership.refine_memberships`.
    """
    strata = co_reviews.strata
    every = edges_of(graph, group)
    own = every[np.isin(graph.product[every], products)]
    own = own[synchronous(co_reviews, own)]
    opened = edges_around(co_reviews, own)
    who, unit = graph.reviewer[opened], co_reviews.unit_of[graph.product[opened]]
    pairs = np.unique(who.astype(np.int64) * graph.n_products + unit)
    visitors, times = np.unique(pairs // graph.n_products, return_counts=True)
    codes = np.union1d(visitors[times >= 2], also).astype(np.int32)
    observed = np.zeros(len(codes), np.int64)
    there = np.isin(visitors, codes)
    observed[np.searchsorted(codes, visitors[there])] = times[there]

    taken, free = (np.bincount(strata.of[edges], minlength=strata.n) for edges in (every, opened))
    free -= np.bincount(strata.of[own], minlength=strata.n)
    rows = co_reviews.activity(graph).take(codes)
    row = np.repeat(np.arange(len(codes)), np.diff(rows.indptr))
    stratum, reviews = rows.strata.astype(np.int64), rows.counts.astype(np.int64)
    # A member's own reviews go back among those that were there to be written.
    mine = own[np.isin(graph.reviewer[own], codes)]
    cell = np.searchsorted(row * strata.n + stratum, np.searchsorted(codes, graph.reviewer[mine]) * strata.n + strata.of[mine])
    back = np.bincount(cell, minlength=len(row))
    left = (strata.size - taken)[stratum] + np.where(np.isin(codes, group)[row], reviews, 0)
    mean = np.bincount(row, reviews * (free[stratum] + back) / np.maximum(left, 1), minlength=len(codes)).astype(np.float64)
    possible = int((strata.size - taken)[free > 0].sum())
    trials = np.bincount(row, reviews, minlength=len(codes)).astype(np.int64)
    return MembershipTests(codes, observed, mean, trials, min(graph.n_reviewers, possible // 2 + len(group)), FALSE_MEMBERS)


def product_tests(graph: ReviewGraph, co_reviews: CoReviews, group: NDArray[np.int32]) -> MembershipTests:
    """Return the test of each product with a co-review of two members: their reviews there against their share of the strata elsewhere.

    Parameters
    ----------
    graph : ReviewGraph
    co_reviews : CoReviews
        With the largest local-degree bin that counts.
    group : int32 array
        Reviewer codes, ascending.
    """
    strata = co_reviews.strata
    edges = edges_of(graph, group)
    opened = edges_around(co_reviews, edges)
    codes, first = np.unique(graph.product[opened], return_index=True)
    n_products = len(np.unique(graph.product[edges]))
    if not len(codes):
        return MembershipTests(codes, np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), n_products, FALSE_PRODUCTS)
    mine = np.isin(opened, edges)
    cell, where = np.unique(np.searchsorted(codes, graph.product[opened]) * np.int64(strata.n) + strata.of[opened], return_inverse=True)
    near, of_members = np.bincount(where), np.bincount(where, weights=mine)
    product, stratum = np.divmod(cell, strata.n)
    # Outside the product: what its own reviews are made of must not raise the chance that explains them.
    elsewhere = np.bincount(strata.of[edges], minlength=strata.n)[stratum] - of_members
    chance = elsewhere / np.maximum(strata.size[stratum] - near, 1)
    return MembershipTests(
        codes,
        np.add.reduceat(mine.astype(np.int64), first),
        np.bincount(product, near * chance, minlength=len(codes)).astype(np.float64),
        np.bincount(product, near, minlength=len(codes)).astype(np.int64),
        n_products,
        FALSE_PRODUCTS,
    )


def _tail(count: NDArray[np.int64], trials: NDArray[np.int64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P(X >= count) for X ~ Binomial(trials, mean / trials)."""
    chance = np.minimum(mean / np.maximum(trials, 1), 1.0)
    tail: NDArray[np.float64] = np.where(count > 0, bdtrc(np.minimum(np.maximum(count, 1), trials) - 1.0, trials, chance), 1.0)
    return tail


def _bound(p: NDArray[np.float64], tested: int, rate: float) -> float:
    """Return the largest p-value that passes; -1 where none does."""
    ascending = np.sort(p)
    passing = np.flatnonzero(ascending <= rate * np.arange(1, len(p) + 1) / max(tested, len(p)))
    return float(ascending[passing[-1]]) if len(passing) else -1.0
