"""One log in every format gives one table, and the same rows when they are asked for."""

import gzip
import json
from functools import cache

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reviews.compressed import zst

import collusion as cl
from collusion.base.errors import InputError
from collusion.reviews.batches import Parquet
from collusion.reviews.source import Input

N = 3000
RNG = np.random.default_rng(11)
NAMES = ["reviewer_id", "product_id", "rating", "timestamp", "verified", "text", "mood"]
LOG = [
    {
        "reviewer_id": f"{RNG.integers(900):05d}" if k % 50 else "a,\"b\"\n'c' é\t日",
        "product_id": f"B{RNG.integers(300)}",
        "rating": str(RNG.integers(1, 6)) if k % 17 else None,
        "timestamp": str(1_400_000_000 + int(RNG.integers(10**8))) if k % 23 else None,
        "verified": "true" if k % 3 else "false",
        "text": f"words {RNG.integers(50)}",
        "mood": f"m{k % 4}",
    }
    for k in range(N)
]
TABLE = pa.table({name: pa.array([row[name] for row in LOG], pa.string()) for name in NAMES})


def delimited(mark):
    def cell(value):
        text = "" if value is None else value
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in '",\n\t') else text

    return "".join(mark.join(line) + "\n" for line in [NAMES, *([cell(row[name]) for name in NAMES] for row in LOG)]).encode()


def json_lines():
    return "".join(json.dumps(row) + "\n" for row in LOG).encode()


FILES = {
    "x.csv": lambda: delimited(","),
    "x.CSV": lambda: delimited(","),
    "x.tsv": lambda: delimited("\t"),
    "x.txt": lambda: delimited("\t"),
    "x.csv.gz": lambda: gzip.compress(delimited(",")),
    "two-members.csv.gz": lambda: gzip.compress(delimited(",")[:5000]) + gzip.compress(delimited(",")[5000:]),
    "x.csv.zst": lambda: zst(delimited(",")),
    "crlf.csv": lambda: delimited(",").replace(b"\n", b"\r\n").replace(b'""b""\r\n', b'""b""\n'),
    "x.jsonl": json_lines,
    "x.json": json_lines,
    "x.jsonl.gz": lambda: gzip.compress(json_lines()),
    "x.jsonl.zst": lambda: zst(json_lines()),
    "blank-lines.jsonl": lambda: json_lines().replace(b"\n", b"\n\n"),
}


def view(table):
    """Everything a table says, without its sources."""
    return {
        "reviewer": table.reviewer.tolist(),
        "product": table.product.tolist(),
        "names": [names.take(range(len(names))) for names in (table.reviewer_names, table.product_names)],
        "rating": [None if np.isnan(value) else float(value) for value in table.rating],
        "time": table.time.tolist(),
        "row": table.row.tolist(),
        "verified": table.verified.tolist(),
        "status": table.status.tolist(),
        "listing": table.listing.tolist(),
        "variants": [(v.products.tolist(), v.reviewers.tolist(), v.rows.tolist()) for v in table.variants],
        "problems": [{k: v for k, v in p.items() if k not in ("source", "line")} for p in table.problems],
        "notes": table.notes,
    }


ASKED = [2999, 0, 17, 23, 50, 0, 1234]


# Read when a test needs it, not by every worker while it collects: reading compiles kernels.
@cache
def expected():
    return view(cl.read_reviews(TABLE))


@cache
def expected_rows():
    return cl.read_reviews(TABLE).rows(ASKED).drop(columns="source")


def same(table):
    assert view(table) == expected()
    rows, wanted = table.rows(ASKED).drop(columns="source"), expected_rows()
    pd.testing.assert_frame_equal(rows[[name for name in wanted if name in rows]], wanted[[name for name in wanted if name in rows]])
    assert table.texts(np.arange(N)) == [row["text"] for row in LOG]
    assert table.texts(ASKED) == [LOG[k]["text"] for k in ASKED]


