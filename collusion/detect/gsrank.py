"""GSRank: sets of reviewers with three products in common, ranked with their products and members."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from collusion.base.checks import refuse
from collusion.base.model import Group
from collusion.detect.checks import at_least, best_first
from collusion.detect.itemsets import maximal_sets
from collusion.graph.graph import NO_TIME, build_graph

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s, Int32s, Int64s

__all__ = ["Gsrank", "Indicators", "indicators"]

_log = logging.getLogger(__name__)

RANKING_ROUNDS = 30
"""Rounds of ranking. A fixed number: within a component of the log the order converges in a few, and between components more of them only
drive the scores further apart."""

MAX_SETS = 200_000
"""Sets above which the smallest number of reviewers is raised by one, repeatedly."""

SMALLEST_SCORE = -600.0
"""The least score: a logarithm, of what may be too small for a float."""


@dataclass(frozen=True)
class Gsrank:
    """Groups that are frequent itemsets of the products' reviewers, ranked by how spam-like they, their products and their members are.

    Candidates are the maximal sets of reviewers who have at least three products in common. The spamicity of groups, products and members
    is computed together, each from the others through weights: for a group and a product, the mean of its time window, early time frame,
    rating deviation and size ratio there; for a member and a product, of the member's rating deviation and early time frame; for a group
    and a member, of the group's size, its support and the coupling of the member to the others.

    Parameters
    ----------
    min_reviewers : int
        The smallest candidate; 2 in the paper.
    tau : int
        Days within which a group's reviews of a product are a burst.
    beta : int
        Days after a product's first review that are early.
    groups : int
        The largest number of groups returned. Groups that tie with the first one left out are left out, too.
    busiest, crowd : int
        Reviewers with more reviews than ``busiest``, and products with more than ``crowd``, are skipped in the search for candidates.

    Notes
    -----
    The candidates are exactly the maximal itemsets of support three among the reviews that are not skipped. Where there are more than
    `MAX_SETS`, those of ``min_reviewers`` are dropped, then those of one more, and this is logged. A ring in which not everyone reviews
    everything is split into many overlapping sets; a set is left out where it shares half or more of both sets' reviewers with a kept set
    of a strictly higher score. A group's score is the logarithm of its spamicity over the largest. Content indicators are left out, since
    the graph has no texts; indicators that need times or ratings are left out where the log has none. A product's launch is its first
    review. Coupling is an addition: how near in time the member is to the others, on average over the products. Cost:
    `collusion.detect.itemsets`, and O(sum over groups of reviewers x products) per round.

    Limits: members who share fewer than three products are in no candidate. Where not everyone reviews everything, no candidate is the
    whole ring. Honest fans of a series have products in common, too.

    References
    ----------
    A. Mukherjee, B. Liu, N. Glance: Spotting Fake Reviewer Groups in Consumer Reviews. WWW 2012.
    """

    min_reviewers: int = 5
    tau: int = 60
    beta: int = 180
    groups: int = 1000
    busiest: int = 200
    crowd: int = 500

    name: ClassVar[str] = "gsrank"

    def __post_init__(self) -> None:
        refuse(self.name, at_least(self, min_reviewers=2, tau=1, beta=1, groups=1, busiest=3, crowd=2))

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the groups that rank highest and are no variation of a higher one."""
        ends, members, p_ends, products = self._candidates(graph)
        if len(ends) < 2:
            return []
        values = indicators(graph, ends, members, p_ends, products, self.tau, self.beta)
        score = _rank(graph, values, ends, members, p_ends, products)
        sets = [members[ends[g] : ends[g + 1]] for g in range(len(score))]
        kept = _distinct(score, sets)
        if len(kept) > self.groups:
            last = score[kept[self.groups]]
            kept = [g for g in kept if score[g] > last]
        return best_first(Group(sets[g], products[p_ends[g] : p_ends[g + 1]], float(score[g]), self.name) for g in kept)

    def _candidates(self, graph: ReviewGraph) -> tuple[Int64s, Int32s, Int64s, Int32s]:
        """Return the candidates as two lists of lists: reviewers, and all products they have in common."""
        written, received = np.diff(graph.indptr), np.diff(graph.product_indptr)
        kept = (written[graph.reviewer] <= self.busiest) & (received[graph.product] <= self.crowd)
        inner = build_graph(graph.reviewer[kept], graph.product[kept], n_reviewers=graph.n_reviewers, n_products=graph.n_products)
        least = self.min_reviewers
        while True:
            found = maximal_sets(inner.indptr, inner.product[inner.edges], inner.product_indptr, inner.reviewer, least, MAX_SETS)
            if found is not None:
                return found
            _log.info("gsrank: more than %d sets of %d reviewers or more; sets of %d are passed over", MAX_SETS, least, least)
            least += 1


