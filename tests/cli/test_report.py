"""Laws of `collusion report` and `case.report`: what people decided, beside the case, which stays as it is."""

from __future__ import annotations

import csv
import json
import re
from html import unescape

import pytest
from report.fake_case import make_case, make_log, make_ring
from report.hostile import HOSTILE

import collusion as cl
from collusion import cli, write_case
from collusion.case.decided import COLUMNS
from collusion.export.escape import cell
from collusion.report.sanitize import sanitize


@pytest.fixture
def folder(tmp_path):
    frame, reviewers, products = make_log(12, 6, 400)
    rings = [
        make_ring(frame, reviewers, products),
        make_ring(frame, sorted(reviewers)[:2], sorted(products)[:2], rank=2, status="candidate"),
        make_ring(frame, sorted(reviewers)[2:4], sorted(products)[2:4], rank=3, status="explained", explained_by="fans"),
    ]
    write_case(make_case(frame, rings), tmp_path / "case", ["csv", "json", "report"])
    return tmp_path / "case"


@pytest.fixture
def case(folder):
    return cl.read_case(folder)


def run(*arguments):
    return cli.main([str(one) for one in arguments])


def decide(case, ring, *statuses, note="because", by="Ann"):
    for status in statuses:
        case.decide(case.rings[ring], status, note=note, by=by)


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "run.json"}


def table(folder):
    csv.field_size_limit(2_000_000)
    with (folder / "decisions.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def page(folder, ring=None):
    return (folder / ("index.html" if ring is None else f"rings/{ring.id}.html")).read_text(encoding="utf-8")


def test_pages_and_table_say_what_was_decided_and_the_case_stays_as_it_is(folder, case, capsys):
    before = files(folder)
    decide(case, 0, "in progress", "confirmed", note="paid on a forum")
    decide(case, 2, "dismissed", note="a book club", by="Bea")
    assert run("report", folder, "--json") == 0
    out = folder.parent / "case.report"
    told = json.loads(capsys.readouterr().out)
    assert told == {"out": str(out), "files": ["index.html", "decisions.csv"], "groups": 3, "listed": 3}
    assert files(folder) == before
    index = page(out)
    for said in ("paid on a forum", "a book club", "Precision so far: 1 of 2 decided rings are confirmed", "case.decisions.jsonl"):
        assert said in index
    assert [index.count(f'status decided {status}">') for status in ("confirmed", "dismissed", "open")] == [2, 2, 2]
    first = page(out, case.rings[0])
    assert first.index("in progress") < first.index('<td class="text"><bdi>paid on a forum')
    rows = table(out)
    assert tuple(rows[0]) == COLUMNS
    assert [(row["ring_id"], row["decision"], row["by"], row["before"], row["current"]) for row in rows] == [
        (case.rings[0].id, "in progress", "Ann", "", "false"),
        (case.rings[0].id, "confirmed", "Ann", "in progress", "true"),
        (case.rings[1].id, "open", "", "", "true"),
        (case.rings[2].id, "dismissed", "Bea", "", "true"),
    ]
    assert rows[1]["time"] == case.decisions.history()[1].time


def test_the_same_case_and_journal_give_the_same_bytes(folder, case):
    decide(case, 0, "confirmed", "appealed")
    one, other = case.report(), case.report(folder.parent / "other")
    assert files(one) == files(other)
    assert len(files(one)) > 4


def test_without_decisions_all_groups_are_open(folder, case):
    out = case.report()
    assert {row["decision"] for row in table(out)} == {"open"}
    assert "No decision was recorded yet" in page(out)
    assert out == folder.parent / "case.report"


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("confirmed", [0]),
        ("upheld", [0]),
        ("open", [1, 2]),
        ("appealed", [2]),
        ("dismissed,in-progress", []),
        ("open,confirmed", [0, 1, 2]),
    ],
)
def test_a_filter_by_decision_finds_what_counts_as_it(folder, case, asked, listed):
    decide(case, 0, "confirmed", "appealed", "upheld")
    decide(case, 2, "confirmed", "appealed")
    assert run("report", folder, "--decision", asked) == 0
    out = folder.parent / "case.report"
    wanted = {case.rings[k].id for k in listed}
    assert {path.stem.removesuffix("-explore") for path in (out / "rings").iterdir()} == wanted
    assert {row["ring_id"] for row in table(out)} == wanted
    assert f"{len(wanted)} of 3. The summary and the figures are of all groups." in page(out)
    assert "1 flagged, 0 coordinated, 1 candidate, 1 explained" in page(out)
    links = re.findall(
        r'href="(?:rings/)?(R-[0-9a-f]{12})', "".join(page(out, None if k is None else case.rings[k]) for k in [None, *listed])
    )
    assert {*links} == wanted