def test_the_expected_table_is_that_of_a_slow_reading():
    table, rows = expected(), expected_rows()
    assert len(table["row"]) == N
    assert table["names"][0] == list(dict.fromkeys(row["reviewer_id"] for row in LOG))
    assert table["rating"] == [None if row["rating"] is None else float(row["rating"]) for row in LOG]
    assert table["time"] == [-(2**31) if row["timestamp"] is None else int(row["timestamp"]) // 86_400 for row in LOG]
    assert table["verified"] == [int(row["verified"] == "true") for row in LOG]
    assert rows["text"].tolist() == [LOG[k]["text"] for k in ASKED]
    assert rows["mood"].tolist() == [LOG[k]["mood"] for k in ASKED]
    assert rows["source_row"].tolist() == [k + 1 for k in ASKED]
    assert [cell is None for cell in rows["timestamp"]] == [k % 23 == 0 for k in ASKED]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_any_format_gives_the_same_table_and_rows(tmp_path, name, threads):
    path = tmp_path / name
    content = FILES[name]()
    path.write_bytes(content)
    same(cl.read_reviews(path, threads=threads))


@pytest.mark.parametrize(
    "options", [{}, {"row_group_size": 100}, {"use_dictionary": False, "compression": "zstd"}, {"data_page_version": "2.0"}]
)
def test_parquet_gives_the_same_table_and_rows(tmp_path, options):
    pq.write_table(TABLE, tmp_path / "x.parquet", **options)
    same(cl.read_reviews(tmp_path / "x.parquet"))


def test_of_parquet_only_the_texts_of_the_row_groups_asked_for_are_read(tmp_path, monkeypatch):
    pq.write_table(TABLE, tmp_path / "x.parquet", row_group_size=100)
    table, read = cl.read_reviews(tmp_path / "x.parquet"), []
    true = Parquet._read
    monkeypatch.setattr(Parquet, "_read", lambda own, columns, groups: read.append((columns, groups)) or true(own, columns, groups))
    assert table.texts([7, 8, 950]) == [LOG[k]["text"] for k in (7, 8, 950)]
    assert read == [(["text"], [0]), (["text"], [9])]
    assert table.texts([]) == []
    with pytest.raises(IndexError, match="0 to 2,999"):
        table.texts([3000])


def test_a_log_without_texts_has_none_to_read():
    table = cl.read_reviews(TABLE.drop_columns("text"))
    assert (table.texts([2, 5]), table.reread.has_texts) == ([None, None], False)


def test_typed_parquet_gives_the_same_table(tmp_path):
    """Dictionaries, floats, booleans and timestamps say what their text says; only floats are written otherwise."""
    table = TABLE
    for name, kind in {
        "reviewer_id": pa.dictionary(pa.int16(), pa.string()),
        "rating": pa.float32(),
        "verified": pa.bool_(),
        "text": pa.large_string(),
    }.items():
        column = table[name].combine_chunks()
        column = column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column.cast(kind)
        table = table.set_column(table.column_names.index(name), name, column)
    stamps = table["timestamp"].cast(pa.int64()).cast(pa.timestamp("s", "UTC"))
    for unit in ("s", "ms", "us", "ns"):
        typed = table.set_column(3, "timestamp", stamps.cast(pa.timestamp(unit, "UTC")))
        pq.write_table(typed, tmp_path / f"{unit}.parquet")
        read = cl.read_reviews(tmp_path / f"{unit}.parquet")
        assert view(read) == expected()
        assert read.rows(ASKED)["timestamp"].tolist() == expected_rows()["timestamp"].tolist()
        assert read.rows(ASKED)["verified"].tolist() == expected_rows()["verified"].tolist()


@pytest.mark.parametrize("unit", [1, 1000, 10**6, 10**9])
def test_whole_numbers_give_the_same_table_in_any_unit(unit):
    stamps = [None if row["timestamp"] is None else int(row["timestamp"]) * unit for row in LOG]
    frame = pa.table({**{name: TABLE[name] for name in NAMES}, "timestamp": pa.array(stamps, pa.int64())})
    same(cl.read_reviews(frame))


def test_a_folder_of_parts_is_one_log(tmp_path):
    """Parts of several formats, in the order of their names; rows tell their own file."""
    pq.write_table(TABLE.slice(0, 1000), tmp_path / "part-0.parquet")
    lines = json_lines().splitlines(keepends=True)
    (tmp_path / "part-1.jsonl").write_bytes(b"".join(lines[1000:2000]))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "part-2.jsonl.gz").write_bytes(gzip.compress(b"".join(lines[2000:])))
    (tmp_path / "_SUCCESS").write_text("")
    table = cl.read_reviews(tmp_path)
    assert view(table) == expected()
    rows = table.rows(ASKED)
    assert [name.rsplit("/", 1)[-1] for name in rows["source"]] == [
        f"part-{k // 1000}.{'parquet' if k < 1000 else 'jsonl' if k < 2000 else 'jsonl.gz'}" for k in ASKED
    ]
    assert rows["source_row"].tolist() == [k % 1000 + 1 for k in ASKED]
    assert rows["text"].tolist() == expected_rows()["text"].tolist()
    assert [(source.rows, source.first_row) for source in table.sources] == [(1000, 0), (1000, 1000), (1000, 2000)]


