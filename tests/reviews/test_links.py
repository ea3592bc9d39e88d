"""Linking columns: in every format, whatever they hold, each value of each reviewer once with the first row that shows it."""

import gzip
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import collusion as cl
from collusion.base.errors import InputError

N = 2500
HOSTILE = [
    "=1+1",
    "@SUM(A1)",
    "a\0b",
    "\x1b]0;x\x07",
    "x" * 10_000,
    "007",
    "7",
    " 7",
    "7.0",
    "NA",
    "nan",
    "None",
    "é",
    "e\u0301",
    'a "b", c',
    "\u202e",
]
BLANK = ["", " ", "\t", "\u00a0", None]


def rows_of(seed=5):
    rng = np.random.default_rng(seed)
    values = [*(f"10.0.0.{k}" for k in range(60)), *HOSTILE, *BLANK]
    return [
        {
            "reviewer_id": f"u{rng.integers(80)}",
            "product_id": f"p{rng.integers(40)}",
            "ip": values[rng.integers(len(values))],
            "device": str(rng.integers(9)),
        }
        for _ in range(N)
    ]


ROWS = rows_of()
TABLE = pa.table({name: pa.array([row[name] for row in ROWS], pa.string()) for name in ROWS[0]})


def slowly(rows, column):
    """The first row of each (reviewer, value), cell by cell."""
    found = {}
    for k, row in enumerate(rows):
        if row[column] is not None and row[column].strip():
            found.setdefault((row["reviewer_id"], row[column]), k)
    return found


def shown(link, names):
    values = link.values.take(link.value)  # noqa: PD011  # of a link
    return dict(zip(zip(names.take(link.reviewer), values, strict=True), link.row.tolist(), strict=True))


def check(table, rows=ROWS):
    assert [link.name for link in table.links] == ["device", "ip"]
    for link in table.links:
        assert shown(link, table.reviewer_names) == slowly(rows, link.name)
        key = link.reviewer.astype(np.int64) * len(link.values) + link.value
        assert (np.diff(key) > 0).all(), "sorted, each pair once"
        assert set(link.value.tolist()) == set(range(len(link.values))), "no value that no row holds"
        assert (link.reviewer.dtype, link.value.dtype, link.row.dtype) == (np.int32, np.int32, np.int64)
        assert not link.row.flags.writeable


def delimited(mark):
    def cell(value):
        return '"' + ("" if value is None else value).replace('"', '""') + '"'

    return "".join(mark.join(line) + "\n" for line in [list(ROWS[0]), *([cell(one) for one in row.values()] for row in ROWS)]).encode()


def json_lines(rows=ROWS):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


