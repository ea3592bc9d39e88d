"""Laws of `collusion scan`: what it prints, what it writes, how it ends."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from typing import get_args

import pytest
from report.fake_case import every_status, make_case, make_log, make_ring

from collusion import cli
from collusion.base.errors import ConfigError
from collusion.base.model import Accounting, Provenance, Status
from collusion.case import Case, Ring
from collusion.cli.options import scan_config
from collusion.cli.summary import show_summary
from collusion.cli.terminal import Terminal
from collusion.simulate.market import Market, simulate, with_honest
from collusion.simulate.plan import RingPlan
from collusion.simulate.writing import write_log

MARKET = with_honest(Market(reviews=5_000), None)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log with one plain ring."""
    path = tmp_path_factory.mktemp("market") / "reviews.csv"
    market = with_honest(Market(reviews=5_000, rings=(RingPlan(20, 10, 0.9),)), None)
    simulated = simulate(market, 1)
    write_log(simulated, path, "csv")
    return path, simulated


@pytest.fixture(scope="module")
def honest_log(tmp_path_factory):
    """A log without a ring."""
    path = tmp_path_factory.mktemp("market") / "reviews.parquet"
    write_log(simulate(MARKET, 1), path, "parquet")
    return path


def scan(path, out, *arguments):
    return cli.main(["scan", str(path), "--out", str(out), "--replicates", "20", "--format", "csv,json", *arguments])


@pytest.fixture(scope="module")
def done(log, tmp_path_factory):
    """The log scanned once: its folder, the exit code, and what was printed to stdout and to stderr."""
    out = tmp_path_factory.mktemp("done") / "out"
    with contextlib.redirect_stdout(io.StringIO()) as stdout, contextlib.redirect_stderr(io.StringIO()) as stderr:
        code = scan(log[0], out, "--json", "--fail-on", "flagged")
    return out, code, stdout.getvalue(), stderr.getvalue()


def test_json_stands_alone_on_stdout_and_agrees_with_the_files(log, done):
    """The scan fails on the flagged group after the files are written."""
    _, simulated = log
    out, code, stdout, _ = done
    told = json.loads(stdout)
    case = json.loads((out / "case.json").read_text(encoding="utf-8"))
    assert told["accounting"] == case["accounting"]
    assert [ring["ring_id"] for ring in told["rings"]] == [ring["id"] for ring in case["rings"]]
    statuses = [ring["status"] for ring in told["rings"]]
    assert told["flagged"] == statuses.count("flagged") == 1
    assert [told[name] for name in ("coordinated", "candidates", "explained")] == [
        statuses.count(name) for name in ("coordinated", "candidate", "explained")
    ]
    for one, ring in zip(told["rings"], case["rings"], strict=True):
        for name in ("rank", "status", "explained_by", "score", "q_value", "q_paid", "residual", "residual_of"):
            assert one[name] == ring[name]
        assert one["n_doubtful"] == len(ring["doubtful"])
    found = case["rings"][0]
    assert tuple(found["reviewers"]) == simulated.rings[0].reviewers
    assert told["rings"][0]["n_reviewers"] == 20
    assert told["out"] == str(out)
    assert told["exit_code"] == code == 4
    assert (out / "rings.csv").is_file()
    run = told["run"]
    assert run == json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert {*run["seconds"]} == {"read", "find", "evidence", "null", "write"}
    assert run["total_seconds"] == pytest.approx(sum(run["seconds"].values()))
    assert run["version"] == version("collusion")
    assert run["peak_memory_mib"] is None or 50 < run["peak_memory_mib"] < 10_000


