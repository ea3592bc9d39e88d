"""The line of bars counts the ring's reviews over the whole log."""

import re
from dataclasses import replace

import numpy as np
import pytest
from report.fake_case import NO_TIME, make_case, make_log, make_ring

from collusion.report.sparkline import BARS, HEIGHT, WIDTH, sparkline


def bars(svg):
    """Place and height of each bar."""
    path = re.findall(r' d="([^"]+)"', svg)[1]
    return [(float(x), float(h)) for x, h in re.findall(r"M([\d.]+) 20v-([\d.]+)", path)]


def day(iso):
    return int(np.datetime64(iso, "D").astype(np.int64))


def test_bars_are_counts_over_the_span_of_the_log():
    log, reviewers, products = make_log(6, 4, n=500)
    log["time"] = 18_000
    ring = make_ring(log, reviewers, products)
    at = [18_000] * (len(ring.rows) - 1) + [18_009]
    log.loc[list(ring.rows), "time"] = at
    case = replace(make_case(log, [ring]), span=("2019-04-14", "2019-04-23"))
    assert [day(end) for end in case.span] == [18_000, 18_009]
    drawn = bars(sparkline(case, case.rings[0]))
    assert drawn == [(0.0, HEIGHT - 1.0), (WIDTH * 0.9, pytest.approx(max((HEIGHT - 1) / (len(at) - 1), 1.0), abs=0.06))]
    assert f"{len(at) - 1} reviews at most" in sparkline(case, case.rings[0])
    # In a log twice as long, the same bars take half of the place.
    longer = replace(case, span=("2019-04-14", "2019-05-03"))
    assert [x for x, _ in bars(sparkline(longer, longer.rings[0]))] == [0.0, WIDTH * 0.45]


@pytest.mark.parametrize("days", [1, 59, 61, 1000, 20_000, 2_000_000])
def test_no_more_bars_than_can_be_seen(days):
    log, reviewers, products = make_log(8, 6, n=500)
    log["time"] = [(k * days) // len(log) for k in range(len(log))]
    ring = make_ring(log, reviewers, products)
    case = make_case(log, [ring])
    drawn = bars(sparkline(case, case.rings[0]))
    assert 1 <= len(drawn) <= BARS
    assert all(0 <= x < WIDTH and 1 <= h < HEIGHT for x, h in drawn)


@pytest.mark.parametrize("times", [False, True])
def test_without_times_there_is_none(times):
    log, reviewers, products = make_log(5, 3, n=500)
    log["time"] = NO_TIME
    ring = make_ring(log, reviewers, products, times=False)
    case = make_case(log, [ring], times=times)
    assert sparkline(case, case.rings[0]) == ""
