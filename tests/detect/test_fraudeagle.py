"""FraudEagle: the worked example, exact beliefs on trees, the slow version, and what it makes of rings."""

import math

import numpy as np
import pytest
from detect.slow_beliefs import exact, loopy
from detect.toy import rng

from collusion.base.model import Scores
from collusion.detect.fraudeagle import FraudEagle, signs
from collusion.graph.graph import build_graph
from collusion.testing import check_ranker


def table(sign, e):
    """Reviewer honest or fraud, product good or bad."""
    return [[1 - e, e], [2 * e, 1 - 2 * e]] if sign > 0 else [[e, 1 - e], [1 - 2 * e, 2 * e]]


def edges_of(graph, e=0.1, neutral=3):
    if graph.rating is None:
        return []
    rated = zip(graph.reviewer.tolist(), graph.product.tolist(), graph.rating.tolist(), strict=True)
    return [(("u", u), ("p", p), table(r - neutral, e)) for u, p, r in rated if r != neutral and not math.isnan(r)]


def names(graph):
    return [("u", u) for u in range(graph.n_reviewers)] + [("p", p) for p in range(graph.n_products)]


def test_worked_example():
    """One product, + + + -, e = .1: P(fraud) .465347 three times and .605361, P(bad) .400990."""
    graph = build_graph([0, 1, 2, 3], [0, 0, 0, 0], rating=[5, 4, 5, 1])
    found = FraudEagle().score(graph, rng())
    odds = np.concatenate((found.reviewers, found.products))
    assert 1 / (1 + np.exp(-odds)) == pytest.approx([0.465347, 0.465347, 0.465347, 0.605361, 0.400990], abs=1e-6)
    of_all = exact(dict.fromkeys(names(graph), 0.5), edges_of(graph))
    assert 1 / (1 + np.exp(-odds)) == pytest.approx([of_all[v] for v in names(graph)], abs=1e-6)


def test_exact_on_forests():
    """Reviewers of one or two products such that no loop closes."""
    random = np.random.default_rng(1)
    for _ in range(40):
        pairs = [(u, 0) for u in range(3)] + [(2, 1)] + [(u, 1) for u in range(3, 5)]
        ratings = random.choice([1, 2, 3, 4, 5, np.nan], len(pairs))
        graph = build_graph(*zip(*pairs, strict=True), rating=ratings)
        e = float(random.uniform(0.01, 0.45))
        odds = FraudEagle(epsilon=e, tolerance=1e-9).beliefs(graph).log_odds
        expected = exact(dict.fromkeys(names(graph), 0.5), edges_of(graph, e))
        assert 1 / (1 + np.exp(-odds)) == pytest.approx([expected[v] for v in names(graph)], abs=1e-8)


def slow(graph):
    belief = loopy(dict.fromkeys(names(graph), 0.0), edges_of(graph), rounds=12, damping=0.5)
    odds = [belief[v] for v in names(graph)]
    return Scores("fraudeagle", reviewers=odds[: graph.n_reviewers], products=odds[graph.n_reviewers :])


def test_the_laws_and_the_slow_version():
    """A praised block is what most say, so it ranks as the most honest: an area of 0 is all that can be asked."""
    ranker = FraudEagle(rounds=12, tolerance=0.0)
    assert check_ranker(ranker, least_auc={"reviewers": 0.0, "products": 0.0}, oracle=slow)[-1] == "oracle"


def test_who_goes_against_the_rest_is_the_fraud():
    """Twenty products praised by ten honest reviewers each and panned by one and the same."""
    pairs = [(u, p) for p in range(20) for u in range(10)] + [(10, p) for p in range(20)]
    graph = build_graph(*zip(*pairs, strict=True), rating=[5] * 200 + [1] * 20)
    found = FraudEagle().score(graph, rng())
    assert found.reviewers[10] > 0 > found.reviewers[:10].max()


def test_a_ring_that_outnumbers_the_honest_is_trusted():
    """What it cannot do: thirty accounts praise ten products that five honest reviewers pan."""
    pairs = [(u, p) for p in range(10) for u in range(35)]
    graph = build_graph(*zip(*pairs, strict=True), rating=[1 if u < 5 else 5 for u, _ in pairs])
    found = FraudEagle().score(graph, rng())
    assert found.reviewers[:5].min() > 0 > found.reviewers[5:].max()


def test_signs_and_a_log_without_ratings():
    graph = build_graph([0, 1, 2, 3], [0, 0, 0, 0], rating=[3, 3.5, 1, np.nan])
    by_row = signs(graph, 3.0)[np.argsort(graph.row)]
    assert by_row.tolist() == [0, 1, -1, 0]
    bare = build_graph([0, 1], [0, 0])
    assert FraudEagle().score(bare, rng()).reviewers.tolist() == [0, 0]
