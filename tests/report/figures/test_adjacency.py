"""The matrix shows each review once, the ring's block first."""

import numpy as np
import pytest
from report.fake_case import make_case, make_log, make_ring

from collusion.report.adjacency import CONTEXT, MEMBERS
from collusion.report.figures.adjacency import adjacency
from collusion.report.palette import OTHER, RING


def cells(case, ring):
    return adjacency(case, ring).axes[0].images[0].get_array()


def coloured(image, colour):
    return np.isclose(image[..., :3], colour).all(axis=-1) & (image[..., 3] > 0)


@pytest.mark.parametrize(("size", "width", "n"), [(5, 3, 800), (50, 20, 3000), (300, 60, 6000)])
def test_block_holds_all_reviews_of_the_ring_and_no_other(size, width, n):
    log, reviewers, products = make_log(size, width, n=n)
    ring = make_ring(log, reviewers, products)
    case = make_case(log, [ring])
    image = cells(case, ring)
    own = coloured(image, RING)
    assert own.sum() == ring.n_reviews
    assert own[:size, :width].sum() == ring.n_reviews
    context = case.context(ring)
    assert not coloured(image, OTHER)[:size, :width].any()
    assert not coloured(image, OTHER)[size:, width:].any()
    assert coloured(image, OTHER)[:size, width:].sum() <= (context.member & ~context.target).sum()
    assert image.shape[0] <= size + CONTEXT
    assert image.shape[1] <= width + CONTEXT


def test_rows_and_columns_are_ordered_by_reviews_of_the_ring():
    log, reviewers, products = make_log(20, 10, n=1500)
    ring = make_ring(log, reviewers, products)
    own = coloured(cells(make_case(log, [ring]), ring), RING)[:20, :10]
    assert (np.diff(own.sum(axis=1)) <= 0).all()
    assert (np.diff(own.sum(axis=0)) <= 0).all()


def test_what_is_left_out_is_said():
    log, reviewers, products = make_log(MEMBERS + 5, 4, n=500, density=1.0)
    ring = make_ring(log, reviewers, [*products, "nobody came"])
    shown = {text.get_text() for text in adjacency(make_case(log, [ring]), ring).axes[0].texts}
    assert f"{MEMBERS} of {MEMBERS + 5} members" in shown
    assert "4 of 5 products of the ring" in shown


def test_legend_stands_above_the_data():
    log, reviewers, products = make_log(8, 5, n=800)
    ring = make_ring(log, reviewers, products)
    figure = adjacency(make_case(log, [ring]), ring)
    figure.draw_without_rendering()
    ax = figure.axes[0]
    assert ax.get_legend().get_window_extent().y0 > ax.get_window_extent().y1


def test_ring_that_is_the_whole_log():
    """No context at all is a picture too."""
    log, reviewers, products = make_log(4, 3, n=50)
    log = log[log.reviewer_id.isin(reviewers) & log.product_id.isin(products)].reset_index(drop=True)
    ring = make_ring(log, reviewers, products)
    image = cells(make_case(log, [ring]), ring)
    assert coloured(image, RING).sum() == len(log)