class Indicators(NamedTuple):
    """Indicators of groups, from 0 to 1; None where the log lacks times or ratings.

    Parameters
    ----------
    window, early, deviation : float64[pairs] or None
        Of each group and product: 1 - (last - first) / tau, or 0 beyond; 1 - (last - launch) / beta, or 0 beyond; the distance of the
        group's mean rating from the others', over the range of ratings.
    ratio : float64[pairs]
        The group's share of the product's reviewers.
    member_early, member_deviation : float64[reviews] or None
        Of each review of the log, the same for its author only, with the mean over all reviewers.
    coupling : float64[group members] or None
        Of each group and member: 1 - |day - the others' mean day| / tau, at least 0, on average over the products.
    """

    window: Float64s | None
    early: Float64s | None
    deviation: Float64s | None
    ratio: Float64s
    member_early: Float64s | None
    member_deviation: Float64s | None
    coupling: Float64s | None


def indicators(graph: ReviewGraph, ends: Int64s, members: Int32s, p_ends: Int64s, products: Int32s, tau: int, beta: int) -> Indicators:
    """Return the indicators of groups all of whose members reviewed all of their products.

    Parameters
    ----------
    graph : ReviewGraph
    ends, members : int64[n_groups + 1], int32 array
        Members of each group.
    p_ends, products : int64[n_groups + 1], int32 array
        Products of each group; a pair is a group and one of these.
    tau, beta : int
        Days.
    """
    size, width = np.diff(ends), np.diff(p_ends)
    pair_size = np.repeat(size, width)
    first = np.concatenate(([0], np.cumsum(pair_size)))
    # Every review of every pair: the group's members, once for each of its products.
    of_pair = np.repeat(np.arange(len(products)), pair_size)
    member_at = np.repeat(np.repeat(ends[:-1], width), pair_size) + np.arange(first[-1]) - first[of_pair]
    edge = _edges_of(graph, members[member_at], products[of_pair])
    received = np.diff(graph.product_indptr)
    window = early = coupling = member_early = deviation = member_deviation = None
    if graph.time is not None:
        day = graph.time.astype(np.float64)
        day[graph.time == NO_TIME] = np.nan
        launch = _first_day(graph, day)
        own = day[edge]
        low, high = np.minimum.reduceat(own, first[:-1]), np.maximum.reduceat(own, first[:-1])
        window, early = _falling(high - low, tau), _falling(high - launch[products], beta)
        others = (np.add.reduceat(own, first[:-1])[of_pair] - own) / np.maximum(pair_size[of_pair] - 1, 1)
        near = _falling(np.abs(own - others), tau)
        coupling = np.bincount(member_at, near, len(members)) / np.repeat(width, size)
        member_early = _falling(day - launch[graph.product], beta)
    if graph.rating is not None:
        rating = graph.rating.astype(np.float64)
        known = ~np.isnan(rating)
        span = float(np.ptp(rating[known])) if known.any() else 0.0
        value = np.where(known, rating, 0.0)
        total = np.bincount(graph.product, value, graph.n_products).astype(np.float64)
        count = np.bincount(graph.product, known, graph.n_products).astype(np.float64)
        own_total = np.add.reduceat(value[edge], first[:-1])
        own_count = np.add.reduceat(known[edge].astype(np.float64), first[:-1])
        deviation = _apart(own_total, own_count, total[products] - own_total, count[products] - own_count, span)
        member_deviation = _apart(value, known.astype(np.float64), total[graph.product], count[graph.product], span)
    return Indicators(window, early, deviation, pair_size / received[products], member_early, member_deviation, coupling)


