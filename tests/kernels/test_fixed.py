"""Sums in fixed point: near the true sums, and the same whatever the order."""

import math

import numpy as np

from collusion.kernels.fixed import fixed_sums


def test_near_the_exact_sums_and_the_same_in_any_order():
    rng = np.random.default_rng(1)
    for _ in range(100):
        m, n = int(rng.integers(0, 300)), int(rng.integers(1, 10))
        key, value = rng.integers(0, n, m), rng.normal(0, 10.0 ** rng.integers(-6, 7), m)
        sums = fixed_sums(key, value, n)
        expected = [math.fsum(value[key == k]) for k in range(n)]
        assert np.allclose(sums, expected, rtol=0, atol=1e-11 * max(1e-300, np.abs(value).max(initial=0)) * max(m, 1))
        order = rng.permutation(m)
        assert (fixed_sums(key[order], value[order], n) == sums).all()


def test_whole_numbers_are_summed_exactly():
    rng = np.random.default_rng(2)
    key, value = rng.integers(0, 5, 10_000), rng.integers(-1000, 1000, 10_000)
    assert fixed_sums(key, value, 5).tolist() == [int(value[key == k].sum()) for k in range(5)]


def test_where_plain_sums_depend_on_order():
    """The reason: the same ten thousand terms in two orders."""
    rng = np.random.default_rng(3)
    value = rng.normal(size=10_000)
    key = np.zeros(10_000, int)
    assert np.bincount(key, weights=value)[0] != np.bincount(key, weights=np.sort(value))[0]
    assert fixed_sums(key, value, 1)[0] == fixed_sums(key, np.sort(value), 1)[0]


def test_nothing_to_sum():
    assert fixed_sums(np.empty(0, int), np.empty(0), 3).tolist() == [0, 0, 0]
    assert fixed_sums(np.array([1]), np.array([0.0]), 2).tolist() == [0, 0]
