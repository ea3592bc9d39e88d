"""Laws of `collusion decide` and `collusion decisions`."""

from __future__ import annotations

import getpass
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from report.fake_case import make_case, make_log, make_ring

from collusion import cli, write_case


@pytest.fixture
def rings():
    frame, reviewers, products = make_log(12, 6, 400, text=False)
    return frame, [
        make_ring(frame, reviewers, products),
        make_ring(frame, sorted(reviewers)[:2], sorted(products)[:2], rank=2, status="candidate"),
        make_ring(frame, sorted(reviewers)[2:4], sorted(products)[2:4], rank=3, status="explained", explained_by="fans"),
    ]


@pytest.fixture
def folder(rings, tmp_path):
    frame, found = rings
    write_case(make_case(frame, found), tmp_path / "case", ["csv", "json"])
    return tmp_path / "case"


@pytest.fixture
def ids(rings):
    return [ring.id for ring in rings[1]]


def run(*arguments):
    return cli.main([str(one) for one in arguments])


def told(capsys, *arguments):
    capsys.readouterr()
    assert run(*arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_a_decision_is_written_beside_the_folder_and_listed(folder, ids, capsys):
    assert run("decide", folder, ids[0], "confirmed", "--note", "paid on a forum", "--by", "ann") == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{ids[0]} confirmed by ann (" in shown.err
    assert str(folder.parent / "case.decisions.jsonl") in shown.err
    assert sorted(path.name for path in folder.parent.iterdir()) == ["case", "case.decisions.jsonl"]
    assert run("decisions", folder) == 0
    shown = capsys.readouterr()
    assert "paid on a forum" in shown.out
    assert ids[0] in shown.out
    assert ids[1] not in shown.out
    assert "1 of 1 decided ring is confirmed, 1.00 (95 % interval 0.03 to 1.00)" in shown.err


def test_a_ring_is_named_by_rank_or_by_the_start_of_its_id(folder, ids, capsys):
    """Whatever names a ring alone does; otherwise the error lists the rings that are meant, and nothing is recorded."""
    for given, ring in (("3", ids[2]), (ids[1][:6], ids[1]), (ids[0].lower(), ids[0])):
        assert told(capsys, "decide", folder, given, "open", "--by", "ann")["ring"] == ring
        assert told(capsys, "decisions", folder, "--ring", given)["rings"][0]["ring"] == ring
    journal = (folder.parent / "case.decisions.jsonl").read_bytes()
    for given, says in (
        ("R-", [f"{ring} (rank {rank})" for rank, ring in enumerate(ids, 1)]),
        ("4", ["the ranks of this case are 1 to 3"]),
    ):
        assert run("decide", folder, given, "confirmed", "--by", "ann") == 2
        shown = capsys.readouterr().err
        assert all(one in shown for one in says)
    assert (folder.parent / "case.decisions.jsonl").read_bytes() == journal


def test_decisions_outlive_the_folder_and_stand_for_the_next_scan_of_the_log(folder, rings, ids, capsys):
    run("decide", folder, ids[0], "confirmed", "--by", "ann")
    frame, found = rings
    write_case(make_case(frame, [replace(one, rank=rank) for rank, one in enumerate(found[1:], 1)]), folder, ["json"], overwrite=True)
    listed = told(capsys, "decisions", folder)
    assert [one["status"] for one in listed["rings"]] == ["open", "open"]
    assert [(one["ring"], one["status"]) for one in listed["not_found_by_this_scan"]] == [(ids[0], "confirmed")]
    write_case(make_case(frame, found), folder, ["json"], overwrite=True)
    assert [one["status"] for one in told(capsys, "decisions", folder)["rings"]] == ["confirmed", "open", "open"]


def test_json_stands_alone_and_holds_status_history_and_precision(folder, ids, capsys):
    first = told(capsys, "decide", folder, ids[0], "in-progress", "--by", "ann")
    assert (first["ring"], first["status"], [claim["by"] for claim in first["claims"]]) == (ids[0], "in progress", ["ann"])
    both = told(capsys, "decide", folder, ids[0], "in progress", "--by", "bob")
    assert [claim["by"] for claim in both["claims"]] == ["ann", "bob"]
    told(capsys, "decide", folder, ids[0], "confirmed", "--by", "bob", "--note", "\u2028x\ud800")
    told(capsys, "decide", folder, ids[2], "dismissed", "--by", "ann")
    listed = told(capsys, "decisions", folder)
    assert [one["status"] for one in listed["rings"]] == ["confirmed", "open", "dismissed"]
    assert [(one["ring"], one["status"], one["by"], one["line"]) for one in listed["history"]] == [
        (ids[0], "in progress", "ann", 1),
        (ids[0], "in progress", "bob", 2),
        (ids[0], "confirmed", "bob", 3),
        (ids[2], "dismissed", "ann", 4),
    ]
    assert listed["history"][2]["note"] == "\u2028x\ud800"
    total = listed["precision"]["shares"][0]
    assert (total["confirmed"], total["dismissed"], total["value"]) == (1, 1, 0.5)
    assert {one["name"] for one in listed["precision"]["shares"]} >= {"lockstep", "fans", "flagged"}
    assert listed["notes"] == []


def test_filters(folder, ids, capsys):
    run("decide", folder, ids[0], "in-progress", "--by", "ann")
    run("decide", folder, ids[1], "in-progress", "--by", "bob")
    run("decide", folder, ids[2], "confirmed", "--by", "ann")

    def listed(*options):
        return [one["ring"] for one in told(capsys, "decisions", folder, *options)["rings"]]

    assert listed("--status", "open,in-progress", "--by", "ann") == [ids[0]]
    assert listed("--status", "in-progress") == ids[:2]
    assert listed("--by", "ann") == [ids[0], ids[2]]
    assert listed("--status", "open") == []
    assert listed("--ring", ids[1]) == [ids[1]]
    run("decide", folder, ids[1], "open", "--by", "bob")
    history = told(capsys, "decisions", folder, "--ring", ids[1])["history"]
    assert [one["status"] for one in history] == ["in progress", "open"]
    assert [one["status"] for one in told(capsys, "decisions", folder, "--ring", ids[1], "--status", "open")["history"]] == ["open"]
    assert run("decisions", folder, "--ring", ids[1]) == 0
    assert "in progress" in capsys.readouterr().out


def test_open_rings_are_listed_where_they_are_asked_for(folder, ids, capsys):
    assert run("decisions", folder) == 0
    assert all(one not in capsys.readouterr().out for one in ids)
    assert run("decisions", folder, "--status", "open") == 0
    shown = capsys.readouterr().out
    assert all(one in shown for one in ids)


def test_without_by_the_user_decides(folder, ids, capsys, monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "cy")
    assert told(capsys, "decide", folder, ids[0], "confirmed")["decision"]["by"] == "cy"

    def nobody():
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert run("decide", folder, ids[0], "confirmed") == 2
    assert "--by" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["decide", "{folder}", "R-none", "confirmed"], 2, "the case has no ring 'R-none'"),
        (["decide", "{folder}", "{ring}", "guilty"], 2, "there is no status 'guilty'"),
        (["decide", "{folder}", "{ring}", "confirm"], 2, "did you mean 'confirmed'"),
        (["decide", "{folder}", "{ring}", "open", "--by", "\x1b[31m"], 2, "is not a name"),
        (["decide", "{folder}/none", "{ring}", "open"], 3, "there is no such file"),
        (["decisions", "{folder}/none"], 3, "there is no such file"),
        (["decisions", "{folder}", "--status", "opn"], 2, "did you mean 'open'"),
        (["decisions", "{folder}", "--ring", "R-\x1b"], 2, "the case has no ring"),
        (["decide", "{folder}"], 2, "RING"),
    ],
)
def test_what_is_refused_is_told_coded_and_leaves_nothing(folder, ids, capsys, arguments, code, says):
    assert run(*(one.replace("{folder}", str(folder)).replace("{ring}", ids[0]) for one in arguments)) == code
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.out == ""
    assert "\x1b" not in shown.err
    assert [path.name for path in folder.parent.iterdir()] == ["case"]


