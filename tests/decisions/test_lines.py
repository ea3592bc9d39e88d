"""Decisions follow the lines of rings: carried, offered, never lost and never applied to other people."""

from __future__ import annotations

import pytest
from case.test_since import LOG, PEOPLE, THINGS, case_of, later

from collusion.case.read import read_folder
from collusion.case.since import compared
from collusion.case.write import write_case


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "x.jsonl"


def status(case, rank=1):
    return case.decisions.statuses()[rank - 1]


def test_the_same_members_keep_their_decision_and_what_came_is_said(journal):
    old = case_of((0, 10), journal=journal)
    old.decide(old.rings[0], "dismissed", by="Ann", note="fans")
    new = compared(later(case_of((PEOPLE[:10], THINGS[:6]), journal=journal)), old)
    assert (status(new).status, status(new).people) == ("dismissed", ("Ann",))
    assert status(new).carried.products_came == ("p4", "p5")
    assert "since then 2 products came (p4, p5)" in str(status(new))
    assert new.decisions.vanished() == ()
    assert new.decisions.notes() == ()


@pytest.mark.parametrize("people", [PEOPLE[:11], PEOPLE[:9], PEOPLE[1:11], PEOPLE[:16], PEOPLE[:6]])
def test_other_members_are_offered_the_decision_and_stay_open(journal, people):
    old = case_of((0, 10), journal=journal)
    old.decide(old.rings[0], "confirmed", by="Ann")
    new = compared(later(case_of((people, THINGS[:4]), journal=journal)), old)
    assert status(new).status == "open"
    (offered,) = status(new).earlier
    assert offered.changed.reviewers_came == tuple(sorted({*people} - {*PEOPLE[:10]}))
    assert offered.changed.reviewers_left == tuple(sorted({*PEOPLE[:10]} - {*people}))
    assert str(status(new)).startswith("decided before, on other members: confirmed by Ann")


def test_a_split_offers_the_decision_to_every_part(journal):
    old = case_of((0, 20), journal=journal)
    old.decide(old.rings[0], "confirmed", by="Ann")
    new = compared(later(case_of((0, 11), (11, 20), journal=journal)), old)
    assert [len(one.earlier) for one in new.decisions.statuses()] == [1, 1]


def test_a_line_that_is_gone_is_listed(journal):
    old = case_of((0, 10), journal=journal)
    old.decide(old.rings[0], "confirmed", by="Ann")
    new = compared(later(case_of((20, 30), journal=journal)), old)
    assert [one.status for one in new.decisions.vanished()] == ["confirmed"]
    assert str(status(new)) == "open"


def test_most_products_must_still_be_there(journal):
    old = case_of((0, 10), journal=journal)  # p0 to p3
    old.decide(old.rings[0], "dismissed", by="Ann")
    for things, expected in ((THINGS[1:8], "dismissed"), (THINGS[2:8], "open")):
        new = compared(later(case_of((PEOPLE[:10], things), journal=journal)), old)
        assert status(new).status == expected
    assert status(new).earlier[0].changed.products_left == ("p0", "p1")


def test_another_log_carries_only_exactly_the_same_ring(journal):
    old = case_of((0, 10), journal=journal)
    old.decide(old.rings[0], "dismissed", by="Ann")
    fewer = LOG.iloc[:-1]
    assert status(compared(later(case_of((0, 10), log=fewer, journal=journal)), old)).status == "dismissed"
    assert status(compared(later(case_of((PEOPLE[:10], THINGS[:6]), log=fewer, journal=journal)), old)).status == "open"


@pytest.mark.parametrize(("column", "value"), [("rating", 1.0), ("time", 7), ("reviewer_id", "u39")])
def test_a_changed_review_of_a_member_breaks_the_line(journal, column, value):
    old = case_of((0, 10), journal=journal)
    old.decide(old.rings[0], "dismissed", by="Ann")
    log = LOG.copy()
    log.loc[0, column] = value
    new = compared(later(case_of((PEOPLE[:10], THINGS[:6]), log=log, journal=journal)), old)
    assert new.since.growth == "rows"
    assert status(new).status == "open"
    assert status(new).earlier[0].changed.products_came == ("p4", "p5")


def test_decisions_last_over_many_nights_and_the_latest_counts(journal):
    case = case_of((0, 10), journal=journal)
    case.decide(case.rings[0], "in progress", by="Ann")
    for night in range(2, 6):
        case = compared(later(case_of((0, 10), journal=journal), str(night)), case)
        assert (status(case).status, status(case).people) == ("in progress", ("Ann",))
    # A second claim stands beside the first, which was made four scans ago.
    assert case.decide(case.rings[0], "in progress", by="Bob").people == ("Ann", "Bob")
    case.decide(case.rings[0], "open", by="Bob")
    assert status(case).people == ("Ann",)
    case.decide(case.rings[0], "dismissed", by="Ann")
    case = compared(later(case_of((0, 10), journal=journal), "6"), case)
    assert status(case).status == "dismissed"
    # Withdrawn is withdrawn: the older decision does not come back.
    case.decide(case.rings[0], "open", by="Ann")
    case = compared(later(case_of((0, 10), journal=journal), "7"), case)
    assert status(case).status == "open"
    assert len(case.decisions.applied(case.rings[0].id)) == 5


