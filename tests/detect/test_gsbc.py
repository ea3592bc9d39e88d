"""GSBC: the worked example, components as networkx has them, splits, and what it cannot do."""

import math
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from detect.toy import check_slow, clique, graph_of, reviews_of, rng, sets

from collusion.base.model import Group
from collusion.detect.biconnected import biconnected
from collusion.detect.gsbc import Gsbc, size_factor, spamicity
from collusion.graph.graph import NO_TIME


def test_worked_example():
    """Two K_4 that share a vertex are two components; each is a group, the shared reviewer in both."""
    edges = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (3, 4), (3, 5), (3, 6), (4, 5), (4, 6), (5, 6)]
    count, label = biconnected(7, *np.array(edges).T)
    assert count == 2
    assert len({*label[:6].tolist()}) == len({*label[6:].tolist()}) == 1
    graph = graph_of(clique(range(4), (0, 1)) + clique(range(3, 7), (2, 3)))
    found = {sets(group) for group in Gsbc(min_reviewers=3).find(graph, rng())}
    assert found == {(frozenset(range(4)), frozenset({0, 1})), (frozenset(range(3, 7)), frozenset({2, 3}))}


def test_size_factor():
    """.880797 for three reviewers and two products."""
    assert size_factor(3, 2) == pytest.approx(0.880797, abs=1e-6)


def test_components_are_those_of_networkx():
    """On 300 random graphs, sparse and dense, edges in any order."""
    random = np.random.default_rng(1)
    counted = 0
    for _ in range(300):
        n = int(random.integers(2, 25))
        graph = nx.gnp_random_graph(n, float(random.choice([0.05, 0.12, 0.3])), seed=int(random.integers(2**31)))
        edges = random.permutation(np.array(graph.edges).reshape(-1, 2))
        count, label = biconnected(n, edges[:, 0], edges[:, 1])
        ours = [{frozenset(e) for e in edges[label == c].tolist()} for c in range(count)]
        theirs = [{frozenset(e) for e in part} for part in nx.biconnected_component_edges(graph)]
        assert sorted(map(sorted, (map(sorted, part) for part in ours))) == sorted(map(sorted, (map(sorted, part) for part in theirs)))
        counted += count
    assert counted > 1000


def test_a_long_path_needs_no_recursion():
    nodes = np.arange(100_000)
    assert biconnected(100_000, nodes[:-1], nodes[1:])[0] == 99_999
    assert biconnected(100_000, nodes, np.roll(nodes, -1))[0] == 1


def met(reviews, u, v, window):
    """Return the products with a co-review of two reviewers; at any distance where there is no window."""
    both = reviews[u].keys() & reviews[v].keys()
    return {p for p in both if window is None or abs(reviews[u][p][0] - reviews[v][p][0]) <= window}


def split(links, detector):
    """Return the nodes of the components, by networkx."""
    groups, open_ = [], [links]
    while open_:
        for part in nx.biconnected_component_edges(open_.pop()):
            inner = links.edge_subgraph(part)
            if len(inner) > detector.max_reviewers:
                lightest = min(w for *_, w in inner.edges(data="weight"))
                open_.append(links.edge_subgraph([(u, v) for u, v, w in inner.edges(data="weight") if w > lightest]))
            elif len(inner) >= detector.min_reviewers:
                groups.append(set(inner))
    return groups


def score(reviews, members, places, window):
    """Return the spamicity by its formulas."""
    own = {p: [reviews[u][p] for u in members if p in reviews[u]] for p in places}
    every, common = set().union(*(reviews[u] for u in members)), set.intersection(*({*reviews[u]} for u in members))
    told = [sum(map(len, own.values())) / (len(members) * len(places)), len(common) / len(every)]
    if window is not None:
        spans = [max(w for w, _ in held) - min(w for w, _ in held) for held in own.values()]
        told.append(sum(max(1 - span / max(2 * window, 1), 0) for span in spans) / len(places))
    if None not in {stars for held in own.values() for _, stars in held}:
        told.append(2 / (1 + math.exp(sum(float(np.var([stars for _, stars in held])) for held in own.values()) / len(places))))
    return sum(told) / len(told) / (1 + math.exp(3 - len(members) - len(places)))


def slow(detector):
    """Make the oracle: all pairs, networkx, and scores by the formulas."""

    def found(graph):
        reviews, window = reviews_of(graph), None if graph.time is None else detector.window
        links = nx.Graph()
        for u, v in combinations(sorted(reviews), 2):
            if len(met(reviews, u, v, window)) >= detector.at_least:
                links.add_edge(u, v, weight=len(met(reviews, u, v, window)))
        groups = []
        for members in split(links, detector):
            places = set().union(*(met(reviews, u, v, window) for u, v in combinations(members, 2)))
            groups.append(Group(sorted(members), sorted(places), score(reviews, members, places, window), detector.name))
        return groups

    return found


@pytest.mark.parametrize(
    "values",
    [
        {"at_least": 1, "min_reviewers": 2, "max_reviewers": 4, "window": 10},
        {"at_least": 1, "min_reviewers": 3, "max_reviewers": 3},
        {"at_least": 2, "min_reviewers": 2, "window": None},
    ],
)
def test_a_slow_version(values):
    random = np.random.default_rng(3)
    graphs = []
    for k in range(80):
        pairs = np.unique(random.integers(0, (12, 8), (int(random.integers(1, 45)), 2)), axis=0).tolist()
        columns = {} if k % 2 else {"time": random.integers(0, 40, len(pairs)), "rating": random.integers(1, 6, len(pairs))}
        graphs.append(graph_of(pairs, **columns))
    detector = Gsbc(**values)
    assert check_slow(detector, slow(detector), graphs, within=2e-9) >= 20


def test_one_reviewer_between_two_rings_does_not_join_them():
    """One reviewer belongs to both; where they are too large with this reviewer, these links are the lightest and are removed."""
    pairs = clique(range(6), range(6)) + clique(range(6, 12), range(6, 12)) + [(12, p) for p in (0, 1, 6, 7)]
    rings = frozenset(range(6)), frozenset(range(6, 12))
    assert {sets(g)[0] for g in Gsbc().find(graph_of(pairs), rng())} == {ring | {12} for ring in rings}
    assert {sets(g)[0] for g in Gsbc(max_reviewers=6).find(graph_of(pairs), rng())} == {*rings}


def test_values_that_are_not_known_are_left_out():
    pairs = clique(range(5), range(3))
    dated = graph_of([*pairs, (5, 0)], time=[10] * 15 + [NO_TIME], rating=[5.0] * 14 + [np.nan, 5.0])
    everybody = np.arange(6)
    assert spamicity(dated, everybody, np.arange(3), 7) == pytest.approx(size_factor(6, 3) * (16 / 18 + 1 / 3 + 1 + 1) / 4)
    assert len(Gsbc().find(graph_of(pairs, time=[NO_TIME] * 15), rng())) == 0
