"""The densest parts of communities are those of a greedy peel by sets."""

from fractions import Fraction

import networkx as nx
import numpy as np
import pytest

from collusion.kernels.csr import group_by
from collusion.kernels.pair_peel import densest_parts, number_ends, ties_inside, two_core


def slow_parts(nodes, ties, least, every):
    """Peel by sets: all nodes of the smallest degree leave together; the densest state is a part; go on with what is left."""
    left, parts = set(nodes), []
    while True:
        inside = {pair: w for pair, w in ties.items() if set(pair) <= left}
        active = {u for pair in inside for u in pair}
        if len(active) < least:
            return parts
        best, alive = (Fraction(-1), None), set(active)
        while alive:
            own = {pair: w for pair, w in inside.items() if set(pair) <= alive}
            best = max(best, (Fraction(sum(own.values()), len(alive)), frozenset(alive)), key=lambda one: one[0])
            degree = {u: sum(w for pair, w in own.items() if u in pair) for u in alive}
            alive -= {u for u in alive if degree[u] == min(degree.values())}
        if len(best[1]) >= least:
            parts.append(sorted(best[1]))
        left -= best[1]
        if not every:
            return parts


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("every", [True, False])
def test_parts_equal_a_peel_by_sets(seed, every):
    """Random weights with many ties, several groups, in one call."""
    rng = np.random.default_rng(seed)
    n, groups = 24, 3
    of = rng.integers(0, groups, n).astype(np.int32)
    share = rng.choice([0.2, 0.5])
    near = [(u, v) for u in range(n) for v in range(u + 1, n) if of[u] == of[v] and rng.random() < share]
    ties = {pair: int(rng.integers(1, 4)) for pair in near}
    a, b, weight = (np.array(column) for column in zip(*((u, v, w) for (u, v), w in ties.items()), strict=True))
    indptr, at = group_by(np.concatenate([a, b]).astype(np.int32), n)
    g_indptr, members = group_by(of, groups)
    other, tie = np.concatenate([b, a])[at].astype(np.int32), np.concatenate([weight, weight])[at]
    found_indptr, found = densest_parts(g_indptr, members, indptr, other, tie, 3, every)
    parts = [found[found_indptr[k] : found_indptr[k + 1]].tolist() for k in range(len(found_indptr) - 1)]
    expected = [part for g in range(groups) for part in slow_parts(np.flatnonzero(of == g).tolist(), ties, 3, every)]
    assert parts == expected


@pytest.mark.parametrize("seed", range(10))
def test_the_two_core_is_that_of_networkx(seed):
    graph = nx.gnm_random_graph(60, 70, seed=seed)
    ends = np.array(graph.edges, dtype=np.int32)
    kept = two_core(60, ends[:, 0].copy(), ends[:, 1].copy())
    assert set(map(tuple, ends[kept].tolist())) == set(nx.k_core(graph, 2).edges)
    assert not kept.all()


def test_ties_inside_are_those_of_large_communities_in_their_own_numbers():
    random = np.random.default_rng(0)
    ends = np.unique(np.sort(random.integers(0, 50, (200, 2)) * 2, axis=1), axis=0).astype(np.int32)
    ends = ends[ends[:, 0] < ends[:, 1]]
    nodes, a, b = number_ends(150, ends[:, 0].copy(), ends[:, 1].copy())
    assert nodes.tolist() == sorted(set(ends.ravel().tolist()))
    assert np.array_equal(np.stack((nodes[a], nodes[b]), axis=1), ends)
    weight, community = random.integers(1, 9, len(a)), random.integers(0, 20, len(nodes)).astype(np.int32)
    indptr, other, tie = ties_inside(a, b, weight, community, 3)
    found = [
        (u, int(v), int(w)) for u in range(len(nodes)) for v, w in zip(*(x[indptr[u] : indptr[u + 1]] for x in (other, tie)), strict=True)
    ]
    large = np.bincount(community)[community] >= 3
    kept = [(u, v, w) for u, v, w in zip(a.tolist(), b.tolist(), weight.tolist(), strict=True) if community[u] == community[v] and large[u]]
    assert kept
    assert len(kept) < (community[a] == community[b]).sum()
    assert sorted(found) == sorted(kept + [(v, u, w) for u, v, w in kept])
