"""GSRank: the worked example, the itemsets, a slow ranking, and what it cannot do."""

import logging
import math
from itertools import combinations

import numpy as np
import pytest
from detect.toy import graph_of, random_pairs, rng, sets

from collusion.base.model import Group
from collusion.detect import gsrank
from collusion.detect.gsrank import Gsrank, indicators
from collusion.detect.itemsets import maximal_sets
from collusion.graph.graph import NO_TIME
from collusion.testing import check_detector


def worked():
    """Two products launched on days 0 and 100, of ten and six reviewers, three of whom are the group; and its indicators."""
    group = [(u, p) for p in range(2) for u in range(3)]
    days, stars = [10, 12, 16, 150, 150, 151], [5.0] * 6
    others = [(u, 0) for u in range(3, 10)] + [(u, 1) for u in range(10, 13)]
    days += [0, *range(200, 206), 100, 300, 301]
    stars += [3.0] * 7 + [5.0] * 3
    # A star nobody gave these products, so that the range is that of five stars.
    graph = graph_of([*group, *others, (13, 2)], time=[*days, 0], rating=[*stars, 1.0])
    return indicators(graph, np.array([0, 3]), np.array([0, 1, 2], np.int32), np.array([0, 2]), np.array([0, 1], np.int32), 60, 180)


def test_worked_example():
    """GTW .983333, GETF .911111, GD .5 (averages 5 and 3), GSR .4 (3 of 10, 3 of 6).

    A member is measured by the others. Days 10, 12, 16: the first is 4 from their mean, the second 1, the third 5; then 0.5, 0.5 and 1.
    """
    told = worked()
    assert told.window.max() == pytest.approx(0.983333, abs=1e-6)
    assert told.early.max() == pytest.approx(0.911111, abs=1e-6)
    assert told.deviation.max() == 0.5
    assert told.ratio.mean() == pytest.approx(0.4)
    assert told.coupling == pytest.approx([1 - (one + other) / 120 for one, other in ((4, 0.5), (1, 0.5), (5, 1))])


def every_set(pairs, least):
    """All maximal sets with three products in common, by trying every set; and what they have in common."""
    own = {}
    for u, p in pairs:
        own.setdefault(u, set()).add(p)
    tried = (frozenset(c) for k in range(least, len(own) + 1) for c in combinations(sorted(own), k))
    frequent = {c: common for c in tried if len(common := set.intersection(*(own[u] for u in c))) >= 3}
    return {(c, frozenset(common)) for c, common in frequent.items() if not any(c < other for other in frequent)}


def test_itemsets_are_those_of_trying_every_set():
    """On 200 random graphs, for sets of two or more and of three or more."""
    random = np.random.default_rng(1)
    found = 0
    for k in range(200):
        pairs = random_pairs(random, 7, int(random.integers(3, 9)), random.choice([0.4, 0.6, 0.8]))
        graph = graph_of(pairs)
        ends, members, p_ends, products = maximal_sets(
            graph.indptr, graph.product[graph.edges], graph.product_indptr, graph.reviewer, 2 + k % 2, 1000
        )
        ours = {
            (frozenset(members[ends[i] : ends[i + 1]].tolist()), frozenset(products[p_ends[i] : p_ends[i + 1]].tolist()))
            for i in range(len(ends) - 1)
        }
        assert len(ours) == len(ends) - 1
        assert ours == every_set(pairs, 2 + k % 2)
        found += len(ours)
    assert found >= 300


def falling(days, limit):
    return max(1 - days / limit, 0.0)


def mean(values):
    return math.fsum(values) / len(values)


class Weights:
    """The three kinds of weights, review by review."""

    def __init__(self, graph, groups, detector):
        self.stars = None if graph.rating is None else {}
        self.day = None if graph.time is None else {}
        self.of = {}
        for s in range(graph.n_reviews):
            u, p = int(graph.reviewer[s]), int(graph.product[s])
            self.of.setdefault(p, set()).add(u)
            if self.day is not None:
                self.day[u, p] = int(graph.time[s])
            if self.stars is not None:
                self.stars[u, p] = float(graph.rating[s])
        self.groups, self.detector = groups, detector
        self.span = max(self.stars.values()) - min(self.stars.values()) if self.stars else 0

    def apart(self, own, others, p):
        if not self.span or not own or not others:
            return 0.0
        return abs(mean([self.stars[u, p] for u in own]) - mean([self.stars[u, p] for u in others])) / self.span

    def group_product(self, group, p):
        parts = [len(group) / len(self.of[p])]
        if self.day is not None:
            days = [self.day[u, p] for u in group]
            launch = min(self.day[u, p] for u in self.of[p])
            parts += [falling(max(days) - min(days), self.detector.tau), falling(max(days) - launch, self.detector.beta)]
        if self.stars is not None:
            parts.append(self.apart(group, self.of[p] - group, p))
        return mean(parts)

    def member_product(self, u, p):
        parts = []
        if self.day is not None:
            parts.append(falling(self.day[u, p] - min(self.day[v, p] for v in self.of[p]), self.detector.beta))
        if self.stars is not None:
            parts.append(self.apart({u}, self.of[p], p))
        return mean(parts or [1.0])

    def group_member(self, group, common, u):
        parts = [len(group) / max(len(g) for g, _ in self.groups), len(common) / max(len(c) for _, c in self.groups)]
        if self.day is not None:
            off = [abs(self.day[u, p] - mean([self.day[v, p] for v in group - {u}])) for p in common]
            parts.append(mean([falling(days, self.detector.tau) for days in off]))
        return mean(parts)