def test_a_later_decision_on_other_members_keeps_an_older_one_from_coming_back(journal):
    first = case_of((0, 10), journal=journal)
    first.decide(first.rings[0], "dismissed", by="Ann")
    second = compared(later(case_of((0, 12), journal=journal), "2"), first)
    second.decide(second.rings[0], "confirmed", by="Bob")
    third = compared(later(case_of((0, 10), journal=journal), "3"), second)
    assert status(third).status == "open"
    assert {one.decision.status for one in status(third).earlier} == {"dismissed", "confirmed"}


def test_a_decision_on_a_small_group_within_a_large_one_concerns_the_small_one_alone(journal):
    first = case_of((0, 20), (14, 24), journal=journal)
    first.decide(first.rings[0], "dismissed", by="Ann")
    second = compared(later(case_of((0, 20), (14, 24), journal=journal), "2"), first)
    second.decide(second.rings[1], "confirmed", by="Ann")
    third = compared(later(case_of((0, 20), (14, 25), journal=journal), "3"), second)
    assert [one.status for one in third.decisions.statuses()] == ["dismissed", "open"]


def test_without_since_nothing_is_carried(journal):
    old = case_of((0, 10), journal=journal)
    old.decide(old.rings[0], "dismissed", by="Ann")
    assert status(later(case_of((0, 10), journal=journal))).status == "open"


def written(case, folder):
    write_case(case, folder, ("json",), overwrite=True)
    return read_folder(folder)


def test_a_new_folder_each_night_has_the_decisions_of_the_last_and_keeps_them_without_it(tmp_path):
    monday = written(case_of((0, 10), (20, 30)), tmp_path / "monday")
    monday.decide(monday.rings[0], "dismissed", by="Ann", note="fans")
    before = (tmp_path / "monday.decisions.jsonl").read_bytes()
    tuesday = written(compared(later(case_of((0, 10), (20, 30))), monday), tmp_path / "tuesday")
    assert status(tuesday).status == "dismissed"
    assert (tmp_path / "monday.decisions.jsonl").read_bytes() == before
    assert (tmp_path / "tuesday.decisions.jsonl").read_bytes() == before
    # Somebody decides on Monday's case after Tuesday's scan.
    monday.decide(monday.rings[1], "confirmed", by="Bob")
    assert [one.status for one in tuesday.decisions.statuses()] == ["dismissed", "confirmed"]
    wednesday = written(compared(later(case_of((0, 10), (20, 30)), "3"), tuesday), tmp_path / "wednesday")
    for name in ("monday", "tuesday"):
        (tmp_path / f"{name}.decisions.jsonl").unlink()
    assert [one.status for one in read_folder(tmp_path / "wednesday").decisions.statuses()] == ["dismissed", "confirmed"]
    assert len(wednesday.decisions.all()) == 2


def test_one_folder_for_every_night(tmp_path):
    case = written(case_of((0, 10)), tmp_path / "case")
    case.decide(case.rings[0], "dismissed", by="Ann")
    before = (tmp_path / "case.decisions.jsonl").read_bytes()
    case = written(compared(later(case_of((0, 10))), case), tmp_path / "case")
    assert status(case).status == "dismissed"
    assert (tmp_path / "case.decisions.jsonl").read_bytes() == before


def test_a_journal_that_is_damaged_later_is_a_note_and_hides_nothing(tmp_path):
    monday = written(case_of((0, 10)), tmp_path / "monday")
    monday.decide(monday.rings[0], "dismissed", by="Ann")
    tuesday = written(compared(later(case_of((0, 10))), monday), tmp_path / "tuesday")
    (tmp_path / "monday.decisions.jsonl").write_text("something else\n", encoding="ascii")
    assert status(tuesday).status == "dismissed"
    assert "is not a journal" in tuesday.decisions.notes()[0]


@pytest.mark.parametrize(("second", "expected"), [("dismissed", "dismissed"), ("confirmed", "open")])
def test_members_who_come_back_have_their_decision_unless_the_line_was_decided_otherwise(journal, second, expected):
    first = case_of((0, 10), journal=journal)
    first.decide(first.rings[0], "dismissed", by="Ann")
    grown = compared(later(case_of((0, 11), journal=journal), "2"), first)
    grown.decide(grown.rings[0], second, by="Bob")
    back = compared(later(case_of((0, 10), journal=journal), "3"), grown)
    assert status(back).status == expected
    assert [one.decision.by for one in status(back).earlier] == (["Bob"] if expected == "dismissed" else ["Bob", "Ann"])
