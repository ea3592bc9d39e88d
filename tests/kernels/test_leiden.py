"""Leiden: brute force over all partitions, igraph's quality, and the laws of Traag, Waltman and van Eck."""

import random
from concurrent.futures import ThreadPoolExecutor

import igraph
import networkx as nx
import numpy as np
import pytest

from collusion.graph.communities import leiden
from collusion.kernels import leiden as kernel
from collusion.kernels.csr import rows_of
from collusion.kernels.refine import order_of


def arrays(graph):
    """Return n, both ends and weights of a networkx graph of nodes 0..n-1."""
    ends = np.array(list(graph.edges), dtype=np.int32).reshape(-1, 2)
    weight = np.array([w for *_, w in graph.edges(data="weight", default=1)], dtype=np.int64)
    return len(graph), ends[:, 0].copy(), ends[:, 1].copy(), weight


def quality(n, a, b, weight, label, objective, resolution):
    """Sum over communities by definition, in units of the weight: inside minus what is expected."""
    inside = int(weight[label[a] == label[b]].sum())
    if objective == "CPM":
        size = np.bincount(label)
        return inside - resolution * float((size * (size - 1) / 2).sum())
    strength = np.zeros(n)
    np.add.at(strength, a, weight)
    np.add.at(strength, b, weight)
    return inside - resolution * float((np.bincount(label, weights=strength) ** 2).sum()) / (4 * int(weight.sum()))


def partitions(n):
    """Return every partition of n nodes, as restricted growth strings."""
    found = [[0]]
    for _ in range(n - 1):
        found = [[*names, c] for names in found for c in range(max(names) + 2)]
    return np.array(found)


def weighted(random, n, share, most=5):
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    for u in range(n):
        for v in range(u):
            if random.random() < share:
                graph.add_edge(u, v, weight=int(random.integers(1, most + 1)))
    return graph


@pytest.mark.parametrize(("objective", "resolution"), [("CPM", 1.3), ("modularity", 1.0)])
def test_small_graphs_come_near_the_best_of_all_partitions(objective, resolution):
    """Of 40 weighted graphs of 4 to 7 nodes: never above the optimum; it is reached in 37 of 40 by one seed, in 39 by the best of ten."""
    random = np.random.default_rng(5)
    every = {n: partitions(n) for n in range(4, 8)}
    first = ever = 0
    for _ in range(40):
        n, a, b, weight = arrays(weighted(random, int(random.integers(4, 8)), 0.5))
        if not len(a):
            first, ever = first + 1, ever + 1
            continue
        best = max(quality(n, a, b, weight, label, objective, resolution) for label in every[n])
        reached = [
            quality(
                n, a, b, weight, leiden(n, a, b, weight, objective=objective, resolutions=[resolution], seed=s)[0], objective, resolution
            )
            for s in range(10)
        ]
        assert max(reached) <= best + 1e-9
        ever += max(reached) >= best - 1e-9
        first += reached[0] >= best - 1e-9
    assert first >= 37
    assert ever >= 39


