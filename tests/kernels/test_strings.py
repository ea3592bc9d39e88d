"""Packed strings in another order are a list in another order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collusion.graph.log import Names


@given(st.lists(st.text(max_size=5), max_size=12), st.randoms(use_true_random=False))
def test_names_follow_their_codes(names, shuffle):
    order = list(range(len(names)))
    shuffle.shuffle(order)
    found = Names.of(names).reordered(np.array(order, dtype=np.int32))
    assert [found[k] for k in range(len(found))] == [names[k] for k in order]
    assert found.offsets.tolist() == Names.of([names[k] for k in order]).offsets.tolist()
