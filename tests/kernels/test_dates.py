"""The limit below which so many numbers lie, and what lies below it, are what sorting and counting pairs find."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.dates import TOP, _limit, _nearest, _pairs_below


@given(st.lists(st.integers(0, int(TOP) - 1), min_size=2, max_size=40), st.data())
def test_as_many_numbers_are_below_the_limit_as_were_asked_for(numbers, data):
    k = data.draw(st.integers(1, len(numbers) - 1))
    word = np.array(numbers, dtype=np.int64)
    # Of equal numbers at the limit all are taken.
    assert (word <= _limit(word, k)).sum() == (word <= np.sort(word)[k - 1]).sum()


@pytest.mark.parametrize("seed", range(20))
def test_pairs_below_a_limit_are_near_pairs_of_the_chosen_dates(seed):
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(0, 60, 50)).astype(np.int32)
    word, window, near = rng.integers(0, 2**53, 30), int(rng.integers(0, 30)), np.empty(30, np.int64)
    _nearest(time, 10, 40, window, near)
    chosen = time[10:40][word <= 2**52].astype(np.int64)
    pairs = (np.subtract.outer(chosen, chosen)[np.tril_indices(len(chosen), -1)] <= window).sum()
    assert _pairs_below(word, 2**52, near, np.empty(30, np.int64)) == pairs
