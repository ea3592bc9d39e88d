"""Laws of `collusion bench`."""

from __future__ import annotations

import csv
import json
import platform
from functools import cache

import pytest

from collusion import cli
from collusion.bench import speed, stages
from collusion.bench.calibration_plots import PLOTS
from collusion.bench.speed import run_child
from collusion.cli.options import whole_number
from collusion.simulate.biglog import truth_path, write_big_log

TINY = ["--reviews", "2000", "--ring-free-reviews", "1500", "--rings", "dense=1", "--replicates", "10", "--columns", "full", "--jobs", "1"]


def calibration(out, *arguments):
    return cli.main(["bench", "calibration", "--out", str(out), *TINY, *arguments])


@pytest.mark.usefixtures("no_processes")
def test_calibration_writes_tables_pictures_and_a_page_and_goes_on_when_asked(tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as first:
        first.setattr("collusion.bench.calibration_plots.write_plots", lambda *_: None)  # the second run draws all of them
        assert calibration(out, "--ring-free", "1", "--ringed", "0", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["worlds"], told["failed"]) == (1, 0)
    assert {figure["measure"] for figure in told["summary"]} >= {"ring-free worlds with nothing flagged"}
    assert calibration(out, "--ring-free", "1", "--ringed", "1") == 0
    shown = capsys.readouterr()
    assert "full" in shown.out
    assert "Planted rings:" in shown.err
    assert "| full | dense | 1 |" in (out / "summary.md").read_text(encoding="utf-8")
    assert "worlds: 2 of 2" in shown.err
    tables = {f"{name}.csv" for name in ("worlds", "rings", "flagged", "false", "honest", "p_values", "summary")}
    pictures = {f"{name}.{form}" for name in PLOTS for form in ("svg", "png")}
    assert {path.name for path in out.iterdir()} == tables | pictures | {"summary.md", "worlds.jsonl", "calibration.json"}
    assert "All 2 worlds completed" in shown.err
    assert cli.main(["bench", "table", str(out), "--format", "latex"]) == 0
    assert r"\caption{Planted rings}" in (out / "summary.tex").read_text(encoding="utf-8")
    with (out / "worlds.csv").open(newline="", encoding="utf-8") as file:
        assert [row["world"] for row in csv.DictReader(file)] == ["full-free-0001", "full-ringed-0001"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--columns", "no-rating"], "did you mean 'no-ratings'"),
        (["--ring-free-reviews", "many"], "LOW..HIGH"),
        (["--rings", "dens=1"], "did you mean 'dense'"),
        (["--rings", "dense=some"], "whole number"),
        (["--rings", "dense"], "name=value"),
        (["--jobs", "0"], "--jobs must be at least 1"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(tmp_path, capsys, arguments, says):
    assert calibration(tmp_path / "out", *arguments) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["calibration", "speed"])
def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys, command):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert cli.main(["bench", command, "--out", str(tmp_path)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--reviews", "10"], "--reviews must be at least 10000"),
        (["--reviews", "1M,5K"], "--reviews must be at least 10000"),
        (["--reviews", "many"], "'many' is not a whole number"),
        (["--reviews", "1.0000001M"], "not a whole number"),
        (["--runs", "0", "--seed", "-1"], "--runs"),
        (["--replicates", "0,some"], "'some' is not a whole number"),
        (["--logs", "full,bear"], "there is no kind 'bear'; did you mean 'bare'"),
    ],
)
def test_speed_refuses_what_it_cannot_measure(capsys, arguments, says):
    assert cli.main(["bench", "speed", *arguments]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "number"), [("1M", 10**6), ("571m", 571 * 10**6), ("50K", 50_000), ("1.5G", 1_500_000_000), ("12_000", 12_000)]
)
def test_sizes_have_suffixes(text, number):
    assert whole_number("--reviews", text) == number


DECODED = cache(run_child)


def here(module, kind, *arguments):
    """Do what a child process does in this one, but for one decoding: starting Python again shows nothing new."""
    if kind == "decode":
        return DECODED(module, kind, *arguments)
    return json.loads(json.dumps(getattr(stages, kind)(*map(str, arguments))))


def test_speed_measures_a_log_and_writes_tables_and_pictures(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(speed, "run_child", here)
    monkeypatch.setattr(stages, "COPIED", 16 * stages.MIB)
    out, data = tmp_path / "out", tmp_path / "data"
    data.mkdir()
    arguments = ["--reviews", "10K", "--runs", "1", "--no-peers", "--data", str(data), "--out", str(out), "--threads", "1"]
    assert cli.main(["bench", "speed", *arguments, "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["logs"]
    assert one["reviews"] == 10_000
    assert one["recall"] == {"planted": 1, "flagged": 0, "candidates": 1, "listed": 1, "others": 0}
    assert one["bandwidth"] > 0
    costs = {cost["stage"]: cost for cost in one["stages"]}
    assert list(costs) == ["decode", "read", "find", "evidence", "scan"]
    assert costs["decode"]["ratio"] == costs["decode"]["cpu_ratio"] == 1
    assert costs["scan"]["bytes_per_review"] == pytest.approx(costs["scan"]["peak"] * 2**20 / 10_000)
    assert costs["scan"]["seconds"] >= costs["read"]["seconds"] > 0
    assert costs["scan"]["peak"] == max(cost["peak"] for name, cost in costs.items() if name != "decode")
    assert costs["scan"]["cpu"] == pytest.approx(sum(costs[name]["cpu"] for name in ("read", "find", "evidence")), abs=0.05)
    assert set(one["starts"]) == {"cold", "warm"}
    assert {path.name for path in out.iterdir()} == {f"{n}.{form}" for n in ("speed", "memory") for form in ("svg", "png")} | {
        "speed.csv",
        "speed.md",
    }
    assert {path.name for path in data.iterdir()} == {"10K.parquet", "10K.truth.json"}
    page = (out / "speed.md").read_text(encoding="utf-8")
    assert "processor: " in page
    assert str(tmp_path) not in page
    assert platform.node() not in page
    with (out / "speed.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["kind"] for row in rows} == {"log", "yardstick", "stage", "rings", "start"}


def test_a_kept_log_of_another_seed_is_not_taken_for_this_one(tmp_path, capsys):
    write_big_log(tmp_path / "10K.parquet", 10_000, seed=1)
    assert cli.main(["bench", "speed", "--reviews", "10K", "--data", str(tmp_path)]) == 2
    assert "generated with seed 1" in capsys.readouterr().err
    truth_path(tmp_path / "10K.parquet").unlink()
    assert cli.main(["bench", "speed", "--reviews", "10K", "--data", str(tmp_path)]) == 2
    assert "without its truth" in capsys.readouterr().err
