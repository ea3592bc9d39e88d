"""The rings of a case and what the journal says of them: decide, look up, carry to the next run."""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import count

import pytest
from report.fake_case import make_case, make_log, make_ring
from report.hostile import HOSTILE, hostile_case

from collusion.base.errors import ConfigError, InputError, OutputError
from collusion.base.model import Source
from collusion.decisions import decisions_of_case


@pytest.fixture
def log():
    return make_log(12, 6, 400, text=False)


@pytest.fixture
def case(log, tmp_path):
    frame, reviewers, products = log
    rings = [make_ring(frame, reviewers, products), make_ring(frame, ["u", "v"], ["x"], rank=2, status="candidate")]
    rings.append(make_ring(frame, ["s", "t"], ["y"], rank=3, status="explained", explained_by="fans"))
    return make_case(frame, rings).with_journal(tmp_path / "x.jsonl")


def rerun(case, *, rings=None, digest=None):
    """The case of another run: with other rings, on another log."""
    provenance = case.provenance
    if digest is not None:
        provenance = replace(provenance, sources=(Source("log.csv", "csv", 10, 0, digest),))
    return replace(case, rings=case.rings if rings is None else tuple(rings), provenance=provenance)


def statuses(case):
    return [one.status for one in case.decisions.statuses()]


def test_a_decision_stands_with_its_note_and_author_and_the_others_are_open(case):
    first, second, third = case.rings
    current = case.decide(first, "confirmed", note="paid on a forum", by="Ann")
    assert (current.status, current.people, current.decision.note) == ("confirmed", ("Ann",), "paid on a forum")
    assert statuses(case) == ["confirmed", "open", "open"]
    case.decide(third.id, "dismissed", by="Bob")
    assert statuses(case) == ["confirmed", "open", "dismissed"]
    assert [(one.ring.ring_id, one.status, one.by) for one in case.decisions.history()] == [
        (first.id, "confirmed", "Ann"),
        (third.id, "dismissed", "Bob"),
    ]
    assert case.decisions.history(second.id) == ()


def test_a_line_holds_members_digest_version_and_what_the_scan_said(case):
    ring = case.rings[2]
    case.decide(ring, "dismissed", by="Ann")
    (one,) = case.decisions.history()
    assert (one.ring.reviewers, one.ring.products, one.ring.ring_id) == (ring.reviewers, ring.products, ring.id)
    assert (one.ring.found, one.ring.explained_by, one.ring.q_value, one.ring.detectors) == ("explained", "fans", 0.025, ("lockstep",))
    assert one.version == case.provenance.versions["collusion"]
    assert one.time.endswith("Z")
    assert one.ring.log == case.decisions.log != rerun(case, digest="other").decisions.log


def test_two_who_claim_one_ring_see_each_other(case, caplog):
    ring = case.rings[0]
    assert case.decide(ring, "in progress", by="Ann").people == ("Ann",)
    assert caplog.records == []
    with caplog.at_level(logging.WARNING):
        assert case.decide(ring, "in progress", by="Bob").people == ("Ann", "Bob")
    assert f"{ring.id} is also in progress by Ann (since 20" in caplog.text
    assert case.decisions.statuses()[0].people == ("Ann", "Bob")  # Ann sees it, too


def test_open_and_mine(case):
    first, second, third = case.rings
    case.decide(first, "in progress", by="Ann")
    case.decide(second, "in progress", by="Bob")
    case.decide(third, "confirmed", by="Ann")
    decided = case.decisions
    assert [one.ring_id for one in decided.select(("open", "in progress"), by="Ann")] == [first.id]
    assert [one.ring_id for one in decided.select("confirmed")] == [third.id]
    assert [one.ring_id for one in decided.select(by="Ann")] == [first.id, third.id]
    case.decide(second, "open", by="Bob")
    assert [one.ring_id for one in decided.select("open")] == [second.id]
    assert len(decided.select()) == 3


