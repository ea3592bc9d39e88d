"""A group that is several is taken apart: campaigns that share no account, product or day are not joined."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from collusion.graph.graph import NO_TIME, build_graph
from collusion.inference.merge import connected_parts


def components(rows, members, products, window):
    """Components of the members by networkx, every pair of reviews looked at."""
    graph = nx.Graph()
    graph.add_nodes_from(members)
    own = [row for row in rows if row[0] in members and row[1] in products]
    for (u, p, s), (v, q, t) in combinations(own, 2):
        if u != v and p == q and (window is None or (NO_TIME not in (s, t) and abs(s - t) <= window)):
            graph.add_edge(u, v)
    return graph, own


def random_rows(rng):
    n = int(rng.integers(20, 90))
    rows = zip(rng.integers(0, 25, n).tolist(), rng.integers(0, 15, n).tolist(), rng.integers(0, 200, n).tolist(), strict=True)
    kept = {(u, p): (u, p, t if rng.random() > 0.05 else NO_TIME) for u, p, t in rows}
    return list(kept.values())


@pytest.mark.parametrize("window", [0, 10, 60, None])
@pytest.mark.parametrize("seed", range(15))
def test_parts_are_the_components_that_networkx_finds(seed, window):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng)
    u, p, t = zip(*rows, strict=True)
    graph = build_graph(u, p, time=t, n_reviewers=25, n_products=15)
    members = sorted(rng.choice(25, 18, replace=False).tolist())
    products = sorted(rng.choice(15, 12, replace=False).tolist())
    found = connected_parts(graph, np.array(members, np.int32), np.array(products, np.int32), window)
    joined, own = components(rows, members, products, window)
    parts = sorted(nx.connected_components(joined), key=len, reverse=True)
    large = [part for part in parts if len(part) >= 3]
    if len(large) < 2:
        assert [(who.tolist(), what.tolist()) for who, what in found] == [(members, products)]
        return
    alone = {node for part in parts if len(part) == 1 for node in part}
    reviews = {frozenset(part): sum(row[0] in part for row in own) for part in large}
    assert len(found) == len(large)
    # The largest takes who co-reviews with nobody; pairs belong to no part.
    first = {frozenset(who.tolist()) - alone for who, _ in found[:1]}
    assert first <= {frozenset(part) for part in large if len(part) == len(large[0])}
    assert alone <= set(found[0][0].tolist())
    assert {frozenset(who.tolist()) - alone for who, _ in found} == {frozenset(part) for part in large}
    order = [(len(core := frozenset(who.tolist()) - alone), reviews[core]) for who, _ in found]
    assert order == sorted(order, reverse=True)
    for who, what in found:
        part = set(who.tolist()) - alone
        shared = {
            p
            for (a, p, s), (b, q, t) in combinations(own, 2)
            if a in part and b in part and a != b and p == q and (window is None or (NO_TIME not in (s, t) and abs(s - t) <= window))
        }
        assert what.tolist() == sorted(shared)
        assert who.dtype == what.dtype == np.int32


def test_two_campaigns_years_apart_are_two_groups_and_one_account_in_both_joins_them():
    first = [(u, p, 100 + u) for u in range(5) for p in range(4)]
    second = [(u, p, 900 + u) for u in range(10, 14) for p in range(3, 7)]
    members, products = np.array([0, 1, 2, 3, 4, 10, 11, 12, 13], np.int32), np.arange(7, dtype=np.int32)

    def parts(rows):
        u, p, t = zip(*rows, strict=True)
        return [(who.tolist(), what.tolist()) for who, what in connected_parts(build_graph(u, p, time=t), members, products, 60)]

    # Product 3 is reviewed in both, years apart: that joins nobody.
    assert parts(first + second) == [([0, 1, 2, 3, 4], [0, 1, 2, 3]), ([10, 11, 12, 13], [3, 4, 5, 6])]
    bridge = [(0, 5, 905)]
    assert parts(first + second + bridge) == [(members.tolist(), products.tolist())]
    without_times = build_graph(*zip(*[row[:2] for row in first + second], strict=True))
    assert len(connected_parts(without_times, members, products, None)) == 1
