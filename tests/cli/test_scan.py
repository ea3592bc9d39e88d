"""Laws of `collusion scan`: what it tells, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from collusion import cli
from collusion.bench.market import Market, simulate, with_honest
from collusion.bench.planting import RingPlan
from collusion.bench.writing import write_log
from collusion.cli.options import scan_config
from collusion.cli.scan import _summary
from collusion.cli.terminal import Terminal
from collusion.errors import ConfigError
from collusion.model import Accounting, Case, Provenance, Ring

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


def test_json_stands_alone_on_stdout_and_agrees_with_the_files(log, tmp_path, capsys):
    path, simulated = log
    assert scan(path, tmp_path / "out", "--json") == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    case = json.loads((tmp_path / "out" / "case.json").read_text(encoding="utf-8"))
    assert told["accounting"] == case["accounting"]
    assert [ring["ring_id"] for ring in told["rings"]] == [ring["id"] for ring in case["rings"]]
    statuses = [ring["status"] for ring in told["rings"]]
    assert told["flagged"] == statuses.count("flagged") == 1
    assert (told["candidates"], told["explained"]) == (statuses.count("candidate"), statuses.count("explained"))
    found = case["rings"][0]
    assert tuple(found["reviewers"]) == simulated.rings[0].reviewers
    assert told["rings"][0]["n_reviewers"] == 20
    assert told["out"] == str(tmp_path / "out")


def test_the_summary_accounts_for_every_row_and_shows_flagged_rings(log, tmp_path, capsys):
    path, simulated = log
    assert scan(path, tmp_path / "out") == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    n = f"{len(simulated):,}"
    assert f"rows in {n} = accepted {n} + set aside 0" in shown.err
    assert f"accepted {n} = counted " in shown.err
    assert "1 flagged, " in shown.err
    assert f"Written to {tmp_path / 'out'}" in shown.err
    ring = json.loads((tmp_path / "out" / "case.json").read_text(encoding="utf-8"))["rings"][0]
    assert f"{len(ring['reviewers'])} x {len(ring['products'])} " in shown.err
    assert ring["id"] in shown.err


@pytest.mark.parametrize(("status", "code"), [("flagged", 4), ("candidate", 4)])
def test_fail_on_is_met_after_the_files_are_written(log, tmp_path, status, code):
    assert scan(log[0], tmp_path / "out", "--fail-on", status, "--quiet") == code
    assert (tmp_path / "out" / "rings.csv").is_file()


def test_a_scan_into_a_folder_with_decisions_says_where_they_are_and_leaves_them(log, tmp_path, capsys):
    assert scan(log[0], tmp_path / "out") == 0
    assert "Decisions" not in capsys.readouterr().err
    ring = json.loads((tmp_path / "out" / "case.json").read_text(encoding="utf-8"))["rings"][0]["id"]
    assert cli.main(["decide", str(tmp_path / "out"), ring, "confirmed", "--by", "ann"]) == 0
    journal = (tmp_path / "out.decisions.jsonl").read_bytes()
    capsys.readouterr()
    assert scan(log[0], tmp_path / "out", "--overwrite", "--seed", "3") == 0
    assert f"Decisions of earlier runs: collusion decisions {tmp_path / 'out'}" in capsys.readouterr().err
    assert (tmp_path / "out.decisions.jsonl").read_bytes() == journal
    assert cli.main(["decisions", str(tmp_path / "out"), "--json"]) == 0
    assert [one["status"] for one in json.loads(capsys.readouterr().out)["rings"] if one["ring"] == ring] == ["confirmed"]


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


def test_input_that_cannot_be_read_is_rejected_with_its_own_code(tmp_path, capsys):
    (tmp_path / "log.csv").write_text("reviewer_id,product_id\na,b,c\n", encoding="utf-8")
    assert scan(tmp_path / "log.csv", tmp_path / "out") == 3
    assert "log.csv" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_same_command_gives_the_same_bytes_whatever_the_threads_and_the_hash_seed(log, tmp_path):
    """Every file of every format, over four hash seeds and one or two threads."""
    files = []
    formats = "csv,json,jsonl,parquet,graphml,gexf,report"
    for seed in range(4):
        out = tmp_path / str(seed)
        arguments = ["scan", str(log[0]), "--out", str(out), "--replicates", "6", "--threads", str(1 + seed % 2), "--format", formats, "-q"]
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        subprocess.run([sys.executable, "-m", "collusion", *arguments], env=environment, check=True)
        # The seconds of the run stand in run.json alone.
        own = [path for path in out.rglob("*") if path.is_file() and path.name != "run.json"]
        files.append({str(path.relative_to(out)): path.read_bytes() for path in own})
    assert "report/index.html" in files[0]
    assert all(other == files[0] for other in files[1:])


class NoLog:
    """No way back to a log."""


def test_notes_and_ids_of_the_summary_cannot_steer_the_terminal(capsys):
    ring = Ring("R-\x1b[31m", 1, "flagged", ("a",), ("b",), 1.0, {"N1": 0.01}, (0,), 1.0, None, None, ("lockstep",))
    case = Case((ring,) * 25, Accounting(1, 1, 0, 1, 0, 0, 1, 1), Provenance((), {}, 0, 0, {}), ("file \x1b]0;x\x07",), NoLog())
    _summary(case, Terminal())
    shown = capsys.readouterr().err
    assert "\x1b" not in shown
    assert "and 5 more" in shown


def test_a_table_of_a_detector_that_the_command_line_asks_for_has_its_effect(tmp_path):
    """Detectors given as an option are known before the tables of the file are judged."""
    config = tmp_path / "c.toml"
    config.write_text("[detector.fraudar]\nblocks = 2\n[detector.lockstep]\nmin_reviewers = 6\n", encoding="utf-8")
    found = scan_config(config, None, detectors=("fraudar",))
    assert (found.detectors, dict(found.detector)) == (("fraudar",), {"fraudar": {"blocks": 2}})
    config.write_text("[detector.leiden]\nwindow = 2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="leiden"):
        scan_config(config, None, detectors=("fraudar",))