def _rank(graph: ReviewGraph, values: Indicators, ends: Int64s, members: Int32s, p_ends: Int64s, products: Int32s) -> Float64s:
    """Return the logarithm of each group's spamicity over the largest, to six decimals."""
    size, width = np.diff(ends), np.diff(p_ends)
    n = len(size)
    users, user = np.unique(members, return_inverse=True)
    things, thing = np.unique(products, return_inverse=True)
    group_product = _mean(values.window, values.early, values.deviation, values.ratio)
    group_member = _mean(np.repeat(size / size.max(), size), np.repeat(width / width.max(), size), values.coupling)
    edges = np.flatnonzero(np.isin(graph.reviewer, users) & np.isin(graph.product, things))
    parts = (part[edges] for part in (values.member_early, values.member_deviation) if part is not None)
    member_product = _mean(np.ones(len(edges)) if values.member_early is None and values.member_deviation is None else None, *parts)
    by_product = csr_array((group_product, (thing, np.repeat(np.arange(n), width))), shape=(len(things), n))
    by_member = csr_array((group_member, (np.repeat(np.arange(n), size), user)), shape=(n, len(users)))
    of_member = csr_array(
        (member_product, (np.searchsorted(users, graph.reviewer[edges]), np.searchsorted(things, graph.product[edges]))),
        shape=(len(users), len(things)),
    )
    spamicity = np.full(n, 0.5)
    for _ in range(RANKING_ROUNDS):
        spamicity = by_member @ (of_member @ (by_product @ spamicity))
        spamicity = by_product.T @ (of_member.T @ (by_member.T @ spamicity))
        spamicity /= spamicity.max() or 1.0
    with np.errstate(divide="ignore"):
        score: Float64s = np.round(np.maximum(np.log(spamicity), SMALLEST_SCORE), 6)
    return score


def _distinct(score: Float64s, sets: list[Int32s]) -> list[int]:
    """Return the sets, best first, but for those alike to one kept with a higher score: half or more of both's reviewers shared."""
    kept: list[int] = []
    of: dict[int, list[int]] = {}
    order = np.argsort(-score, kind="stable")
    # Equal scores together: neither may hide the other.
    for tied in np.split(order, np.flatnonzero(np.diff(score[order])) + 1):
        fresh = []
        for g in tied.tolist():
            shared: dict[int, int] = {}
            for u in sets[g].tolist():
                for other in of.get(u, ()):
                    shared[other] = shared.get(other, 0) + 1
            if not any(2 * both >= len(sets[g]) + len(sets[other]) - both for other, both in shared.items()):
                fresh.append(g)
        for g in fresh:
            for u in sets[g].tolist():
                of.setdefault(u, []).append(g)
        kept += fresh
    return kept


def _edges_of(graph: ReviewGraph, reviewer: Int32s, product: Int32s) -> Int64s:
    """Return the edge of the review of each product by each reviewer; there must be one."""
    every = graph.reviewer[graph.edges].astype(np.int64) * graph.n_products + graph.product[graph.edges]
    return graph.edges[np.searchsorted(every, reviewer.astype(np.int64) * graph.n_products + product)].astype(np.int64)


def _first_day(graph: ReviewGraph, day: Float64s) -> Float64s:
    """Return the day of each product's first review; nan where no review has a time."""
    launch = np.full(graph.n_products, np.inf)
    known = ~np.isnan(day)
    np.minimum.at(launch, graph.product[known], day[known])
    return np.where(np.isinf(launch), np.nan, launch)


def _falling(days: Float64s, limit: int) -> Float64s:
    """Return 1 at no days, falling to 0 at the limit and beyond, and 0 where the days are not known."""
    return np.nan_to_num(np.maximum(1.0 - days / limit, 0.0))


def _apart(total: Float64s, count: Float64s, other_total: Float64s, other_count: Float64s, span: float) -> Float64s:
    """Return the distance of two means over the range of ratings; 0 where there is nothing to take the mean of."""
    known = (count > 0) & (other_count > 0) & (span > 0)
    distance = np.abs(total / np.maximum(count, 1) - other_total / np.maximum(other_count, 1)) / (span or 1.0)
    return np.where(known, distance, 0.0)


def _mean(*parts: Float64s | None) -> Float64s:
    known = [part for part in parts if part is not None]
    mean: Float64s = np.sum(known, axis=0) / len(known)
    return mean
