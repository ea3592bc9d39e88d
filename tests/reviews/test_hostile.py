"""Every malformed input is one InputError that names file and place and says what to do; nothing else escapes."""

import gzip
import random

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reviews.compressed import zst

import collusion as cl
from collusion.base.errors import ConfigError, InputError

HEADER = "reviewer_id,product_id,rating,timestamp\n"
ROWS = [f"u{k % 7},p{k % 5},{1 + k % 5},{1_500_000_000 + 86_400 * k}\n" for k in range(60)]
GOOD = HEADER + "".join(ROWS)


def parquet():
    target = pa.BufferOutputStream()
    table = pa.table({"reviewer_id": [f"u{k}" for k in range(500)], "product_id": [f"p{k % 9}" for k in range(500)]})
    pq.write_table(table, target)
    return target.getvalue().to_pybytes()


def noise(n):
    """Bytes that do not compress."""
    return random.Random(3).randbytes(n).hex().encode()


LONG = (HEADER + "".join(f"u{noise(8).decode()}{k},p{k * 7919 % 1009},5,{1_500_000_000 + k}\n" for k in range(20_000))).encode()

MALFORMED = {
    "ragged.csv": (
        HEADER + ROWS[0] + "u9,p9,5\n" + ROWS[1] + "u9,p9,5,1500000000,more\n",
        ["4 columns", "line 3 has 3", "line 5 has 5", "correct these lines"],
    ),
    "ragged-many.csv": (HEADER + "u,p\n" * 50, ["line 2 has 2", "line 21 has 2", "and 30 more"]),
    "ragged-quoted.csv": (HEADER + '"a\nb",p,5,1500000000\nu,p\n', ["line 4 has 2"]),
    "unclosed.csv": (HEADER + ROWS[0] + 'u1,"p1,5,1500000000\n' + ROWS[1] * 5, ["opens in the record at line 3", "never closed"]),
    "unclosed-at-the-end.csv": (HEADER + ROWS[0] + 'u1,p1,5,"1500000000', ["opens in the record at line 3", "never closed"]),
    "two-unclosed.csv": ('reviewer_id,product_id\na,b\nu1,"p1\nu2,"p2\nc,d\n', ["line 3", "quote"]),
    "behind-a-quote.csv": ('reviewer_id,product_id\n"u1"x,p1\n', ["line 2", "behind a closing quote"]),
    "utf16.csv": (GOOD.encode("utf-16"), ["UTF-16", "save it as UTF-8"]),
    "utf16-le-no-mark.csv": (GOOD.encode("utf-16-le"), ["UTF-16", "save it as UTF-8"]),
    "utf32.csv": (GOOD.encode("utf-32"), ["UTF-32", "save it as UTF-8"]),
    "latin1.csv": ((HEADER + ROWS[0] + "Jos\xe9,p1,5,1500000000\n").encode("latin-1"), ["line 3, character 4", "0xe9", "UTF-8"]),
    "windows-1252-header.csv": (
        "reviewer_id,product_id,H\xe4ndler\nu1,p1,x\n".encode("cp1252"),
        ["line 1, character 25", "0xe4", "Windows-1252", "CSV UTF-8"],
    ),
    "latin1-elsewhere.csv": (
        ("reviewer_id,product_id,note\nu1,p1,x\nu2,p2,caf\xe9\n").encode("latin-1"),
        ["line 3, character 10", "0xe9", "UTF-8"],
    ),
    "twice.csv": ("reviewer_id,product_id,rating,rating\nu,p,5,4\n", ["'rating' twice", "rename"]),
    "missing.csv": (
        "reviewr_id,product_id\nu,p\n",
        ["reviewer_id", "'reviewr_id'", '`map={"reviewer_id": "reviewr_id"}`', "did you mean 'reviewr_id'?"],
    ),
    "missing-both.csv": ("x,y\nu,p\n", ['`map={"reviewer_id": "COLUMN", "product_id": "COLUMN"}`']),
    "empty.csv": ("", ["empty"]),
    "blank.csv": ("\n\n", ["empty"]),
    "blank-first-line.csv": ("\n" + GOOD, ["blank line", "first line"]),
    "header-only.csv": (HEADER, ["no rows"]),
    "header-and-blank-lines.csv": (HEADER + "\n\n", ["no rows"]),
    "header-only-no-line-end.csv": (HEADER.strip(), ["no rows"]),
    "carets.csv": (GOOD.replace(",", "^"), ["line 1", "one column", '`delimiter="^"`']),
    "no-header.csv": ("".join(ROWS), ["line 1", "looks like a row", '`columns=["reviewer_id", "product_id", "rating", "timestamp"]`']),
    "book.csv": (b"PK\x03\x04 and more", ["zip archive or a workbook", "save its sheet as CSV"]),
    "old.xls": (b"\xd0\xcf\x11\xe0 and more", ["old Excel workbook", "CSV"]),
    "log.csv.bz2": (b"BZh91AY", ["bzip2", "bunzip2"]),
    "page.csv": ("<!DOCTYPE html><html></html>", ["web page"]),
    "american.csv": (
        "reviewer_id,product_id,timestamp\n" + "u,p,09/03/2021 4:05 PM\nv,p,\n" * 100 + "w,p,\n",
        ["100 of 100 cells", "can be read in two ways", '`time_format="%d/%m/%Y %I:%M %p"`', '"%m/%d/%Y %I:%M %p"'],
    ),
    "german.csv": ("reviewer_id,product_id,timestamp\nu,p,25.12.2021\nv,p,01.02.2021\n", ["day first", '`time_format="%d.%m.%Y"`']),
    "quoted-line-end-in-header.csv": ('reviewer_id,"product\n_id"\nu,p\n', ["line 1", "header"]),
    "cut.csv.gz": (gzip.compress(LONG, mtime=0)[:-4000], ["cut short"]),
    "cut-checksum.csv.gz": (gzip.compress(LONG, mtime=0)[:-6], ["cut short"]),
    "flipped.csv.gz": (bytes(b ^ (0xFF if at == 90_000 else 0) for at, b in enumerate(gzip.compress(LONG, mtime=0))), ["damaged"]),
    "no-gzip.csv.gz": (GOOD, ["not what its name says"]),
    "cut.csv.zst": (zst(LONG)[:-4000], ["cut short"]),
    "no-zstd.csv.zst": (GOOD, ["not what its name says"]),
    "empty.csv.gz": (b"", ["empty"]),
    "cut.parquet": (parquet()[:-100], ["Parquet", "cut short"]),
    "no-footer.parquet": (b"PAR1" + b"\x00" * 50, ["Parquet"]),
    "csv.parquet": (GOOD, ["Parquet", "another format"]),
    "empty.parquet": (b"", ["Parquet"]),
    "array.jsonl": ('[{"reviewer_id": "u", "product_id": "p"}]', ["array", "one object per line"]),
    "pretty.jsonl": ('{\n "reviewer_id": "u",\n "product_id": "p"\n}\n', ["line 1", "line 2"]),
    "broken.jsonl": (
        '{"reviewer_id": "u", "product_id": "p"}\n{"reviewer_id": "u", \n"text"\n',
        ["line 2", "line 3", "whole object per line"],
    ),
    "broken-late.jsonl": ('{"reviewer_id": "u", "product_id": "p"}\n' * 3000 + "{oops\n", ["line 3001"]),
    "two-on-a-line.jsonl": (
        '{"reviewer_id": "u", "product_id": "p"}\n' * 2000
        + '{"reviewer_id": "u", "product_id": "p"}{"reviewer_id": "v", "product_id": "q"}\n',
        ["line 2001"],
    ),
    "over-lines.jsonl": (
        '{"reviewer_id": "u", "product_id": "p"}\n' * 2000 + '{"reviewer_id": "u",\n"product_id": "p"}\n',
        ["line 2001", "line 2002"],
    ),
    "latin1.jsonl": (b'{"reviewer_id": "u\xe9", "product_id": "p"}\n', ["line 1", "not UTF-8"]),
    "latin1-late.jsonl": (
        b'{"reviewer_id": "u", "product_id": "p"}\n' * 3000 + b'{"reviewer_id": "u\xe9", "product_id": "p"}\n',
        ["line 3001", "not UTF-8"],
    ),
    "deep.jsonl": ('{"reviewer_id": ' + "[" * 100_000 + "\n", ["line 1"]),
    "utf16.jsonl": ('{"reviewer_id": "u"}'.encode("utf-16"), ["UTF-16"]),
    "empty.jsonl": ("", ["empty"]),
    "no-columns.jsonl": ("{}\n{}\n", ["empty"]),
    "missing.jsonl": ('{"user": "u", "product_id": "p"}\n', ['`map={"reviewer_id": "user"}`', "'user'"]),
    "untellable.csv": (
        "reviewer_id,product_id,timestamp\n" + "".join(f"u,p,{k}\n" for k in range(17000, 17020)),
        ["'timestamp'", "`time_unit=...`"],
    ),
    "mixed-units.csv": (
        "reviewer_id,product_id,timestamp\nu,p,1500000000\nv,p,1500000000000\n",
        ["mixes times in s and ms", "1500000000000 (ms)"],
    ),
    "mixed-forms.csv": (
        "reviewer_id,product_id,timestamp\n" + "u,p,1500000000\n" * 400_000 + "u,p,2017-07-14\n" * 400_000,
        ["mixes dates and numbers", "'timestamp'"],
    ),
    "no-times.csv": (
        "reviewer_id,product_id,timestamp\nu,p,soon\nv,p,later\n",
        ["2 of 2 cells", "'timestamp'", '`map={"timestamp": "COLUMN"}`'],
    ),
    "no-ratings.csv": ("reviewer_id,product_id,rating\nu,p,good\nv,p,bad\n", ["2 of 2 cells", '`map={"rating": "COLUMN"}`']),
    "ancient.csv": ("reviewer_id,product_id,timestamp\nu,p,1850-01-01\nv,p,1851-01-01\n", ["outside 1990 to 2100", "1850-01-01"]),
    "log.xlsx": (b"PK\x03\x04", ["Excel workbook", "CSV UTF-8"]),
}


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_one_clear_error(tmp_path, name, threads):
    content, said = MALFORMED[name]
    path = write(tmp_path, name, content)
    with pytest.raises(InputError) as caught:
        cl.read_reviews(path, threads=threads)
    text = str(caught.value)
    assert caught.value.problems
    assert all(str(path) in problem for problem in caught.value.problems)
    for words in said:
        assert words in text
    assert all(len(problem) < 2500 for problem in caught.value.problems)


