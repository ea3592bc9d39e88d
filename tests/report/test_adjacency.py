"""The matrix shows each review once, the ring's block first."""

import numpy as np
import pytest
from report.fake_case import make_case, make_log, make_ring

from collusion.report.adjacency import CONTEXT, MEMBERS, adjacency, block
from collusion.report.drawing import Text


@pytest.mark.parametrize(("size", "width", "n"), [(5, 3, 800), (50, 20, 3000), (300, 60, 6000)])
def test_block_holds_all_reviews_of_the_ring_and_no_other(size, width, n):
    log, reviewers, products = make_log(size, width, n=n)
    ring = make_ring(log, reviewers, products)
    case = make_case(log, [ring])
    shown = block(case, ring)
    own, other = shown.ring, shown.other
    assert own.sum() == ring.n_reviews
    assert own[:size, :width].sum() == ring.n_reviews
    context = case.context(ring)
    assert not other[:size, :width].any()
    assert not other[size:, width:].any()
    assert other[:size, width:].sum() <= (context.member & ~context.target).sum()
    assert own.shape[0] <= size + CONTEXT
    assert own.shape[1] <= width + CONTEXT


def test_rows_and_columns_are_ordered_by_reviews_of_the_ring():
    log, reviewers, products = make_log(20, 10, n=1500)
    ring = make_ring(log, reviewers, products)
    own = block(make_case(log, [ring]), ring).ring[:20, :10]
    assert (np.diff(own.sum(axis=1)) <= 0).all()
    assert (np.diff(own.sum(axis=0)) <= 0).all()


def test_what_is_left_out_is_said():
    log, reviewers, products = make_log(MEMBERS + 5, 4, n=500, density=1.0)
    ring = make_ring(log, reviewers, [*products, "nobody came"])
    shown = block(make_case(log, [ring]), ring).sides
    assert f"{MEMBERS} of {MEMBERS + 5} members" in shown
    assert "4 of 5 products of the ring" in shown


def test_legend_stands_above_the_data():
    log, reviewers, products = make_log(8, 5, n=800)
    ring = make_ring(log, reviewers, products)
    marks = adjacency(make_case(log, [ring]), ring).marks
    assert all(mark.y < 0 for mark in marks if isinstance(mark, Text) and mark.text in {"review of the ring", "other review"})


def test_ring_that_is_the_whole_log():
    """No context at all is a picture too."""
    log, reviewers, products = make_log(4, 3, n=50)
    log = log[log.reviewer_id.isin(reviewers) & log.product_id.isin(products)].reset_index(drop=True)
    ring = make_ring(log, reviewers, products)
    assert block(make_case(log, [ring]), ring).ring.sum() == len(log)