FILES = {
    "x.csv": lambda: delimited(","),
    "x.tsv": lambda: delimited("\t"),
    "x.csv.gz": lambda: gzip.compress(delimited(",")),
    "x.jsonl": json_lines,
    "nulls-left-out.jsonl": lambda: json_lines({k: v for k, v in row.items() if v is not None} for row in ROWS),
    "mixed.jsonl": lambda: json_lines({**row, "device": int(row["device"])} if k % 2 else row for k, row in enumerate(ROWS)),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_any_format_shows_what_a_slow_reading_shows(tmp_path, name):
    (tmp_path / name).write_bytes(FILES[name]())
    table = cl.read_reviews(tmp_path / name, link=["device", "ip"])
    check(table)
    rows = table.rows([0, 7, 2499])
    assert rows["ip"].tolist() == [ROWS[k]["ip"] or None for k in (0, 7, 2499)]
    assert rows["device"].tolist() == [ROWS[k]["device"] for k in (0, 7, 2499)]


@pytest.mark.parametrize("options", [{}, {"row_group_size": 300}, {"use_dictionary": False}])
def test_parquet_shows_it_too(tmp_path, options):
    pq.write_table(TABLE, tmp_path / "x.parquet", **options)
    check(cl.read_reviews(tmp_path / "x.parquet", link=["device", "ip"]))


@pytest.mark.parametrize(
    "frame",
    [
        lambda: TABLE,
        lambda: pd.DataFrame(ROWS),
        lambda: pd.DataFrame(ROWS).astype({"ip": "category"}),
        lambda: pd.DataFrame(ROWS).astype({"device": float}),
        lambda: pd.DataFrame(ROWS).astype({"device": int}),
        lambda: pl.DataFrame(ROWS),
        lambda: TABLE.set_column(3, "device", TABLE["device"].cast(pa.decimal128(9, 2))),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_frames_show_it_too_and_whole_numbers_are_their_digits(frame, threads):
    check(cl.read_reviews(frame(), link=("device", "ip"), threads=threads))


def test_a_folder_of_parts_is_one_log(tmp_path):
    """A value has one code in all parts, and rows are counted over all of them."""
    pq.write_table(TABLE.slice(0, 1000), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl").write_bytes(json_lines(ROWS[1000:]))
    check(cl.read_reviews(tmp_path, link=["device", "ip"]))


CELLS = st.sampled_from(["", "a", "b", "7", "007", " "]) | st.none()


ROW = st.tuples(st.sampled_from("uvw"), st.sampled_from(["p", "q", ""]), CELLS, CELLS, st.sampled_from(["5", "x", ""]))


@given(st.lists(ROW, min_size=3))
def test_rows_that_are_accepted_show_values_repeated_ones_too_and_no_others(rows):
    """A row that is set aside, for a missing product or a rating that is not a number, shows nothing."""
    names = ["reviewer_id", "product_id", "ip", "device", "rating"]
    frame = pa.table({name: pa.array([row[k] for row in rows], pa.string()) for k, name in enumerate(names)})
    if 2 * sum(row[4] == "x" for row in rows) > len(rows) or not any(row[1] and row[4] != "x" for row in rows):
        return
    table = cl.read_reviews(frame, link=["device", "ip"])
    good = [k for k, row in enumerate(rows) if row[1] and row[4] != "x"]
    kept = [dict(zip(names, rows[k], strict=True)) for k in good]
    for link in table.links:
        assert shown(link, table.reviewer_names) == {pair: good[k] for pair, k in slowly(kept, link.name).items()}
        assert set(link.value.tolist()) == set(range(len(link.values)))


def test_a_column_without_a_value_links_nobody_and_says_so():
    """A value in a row that is set aside does not count."""
    frame = pa.table({"reviewer_id": ["u", "v", None], "product_id": ["p"] * 3, "ip": ["", None, "1"], "device": ["d"] * 3})
    table = cl.read_reviews(frame, link=["ip", "device"])
    assert [(len(link), len(link.values)) for link in table.links] == [(0, 0), (2, 1)]
    assert [note for note in table.notes if "link" in note] == ["The linking column 'ip' has no value in any accepted row."]


def test_without_being_asked_for_no_column_links():
    assert cl.read_reviews(TABLE).links == ()


def test_a_missing_column_is_named_with_the_file_its_columns_and_one_like_it_all_at_once(tmp_path):
    (tmp_path / "a.csv").write_text("reviewer_id,product_id,ip_hash\nu,p,1\n")
    (tmp_path / "b.jsonl").write_text('{"reviewer_id": "u", "product_id": "p", "device": "d"}\n')
    with pytest.raises(InputError) as caught:
        cl.read_reviews(tmp_path, link=["ip_hsh", "device"])
    a, b = (f"{tmp_path / name}: has no column" for name in ("a.csv", "b.jsonl"))
    own = "which should link accounts; its columns are 'reviewer_id', 'product_id'"
    assert caught.value.problems == (
        f"{a} 'ip_hsh', {own}, 'ip_hash'; did you mean 'ip_hash'?",
        f"{a} 'device', {own}, 'ip_hash'",
        f"{b} 'ip_hsh', {own}, 'device'",
    )
    with pytest.raises(InputError, match="frame: has no column 'ip_hash'"):
        cl.read_reviews(TABLE, link=["ip_hash"])


def test_a_key_that_only_later_objects_have_is_a_column(tmp_path):
    """The first thousand objects tell the columns of JSON lines; one that no object has is still an error."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(json_lines([{k: v for k, v in row.items() if k != "ip" or at >= 1500} for at, row in enumerate(ROWS)]))
    late = [{**row, "ip": row["ip"] if at >= 1500 else None} for at, row in enumerate(ROWS)]
    check(cl.read_reviews(path, link=["device", "ip"]), late)
    with pytest.raises(InputError, match=r"x\.jsonl: has no column 'card', which should link accounts; its columns are 'reviewer_id'"):
        cl.read_reviews(path, link=["card"])


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.parquet"])
def test_a_value_that_is_not_utf8_is_refused(tmp_path, name):
    path = tmp_path / name
    if name == "x.parquet":
        raw = pa.Array.from_buffers(pa.string(), 2, pa.array([b"a", b"\xe9"]).buffers())
        pq.write_table(pa.table({"reviewer_id": ["u", "v"], "product_id": ["p", "q"], "ip": raw}), path)
    else:
        line = {"x.csv": b"u,p,\xe9\n", "x.jsonl": b'{"reviewer_id": "u", "product_id": "p", "ip": "\xe9"}\n'}[name]
        path.write_bytes((b"reviewer_id,product_id,ip\n" if name == "x.csv" else b"") + line)
    with pytest.raises(InputError, match=r"row 2: the value of the column 'ip' is not UTF-8" if name == "x.parquet" else "not UTF-8"):
        cl.read_reviews(path, link=["ip"])


@pytest.mark.parametrize("cells", [[1.5], [["a"]], [{"a": 1}]])
def test_a_column_that_holds_no_text_is_one_clear_error(cells):
    with pytest.raises(InputError, match="the column 'ip' that should link accounts holds neither text nor whole numbers"):
        cl.read_reviews(pa.table({"reviewer_id": ["u"], "product_id": ["p"], "ip": cells}), link=["ip"])


def test_a_column_that_means_something_links_nobody():
    """Whoever reviews one product shares it: as a link it would accuse every co-reviewer."""
    with pytest.raises(InputError, match="the column 'device' holds the seller, so it cannot link accounts"):
        cl.read_reviews(TABLE, map={"seller": "device"}, link=["device"])


def test_renaming_and_reordering_change_no_value_of_anybody():
    rng = np.random.default_rng(1)
    order = rng.permutation(N)
    new = {f"u{k}": f"r{rng.integers(10**9)}" for k in range(80)}
    rows = [{**ROWS[k], "reviewer_id": new[ROWS[k]["reviewer_id"]]} for k in order]
    table = cl.read_reviews(pd.DataFrame(rows), link=["device", "ip"])
    check(table, rows)
    for link in table.links:
        assert set(shown(link, table.reviewer_names)) == {(new[u], value) for u, value in slowly(ROWS, link.name)}