def test_the_summary_accounts_for_every_row_and_shows_flagged_rings(log, done):
    out, _, _, stderr = done
    assert f"Read {len(log[1]):,} rows: " in stderr
    assert ", 0 rejected." in stderr
    assert "1 flagged, 0 coordinated, " in stderr
    assert f"Written to {out}" in stderr
    ring = json.loads((out / "case.json").read_text(encoding="utf-8"))["rings"][0]
    (line,) = [one for one in stderr.splitlines() if " flagged " in one]
    assert line.split() == [
        *("1", "flagged", f"{ring['score']:.1f}", f"{ring['q_value']:.4g}", *([] if ring["q_paid"] is None else [f"{ring['q_paid']:.4g}"])),
        *(str(len(ring["reviewers"])), str(len(ring["products"])), ring["first_review"], ring["last_review"]),
    ]


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_a_nightly_job(log, tmp_path):
    """Without a home, from one file, its log as JSON; a night that was killed while it wrote leaves nothing for the next."""
    settings = f'replicates = 20\n[run]\ninput = "{log[0]}"\nout = "case"\nformats = ["csv", "json"]\nfail_on = "flagged"\n'
    (tmp_path / "night.toml").write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "collusion", "scan", "--config", "night.toml", "--overwrite", "--log-format", "json"]
    environment = {**os.environ, "HOME": str(tmp_path / "none")}
    killed = "import os, signal, sys\nfrom collusion import cli, pipeline\nfrom collusion.export import files\n"
    killed += "files.write_json = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\nsys.exit(cli.main(sys.argv[1:]))"
    first = [sys.executable, "-c", killed, *command[3:], "--replicates", "0"]
    assert subprocess.run(first, cwd=tmp_path, env=environment, capture_output=True, check=False).returncode == -signal.SIGKILL
    (remnant,) = tmp_path.glob(".case.*.part")
    night = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (night.returncode, night.stdout) == (4, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case", "night.toml"]
    records = [json.loads(line) for line in night.stderr.splitlines()]
    assert any(remnant.name in one["message"] for one in records)
    assert {one["stage"] for one in records if "seconds" in one and "stage" in one} >= {"read", "find", "null", "evidence"}
    assert (records[-1]["exit_code"], records[-1]["level"]) == (4, "INFO")


def test_a_scan_into_a_folder_with_decisions_says_where_they_are_and_leaves_them(log, done, tmp_path, capsys):
    assert "Decisions" not in done[3]
    shutil.copytree(done[0], tmp_path / "out")
    ring = json.loads((tmp_path / "out" / "case.json").read_text(encoding="utf-8"))["rings"][0]["id"]
    assert cli.main(["decide", str(tmp_path / "out"), ring, "confirmed", "--by", "ann"]) == 0
    journal = (tmp_path / "out.decisions.jsonl").read_bytes()
    capsys.readouterr()
    assert scan(log[0], tmp_path / "out", "--overwrite", "--seed", "3") == 0
    assert f"Decisions of earlier runs: collusion decisions {tmp_path / 'out'}" in capsys.readouterr().err
    assert (tmp_path / "out.decisions.jsonl").read_bytes() == journal
    assert cli.main(["decisions", str(tmp_path / "out"), "--json"]) == 0
    assert [one["status"] for one in json.loads(capsys.readouterr().out)["rings"] if one["ring"] == ring] == ["confirmed"]


@pytest.mark.usefixtures("no_power_statement")
def test_fail_on_is_not_met_without_a_ring(honest_log, tmp_path, capsys):
    assert scan(honest_log, tmp_path / "out", "--fail-on", "flagged", "--quiet") == 0
    assert capsys.readouterr().err == ""


def test_columns_are_mapped_and_the_config_file_is_heard(log, tmp_path, capsys):
    text = log[0].read_text(encoding="utf-8").replace("reviewer_id,product_id", "who,what", 1)
    (tmp_path / "odd.csv").write_text(text, encoding="utf-8")
    (tmp_path / "scan.toml").write_text('replicates = 3\nseed = 11\n[map]\nproduct_id = "what"\n', encoding="utf-8")
    arguments = ["scan", str(tmp_path / "odd.csv"), "--out", str(tmp_path / "out"), "--config", str(tmp_path / "scan.toml"), "--seed", "12"]
    assert cli.main([*arguments, "--map", "reviewer_id=who", "--format", "json", "--json"]) == 0
    provenance = json.loads((tmp_path / "out" / "case.json").read_text(encoding="utf-8"))["provenance"]
    assert (provenance["seed"], provenance["replicates"]) == (12, 3)
    assert provenance["config"]["map"] == {"product_id": "what", "reviewer_id": "who"}
    assert json.loads(capsys.readouterr().out)["accounting"]["set_aside"] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--fdr", "2"], 2, "fdr"),
        (["--replicates", "-1"], 2, "replicates"),
        (["--threads", "0"], 2, "threads"),
        (["--detector", "lockstp"], 2, "did you mean 'lockstep'"),
        (["--format", "cvs"], 2, "did you mean 'csv'"),
        (["--fail-on", "flaged"], 2, "did you mean 'flagged'"),
        (["--time-unit", "weeks"], 2, "time_unit"),
        (["--map", "reviewer_id"], 2, "name=value"),
        (["--timeout", "soon"], 2, "not a duration"),
        (["--map", "reviewer_id=nobody"], 3, "nobody"),
        (["--config", "none.toml"], 2, "none.toml"),
    ],
)
def test_what_is_refused_is_told_coded_and_leaves_nothing(log, tmp_path, capsys, arguments, code, says):
    assert scan(log[0], tmp_path / "out", *arguments) == code
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.out == ""
    assert list(tmp_path.iterdir()) == []