def test_notes_cannot_steer_the_terminal_and_long_ones_are_cut(folder, ids, capsys):
    assert run("decide", folder, ids[0], "confirmed", "--by", "ann", "--note", "\x1b[31mred\u202e\r\n" + "x" * 100_000) == 0
    for options in ([], ["--ring", ids[0]]):
        assert run("decisions", folder, *options) == 0
        shown = capsys.readouterr()
        assert "\x1b" not in shown.out + shown.err
        assert "\u202e" not in shown.out
        assert "\\x1b[31mred" in shown.out.replace("\n", "")
    assert run("decisions", folder) == 0
    assert len(capsys.readouterr().out) < 5000


def test_damage_is_told_and_the_rest_counts(folder, ids, capsys):
    run("decide", folder, ids[0], "confirmed", "--by", "ann")
    journal = folder.parent / "case.decisions.jsonl"
    with journal.open("ab") as stream:
        stream.write(b'{"collusion_dec')
    assert run("decisions", folder) == 0
    assert "note: " in capsys.readouterr().err
    run("decide", folder, ids[1], "confirmed", "--by", "ann")
    listed = told(capsys, "decisions", folder)
    assert [one["status"] for one in listed["rings"]] == ["confirmed", "confirmed", "open"]
    assert "line 2 is incomplete" in listed["notes"][0]


def test_a_disk_that_is_full_fails_with_1_and_keeps_the_journal(folder, ids):
    run("decide", folder, ids[0], "confirmed", "--by", "ann")
    journal = folder.parent / "case.decisions.jsonl"
    before = journal.read_bytes()
    code = (
        "import resource, sys; from collusion import cli; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 50}, resource.RLIM_INFINITY)); "
        f"sys.exit(cli.main(['decide', {str(folder)!r}, {ids[1]!r}, 'dismissed']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "nothing was recorded" in done.stderr
    assert journal.read_bytes() == before


def test_help_lists_both(capsys):
    assert run("--help") == 0
    shown = capsys.readouterr().out
    assert "decide " in shown
    assert "decisions " in shown
