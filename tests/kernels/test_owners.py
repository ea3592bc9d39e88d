"""First codes and counts are those of a dict."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.owners import count_codes, first_codes

OF = np.array([0, 0, 2, 3, 3], dtype=np.int32)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([-1, 0, 1, 2**31 - 1])), max_size=30))
def test_first_codes_are_those_of_a_dict(rows):
    owner, code = (np.array([row[k] for row in rows], dtype=np.int32) for k in range(2))
    first, mixed = first_codes(owner, code, OF)
    own = {o: [c for p, c in rows if OF[p] == o and c >= 0] for o in range(5)}
    assert first.tolist() == [own[o][0] if own[o] else -1 for o in range(5)]
    assert mixed.tolist() == [len(set(own[o])) > 1 for o in range(5)]


@given(st.lists(st.integers(-1, 5), max_size=30))
def test_counts_are_those_of_a_counter(codes):
    count = Counter(codes)
    assert count_codes(np.array(codes, dtype=np.int32), 6).tolist() == [count[k] for k in range(6)]
