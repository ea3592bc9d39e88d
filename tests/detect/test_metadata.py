"""SpEagle's priors: every feature against plain Python, and the formula by hand."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from collusion.detect.metadata import Feature, node_features, priors, review_features
from collusion.graph.graph import NO_TIME, build_graph


def random_graph(rng, kind):
    u, p = np.divmod(np.flatnonzero(rng.random(70) < rng.choice([0.2, 0.6])), 7)
    n = len(u)
    time = None if kind == 1 else np.where(rng.random(n) < 0.1, NO_TIME, 17000 + (300 * rng.random(n) ** 3).astype(int))
    rating = None if kind == 2 else np.where(rng.random(n) < 0.1, np.nan, rng.integers(1, 6, n))
    return build_graph(u, p, time=time, rating=rating, n_reviewers=10, n_products=7)


def reviews_of(graph):
    """(edge, reviewer, product, day or None, stars or None)."""
    for s in range(graph.n_reviews):
        day = None if graph.time is None or graph.time[s] == NO_TIME else int(graph.time[s])
        stars = None if graph.rating is None or np.isnan(graph.rating[s]) else float(graph.rating[s])
        yield s, int(graph.reviewer[s]), int(graph.product[s]), day, stars


def entropy(values):
    n = len(values)
    return sum(-k / n * math.log2(k / n) for k in Counter(values).values())


def slow(graph):
    """All features of reviewers, products and reviews, by name: lists with None where there is none."""
    reviews = list(reviews_of(graph))
    of_product = {p: [r for r in reviews if r[2] == p] for p in range(graph.n_products)}

    def miss(r):
        stars = [other[4] for other in of_product[r[2]] if other[4] is not None]
        return abs(r[4] - sum(stars) / len(stars))

    def rank(r):
        when = [-1 if other[3] is None else other[3] for other in of_product[r[2]]]
        own = -1 if r[3] is None else r[3]
        return sum(day < own for day in when) + (when.count(own) + 1) / 2

    def of_node(own, *, short_term):
        rated, days = [r for r in own if r[4] is not None], sorted(r[3] for r in own if r[3] is not None)
        found = dict.fromkeys(("PR", "NR", "avgRD", "WRD", "ERD", "MNR", "ETG", "BST"))
        if rated:
            weight = [rank(r) ** -1.5 for r in rated]
            found |= {
                "PR": sum(r[4] > 3 for r in rated) / len(rated),
                "NR": sum(r[4] < 3 for r in rated) / len(rated),
                "avgRD": sum(map(miss, rated)) / len(rated),
                "WRD": sum(w * miss(r) for w, r in zip(weight, rated, strict=True)) / sum(weight),
                "ERD": entropy([r[4] for r in rated]),
            }
        if days:
            bins = [sum(b - a > edge for edge in (0, 1, 3, 6, 12)) for a, b in pairwise(days) if b - a <= 32]
            found |= {"MNR": max(Counter(days).values()), "ETG": entropy(bins)}
            if short_term:
                found["BST"] = max(1 - (days[-1] - days[0]) / 28, 0)
        return found

    users = [of_node([r for r in reviews if r[1] == u], short_term=True) for u in range(graph.n_reviewers)]
    products = [of_node(of_product[p], short_term=False) for p in range(graph.n_products)]
    texts = []
    for r in reviews:
        found = {"ISR": float(sum(other[1] == r[1] for other in reviews) == 1), **dict.fromkeys(("RD", "EXT", "DEV", "Rank", "ETF"))}
        if r[4] is not None:
            found |= {"RD": miss(r), "EXT": float(r[4] in (1, 5)), "DEV": float(miss(r) / 4 > 0.63)}
        if r[3] is not None:
            first = min(other[3] for other in of_product[r[2]] if other[3] is not None)
            found |= {"Rank": rank(r), "ETF": float(1 - (r[3] - first) / 210 > 0.69)}
        texts.append(found)
    return users, products, texts


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_every_feature(kind):
    """With times and ratings, without times, without ratings; some of each missing."""
    rng = np.random.default_rng(kind)
    for _ in range(40):
        graph = random_graph(rng, kind)
        fast = (
            node_features(graph, graph.reviewer, graph.n_reviewers, short_term=True),
            node_features(graph, graph.product, graph.n_products, short_term=False),
            review_features(graph),
        )
        for features, expected in zip(fast, slow(graph), strict=True):
            told = {feature.name for feature in features}
            assert told >= {name for one in expected for name, value in one.items() if value is not None}
            for feature in features:
                values = [math.nan if one[feature.name] is None else one[feature.name] for one in expected]
                assert feature.value == pytest.approx(values, abs=1e-8, nan_ok=True), feature.name


def test_the_formula():
    """High values suspicious: f = 2/3, 0, 0, of three; low ones: 1/2, 1, of two; prior 1 - sqrt(mean f**2)."""
    nan = math.nan
    found = priors([Feature("a", np.array([1.0, 2, 2, nan]), high=True), Feature("b", np.array([3.0, nan, 9, nan]), high=False)], 4)
    expected = [1 - math.sqrt((4 / 9 + 1 / 4) / 2), 0.999, 1 - math.sqrt(1 / 2), 0.5]
    assert found == pytest.approx(expected)
    assert priors([], 2).tolist() == [0.5, 0.5]


def test_directions():
    """The published directions: entropies and ranks are suspicious where low, everything else where high."""
    graph = random_graph(np.random.default_rng(0), 0)
    found = [
        *node_features(graph, graph.reviewer, graph.n_reviewers, short_term=True),
        *review_features(graph),
    ]
    assert {f.name for f in found if not f.high} == {"ERD", "ETG", "Rank"}
    assert {f.name for f in found if f.high} == {"MNR", "PR", "NR", "avgRD", "WRD", "BST", "ISR", "RD", "EXT", "DEV", "ETF"}