def test_decisions_are_carried_to_the_next_run_of_the_same_log_by_ring_identity(case):
    case.decide(case.rings[0], "confirmed", by="Ann")
    later = rerun(case, rings=reversed(case.rings))
    assert statuses(later) == ["open", "open", "confirmed"]


def test_a_ring_that_changed_a_little_is_offered_the_decision_and_not_given_it(case, log):
    frame, reviewers, products = log
    old = case.rings[0]
    case.decide(old, "confirmed", by="Ann")
    changed = make_ring(frame, sorted(reviewers)[1:], products)
    later = rerun(case, rings=[changed, *case.rings[1:]])
    current, *others = later.decisions.statuses()
    assert (current.status, current.decision) == ("open", None)
    (offered,) = current.earlier
    assert (offered.decision.ring.ring_id, offered.reviewers, offered.products) == (old.id, pytest.approx(11 / 12), 1)
    assert all(one.earlier == () for one in others)
    assert [one.ring_id for one in later.decisions.vanished()] == [old.id]
    # One's own decision ends the offer.
    later.decide(changed, "dismissed", by="Bob")
    assert later.decisions.statuses()[0].earlier == ()


def test_a_decision_on_a_ring_that_this_run_did_not_find_can_be_taken_back(case):
    gone = case.rings[0]
    case.decide(gone, "confirmed", by="Ann")
    later = rerun(case, rings=case.rings[1:])
    assert later.decide(gone.id, "open", by="Ann").status == "open"
    assert statuses(case) == ["open", "open", "open"]
    assert [one.status for one in later.decisions.vanished()] == ["open"]


def test_a_journal_of_another_log_is_told_and_nothing_is_carried(case, caplog):
    case.decide(case.rings[0], "confirmed", by="Ann")
    other = rerun(case, digest="sha256:" + "cd" * 32)
    assert statuses(other) == ["open"] * 3
    assert other.decisions.statuses()[0].earlier[0].same_log is False
    assert "all decisions were made on a different version of the log" in other.decisions.notes()[0]
    with caplog.at_level(logging.WARNING):
        other.decide(other.rings[1], "dismissed", by="Ann")
    assert "all decisions were made on a different version of the log" in caplog.text
    assert "1 of 2 decisions was made on a different version of the log" in other.decisions.notes()[0]
    caplog.clear()
    other.decide(other.rings[2], "dismissed", by="Ann")  # it is in use for this log now
    assert caplog.text == ""
    assert statuses(case) == ["confirmed", "open", "open"]


def test_a_log_is_known_by_its_bytes_whatever_the_names_and_order_of_its_files(case):
    one, other = Source("a.csv", "csv", 1, 0, "x"), Source("b.csv", "csv", 1, 1, "y")

    def log_of(*sources):
        return decisions_of_case(replace(case, provenance=replace(case.provenance, sources=sources))).log

    assert log_of(one, other) == log_of(replace(other, name="c"), one)
    assert len({log_of(one, other), log_of(one), log_of(other), log_of(one, one), log_of()}) == 5


def test_a_clock_that_goes_backwards_changes_no_order(case):
    years = count(2030, -1)
    decided = replace(case.decisions, clock=lambda: f"{next(years)}-01-01T00:00:00.000000Z")
    for status in ("confirmed", "dismissed", "confirmed", "dismissed"):
        decided.decide(case.rings[0].id, status, by="Ann")
    assert [one.time[:4] for one in case.decisions.history()] == ["2030", "2029", "2028", "2027"]
    assert statuses(case)[0] == "dismissed"


