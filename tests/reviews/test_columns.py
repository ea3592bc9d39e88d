"""Columns that grow hold what was put in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.reviews.columns import LEAST, Filling

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


@pytest.mark.parametrize("rows", [None, 0, 1])
def test_a_column_doubles(rows):
    filled = Filling(rows, np.float32)
    for k in range(3):
        filled.fill(LEAST, k)
    assert filled.whole().tolist() == [0.0] * LEAST + [1.0] * LEAST + [2.0] * LEAST
