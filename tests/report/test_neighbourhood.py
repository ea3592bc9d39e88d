"""The coded context holds what the context holds, members and targets first."""

import numpy as np
from report.fake_case import make_case, make_log, make_ring

from collusion.base.model import NO_TIME
from collusion.report.neighbourhood import iso, neighbourhood, ranked


def test_codes_lead_back_to_the_names():
    log, reviewers, products = make_log(6, 4, n=600)
    case = make_case(log, [make_ring(log, reviewers, products)])
    ring = case.rings[0]
    view, context = neighbourhood(case, ring), case.context(ring)
    assert [view.reviewers[u] for u in view.u] == context.reviewer.tolist()
    assert [view.products[p] for p in view.p] == context.product.tolist()
    assert view.reviewers[: view.n_members] == list(ring.reviewers)
    assert view.products[: view.n_targets] == list(ring.products)
    assert ((view.u < view.n_members) == context.member).all()
    assert ((view.p < view.n_targets) == context.target).all()
    assert sorted(view.row[view.own]) == list(ring.rows)


def test_columns_without_a_single_value_are_none():
    log, reviewers, products = make_log(6, 4, n=600)
    log["time"], log["rating"] = NO_TIME, np.nan
    view = neighbourhood(make_case(log, []), make_ring(log, reviewers, products))
    assert view.time is None
    assert view.rating is None


def test_ranked_is_by_count_then_name_and_leaves_zeros_out():
    assert ranked(np.array([2, 5, 0, 2, 9]), ["b", "x", "c", "a", "z"], range(4), 3) == [1, 3, 0]


def test_days():
    assert (iso(0), iso(-1), iso(NO_TIME)) == ("1970-01-01", "1969-12-31", "")
