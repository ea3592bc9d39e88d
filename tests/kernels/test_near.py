"""Near pairs are those that looking at all pairs finds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.timelines import pairs_before

rows = st.lists(st.integers(-50, 50), max_size=20).map(sorted)


@given(rows, st.integers(0, 30))
def test_pairs_before_a_bound(row, reach):
    values = np.array(row, np.int64)
    one, other = pairs_before(values, values + reach)
    expected = [(i, j) for i in range(len(row)) for j in range(i + 1, len(row)) if row[j] < row[i] + reach]
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == expected