def test_an_output_folder_in_use_is_refused_before_the_input_is_read(tmp_path, capsys):
    (tmp_path / "run.json").write_text("", encoding="utf-8")
    assert scan(tmp_path / "none.csv", tmp_path) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_the_same_command_gives_the_same_bytes_whatever_the_threads_and_the_hash_seed(log, tmp_path):
    """Every file of every format, of one thread and two, here and in a process of another hash seed."""
    files = []
    command = ["scan", str(log[0]), "--replicates", "6", "--format", "csv,json,jsonl,parquet,graphml,gexf,report", "-q"]
    assert cli.main([*command, "--out", str(tmp_path / "here"), "--threads", "1"]) == 0
    environment = {**os.environ, "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"}
    other = [sys.executable, "-m", "collusion", *command, "--out", str(tmp_path / "there"), "--threads", "2"]
    subprocess.run(other, env=environment, check=True)
    for out in (tmp_path / "here", tmp_path / "there"):
        # The seconds of the run stand in run.json alone.
        own = [path for path in out.rglob("*") if path.is_file() and path.name != "run.json"]
        files.append({str(path.relative_to(out)): path.read_bytes() for path in own})
    assert "report/index.html" in files[0]
    assert files[1] == files[0]


@pytest.mark.parametrize(
    ("fail_on", "statuses"),
    [("flagged", {"flagged"}), ("coordinated", {"flagged", "coordinated"}), ("candidate", {"flagged", "coordinated", "candidate"})],
)
def test_fail_on_includes_what_is_above_and_never_the_explained(fail_on, statuses, monkeypatch, tmp_path):
    """Whatever one ring's status is; the scan itself is replaced by one that finds it."""
    log, reviewers, products = make_log(6, 4, n=300)
    (tmp_path / "log.csv").write_text("reviewer_id,product_id\n", encoding="utf-8")
    for status in get_args(Status):
        case = make_case(log, [make_ring(log, reviewers, products, status=status)])
        monkeypatch.setattr("collusion.pipeline.scan", lambda *_given, found=case, **_options: found)
        code = cli.main(["scan", str(tmp_path / "log.csv"), "-o", str(tmp_path / status), "--fail-on", fail_on, "--format", "json", "-q"])
        assert code == (4 if status in statuses else 0)
        shutil.rmtree(tmp_path / status)


class NoLog:
    """No way back to a log."""


def summary_of(rings, capsys, notes=()):
    rows = Accounting(32_239, 32_239, 0, 31_388, 99, 752, 1, 1)
    show_summary(Case(tuple(rings), rows, Provenance((), {"fdr": 0.05}, 0, 0, {}), notes, NoLog()), Terminal())
    return capsys.readouterr().err


def test_notes_and_ids_of_the_summary_cannot_steer_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    ring = Ring("R-\x1b[31m", 1, "flagged", ("a",), ("b",), 1.0, {"N1": 0.01}, (0,), 1.0, None, None, ("lockstep",))
    shown = summary_of([ring] * 25, capsys, ("file \x1b]0;x\x07",))
    assert "\x1b" not in shown
    assert "R-\\x1b[31m" in shown
    assert "5 more groups are in the files." in shown


