"""The peeling kernels against full peels and against every set, on random graphs with many ties."""

from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from detect.toy import rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from collusion.detect.degree_core import degree_core
from collusion.detect.flow import densest, fits
from collusion.detect.peel import Adjacency, Block, density_core, greedy, greedy_plus_plus, peel, restrict


def adjacency_of(n, edges, weight, light=0):
    rows = [[] for _ in range(n)]
    for u, v in edges:
        rows[u].append(v)
        rows[v].append(u)
    return rows_of(rows, weight, light)


def weighted(graph_edges, weight, light):
    carried = [0] * light + list(weight)
    return [(u, v, carried[u] + carried[v]) for u, v in graph_edges]


def names(block):
    return set(np.flatnonzero(block.members).tolist())


def general(graph):
    """Any networkx graph with edges of weight 2."""
    edges = [(int(u), int(v)) for u, v in nx.convert_node_labels_to_integers(graph).edges]
    return adjacency_of(len(graph), edges, [1] * len(graph)), weighted(edges, [1] * len(graph), 0)


@st.composite
def graphs(draw, most=12):
    """Graphs with light and heavy nodes; few distinct weights, so ties are common."""
    n = draw(st.integers(2, most))
    light = draw(st.integers(0, n))
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] != e[1] and max(e) >= light)
    edges = sorted({(min(e), max(e)) for e in draw(st.lists(pairs, max_size=40))}) if light < n else []
    weight = draw(st.lists(st.integers(1, draw(st.sampled_from([1, 2, 1000]))), min_size=n - light, max_size=n - light))
    return n, edges, weight, light


@settings(deadline=None, max_examples=600)
@given(graphs())
def test_core_then_greedy_is_the_full_peel(case):
    """The density core changes neither the block nor its exact density, ties included."""
    n, edges, weight, light = case
    graph = adjacency_of(*case[:3], light)
    found, plain = peel(graph), greedy(graph)
    expected, value = oracles.greedy_block(range(n), weighted(edges, weight, light))
    if not edges:
        assert found.size == 0
        return
    assert names(found) == names(plain) == expected
    assert Fraction(found.inside, found.size) == Fraction(plain.inside, plain.size) == value
    assert found.size == len(expected)


def test_core_then_greedy_on_larger_random_graphs():
    """350 skewed bipartite graphs of up to 120 nodes a side, weighted by degree as FRAUDAR does, most of them with many ties."""
    rng = np.random.default_rng(11)
    nontrivial = 0
    for k in range(350):
        users, products = int(rng.integers(2, 120)), int(rng.integers(2, 120))
        m = int(rng.integers(1, 6 * max(users, products)))
        u = rng.integers(0, users, m)
        p = users + (products * rng.random(m) ** (1 + k % 3)).astype(int)
        edges = sorted(set(zip(u.tolist(), p.tolist(), strict=True)))
        degree = np.bincount([q - users for _, q in edges], minlength=products)
        weight = [1] * products if k % 4 == 0 else np.rint(2**20 / np.log(degree + 5.0)).astype(int).tolist()
        graph = adjacency_of(users + products, edges, weight, users)
        found = peel(graph)
        expected, value = oracles.greedy_block(range(users + products), weighted(edges, weight, users))
        assert names(found) == expected
        assert Fraction(found.inside, found.size) == value
        nontrivial += len(density_core(graph)) > found.size
    # The descent alone must not have done all the work, or greedy on the core was never put to the test.
    assert nontrivial > 50


@settings(deadline=None, max_examples=400)
@given(graphs(most=10))
def test_flow_finds_the_maximal_densest_subgraph_and_proves_it(case):
    n, edges, weight, light = case
    if not edges:
        return
    graph = adjacency_of(n, edges, weight, light)
    expected, value = oracles.densest(range(n), weighted(edges, weight, light))
    core = density_core(graph)
    assert expected <= set(core.tolist())
    seed, (top, under) = greedy_plus_plus(graph, 3)
    assert Fraction(seed.inside, seed.size) <= value <= Fraction(top, under)
    assert 2 * Fraction(seed.inside, seed.size) >= value
    whole = Block(np.ones(n, bool), int(sum(w for *_, w in weighted(edges, weight, light))), n)
    for start in (seed, whole):
        found, proof = densest(graph, start)
        assert names(found) == expected
        assert Fraction(found.inside, found.size) == value
        assert proof.holds(graph)


def test_a_forged_certificate_does_not_hold():
    """For a lower optimum, a changed share or another graph, the check fails."""
    graph, _ = general(nx.complete_bipartite_graph(2, 10))
    found, proof = densest(graph, Block(np.ones(12, bool), 40, 12))
    assert proof.holds(graph)
    assert (found.inside, found.size) == (40, 12)
    for change in ("inside", "share", "share_back"):
        forged = densest(graph, Block(np.ones(12, bool), 40, 12))[1]
        if change == "inside":
            object.__setattr__(forged, "inside", forged.inside - 1)
        elif change == "share":
            forged.share[0] += 1
        else:
            forged.share[0] -= 1
        assert not forged.holds(graph)
    assert not proof.holds(general(nx.complete_graph(12))[0])


