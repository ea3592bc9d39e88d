"""Laws of `collusion bench`."""

from __future__ import annotations

import csv
import json

import pytest

from collusion import cli

TINY = ["--reviews", "2000", "--ring-free-reviews", "1500", "--rings", "dense=1", "--replicates", "10", "--jobs", "1"]


def calibration(out, *arguments):
    return cli.main(["bench", "calibration", "--out", str(out), *TINY, *arguments])


def test_calibration_writes_tables_pictures_and_a_page_and_goes_on_when_asked(tmp_path, capsys):
    out = tmp_path / "out"
    assert calibration(out, "--ring-free", "1", "--ringed", "0", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["worlds"], told["failed"]) == (1, 0)
    assert {figure["measure"] for figure in told["summary"]} >= {"ring-free worlds with a flagged ring", "false discovery proportion"}
    assert calibration(out, "--ring-free", "1", "--ringed", "1", "--resume") == 0
    shown = capsys.readouterr()
    assert "false discovery proportion" in shown.out
    assert "recall" in shown.out
    assert "worlds: 2 of 2" in shown.err
    tables = {f"{name}.csv" for name in ("worlds", "rings", "flagged", "false", "p_values", "summary")}
    pictures = {f"{name}.{form}" for name in ("errors", "recall", "false", "p_values") for form in ("svg", "png")}
    assert {path.name for path in out.iterdir()} == tables | pictures | {"summary.md", "worlds.jsonl", "calibration.json"}
    with (out / "worlds.csv").open(newline="", encoding="utf-8") as file:
        assert [row["world"] for row in csv.DictReader(file)] == ["free-0001", "ringed-0001"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--ring-free", "-1"], "ring_free"),
        (["--ring-free", "0", "--ringed", "0"], "one of them above 0"),
        (["--ring-free-reviews", "9000..2000"], "ring_free_reviews must rise"),
        (["--ring-free-reviews", "many"], "LOW..HIGH"),
        (["--rings", "dens=1"], "did you mean 'dense'"),
        (["--rings", "dense=some"], "whole number"),
        (["--rings", "dense"], "name=value"),
        (["--jobs", "0"], "--jobs must be at least 1"),
        (["--replicates", "0"], "replicates must be at least 1"),
        (["--seed", "-1"], "seed must be at least 0"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(tmp_path, capsys, arguments, says):
    assert calibration(tmp_path / "out", *arguments) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert calibration(tmp_path) == 2
    assert calibration(tmp_path, "--resume") == 2
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("arguments", "says"), [(["--reviews", "10"], "--reviews must be at least 1000"), (["--runs", "0", "--seed", "-1"], "--runs")]
)
def test_speed_refuses_what_it_cannot_measure(capsys, arguments, says):
    assert cli.main(["bench", "speed", *arguments]) == 2
    assert says in capsys.readouterr().err
