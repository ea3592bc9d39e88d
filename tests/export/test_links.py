"""The linking columns stand beside the reviews of a ring, harmless whatever they hold."""

import csv
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from report.hostile import HOSTILE

import collusion as cl
from collusion.export.escape import cell, uncell
from collusion.pipeline import encode
from markets import frame, market

HEAD = 'de"v,ice;=1+1\n'
VALUES = [one for one in HOSTILE if one.strip() and "\ud800" not in one] + ["x" * 10_000, "", " ", "007", "7", "NA"]


@pytest.fixture(scope="module")
def log():
    log, _ = market(3_000, 7, [(14, 7, 0.9)])
    data = frame(log)
    rng = np.random.default_rng(0)
    data["ip"] = [VALUES[k % len(VALUES)] for k in range(len(data))]
    data[HEAD] = [VALUES[k] for k in rng.integers(0, len(VALUES), len(data))]
    data["timestamp"] = data.timestamp.astype(str)
    return data


def written(case, folder):
    cl.write_case(case, folder, ("csv", "parquet"))
    with (folder / "reviews.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    raw = (folder / "reviews.csv").read_text(encoding="utf-8")
    return lines[0], [dict(zip(lines[0], line, strict=True)) for line in lines[1:]], raw


def test_the_reviews_of_a_ring_show_them_as_they_are_in_the_log(log, tmp_path):
    case = cl.scan(log, replicates=0, link=["ip", HEAD])
    ring = case.rings[0]
    rows = case.reviews(ring)
    for name in ("ip", HEAD):
        assert rows[name].tolist() == [log[name][row] or None for row in rows["row"]]
    head, shown, raw = written(case, tmp_path / "out")
    assert head[-2:] == ["link_ip", cell(f"link_{HEAD}")]
    assert ";=" not in raw.replace("\\x3b", "")
    mine = [row for row in shown if row["ring_id"] == ring.id]
    by_row = {int(row["row"]): row for row in mine}
    assert by_row.keys() == set(rows.source_row)
    for name in ("ip", HEAD):
        expected = dict(zip(rows.source_row, rows[name], strict=True))
        assert {k: uncell(row[cell(f"link_{name}")]) for k, row in by_row.items()} == {k: one or "" for k, one in expected.items()}
    computed = [one for row in mine for one in (row["link_ip"], row[cell(f"link_{HEAD}")]) if one.strip()[:1] in tuple("=+-@")]
    assert computed == []
    table = pq.read_table(tmp_path / "out" / "reviews.parquet").to_pylist()
    assert [row[f"link_{HEAD}"] for row in table if row["ring_id"] == ring.id] == rows[HEAD].tolist()


def test_json_lines_show_them_too(log, tmp_path):
    """Of JSON lines no other column is shown, since any object may have more."""
    rows = [
        {"reviewer_id": r, "product_id": p, "timestamp": t, "ip": ip, "more": 1}
        for r, p, t, ip in zip(*(log[name] for name in ("reviewer_id", "product_id", "timestamp", "ip")), strict=True)
    ]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    case = cl.scan(tmp_path / "x.jsonl", replicates=0, link=["ip"])
    found = case.reviews(case.rings[0])
    assert found.ip.tolist() == [log.ip[row] or None for row in found["row"]]
    assert "more" not in found


def test_an_encoded_folder_shows_each_value_in_the_first_row_that_has_it(log, tmp_path):
    """It knows of no other; a first row that repeats a review that counts shows its reviewer and nothing else."""
    (tmp_path / "coded").mkdir()
    again = log[log.ip == ""].assign(ip="first")
    whole = pd.concat([log, again], ignore_index=True)
    coded = encode(whole, tmp_path / "coded", cl.ScanConfig(link=("ip", HEAD)))
    case = cl.scan(tmp_path / "coded", replicates=0)
    head, shown, _ = written(case, tmp_path / "out")
    assert head[-2] == "link_ip"
    first = {}
    for link in coded.links:
        first |= {(link.name, row): value for row, value in zip(link.row.tolist(), link.values.take(link.value), strict=True)}  # noqa: PD011
    assert {uncell(row["link_ip"]) for row in shown} > {""}
    for row in shown:
        assert uncell(row["link_ip"]) == first.get(("ip", int(row["row"]) - 1), "")
    at = next(row for name, row in first if name == "ip" and row >= len(log))
    (found,) = case.lookup.rows([at]).to_dict("records")
    assert (found["ip"], found["reviewer_id"], found["product_id"]) == ("first", whole.reviewer_id[at], None)


def test_without_linking_columns_the_table_is_as_before(log, tmp_path):
    head, _, _ = written(cl.scan(log, replicates=0), tmp_path / "out")
    assert head[-1] == "review_id"