def test_the_table_has_eighty_columns_and_goes_by_rank(capsys, monkeypatch):
    """The widest figures fit on a line each; a narrow terminal names no rings, a wide one does."""
    log, reviewers, products = make_log(9, 5, n=500)
    wide = {"score": 1234.56, "q_values": {"N1": 0.02439}, "reviewers": ("r",) * 12_345, "products": ("p",) * 12_345}
    rings = [
        replace(ring, **(wide | {"q_paid": 0.02439} if ring.status != "candidate" else {}))
        for ring in every_status(log, reviewers, products)
    ]
    monkeypatch.setenv("COLUMNS", "80")
    lines = summary_of(rings, capsys).splitlines()
    assert " ".join(lines[:2]) == (
        "Read 32,239 rows: 31,388 used, 99 repeat reviews and 752 copies across product variants merged, 0 rejected."
    )
    lines = lines[1:]
    assert lines[1] == "1 flagged, 2 coordinated, 1 candidate, 1 explained"
    assert lines[2].split() == ["rank", "status", "score", "q1", "q2", "reviewers", "products", "first", "last"]
    assert [line.split()[:2] for line in lines[3:7]] == [["1", "explained"], ["2", "flagged"], ["3", "coordinated"], ["4", "coordinated"]]
    assert lines[4].split()[2:7] == ["1234.6", "0.024", "0.024", "12,345", "12,345"]
    assert max(len(line) for line in lines) <= 80
    assert "1 more group is in the files." in lines
    monkeypatch.setenv("COLUMNS", "120")
    assert rings[1].id in summary_of(rings, capsys)


def test_flagged_rings_are_in_the_table_whatever_their_rank(capsys):
    log, reviewers, products = make_log(5, 3, n=300)
    ring = make_ring(log, reviewers, products)
    rings = [replace(ring, rank=k, status="flagged" if k > 25 else "coordinated") for k in range(1, 31)]
    shown = summary_of(rings, capsys).splitlines()
    assert [line.split()[0] for line in shown if " flagged " in line] == ["26", "27", "28", "29", "30"]
    assert "10 more groups are in the files." in shown


def test_a_table_of_a_detector_that_the_command_line_asks_for_has_its_effect(tmp_path):
    """Detectors given as an option are known before the tables of the file are judged."""
    config = tmp_path / "c.toml"
    config.write_text("[detector.fraudar]\nblocks = 2\n[detector.lockstep]\nmin_reviewers = 6\n", encoding="utf-8")
    found = scan_config(config, {}, detectors=("fraudar",))
    assert (found.detectors, dict(found.detector)) == (("fraudar",), {"fraudar": {"blocks": 2}})
    config.write_text("[detector.leiden]\nwindow = 2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="leiden"):
        scan_config(config, {}, detectors=("fraudar",))


def test_options_for_text_reach_the_reader_and_are_on_record(tmp_path):
    """The same options scan a file that says nothing of itself, in a configuration and on the command line."""
    path = tmp_path / "export"
    path.write_text("".join(f'u{k}^p{k % 3}^"{1 + k % 5}^{1 + k % 28:02}.02.2021\n' for k in range(60)))
    options = ["--columns", "who,what,note,day", "--map", "reviewer_id=who,product_id=what,timestamp=day"]
    options += ["--delimiter", "^", "--quote", "none", "--time-format", "%d.%m.%Y"]
    assert cli.main(["scan", str(path), "--out", str(tmp_path / "a"), "--replicates", "0", "--format", "json", *options]) == 0
    case = json.loads((tmp_path / "a" / "case.json").read_text(encoding="utf-8"))
    assert case["accounting"]["accepted"] == 60
    assert not any("no time" in note for note in case["notes"])
    config = {key: case["provenance"]["config"][key] for key in ("columns", "delimiter", "quote", "time_format")}
    assert config == {"columns": ["who", "what", "note", "day"], "delimiter": "^", "quote": "none", "time_format": "%d.%m.%Y"}


def test_excel_sees_that_csv_is_utf_8(log, done, tmp_path):
    marked, plain = tmp_path / "marked", done[0]
    assert scan(log[0], marked, "--excel") == 0
    names = sorted(one.name for one in plain.glob("*.csv"))
    assert names == sorted(one.name for one in marked.glob("*.csv"))
    for name in names:
        assert (marked / name).read_bytes() == b"\xef\xbb\xbf" + (plain / name).read_bytes()


@pytest.mark.parametrize("option", ["--excel", "--flagged-only"])
def test_an_option_without_an_effect_on_any_format_is_refused(log, tmp_path, capsys, option):
    assert cli.main(["scan", str(log[0]), "--out", str(tmp_path / "x"), "--format", "json", option]) == 2
    assert f"{option}: has no effect" in capsys.readouterr().err
