"""CopyCatch: the planted core, the definition, a slow descent, and what it cannot do."""

import logging
import math
from collections import Counter

import numpy as np
import pytest
from detect.toy import graph_of, rng, sets

from collusion.base.model import Group
from collusion.detect.copycatch import Copycatch
from collusion.graph.graph import NO_TIME
from collusion.testing import check_detector


def reviews_of(graph):
    times = [0] * graph.n_reviews if graph.time is None else graph.time.tolist()
    return list(zip(graph.reviewer.tolist(), graph.product.tolist(), times, strict=True))


def targets(detector, users, reviews, span):
    """Return the first day of the window of each product chosen for the users."""
    best = {}
    for p in {p for u, p, _ in reviews if u in users}:
        times = sorted(t for u, q, t in reviews if q == p and u in users)
        best[p] = max((sum(t <= x <= t + span for x in times), -t) for t in times)
    bar = max(math.ceil(detector.share * len(users) - 1e-9), 2)
    if sum(held >= bar for held, _ in best.values()) < detector.min_products <= len(best):
        bar = max(sorted((held for held, _ in best.values()), reverse=True)[detector.min_products - 1], 2)
    return {p: -begin for p, (held, begin) in best.items() if held >= bar}


def visits(where, reviews, span):
    """Count each reviewer's reviews within the windows."""
    return Counter(u for u, p, t in reviews if p in where and where[p] <= t <= where[p] + span)


def descent(detector, seed, reviews, span):
    """Yield the cores on the way from a seed, with their reviews."""
    own = {p: t - span for u, p, t in reviews if u == seed}
    if len(own) < detector.min_products:
        return
    met = visits(own, reviews, 2 * span)
    levels = [{u for u, k in met.items() if k >= wanted} for wanted in range(detector.min_products, 1, -1)]
    users = next((level for level in levels if len(level) >= detector.min_reviewers), set())
    for _ in range(10):
        where = targets(detector, users, reviews, span)
        if len(users) < detector.min_reviewers or len(where) < detector.min_products:
            return
        bar = math.ceil(detector.share * len(where) - 1e-9)
        count = {u: k for u, k in visits(where, reviews, span).items() if k >= bar}
        if len(count) >= detector.min_reviewers:
            yield sum(count.values()), (frozenset(count), frozenset(where))
        if set(count) == users:
            return
        users = set(count)


def slow(detector):
    """Make the oracle: the same descent over lists."""

    def found(graph):
        reviews = reviews_of(graph)
        span = detector.window if graph.time is not None else 0
        cores = {}
        for seed in range(graph.n_reviewers):
            inside, core = max(descent(detector, seed, reviews, span), key=lambda core: core[0], default=(0, None))
            if core:
                cores[core] = max(inside, cores.get(core, 0))
        return [
            Group(sorted(u), sorted(p), inside / (len(u) + len(p)), detector.name)
            for (u, p), inside in cores.items()
            if not any((u, p) != (v, q) and u <= v and p <= q for v, q in cores)
        ]

    return found


def planted(rng, *, hits=1.0, days=10, reviewers=12, products=9):
    """Return a core amid noise, each member on a share of the products within some days of each product's own day; and its reviewers."""
    pairs, time = [], []
    begin = rng.integers(0, 900, products)
    for u in range(reviewers):
        for p in rng.permutation(products)[: math.ceil(hits * products)].tolist():
            pairs.append((u, p))
            time.append(int(begin[p] + rng.integers(0, days + 1)))
    for u, p in np.unique(rng.integers((reviewers, 0), (400, 150), (1500, 2)), axis=0).tolist():
        pairs.append((u, p))
        time.append(int(rng.integers(0, 900)))
    return graph_of(pairs, time=time), frozenset(range(reviewers))


@pytest.mark.parametrize(("hits", "share"), [(1.0, 0.9), (0.8, 0.6), (0.7, 0.5)])
def test_a_planted_core_is_recovered(hits, share):
    """An (n, m, rho, 2 dt) core of 12 reviewers and 9 products, everyone at most ten days around each product's own day: exactly."""
    for seed in range(10):
        graph, ring = planted(np.random.default_rng(seed), hits=hits)
        found = Copycatch(window=10, share=share).find(graph, rng())
        assert sets(found[0]) == (ring, frozenset(range(9)))


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"window": 5, "share": 1.0, "min_reviewers": 2, "min_products": 2},
        {"window": 20, "share": 0.5, "min_reviewers": 3, "min_products": 2},
    ],
)
def test_laws_and_a_slow_descent(values):
    detector = Copycatch(**values)
    assert check_detector(detector, slow(detector))[-1] == "oracle"


def test_what_is_returned_is_a_core():
    """By its definition, on 60 dense random graphs: there are windows in which each reviewer reviewed the share of the products."""
    random = np.random.default_rng(5)
    detector = Copycatch(window=6, share=0.7, min_reviewers=3, min_products=3)
    found = 0
    for _ in range(60):
        pairs = np.unique(random.integers(0, (14, 7), (70, 2)), axis=0).tolist()
        graph = graph_of(pairs, time=random.integers(0, 20, len(pairs)))
        when = {(u, p): t for u, p, t in reviews_of(graph)}
        for group in detector.find(graph, rng()):
            users, products = (sorted(side) for side in sets(group))
            assert len(users) >= 3
            assert len(products) >= 3
            # The score tells how many reviews lie in the windows; the best windows hold at least as many.
            inside = round(group.score * (len(users) + len(products)))
            assert inside >= len(users) * math.ceil(0.7 * len(products) - 1e-9)
            best = sum(max(sum(t <= when.get((u, p), -99) <= t + 6 for u in users) for t in range(20)) for p in products)
            assert best >= inside
            found += 1
    assert found >= 30


def test_reviews_without_a_time_are_in_no_window():
    pairs = [(u, p) for u in range(6) for p in range(5)]
    assert len(Copycatch().find(graph_of(pairs, time=[3] * 30), rng())) == 1
    assert Copycatch().find(graph_of(pairs, time=[NO_TIME] * 30), rng()) == []


def test_crowds_are_passed_over_and_told(caplog):
    pairs = [(u, p) for u in range(30) for p in range(5)]
    graph = graph_of(pairs, time=[3] * 150)
    with caplog.at_level(logging.INFO):
        assert len(Copycatch(crowd=30).find(graph, rng())) == 1
    assert not caplog.text
    with caplog.at_level(logging.INFO):
        assert Copycatch(crowd=29).find(graph, rng()) == []
    assert "150 windows of more than 29 reviews" in caplog.text


def test_a_ring_that_shares_the_work_has_no_core():
    """Each of twelve takes four of twenty targets: no four products have five of them at three of the four or more."""
    pairs = [(u, (5 * k + u + u // 4 * k) % 20) for u in range(12) for k in range(4)]
    assert Copycatch(share=0.75).find(graph_of(pairs, time=[3] * 48), rng()) == []
