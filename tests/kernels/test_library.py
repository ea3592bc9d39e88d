"""What all kernels share: sorting and hashing."""

import numpy as np
import pytest

from collusion.kernels.door import call


def hostile(n):
    """Return values in the orders that quicksort fears, one of them against the median of three."""
    rng = np.random.default_rng(n)
    up = np.arange(n)
    killer = np.empty(n, np.int64)
    killer[: n // 2], killer[n // 2 :] = up[: n // 2] * 2, up[: n - n // 2] * 2 + 1
    return [up, up[::-1], np.minimum(up, up[::-1]), up % 7, rng.integers(0, 3, n), rng.integers(-(2**63), 2**63 - 1, n), killer]


@pytest.mark.parametrize("n", [0, 1, 2, 47, 48, 49, 97, 1000, 50_000])
def test_values_are_sorted_in_whatever_order_they_come(n):
    for values in hostile(n):
        own = np.ascontiguousarray(values, np.int64)
        call("sort_values", own, False)
        assert (own == np.sort(values)).all()


@pytest.mark.parametrize("n", [0, 1, 23, 24, 25, 49, 1000, 5000])
def test_merging_keeps_the_order_of_equals(n):
    """The low byte says where a value came from, among equals."""
    keys = np.random.default_rng(n).integers(-3, 4, n)
    own = (keys << 8) | (np.arange(n) & 255)
    expected = own[np.argsort(keys, kind="stable")]
    call("sort_values", own, True)
    assert (own == expected).all()


def test_hashes_are_those_of_splitmix64():
    """First outputs of SplitMix64 seeded with 0, whose state grows by the step that the hash adds."""
    words = np.array([i * 0x9E3779B97F4A7C15 % 2**64 for i in range(3)], np.uint64)
    call("hash_words", words)
    assert words.tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
