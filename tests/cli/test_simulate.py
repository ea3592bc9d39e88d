"""Laws of `collusion simulate`."""

from __future__ import annotations

import csv
import json

import pytest

from collusion import cli


def simulate(out, *arguments):
    return cli.main(["simulate", "--reviews", "2000", "--out", str(out), *arguments])


def test_the_same_command_gives_the_same_bytes_wherever_it_writes(tmp_path):
    assert simulate(tmp_path / "a", "--seed", "4") == simulate(tmp_path / "b", "--seed", "4") == 0
    files = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert sorted(files) == ["classes.csv", "market.json", "reviews.csv.gz", "truth.csv"]
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}


def test_the_command_on_record_makes_the_same_log(tmp_path):
    options = ["--ring", "9x4@1:days=5", "--shape", "dense", "--honest", "fans=1,early=0", "--five-star", "--links"]
    options += ["--without", "seller,ip", "--listing", "--no-text", "--format", "csv"]
    assert simulate(tmp_path / "a", *options) == 0
    command = json.loads((tmp_path / "a" / "market.json").read_text(encoding="utf-8"))["command"]
    assert cli.main([*command[1:], "--out", str(tmp_path / "b")]) == 0
    made = (tmp_path / "a" / "reviews.csv").read_bytes()
    assert made == (tmp_path / "b" / "reviews.csv").read_bytes()
    rows = list(csv.DictReader(made.decode().splitlines()))
    assert list(rows[0]) == ["review_id", "reviewer_id", "product_id", "rating", "timestamp", "category", "verified", "listing", "device"]
    assert sum(row["rating"] == "5" for row in rows) > 0.9 * len(rows)


HONEST = "fans=2,launches=0,promotions=0,early=0,households=0,locals=1,variants=0,evenings=1"


@pytest.mark.parametrize(
    ("arguments", "column", "expected"),
    [
        (["--no-rings"], "ring_id", set()),
        (["--ring", "5x4@1", "--ring", "6x3@1"], "ring_id", {"ring-1", "ring-2"}),
        (["--shape", "workforce", "--shape", "dense"], "ring_id", {"ring-1", "ring-2", "ring-3"}),
        (["--ring", "5x4@1", "--shape", "mixed"], "ring_id", {"ring-1", "ring-2"}),
        ([], "ring_id", {"ring-1", "ring-2", "ring-3"}),
        (["--honest", "none"], "class", set()),
        (["--honest", HONEST], "class", {"fans", "locals", "evenings"}),
    ],
)
def test_rings_and_honest_classes_are_those_asked_for(tmp_path, arguments, column, expected):
    assert simulate(tmp_path / "out", *arguments) == 0
    with (tmp_path / "out" / {"ring_id": "truth.csv", "class": "classes.csv"}[column]).open(newline="", encoding="utf-8") as file:
        assert {row[column] for row in csv.DictReader(file)} == expected


def test_json_stands_alone_on_stdout(tmp_path, capsys):
    assert simulate(tmp_path / "out", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rings"] == 3
    assert told["reviews"] > 2000


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--ring", "5x4@2"], "density"),
        (["--ring", "5x4"], "is not of the form"),
        (["--ring", "5x4@1", "--no-rings"], "give one of them"),
        (["--ring", "5x4000@1"], "products"),
        (["--ring", "5x4@1:shared=1"], "no ring before it"),
        (["--shape", "dens"], "did you mean 'dense'"),
        (["--shape", "sparse"], "products"),
        (["--shape", "dense", "--no-rings"], "--shape and --no-rings: give one of them"),
        (["--honest", "fanz=1"], "did you mean 'fans'"),
        (["--honest", "fans"], "name=value"),
        (["--honest", "fans=-1"], "whole number"),
        (["--without", "sellers"], "did you mean 'seller'"),
        (["--format", "parkett"], "did you mean 'parquet'"),
        (["--days", "0"], "days"),
        (["--seed", "-1"], "seed"),
        (["--start", "today"], "start"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(tmp_path, capsys, arguments, says):
    assert simulate(tmp_path / "out", *arguments) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_replaced_only_when_asked(tmp_path, capsys):
    assert simulate(tmp_path / "out") == 0
    assert simulate(tmp_path / "out") == 2
    assert "--overwrite" in capsys.readouterr().err
    assert simulate(tmp_path / "out", "--overwrite", "--no-rings") == 0
    assert (tmp_path / "out" / "truth.csv").read_text(encoding="utf-8") == "ring_id,role,id\n"
