"""Text of any delimiter, with a header or without, under whatever name."""

import gzip
import json
import uuid

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reviews.compressed import zst

import collusion as cl
from collusion.base.errors import InputError

NAMES = ["reviewer_id", "product_id", "rating", "timestamp"]
ROWS = [["u1", "p1", "5", "1500026400"], ["u2", "p1", "4", "1500126400"], ["u1", "p2", "3", "1500226400"]]


def text(rows, delimiter, end="\n"):
    return end.join(delimiter.join(row) for row in rows) + end


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def check(table, rows=ROWS):
    frame = table.rows(range(table.rows_in))
    assert frame["reviewer_id"].tolist() == [row[0] for row in rows]
    assert frame["product_id"].tolist() == [row[1] for row in rows]
    assert frame["rating"].tolist() == [row[2] for row in rows]
    assert table.rating.tolist() == [float(row[2].replace(",", ".")) for row in rows]
    assert (table.time > 17_000).all()


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a.dat", "metadata"])
@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", "::"])
@pytest.mark.parametrize("form", ["\ufeff", "sep", "gz", "\r\n"])
def test_the_delimiter_is_recognised_from_the_header(tmp_path, name, delimiter, form):
    if form == "sep" and len(delimiter) > 1:
        return
    content = text([NAMES, *ROWS], delimiter, "\r\n" if form == "\r\n" else "\n")
    content = {"\ufeff": "\ufeff" + content, "sep": f"sep={delimiter}\n{content}", "gz": gzip.compress(content.encode())}.get(form, content)
    table = cl.read_reviews(write(tmp_path, name + ".gz" * (form == "gz"), content))
    check(table)


def test_a_decimal_comma_stands_between_semicolons(tmp_path):
    rows = [["u1", "p1", "4,5", "2017-07-14"], ["u2", "p1", "3,0", "2017-07-15"]]
    check(
        cl.read_reviews(
            write(tmp_path, "a.csv", text([["Kunde", "Artikel", "Note, 1-5", "Datum"], *rows], ";")),
            map=dict(zip(NAMES, ["Kunde", "Artikel", "Note, 1-5", "Datum"], strict=True)),
        ),
        rows,
    )


@pytest.mark.parametrize("delimiter", ["^", "||", "~|~", " ", "\x01", "\\x01", "tab", ";"])
def test_any_delimiter_can_be_named(tmp_path, delimiter):
    mark = {"\\x01": "\x01", "tab": "\t"}.get(delimiter, delimiter)
    check(cl.read_reviews(write(tmp_path, "a.csv", text([NAMES, *ROWS], mark)), delimiter=delimiter))


def test_a_long_delimiter_is_found_wherever_blocks_end(tmp_path):
    rows = [[f"u:{k}{'x' * (k % 11)}", f":p{k % 9}", "5", "1500026400"] for k in range(150_000)]
    table = cl.read_reviews(write(tmp_path, "a.dat", text([NAMES, *rows], "::")))
    assert table.rows_in == len(rows)
    assert table.reviewer_names.take(range(0, 150_000, 7)) == [rows[k][0] for k in range(0, 150_000, 7)]


@pytest.mark.parametrize(("name", "delimiter"), [("ratings.dat", "::"), ("u.data", "\t"), ("u.data.gz", "\t")])
def test_old_files_of_movielens_are_read_by_their_first_row(tmp_path, name, delimiter):
    rows = [["196", "242", "3", "881250949"], ["186", "302", "3", "891717742"]]
    content = text(rows, delimiter).encode()
    table = cl.read_reviews(write(tmp_path, name, gzip.compress(content) if name.endswith("gz") else content))
    assert table.reviewer_names.take([0, 1]) == ["196", "186"]
    assert table.rating.tolist() == [3, 3]


def test_columns_name_a_file_without_a_header_and_no_row_is_eaten(tmp_path):
    path = write(tmp_path, "a.csv", text(ROWS, ","))
    check(cl.read_reviews(path, columns=NAMES))
    check(cl.read_reviews(path, columns=["who", "what", "rating", "timestamp"], map={"reviewer_id": "who", "product_id": "what"}))
    with pytest.raises(InputError, match=r"looks like a row.*`columns=\["):
        cl.read_reviews(path, map={"reviewer_id": "u1", "product_id": "p1"})
    with pytest.raises(InputError, match=r"has 4 cells, but `columns=\.\.\.` names 2"):
        cl.read_reviews(path, columns=NAMES[:2])
    check(cl.read_reviews(write(tmp_path, "b.csv", text([NAMES, *ROWS], ",")), columns=NAMES))
    with pytest.raises(InputError, match="has its own column names"):
        cl.read_reviews(write(tmp_path, "a.jsonl", '{"reviewer_id": "u", "product_id": "p"}\n'), columns=NAMES)


def test_problems_of_a_file_without_a_header_have_their_lines(tmp_path):
    rows = [*ROWS, ["", "p1", "5", "1500026400"]]
    (problem,) = cl.read_reviews(write(tmp_path, "a.csv", text(rows, ",")), columns=NAMES).problems
    assert (problem["row"], problem["line"]) == (4, 4)
    (problem,) = cl.read_reviews(write(tmp_path, "b.csv", "sep=,\n" + text([NAMES, *rows], ","))).problems
    assert (problem["row"], problem["line"]) == (4, 6)


def test_a_file_is_what_its_bytes_are(tmp_path):
    target = pa.BufferOutputStream()
    pq.write_table(pa.table({name: [row[k] for row in ROWS] for k, name in enumerate(NAMES)}), target)
    check(cl.read_reviews(write(tmp_path, "a.csv", target.getvalue().to_pybytes())))
    check(cl.read_reviews(write(tmp_path, "b.csv", gzip.compress(text([NAMES, *ROWS], ",").encode()))))
    check(cl.read_reviews(write(tmp_path, "export", zst(text([NAMES, *ROWS], ";").encode()))))
    lines = "".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in ROWS)
    check(cl.read_reviews(write(tmp_path, "dump.txt", lines)))


IDS = [uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), uuid.UUID(int=1), None, uuid.UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")]


@pytest.mark.parametrize("arrow", [True, False])
def test_uuids_are_their_36_characters(tmp_path, arrow):
    """Of Parquet with or without the schema that Arrow adds, of Arrow and of pandas; what is sliced is still itself."""
    raw = [None if one is None else one.bytes for one in IDS]
    table = pa.table({"reviewer_id": pa.array(raw, pa.uuid()), "product_id": ["p"] * 4, "ip": pa.array(raw, pa.uuid())})
    pq.write_table(table, tmp_path / "u.parquet", store_schema=arrow)
    frame = pd.DataFrame({"reviewer_id": IDS, "product_id": ["p"] * 4, "ip": IDS})
    for source in (tmp_path / "u.parquet", table, table.slice(1), frame):
        read = cl.read_reviews(source, link=["ip"])
        want = [str(one) for one in (IDS[1:] if isinstance(source, pa.Table) and len(source) == 3 else IDS) if one is not None]
        assert read.reviewer_names.take(range(len(want))) == want
        assert read.set_aside == 1
        assert read.rows([0])["ip"].tolist() == [want[0]]
