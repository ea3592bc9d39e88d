"""The densest subgraph: brute force, the worked example, and a certificate."""

import logging
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from detect.toy import PAIRS, graph_of, random_pairs, rng, rows_of, sets

import oracles
from collusion.detect.densest import Densest, densest_subgraph
from collusion.detect.fraudar import adjacency, column_weights, unit
from collusion.detect.peel import greedy


def edges_of(pairs):
    return [(("u", u), ("p", p), 1) for u, p in pairs]


def general(graphs):
    """Make the kernels' graph of the disjoint union, all nodes of weight 1."""
    union = nx.disjoint_union_all(graphs)
    return rows_of([sorted(union[v]) for v in range(len(union))], [1] * len(union))


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


def test_k_2_10_and_five_k_4():
    """On a general graph, where edges weigh 2: the optimum 5/3 with its certificate, which one greedy pass (25/16) misses."""
    graph = general([nx.complete_bipartite_graph(2, 10), *[nx.complete_graph(4)] * 5])
    one = greedy(graph)
    assert Fraction(one.inside, 2 * one.size) == Fraction(25, 16)
    for rounds in (1, 8, 40):
        optimum = densest_subgraph(graph, rounds)
        assert np.flatnonzero(optimum.members).tolist() == list(range(12))
        assert optimum.density / 2 == optimum.bound / 2 == Fraction(5, 3)
    near = densest_subgraph(graph, rounds=1, flow_limit=0)
    assert near.density / 2 == Fraction(25, 16)
    assert near.bound / 2 >= Fraction(5, 3)


def test_the_optimum_of_general_graphs_is_that_of_every_set():
    """Sixty graphs of up to ten nodes, odd cycles and all."""
    random = np.random.default_rng(7)
    for _ in range(60):
        graph = nx.gnp_random_graph(int(random.integers(2, 11)), 0.5, seed=int(random.integers(2**31)))
        edges = [(u, v, 2) for u, v in graph.edges]
        if not edges:
            continue
        expected, value = oracles.densest(graph.nodes, edges)
        optimum = densest_subgraph(general([graph]))
        assert set(np.flatnonzero(optimum.members).tolist()) == expected
        assert optimum.density == optimum.bound == value


def test_without_reviews_the_density_is_nothing():
    optimum = densest_subgraph(general([nx.empty_graph(3)]))
    assert (optimum.density, optimum.bound, optimum.members.any()) == (0, 0, False)


def test_toy_graph():
    (group,) = Densest().find(graph_of(PAIRS), rng())
    assert sets(group) == (frozenset({0, 1, 2}), frozenset({0, 1, 2, 3}))
    assert group.score == pytest.approx(12 / 7)


@pytest.mark.parametrize("weighting", ["log", "sqrt", "none"])
def test_the_first_group_under_every_weighting(weighting):
    """The groups of one search are the components of the maximal optimum of all sets, each with its very density."""
    random = np.random.default_rng(11)
    for _ in range(40):
        pairs = random_pairs(random, 5, 5, 0.5)
        if not pairs:
            continue
        degree = np.bincount([p for _, p in pairs])
        edges = [(("u", u), ("p", p), int(column_weights(degree, weighting)[p])) for u, p in pairs]
        expected, value = oracles.densest({node for edge in edges for node in edge[:2]}, edges)
        found = Densest(weighting=weighting).find(graph_of(pairs), rng())
        assert {("u", u) for g in found for u in sets(g)[0]} | {("p", p) for g in found for p in sets(g)[1]} == expected
        assert {g.score for g in found} == {float(value / unit(weighting))}


def test_beyond_the_flow_limit_a_bound_is_stated(caplog):
    """On twenty graphs the optimum lies between what is returned and its bound, and the log says so; within the limit nothing is said."""
    random = np.random.default_rng(2)
    for _ in range(20):
        pairs = random_pairs(random, 40, 30, 0.3)
        with caplog.at_level(logging.WARNING):
            exact = densest_subgraph(adjacency(graph_of(pairs), "none"))
        assert not caplog.text
        with caplog.at_level(logging.WARNING):
            near = densest_subgraph(adjacency(graph_of(pairs), "none"), flow_limit=0)
        assert "too many for the exact flow" in caplog.text
        assert exact.density / 2 <= near.density <= exact.density <= near.bound
        users, products = (np.flatnonzero(side).tolist() for side in np.split(near.members, [graph_of(pairs).n_reviewers]))
        inside = sum(u in users and p in products for u, p in pairs)
        assert near.density == Fraction(inside, len(users) + len(products))
        assert exact.bound == exact.density > Fraction(1)
        caplog.clear()
