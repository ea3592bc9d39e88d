"""ColluEagle: the worked similarities, the slow version, and which way a component falls."""

import math

import numpy as np
import pytest
from detect.slow_beliefs import loopy
from detect.toy import rng
from scipy.stats import norm

from collusion.base.model import Scores
from collusion.detect.collueagle import ColluEagle, similarity_edges, tightness
from collusion.graph.graph import build_graph
from collusion.testing import check_ranker


@pytest.mark.parametrize(("days", "stars", "expected"), [(0, 0, 1.0), (30, 0, 0.738883), (30, 1, 0.545948), (90, 0, 0.317311)])
def test_worked_similarities(days, stars, expected):
    graph = build_graph([0, 1], [0, 0], time=[17000, 17000 + days], rating=[5, 5 - stars])
    a, b, similarity = similarity_edges(graph, 90.0, 3.0, 0.3)
    assert (a.tolist(), b.tolist()) == ([0], [1])
    assert similarity == pytest.approx([expected], abs=1e-6)
    assert len(similarity_edges(graph, 90.0, 3.0, 0.6)[0]) == (expected >= 0.6)


def test_the_largest_of_several_similarities_counts():
    graph = build_graph([0, 0, 1, 1], [0, 1, 0, 1], time=[17000, 17000, 17030, 17000], rating=[5, 5, 5, 5])
    a, b, similarity = similarity_edges(graph, 90.0, 3.0, 0.6)
    assert (a.tolist(), b.tolist(), similarity.tolist()) == ([0], [1], [1.0])


def ties_of(graph):
    held = {}
    for s in range(graph.n_reviews):
        for t in range(s):
            if graph.time is None or graph.product[s] != graph.product[t]:
                continue
            pair = tuple(sorted((int(graph.reviewer[s]), int(graph.reviewer[t]))))
            alike = 2 * norm.cdf(-abs(int(graph.time[s]) - int(graph.time[t])) / 90)
            alike *= 2 * norm.cdf(-abs(float(graph.rating[s]) - float(graph.rating[t])) / 3)
            if alike >= 0.6:
                held[pair] = max(alike, held.get(pair, 0.0))
    return held


def slow(graph):
    ties = ties_of(graph)
    wrote = [{*graph.product[graph.reviewer == u].tolist()} for u in range(graph.n_reviewers)]
    odds = {}
    for u in range(graph.n_reviewers):
        tight = []
        for pair in ties:
            if u in pair:
                both, either = wrote[pair[0]] & wrote[pair[1]], wrote[pair[0]] | wrote[pair[1]]
                tight.append(len(both) / len(either) / (1 + math.exp(1 - len(both))))
        prior = max(tight, default=0.2)
        odds[u] = math.log(prior / (1 - prior))
    edges = [(u, v, [[math.exp(w), math.exp(-w)], [math.exp(-w), math.exp(w)]]) for (u, v), w in ties.items()]
    belief = loopy(odds, edges, rounds=10, damping=0.5)
    return Scores("collueagle", reviewers=[belief[u] for u in range(graph.n_reviewers)])


def test_the_laws_and_the_slow_version():
    """In a log this small everybody is tied to everybody else, and the component falls as a whole: nothing can be asked of the block."""
    assert check_ranker(ColluEagle(rounds=10, tolerance=0.0), least_auc={"reviewers": 0.0}, oracle=slow)[-1] == "oracle"


def test_other_priors_keep_the_laws():
    check_ranker(ColluEagle(prior="metadata"), least_auc={"reviewers": 0.0})
    check_ranker(ColluEagle(prior="flat"), least_auc={"reviewers": 0.0})


def test_an_even_prior_says_nothing():
    random = np.random.default_rng(1)
    key = np.unique(random.integers(0, 40 * 20, 300))
    graph = build_graph(key // 20, key % 20, time=random.integers(17000, 17100, len(key)), rating=random.integers(1, 6, len(key)))
    assert (ColluEagle(prior="even").score(graph, rng()).reviewers == 0).all()


def sparse_market(ring):
    """Return a year of 300 products, three reviews each, of 450 accounts; 12 accounts share the first 8 products within a week."""
    random = np.random.default_rng(2)
    u = np.concatenate((np.repeat(np.arange(12), 8), random.permutation(np.tile(np.arange(12, 462), 2))))
    p = np.concatenate((np.tile(np.arange(8), 12), np.arange(900) % 300))
    time = np.concatenate((random.integers(17000, 17007, 96), random.integers(16900, 17265, 900)))
    _, first = np.unique(u * 300 + p, return_index=True)
    first = np.sort(first if ring else first[u[first] >= 12])
    return build_graph(u[first], p[first], time=time[first], rating=np.full(len(first), 5.0), n_reviewers=462, n_products=300)


def test_a_tight_ring_among_people_who_hardly_meet():
    """Tied mostly to each other, and tightly: the twelve come first. With a flat prior the very same ties make them the most honest."""
    graph = sparse_market(ring=True)
    scores = ColluEagle().score(graph, rng()).reviewers
    assert scores[:12].min() > 0
    assert set(np.argsort(-scores)[:12]) == set(range(12))
    flat = ColluEagle(prior="flat").score(graph, rng()).reviewers
    assert flat[:12].max() < np.median(flat[12:])


def test_tightness_by_hand():
    """Both of two products: 1 / (1 + e**-1). One of three: 1/3 / 2. No tie: .2."""
    graph = build_graph([0, 0, 1, 1, 2, 2, 3], [0, 1, 0, 1, 0, 2, 3], time=[17000] * 7, rating=[5] * 7)
    a, b, _ = similarity_edges(graph, 90.0, 3.0, 0.6)
    twins = 1 / (1 + math.exp(-1))
    assert tightness(graph, a, b) == pytest.approx([twins, twins, 1 / 3 / 2, 0.2])


def test_without_times_nobody_is_tied():
    graph = build_graph([0, 1, 2], [0, 0, 1], rating=[5, 5, 5])
    assert ColluEagle().score(graph, rng()).reviewers == pytest.approx([math.log(0.2 / 0.8)] * 3)
