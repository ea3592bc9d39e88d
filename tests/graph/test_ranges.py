"""The union of ranges is what writing all of them down and keeping each position once finds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collusion.graph.membership import _ranges


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), max_size=12))
def test_union_of_ranges(steps):
    lo = np.cumsum([step for step, _ in steps]).astype(np.int64)
    # Ends never descend, as those of windows along a timeline.
    hi = np.maximum.accumulate(lo + np.array([length for _, length in steps], dtype=np.int64)) if steps else lo
    every = [position for a, b in zip(lo.tolist(), hi.tolist(), strict=True) for position in range(a, b)]
    assert _ranges(lo, hi).tolist() == sorted(set(every))
