"""Communities: planted rings and blocks, and no dependence on names."""

from collections import Counter

import networkx as nx
import numpy as np
import pytest
from detect.toy import graph_of, random_pairs, rng, sets

from collusion.detect.leiden import Leiden
from collusion.graph.graph import build_graph
from collusion.testing import renamed
from markets import jaccard, market


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


@pytest.mark.parametrize("on", ["projection", "bipartite"])
@pytest.mark.parametrize("objective", ["CPM", "modularity"])
def test_names_and_order_of_rows_change_nothing(on, objective):
    """Thirty small logs with many twins, and two markets: the same communities and scores under other codes."""
    random = np.random.default_rng(4)
    detector = Leiden(on=on, objective=objective, at_least=1 if on == "projection" else 2, min_reviewers=2, min_products=1)
    logs = [graph_of(random_pairs(random, 12, 8, 0.25), n_reviewers=12, n_products=8) for _ in range(30)]
    logs += [build_graph(**market(2000, seed, [(12, 6, 0.9)])[0]) for seed in range(2)]
    found = 0
    for graph in logs:
        moved, reviewer, product = renamed(graph, random)
        plain = detector.find(graph, rng())
        expected = [(frozenset(reviewer[g.reviewers].tolist()), frozenset(product[g.products].tolist()), g.score) for g in plain]
        assert Counter(expected) == Counter((*sets(g), g.score) for g in detector.find(moved, rng()))
        found += bool(plain)
    assert found >= 20


def test_modularity_found_is_at_least_that_of_the_planted_partition():
    """Three blocks amid noise: modularity by its definition of the reviews' partition, against that of the blocks."""
    random = np.random.default_rng(12)
    for _ in range(10):
        of_reviewer, of_product = np.repeat(np.arange(3), 10), np.repeat(np.arange(3), 8)
        share = np.where(of_reviewer[:, None] == of_product[None, :], 0.6, 0.05)
        pairs = [(int(u), int(p)) for u, p in np.argwhere(random.random((30, 24)) < share)]
        graph = graph_of(pairs, n_reviewers=30, n_products=24)
        # The search's modularity is that of any graph; Barber's expectation is not what it maximises, so both are measured by the former.
        label = np.full(54, -1)
        for k, group in enumerate(Leiden(on="bipartite", objective="modularity", min_reviewers=1, min_products=1).find(graph, rng())):
            label[group.reviewers], label[group.products + 30] = k, k
        lone = label < 0
        label[lone] = 100 + np.arange(lone.sum())
        whole = nx.Graph([(u, p + 30) for u, p in pairs])
        parts = [
            [set(np.flatnonzero(named == c).tolist()) & set(whole) for c in np.unique(named)]
            for named in (label, [*of_reviewer, *of_product])
        ]
        ours, planted = (nx.community.modularity(whole, [part for part in partition if part]) for partition in parts)
        assert ours >= planted - 1e-12
        assert ours > 0.3


@pytest.mark.parametrize("objective", ["CPM", "modularity"])
def test_products_of_a_group_have_a_co_review_of_its_members(objective):
    """On the projection: products that two members reviewed within the window, by every pair of reviews; best score first."""
    log, _ = market(3000, 2, [(12, 6, 0.9), (8, 5, 1.0)])
    graph = build_graph(**log)
    found = Leiden(objective=objective).find(graph, rng())
    assert len(found) >= 2
    assert [g.score for g in found] == sorted((g.score for g in found), reverse=True)
    reviews = list(zip(graph.reviewer.tolist(), graph.product.tolist(), graph.time.tolist(), strict=True))
    for group in found:
        members = set(group.reviewers.tolist())
        own = [review for review in reviews if review[0] in members]
        met = {p for u, p, day in own for v, q, other in own if u < v and p == q and abs(day - other) <= 7}
        assert sets(group)[1] == met


def test_reviewers_without_co_reviews_have_no_communities():
    """On the projection; by distance in time, or since no product has two reviews."""
    apart = [(u, p) for u in range(4) for p in range(3)]
    loose = Leiden(min_reviewers=1, min_products=1, at_least=1)
    assert loose.find(graph_of([(0, 0), (1, 1)]), rng()) == []
    assert loose.find(graph_of(apart, time=[100 * u for u, _ in apart]), rng()) == []
    assert len(loose.find(graph_of(apart, time=[7 for _ in apart]), rng())) == 1