def test_all_problems_of_all_files_are_told_at_once(tmp_path):
    one = write(tmp_path, "a.csv", HEADER + "u,p\n" + 'v,"p,5,1500000000\n')
    two = write(tmp_path, "b.csv", (HEADER + "\xe9,p,5,1500000000\nu,p\n").encode("latin-1"))
    three = write(tmp_path, "c.csv", GOOD)
    with pytest.raises(InputError) as caught:
        cl.read_reviews([one, two, three])
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    assert f"{one}: the header has 4 columns, but line 2 has 2" in text
    assert f"{one}: the quote that opens in the record at line 3" in text
    assert f"{two}: line 2, character 1" in text
    assert f"{two}: the header has 4 columns, but line 3 has 2" in text
    assert str(three) not in text


def test_a_source_that_fails_late_leaves_the_others_to_be_read_for_their_problems(tmp_path):
    one = write(tmp_path, "a.csv", MALFORMED["mixed-forms.csv"][0])
    two = write(tmp_path, "b.csv", "reviewer_id,product_id,timestamp\nu,p,2017-07-14\nv,p,1150-07-14\nw,p,2017-07-14\n")
    three = write(tmp_path, "c.csv", "reviewer_id,product_id,timestamp\nu,p,12\n")
    with pytest.raises(InputError) as caught:
        cl.read_reviews([one, two, three])
    assert [problem.split(":")[0] for problem in caught.value.problems] == [str(one), str(three)]


