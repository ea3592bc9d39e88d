"""Each status in plain words: what was found is said, what was not asked is not said, and nobody is called paid."""

from dataclasses import replace
from typing import get_args

import pytest
from report.fake_case import every_status, make_case, make_log, make_ring

from collusion.base.glossary import definition, definitions
from collusion.base.model import Status
from collusion.report.statuses import STATUSES, behaves_unlike, beyond_chance, counted, counts, status_statement


@pytest.fixture(scope="module")
def log():
    return make_log(8, 5, n=800)


def said(log, rate=0.05, **ring):
    case = make_case(log[0], [make_ring(*log, **ring)])
    case = replace(case, provenance=replace(case.provenance, config={} if rate is None else {"fdr": rate}))
    return status_statement(case.rings[0], case)


def test_every_status_has_words():
    assert set(STATUSES) == set(definitions("status")) == set(get_args(Status))


def test_statuses_are_counted_with_their_plurals(log):
    rings = every_status(*log)
    assert counted(rings) == "1 flagged, 2 coordinated, 1 candidate, 1 explained"
    assert counted([*rings, rings[-1]]) == "1 flagged, 2 coordinated, 2 candidates, 1 explained"
    assert counted([]) == "0 flagged, 0 coordinated, 0 candidates, 0 explained"
    assert list(counts(rings)) == list(STATUSES)
    assert [behaves_unlike(ring) for ring in rings] == [False, True, False, True, False]


def test_a_group_that_is_explained_need_not_score_above_chance(log):
    """Copies across variants are listed whatever they score, also where they were never compared with chance."""
    case = make_case(log[0], every_status(*log))
    assert [beyond_chance(ring, case.provenance) for ring in case.rings] == [True, True, True, True, False]
    explained = case.rings[0]
    for q_values in ({}, {"N1": 0.01, "N2": 0.9}):
        assert not beyond_chance(replace(explained, q_values=q_values), case.provenance)


@pytest.mark.parametrize(
    ("ring", "expected"),
    [
        ({}, "20.6 of it is left when the explanation that takes most of it is granted (rating sessions)"),
        ({}, "behave unlike other reviewers of the same products (false-discovery estimate 2 %)"),
        ({}, "not a finding against any person"),
        ({"residual": None}, "no innocent explanation could be tested"),
        (
            {"status": "coordinated"},
            "Nothing shows that they behave unlike other reviewers of the same products (false-discovery estimate 40 %)",
        ),
        ({"status": "coordinated", "q_paid": None}, "could not be asked"),
        ({"status": "coordinated"}, "never an accusation"),
        (
            {"status": "coordinated", "explained_by": "rating sessions", "q_paid": 0.01},
            "An innocent explanation accounts for the score (rating sessions: Did members review in large batches",
        ),
        ({"status": "coordinated", "explained_by": "rating sessions", "q_paid": 0.01}, "coordinated and not as explained"),
        ({"status": "explained"}, "(rating sessions: Did members review in large batches, so that they coincide by accident?)"),
        ({"status": "explained", "explained_by": "theirs"}, "granted (theirs)"),
        ({"status": "explained", "q_paid": None}, "could not be asked"),
        ({"status": "candidate", "q_values": {}}, "was not compared with chance"),
        (
            {"status": "candidate", "q_values": {"N1": 0.01, "N2": 0.3}},
            "its false-discovery estimate of 30 % is above the 5 % that was set",
        ),
        ({"status": "candidate", "q_values": {"N1": 0.01}, "rate": None}, "cannot be distinguished from chance."),
    ],
)
def test_a_status_is_explained_for_the_ring(log, ring, expected):
    text = said(log, **ring)
    assert text.startswith(ring.get("status", "flagged").capitalize() + ". ")
    assert expected in text


def test_no_status_says_that_a_ring_is_paid(log):
    for status in STATUSES:
        assert "paid" not in said(log, status=status)
        assert "paid" not in definition(status, "status")
