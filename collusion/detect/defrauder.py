"""DeFrauder: reviewers who agree on several products, merged along a graph of products, and how tightly they hang together."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from collusion.base.checks import number, refuse, whole
from collusion.base.model import Group
from collusion.detect.agreement import agreeing, in_common, sharing
from collusion.detect.checks import at_least, best_first
from collusion.detect.gsbc import size_factor
from collusion.detect.tightness import tightness
from collusion.graph.graph import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s, Int32s, Int64s, Integers

    Ragged = tuple[Int64s, Int32s]

__all__ = ["INDICATORS", "Defrauder", "indicators"]

_log = logging.getLogger(__name__)

INDICATORS = ("review tightness", "neighbour tightness", "product tightness", "rating variance", "product reviewer ratio", "time window")
"""What the columns of `indicators` are."""

SETS_PER_EDGE = 8
"""The largest number of sets of reviewers per edge; beyond it, as where a busy launch is spread over weeks, the largest are kept."""

STEPS_PER_REVIEW = 50
"""Pairs of sets of one reviewer that a round may look at, a review of the log, before the merging ends; it keeps the cost linear."""

STEPS = 5_000_000
"""Pairs that a round may look at in a log however small."""


@dataclass(frozen=True)
class Defrauder:
    """Groups of reviewers who gave the same products the same ratings within the same days, merged along a graph of products.

    A node is a product with a rating. An edge between two nodes is a largest set of reviewers who are at both, any two of them within the
    window at each. Edges with the same reviewers are one group with all their products. The other edges become nodes, linked where they
    share an end and reviewers, and so on until no edge is left; an edge that is linked to none is a group as well. Groups are kept, and
    ranked, by the mean of six indicators of how similar their members act (`indicators`).

    Parameters
    ----------
    window : int or None
        Days within which reviews of a product agree. None, or a log without times, lets them agree at any distance.
    min_reviewers, min_products : int
        The smallest group; 2 reviewers and 1 product in the paper.
    alike : float
        Share of all products that members reviewed which all of them reviewed, above which a set of reviewers absorbs its subsets.
    threshold : float
        Mean of the indicators above which a group is kept.
    span : int
        Standard deviation of the days on a product, in days, from which the time window indicator is 0.
    groups : int
        The largest number of groups returned. Groups that tie with the first one left out are left out, too.
    busiest, crowd : int
        Reviewers with more reviews than ``busiest``, and products to which more than ``crowd`` reviewers gave one rating, are skipped.

    Notes
    -----
    From the paper and its authors' code: the nodes, the edges and their merging, the six indicators with their penalty for small groups,
    the share of 0.5, the threshold of 0.4, the window and the span. In each round, a group whose members are alike absorbs its subsets, and
    is a group on all products that these have in common. If its members are not alike, those that a subset lacks are a group of their own
    where they are alike. In the authors' code neither can happen, since it compares a set with a number. There, a set of reviewers is
    everyone who follows one of them within the window, in the order of the file; here it is a largest set any two of whom agree, which does
    not depend on the order.

    Differences from the paper: the paper ranks groups by how near their members are in an embedding of random walks (Reviewer2Vec), which
    depends on names; here the mean of the indicators ranks. Groups have three or more reviewers and two or more products by default: pairs
    agree by chance, and groups of one product are those of every busy launch (717 of 922 groups in the sample market of this project).
    ``busiest``, ``crowd``, `SETS_PER_EDGE` and the end of the merging at `STEPS_PER_REVIEW`, which is logged, are additions. Indicators
    that need times or ratings are left out of the mean where the log has none; in a log that has them, reviews without agree with no other.

    O(sum over reviewers of squared reviews), at most ``busiest`` per review, and for each edge O(reviews of both nodes + squared reviewers
    of both); a round looks at `STEPS_PER_REVIEW` pairs of sets per review at most; then O(squared members x reviews per member) per group.

    Limits: every member of a group reviewed all its products, so a ring of which each member takes a part is split into many small groups
    that overlap. Members who rate the same product differently are in different groups. Honest people who buy at a launch agree as a ring
    does.

    References
    ----------
    S. Dhawan, S. C. R. Gangireddy, S. Kumar, T. Chakraborty: Spotting Collective Behaviour of Online Frauds in Customer Reviews. IJCAI
    2019.
    """

    window: int | None = 10
    min_reviewers: int = 3
    min_products: int = 2
    alike: float = 0.5
    threshold: float = 0.4
    span: int = 30
    groups: int = 1000
    busiest: int = 200
    crowd: int = 500

    name: ClassVar[str] = "defrauder"

    def __post_init__(self) -> None:
        wrong = [
            *whole("window", self.window, 0, optional=True),
            *at_least(self, min_reviewers=2, min_products=1),
            *number("alike", self.alike, least=0, up_to=1),
            *number("threshold", self.threshold, least=0, up_to=1),
            *at_least(self, span=1, groups=1, busiest=2, crowd=2),
        ]
        refuse(self.name, wrong)

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the groups above the threshold, those with the highest mean indicator first."""
        candidates = {who: products for who, products in self._candidates(graph).items() if len(products) >= self.min_products}
        if not candidates:
            return []
        sets = [np.frombuffer(who, np.int32) for who in candidates]
        products = [np.array(sorted(products), np.int32) for products in candidates.values()]
        score = indicators(graph, _lists(sets), _lists(products), self.span)
        # Indicators that the log has columns for.
        mean = np.nanmean(score, axis=1)
        order = np.argsort(-mean, kind="stable")
        kept = order[mean[order] > self.threshold]
        if len(kept) > self.groups:
            kept = kept[mean[kept] > mean[kept[self.groups]]]
        return best_first(Group(sets[g], products[g], float(mean[g]), self.name) for g in kept.tolist())

    def _candidates(self, graph: ReviewGraph) -> dict[bytes, set[int]]:
        """Return the reviewers of each group, as bytes of their codes, and its products."""
        found = _Found(graph, self.min_reviewers, self.alike)
        nodes, product, day = self._nodes(graph)
        turned = _turned(nodes, graph.n_reviewers)
        a, b, _ = sharing(turned.indptr, turned.items, nodes.indptr, nodes.items, self.min_reviewers)
        pair, indptr, who = agreeing(a, b, nodes.indptr, nodes.items, day, self.window or 0, self.min_reviewers, SETS_PER_EDGE)
        ends = np.stack((a[pair], b[pair]), axis=1)
        edges = _Edges(_Lists(indptr, who), ends, [frozenset(both) for both in product[ends].tolist()])
        for node in np.setdiff1d(np.arange(len(product)), edges.ends).tolist():
            found.add(nodes.of(node), product[node : node + 1].tolist())
        while len(edges.products):
            edges = self._next_round(graph, edges, found)
        return found.groups

    def _nodes(self, graph: ReviewGraph) -> tuple[_Lists, Int32s, Int64s]:
        """Return the reviewers of each product with a rating, who are enough and not too many; its product; and each one's day."""
        edges = graph.edges[np.diff(graph.indptr)[graph.reviewer[graph.edges]] <= self.busiest]
        dated = graph.time is not None and self.window is not None
        if graph.time is not None and dated:
            edges = edges[graph.time[edges] != NO_TIME]
        node = graph.product[edges].astype(np.int64)
        if graph.rating is not None:
            rated = ~np.isnan(graph.rating[edges])
            edges = edges[rated]
            _, stars = np.unique(graph.rating[edges], return_inverse=True)
            node = node[rated] * (int(stars.max(initial=0)) + 1) + stars
        _, node, size = np.unique(node, return_inverse=True, return_counts=True)
        edges = edges[in_size := (size[node] >= self.min_reviewers) & (size[node] <= self.crowd)]
        _, node = np.unique(node[in_size], return_inverse=True)
        # Edges are in the order of reviewers, so those of a node stay in it.
        edges = edges[np.argsort(node, kind="stable")]
        indptr = np.concatenate(([0], np.cumsum(np.bincount(node)))).astype(np.int64)
        day = graph.time[edges].astype(np.int64) if graph.time is not None and dated else np.zeros(len(edges), np.int64)
        return _Lists(indptr, graph.reviewer[edges]), graph.product[edges[indptr[:-1]]], day

    def _next_round(self, graph: ReviewGraph, edges: _Edges, found: _Found) -> _Edges:
        """Add the groups that are found among the edges; return the edges of the graph whose nodes the other edges are."""
        same: dict[bytes, list[int]] = {}
        for e in range(len(edges.products)):
            same.setdefault(edges.sets.of(e).tobytes(), []).append(e)
        shared = [ids for ids in same.values() if len(ids) > 1]
        union_of = [frozenset().union(*(edges.products[e] for e in ids)) for ids in shared]
        found.add_shared(edges.sets.some([ids[0] for ids in shared]), union_of)

        single = [ids[0] for ids in same.values() if len(ids) == 1]
        sets, ends, products = edges.sets.some(single), edges.ends[single], [edges.products[e] for e in single]
        turned = _turned(sets, graph.n_reviewers)
        steps, bound = int((np.diff(turned.indptr) ** 2).sum()), STEPS_PER_REVIEW * graph.n_reviews + STEPS
        if steps > bound:
            _log.info(
                "defrauder: %d pairs of sets of one reviewer, more than %d; %d sets are not merged any further", steps, bound, len(single)
            )
            a, b = np.empty(0, np.int32), np.empty(0, np.int32)
        else:
            a, b, _ = sharing(turned.indptr, turned.items, sets.indptr, sets.items, self.min_reviewers)
        adjacent = (ends[a][:, :, None] == ends[b][:, None, :]).any(axis=(1, 2))
        a, b = a[adjacent], b[adjacent]
        union = [products[i] | products[j] for i, j in zip(a.tolist(), b.tolist(), strict=True)]
        # Merging two sets with the same products would add nothing.
        more = np.array(
            [len(both) > max(len(products[i]), len(products[j])) for both, i, j in zip(union, a.tolist(), b.tolist(), strict=True)],
            np.bool_,
        )
        a, b = a[more], b[more]
        joined = np.stack((a, b), axis=1)
        for e in np.setdiff1d(np.arange(len(single)), joined).tolist():
            found.add(sets.of(e), products[e])
        return _Edges(_Lists(*in_common(sets.indptr, sets.items, a, b)), joined, [union[e] for e in np.flatnonzero(more).tolist()])