@pytest.mark.parametrize(
    "frame",
    [
        lambda: TABLE,
        lambda: TABLE.to_reader(max_chunksize=700),
        lambda: pd.DataFrame(LOG),
        lambda: pd.DataFrame(LOG, dtype=object),
        lambda: pd.DataFrame(LOG, index=range(5, 5 + N)),
        lambda: pd.DataFrame(LOG).astype({"product_id": "category", "reviewer_id": "category"}),
        lambda: pd.DataFrame(LOG, dtype="string"),
        lambda: TABLE.to_pandas(types_mapper=pd.ArrowDtype),
        lambda: pl.from_arrow(TABLE),
        lambda: pl.from_arrow(TABLE).with_columns(pl.col("product_id").cast(pl.Categorical)),
        lambda: duckdb.from_arrow(TABLE),
    ],
    ids=["arrow", "stream", "pandas", "objects", "index", "categories", "strings", "pandas-arrow", "polars", "polars-categories", "duckdb"],
)
def test_a_frame_of_any_library_gives_the_same_table_and_rows(frame):
    same(cl.read_reviews(frame()))


def test_pandas_numbers_and_times_are_read_as_they_are():
    frame = pd.DataFrame(LOG)
    frame["rating"] = frame["rating"].astype(float)
    moments = pd.to_datetime(pd.to_numeric(frame["timestamp"]), unit="s", utc=True)
    for times in (
        moments,
        moments.dt.tz_convert("Asia/Tokyo"),
        moments.astype(object),
        moments.dt.tz_localize(None),
        moments.astype(str).where(moments.notna()),
    ):
        frame["timestamp"] = times
        table = cl.read_reviews(frame)
        assert view(table) == expected()
        assert table.rows(ASKED)["timestamp"].tolist() == expected_rows()["timestamp"].tolist()


def test_column_names_need_not_be_text():
    frame = pd.DataFrame([["u", "p", 5], ["v", "p", 4]], columns=[0, 1, 2])
    table = cl.read_reviews(frame, map={"reviewer_id": "0", "product_id": "1", "rating": "2"})
    assert table.rating.tolist() == [5, 4]
    assert table.rows([1])["reviewer_id"].tolist() == ["v"]


@pytest.mark.parametrize(
    "ids",
    [
        pa.array([7, 12, None], pa.int8()),
        pa.array([7, 12, None], pa.uint64()),
        pa.array([7.0, 12.0, None], pa.float32()),
        pa.array([7, 12, None], pa.decimal128(9, 2)),
        pa.array(["7", "12", None], pa.string_view()),
        pa.array([b"7", b"12", None], pa.binary()),
        pa.array(["7", "12", None]).dictionary_encode(),
        pa.array([7, 12, None], pa.int64()).dictionary_encode(),
    ],
    ids=lambda array: str(array.type),
)
def test_ids_of_any_type_become_text(ids):
    table = cl.read_reviews(pa.table({"reviewer_id": ids, "product_id": pa.array([True, False, True])}))
    assert table.reviewer_names.take([0, 1]) == ["7", "12"]
    assert table.product_names.take([0, 1]) == ["true", "false"]
    assert (table.accepted, table.set_aside) == (2, 1)


