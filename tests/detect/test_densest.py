"""The densest subgraph: brute force, the worked example, and a certificate."""

import logging
from fractions import Fraction

import numpy as np
import pytest
from detect.toy import PAIRS, graph_of, random_pairs, rng, sets

import oracles
from collusion.detect.densest import Densest, densest_subgraph
from collusion.detect.fraudar import adjacency
from collusion.errors import ConfigError


def edges_of(pairs):
    return [(("u", u), ("p", p), 1) for u, p in pairs]


def test_equal_to_trying_every_set():
    """The maximal densest subgraph of 150 graphs of up to twelve nodes, and its exact density."""
    random = np.random.default_rng(1)
    for _ in range(150):
        pairs = random_pairs(random, *random.integers(1, 7, 2), random.choice([0.3, 0.6, 1.0]))
        if not pairs:
            continue
        nodes = {node for edge in edges_of(pairs) for node in edge[:2]}
        expected, value = oracles.densest(nodes, edges_of(pairs))
        graph = graph_of(pairs)
        optimum = densest_subgraph(adjacency(graph, "none"))
        members = np.flatnonzero(optimum.members)
        found = {("u", int(v)) if v < graph.n_reviewers else ("p", int(v) - graph.n_reviewers) for v in members}
        assert found == expected
        assert optimum.density == optimum.bound == value


def test_the_optimum_of_a_wide_biclique_beside_squares():
    """K_{2,10} (20 edges on 12 nodes, 5/3) beats five K_{2,2} (1) beside it."""
    pairs = [(u, p) for u in range(2) for p in range(10)]
    pairs += [(2 + 2 * k + i, 10 + 2 * k + j) for k in range(5) for i in range(2) for j in range(2)]
    (group,) = Densest().find(graph_of(pairs), rng())
    assert sets(group) == (frozenset({0, 1}), frozenset(range(10)))
    assert group.score == pytest.approx(5 / 3)


def test_toy_graph():
    (group,) = Densest().find(graph_of(PAIRS), rng())
    assert sets(group) == (frozenset({0, 1, 2}), frozenset({0, 1, 2, 3}))
    assert group.score == pytest.approx(12 / 7)


def test_beyond_the_flow_limit_a_bound_is_stated(caplog):
    random = np.random.default_rng(2)
    pairs = random_pairs(random, 40, 30, 0.3)
    exact = densest_subgraph(adjacency(graph_of(pairs), "none"))
    with caplog.at_level(logging.WARNING):
        near = densest_subgraph(adjacency(graph_of(pairs), "none"), flow_limit=0)
    assert "too many for the exact flow" in caplog.text
    assert near.density <= exact.density <= near.bound
    assert near.density >= exact.density / 2
    assert exact.bound == exact.density > Fraction(1)


def test_all_wrong_parameters_are_named_at_once():
    with pytest.raises(ConfigError, match=r"(?s)blocks.*rounds.*flow_limit"):
        Densest(blocks=0, rounds=0, flow_limit=-1)
