"""Work is shared whole, and what it returns comes in its order."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.threads import in_threads, shares


@given(st.lists(st.integers(0, 9), max_size=20), st.integers(1, 6))
def test_each_group_is_in_one_share(sizes, threads):
    found = shares(np.concatenate(([0], np.cumsum(sizes))).astype(np.int64), threads)
    assert [k for first, last in found for k in range(first, last)] == list(range(len(sizes)))
    assert len(found) <= threads
    assert all(first < last for first, last in found)


def test_shares_are_about_equal():
    assert shares(np.arange(0, 1001, 10), 4) == [(0, 25), (25, 50), (50, 75), (75, 100)]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_answers_come_in_order_and_errors_come_up(threads):
    assert in_threads(threads, [lambda k=k: k * k for k in range(7)]) == [k * k for k in range(7)]
    assert in_threads(threads, []) == []
    with pytest.raises(ZeroDivisionError):
        in_threads(threads, [lambda: 1, lambda: 1 // 0])


def test_one_thread_is_the_own_one():
    assert in_threads(1, [threading.current_thread] * 2) == [threading.current_thread()] * 2
