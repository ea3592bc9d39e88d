"""The timeline shows each product's reviews when they came, and says so where there are no times."""

import numpy as np
import pytest
from report.fake_case import NO_TIME, make_case, make_log, make_ring

from collusion.report.figures.timeline import timeline
from collusion.report.timeline import LANES


def texts(figure):
    return [artist.get_text() for artist in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


@pytest.mark.parametrize(("size", "width"), [(5, 3), (50, 20)])
def test_figures_at_the_lanes_are_those_of_the_log(size, width):
    log, reviewers, products = make_log(size, width, n=3000)
    ring = make_ring(log, reviewers, products)
    shown = texts(timeline(make_case(log, [ring]), ring))
    for product in products:
        every = log[log.product_id == product]
        assert f"{every.reviewer_id.isin(reviewers).sum():,} / {len(every):,}" in shown
        assert product in shown


def test_a_burst_is_enlarged_and_a_drip_is_not():
    burst, drip = (make_log(20, 8, n=2000, burst=days) for days in (10, 1000))
    panels = []
    for log, reviewers, products in (burst, drip):
        ring = make_ring(log, reviewers, products)
        panels.append(len(timeline(make_case(log, [ring]), ring).axes[0].child_axes))
    assert panels == [2, 1]


def test_every_review_of_the_ring_is_under_a_mark():
    log, reviewers, products = make_log(10, 5, n=1000)
    ring = make_ring(log, reviewers, products)
    case = make_case(log, [ring])
    main = timeline(case, ring).axes[0].child_axes[0]
    names = [text.get_text() for text in main.texts]
    marks = np.concatenate([np.column_stack([line.get_xdata(), line.get_ydata()]) for line in main.lines if line.get_marker() == "o"])
    width = (main.get_xlim()[1] - main.get_xlim()[0]) / 200
    for row in ring.rows:
        lane = names.index(log.product_id[row]) + 0.5
        assert (np.abs(marks[marks[:, 1] == lane][:, 0] - log.time[row]) <= width + 1).any()


def test_lanes_are_capped_and_the_picture_says_so():
    log, reviewers, products = make_log(30, LANES + 5, n=2000)
    ring = make_ring(log, reviewers, products)
    shown = texts(timeline(make_case(log, [ring]), ring))
    assert "5 products with fewer reviews of the ring are not shown." in shown
    assert sum(product in shown for product in products) == LANES


@pytest.mark.parametrize("how", ["the log has none", "the rows have none", "the ring has none"])
def test_without_times_it_says_so(how):
    log, reviewers, products = make_log(6, 4, n=600)
    if how == "the rows have none":
        log["time"] = NO_TIME
    if how == "the ring has none":
        log.loc[log.reviewer_id.isin(reviewers), "time"] = NO_TIME
    ring = make_ring(log, reviewers, products, times=False)
    figure = timeline(make_case(log, [ring], times=how != "the log has none"), ring)
    assert texts(figure).count("The ring's reviews have no times, so there is no timeline.") == 1


@pytest.mark.parametrize("days", [[0], [-900_000, 900_000], [2_932_000, 2_950_000], [-(2**31) + 1, 2**31 - 1], [18_000, 18_000]])
def test_any_day_can_be_shown(days):
    """One day, days before the year 1 and after 9999, and the ends of the range."""
    log, reviewers, products = make_log(6, 4, n=300)
    log["time"] = np.resize(days, len(log))
    ring = make_ring(log, reviewers, products)
    timeline(make_case(log, [ring]), ring).draw_without_rendering()
