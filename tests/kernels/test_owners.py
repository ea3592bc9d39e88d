"""Counts are those of a counter."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.owners import count_codes


@given(st.lists(st.integers(-1, 5), max_size=30))
def test_counts_are_those_of_a_counter(codes):
    count = Counter(codes)
    assert count_codes(np.array(codes, dtype=np.int32), 6).tolist() == [count[k] for k in range(6)]