def indicators(graph: ReviewGraph, reviewers: Ragged, products: Ragged, span: int = 30) -> Float64s:
    """Return the six indicators of each group, from 0 to 1 and higher for the more suspicious.

    With L = 1 / (1 + exp(3 - reviewers - products)), which makes small groups less suspicious:

    review tightness
        L x the share of pairs of a member and a product of the group that have a review.
    neighbour tightness
        L x the mean over pairs of members of the Jaccard index of all products that they reviewed.
    product tightness
        Products that all members reviewed over those that any did.
    rating variance
        L x 2 / (1 + exp(variance of the members' ratings of a product, on average over the products)).
    product reviewer ratio
        The largest share that members are of all reviewers of a product of the group.
    time window
        L x the mean over products of 1 - standard deviation of the members' days / span, at least 0.

    Parameters
    ----------
    graph : ReviewGraph
    reviewers, products : (int64[n_groups + 1], int32 array)
        Codes of each group as lists: those of group g are ``codes[indptr[g]:indptr[g + 1]]``. Two reviewers or more, of whom one or more
        reviewed each of one product or more.
    span : int
        Days.

    Returns
    -------
    float64[n_groups, 6]
        In the order of `INDICATORS`; nan where the log lacks the column.
    """
    (ends, members), (p_ends, codes) = reviewers, products
    none = np.empty(0, np.int32)
    found = tightness(
        ends,
        members,
        p_ends,
        codes,
        graph.indptr,
        graph.product[graph.edges],
        np.diff(graph.product_indptr),
        none if graph.time is None else graph.time[graph.edges],
        NO_TIME,
        none.astype(np.float32) if graph.rating is None else graph.rating[graph.edges],
        span,
    )
    # An exponent outside the range of a float is a factor of 0.
    found[:, 3] = 2.0 / (1.0 + np.exp(np.minimum(found[:, 3], 700.0)))
    size = np.array(list(starmap(size_factor, zip(np.diff(ends).tolist(), np.diff(p_ends).tolist(), strict=True))), np.float64)
    found[:, [0, 1, 3, 5]] *= size[:, None]
    return found


