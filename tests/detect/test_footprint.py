"""Footprint: every feature against networkx, the laws, and what stands out in it."""

import networkx as nx
import numpy as np
import pytest
from detect.toy import PAIRS, graph_of, rng
from scipy.stats import rankdata

from collusion.base.model import Scores
from collusion.detect.footprint import Footprint, product_network, rank_sum
from collusion.graph.graph import build_graph
from collusion.testing import check_ranker


def network_of(graph, at_least=1, busiest=1000):
    found = nx.Graph()
    found.add_nodes_from(range(graph.n_products))
    for u in range(graph.n_reviewers):
        own = graph.product[graph.reviewer == u].tolist()
        for k, p in enumerate(own if len(own) <= busiest else []):
            for q in own[:k]:
                weight = found.get_edge_data(p, q, {"weight": 0})["weight"]
                found.add_edge(p, q, weight=weight + 1)
    found.remove_edges_from([(p, q) for p, q, weight in found.edges(data="weight") if weight < at_least])
    return found


def random_graph(random):
    u, p = np.divmod(np.flatnonzero(random.random(15 * 12) < random.choice([0.1, 0.3])), 12)
    return build_graph(u, p, n_reviewers=15, n_products=12)


@pytest.mark.parametrize(("at_least", "busiest"), [(1, 1000), (2, 1000), (1, 4)])
def test_every_feature(at_least, busiest):
    random = np.random.default_rng(at_least + busiest)
    for _ in range(30):
        graph = random_graph(random)
        found, expected = product_network(graph, at_least, busiest), network_of(graph, at_least, busiest)
        assert found.degree.tolist() == [expected.degree(p) for p in range(12)]
        assert found.weighted_degree == pytest.approx([expected.degree(p, weight="weight") for p in range(12)])
        assert found.clustering == pytest.approx([nx.clustering(expected, p) for p in range(12)])
        pagerank = nx.pagerank(expected, weight="weight", tol=1e-12, max_iter=1000)
        assert found.pagerank == pytest.approx([pagerank[p] for p in range(12)], abs=1e-6)
        adjacency = nx.to_numpy_array(expected, nodelist=range(12))
        values, vectors = np.linalg.eigh(adjacency)
        # Where two components lead together, the direction is not unique; where the next follows closely, power iterations are slow.
        if values[-1] > 1.2 * max(values[-2], 0.5):
            leading = np.abs(vectors[:, -1])
            assert found.eigenvector == pytest.approx(leading / leading.max(), abs=1e-5)


def slow(graph):
    network = network_of(graph)
    n = graph.n_products
    clustering = nx.clustering(network)
    x = [float(network.degree(p) > 0) for p in range(n)]
    for _ in range(200):
        if not any(x):
            break
        after = [sum(data["weight"] * x[q] for q, data in network[p].items()) for p in range(n)]
        mixed = [a / max(after) + b for a, b in zip(after, x, strict=True)]
        mixed = [a / max(mixed) for a in mixed]
        moved = max(abs(a - b) for a, b in zip(mixed, x, strict=True))
        x = mixed
        if moved <= 1e-7:
            break
    # Ties that differ in a last digit only are ties.
    ranks = rankdata(np.round([clustering[p] for p in range(n)], 9)) + rankdata(np.round(x, 9))
    return Scores("footprint", products=ranks / (2 * n))


def test_the_laws_and_the_slow_version():
    assert check_ranker(Footprint(), least_auc={"products": 0.5}, oracle=slow)[-1] == "oracle"
    check_ranker(Footprint(at_least=3), least_auc={"products": 0.95})


def test_the_toy_graph():
    """Products x, y, z, w are all tied by a, b and c; d to g tie nothing."""
    found = product_network(graph_of(PAIRS))
    assert found.degree.tolist() == [3] * 4
    assert found.weighted_degree.tolist() == [9] * 4
    assert found.clustering.tolist() == found.eigenvector.tolist() == [1] * 4
    assert found.pagerank == pytest.approx([0.25] * 4)


def test_shared_workers_beside_products_that_share_customers_by_chance():
    """Ten products that the same ten people reviewed, amid sixty whose reviewers each know two: the ten come first."""
    random = np.random.default_rng(6)
    pairs = {(u, p) for u in range(10) for p in range(10)}
    pairs |= {(u, int(p)) for u in range(10, 210) for p in random.choice(np.arange(10, 70), 2, replace=False)}
    scores = Footprint().score(graph_of(sorted(pairs)), rng()).products
    assert set(np.argsort(-scores)[:10]) == set(range(10))


def test_rank_sum():
    assert rank_sum(np.array([1.0, 5, 5]), np.array([9.0, 0, 4])) == pytest.approx([(1 + 3) / 6, (2.5 + 1) / 6, (2.5 + 2) / 6])
