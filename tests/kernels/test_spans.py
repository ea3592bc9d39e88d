"""The word of each edge says what comparing it with all edges of its product says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collusion.graph.graph import NO_TIME, build_graph
from collusion.graph.windows import DEGREE_BOUNDS, N_DEGREE_BINS, Windows
from collusion.kernels.spans import BITS, LARGEST, cut_spans

days = st.one_of(st.integers(0, 12), st.just(NO_TIME))


@given(st.lists(st.tuples(st.integers(0, 3), days), min_size=1, max_size=60), st.one_of(st.none(), st.integers(0, 5)), st.integers(1, 12))
def test_crowds_are_those_found_by_comparing_all_slots(rows, window, largest):
    """Filled up to a largest local degree, filled in full and cut there, and one edge at a time."""
    product, time = zip(*rows, strict=True)
    graph = build_graph(np.arange(len(rows)), product, time=time, n_products=4)
    where, when = graph.product.tolist(), graph.time.tolist()
    times = graph.time if window is not None else np.empty(0, np.int32)
    windows = Windows(graph.product, graph.product_indptr, times, window or 0, largest)
    filled, wedges, crowded = windows.all_words()
    full, every, none = Windows(graph.product, graph.product_indptr, times, window or 0, LARGEST).all_words()

    def meet(i, j):
        return where[i] == where[j] and (window is None or (NO_TIME not in (when[i], when[j]) and abs(when[i] - when[j]) <= window))

    crowds = [[j for j in range(len(rows)) if meet(i, j)] for i in range(len(rows))]
    for i, crowd in enumerate(crowds):
        counts = 1 < len(crowd) <= largest
        lo, hi, degree_bin = (
            (crowd[0], crowd[-1] + 1, sum(len(crowd) > most for most in DEGREE_BOUNDS)) if counts else (i, i, N_DEGREE_BINS)
        )
        word = int(filled[i])
        assert (i - (word & LARGEST), i + (word >> BITS & LARGEST), word >> 2 * BITS) == (lo, hi, degree_bin)
    opened = np.zeros(LARGEST + 1, np.int64)
    for i, crowd in enumerate(crowds):
        opened[len(crowd)] += sum(j > i for j in crowd)
    assert every.tolist() == opened.tolist()
    assert wedges[: largest + 1].tolist() == opened[: largest + 1].tolist()
    assert not wedges[largest + 1 :].any()
    assert crowded == sum(len(crowd) > largest for crowd in crowds)
    assert none == 0
    assert windows.words(np.arange(len(rows)), np.empty(0, np.uint32)).tolist() == filled.tolist()
    assert cut_spans(full, largest, np.uint32(N_DEGREE_BINS << 2 * BITS)) == crowded
    assert full.tolist() == filled.tolist()
