"""Columns that grow hold what was put in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels import mapped
from collusion.reviews import columns
from collusion.reviews.columns import LEAST, Filling, Sparing

BATCHES = st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5), max_size=8)


@given(BATCHES, st.none() | st.integers(0, 50))
def test_a_column_is_its_batches(batches, rows):
    """Whether the number of rows is unknown, too small, right or too large."""
    filled = Filling(rows, np.int32)
    for batch in batches:
        filled.add(np.array(batch, dtype=np.int32))
        filled.fill(2, -1)
    assert filled.whole().tolist() == [value for batch in batches for value in (*batch, -1, -1)]
    assert len(filled) == len(filled.whole())


def test_a_column_on_disk_is_its_batches(monkeypatch):
    """Whatever pages were dropped, and when it grew."""
    monkeypatch.setattr(mapped, "COLUMN_BYTES", 1)
    monkeypatch.setattr(columns, "DROPPED", 1 << 12)
    batches = [np.arange(k, k + 1000, dtype=np.int32) for k in range(0, 20_000, 1000)]
    filled = Filling(5000, np.int32)
    for batch in batches:
        filled.add(batch)
    assert np.array_equal(filled.whole(), np.concatenate(batches))


@pytest.mark.parametrize("rows", [None, 0, 1])
def test_a_column_doubles(rows):
    filled = Filling(rows, np.float32)
    for k in range(3):
        filled.fill(LEAST, k)
    assert filled.whole().tolist() == [0.0] * LEAST + [1.0] * LEAST + [2.0] * LEAST


@given(
    st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from([-1, -1, -1, 7]), max_size=4)), max_size=8), st.none() | st.integers(0, 9)
)
def test_a_column_of_one_value_is_that_value_and_any_other_is_its_batches(batches, rows):
    """Whether a value comes by itself or in an array."""
    sparing = Sparing(rows, np.int32)
    for one_by_one, batch in batches:
        for value in batch if one_by_one else ():
            sparing.fill(1, value)
        if not one_by_one:
            sparing.add(np.array(batch, np.int32))
    every = [value for _, batch in batches for value in batch]
    whole = sparing.whole()
    assert len(sparing) == len(every)
    assert whole.dtype == np.int32
    assert np.broadcast_to(whole, len(every)).tolist() == every
    assert (whole.ndim == 0) == (len(set(every)) < 2)


def test_any_value_takes_that_of_the_others():
    sparing = Sparing(None, np.int32)
    for value in (None, 5, None, 5):
        sparing.fill(3, value)
    assert (sparing.whole().ndim, int(sparing.whole())) == (0, 5)
    sparing.fill(1, 6)
    assert sparing.whole()[[3, 9, 12]].tolist() == [5, 5, 6]
    assert len(sparing) == len(sparing.whole()) == 13
