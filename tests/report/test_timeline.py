"""The timeline shows each product's reviews when they came, and says so where there are no times."""

import numpy as np
import pytest
from report.fake_case import NO_TIME, make_case, make_log, make_ring

from collusion.report.timeline import LANES, SIZES, times


@pytest.mark.parametrize(("size", "width"), [(5, 3), (50, 20)])
def test_figures_at_the_lanes_are_those_of_the_log(size, width):
    log, reviewers, products = make_log(size, width, n=3000)
    ring = make_ring(log, reviewers, products)
    shown = times(make_case(log, [ring]), ring)
    assert sorted(shown.names) == sorted(products)
    for product, total in zip(shown.names, shown.totals, strict=True):
        every = log[log.product_id == product]
        assert total == f"{every.reviewer_id.isin(reviewers).sum():,} / {len(every):,}"


def test_a_burst_is_enlarged_and_a_drip_is_not():
    burst, drip = (make_log(20, 8, n=2000, burst=days) for days in (10, 1000))
    panels = []
    for log, reviewers, products in (burst, drip):
        ring = make_ring(log, reviewers, products)
        panels.append(times(make_case(log, [ring]), ring).burst is not None)
    assert panels == [True, False]


def test_every_review_of_the_ring_is_under_a_mark():
    log, reviewers, products = make_log(10, 5, n=1000)
    ring = make_ring(log, reviewers, products)
    shown = times(make_case(log, [ring]), ring)
    marks = np.concatenate([np.column_stack(shown.whole.marks(k)) for k in range(len(SIZES))])
    width = (shown.whole.high - shown.whole.low) / 200
    for row in ring.rows:
        lane = shown.names.index(log.product_id[row]) + 0.5
        assert (np.abs(marks[marks[:, 1] == lane][:, 0] - log.time[row]) <= width + 1).any()


def test_lanes_are_capped_and_the_picture_says_so():
    log, reviewers, products = make_log(30, LANES + 5, n=2000)
    ring = make_ring(log, reviewers, products)
    shown = times(make_case(log, [ring]), ring)
    assert shown.note == "5 products with fewer reviews of the ring are not shown."
    assert len(products & set(shown.names)) == LANES


@pytest.mark.parametrize("how", ["the log has none", "the rows have none", "the ring has none"])
def test_without_times_it_says_so(how):
    log, reviewers, products = make_log(6, 4, n=600)
    if how == "the rows have none":
        log["time"] = NO_TIME
    if how == "the ring has none":
        log.loc[log.reviewer_id.isin(reviewers), "time"] = NO_TIME
    ring = make_ring(log, reviewers, products, times=False)
    assert times(make_case(log, [ring], times=how != "the log has none"), ring) is None