def test_headers_of_all_files_are_checked_before_any_is_read(tmp_path):
    paths = [write(tmp_path, f"{k}.csv", f"a{k},b\nu,p\n") for k in range(3)]
    with pytest.raises(InputError) as caught:
        cl.read_reviews(paths)
    assert len(caught.value.problems) == 3


def test_a_folder_of_mixed_dialects_tells_which_file_has_which(tmp_path):
    write(tmp_path, "a.csv", "reviewerID,asin,overall,unixReviewTime\nu,p,5,1500000000\n")
    write(tmp_path, "b.csv", "user_id,business_id,stars,date\nu,p,5,2017-07-14\n")
    with pytest.raises(InputError) as caught:
        cl.read_reviews(tmp_path)
    text = str(caught.value)
    assert f"{tmp_path / 'a.csv'} with reviewerID, asin, overall, unixReviewTime" in text
    assert f"{tmp_path / 'b.csv'} with user_id, business_id, stars, date" in text
    assert "scan them separately" in text


def test_a_file_may_lack_a_column_that_another_has(tmp_path):
    write(tmp_path, "a.csv", "reviewer_id,product_id\nu,p\nv,p\n")
    write(tmp_path, "b.csv", "reviewer_id,product_id,rating,timestamp,verified,seller\nu,q,5,1500000000,true,s\n")
    for order in (["a.csv", "b.csv"], ["b.csv", "a.csv"]):
        table = cl.read_reviews([tmp_path / name for name in order])
        assert table.accepted == 3
        at = order.index("b.csv") * 2
        assert table.rating[at] == 5
        assert (table.time != -(2**31)).sum() == 1
        assert table.verified.tolist().count(-1) == 2
        assert table.rows([0, 1, 2])["rating"].isna().sum() == 2


