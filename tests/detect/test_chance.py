"""Random scores: even, seeded, and without a way to know a ring."""

import numpy as np
from scipy.stats import kstest

from collusion.detect.chance import Chance
from collusion.graph.graph import build_graph


def test_even_and_independent_between_seeds():
    random = np.random.default_rng(1)
    key = np.unique(random.integers(0, 400 * 300, 6000))
    graph = build_graph(key // 300, key % 300, time=random.integers(17000, 18000, len(key)), rating=random.integers(1, 6, len(key)))
    one, two = (Chance().score(graph, np.random.default_rng(seed)) for seed in (1, 2))
    for kind in ("reviewers", "products", "reviews"):
        first, second = getattr(one, kind), getattr(two, kind)
        assert kstest(first, "uniform").pvalue > 0.001
        assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(len(first))
    # Nor do a review's, its reviewer's and its product's numbers hang together.
    assert abs(np.corrcoef(one.reviews, one.reviewers[graph.reviewer])[0, 1]) < 0.06
