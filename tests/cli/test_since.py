"""Laws of `collusion scan --since`: exit codes, what is printed, and that a killed scan leaves everything as it was."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from collusion import cli
from markets import frame, market


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """A log and the same with more rows, with one ring that is whole in both."""
    folder = tmp_path_factory.mktemp("logs")
    columns, ((people, _), *_) = market(1_500, 1, ((20, 10, 0.9),))
    table = frame(columns)
    ring = {f"u{code}" for code in people}
    honest = table.index[~table["reviewer_id"].isin(ring)]
    assert len(honest) < len(table)
    table.drop(honest[-60:]).to_csv(folder / "old.csv", index=False)
    table.to_csv(folder / "new.csv", index=False)
    return folder


def scan(log, out, *more):
    return cli.main(["scan", str(log), "--out", str(out), "--replicates", "20", "--format", "csv,json,report", "--quiet", *more])


def test_a_year_in_short(logs, tmp_path, capsys):
    old, new = tmp_path / "old", tmp_path / "new"
    assert scan(logs / "old.csv", old) == 0
    assert cli.main(["decide", str(old), "1", "dismissed", "--by", "ann"]) == 0
    kept = {path: path.read_bytes() for path in (old / "case.json", tmp_path / "old.decisions.jsonl")}
    capsys.readouterr()
    assert scan(logs / "new.csv", new, "--since", str(old), "--fail-on", "new", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["since"]["growth"] == "rows"
    assert said["since"]["new_flagged"] == []
    assert {path: path.read_bytes() for path in kept} == kept
    assert cli.main(["decisions", str(new), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["rings"][0]["status"] == "dismissed"
    assert listed["rings"][0]["carried"] is not None
    # The same bytes again, whatever the journal holds by then; only run.json has times.
    assert cli.main(["decide", str(new), "1", "confirmed", "--by", "ann"]) == 0
    assert scan(logs / "new.csv", tmp_path / "again", "--since", str(old)) == 0
    for name in ("case.json", "changes.csv", "rings.csv", "report/changes.html", "report/index.html"):
        assert (tmp_path / "again" / name).read_bytes() == (new / name).read_bytes()


def test_a_new_flagged_ring_fails_once(logs, tmp_path):
    empty = tmp_path / "empty.csv"
    head, *rows = (logs / "old.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    empty.write_text(head + "".join(rows[:300]), encoding="utf-8")
    case = tmp_path / "case"
    assert scan(empty, case) == 0
    folder = ("--overwrite", "--since", str(case), "--fail-on", "new")
    assert scan(logs / "old.csv", case, *folder) == 4
    assert scan(logs / "new.csv", case, *folder) == 0


def test_a_killed_scan_leaves_the_case_and_the_journal_as_they_were(logs, tmp_path):
    case = tmp_path / "case"
    assert scan(logs / "old.csv", case, "--replicates", "0") == 0
    assert cli.main(["decide", str(case), "1", "dismissed", "--by", "ann"]) == 0
    kept = {path: path.read_bytes() for path in (*case.rglob("*.*"), tmp_path / "case.decisions.jsonl") if path.is_file()}
    killed = "import os, signal, sys\nfrom collusion import cli, pipeline\nfrom collusion.export import files\n"
    killed += "files.write_json = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\nsys.exit(cli.main(sys.argv[1:]))"
    for out, more in ((case, ["--overwrite"]), (tmp_path / "new", [])):
        command = [sys.executable, "-c", killed, "scan", str(logs / "new.csv"), "--out", str(out), "--replicates", "0"]
        done = subprocess.run([*command, "--since", str(case), *more], check=False, capture_output=True)
        assert done.returncode == -signal.SIGKILL
        assert {path: path.read_bytes() for path in kept} == kept
    assert not (tmp_path / "new").exists()


def test_one_clear_error_before_any_work(logs, tmp_path, capsys):
    log, out = logs / "old.csv", tmp_path / "out"
    assert scan(log, out, "--since", str(tmp_path)) == 2
    assert "--since: " in (said := capsys.readouterr().err)
    assert "there is no such file" in said
    assert scan(log, out, "--fail-on", "new") == 2
    assert "--fail-on new: needs the earlier case" in capsys.readouterr().err
    assert not out.exists()


def test_pseudonyms_are_compared_with_those_of_the_same_key_alone(logs, tmp_path, capsys):
    keys = [tmp_path / "k1", tmp_path / "k2"]
    for key in keys:
        assert cli.main(["key", str(key)]) == 0
    fast = ("--replicates", "0", "--format", "json")
    assert scan(logs / "old.csv", tmp_path / "old", "--pseudonymise", str(keys[0]), *fast) == 0
    since = ("--since", str(tmp_path / "old"), *fast)
    assert scan(logs / "new.csv", tmp_path / "new", "--pseudonymise", str(keys[0]), *since) == 0
    changes = json.loads((tmp_path / "new" / "case.json").read_bytes())["since"]["changes"]
    assert {"unchanged"} <= {one["kind"] for one in changes}
    capsys.readouterr()
    assert scan(logs / "new.csv", tmp_path / "a", "--pseudonymise", str(keys[1]), *since) == 2
    assert "of the same key" in capsys.readouterr().err
    assert scan(logs / "new.csv", tmp_path / "b", *since) == 2
    assert "has pseudonyms" in capsys.readouterr().err
