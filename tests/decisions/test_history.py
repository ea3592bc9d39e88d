"""What applies by the journal, and which decisions are offered for rings that changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from decisions.people import OTHER, decision, in_order, subject
from hypothesis import given
from hypothesis import strategies as st

from collusion.decisions.entry import STATUSES
from collusion.decisions.history import LEAST_JACCARD, RingStatus, SimilarRings, fold

RING = subject()
KEY = (RING.log, RING.ring_id)


def after(*steps):
    """What stands for the ring after ("Ann", status), ..."""
    return fold(in_order(*(decision(status, by=by) for by, status in steps)))[KEY]


def told(current):
    return current.status, current.people


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("Ann", "confirmed")], ("confirmed", ("Ann",))),
        ([("Ann", "confirmed"), ("Bob", "dismissed")], ("dismissed", ("Bob",))),
        ([("Ann", "in progress")], ("in progress", ("Ann",))),
        ([("Ann", "in progress"), ("Bob", "in progress")], ("in progress", ("Ann", "Bob"))),
        ([("Ann", "in progress"), ("Ann", "in progress")], ("in progress", ("Ann",))),
        ([("Ann", "in progress"), ("Bob", "in progress"), ("Ann", "open")], ("in progress", ("Bob",))),
        ([("Ann", "in progress"), ("Bob", "in progress"), ("Bob", "open")], ("in progress", ("Ann",))),
        ([("Ann", "in progress"), ("Bob", "in progress"), ("Ann", "confirmed")], ("confirmed", ("Ann",))),
        ([("Ann", "in progress"), ("Ann", "open")], ("open", ("Ann",))),
        ([("Ann", "in progress"), ("Bob", "open")], ("open", ("Bob",))),
        ([("Ann", "confirmed"), ("Bob", "in progress")], ("in progress", ("Bob",))),
        ([("Ann", "in progress"), ("Ann", "confirmed"), ("Bob", "in progress")], ("in progress", ("Bob",))),
        ([(None, "dismissed")], ("dismissed", ())),
    ],
)
def test_what_stands_after_some_steps(steps, expected):
    assert told(after(*steps)) == expected


@given(st.lists(st.tuples(st.sampled_from(["Ann", "Bob", "Cy"]), st.sampled_from(STATUSES)), min_size=1))
def test_claims_are_those_who_said_so_and_neither_gave_back_nor_saw_it_decided(steps):
    """Against a slow account: people at work as a set, walked through step by step."""
    working, status = set(), "open"
    for by, said in steps:
        if said == "in progress":
            working, status = working | {by}, said
        elif said == "open" and by in working and len(working) > 1:
            working = working - {by}
        else:
            working, status = set(), said
    current = after(*steps)
    assert current.status == status
    assert {claim.by for claim in current.claims} == working
    assert (current.status == "in progress") == bool(current.claims)
    assert len(current.claims) == len(working)


def test_the_order_of_the_file_counts_and_never_the_clock():
    backwards = [
        replace(decision("confirmed"), time="2026-05-02T00:00:00Z", line=1),
        replace(decision("dismissed"), time="1999-01-01T00:00:00Z", line=2),
    ]
    assert fold(backwards)[KEY].status == "dismissed"


def test_logs_and_rings_do_not_mix():
    other = subject(log=OTHER)
    current = fold(in_order(decision("confirmed"), decision("dismissed", other), decision("open", subject("abcd"))))
    assert [one.status for one in current.values()] == ["confirmed", "dismissed", "open"]
    assert len(current) == 3


def similar_to(ring, *decided):
    return SimilarRings(fold(in_order(*decided))).similar_to(ring)


def test_a_ring_that_changed_a_little_is_offered_with_what_was_decided_and_how_much_is_shared():
    (offered,) = similar_to(subject("abcdefghij", "xy"), decision("dismissed", subject("abcdefghi", "xyz"), by="Bob"))
    assert (offered.reviewers, offered.products, offered.same_log) == (0.9, pytest.approx(2 / 3), True)
    old = subject("abcdefghi", "xyz").ring_id
    assert str(offered) == f"was dismissed by Bob (2026-05-01) as {old} (Jaccard 0.90 of reviewers, 0.67 of products)"


def test_those_who_work_on_a_ring_like_it_are_named():
    (offered,) = similar_to(subject("abcd", "xy"), decision("in progress", by="Ann"), decision("in progress", by="Bob"))
    assert str(offered).startswith("is in progress by Ann, Bob (2026-05-01) as R-")


def test_offered_are_rings_that_share_half_of_the_reviewers_the_most_alike_first():
    rings = [subject("abcdefgh", "x"), subject("abcd", "x"), subject("abc", "x"), subject("abcdefgi", "y"), subject("xyz", "x")]
    found = similar_to(subject("abcdefgh", "x"), *(decision("confirmed", ring) for ring in rings))
    assert [one.decision.ring for one in found] == [rings[0], rings[3], rings[1]]
    assert [one.reviewers for one in found] == [1, 7 / 9, 0.5]
    assert min(one.reviewers for one in found) == LEAST_JACCARD


def test_the_same_ring_in_another_log_is_offered_and_told_as_such():
    (offered,) = similar_to(RING, decision("confirmed", subject(log=OTHER)))
    assert (offered.reviewers, offered.products, offered.same_log) == (1, 1, False)
    assert "in another log" in str(offered)


def test_a_ring_that_was_opened_again_is_not_offered():
    assert similar_to(subject("abcd"), decision("confirmed"), decision("open")) == []


@given(st.lists(st.tuples(st.sets(st.integers(0, 8), min_size=1), st.sets(st.integers(0, 3))), min_size=1, max_size=6))
def test_the_index_finds_what_a_comparison_of_all_pairs_finds(members):
    rings = [subject([f"r{i}" for i in sorted(r)], [f"p{i}" for i in sorted(p)], log=f"log {n}") for n, (r, p) in enumerate(members)]
    new, *old = rings
    decided = in_order(*(decision("confirmed", ring) for ring in old))

    def jaccard(one, other):
        return len({*one} & {*other}) / len({*one} | {*other}) if one or other else 1.0

    expected = sorted(
        (-jaccard(new.reviewers, d.ring.reviewers), -jaccard(new.products, d.ring.products), -d.line)
        for d in decided
        if jaccard(new.reviewers, d.ring.reviewers) >= 0.5
    )
    assert [(-one.reviewers, -one.products, -one.decision.line) for one in similar_to(new, *(decided))] == expected


def test_words():
    assert str(RingStatus("R-1")) == "open"
    assert str(after(("Ann", "confirmed"))) == "confirmed by Ann (2026-05-01)"
    assert str(after(("Ann", "in progress"), ("Bob", "in progress"))) == "in progress by Ann, Bob (2026-05-01)"
    assert str(after((None, "dismissed"))) == "dismissed (2026-05-01)"
    assert str(after(("Ann", "confirmed"), ("Bob", "open"))) == "opened again by Bob (2026-05-01)"
