"""The nearest group is the nearest of all, although not all are tested."""

from types import SimpleNamespace

import numpy as np
import pytest

from collusion.graph.graph import build_graph
from collusion.graph.projection import co_reviews_of
from collusion.questions import Asked, Target
from collusion.questions.closeness import closeness_of, nearest_of


@pytest.mark.parametrize("role", ["reviewer", "product", "seller"])
def test_the_nearest_of_all_groups_is_found(role):
    rng = np.random.default_rng(5)
    keys = np.unique(rng.integers(0, 60 * 40, 900))
    graph = build_graph(
        keys // 40, keys % 40, time=rng.integers(0, 60, len(keys)), seller=np.arange(40) // 4, n_reviewers=60, n_products=40
    )
    log = SimpleNamespace(graph=graph, variant=graph.product)
    co_reviews = co_reviews_of(graph, 7)
    groups = [
        Target(
            f"R{k}",
            np.sort(rng.choice(60, 8, replace=False)).astype(np.int32),
            np.sort(rng.choice(40, 1 + k % 12, replace=False)).astype(np.int32),
            co_reviews,
            beyond_chance=True,
        )
        for k in range(25)
    ]
    for code in range(8):
        nodes = np.arange(4 * code, 4 * code + 4, dtype=np.int32) if role == "seller" else np.array([code], np.int32)
        asked = Asked(str(code), role, code)
        every = closeness_of(log, asked, nodes, groups)
        key = {one.ring_id: (round(one.expected - one.observed, 6), -one.shared) for one in every}
        assert key[nearest_of(log, asked, nodes, groups).ring_id] == min(key.values())
        assert all(one.observed <= one.shared for one in every) or role == "seller"
