"""Small valid logs of every form that is read, whose records can be recognised wherever they end up."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import pyarrow as pa
import pyarrow.parquet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

__all__ = ["FORMS", "MARKER", "Form", "Log", "compressed", "make_log", "pick", "rendered"]

MARKER = r"9173\d{5}"
"""Pattern in the id of every reviewer, different in each: nothing else in a log matches it."""


@dataclass(frozen=True)
class Form:
    """How a log is written: ``kind`` is delimited, jsonl or parquet; ``hive`` whether folder names are a column."""

    name: str
    kind: str
    suffix: str
    delimiter: str = ","
    compression: str | None = None
    hive: bool = False
    header: bool = True


FORMS = (
    Form("csv", "delimited", ".csv"),
    Form("tsv", "delimited", ".tsv", "\t"),
    Form("semicolons", "delimited", ".csv", ";"),
    Form("pipes", "delimited", ".txt", "|"),
    Form("colons", "delimited", ".dat", "::"),
    Form("no header", "delimited", ".data", "\t", header=False),
    Form("csv.gz", "delimited", ".csv.gz", ",", "gzip"),
    Form("tsv.zst", "delimited", ".tsv.zst", "\t", "zstd"),
    Form("jsonl", "jsonl", ".jsonl"),
    Form("jsonl.gz", "jsonl", ".jsonl.gz", ",", "gzip"),
    Form("jsonl.zst", "jsonl", ".ndjson.zst", ",", "zstd"),
    Form("parquet", "parquet", ".parquet"),
    Form("hive csv", "delimited", ".csv", hive=True),
    Form("hive parquet", "parquet", ".parquet", hive=True),
)

NAMES = (
    ("reviewer_id", "product_id", "rating", "timestamp", "text"),
    ("reviewerID", "asin", "overall", "unixReviewTime", "reviewText"),
    ("user_id", "business_id", "stars", "date", "text"),
    ("user", "item", "rating", "timestamp", "text"),
)
"""Names of columns, by dialect."""

TEXTS = (
    "fine",
    "",
    "Great product, would buy again; really | truly\tgood",
    'She said "wow", and left',
    "First line\nsecond line\n\nfourth line",
    "ends with a break\r\n",
    "日本語のレビュー。とても良い",
    "naïve café \U0001f44d\U0001f3fd e\u0301",
    "עברית \u200fوعربي",
    "\u2028 \u00a0 odd blanks \ufeff",
    '"quoted as a whole"',
    "'; DROP TABLE reviews; --",
    "=1+1",
    "<b>bold</b> & {braces}: [1, 2]",
    "\\N and \\n and \\",
    "long " * 60,
)

PLAIN = ("fine", "", "good value for money", "日本語", "naïve café", "it's 100% ok", "x" * 200)
"""Texts without delimiters, quotes and line ends, for forms without quoting."""


@dataclass(frozen=True)
class Log:
    """A log as cells of text."""

    form: Form
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line_end: str = "\n"
    quote_all: bool = False
    numbers: bool = False
    """Whether ratings and times are numbers where the form distinguishes numbers from text."""


_Any = TypeVar("_Any")


def pick(rng: np.random.Generator, of: Sequence[_Any]) -> _Any:
    """Return one of several."""
    return of[int(rng.integers(len(of)))]


def make_log(rng: np.random.Generator, form: Form) -> Log:
    """Draw a log of 3 to 40 records."""
    n = int(rng.integers(3, 13)) if rng.random() < 0.9 else 40
    clock = pick(rng, ("days", "seconds", "iso"))
    if not form.header:
        clock = "seconds"
    simple = form.delimiter == "::" or not form.header
    names = pick(rng, NAMES)
    rows = []
    for k in range(n):
        day = int(rng.integers(0, 900))
        time = {
            "days": f"20{19 + day // 300:02}-{1 + day % 12:02}-{1 + day % 28:02}",
            "seconds": str(1_500_000_000 + day * 86_400 + 7 * k),
            "iso": f"2021-{1 + day % 12:02}-{1 + day % 28:02}T{day % 24:02}:05:09Z",
        }[clock]
        reviewer = f"9173{k:05}" if not form.header else f"u9173{k:05}"
        product = f"{rng.integers(1, 9)}" if not form.header else f"p{rng.integers(1, 9)}"
        rows.append([reviewer, product, str(rng.integers(1, 6)), time, pick(rng, PLAIN if simple else TEXTS)])
    if not form.header:
        return Log(form, names[:4], tuple(tuple(row[:4]) for row in rows))
    order = list(range(5)) if rng.random() < 0.6 else rng.permutation(5).tolist()
    return Log(
        form,
        tuple(names[j] for j in order),
        tuple(tuple(row[j] for j in order) for row in rows),
        pick(rng, ("\n", "\n", "\r\n")),
        quote_all=rng.random() < 0.2 and form.delimiter != "::",
        numbers=rng.random() < 0.5 and clock == "seconds",
    )


def rendered(log: Log, rows: Sequence[Sequence[str]]) -> bytes:
    """Return these rows of a log as the bytes of one file, not compressed."""
    if log.form.kind == "parquet":
        return _parquet(log, rows)
    if log.form.kind == "jsonl":
        lines = (json.dumps(dict(zip(log.header, _typed(log, row), strict=False)), ensure_ascii=log.quote_all) for row in rows)
        return "".join(line + log.line_end for line in lines).encode("utf-8", "surrogatepass")
    if len(log.form.delimiter) > 1:
        lines = (log.form.delimiter.join(row) for row in (log.header, *rows))
        return "".join(line + log.line_end for line in lines).encode("utf-8", "surrogatepass")
    stream = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if log.quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(stream, delimiter=log.form.delimiter, lineterminator=log.line_end, quoting=quoting)
    writer.writerows((log.header, *rows) if log.form.header else rows)
    return stream.getvalue().encode("utf-8", "surrogatepass")


def _typed(log: Log, row: Sequence[str]) -> list[object]:
    return [int(cell) if log.numbers and cell.isascii() and cell.isdigit() else cell for cell in row]


def _parquet(log: Log, rows: Sequence[Sequence[str]]) -> bytes:
    columns: list[pa.Array] = []
    for j in range(len(log.header)):
        # Texts of Arrow have no lone surrogates.
        cells = [row[j].encode("utf-8", "replace").decode() if j < len(row) else None for row in rows]
        whole = log.numbers and all(cell and cell.isascii() and cell.isdigit() and len(cell) < 18 for cell in cells)
        columns.append(pa.array([int(cell or 0) for cell in cells], pa.int64()) if whole else pa.array(cells, pa.string()))
    sink = io.BytesIO()
    table = pa.Table.from_arrays(columns, names=list(log.header))
    pa.parquet.write_table(table, sink, compression="zstd" if log.quote_all else "none", row_group_size=5)
    return sink.getvalue()


def compressed(content: bytes, compression: str | None) -> bytes:
    """Return bytes as they are stored."""
    if compression == "gzip":
        return gzip.compress(content, mtime=0)
    return content if compression is None else bytes(pa.Codec("zstd").compress(content, asbytes=True))