@pytest.mark.parametrize("missing", ["no.csv", "no/where", "nul\0.csv"])
def test_a_missing_path_is_named(tmp_path, missing):
    with pytest.raises(InputError, match=r"no such file|cannot be accessed"):
        cl.read_reviews(f"{tmp_path}/{missing}")


def test_a_folder_with_nothing_readable_says_what_could_be_read(tmp_path):
    write(tmp_path, "notes.docx", "x")
    write(tmp_path, ".hidden.csv", GOOD)
    write(tmp_path, ".git/log.csv", GOOD)
    with pytest.raises(InputError, match=r"holds no file of a known format \(\.parquet"):
        cl.read_reviews(tmp_path)


def test_files_of_a_folder_that_are_not_read_are_noted(tmp_path):
    write(tmp_path, "a.csv", GOOD)
    write(tmp_path, "b.xlsx", "x")
    assert any("b.xlsx" in note and "not read" in note for note in cl.read_reviews(tmp_path).notes)


def test_a_file_given_twice_is_not_counted_twice(tmp_path):
    path = write(tmp_path, "a.csv", GOOD)
    with pytest.raises(InputError, match="is given twice"):
        cl.read_reviews([path, tmp_path])


@pytest.mark.parametrize("source", [7, None, [], [1, 2], {"a": 1}, b"x"])
def test_what_is_no_source_says_what_would_be_one(source):
    with pytest.raises(InputError, match="a source is a path"):
        cl.read_reviews(source)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"map": {"reviewer": "u"}}, "did you mean 'reviewer_id'"),
        ({"time_unit": "sec"}, "not a unit of time"),
        ({"dialect": "amazn-2018"}, "did you mean 'amazon-2018'"),
        ({"map": {"reviewer_id": "u", "product_id": "u"}}, "mapped to both"),
        ({"threads": 0}, "at least 1"),
        ({"delimiter": "ab"}, "delimiter"),
        ({"delimiter": ""}, "delimiter"),
        ({"quote": "single"}, "double, none"),
        ({"columns": ["a", "a"]}, "more than once"),
        ({"link": "ip"}, "must be a list of names"),
        ({"link": [7]}, "must be a list of names"),
        ({"link": ["ip", "ip"]}, "'ip' more than once"),
        ({"link": ["product_id"]}, "'product_id' already has a meaning"),
        ({"link": ["source"]}, "rename the log's column"),
        *(({"time_format": form}, "time_format must name year") for form in ("%Y", "%m/%Y", "2021", "%d/%m", "%Q", "", "%d/%m/%Y %")),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_read(options, said):
    with pytest.raises(ConfigError, match=said):
        cl.read_reviews("/nowhere.csv", **options)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame([["u", "p", "q"]], columns=["reviewer_id", "product_id", "product_id"]), "twice"),
        (pd.DataFrame({"reviewer_id": [1.5], "product_id": ["p"]}), "holds no ids"),
        (pd.DataFrame({"reviewer_id": [2.0**60], "product_id": ["p"]}), "last digits"),
        (pd.DataFrame({"reviewer_id": [["a"]], "product_id": ["p"]}), "holds no ids"),
        (pd.DataFrame({"reviewer_id": [], "product_id": []}), "no rows"),
        (pd.DataFrame({"reviewer_id": ["u"], "product_id": ["p"], "timestamp": [["x"]]}), "cannot be read as a timestamp"),
        (pd.DataFrame({"reviewer_id": ["u"], "product_id": ["p"], "rating": [b"5"]}), "cannot be read as a rating"),
        (pa.table({"reviewer_id": pa.array([b"\xff"]), "product_id": ["p"]}), "UTF8"),
        (pd.DataFrame({"reviewer_id": ["\ud800"], "product_id": ["p"]}, dtype=object), "cannot be read as text"),
    ],
)
def test_a_frame_that_is_no_log_is_one_clear_error(frame, said):
    with pytest.raises(InputError, match=said):
        cl.read_reviews(frame)