def planted(seed, n=600, groups=12, inside=0.2, outside=0.01):
    return nx.planted_partition_graph(groups, n // groups, inside, outside, seed=seed)


GRAPHS = {
    "karate": lambda _: nx.Graph(nx.karate_club_graph().edges),
    "planted": planted,
    "random": lambda seed: nx.gnm_random_graph(400, 1600, seed=seed),
    "powers": lambda seed: nx.powerlaw_cluster_graph(800, 4, 0.4, seed=seed),
    "ladder": lambda _: nx.circular_ladder_graph(200),
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize(("objective", "resolution"), [("CPM", 0.05), ("modularity", 1.0), ("modularity", 2.0)])
def test_quality_is_that_of_igraph(name, objective, resolution):
    """Median over eleven seeds, of both, within .4 %: graphs this small differ by the draw, and ring ladders have thousands of optima."""
    n, a, b, weight = arrays(nx.convert_node_labels_to_integers(GRAPHS[name](3)))
    other = igraph.Graph(n=n, edges=np.stack((a, b), axis=1))
    ours, theirs = [], []
    for seed in range(11):
        label = leiden(n, a, b, weight, objective=objective, resolutions=[resolution], seed=seed, iterations=2)[0]
        ours.append(quality(n, a, b, weight, label, objective, resolution))
        igraph.set_random_number_generator(random.Random(seed))
        try:
            found = other.community_leiden(objective_function=objective, resolution=resolution, n_iterations=2).membership
        finally:
            igraph.set_random_number_generator(random)
        theirs.append(quality(n, a, b, weight, np.array(found), objective, resolution))
    assert np.median(ours) >= 0.996 * np.median(theirs)


def test_planted_groups_are_found():
    graph = planted(1, inside=0.5)
    label = leiden(*arrays(graph), objective="modularity", resolutions=[1.0], seed=0)[0]
    assert len({(c, v // 50) for v, c in enumerate(label.tolist())}) == 12
    assert label.max() == 11


@pytest.mark.parametrize("objective", ["CPM", "modularity"])
def test_communities_are_connected_and_merging_two_gains_nothing(objective):
    """What Leiden guarantees at the end of a search that ran until nothing moved; also: no node gains by leaving for one of its own."""
    for seed in range(8):
        graph = nx.gnm_random_graph(150, 260, seed=seed)
        n, a, b, weight = arrays(graph)
        resolution = 0.08 if objective == "CPM" else 1.0
        label = leiden(n, a, b, weight, objective=objective, resolutions=[resolution], seed=seed)[0]
        assert sorted(set(label.tolist())) == list(range(label.max() + 1))
        for c in range(label.max() + 1):
            assert nx.is_connected(graph.subgraph(np.flatnonzero(label == c).tolist()))
        found = quality(n, a, b, weight, label, objective, resolution)
        for c in range(label.max() + 1):
            for d in range(c):
                assert quality(n, a, b, weight, np.where(label == c, d, label), objective, resolution) <= found + 1e-9
        for v in range(n):
            lone = label.copy()
            lone[v] = label.max() + 1
            assert quality(n, a, b, weight, lone, objective, resolution) <= found + 1e-9


def test_graphs_large_enough_to_be_read_ahead_of_need():
    """Cliques of 5 in a chain, 2**16 nodes and more: memory is prefetched, with as many lone ones between: the cliques."""
    groups = 2**16 // 5 + 1
    one, two = np.triu_indices(5, 1)
    first = 10 * np.arange(groups)[:, None]
    a, b = np.concatenate(((first + one).ravel(), first[:-1, 0] + 4)), np.concatenate(((first + two).ravel(), first[1:, 0]))
    weight = np.full(len(a), 3)
    weight[-(groups - 1) :] = 1
    label = leiden(10 * groups, a.astype(np.int32), b.astype(np.int32), weight, objective="CPM", resolutions=[1.0], seed=0)[0]
    assert label.max() + 1 == 6 * groups
    assert (label.reshape(-1, 10)[:, :5] == label[::10, None]).all()


@pytest.mark.parametrize("objective", ["CPM", "modularity"])
def test_names_order_and_threads_change_nothing(objective):
    """Graphs whose nodes refinement tells apart: the same communities under other names, in any order of edges, in threads."""
    for seed in range(5):
        random = np.random.default_rng(seed)
        n, a, b, weight = arrays(weighted(random, 120, 0.08, most=1000))
        resolution = 60.0 if objective == "CPM" else 1.0
        name, shuffle = random.permutation(n).astype(np.int32), random.permutation(len(a))
        flip = random.random(len(a)) < 0.5
        one, other = np.where(flip, name[b], name[a])[shuffle], np.where(flip, name[a], name[b])[shuffle]

        def run(*graph, n=n, resolution=resolution):
            return leiden(n, *graph, objective=objective, resolutions=[resolution, 2 * resolution], seed=7)

        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda graph: run(*graph), [(a, b, weight), (one, other, weight[shuffle])] * 2))
        for k in range(2):
            assert np.array_equal(found[0][k], found[2][k])
            pairs = set(zip(found[0][k].tolist(), found[1][k][name].tolist(), strict=True))
            assert len(pairs) == len({c for c, _ in pairs}) == len({c for _, c in pairs})


def test_seeds_differ():
    n, a, b, weight = arrays(nx.gnm_random_graph(300, 900, seed=1))
    found = {leiden(n, a, b, weight, objective="modularity", resolutions=[1.0], seed=s)[0].tobytes() for s in range(4)}
    assert len(found) > 1


@pytest.mark.parametrize("objective", ["CPM", "modularity"])
def test_no_edges_and_lone_nodes(objective):
    none = np.zeros(0, np.int32)
    for n in range(3):
        assert leiden(n, none, none, np.zeros(0, np.int64), objective=objective, resolutions=[1.0], seed=0)[0].tolist() == list(range(n))
    one = np.array([1], np.int32)
    label = leiden(5, one, one + 2, np.array([3]), objective=objective, resolutions=[0.5], seed=0)[0]
    assert label[1] == label[3]
    assert len(set(label.tolist())) == 4


@pytest.mark.parametrize("scale", [1, 2**10, 2**34])
def test_weights_of_any_size(scale):
    """Two cliques joined by one edge, weights 1 to 2**34 (2**40 in sum), one edge of weight 1 beside them: the cliques."""
    graph = nx.disjoint_union(nx.complete_graph(8), nx.complete_graph(8))
    nx.set_edge_attributes(graph, scale, "weight")
    graph.add_edge(0, 8, weight=1)
    graph.add_edge(16, 17, weight=1)
    for objective, resolution in (("modularity", 1.0), ("CPM", 0.5)):
        label = leiden(*arrays(graph), objective=objective, resolutions=[resolution], seed=0)[0]
        assert [set(np.flatnonzero(label == c).tolist()) for c in dict.fromkeys(label.tolist())] == [
            set(range(8)),
            set(range(8, 16)),
            {16, 17},
        ]


def test_stars_and_chains():
    """A star is one community; a chain is cut into about sqrt(m) pieces, each a run of it, as modularity's optimum is."""
    label = leiden(*arrays(nx.star_graph(50_000)), objective="modularity", resolutions=[1.0], seed=0)[0]
    assert label.max() == 0
    n, a, b, weight = arrays(nx.path_graph(10_000))
    label = leiden(n, a, b, weight, objective="modularity", resolutions=[1.0], seed=0)[0]
    assert np.count_nonzero(np.diff(label)) == label.max()
    assert 70 < label.max() + 1 < 140


def test_node_weights_count_as_that_many_nodes():
    """CPM expects a pair by both weights: two heavy nodes stay apart, two light ones do not."""
    a, b = np.array([0, 2], np.int32), np.array([1, 3], np.int32)
    rows = rows_of(np.arange(4, dtype=np.int32), a, b, np.array([10, 10]))
    label = kernel.search(*rows, np.array([4.0, 4.0, 1.0, 1.0]), 1.0, 0)
    assert label[0] != label[1]
    assert label[2] == label[3]


def test_rows_are_sorted_both_ways_without_loops():
    random = np.random.default_rng(1)
    a, b = random.integers(0, 40, (2, 900)).astype(np.int32)
    weight = random.integers(1, 200, 900).astype(np.uint8)
    position = random.permutation(40).astype(np.int32)
    indptr, other, tie = rows_of(position, a, b, weight)
    found = [(u, int(v), int(w)) for u in range(40) for v, w in zip(*(x[indptr[u] : indptr[u + 1]] for x in (other, tie)), strict=True)]
    kept = [(int(position[u]), int(position[v]), int(w)) for u, v, w in zip(a, b, weight, strict=True) if u != v]
    assert sorted(found) == sorted(kept + [(v, u, w) for u, v, w in kept])
    assert [(u, v) for u, v, _ in found] == sorted((u, v) for u, v, _ in found)


@pytest.mark.parametrize("colours", [0, 1, 3, 2**64])
def test_the_order_is_a_stable_sort(colours):
    random = np.random.default_rng(2)
    kinds = random.integers(0, 2**64, max(colours if colours < 9 else 5000, 1), dtype=np.uint64)
    colour = kinds[random.integers(0, len(kinds), 5000 if colours else 0)]
    assert np.array_equal(order_of(colour), np.argsort(colour, kind="stable"))
