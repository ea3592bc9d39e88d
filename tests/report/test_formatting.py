"""Figures as the pages print them."""

import pytest
from report.fake_case import make_case, make_log, make_ring

from collusion.base.model import Evidence
from collusion.report import formatting


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (797, "797"),
        (797.0, "797"),
        (1234567.0, "1,234,567"),
        (0.025, "0.025"),
        (311.512, "311.5"),
        (1311.512, "1,311.5"),
        (1e-9, "1e-09"),
        (float("inf"), "inf"),
        (1e300, "1e+300"),
        (-0.5, "-0.5"),
    ],
)
def test_figures(value, text):
    assert formatting.figure(value) == text


def test_p_values_have_a_bound_where_doubles_end():
    assert [formatting.p_value(p) for p in (None, 0.0, 1e-12, 0.031, 1.0)] == ["", "< 1e-300", "1e-12", "0.031", "1"]


def test_shares_never_round_to_all_or_nothing():
    assert [formatting.share(x) for x in (0.0, 0.001, 0.5, 0.999, 1.0)] == ["0 %", "0.10 %", "50 %", "99.90 %", "100 %"]


def test_differences_have_a_sign_unless_they_are_nothing():
    assert [formatting.difference(x) for x in (None, 0.2, -0.171, -0.001, 0.0)] == ["", "+0.20", "-0.17", "0.00", "0.00"]


def test_names_are_short_and_visible():
    assert formatting.name("\x00") == r"\x00"
    assert len(formatting.name("\u202e" * 5000)) <= formatting.NAME_LENGTH


def test_rates_are_per_cent_with_four_digits():
    assert [formatting.percent(x) for x in (0.0, 1e-6, 0.0125, 1 / 41, 0.07, 1.0)] == [
        "0 %",
        "0.0001 %",
        "1.25 %",
        "2.439 %",
        "7 %",
        "100 %",
    ]


def test_summary_says_what_is_known():
    log, reviewers, products = make_log(5, 3, n=500, density=1.0)
    ring = make_ring(log, reviewers, products)
    assert formatting.ring_summary(ring).startswith("5 reviewers wrote 15 reviews of 3 products between ")
    assert "estimate is 2.5 % for the first question (did they act together?) and 2 % for the second" in formatting.ring_summary(ring)
    bare = make_ring(log, reviewers, products, times=False, q_values={}, q_paid=None)
    assert formatting.ring_summary(bare) == "5 reviewers wrote 15 reviews of 3 products: 100 % of all pairs of a reviewer and a product."


@pytest.mark.parametrize(
    ("evidence", "q_values", "expected"),
    [
        ([("rating", 0.04, "for"), ("exclusivity", 0.04, "for")], {"N1": 0.01}, "rating"),
        ([("rating", 0.04, "for"), ("exclusivity", 0.0, "for")], {"N1": 0.01}, "exclusivity"),
        ([("rating", 0.04, "neutral"), ("density", 0.0, "for")], {"N1": 0.01}, "score"),
        ([("theirs", 0.0, "for"), ("rating", None, "for")], {}, "score (not compared with chance)"),
    ],
)
def test_the_strongest_signal_is_of_the_second_question(evidence, q_values, expected):
    """The smallest p-value, the first of equal ones; never that of a remark, nor of a signal that the case does not list."""
    log, reviewers, products = make_log(5, 3, n=500)
    found = tuple(Evidence(signal, "", p_value=p, stance=stance) for signal, p, stance in evidence)
    case = make_case(log, [make_ring(log, reviewers, products, evidence=found, q_values=q_values)])
    assert formatting.strongest(case.rings[0], case) == expected


def test_pages_without_pictures_are_named():
    assert formatting.without_pictures(3, {"R-1", "R-2", "R-3"}) == ""
    said = formatting.without_pictures(3, {"R-1"})
    assert said == "Pictures were drawn for 1 group, flagged ones first; the pages of the other 2 have none."