def test_objects_of_several_types_become_text():
    frame = pd.DataFrame({"reviewer_id": [7, "7", "x"], "product_id": ["p", None, "q"]}, dtype=object)
    table = cl.read_reviews(frame)
    assert table.reviewer_names.take(table.reviewer) == ["7", "x"]
    assert table.set_aside == 1


def test_json_with_changing_types_is_read_by_python_to_the_same_ids(tmp_path):
    """A late change of type, lone surrogates and nested values: Arrow gives up, nothing is lost."""
    rows = [{"reviewer_id": 7, "product_id": "p", "rating": 5}] * 1500
    rows += [{"reviewer_id": "7", "product_id": "p", "rating": 4.5}, {"reviewer_id": "\ud800", "product_id": 1e3, "rating": {"a": 1}}]
    (tmp_path / "x.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows) + '{"reviewer_id": "z", "product_id": "p", "rating": 1e999}\n'
    )
    table = cl.read_reviews(tmp_path / "x.jsonl")
    assert table.reviewer_names.take(range(len(table.reviewer_names))) == ["7", "\\ud800", "z"]
    assert table.product_names.take(range(len(table.product_names))) == ["p", "1000"]
    assert [(p["row"], p["value"]) for p in table.problems] == [(1502, '{"a": 1}'), (1503, "1e999")]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("seller", ["s", 7, {"name": "s"}])
def test_json_keys_that_come_late_are_read(tmp_path, threads, seller):
    """The first objects lack them, as JSON may: absent there, not lost further on; what never comes is not a column of the log."""
    rows = [{"reviewer_id": f"u{k}", "product_id": "p"} for k in range(1500)]
    rows += [{"reviewer_id": f"v{k}", "product_id": "p", "rating": 5, "timestamp": 1_500_000_000, "seller": seller} for k in range(9)]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    table = cl.read_reviews(tmp_path / "x.jsonl", threads=threads)
    assert (table.accepted, table.set_aside) == (1509, 0)
    assert np.isnan(table.rating[:1500]).all()
    assert table.rating[1500:].tolist() == [5] * 9
    assert table.time[1500:].tolist() == [17_361] * 9
    assert table.seller_of_listing().tolist() == [0]
    assert {name for name, column in table.columns.items() if column} == {"reviewer_id", "product_id", "rating", "timestamp", "seller"}
    assert list(table.rows([1508])) == ["row", "source", "source_row", *(name for name in table.columns if table.columns[name])]
    assert table.rows([1508])["timestamp"].tolist() == ["2017-07-14T02:40:00Z"]


@pytest.mark.parametrize("name", ["x.txt", "x.tsv"])
@pytest.mark.parametrize("gap", [" ", "\t"])
def test_yelpchi_without_a_header_is_read(tmp_path, name, gap):
    """By its first line in a text file, by its name in any other."""
    (tmp_path / name).write_text("".join(gap.join(line.split(" ")) + "\n" for line in ("u p None -1 2012-01-01", "v p 4.0 1 None")))
    if name == "x.tsv" and gap == " ":
        with pytest.raises(InputError, match=r"not of the dialect 'yelpchi'|parted by"):
            cl.read_reviews(tmp_path / name, dialect="yelpchi")
        return
    for dialect in ("yelpchi", *([None] if name == "x.txt" else [])):
        table = cl.read_reviews(tmp_path / name, dialect=dialect)
        assert (table.accepted, table.set_aside) == (2, 0)
        assert table.rows([0, 1])["label"].tolist() == ["-1", "1"]
        assert table.rows([0, 1])["timestamp"].tolist() == ["2012-01-01T00:00:00Z", None]


