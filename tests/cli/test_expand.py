"""Laws of `collusion expand`: words, JSON, files and errors, with the statistics replaced by a stand-in."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest
from expansion.fake_grow import FakeGrow

from collusion import cli

HOSTILE = '=1+1;"<b>\u202e\x1b[31m'


@pytest.fixture(autouse=True)
def grow(monkeypatch):
    return FakeGrow().install(monkeypatch)


@pytest.fixture
def log(tmp_path):
    names = ["a0", "a1", "007", HOSTILE, *(f"x{k}" for k in range(20))]
    rows = [(name, p, "2020-01-05", 5) for name in names for p in ("p1", "p2")] + [("b", "p3", "2020-02-05", 1)]
    path = tmp_path / "reviews.csv"
    pd.DataFrame(rows, columns=["reviewer_id", "product_id", "timestamp", "rating"]).to_csv(path, index=False)
    return path


def run(*arguments):
    return cli.main(["expand", *(str(one) for one in arguments)])


def table(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_words_go_to_stdout_in_80_columns_and_steer_no_terminal(log, capsys):
    assert run(log, "--reviewers", "a0,007", "--quiet") == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert max(map(len, shown.out.splitlines())) <= 80
    assert "starts from 2 known accounts" in shown.out
    assert "the first 20 of 22" in shown.out
    assert "\x1b" not in shown.out
    assert shown.out.rstrip().endswith("not a verdict.")


def test_json_is_alone_on_stdout_and_has_the_contract(log, capsys, grow):
    assert run(log, "--reviewers", "a0", "--json", "--fdr", "0.05", "--replicates", 3, "--seed", 9, "--threads", 1) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {"seeds", "reviewers", "connected", "products", "sellers", "rounds", "paid_p_value", "second_question", "notes"} <= set(shown)
    assert shown["seeds"] == ["a0"]
    assert set(shown["reviewers"][0]) == {"id", "q_value", "p_value", "score", "shared", "expected", "round", "rows"}
    assert set(shown["products"][0]) == {"id", "reviews", "expected", "p_value", "q_value"}
    assert HOSTILE in {one["id"] for one in shown["reviewers"]}
    assert [grow.given[name] for name in ("fdr", "replicates", "seed", "threads")] == [0.05, 3, 9, 1]


@pytest.mark.parametrize(("fake", "found", "answer"), [(FakeGrow(), "true", True), (FakeGrow(None, passes=False), "false", None)])
def test_files_have_both_kinds_and_the_rows_of_the_log(log, tmp_path, monkeypatch, fake, found, answer):
    fake.install(monkeypatch)
    out = tmp_path / "else"
    assert run(log, "--reviewers", "a0", "--out", out, "--quiet") == 0
    assert {path.name for path in out.iterdir()} == {
        "expansion.json",
        "reviewers.csv",
        "products.csv",
        "sellers.csv",
        "reviews.csv",
        "run.json",
    }
    accounts = table(out / "reviewers.csv")
    assert {one["found"] for one in accounts} == {found}
    assert len(accounts) == 23
    rows = [one for one in table(out / "reviews.csv") if one["account"] == "007"]
    assert [(one["source"], one["row"], one["product_id"], one["rating"]) for one in rows] == [
        (str(log), "5", "p1", "5"),
        (str(log), "6", "p2", "5"),
    ]
    assert not [line for line in (out / "reviewers.csv").read_text(encoding="utf-8").splitlines() if line.startswith(("=", '"='))]
    tree = json.loads((out / "expansion.json").read_text(encoding="ascii"))
    assert tree["second_question"] is answer
    assert tree["provenance"]["sources"][0]["name"] == str(log)


def test_the_same_command_gives_the_same_bytes_and_replaces_only_its_own_folder(log, tmp_path, capsys):
    out = tmp_path / "else"
    assert run(log, "--reviewers", "a0", "--out", out, "--quiet") == 0
    first = {path.name: path.read_bytes() for path in out.iterdir() if path.name != "run.json"}
    assert run(log, "--reviewers", "a0", "--out", out, "--quiet") == 2
    assert "--overwrite" in capsys.readouterr().err
    assert run(log, "--reviewers", "a0", "--out", out, "--quiet", "--overwrite", "--threads", 1) == 0
    assert first == {path.name: path.read_bytes() for path in out.iterdir() if path.name != "run.json"}
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine", encoding="utf-8")
    assert run(log, "--reviewers", "a0", "--out", other, "--overwrite") == 2
    assert (other / "mine.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ((), 2, "--reviewers, --products, --file or --ring"),
        (("--reviewers", "a00"), 2, "did you mean 'a0'"),
        (("--reviewers", "p1"), 2, "name it with --products"),
        (("--ring", "1"), 2, "--case"),
        (("--file", "no.csv"), 3, "no.csv: cannot be read"),
        (("--reviewers", "a0", "--fdr", "2"), 2, "fdr"),
    ],
)
def test_errors_name_options_and_have_their_codes(log, capsys, options, code, said):
    assert run(log, *options) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_a_log_that_is_not_there_is_an_error(tmp_path, capsys):
    assert run(tmp_path / "none.csv", "--reviewers", "a0") == 3
    assert "no such file" in capsys.readouterr().err
