"""Files of a case: they say the same as the case, are valid, and are the same bytes every time."""

import csv
import json
from pathlib import Path

import jsonschema
import pandas as pd
import pyarrow.parquet as pq
import pytest
from report.hostile import hostile_case

import collusion
from collusion.base.errors import ConfigError
from collusion.export import FORMATS, write_files
from collusion.export.networks import to_networkx
from collusion.pipeline import scan
from markets import frame, market

ALL = tuple(FORMATS)
SCHEMA = json.loads((Path(collusion.__file__).parent / "export" / "case.schema.json").read_text())


@pytest.fixture(scope="module")
def case():
    log, _ = market(20_000, 7, [(12, 6, 0.9)])
    return scan(frame(log), replicates=20)


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_tables_say_what_the_case_says(case, tmp_path):
    write_files(case, tmp_path / "out", ALL)
    rings = read(tmp_path / "out" / "rings.csv")
    assert [row["ring_id"] for row in rings] == [ring.id for ring in case.rings]
    for row, ring in zip(rings, case.rings, strict=True):
        assert row["flagged"] == str(ring.flagged).lower()
        assert float(row["score"]) == ring.score
        assert float(row["q_value"]) == ring.q_value == max(float(row["q_n1"]), float(row.get("q_n2") or 0))
        assert [int(row[f"n_{what}"]) for what in ("reviewers", "products", "reviews")] == [
            len(ring.reviewers),
            len(ring.products),
            ring.n_reviews,
        ]
        assert (row["first_review"], row["last_review"], row["status"]) == (ring.first_review, ring.last_review, ring.status)
    ring = case.rings[0]
    members = [row for row in read(tmp_path / "out" / "members.csv") if row["ring_id"] == ring.id]
    assert [row["id"] for row in members if row["role"] == "reviewer"] == list(ring.reviewers)
    assert sum(int(row["n_reviews"]) for row in members if row["role"] == "product") == ring.n_reviews
    reviews = [row for row in read(tmp_path / "out" / "reviews.csv") if row["ring_id"] == ring.id]
    source = case.reviews(ring)
    assert [int(row["row"]) for row in reviews] == source.source_row.tolist()
    assert [row["reviewer_id"] for row in reviews] == source.reviewer_id.tolist()
    assert [row["date"] for row in reviews] == [stamp[:10] for stamp in source.timestamp]
    evidence = [row for row in read(tmp_path / "out" / "evidence.csv") if row["ring_id"] == ring.id]
    assert [row["statement"] for row in evidence] == [e.statement for e in ring.evidence]


def test_json_is_valid_and_lines_are_its_rings(case, tmp_path):
    for k, one in enumerate((case, hostile_case())):
        write_files(one, tmp_path / str(k), ("json", "jsonl"))
        tree = json.loads((tmp_path / str(k) / "case.json").read_text())
        jsonschema.Draft202012Validator(SCHEMA).validate(tree)
        lines = (tmp_path / str(k) / "rings.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == tree["rings"]
        assert tree["rings"][0]["reviewers"] == list(one.rings[0].reviewers)


def test_schema_refuses_what_is_wrong(case, tmp_path):
    write_files(case, tmp_path / "o", ("json",))
    tree = json.loads((tmp_path / "o" / "case.json").read_text())
    for path, value in ((("rings", 0, "status"), "guilty"), (("rings", 0, "density"), 1.5), (("schema",), "collusion/case/1")):
        broken = json.loads(json.dumps(tree))
        at = broken
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


def test_parquet_holds_the_ids_as_they_are(tmp_path):
    hostile = hostile_case()
    write_files(hostile, tmp_path / "o", ("parquet",))
    ring = hostile.rings[0]
    members = pq.read_table(tmp_path / "o" / "members.parquet").to_pandas()
    own = members[(members.ring_id == ring.id) & (members.role == "reviewer")]
    # Of a lone surrogate, which is no text, its escape.
    assert sorted(own.id) == sorted(name.encode(errors="backslashreplace").decode() for name in ring.reviewers)
    rings = pq.read_table(tmp_path / "o" / "rings.parquet").to_pandas()
    assert pd.api.types.is_float_dtype(rings.score)
    assert rings.flagged.tolist() == [r.flagged for r in hostile.rings]


def test_reviewer_and_product_of_one_name_are_two_nodes(case):
    ring = case.rings[0]
    graph = to_networkx(case, ring)
    assert graph.number_of_nodes() == len(ring.reviewers) + len(ring.products)
    assert {facts["role"] for _, facts in graph.nodes(data=True)} == {"reviewer", "product"}
    assert sorted(facts["row"] for *_, facts in graph.edges(data=True)) == list(ring.rows)
    assert to_networkx(case).number_of_edges() == len({row for ring in case.rings for row in ring.rows})


def test_unknown_formats_are_all_named(case, tmp_path):
    with pytest.raises(ConfigError, match=r"(?s)'cvs'; did you mean 'csv'.*'xls'"):
        write_files(case, tmp_path / "o", ("cvs", "json", "xls"))
    assert not (tmp_path / "o").exists()


def test_a_case_without_rings(tmp_path):
    case = scan(pd.DataFrame({"reviewer_id": ["a"], "product_id": ["b"]}), replicates=0)
    write_files(case, tmp_path / "o", ALL)
    assert read(tmp_path / "o" / "rings.csv") == []
    jsonschema.validate(json.loads((tmp_path / "o" / "case.json").read_text()), SCHEMA)
