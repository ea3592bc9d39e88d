"""What accounts share with a group, against a slow count that looks at all pairs."""

import itertools

import networkx as nx
import numpy as np
import pytest

from collusion.expansion.nearness import STEPS_PER_NAT, Places, nearness
from collusion.graph.graph import build_graph


def slow(graph, window, group, unit):
    """Return the score of each review, and what each account shares: the sum of the best units, and how many are matched."""
    near = np.zeros(graph.n_reviews, np.int64)
    others = np.zeros(graph.n_reviews, np.int64)
    for a, b in itertools.permutations(range(graph.n_reviews), 2):
        if graph.product[a] == graph.product[b] and (window is None or abs(int(graph.time[a]) - int(graph.time[b])) <= window):
            others[a] += 1
            near[a] += group[graph.reviewer[b]]
    usual = near.sum() / others.sum()
    score = [max(round(STEPS_PER_NAT * np.log1p(n / m / usual)), 1) if n else 0 for n, m in zip(near, others, strict=True)]
    shared = {}
    for who in range(graph.n_reviewers):
        pairs, best = nx.Graph(), {}
        for a in np.flatnonzero(graph.reviewer == who):
            for b in np.flatnonzero(group[graph.reviewer] & (graph.reviewer != who) & (graph.product == graph.product[a])):
                if window is None or abs(int(graph.time[a]) - int(graph.time[b])) <= window:
                    pairs.add_edge(("unit", unit[a]), ("member", graph.reviewer[b]))
                    best[unit[a]] = max(best.get(unit[a], 0), score[a])
        if best:
            n = len(nx.bipartite.maximum_matching(pairs, [one for one in pairs if one[0] == "unit"])) // 2
            n = len(best) if group.sum() == 1 else n
            shared[who] = (sum(sorted(best.values(), reverse=True)[:n]), n)
    return score, shared


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("window", [None, 3])
def test_scores_and_what_is_shared(seed, window):
    rng = np.random.default_rng(seed)
    pairs = rng.choice(12 * 9, 60, replace=False)
    graph = build_graph(
        (pairs // 9).astype(np.int32),
        (pairs % 9).astype(np.int32),
        time=rng.integers(0, 12, 60).astype(np.int32),
        seller=rng.integers(-1, 4, 9).astype(np.int32),
        n_reviewers=12,
        n_products=9,
    )
    group = np.isin(np.arange(12), rng.choice(12, 1 + seed % 4, replace=False))
    for by_seller in (False, True):
        places = Places.of(graph, window, by_seller=by_seller)
        score, shared = slow(graph, window, group, places.unit)
        near = nearness(graph, places, group)
        assert near.score.tolist() == score
        assert {who: (total, n) for who, total, n in zip(near.account, near.total, near.shared, strict=True)} == shared