def test_k_2_10_and_five_k_4():
    """METHODS.md: optimum 5/3, one greedy pass 25/16. Edges weigh 2 in a general graph of weights 1."""
    graph, _ = general(nx.disjoint_union_all([nx.complete_bipartite_graph(2, 10), *[nx.complete_graph(4)] * 5]))
    one = greedy(graph)
    assert Fraction(one.inside, 2 * one.size) == Fraction(25, 16)
    found, proof = densest(graph, one)
    assert names(found) == set(range(12))
    assert Fraction(found.inside, 2 * found.size) == Fraction(5, 3)
    assert proof.holds(graph)
    best, (top, under) = greedy_plus_plus(graph, 30)
    assert Fraction(best.inside, 2 * best.size) == Fraction(5, 3)
    assert Fraction(5, 3) <= Fraction(top, 2 * under) < Fraction(7, 4)


@pytest.mark.parametrize("graph", [nx.barbell_graph(6, 3), nx.les_miserables_graph(), nx.gnm_random_graph(300, 1500, seed=4)])
def test_greedy_plus_plus_bound_closes_in(graph):
    """More rounds never lower the density found, and the bound of the loads stays above the certified optimum."""
    ours, _ = general(graph)
    found, proof = densest(ours, greedy(ours))
    optimum = Fraction(found.inside, found.size)
    assert proof.holds(ours)
    previous = Fraction(0)
    for rounds in (1, 4, 16, 64):
        block, (top, under) = greedy_plus_plus(ours, rounds)
        value = Fraction(block.inside, block.size)
        assert previous <= value <= optimum <= Fraction(top, under)
        previous = value
    assert previous >= optimum * Fraction(95, 100)


@settings(deadline=None)
@given(graphs(), st.integers(1, 5))
def test_degree_core_is_the_k_core(case, k):
    n, edges, weight, light = case
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(n))
    found = degree_core(adjacency_of(n, edges, weight, light), np.full(n, k))
    kept = nx.k_core(graph, k)
    assert {v: int(found[v]) for v in range(n) if found[v] >= 0} == dict(kept.degree)


@settings(deadline=None)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_cut_deletes_the_edges_inside_and_restrict_keeps_them(case, seed):
    n, edges, weight, light = case
    members = np.random.default_rng(seed).random(n) < 0.5
    graph = adjacency_of(n, edges, weight, light)
    kept = np.flatnonzero(members)
    inner = restrict(graph, kept.astype(np.int32))
    held = {(int(kept[v]), int(kept[u])) for v in range(len(kept)) for u in inner.indices[inner.start[v] : inner.end[v]]}
    both = {(u, v) for u, v in edges if members[u] and members[v]}
    assert held == both | {(v, u) for u, v in both}
    assert inner.weight.tolist() == [weight[v - light] for v in kept.tolist() if v >= light]
    graph.cut(members)
    left = {(v, int(u)) for v in range(n) for u in graph.indices[graph.start[v] : graph.end[v]]}
    apart = set(edges) - both
    assert left == apart | {(v, u) for u, v in apart}


def test_densities_near_the_end_of_64_bits_compare_exactly():
    """Weights of 2**40 on a hundred nodes: cross products would overflow."""
    edges = [(u, v) for u in range(50) for v in range(50, 100) if (u * v) % 3]
    weight = [2**40 + v for v in range(50)]
    graph = adjacency_of(100, edges, weight, 50)
    expected, value = oracles.greedy_block(range(100), weighted(edges, weight, 50))
    found = peel(graph)
    assert names(found) == expected
    assert Fraction(found.inside, found.size) == value


def test_the_flow_is_exact_up_to_its_bound_and_refuses_more():
    """The heaviest weights that fit give the set that weights of 1 give, with a proof that holds; one more does not fit."""
    graph = nx.disjoint_union(nx.complete_bipartite_graph(2, 10), nx.star_graph(30))
    edges = [(int(u), int(v)) for u, v in nx.convert_node_labels_to_integers(graph).edges]
    light, _ = general(graph)
    small, _ = densest(light, Block(np.ones(len(graph), bool), 2 * len(edges), len(graph)))
    most = (2**62 - 1) // (4 * len(graph) * 2 * len(edges))
    inside = 2 * most * len(edges)
    heavy = adjacency_of(len(graph), edges, [most] * len(graph))
    assert fits(heavy, inside)
    assert not fits(heavy, inside + 2 * len(edges))
    found, proof = densest(heavy, Block(np.ones(len(graph), bool), inside, len(graph)))
    assert names(found) == names(small) == set(range(12))
    assert (found.inside, found.size) == (2 * most * 20, 12)
    assert proof.holds(heavy)


@pytest.mark.parametrize("rows", [([1], []), ([0, 1], [0]), ([1], [0, 2], [1, 1])])
def test_the_flow_refuses_rows_that_hold_an_edge_once_only(rows):
    with pytest.raises(ValueError, match="not in the rows of both its ends"):
        densest(rows_of(rows, [1] * len(rows)), Block(np.ones(len(rows), bool), 2, len(rows)))


def test_a_graph_whose_rows_overlap_or_leave_the_indices_is_refused():
    for start, end, indices in (([0, 1], [2, 3], [1, 0]), ([0, 0], [2, 2], [1, 0]), ([0, 2], [1, 1], [1, 0]), ([0, 1], [1, 2], [1, 2])):
        graph = Adjacency(np.array(start), np.array(end), np.array(indices, np.int32), np.ones(2, np.int64), 0)
        for refused in (peel, greedy, density_core, lambda graph: restrict(graph, np.zeros(1, np.int32))):
            with pytest.raises(ValueError, match=r"rows|indices"):
                refused(graph)


def test_nodes_to_restrict_to_must_ascend():
    graph, _ = general(nx.complete_graph(4))
    for nodes in ([1, 0], [2, 2], [3, 4]):
        with pytest.raises(ValueError, match="nodes"):
            restrict(graph, np.array(nodes, np.int32))