def spread(weight, value, *, back=False):
    """Multiply a table of {(to, from): weight} with {from: value}; back, its transpose."""
    told = {}
    for (one, other), w in weight.items():
        to, start = (other, one) if back else (one, other)
        told[to] = told.get(to, 0.0) + w * value.get(start, 0.0)
    return told


def slow(detector):
    """Make the oracle: every set tried, and the ranking by dictionaries."""

    def found(graph):
        pairs = list(zip(graph.reviewer.tolist(), graph.product.tolist(), strict=True))
        groups = sorted(every_set(pairs, detector.min_reviewers), key=lambda g: sorted(g[0])) if pairs else []
        if not groups:
            return []
        weights = Weights(graph, groups, detector)
        users, things = frozenset().union(*(g for g, _ in groups)), frozenset().union(*(c for _, c in groups))
        product_group = {(p, g): weights.group_product(group, p) for g, (group, common) in enumerate(groups) for p in common}
        member_product = {(u, p): weights.member_product(u, p) for u, p in pairs if u in users and p in things}
        group_member = {(g, u): weights.group_member(group, common, u) for g, (group, common) in enumerate(groups) for u in group}
        value = dict.fromkeys(range(len(groups)), 0.5)
        for _ in range(30):
            value = spread(group_member, spread(member_product, spread(product_group, value)))
            value = spread(product_group, spread(member_product, spread(group_member, value, back=True), back=True), back=True)
            top = max(value.values()) or 1.0
            value = {g: x / top for g, x in value.items()}
        score = {g: round(max(math.log(x), -600.0) if x else -600.0, 6) for g, x in value.items()}
        kept = []
        for level in sorted(set(score.values()), reverse=True):
            tied = [g for g in score if score[g] == level]
            kept += [g for g in tied if not any(2 * len(groups[g][0] & groups[k][0]) >= len(groups[g][0] | groups[k][0]) for k in kept)]
        return [Group(sorted(groups[g][0]), sorted(groups[g][1]), score[g], detector.name) for g in kept]

    return found


@pytest.mark.parametrize("values", [{"min_reviewers": 2}, {"min_reviewers": 2, "tau": 5, "beta": 20}, {}])
def test_laws_and_a_slow_ranking(values):
    detector = Gsrank(**values)
    assert check_detector(detector, slow(detector))[-1] == "oracle"


def test_too_many_sets_are_given_up_for_larger_ones(monkeypatch, caplog):
    """Three pairs and one set of four: more than two sets, so those of two reviewers are passed over, and the log says so."""
    pairs = [(2 * k + u, 3 * k + p) for k in range(3) for u in range(2) for p in range(3)] + [
        (6 + u, 9 + p) for u in range(4) for p in range(3)
    ]
    assert len(Gsrank(min_reviewers=2).find(graph_of(pairs), rng())) == 4
    monkeypatch.setattr(gsrank, "MAX_SETS", 2)
    with caplog.at_level(logging.INFO):
        (group,) = Gsrank(min_reviewers=2).find(graph_of(pairs), rng())
    assert sets(group) == (frozenset(range(6, 10)), frozenset(range(9, 12)))
    assert "more than 2 sets of 2 reviewers or more" in caplog.text


def test_no_more_groups_than_asked_for_and_ties_go_together():
    pairs = [(3 * k + u, 3 * k + p) for k in range(5) for u in range(3) for p in range(3)] + [
        (15 + u, 15 + p) for u in range(5) for p in range(5)
    ]
    assert len(Gsrank(min_reviewers=3).find(graph_of(pairs), rng())) == 6
    (best,) = Gsrank(min_reviewers=3, groups=3).find(graph_of(pairs), rng())
    assert sets(best)[0] == frozenset(range(15, 20))


def test_busy_reviewers_and_popular_products_are_passed_over():
    pairs = [(u, p) for u in range(6) for p in range(6)]
    assert len(Gsrank().find(graph_of(pairs), rng())) == 1
    assert Gsrank(busiest=5).find(graph_of(pairs), rng()) == []
    assert Gsrank(crowd=5).find(graph_of(pairs), rng()) == []


def test_reviews_without_a_time_or_rating_are_no_sign():
    """Values that a log has but these reviews lack count as nothing; without the columns, the groups are the same and all alike."""
    pairs = [(u, p) for u in range(4) for p in range(3)]
    blank = Gsrank(min_reviewers=3).find(graph_of(pairs, time=[NO_TIME] * 12, rating=[np.nan] * 12), rng())
    bare = Gsrank(min_reviewers=3).find(graph_of(pairs), rng())
    assert [sets(g) for g in blank] == [sets(g) for g in bare] == [(frozenset(range(4)), frozenset(range(3)))]


def test_a_ring_of_whom_none_reviews_everything_falls_into_parts():
    random = np.random.default_rng(3)
    pairs = [(u, p) for u in range(20) for p in range(10) if random.random() < 0.7]
    found = Gsrank().find(graph_of(pairs), rng())
    assert max(len(group.reviewers) for group in found) < 16
    assert len(found) > 1
