"""Columns that stand in the names of folders are read as those in the files, in every format."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import collusion as cl

ROWS = [
    ("a", "p", "5", "2021-01-01", "books & more", "de"),
    ("b", "p", "4", "2021-01-01", "books & more", "uk"),
    ("a", "q/1", "3", "2021-01-02 10:00:00", None, "de"),
    ("c", "q/1", "5", None, "toys", "de"),
]
NAMES = ("reviewer_id", "product_id", "rating", "timestamp", "category", "marketplace")
SPELLED = {
    "books & more": "books%20%26%20more",
    "q/1": "q%2F1",
    "2021-01-02 10:00:00": "2021-01-02 10%3A00%3A00",
    None: "__HIVE_DEFAULT_PARTITION__",
}


def csv_of(path, names, rows):
    path.write_text("\n".join(",".join(cell or "" for cell in row) for row in [names, *rows]) + "\n")


def gz_of(path, names, rows):
    path.write_bytes(gzip.compress("\n".join("\t".join(cell or "" for cell in row) for row in [names, *rows]).encode()))


def jsonl_of(path, names, rows):
    path.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows))


def parquet_of(path, names, rows):
    pq.write_table(pa.table({name: pa.array([row[k] for row in rows], pa.string()) for k, name in enumerate(names)}), path)


WRITERS = {"part.csv": csv_of, "part.tsv.gz": gz_of, "part.jsonl": jsonl_of, "part.parquet": parquet_of}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("keys", [("timestamp",), ("category", "marketplace"), ("product_id",), ("marketplace", "timestamp", "product_id")])
def test_columns_of_folders_are_those_of_the_log(tmp_path, name, keys):
    own = [k for k, column in enumerate(NAMES) if column not in keys]
    held = [NAMES.index(key) for key in keys]
    parts = {}
    for row in ROWS:
        parts.setdefault(tuple(row[k] for k in held), []).append([row[k] for k in own])
    for values, rows in parts.items():
        folder = tmp_path.joinpath(*(f"{key}={SPELLED.get(value, value)}" for key, value in zip(keys, values, strict=True)))
        folder.mkdir(parents=True, exist_ok=True)
        WRITERS[name](folder / name, [NAMES[k] for k in own], rows)
    table = cl.read_reviews(tmp_path)
    assert (table.rows_in, table.accepted) == (4, 4)
    frame = table.rows(range(4))
    want = {column: [row[k] for row in ROWS] for k, column in enumerate(NAMES)}
    when = {"2021-01-01": "2021-01-01T00:00:00Z", "2021-01-02 10:00:00": "2021-01-02T10:00:00Z", None: None}
    want["timestamp"] = [when[cell] for cell in want["timestamp"]]
    found = sorted(zip(*(frame[column].tolist() for column in NAMES), strict=True), key=str)
    assert found == sorted(zip(*want.values(), strict=True), key=str)
    assert sorted(day for day in table.time.tolist() if day > 0) == [18628, 18628, 18629]
    assert sorted(table.category_names.take(range(len(table.category_names)))) == ["books & more", "toys"]


def test_a_column_of_the_file_goes_before_that_of_its_folder(tmp_path):
    """And a folder whose column begins with an underscore holds rows, as in Spark."""
    folder = tmp_path / "_day=1" / "rating=1"
    folder.mkdir(parents=True)
    csv_of(folder / "a.csv", ["reviewer_id", "product_id", "rating"], [("u", "p", "5")])
    assert cl.read_reviews(tmp_path).rating.tolist() == [5]
    assert cl.read_reviews(folder / "a.csv", map={"seller": "_day"}).seller_names.take([0]) == ["1"]
