"""The shuffle stays within its segments and is fair."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.csr import group_by
from collusion.kernels.shuffle import shuffle_segments


@given(st.lists(st.integers(0, 8), min_size=1, max_size=8), st.integers(0, 2**63))
def test_segments_keep_their_values(sizes, seed):
    segments = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    values = np.arange(segments[-1], dtype=np.int32)
    shuffle_segments(values, segments, np.uint64(seed))
    for s in range(len(sizes)):
        assert sorted(values[segments[s] : segments[s + 1]]) == list(range(segments[s], segments[s + 1]))


def test_every_permutation_is_as_likely():
    seen = Counter()
    for seed in range(6000):
        values = np.arange(3, dtype=np.int32)
        shuffle_segments(values, np.array([0, 3]), np.uint64(seed * 7919))
        seen[tuple(values.tolist())] += 1
    assert sum((seen[k] - 1000) ** 2 / 1000 for k in seen) < 20.5  # 99.9 % of chi-square with 5 degrees of freedom
    assert len(seen) == 6


@given(st.lists(st.integers(0, 9), max_size=50))
def test_group_by_is_a_stable_sort(keys):
    key = np.array(keys, dtype=np.int32)
    indptr, positions = group_by(key, 10)
    np.testing.assert_array_equal(positions, np.argsort(key, kind="stable"))
    np.testing.assert_array_equal(np.diff(indptr), np.bincount(key, minlength=10))