@pytest.mark.parametrize("name", ["reviewer_id", "product_id", "seller", "text", "rating", "timestamp", "verified"])
def test_parquet_with_text_that_is_not_utf8_is_refused(tmp_path, name):
    """Two halves of a character in neighbouring cells are no character either."""
    raw = pa.Array.from_buffers(pa.string(), 2, pa.array([b"\xc3", b"\xa9"]).buffers())
    frame = pa.table({"reviewer_id": ["u", "v"], "product_id": ["p", "q"]})
    frame = frame.drop_columns(name) if name in frame.column_names else frame
    pq.write_table(frame.append_column(name, raw), tmp_path / "x.parquet")
    with pytest.raises(InputError, match=rf"x\.parquet: .*{name}.*UTF-?8"):
        cl.read_reviews(tmp_path / "x.parquet")


def test_cr_only_line_ends_give_exact_rows(tmp_path):
    table = cl.read_reviews(write(tmp_path, "a.csv", GOOD.replace("\n", "\r")))
    assert (table.accepted, table.set_aside) == (60, 0)
    assert table.rows([59])["product_id"].tolist() == ["p4"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_log_of_one_row_is_a_log(tmp_path, end, last, mark):
    text = "reviewer_id,product_id" + end + "u,p" + (end if last else "")
    table = cl.read_reviews(write(tmp_path, "a.csv", mark + text.encode()))
    assert (table.rows_in, table.accepted) == (1, 1)
    assert table.reviewer_names[0] == "u"
    assert table.product_names[0] == "p"


def test_a_quote_within_a_plain_cell_is_a_character(tmp_path):
    table = cl.read_reviews(write(tmp_path, "a.csv", 'reviewer_id,product_id\nu,5" screen\nv,"a ""b"", c"\n'))
    assert [table.product_names[k] for k in range(2)] == ['5" screen', 'a "b", c']


def test_ids_are_text_to_the_byte(tmp_path):
    ids = ["007", "7", "NA", "nan", "null", "None", "a\0b", "a", "é", "e\u0301", "=1+1", " 7", "7.0", "1e5", "<script>"]
    table = cl.read_reviews(write(tmp_path, "a.csv", "reviewer_id,product_id\n" + "".join(f"{one},p\n" for one in ids)))
    assert table.reviewer_names.take(range(len(ids))) == ids


def test_blank_ids_set_the_row_aside(tmp_path):
    table = cl.read_reviews(write(tmp_path, "a.csv", "reviewer_id,product_id\nu,p\n,p\nv,\n \t,p\n\u00a0,p\n\u00a0x,p\n"))
    assert (table.rows_in, table.accepted, table.set_aside) == (6, 2, 4)
    assert [(p["row"], p["line"], p["column"]) for p in table.problems] == [
        (2, 3, "reviewer_id"),
        (3, 4, "product_id"),
        (4, 5, "reviewer_id"),
        (5, 6, "reviewer_id"),
    ]


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "1e999", "five", "1_0", "1e39"])
def test_a_rating_that_is_no_finite_number_sets_the_row_aside(tmp_path, cell):
    path = write(tmp_path, "a.csv", f"reviewer_id,product_id,rating\nu,p,5\nv,p,{cell}\nw,p,\nx,p, 4.5 \n")
    table = cl.read_reviews(path)
    assert [(p["row"], p["line"], p["value"], p["reason"]) for p in table.problems] == [(2, 3, cell, "rating is not a finite number")]
    assert table.rating[0] == 5
    assert table.rating[2] == 4.5
    assert str(table.rating[1]) == "nan"


def test_lines_are_told_only_where_they_are_exact(tmp_path):
    """A quoted line end, a blank line or mixed line ends: rows no longer tell lines."""
    for k, text in enumerate(
        ['reviewer_id,product_id\n"a\nb",p\n,p\n', "reviewer_id,product_id\nu,p\n\n,p\n", "reviewer_id,product_id\nu,p\r\n,p\n"]
    ):
        (problem,) = cl.read_reviews(write(tmp_path, f"{k}.csv", text)).problems
        assert (problem["row"], problem["line"]) == (2, None)


def test_a_source_that_changed_is_not_read_again(tmp_path):
    path = write(tmp_path, "a.csv", GOOD)
    table = cl.read_reviews(path)
    path.write_text(GOOD + ROWS[0])
    with pytest.raises(InputError, match="has changed since"):
        table.rows([0])
    path.unlink()
    with pytest.raises(InputError, match="cannot be read again"):
        table.rows([0])


@pytest.mark.parametrize("row", [-1, 60])
def test_a_row_that_is_not_there_is_an_index_error(tmp_path, row):
    with pytest.raises(IndexError, match="0 to 59"):
        cl.read_reviews(write(tmp_path, "a.csv", GOOD)).rows([row])
