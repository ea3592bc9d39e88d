"""The tables hold what the case holds, and the source is read once for all rings."""

import csv
import json
import re
from pathlib import Path

import jsonschema
import networkx as nx
import numpy as np
import pyarrow.parquet as pq
import pytest
from report.fake_case import NO_TIME, SIGNALS, every_status, make_case, make_log, make_ring
from report.hostile import HOSTILE, hostile_case

import collusion
from collusion.base.model import Doubt, Evidence
from collusion.export import FORMATS, write_files
from collusion.export.escape import uncell
from collusion.export.tables import tables_of

SCHEMA = json.loads((Path(collusion.__file__).parent / "export" / "case.schema.json").read_text())


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_source_is_read_once_for_all_rings():
    log, reviewers, products = make_log(8, 5, n=800)
    rings = [make_ring(log, sorted(reviewers)[k:], products, rank=k + 1) for k in range(4)]
    case = make_case(log, rings)
    tables_of(case)
    assert case.lookup.asked["rows"] == 1


def test_every_hostile_cell_comes_back(tmp_path):
    case = hostile_case()
    write_files(case, tmp_path / "o", ("csv",))
    for ring in case.rings:
        members = [row for row in read(tmp_path / "o" / "members.csv") if row["ring_id"] == ring.id]
        assert [uncell(row["id"]) for row in members if row["role"] == "reviewer"] == list(ring.reviewers)
        assert [uncell(row["id"]) for row in members if row["role"] == "product"] == list(ring.products)
        reviews = [row for row in read(tmp_path / "o" / "reviews.csv") if row["ring_id"] == ring.id]
        assert [int(row["row"]) - 1 for row in reviews] == list(ring.rows)
        source = case.lookup.log.loc[list(ring.rows)]
        for column in ("reviewer_id", "product_id", "review_id"):
            assert [uncell(row[column]) for row in reviews] == source[column].tolist()
    problems = read(tmp_path / "o" / "problems.csv")
    assert [uncell(row["value"]) for row in problems] == [name or "(empty)" for name in HOSTILE]
    assert {path.name for path in (tmp_path / "o").iterdir()} == {
        *(f"{name}.csv" for name in ("rings", "members", "reviews", "evidence", "sellers", "products", "problems")),
        *(f"operation{name}.csv" for name in ("s", "_links", "_members")),
        "run.json",
    }


def test_no_cell_with_text_is_a_formula(tmp_path):
    write_files(hostile_case(), tmp_path / "o", ("csv",))
    for path in (tmp_path / "o").glob("*.csv"):
        for row in read(path):
            for value in row.values():
                assert not re.match(r"\s*[=+@\t\r\n]", value)
                assert not value.startswith("-") or re.fullmatch(r"-[\d.e+-]+", value)


