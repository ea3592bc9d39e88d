"""Triangles: those that trying every three nodes finds."""

from itertools import combinations

import numpy as np

from collusion.kernels.triangles import count_triangles


def rows_of(n, edges):
    near = [sorted({v for e in edges for v in e if u in e and v != u}) for u in range(n)]
    return np.cumsum([0, *map(len, near)]), np.array([v for row in near for v in row], dtype=np.int32)


def test_every_three_nodes():
    rng = np.random.default_rng(1)
    for _ in range(100):
        n = int(rng.integers(1, 14))
        edges = {pair for pair in combinations(range(n), 2) if rng.random() < rng.choice([0.2, 0.5, 0.9])}
        expected = [0] * n
        for a, b, c in combinations(range(n), 3):
            if {(a, b), (a, c), (b, c)} <= edges:
                for v in (a, b, c):
                    expected[v] += 1
        assert count_triangles(*rows_of(n, edges)).tolist() == expected


def test_a_clique_and_nothing():
    assert count_triangles(*rows_of(6, set(combinations(range(6), 2)))).tolist() == [10] * 6
    assert count_triangles(np.zeros(1, np.int64), np.empty(0, np.int32)).tolist() == []
