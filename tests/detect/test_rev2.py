"""REV2: the worked example, the slow version, and what it makes of dissent."""

from statistics import median

import numpy as np
import pytest
from detect.toy import rng

from collusion.base.model import Scores
from collusion.detect.birdnest import Birdnest
from collusion.detect.rev2 import Rev2
from collusion.graph.graph import build_graph
from collusion.testing import check_ranker

PLAIN = {"alpha1": 0.0, "alpha2": 0.0, "beta1": 0.0, "beta2": 0.0}


def test_worked_example():
    """(+1, +1, +1, -1) without smoothing: F = (.75, .75, .75, .25), G = .5."""
    graph = build_graph([0, 1, 2, 3], [0, 0, 0, 0], rating=[5, 5, 5, 1])
    found = Rev2(**PLAIN, tolerance=1e-12, rounds=1000).quality(graph)
    assert found.fairness == pytest.approx([0.75, 0.75, 0.75, 0.25])
    assert found.goodness == pytest.approx([0.5])
    assert found.reliability == pytest.approx(found.fairness[graph.reviewer])
    assert found.change <= 1e-12


def scaled(scores):
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(s - low) / (high - low) if high > low else 0.0 for s in scores]


def slow(graph, weights=(1, 1, 1, 1, 1, 1), rounds=25):
    a1, a2, b1, b2, g1, g2 = weights
    said = [
        (s, u, p, min(max((r - 3) / 2, -1), 1))
        for s, (u, p, r) in enumerate(
            zip(graph.reviewer.tolist(), graph.product.tolist(), [] if graph.rating is None else graph.rating.tolist(), strict=False)
        )
        if r == r  # noqa: PLR0124  # not nan
    ]
    nest = Birdnest().score(graph, rng())
    usual, unusual = [1 - x for x in scaled(nest.reviewers.tolist())], [1 - 2 * x for x in scaled(nest.products.tolist())]
    fair, good = [1.0] * graph.n_reviewers, [1.0] * graph.n_products
    reliable = {s: 1.0 for s, *_ in said}
    given = [sum(u == v for _, v, _, _ in said) for u in range(graph.n_reviewers)]
    received = [sum(p == q for _, _, q, _ in said) for p in range(graph.n_products)]

    def middle(values, counts):
        told = [x for x, n in zip(values, counts, strict=True) if n]
        return median(told) if told else 0.0

    for _ in range(rounds):
        m = middle(good, received)
        good = [
            (b1 * m + b2 * unusual[p] + sum(reliable[s] * x for s, _, q, x in said if q == p)) / (b1 + b2 + received[p])
            for p in range(graph.n_products)
        ]
        reliable = {s: (g1 * fair[u] + g2 * (1 - abs(x - good[p]) / 2)) / (g1 + g2) for s, u, p, x in said}
        m = middle(fair, given)
        fair = [
            (a1 * m + a2 * usual[u] + sum(reliable[s] for s, v, _, _ in said if v == u)) / (a1 + a2 + given[u])
            for u in range(graph.n_reviewers)
        ]
    m = middle(fair, given)
    return Scores(
        "rev2",
        reviewers=[(m - f) * np.log(1 + n) for f, n in zip(fair, given, strict=True)],
        reviews=[1 - reliable.get(s, fair[u]) for s, u in enumerate(graph.reviewer.tolist())],
    )


def test_the_laws_and_the_slow_version():
    assert check_ranker(Rev2(rounds=25, tolerance=0.0), least_auc={"reviewers": 0.95, "reviews": 0.65}, oracle=slow)[-1] == "oracle"


def test_other_weights_too():
    weights = (2.0, 0.0, 0.5, 1.5, 2.0, 1.0)
    ranker = Rev2(*weights, rounds=25, tolerance=0.0)
    assert check_ranker(ranker, least_auc={"reviewers": 0.0, "reviews": 0.0}, oracle=lambda graph: slow(graph, weights))


def test_who_goes_against_the_rest_is_unfair():
    pairs = [(u, p) for p in range(20) for u in range(11)]
    graph = build_graph(*zip(*pairs, strict=True), rating=[1 if u == 10 else 5 for u, _ in pairs])
    found = Rev2(**PLAIN).score(graph, rng())
    assert found.reviewers.argmax() == 10
    assert found.reviews[graph.reviewer == 10].min() > found.reviews[graph.reviewer != 10].max()


def test_scales_other_than_five_stars():
    graph = build_graph([0, 1, 2, 3], [0, 0, 0, 0], rating=[10, 10, 12, -3])
    found = Rev2(**PLAIN, lowest=0.0, highest=10.0, tolerance=1e-12, rounds=1000).quality(graph)
    assert found.goodness == pytest.approx([0.5])


def test_unrated_reviews_count_for_nothing():
    graph = build_graph([0, 1, 2, 3, 0, 3], [0, 0, 0, 0, 1, 1], rating=[5, 5, 5, 1, np.nan, np.nan])
    found = Rev2(**PLAIN, tolerance=1e-12, rounds=1000).quality(graph)
    assert found.fairness == pytest.approx([0.75, 0.75, 0.75, 0.25])
    assert found.reliability[graph.product == 1] == pytest.approx(found.fairness[graph.reviewer[graph.product == 1]])