def test_all_formats_take_hostile_text(tmp_path):
    case = hostile_case()
    write_files(case, tmp_path / "o", tuple(FORMATS))
    tree = json.loads((tmp_path / "o" / "case.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(tree)
    assert [tuple(ring["reviewers"]) for ring in tree["rings"]] == [ring.reviewers for ring in case.rings]
    assert (tmp_path / "o" / "case.json").read_bytes().isascii()


@pytest.mark.parametrize(("times", "ratings"), [(True, True), (False, True), (True, False), (False, False)])
def test_what_the_log_lacks_is_empty(times, ratings, tmp_path):
    log, reviewers, products = make_log(6, 4, n=400)
    log.loc[::2, "time"], log.loc[::3, "rating"], log.loc[::4, "review_id"] = NO_TIME, np.nan, np.nan
    case = make_case(log, [make_ring(log, reviewers, products, times=times)], times=times, ratings=ratings)
    write_files(case, tmp_path / "o", tuple(FORMATS))
    for row in read(tmp_path / "o" / "reviews.csv"):
        at = int(row["row"]) - 1
        assert row["rating"] == (f"{log.rating[at]:g}" if ratings and not np.isnan(log.rating[at]) else "")
        assert bool(row["date"]) == (times and log.time[at] != NO_TIME)
        assert row["review_id"] == ("" if at % 4 == 0 else f"r{at}")


def test_columns_are_the_contract():
    log, reviewers, products = make_log(6, 4, n=400)
    rings = [make_ring(log, reviewers, products), make_ring(log, sorted(reviewers)[:3], products, rank=2, q_values={"N0": 0.5})]
    tables = {name: columns for name, columns, _ in tables_of(make_case(log, rings))}
    assert tables["rings"][:11] == (
        "ring_id",
        "rank",
        "flagged",
        "q_value",
        "score",
        "n_reviewers",
        "n_products",
        "n_reviews",
        "density",
        "first_review",
        "last_review",
    )
    assert tables["rings"][11:] == (
        *("detectors", "status", "explained_by", "gamma", "q_paid", "residual", "residual_of", "operation_id"),
        *("q_n0", "q_n1", "q_n2", "lineage_id"),
    )
    assert tables["members"] == ("ring_id", "role", "id", "n_reviews", "first_review", "last_review", "doubtful")
    assert tables["evidence"][:8] == ("ring_id", "signal", "stance", "statement", "observed", "expected", "p_value", "n_rows")
    assert tables["evidence"][8:] == ("kind", "question")
    assert tables["problems"] == ("source", "row", "line", "column", "value", "reason")


def test_both_questions_are_in_the_files(tmp_path):
    log, reviewers, products = make_log(9, 5, n=500)
    case = make_case(log, every_status(log, reviewers, products))
    write_files(case, tmp_path / "o", ("csv", "json", "parquet"))
    rows = read(tmp_path / "o" / "rings.csv")
    assert [(row["status"], row["flagged"]) for row in rows] == [
        *(("explained", "false"), ("flagged", "true"), ("coordinated", "false"), ("coordinated", "false"), ("candidate", "false"))
    ]
    assert [(row["q_value"], row["q_paid"], row["residual"], row["residual_of"]) for row in rows] == [
        ("0.025", "0.6", "-2.5", "rating sessions"),
        ("0.025", "0.02", "10.3125", "rating sessions"),
        ("0.025", "0.4", "6.875", "rating sessions"),
        ("0.025", "0.01", "5.15625", "rating sessions"),
        ("0.4", "", "", ""),
    ]
    ring = case.rings[1]
    members = [row for row in read(tmp_path / "o" / "members.csv") if row["ring_id"] == ring.id]
    assert {row["id"]: row["doubtful"] for row in members if row["doubtful"]} == {one.reviewer: one.reason for one in ring.doubtful}
    evidence = [row for row in read(tmp_path / "o" / "evidence.csv") if row["ring_id"] == ring.id]
    assert [(row["signal"], row["kind"], row["question"]) for row in evidence] == [(one.name, one.kind, one.question) for one in SIGNALS]
    tree = json.loads((tmp_path / "o" / "case.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(tree)
    assert [one["name"] for one in tree["signals"]] == [one.name for one in SIGNALS]
    told = tree["rings"][1]
    assert (told["q_value"], told["q_paid"], told["residual"], told["residual_of"]) == (0.025, 0.02, 10.3125, "rating sessions")
    assert told["doubtful"] == [{"reviewer": one.reviewer, "reason": one.reason} for one in ring.doubtful]
    assert tree["rings"][4]["q_paid"] is tree["rings"][4]["residual"] is None
    kinds = pq.read_schema(tmp_path / "o" / "rings.parquet")
    assert {str(kinds.field(name).type) for name in ("q_paid", "residual", "q_value")} == {"double"}
    assert str(kinds.field("residual_of").type) == "string"


def test_a_doubtful_reviewer_makes_no_product_of_that_name_doubtful(tmp_path):
    log, reviewers, products = make_log(5, 3, n=300)
    name = min(reviewers)
    log = log.replace({"product_id": {min(products): name}})
    ring = make_ring(log, reviewers, {name, *sorted(products)[1:]}, doubtful=(Doubt(name, "They reviewed 1 of 3."),))
    write_files(make_case(log, [ring]), tmp_path / "o", ("csv",))
    marked = [(row["role"], row["id"]) for row in read(tmp_path / "o" / "members.csv") if row["doubtful"]]
    assert marked == [("reviewer", name)]


def test_evidence_of_a_signal_that_the_case_does_not_list_has_no_kind(tmp_path):
    log, reviewers, products = make_log(5, 3, n=300)
    case = make_case(log, [make_ring(log, reviewers, products, evidence=(Evidence("theirs", "x"),))])
    write_files(case, tmp_path / "o", ("csv",))
    assert [(row["kind"], row["question"]) for row in read(tmp_path / "o" / "evidence.csv")] == [("", "")]


def test_times_of_the_run_are_in_run_json_alone(tmp_path):
    log, reviewers, products = make_log(6, 4, n=400)
    for k, seconds in enumerate(({"read": 1.0}, {"read": 2.0})):
        write_files(make_case(log, [make_ring(log, reviewers, products)], seconds=seconds), tmp_path / str(k), tuple(FORMATS))
    names = sorted(path.name for path in (tmp_path / "0").iterdir())
    assert [name for name in names if (tmp_path / "0" / name).read_bytes() != (tmp_path / "1" / name).read_bytes()] == ["run.json"]


def test_flagged_only_leaves_the_rest_out_of_tables_and_networks_alone(tmp_path):
    """Everything else is the same, to the byte."""
    log, reviewers, products = make_log(9, 5, n=500)
    found = make_case(log, every_status(log, reviewers, products))
    for name in ("all", "flagged"):
        write_files(found, tmp_path / name, tuple(FORMATS), flagged_only=name == "flagged")
    case = json.loads((tmp_path / "all" / "case.json").read_text(encoding="utf-8"))
    flagged = {ring["id"] for ring in case["rings"] if ring["flagged"]}
    assert 0 < len(flagged) < len(case["rings"])
    out = tmp_path / "flagged"
    for name in ("case.json", "problems.csv"):
        assert (out / name).read_bytes() == (tmp_path / "all" / name).read_bytes()
    for name in ("rings", "members", "reviews", "evidence"):
        rows = (tmp_path / "all" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        kept = [rows[0], *(row for row in rows[1:] if row.partition(",")[0] in flagged)]
        assert (out / f"{name}.csv").read_text(encoding="utf-8").splitlines() == kept
        assert set(pq.read_table(out / f"{name}.parquet")["ring_id"].to_pylist()) == flagged
    assert {json.loads(line)["id"] for line in (out / "rings.jsonl").read_text(encoding="utf-8").splitlines()} == flagged
    for read, name in ((nx.read_graphml, "rings.graphml"), (nx.read_gexf, "rings.gexf")):
        assert {ring for _, own in read(out / name).nodes(data="rings") for ring in own.split(";")} == flagged
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["flagged_only"]


def test_figures_json_has_no_word_for_are_null(tmp_path):
    log, reviewers, products = make_log(6, 4, n=400)
    evidence = (Evidence("x", "y", float("nan"), float("inf"), None),)
    write_files(
        make_case(log, [make_ring(log, reviewers, products, evidence=evidence, score=float("inf"))]), tmp_path / "o", ("json", "csv")
    )
    (ring,) = json.loads((tmp_path / "o" / "case.json").read_text())["rings"]
    assert (ring["score"], ring["evidence"][0]["observed"], ring["evidence"][0]["expected"]) == (None, None, None)
