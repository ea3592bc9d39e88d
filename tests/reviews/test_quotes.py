"""Records that stray quotes would swallow are named; texts of several lines are read as they are."""

import csv
import gzip
import io
import random
from itertools import pairwise

import pytest

import collusion as cl
from collusion.base.errors import InputError
from collusion.kernels.quoting import QuoteCheck

NAMES = ["reviewer_id", "product_id", "rating", "timestamp", "text"]
ROWS = [[f"u{k:03}", f"p{k % 7}", str(1 + k % 5), f"2021-01-{1 + k % 28:02}", "fine"] for k in range(40)]


def joined(rows, delimiter=",", end="\n"):
    return end.join(delimiter.join(row) for row in rows) + end


def stray(first, last, column):
    """Return rows of which one cell begins with a quote and another ends with one."""
    rows = [list(row) for row in ROWS]
    rows[first][column] = '"' + rows[first][column]
    rows[last][column] += '"'
    return rows


@pytest.mark.parametrize(("first", "last"), [(0, 1), (3, 4), (5, 30), (38, 39)])
@pytest.mark.parametrize("column", [0, 1, 4])
@pytest.mark.parametrize(
    ("name", "delimiter", "end"), [("a.tsv", "\t", "\n"), ("a.csv", ",", "\r\n"), ("a.txt", "|", "\r"), ("a.csv.gz", ";", "\n")]
)
def test_lines_that_stray_quotes_hide_are_named(tmp_path, name, delimiter, end, column, first, last):
    rows = stray(first, last, column)
    content = b"\xef\xbb\xbf" + joined([NAMES, *rows], delimiter, end).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    lines = f"hides line {last + 2}" if last == first + 1 else f"hides lines {first + 3} to {last + 2}"
    with pytest.raises(InputError, match=rf"the quote that opens in line {first + 2} {lines}\..*`quote=\"none\"`"):
        cl.read_reviews(path)
    table = cl.read_reviews(path, quote="none")
    assert table.rows_in == len(ROWS)
    assert table.rows([first])[NAMES[column]].tolist() == [rows[first][column]]
    assert cl.read_reviews(path, quote="double").rows_in == len(ROWS) - (last - first)


def test_without_quoting_every_quote_is_a_character(tmp_path):
    rows = [["u1", 'p"1', "5", "2021-01-01", '"great" she said'], ["u2", "p2", "4", "2021-01-01", '"']]
    path = tmp_path / "a.tsv"
    path.write_text(joined([NAMES, *rows], "\t"))
    with pytest.raises(InputError, match='`quote="none"`'):
        cl.read_reviews(path)
    assert cl.read_reviews(path, quote="none").rows([0, 1])["text"].tolist() == [row[4] for row in rows]


PROSE = [
    "Pros: small, light, cheap, quiet\nCons: none, really, I mean it, none\n5 stars",
    "1, 2, 3, 4, 5\n6, 7, 8, 9, 10",
    "a,b,c,d,e\nf,g,h,i,j",
    "My order 123456,7,8,9,10\nand a second, on 2021-01-01, 5, 4, no",
    "Sizes:\nS,M,L,XL,XXL\n38,40,42,44,46\n",
    'She said "no",\nand "yes", twice, then, again, left',
    "\n\n,,,,\n",
]


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("few", [True, False])
def test_texts_of_several_lines_are_read(tmp_path, at, end, few):
    """Wherever their column stands, however many commas they hold, and even where the log is nothing else."""
    order = [name for name in NAMES if name != "text"]
    order.insert(at, "text")
    rows = [[*ROWS[k][:4], text.replace("\n", end)] for k, text in enumerate(PROSE[:1] if few else PROSE)]
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, order, lineterminator=end)
    writer.writeheader()
    writer.writerows(dict(zip(NAMES, row, strict=True)) for row in rows)
    path = tmp_path / "a.csv"
    path.write_bytes(stream.getvalue().encode())
    table = cl.read_reviews(path)
    assert table.rows(range(len(rows)))["text"].tolist() == [row[4] for row in rows]


def test_hidden_lines_are_the_same_however_the_text_is_cut():
    rng = random.Random(5)
    text = joined(stray(3, 9, 4) + stray(0, 1, 1) + stray(20, 22, 4), end="\r\n").encode()
    found = set()
    for _ in range(300):
        check = QuoteCheck(",", 5, lambda line: line.startswith(b"u"))
        edges = sorted([0, len(text), *(rng.randrange(40, len(text)) for _ in range(rng.choice([0, 1, 5, 200])))])
        for start, stop in pairwise(edges):
            check.add(text[start:stop])
        check.end()
        found.add(tuple(check.hidden))
    assert found == {((*((line, 4) for line in range(5, 11)), (42, 41), *((line, 101) for line in (102, 103))))}
