"""The impact on a product is its mean with the ring's ratings less the mean without."""

import numpy as np
import pandas as pd
import pytest
from report.fake_case import NO_TIME, make_case, make_log, make_ring

from collusion.report.rating_impact import courses, impact


def published():
    """METHODS: 100 reviews averaging 4.2, of which 20 x 5 stars are the ring's."""
    honest = [4.0] * 80
    log = pd.DataFrame(
        {
            "reviewer_id": [f"h{k}" for k in range(80)] + [f"r{k}" for k in range(20)],
            "product_id": ["p"] * 100,
            "time": np.arange(100) + 18_000,
            "rating": honest + [5.0] * 20,
        }
    )
    return log, {f"r{k}" for k in range(20)}, {"p"}


def test_published_example():
    log, reviewers, products = published()
    ring = make_ring(log, reviewers, products)
    (one,) = impact(make_case(log, [ring]), ring)
    assert (one.product, one.n_ratings, one.n_ring) == ("p", 100, 20)
    assert one.mean == 4.2
    assert one.mean_without == 4.0
    assert one.uplift == pytest.approx(0.2, abs=1e-12)


def test_means_are_those_of_a_slow_count():
    log, reviewers, products = make_log(20, 8, n=2000)
    log.loc[::7, "rating"] = np.nan
    ring = make_ring(log, reviewers, products)
    found = impact(make_case(log, [ring]), ring)
    for one in found:
        every = log[log.product_id == one.product]
        assert one.mean == pytest.approx(every.rating.mean())
        assert one.mean_without == pytest.approx(every[~every.reviewer_id.isin(reviewers)].rating.mean())
    strength = [abs(one.uplift) for one in found if one.uplift is not None]
    assert strength == sorted(strength, reverse=True)


def test_lines_end_at_the_figures():
    """One number, one function: what the picture shows last is what the table says, untimed ratings included."""
    log, reviewers, products = make_log(20, 8, n=2000)
    log.loc[::5, "time"] = NO_TIME
    ring = make_ring(log, reviewers, products)
    case = make_case(log, [ring])
    for one, course in zip(impact(case, ring), courses(case, ring).shown, strict=False):
        assert course.mean[-1] == pytest.approx(one.mean)
        assert course.without[-1] == pytest.approx(one.mean_without)


def test_nobody_else_rated_it():
    log, reviewers, products = published()
    log = log[log.reviewer_id.isin(reviewers)].reset_index(drop=True)
    ring = make_ring(log, reviewers, products)
    case = make_case(log, [ring])
    (one,) = impact(case, ring)
    assert (one.mean, one.mean_without, one.uplift) == (5.0, None, None)
    assert "Only the ring gave" in courses(case, ring)


@pytest.mark.parametrize(
    ("times", "ratings", "reason"), [(True, False, "no ratings"), (False, True, "no times"), (False, False, "no ratings")]
)
def test_what_is_missing_is_said(times, ratings, reason):
    log, reviewers, products = published()
    ring = make_ring(log, reviewers, products, times=times)
    case = make_case(log, [ring], times=times, ratings=ratings)
    assert reason in courses(case, ring)
    assert bool(impact(case, ring)) == ratings
