"""Precision so far: known answers, exact intervals, and one ring counted once."""

from __future__ import annotations

import pytest
from decisions.people import OTHER, decision, in_order, subject
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from collusion.decisions.precision import exact_interval, precision_of


def ring(number, **more):
    return subject([f"{number}.{i}" for i in range(4)], [f"p{number}"], **more)


def shares(*decisions):
    return {(one.kind, one.name): (one.confirmed, one.dismissed) for one in precision_of(in_order(*decisions)).shares}


def test_no_decision_no_precision():
    nothing = precision_of([])
    (total,) = nothing.shares
    assert (total.kind, total.confirmed, total.dismissed, total.value, total.low, total.high) == ("all", 0, 0, None, 0, 1)
    assert "the precision is not known" in nothing.statement


def test_rings_still_open_or_in_progress_do_not_count():
    counted = shares(
        decision("confirmed", ring(1)), decision("in progress", ring(2)), decision("dismissed", ring(3)), decision("open", ring(3))
    )
    assert counted["all", "all"] == (1, 0)


def test_three_of_four_by_status_detector_explanation_and_band():
    found = precision_of(
        in_order(
            decision("confirmed", ring(1, found="flagged", q_value=0.01, q_paid=0.001, detectors=("lockstep",))),
            decision("confirmed", ring(2, found="coordinated", q_value=0.05, q_paid=0.2, detectors=("lockstep", "fraudar"))),
            decision("confirmed", ring(3, found="candidate", q_value=0.2, detectors=("fraudar",))),
            decision("dismissed", ring(4, found="explained", q_value=None, detectors=("lockstep",), explained_by="launches")),
        )
    )
    assert [(one.kind, one.name, one.confirmed, one.dismissed) for one in found.shares] == [
        ("all", "all", 3, 1),
        ("status", "flagged", 1, 0),
        ("status", "coordinated", 1, 0),
        ("status", "candidate", 1, 0),
        ("status", "explained", 0, 1),
        ("detector", "fraudar", 2, 0),
        ("detector", "lockstep", 2, 1),
        ("explanation", "launches", 0, 1),
        ("explanation", "none", 3, 0),
        ("q-value", "at most 0.01", 1, 0),
        ("q-value", "0.01 to 0.05", 1, 0),
        ("q-value", "over 0.10", 1, 0),
        ("q-value", "none", 0, 1),
        ("second q-value", "at most 0.01", 1, 0),
        ("second q-value", "over 0.10", 1, 0),
        ("second q-value", "none", 1, 1),
    ]
    total = found.shares[0]
    assert total.value == 0.75
    assert (total.low, total.high) == pytest.approx((0.1941, 0.9937), abs=5e-5)  # as tables of Clopper and Pearson have it
    assert "3 of 4 decided rings are confirmed, 0.75 (95 % interval 0.19 to 0.99)" in found.statement


def test_statuses_of_other_releases_come_last():
    found = precision_of(
        in_order(*(decision("confirmed", ring(k, found=name)) for k, name in enumerate(("odd", None, "explained", "flagged"))))
    )
    assert [one.name for one in found.shares if one.kind == "status"] == ["flagged", "explained", "odd", "unknown"]


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_interval_is_that_of_scipy(confirmed, dismissed):
    n = confirmed + dismissed
    low, high = exact_interval(confirmed, n)
    if not n:
        assert (low, high) == (0, 1)
    else:
        assert (low, high) == pytest.approx(tuple(binomtest(confirmed, n).proportion_ci(0.95, method="exact")), abs=1e-9)
        assert low <= confirmed / n <= high


@pytest.mark.parametrize("truth", [0.05, 0.5, 0.9])
def test_the_interval_holds_the_truth_at_least_as_often_as_it_says(truth):
    """Exactly, by summing over all outcomes of 40 decisions."""
    covered = sum(binom.pmf(hits, 40, truth) for hits in range(41) if exact_interval(hits, 40)[0] <= truth <= exact_interval(hits, 40)[1])
    assert covered >= 0.95


def test_the_last_word_counts_and_disputes_are_told():
    found = precision_of(in_order(decision("confirmed", ring(1)), decision("dismissed", ring(1)), decision("confirmed", ring(2))))
    assert (found.shares[0].confirmed, found.shares[0].dismissed, found.disputed) == (1, 1, 1)


def test_one_ring_decided_in_two_runs_is_counted_once_by_its_last_decision():
    old, new = subject("abcdefghij", "xy"), subject("abcdefghi", "xyz", log=OTHER)
    found = precision_of(in_order(decision("confirmed", old), decision("confirmed", ring(5)), decision("dismissed", new)))
    assert (found.shares[0].confirmed, found.shares[0].dismissed, found.repeated) == (1, 1, 1)


def test_one_workforce_at_two_campaigns_is_two_rings():
    found = precision_of(in_order(decision("confirmed", subject("abcd", "xy")), decision("confirmed", subject("abcd", "uvw"))))
    assert (found.shares[0].confirmed, found.repeated) == (2, 0)