class _Lists(NamedTuple):
    """Lists one after the other: list k is ``items[indptr[k]:indptr[k + 1]]``."""

    indptr: Int64s
    items: Int32s

    def of(self, k: int) -> Int32s:
        return self.items[self.indptr[k] : self.indptr[k + 1]]

    def some(self, chosen: Sequence[int]) -> _Lists:
        return _lists([self.of(k) for k in chosen])


class _Edges(NamedTuple):
    """Edges of one round: the reviewers of each, ascending; its two ends; and the products behind it."""

    sets: _Lists
    ends: Integers
    products: list[frozenset[int]]


class _Found:
    """The groups found so far: the same reviewers are one group, with all products."""

    def __init__(self, graph: ReviewGraph, least: int, alike: float) -> None:
        self.graph, self.least, self.alike = graph, least, alike
        self.groups: dict[bytes, set[int]] = {}
        self._reviewed: dict[int, frozenset[int]] = {}

    def add(self, who: Int32s, products: Iterable[int]) -> None:
        self.groups.setdefault(who.tobytes(), set()).update(products)

    def add_shared(self, sets: _Lists, products: Sequence[frozenset[int]]) -> None:
        """Report the sets that are on several edges: a set absorbs its subsets, or is separated from them."""
        turned, size = _turned(sets, self.graph.n_reviewers), np.diff(sets.indptr)
        a, b, common = sharing(turned.indptr, turned.items, sets.indptr, sets.items, self.least)
        within: dict[int, list[int]] = {}
        # Sets differ, so one within the other is smaller.
        smaller = size[a] < size[b]
        inside, around = np.where(smaller, a, b), np.where(smaller, b, a)
        nested = common == size[inside]
        for inner_, outer_ in zip(inside[nested].tolist(), around[nested].tolist(), strict=True):
            within.setdefault(outer_, []).append(inner_)
        absorbed: set[int] = set()
        common_to: dict[int, frozenset[int]] = {}
        for outer, inner in within.items():
            members = sets.of(outer).tolist()
            every = self._if_alike(members)
            if every:
                common_to[outer] = every
                absorbed.update(inner)
                continue
            # Sets are small, and most have nothing in common: Python's own are faster here than arrays.
            for rest in (frozenset(members).difference(sets.of(one).tolist()) for one in inner):
                if len(rest) >= self.least and (every := self._if_alike(rest)):
                    self.add(np.array(sorted(rest), np.int32), every)
        for k, own in enumerate(products):
            if k not in absorbed:
                self.add(sets.of(k), common_to.get(k, own))

    def _if_alike(self, who: Collection[int]) -> frozenset[int]:
        """Return the products that all reviewed, if these are enough of those that any did; else none."""
        reviewed = [self._products(u) for u in who]
        every = frozenset.intersection(*reviewed)
        return every if every and len(every) > self.alike * len(frozenset[int]().union(*reviewed)) else frozenset()

    def _products(self, reviewer: int) -> frozenset[int]:
        known = self._reviewed.get(reviewer)
        if known is None:
            graph = self.graph
            known = frozenset(graph.product[graph.edges[graph.indptr[reviewer] : graph.indptr[reviewer + 1]]].tolist())
            self._reviewed[reviewer] = known
        return known


def _lists(lists: Sequence[Int32s]) -> _Lists:
    """Return arrays as lists."""
    indptr = np.concatenate(([0], np.cumsum([len(one) for one in lists], dtype=np.int64)))
    return _Lists(indptr, np.concatenate([np.empty(0, np.int32), *lists]))


def _turned(lists: _Lists, n: int) -> _Lists:
    """Return for each of ``n`` items the lists that contain it, ascending."""
    of = np.repeat(np.arange(len(lists.indptr) - 1, dtype=np.int32), np.diff(lists.indptr))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(lists.items, minlength=n)))).astype(np.int64)
    return _Lists(indptr, of[np.argsort(lists.items, kind="stable")])