def test_a_header_of_five_columns_is_no_row(tmp_path):
    (tmp_path / "x.txt").write_text("who what stars flag when\nu p 5 1 2017-01-01\nv p 4 1 2017-01-01\n")
    with pytest.raises(InputError, match="'who', 'what', 'stars', 'flag', 'when'"):
        cl.read_reviews(tmp_path / "x.txt")
    assert cl.read_reviews(tmp_path / "x.txt", map={"reviewer_id": "who", "product_id": "what", "rating": "stars"}).accepted == 2


def test_a_column_without_a_value_is_one_the_log_has_not(tmp_path):
    (tmp_path / "x.csv").write_text("reviewer_id,product_id,seller,text,listing,verified,rating\nu,p,,,,,5\n")
    table = cl.read_reviews(tmp_path / "x.csv")
    assert (table.seller, table.verified, table.seller_of_listing()) == (None, None, None)
    assert any("no sellers" in note for note in table.notes)
    assert any("neither review texts nor listings" in note for note in table.notes)


def test_nul_characters_are_kept_exactly(tmp_path):
    ids = ["a", "a\0", "a\0b", "\0"]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps({"reviewer_id": one, "product_id": "p"}) + "\n" for one in ids))
    for source in (tmp_path / "x.jsonl", pa.table({"reviewer_id": ids, "product_id": ["p"] * 4})):
        assert cl.read_reviews(source).reviewer_names.take(range(4)) == ids


def test_the_same_bytes_have_the_same_digest(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(delimited(","))
    assert cl.read_reviews(tmp_path / "a.csv").sources[0].digest == cl.read_reviews(tmp_path / "b.csv").sources[0].digest
    one, same_, other = cl.read_reviews(TABLE), cl.read_reviews(pa.concat_tables([TABLE])), cl.read_reviews(TABLE.slice(1))
    assert one.sources[0].digest == same_.sources[0].digest != other.sources[0].digest


def test_progress_is_told_and_ends_at_the_rows(tmp_path):
    pq.write_table(TABLE, tmp_path / "x.parquet")
    told = []
    cl.read_reviews(tmp_path / "x.parquet", progress=lambda *what: told.append(what))
    assert told[-1] == ("read", N, N)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupt_ends_the_decoding_thread(tmp_path, error):
    import threading  # noqa: PLC0415  # of this test only

    path = tmp_path / "x.jsonl"
    path.write_bytes(json_lines() * 100)

    def stop(*_):
        raise error

    with pytest.raises(error):
        cl.read_reviews(path, progress=stop)
    assert not [thread for thread in threading.enumerate() if thread.name == "collusion-decode"]


def test_columns_of_few_values_are_read_as_dictionaries_and_coded_as_text(tmp_path):
    """Over row groups whose dictionaries differ, with values that are absent: the same codes and names as without dictionaries."""
    rng = np.random.default_rng(3)
    n = 5000
    product = [None if k == 0 else f"product {k:03d}" for k in rng.integers(0, 200, n).tolist()]
    log = pa.table({"reviewer_id": [f"u{k}" for k in range(n)], "product_id": product, "category": [p and p[-1] for p in product]})
    read = []
    for dictionaries in (True, False):
        path = tmp_path / f"{dictionaries}.parquet"
        pq.write_table(log, path, row_group_size=700, use_dictionary=dictionaries)
        batches = Parquet(Input(path, "parquet", None)).batches(log.column_names, log.column_names)
        types = [{column.type for column in batch.columns} for batch in batches]
        assert all(any(pa.types.is_dictionary(kind) for kind in own) == dictionaries for own in types)
        read.append(cl.read_reviews(path))
    one, other = read
    for name in ("reviewer", "product", "row"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.category_of_listing(), other.category_of_listing())
    assert one.product_names.take(range(199)) == other.product_names.take(range(199)) == list(dict.fromkeys(filter(None, product)))
    assert one.set_aside == other.set_aside == product.count(None)
