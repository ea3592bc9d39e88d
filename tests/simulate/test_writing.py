"""Laws of the files: the same log gives the same bytes, and every format has the same rows."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from typing import get_args

import pyarrow.parquet as pq
import pytest

from collusion.base.errors import ConfigError
from collusion.simulate.market import Market, simulate
from collusion.simulate.plan import RingPlan
from collusion.simulate.writing import LogFormat, to_table, write_log, write_market

FORMATS = get_args(LogFormat)


@pytest.fixture(scope="module")
def log():
    return simulate(Market(reviews=6_000, rings=(RingPlan(10, 6, 0.9),)), 8)


@pytest.fixture(scope="module")
def again(log):
    return simulate(log.market, log.seed)


def as_text(row):
    return {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in row.items()}


def read(path, form):
    """The rows of a log, all values as text."""
    if form == "parquet":
        return [as_text(row) for row in pq.read_table(path).to_pylist()]
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if form.endswith(".gz") else raw).decode()
    if form.startswith("csv"):
        return list(csv.DictReader(text.splitlines()))
    return [as_text(json.loads(line)) for line in text.splitlines()]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_the_rows_of_the_table_and_the_same_log_the_same_bytes(tmp_path, log, again, form):
    path = tmp_path / "log"
    write_log(log, path, form, listing=True)
    write_log(again, tmp_path / "again", form, listing=True)
    assert path.read_bytes() == (tmp_path / "again").read_bytes()
    expected = to_table(log, listing=True).to_pylist()
    got = read(path, form)
    assert len(got) == len(expected) == len(log)
    for row, want in zip(got, expected, strict=True):
        want["timestamp"] = str(want["timestamp"]) if form == "parquet" else want["timestamp"].strftime("%Y-%m-%dT%H:%M:%SZ")
        assert row == as_text(want)


def test_columns_are_there_as_asked_for(log):
    assert to_table(log, text=False).schema.names[-2:] == ["seller", "verified"]
    assert to_table(log).schema.names[-1] == "text"
    assert "listing" in to_table(log, listing=True).schema.names


@pytest.mark.parametrize("form", FORMATS)
def test_columns_are_left_out_as_asked_for_and_the_others_stay_as_they_were(tmp_path, log, form):
    without = ("rating", "timestamp", "seller", "category", "text")
    expected = to_table(log).drop_columns(list(without))
    assert to_table(log, without=without).equals(expected)
    write_log(log, tmp_path / "log", form, without=without)
    got = read(tmp_path / "log", form)
    assert got[7] == as_text(expected.to_pylist()[7])
    assert len(got) == len(log)


def test_a_log_cannot_be_without_reviewers_nor_without_what_is_no_column(log):
    with pytest.raises(ConfigError) as caught:
        to_table(log, without=("reviewer_id", "sellers"))
    assert "cannot be without 'reviewer_id'" in str(caught.value)
    assert "did you mean 'seller'" in str(caught.value)


def test_text_tells_copies_from_other_reviews(log):
    """Copies over variants share one text; other reviews of one reviewer share one only where it is a stock phrase."""
    seen: dict[tuple[str, str], set[str]] = {}
    for row, listing in zip(to_table(log).to_pylist(), log.listing[log.product].tolist(), strict=True):
        if " " in row["text"] and row["text"] != "Not good.":
            seen.setdefault((row["reviewer_id"], row["text"]), set()).add(str(listing))
    assert all(len(listings) == 1 for listings in seen.values())


def test_a_market_folder_has_log_truth_classes_and_parameters(tmp_path, log):
    write_market(log, tmp_path, "csv", command=["collusion", "simulate"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["classes.csv", "market.json", "reviews.csv", "truth.csv"]
    made = json.loads((tmp_path / "market.json").read_text(encoding="utf-8"))
    assert made["seed"] == 8
    assert made["command"] == ["collusion", "simulate"]
    assert made["market"]["rings"][0]["reviewers"] == 10
    assert made["log"]["reviews"] == len(log)
    assert made["log"]["sha256"] == hashlib.sha256((tmp_path / "reviews.csv").read_bytes()).hexdigest()
    with (tmp_path / "truth.csv").open(newline="", encoding="utf-8") as file:
        truth = list(csv.DictReader(file))
    assert {row["ring_id"] for row in truth} == {"ring-1"}
    assert tuple(row["id"] for row in truth if row["role"] == "reviewer") == log.rings[0].reviewers
    assert tuple(row["id"] for row in truth if row["role"] == "product") == log.rings[0].products
    with (tmp_path / "classes.csv").open(newline="", encoding="utf-8") as file:
        classes = list(csv.DictReader(file))
    assert {row["group"] for row in classes} == {group.id for group in log.honest}
    ids = {row["reviewer_id"] for row in to_table(log).select(["reviewer_id"]).to_pylist()}
    assert {row["id"] for row in truth + classes if row["role"] == "reviewer"} <= ids


def test_an_unknown_format_is_refused(tmp_path, log):
    with pytest.raises(ConfigError, match="did you mean 'parquet'"):
        write_log(log, tmp_path / "log", "parkett")
