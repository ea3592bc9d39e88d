"""Laws of the coded graph."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.base.errors import CollusionError
from collusion.graph.graph import NO_TIME, build_graph

reviews = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 6), st.integers(0, 30)), max_size=40, unique_by=lambda r: r[:2])


@given(reviews, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rows, shuffle):
    """Two orders of the same rows give the same edges, with each row following its review."""
    mixed = list(enumerate(rows))
    shuffle.shuffle(mixed)
    a = build_graph([r[0] for r in rows], [r[1] for r in rows], time=[r[2] for r in rows], n_reviewers=8, n_products=7)
    b = build_graph(
        [r[0] for _, r in mixed],
        [r[1] for _, r in mixed],
        time=[r[2] for _, r in mixed],
        row=[k for k, _ in mixed],
        n_reviewers=8,
        n_products=7,
    )
    for name in ("reviewer", "product", "time", "row", "indptr", "edges", "product_indptr"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@given(reviews)
def test_slots_are_in_time_order_and_both_directions_agree(rows):
    """Edges ascend by (product, time); the rows of a reviewer are exactly the edges it fills."""
    g = build_graph([r[0] for r in rows], [r[1] for r in rows], time=[r[2] for r in rows], n_reviewers=8, n_products=7)
    assert sorted(zip(g.product.tolist(), g.time.tolist(), strict=True)) == list(zip(g.product.tolist(), g.time.tolist(), strict=True))
    for u in range(8):
        own = g.edges[g.indptr[u] : g.indptr[u + 1]].tolist()
        assert own == [i for i in range(g.n_reviews) if g.reviewer[i] == u]
    for p in range(7):
        assert set(g.product[g.product_indptr[p] : g.product_indptr[p + 1]].tolist()) <= {p}


def test_arrays_are_read_only():
    g = build_graph([0, 1], [0, 0], rating=[1.0, 2.0])
    for array in (g.reviewer, g.product, g.rating, g.row, g.indptr, g.edges):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_all_problems_are_named_at_once():
    with pytest.raises(CollusionError, match=r"time has 1 entries.*seller has 3 entries, there are 1 products"):
        build_graph([0, 1], [0, 0], time=[1], seller=[0, 1, 2])
    with pytest.raises(CollusionError, match=r"1 \(reviewer, product\) pairs repeat"):
        build_graph([0, 0], [1, 1])
    with pytest.raises(CollusionError, match="code -1; codes start at 0"):
        build_graph([0, -1], [1, 1])
    with pytest.raises(CollusionError, match="code 5; n_reviewers is 5"):
        build_graph([5], [1], n_reviewers=5)


def test_empty_graph():
    g = build_graph([], [], time=[])
    assert (g.n_reviews, g.n_reviewers, g.n_products) == (0, 0, 0)
    assert g.indptr.tolist() == [0]


def test_missing_times_sort_first():
    g = build_graph([0, 1, 2], [0, 0, 0], time=[5, NO_TIME, 4])
    assert g.reviewer.tolist() == [1, 2, 0]
