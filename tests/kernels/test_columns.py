"""Edges are ordered as a sort of whole rows orders them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.columns import BLOCK, LONG, count_repeats, order_edges, relabel, take, where
from collusion.kernels.csr import group_by

TIMES = st.sampled_from([-(2**31), -(2**31) + 1, -1, 0, 1, 5, 2**31 - 1])
ROWS = st.lists(st.tuples(st.integers(0, 2), TIMES, st.sampled_from([0, 1, 7, 2**31 - 1])), max_size=120)


def check(rows, timed, threads=1):
    product, time, reviewer = (np.array([row[k] for row in rows], dtype=np.int32) for k in range(3))
    indptr, order, reviewers, times = order_edges([reviewer, product, time if timed else None], 3, threads)
    slow = sorted(range(len(rows)), key=lambda i: rows[i] if timed else (rows[i][0], rows[i][2]))
    assert order.tolist() == slow
    assert reviewers.tolist() == reviewer[slow].tolist()
    assert (times is None) == (not timed)
    if timed:
        assert times.tolist() == time[slow].tolist()
    assert np.diff(indptr).tolist() == np.bincount(product, minlength=3).tolist()


@given(ROWS, st.booleans(), st.integers(1, 5))
def test_order_is_that_of_a_stable_sort(rows, timed, threads):
    check(rows, timed, threads)


@given(st.lists(st.tuples(st.integers(0, 2), TIMES, st.integers(0, 7), st.booleans()), max_size=120), st.integers(1, 3))
def test_rows_that_do_not_count_have_no_slot(rows, threads):
    product, time, reviewer = (np.array([row[k] for row in rows], dtype=np.int32) for k in range(3))
    counted = np.array([row[3] for row in rows], dtype=bool)
    indptr, order, reviewers, times = order_edges([reviewer, product, time], 3, threads, counted)
    slow = sorted((i for i in range(len(rows)) if rows[i][3]), key=lambda i: rows[i][:3])
    assert order.tolist() == slow
    assert (reviewers.tolist(), times.tolist()) == (reviewer[slow].tolist(), time[slow].tolist())
    assert np.diff(indptr).tolist() == np.bincount(product[counted], minlength=3).tolist()


@pytest.mark.parametrize("n", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 1, 1000])
def test_long_timelines(n):
    """In order, backwards, all equal, mixed: one product takes many blocks, the last of them cut short."""
    mixed = np.random.default_rng(n).permutation(n)
    for times in (range(n), range(n, 0, -1), [3] * n, mixed.tolist(), (mixed % 7).tolist()):
        check([(1, time, k % 5) for k, time in enumerate(times)], timed=True)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40), st.integers(1, 3))
def test_repeats_are_those_of_a_set(pairs, threads):
    pairs.sort()
    product, reviewer = (np.array([pair[k] for pair in pairs], dtype=np.int32) for k in range(2))
    assert count_repeats(*group_by(reviewer, 4), product, threads) == len(pairs) - len(set(pairs))


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.float32])
def test_take(dtype):
    column = np.arange(5).astype(dtype)
    taken = take(column, np.array([4, 0, 4], np.int32))
    assert (taken.tolist(), taken.dtype) == ([4, 0, 4], column.dtype)
    assert take(column[:0], np.empty(0, np.int32)).tolist() == []


def test_threads_share_a_long_column():
    column = np.random.default_rng(3).integers(0, 1 << 30, 1000).astype(np.int32)
    rows = np.random.default_rng(4).integers(0, 1000, LONG + 1).astype(np.int32)
    assert np.array_equal(take(column, rows, threads=3), column[rows])


@pytest.mark.parametrize("n", [0, 5, LONG + 1])
def test_codes_are_relabelled_in_their_own_memory(n):
    codes = np.random.default_rng(5).integers(0, 100, n).astype(np.int32)
    rank = np.random.default_rng(6).permutation(100).astype(np.int32)
    want = rank[codes]
    codes.flags.writeable = False
    assert relabel(rank, codes, 3) is codes
    assert np.array_equal(codes, want)


@pytest.mark.parametrize("n", [0, 1, 1000])
def test_positions_of_what_is_true(n):
    mask = np.random.default_rng(n).random(n) < 0.3
    found = where(mask)
    assert found.dtype == np.int32
    assert found.tolist() == [k for k in range(n) if mask[k]]


def test_what_was_known_of_codes_is_forgotten_with_them():
    codes = np.arange(5, dtype=np.int32)
    codes.flags.writeable = False
    group_by(codes, 5)
    relabel(np.arange(50, 55, dtype=np.int32), codes)
    codes.flags.writeable = False
    with pytest.raises(ValueError, match="key"):
        group_by(codes, 5)


def test_rows_below_nothing_count_from_the_end():
    column = np.arange(5)
    assert take(column, np.array([-1, 0, -5], np.int32)).tolist() == [4, 0, 0]
    for row in (5, -6):
        with pytest.raises(ValueError, match="rows"):
            take(column, np.array([row], np.int32))
