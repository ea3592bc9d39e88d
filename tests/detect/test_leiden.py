"""Communities: Barber's modularity, planted rings, and no say for names."""

import numpy as np
import pytest
from detect.toy import PAIRS, graph_of, random_pairs, rng, sets

import oracles
from collusion.detect.leiden import Leiden, barber_modularity
from collusion.errors import ConfigError
from collusion.graph.graph import build_graph
from markets import jaccard, market


def test_barbers_modularity_of_the_worked_examples():
    """Two disjoint K_{2,2}: .5; the toy graph with {abc, xyz} and {defg, w}: .28125."""
    squares = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3)]
    assert barber_modularity(graph_of(squares), [0, 0, 1, 1, 0, 0, 1, 1]) == pytest.approx(0.5)
    assert barber_modularity(graph_of(PAIRS), [0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1]) == pytest.approx(0.28125)


def test_barbers_modularity_by_its_definition():
    random = np.random.default_rng(2)
    for _ in range(50):
        pairs = random_pairs(random, 6, 5, 0.5)
        if not pairs:
            continue
        graph = graph_of(pairs, n_reviewers=6, n_products=5)
        label = random.integers(0, 3, 11)
        expected = oracles.barber_modularity(pairs, dict(enumerate(label[:6])), dict(enumerate(label[6:])))
        assert barber_modularity(graph, label) == pytest.approx(float(expected))


@pytest.mark.parametrize("objective", ["CPM", "modularity"])
def test_a_planted_ring_is_a_community_of_the_projection(objective):
    log, truth = market(20_000, 8, [(15, 8, 0.9)])
    found = Leiden(objective=objective, at_least=3).find(build_graph(**log), rng())
    assert max(jaccard(group.reviewers, truth[0][0]) for group in found) >= 0.8


@pytest.mark.parametrize("objective", ["CPM", "modularity"])
def test_blocks_apart_are_communities_of_the_reviews(objective):
    pairs = [(u + 5 * k, p + 4 * k) for k in range(3) for u in range(5) for p in range(4)]
    found = Leiden(on="bipartite", objective=objective).find(graph_of(pairs), rng())
    assert {sets(group) for group in found} == {(frozenset(range(5 * k, 5 * k + 5)), frozenset(range(4 * k, 4 * k + 4))) for k in range(3)}


def test_all_wrong_parameters_are_named_at_once():
    with pytest.raises(ConfigError, match=r"(?s)on must.*resolution.*window.*at_least"):
        Leiden(on="neither", resolution=-1, window=-2, at_least=0)
