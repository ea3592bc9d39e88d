"""What the counts of residuals are made of, where random small logs do not reach."""

import numpy as np
import pytest

from collusion.graph.graph import build_graph
from collusion.graph.projection import KINDS, meetings_of
from collusion.inference.residual import residuals
from collusion.kernels.residuals import SHORT, _add_distinct


@pytest.mark.parametrize("length", [0, 1, 2, SHORT - 1, SHORT, SHORT + 1, 400])
def test_each_value_counts_once_at_its_rarest_kind(length):
    """Few values are compared with each other, many are sorted: the same counts."""
    rng = np.random.default_rng(length)
    for _ in range(20):
        values, kinds = rng.integers(-9, 30, length), rng.integers(0, KINDS, length)
        row, expected = np.zeros(KINDS, np.int64), np.zeros(KINDS, np.int64)
        _add_distinct(values, kinds, row)
        for value in {*values.tolist()}:
            expected[min(kinds[values == value])] += 1
        assert row.tolist() == expected.tolist()


def test_a_pair_that_co_reviews_more_than_a_thousand_products_is_counted_whole():
    """In one session each: one co-review is left. On twenty days: twenty. Every day: all of them."""
    for days, left in ((1, 1), (20, 20), (1200, 1200)):
        product = np.arange(1200)
        u, p = np.repeat([0, 1], 1200), np.tile(product, 2)
        rng = np.random.default_rng(0)
        others = rng.integers(2, 400, 4000), rng.integers(0, 3000, 4000)
        key = np.unique(others[0] * 3000 + others[1])
        time = np.concatenate([np.tile(product % days, 2), rng.integers(0, 1300, len(key))])
        graph = build_graph(np.append(u, key // 3000), np.append(p, key % 3000), time=time)
        meet = meetings_of(graph, 0)
        (found,) = residuals(graph, (meet,), [np.array([0, 1], np.int32)])
        met, _ = meet.among(graph, [np.array([0, 1], np.int32)])
        assert met[0, -1] == 1200
        assert found["rating sessions"].observed == left