def test_whatever_is_wrong_is_told_at_once_and_nothing_is_written(case, tmp_path):
    with pytest.raises(ConfigError) as told:
        case.decide("R-nothing", "confirmd", by="a\nb", note=5)
    lines = str(told.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["by", "ring", "status", "note"]
    assert "did you mean 'confirmed'?" in str(told.value)
    with pytest.raises(ConfigError, match="claims the ring for a person"):
        case.decide(case.rings[0], "in progress")
    with pytest.raises(ConfigError, match="did you mean 'in progress'"):
        case.decisions.select("in-progress")
    assert list(tmp_path.iterdir()) == []


def test_names_of_rings_in_messages_hide_nothing(case):
    with pytest.raises(ConfigError) as told:
        case.decide("R-\x1b[31m\u202e" + "x" * 5000, "open")
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 400


def test_by_default_the_journal_is_in_the_current_folder(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plain = replace(case, journal=type(case).journal)
    plain.decide(case.rings[0], "confirmed")
    assert [path.name for path in tmp_path.iterdir()] == ["collusion-decisions.jsonl"]
    assert statuses(plain)[0] == "confirmed"


def test_looking_writes_nothing(case, tmp_path):
    decided = case.decisions
    assert (decided.history(), decided.notes(), decided.vanished()) == ((), (), ())
    assert len(decided.statuses()) == 3
    assert "decision" not in case._repr_html_()
    assert list(tmp_path.iterdir()) == []


def test_damaged_lines_are_told_and_the_others_count(case):
    for ring in case.rings:
        case.decide(ring, "confirmed", by="Ann")
    path = case.decisions.journal.path
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b'"Ann"', b'"Eve"', 1)[:-20])
    assert statuses(case) == ["open", "confirmed", "open"]
    notes = case.decisions.notes()
    assert ": line 1 was changed after it was written" in notes[0]
    assert ": line 3 is incomplete" in notes[1]
    assert all(note in case._repr_html_() for note in notes)


def test_the_table_of_a_notebook_shows_decisions_where_there_are_some(case, log):
    frame, reviewers, products = log
    first, second, _ = case.rings
    before = case._repr_html_()
    case.decide(first, "confirmed", by="<b>Ann</b>")
    shown = case._repr_html_()
    assert ">decision</th>" in shown
    assert ">confirmed by &lt;b&gt;Ann&lt;/b&gt; (20" in shown
    assert shown.count("<td") == before.count("<td") + 3
    later = rerun(case, rings=[make_ring(frame, sorted(reviewers)[1:], products), second])
    assert (
        f">was confirmed by &lt;b&gt;Ann&lt;/b&gt; ({case.decisions.history()[0].time[:10]}) as {first.id} (Jaccard 0.92"
        in later._repr_html_()
    )


def test_a_broken_journal_does_not_hide_the_rings(case):
    case.decisions.journal.path.write_text("<script>alert(1)</script>\n", encoding="utf-8")
    shown = case._repr_html_()
    assert case.rings[0].id in shown
    assert "is not a journal of decisions" in shown
    with pytest.raises(InputError):
        case.decide(case.rings[0], "open")
    assert "ends in .jsonl" in case.with_journal("log.csv")._repr_html_()


def test_hostile_ids_and_notes_run_nowhere(tmp_path):
    case = hostile_case().with_journal(tmp_path / "x.jsonl")
    for n, text in enumerate(HOSTILE):
        case.decide(case.rings[n % 2], "confirmed", note=text, by="<img src=x onerror=alert(1)>")
    assert [one.note for one in case.decisions.history()] == HOSTILE
    # Of ours is the line of activity in a table's row.
    before = hostile_case().with_journal(tmp_path / "none.jsonl")._repr_html_().count("<svg")
    for page, own in ((case._repr_html_(), before), (case.decisions._repr_html_(), 0)):
        assert "<img" not in page
        assert "<script" not in page
        assert page.count("<svg") == own
        assert page.isprintable()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in case.decisions._repr_html_()


def test_a_place_where_nothing_can_be_written_is_told(case, tmp_path):
    with pytest.raises(OutputError, match=r"cannot be written \(No such file or directory\); nothing was recorded"):
        case.with_journal(tmp_path / "none" / "x.jsonl").decide(case.rings[0], "confirmed")
