"""What the counts of residuals are made of, where random small logs do not reach."""

import numpy as np
import pytest

from collusion.graph.graph import build_graph
from collusion.graph.projection import co_reviews_of
from collusion.graph.windows import N_DEGREE_BINS
from collusion.inference.residual import residuals
from collusion.kernels.groups import GroupEdges
from collusion.kernels.residuals import CLASSES, Joined, Launches, granted_counts
from collusion.kernels.spans import BITS, Windows

FEW = 32
"""Co-reviews of a pair up to which the kernel looks for equal values by comparing all of them."""


@pytest.mark.parametrize("length", [0, 1, 2, FEW - 1, FEW, FEW + 1, 400])
def test_each_value_counts_once_at_its_rarest_kind(length):
    """Few values are compared with each other, many are sorted: the same counts."""
    rng = np.random.default_rng(length)
    for _ in range(20):
        unit, label, one, other = rng.integers(-9, 30, (4, length)).astype(np.int32)
        bins = rng.integers(0, N_DEGREE_BINS, length)
        units, labels, days, others = (_upto(values, bins) for values in (unit, -1 - label, one, other))
        observed, sessions, variants = _counted(unit, label, one, other, bins)
        assert observed.tolist() == units.tolist()
        assert sessions.tolist() == np.minimum(np.minimum(days, others), units).tolist()
        assert variants.tolist() == np.minimum(labels, units).tolist()


def _upto(values, bins):
    """Return how many different values there are whose rarest kind is k or rarer."""
    count = np.zeros(N_DEGREE_BINS, np.int64)
    for value in {*values.tolist()}:
        count[min(bins[values == value])] += 1
    return np.cumsum(count)


def _counted(unit, label, one, other, bins):
    """Count two members who co-review once at each product, on the days given; products are joined by their labels."""
    n = len(unit)
    degree_bin = np.repeat(bins, 2).astype(np.uint32) << np.uint32(2 * BITS)
    span = degree_bin | np.tile(np.array([2 << BITS, 1 << BITS | 1], np.uint32), n)
    product, time = np.repeat(np.arange(n, dtype=np.int32), 2), np.stack([one, other], axis=1).reshape(-1)
    windows = Windows(span, product, np.arange(n + 1) * 2, time, True, 99, -99, np.array([4]), 99)  # as it reads them
    joined = Joined(np.array([0, n]), np.arange(n, dtype=np.int32), label)
    observed, sessions, variants = np.zeros((3, 1, N_DEGREE_BINS), np.int64)
    near = GroupEdges(np.array([0, 2 * n]), np.arange(2 * n), np.tile(np.array([0, 1], np.int32), n))
    launches = Launches(np.full(n, -99, np.int32), -99, 30)
    into = (observed, sessions, variants, np.zeros((1, CLASSES, N_DEGREE_BINS), np.int64))
    granted_counts(np.array([0, 2]), near, product, time, launches, windows, N_DEGREE_BINS - 1, unit, joined, into)
    return observed[0], sessions[0], variants[0]


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
        co_reviews = co_reviews_of(graph, 0)
        (found,) = residuals(graph, (co_reviews,), [np.array([0, 1], np.int32)])
        observed, _ = co_reviews.among(graph, [np.array([0, 1], np.int32)])
        assert observed[0, -1] == 1200
        assert found["rating sessions"].observed == left
