"""Appeals: what may follow what, what they count as, and how they are kept in the journal."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from decisions.people import LOG, OTHER, decision, in_order, subject
from report.fake_case import make_case, make_log, make_ring

from collusion.base.errors import ConfigError
from collusion.decisions.entry import APPEALS, STATUSES, decode, encode
from collusion.decisions.history import fold
from collusion.decisions.precision import precision_of

FOLLOWS = {
    "appealed": {"confirmed", "upheld"},
    "upheld": {"appealed"},
    "overturned": {"appealed"},
    "confirmed": {None, *STATUSES} - {"appealed"},
    "dismissed": {None, *STATUSES} - {"appealed"},
}
"""What each status may follow; claims and `open` follow everything."""

WAY = {"appealed": ("confirmed", "appealed"), "upheld": ("confirmed", "appealed", "upheld")}
WAY |= {"overturned": ("confirmed", "appealed", "overturned"), None: ()}
"""Decisions that lead to a status."""


@pytest.fixture
def case(tmp_path):
    frame, reviewers, products = make_log(12, 6, 400, text=False)
    rings = [make_ring(frame, reviewers, products), make_ring(frame, ["u", "v"], ["x"], rank=2, status="candidate")]
    return make_case(frame, rings).with_journal(tmp_path / "x.jsonl")


def decide(case, *statuses, rank=0):
    for status in statuses:
        case.decide(case.rings[rank], status, note="a reason", by="Ann")
    return case.decisions.statuses()[rank]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("before", [None, *STATUSES])
def test_only_what_is_sensible_follows(case, before, status):
    decide(case, *WAY.get(before, (before,)))
    # Of a ring that somebody works on, what was decided before the claim counts; here nothing was.
    stands = None if before == "in progress" else before
    written = case.decisions.history()
    if stands in FOLLOWS.get(status, {None, *STATUSES}):
        assert decide(case, status).status == status
    else:
        with pytest.raises(ConfigError, match=r"^status: R-[0-9a-f]{12}|^status: an appeal of R-[0-9a-f]{12}"):
            decide(case, status)
        assert case.decisions.history() == written


@pytest.mark.parametrize("status", APPEALS)
@pytest.mark.parametrize("note", ["", "  \n "])
def test_an_appeal_needs_a_reason_and_all_faults_are_one_error(case, status, note):
    with pytest.raises(ConfigError) as error:
        case.decide(case.rings[0], status, note=note)
    assert [line.split(":")[0] for line in str(error.value).splitlines()] == ["note", "status"]


def test_a_claim_ends_no_appeal(case):
    decide(case, "confirmed", "appealed", "in progress")
    case.decide(case.rings[0], "in progress", by="Bea")
    case.decide(case.rings[0], "open", by="Bea")
    current = case.decide(case.rings[0], "upheld", note="the invoice is forged", by="Ann")
    assert (current.status, current.counts_as, current.claims) == ("upheld", "confirmed", ())


def test_an_appeal_of_one_ring_is_none_of_another_nor_in_another_log(case):
    decide(case, "confirmed", "appealed")
    with pytest.raises(ConfigError, match="has no decision"):
        decide(case, "overturned", rank=1)
    here, there = subject(log=LOG), subject(log=OTHER)
    folded = fold(in_order(decision("confirmed", here), decision("appealed", here), decision("confirmed", there)))
    assert [one.standing for one in folded.values()] == ["appealed", "confirmed"]


def test_a_status_finds_what_counts_as_it(case):
    decide(case, "confirmed", "appealed")
    found = {status: [one.ring_id for one in case.decisions.select(status)] for status in STATUSES}
    first, second = (ring.id for ring in case.rings)
    assert found == {**{status: [] for status in STATUSES}, "open": [first, second], "appealed": [first]}
    decide(case, "upheld")
    assert [one.ring_id for one in case.decisions.select("confirmed")] == [first]
    assert [one.status for one in case.decisions.history(status="confirmed")] == ["confirmed", "upheld"]


@pytest.mark.parametrize(("last", "confirmed", "dismissed"), [("appealed", 0, 0), ("upheld", 1, 0), ("overturned", 0, 1)])
def test_precision_counts_the_answer_and_no_pending_appeal(last, confirmed, dismissed):
    """Whoever claims the ring in the meantime."""
    statuses = ["confirmed", "appealed", "in progress", *([] if last == "appealed" else [last])]
    found = precision_of(in_order(*(decision(status, note="why") for status in statuses)))
    assert (found.shares[0].confirmed, found.shares[0].dismissed) == (confirmed, dismissed)
    assert {status: getattr(found, status) for status in APPEALS} == {**dict.fromkeys(APPEALS, 0), last: 1}
    assert found.disputed == (last == "overturned")
    assert found.appeals.startswith("Appeals: ")
    assert not precision_of(in_order(decision())).appeals


@pytest.mark.parametrize("status", STATUSES)
def test_only_lines_of_appeals_have_the_new_version(status):
    """Programs that do not know appeals read all other lines as before, and say of these that they must be updated."""
    line = encode(decision(status))
    assert json.loads(line)["collusion_decision"] == (2 if status in APPEALS else 1)
    assert decode(line, 1) == decision(status, line=1)


def test_any_order_of_lines_is_read():
    """Two people may write at once, so a journal may hold what no single writer would."""
    lines = in_order(*(decision(status) for pair in pairwise(STATUSES * 2) for status in pair))
    (current,) = fold(lines).values()
    assert current.decision == lines[-1]


def test_of_two_answers_at_once_the_first_counts(case):
    decide(case, "confirmed", "appealed")
    late, ring = case.decisions, case.rings[0]

    def clock():
        # Somebody else answers after the check, and before the line is written.
        case.decide(ring, "overturned", note="an invoice", by="Bob")
        return "2026-01-01T00:00:00Z"

    with pytest.raises(ConfigError, match="is overturned, and 'upheld' answers an appeal"):
        replace(late, clock=clock).decide(ring.id, "upheld", note="no invoice", by="Ann")
    assert [one.status for one in case.decisions.history()] == ["confirmed", "appealed", "overturned"]
