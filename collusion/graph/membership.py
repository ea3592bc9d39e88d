"""Who belongs to a group and which products do: counts of filled slots against what activity by stratum explains.

Meetings at one place are not independent (one visit meets everybody there), so membership counts places, not meetings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.graph.projection import Meetings

__all__ = ["attach_products", "binomial_tail", "join_reviewers", "open_slots", "settle", "slots_of"]

FALSE_MEMBERS = 0.05
"""False-discovery rate of the reviewers of one group (Benjamini and Hochberg 1995)."""

FALSE_PRODUCTS = 0.01
"""Products that chance would add to one group, on average."""


MARGINAL = 0.25
"""Members on a product, as a share of those on the product of the members' median visit, below which it is left out."""

ROUNDS = 8
"""Rounds of attaching and joining; groups settle in two or three."""


def settle(graph: ReviewGraph, meet: Meetings, core: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Attach products to the core and reviewers to the products in turn until neither changes; return both."""
    members, products = core, attach_products(graph, meet, core)
    for _ in range(ROUNDS):
        joined = join_reviewers(graph, meet, members, products)
        if np.array_equal(joined, members):
            break
        members, products = joined, attach_products(graph, meet, joined)
    return members, products


def binomial_tail(count: NDArray[np.int64], trials: NDArray[np.int64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P(X >= count) for X ~ Binomial(trials, chance)."""
    least = np.minimum(count, trials)
    tail: NDArray[np.float64] = np.where(least > 0, betainc(np.maximum(least, 1), trials - least + 1, chance), 1.0)
    return tail


def slots_of(graph: ReviewGraph, reviewers: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return all slots of the reviewers, ascending (by product, then time)."""
    counts = graph.indptr[reviewers + 1] - graph.indptr[reviewers]
    offset = np.concatenate(([0], np.cumsum(counts)))
    at = np.repeat(graph.indptr[reviewers] - offset[:-1], counts) + np.arange(offset[-1])
    return np.sort(graph.slots[at]).astype(np.int64)


def synchronous(meet: Meetings, slots: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of the slots (ascending) lie within the window of another of them."""
    together = np.zeros(len(slots), dtype=bool)
    if len(slots) > 1:
        # Slots of a product are consecutive and in time order, so the nearest other is a neighbour.
        near = meet.hi[slots[:-1]] > slots[1:]
        together[:-1] |= near
        together[1:] |= near
    return together & (meet.weight[slots] > 0)


def open_slots(meet: Meetings, own: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return all slots, of anybody, within the window of a meeting among the slots given (ascending)."""
    met = own[synchronous(meet, own)]
    return _ranges(meet.lo[met], meet.hi[met])


def attach_products(graph: ReviewGraph, meet: Meetings, reviewers: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the products where at least two of the reviewers met and which more of them reviewed than activity explains.

    The members' reviews among those near the meetings are tested against a binomial whose chance is the members' share of the strata
    outside the product; the bound is Bonferroni's over all products that members reviewed. Products of at least half of the members pass
    as well; those of far fewer members than usual in the group (`MARGINAL`) do not. O(reviews near the meetings).
    """
    slots = slots_of(graph, reviewers)
    opened = open_slots(meet, slots)
    if not len(opened):
        return np.empty(0, dtype=np.int32)
    products, first = np.unique(graph.product[opened], return_index=True)
    strata = meet.strata
    own = np.bincount(strata.of[slots], minlength=strata.n)
    # Outside the product: what its own crowd is made of must not raise the chance that explains it.
    taken = np.isin(opened, slots)
    code = np.searchsorted(products, graph.product[opened])
    cell, where = np.unique(code * np.int64(strata.n) + strata.of[opened], return_inverse=True)
    size, members = np.bincount(where), np.bincount(where, weights=taken)
    at = cell % strata.n
    chance = (own[at] - members) / np.maximum(strata.size[at] - size, 1)
    trials = np.add.reduceat(size, np.searchsorted(cell // strata.n, np.arange(len(products))))
    mean = np.add.reduceat(size * chance, np.searchsorted(cell // strata.n, np.arange(len(products))))
    count = np.add.reduceat(taken.astype(np.int64), first)
    tail = binomial_tail(count, trials, mean / trials)
    # Most of the members on one product say enough, even where they fill its stratum and so explain each other.
    joint = (tail <= FALSE_PRODUCTS / len(np.unique(graph.product[slots]))) | (2 * count >= len(reviewers))
    joint &= count >= 2
    if not joint.any():
        return np.empty(0, dtype=np.int32)
    # Camouflage brings few members together; where the members' visits go to products of many members, those of few are left out.
    chosen: NDArray[np.int32] = products[joint & (count >= MARGINAL * np.median(np.repeat(count[joint], count[joint])))]
    return chosen


def join_reviewers(graph: ReviewGraph, meet: Meetings, core: NDArray[np.int32], products: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return everyone who was at more of the group's places, while they were open, than activity explains.

    A place is open while core members met there. Given where the others of the core are, a reviewer is dealt among the slots they leave
    (that is N1), so the number of open places visited is tested against a binomial over the reviewer's own reviews; core members are
    tested like everyone else, their own reviews left out. The bound is that of Benjamini and Hochberg at `FALSE_MEMBERS`, over all
    reviewers who wrote twice or more in those strata.
    """
    slots = slots_of(graph, core)
    own = slots[np.isin(graph.product[slots], products)]
    own = own[synchronous(meet, own)]
    if not len(own):
        return core[:0]
    opened = open_slots(meet, own)
    who, strata = graph.reviewer[opened], meet.strata
    visits = np.unique(np.stack([who, meet.place[opened]], axis=1), axis=0)[:, 0]
    candidates, places = np.unique(visits, return_counts=True)
    candidates, places = candidates[places >= 2].astype(np.int32), places[places >= 2]
    if not len(candidates):
        return candidates
    free = np.bincount(strata.of[np.setdiff1d(opened, own, assume_unique=True)], minlength=strata.n)
    left = strata.size - np.bincount(strata.of[slots], minlength=strata.n)

    indptr, at, counts = meet.activity(graph).take(candidates)
    # A core member's own reviews go back among the slots that were there to be filled.
    row = np.repeat(np.arange(len(candidates)), np.diff(indptr))
    inside = np.isin(candidates, core)[row]
    mine = np.isin(who, candidates) & np.isin(opened, own)
    cell = np.searchsorted(
        row.astype(np.int64) * strata.n + at, np.searchsorted(candidates, who[mine]) * np.int64(strata.n) + strata.of[opened[mine]]
    )
    back = np.bincount(cell, minlength=len(row))
    chance = (free[at] + back) / np.maximum(left[at] + counts * inside, 1)
    trials = np.add.reduceat(counts, indptr[:-1])
    mean = np.add.reduceat(counts * chance, indptr[:-1])
    tail = binomial_tail(places, trials, np.minimum(mean / trials, 1.0))
    tested = min(graph.n_reviewers, int(left[free > 0].sum()) // 2 + len(core))
    order = np.sort(tail)
    passing = np.flatnonzero(order <= FALSE_MEMBERS * np.arange(1, len(order) + 1) / max(tested, len(order)))
    joined: NDArray[np.int32] = candidates[tail <= order[passing[-1]]] if len(passing) else candidates[:0]
    return joined


def _ranges(lo: NDArray[np.int32], hi: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the union of half-open ranges as ascending positions."""
    length = (hi - lo).astype(np.int64)
    offset = np.concatenate(([0], np.cumsum(length)))
    return np.unique(np.repeat(lo - offset[:-1], length) + np.arange(offset[-1]))