def test_history_of_an_appeal_is_told_with_reason_and_date(case):
    decide(case, 0, "confirmed", "appealed", note="the account holder sent an invoice")
    decide(case, 0, "overturned", note="the invoice is real", by="Bea")
    out = case.report()
    rows = table(out)[:3]
    assert [(row["decision"], row["counts_as"], row["before"]) for row in rows] == [
        ("confirmed", "confirmed", ""),
        ("appealed", "open", "confirmed"),
        ("overturned", "dismissed", "appealed"),
    ]
    assert "Appeals: 0 pending, 0 upheld, 1 overturned." in page(out)
    assert all(said in page(out, case.rings[0]) for said in ("sent an invoice", "the invoice is real", "Bea", rows[1]["time"][:10]))


def test_rings_that_this_scan_did_not_find_are_listed(folder, case):
    decide(case, 2, "confirmed", note="seen before")
    frame, reviewers, products = make_log(12, 6, 400)
    write_case(make_case(frame, [make_ring(frame, reviewers, products)]), folder, ["csv", "json"], overwrite=True)
    out = cl.read_case(folder).report()
    assert [(row["ring_id"], row["status"], row["rank"]) for row in table(out)][1] == (case.rings[2].id, "not found", "")
    assert "Decided groups that this scan did not find" in page(out)
    assert "seen before" in page(out)


def test_hostile_notes_run_nowhere(case):
    """A page shows them as text, a sheet as text, and neither has a control character that a terminal would obey."""
    notes = [f"{note}\nsecond line\x1b]0;x\x07" for note in HOSTILE]
    for note in notes:
        case.decide(case.rings[0], "in progress", note=note, by="<b>=1+1</b>")
    out = case.report()
    index, ring = page(out), page(out, case.rings[0])
    unseen = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
    assert not unseen.findall(index + ring)
    shown = [unescape(one) for one in re.findall(r'<td class="text"><bdi>(.*?)</bdi>', ring, re.DOTALL)]
    assert shown[: len(notes)] == [sanitize(note, prose=True) for note in notes]
    assert (index.count("<script"), ring.count("<script")) == (1, 0)
    assert not re.findall(r"<(img|iframe|b>=|svg onload|svg><script)", index + ring)
    assert not unseen.findall((out / "decisions.csv").read_text(encoding="utf-8").replace("\r", ""))
    rows = table(out)[: len(notes)]
    assert [row["note"] for row in rows if not re.match(r"[\s\"]*[=+\-@]|[\t\r\n]", row["note"])] == [row["note"] for row in rows]
    assert [row["note"] for row in rows] == [cell(sanitize(note, prose=True)) for note in notes]


def test_a_note_of_a_megabyte_is_cut_on_pages_and_whole_in_the_table(case):
    decide(case, 0, "confirmed", note="x" * 1_000_000)
    out = case.report()
    assert len(page(out, case.rings[0])) < 500_000
    assert len(table(out)[0]["note"]) == 1_000_000


def test_a_folder_is_replaced_only_where_asked_and_ours(folder, case, capsys):
    assert run("report", folder) == 0
    assert run("report", folder) == 2
    assert "add --overwrite" in capsys.readouterr().err
    decide(case, 0, "confirmed")
    assert run("report", folder, "--overwrite") == 0
    out = folder.parent / "case.report"
    assert table(out)[0]["decision"] == "confirmed"
    (out / "run.json").unlink()
    assert run("report", folder, "--overwrite") == 2
    assert run("report", folder, "--out", folder, "--overwrite") == 2
    assert "would be replaced" in capsys.readouterr().err
    assert (folder / "case.json").is_file()


def test_a_journal_that_cannot_be_read_is_an_error_and_leaves_nothing(folder, capsys):
    """A report on decisions without them would mislead."""
    (folder.parent / "case.decisions.jsonl").write_text("a diary", encoding="utf-8")
    assert run("report", folder) == 3
    assert "is not a journal" in capsys.readouterr().err
    assert sorted(path.name for path in folder.parent.iterdir()) == ["case", "case.decisions.jsonl"]


def test_a_line_that_was_cut_off_is_said(folder, case, capsys):
    decide(case, 0, "confirmed")
    journal = folder.parent / "case.decisions.jsonl"
    journal.write_bytes(journal.read_bytes()[:200])
    assert run("report", folder) == 0
    assert "line 1 is incomplete" in capsys.readouterr().err


def test_what_is_asked_wrongly_is_one_clear_error(folder, case, capsys):
    assert run("report", folder, "--decision", "confirmd,opn") == 2
    said = capsys.readouterr().err
    assert "--decision: there is no status 'confirmd'; did you mean 'confirmed'?" in said
    assert "'opn'" in said
    with pytest.raises(cl.ConfigError, match="decision: name at least one"):
        case.report(decision=())
    with pytest.raises(cl.ConfigError, match="to put the report beside"):
        case.with_journal("x.jsonl").report()


def test_the_pdf_has_the_decisions(folder, case):
    pytest.importorskip("weasyprint")
    reader = pytest.importorskip("pypdf")
    decide(case, 1, "confirmed", note="paid on a forum")
    assert run("report", folder, "--pdf", "--decision", "confirmed") == 0
    text = " ".join(one.extract_text() for one in reader.PdfReader(folder.parent / "case.report" / "report.pdf").pages)
    assert "paid on a forum" in text
    assert text.count(case.rings[1].id) > text.count(case.rings[0].id)
