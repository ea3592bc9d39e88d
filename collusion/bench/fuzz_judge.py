"""Whether a damaged log was read correctly, by a slow and independent reading of its bytes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tempfile
import time
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from collusion.base.errors import InputError
from collusion.bench.fuzz_logs import MARKER
from collusion.bench.fuzz_mutations import UNTOUCHED
from collusion.reviews import COUNTED, read_reviews

if TYPE_CHECKING:
    from collusion.bench.fuzz_mutations import Case
    from collusion.reviews import ReviewTable

__all__ = ["REFUSED", "TABLE", "Outcome", "judged", "write"]

REFUSED, TABLE = "InputError", "table"
"""Results that are right; any other one is a failure."""


@dataclass(frozen=True)
class Outcome:
    """Outcome of one file: ``result`` is `REFUSED`, `TABLE` or the kind of failure, ``detail`` the message or the problem."""

    number: int
    form: str
    kind: str
    result: str
    detail: str
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether the reader failed."""
        return self.result not in (REFUSED, TABLE)


def write(case: Case, folder: Path) -> Path:
    """Write the files of a case into a folder, and return what is to be read."""
    for name, content in case.files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / case.source


def judged(case: Case, folder: Path) -> Outcome:
    """Read a damaged log in an empty folder, and judge the result."""
    source = write(case, folder)
    before = _there(folder)
    start = time.monotonic()
    result, detail = TABLE, ""
    try:
        table = read_reviews(source, quote=case.quote, threads=case.threads)
        detail = "; ".join(_wrong(case, table))
        result = "wrong table" if detail else TABLE
    except InputError as error:
        result, detail = REFUSED, str(error)
        if case.kind == UNTOUCHED:
            result = "good file refused"
        elif not detail.strip():
            result = "no message"
    except Exception as error:  # noqa: BLE001  # any other exception is what is looked for
        result, detail = type(error).__name__, str(error)
    seconds = time.monotonic() - start
    if _there(folder) != before:
        result, detail = "left behind", ", ".join(sorted(_there(folder) ^ before))
    return Outcome(case.number, case.form.name, case.kind, result, detail[:2000], seconds)


def _there(folder: Path) -> frozenset[str]:
    """Return the files in the folder, and in the folder of temporary files, which belongs to this worker (`collusion.bench.fuzz`)."""
    return frozenset(str(path) for top in (folder, Path(tempfile.gettempdir())) for path in top.rglob("*"))


def _wrong(case: Case, table: ReviewTable) -> list[str]:
    """Return the problems of a table."""
    wrong = []
    if table.rows_in != table.accepted + table.set_aside:
        wrong.append(f"{table.rows_in} rows in, but {table.accepted} accepted and {table.set_aside} set aside")
    counted = int(np.count_nonzero(table.status == COUNTED))
    if counted + table.repeated + table.copies != table.accepted:
        wrong.append(f"{counted} counted, {table.repeated} repeated and {table.copies} copies are not {table.accepted} accepted")
    aside = [(problem["source"], problem["row"]) for problem in table.problems]
    if len(set(aside)) != len(aside) or len(np.unique(table.row)) != len(table.row):
        wrong.append("a row is set aside or accepted twice")
    if any(len(array) != len(table) for array in (table.product, table.time, table.rating, table.status) if array is not None):
        wrong.append("columns of different lengths")
    records = None if case.kind == "noise" else _records(case)
    if records is None:
        return wrong
    rows, marks = records
    if rows is not None and rows != table.rows_in:
        wrong.append(f"{rows} records in the file, but {table.rows_in} rows in")
    return wrong + _swallowed(case, table, marks)


def _swallowed(case: Case, table: ReviewTable, marks: Counter[str]) -> list[str]:
    """Return which records are in no row, or in one with another record."""
    wrong = []
    frame = table.rows(range(table.rows_in))
    cells = frame.drop(columns=["source", "row", "source_row"], errors="ignore").astype(object).to_numpy()
    found = [re.findall(MARKER, "\x00".join(str(cell) for cell in row if isinstance(cell, str))) for row in cells]
    # A row that is set aside is shown with all of its text, and a note names ids of several lines.
    known = {problem["row"] for problem in table.problems}
    noted = any("of several lines" in note for note in table.notes)
    several = [k + 1 for k, row in enumerate(found) if len(set(row)) > 1 and k + 1 not in known]
    if case.quote != "none" and several and not noted:
        wrong.append(f"several records in row {several[0]}: {sorted(set(found[several[0] - 1]))}")
    if lost := sorted(set(marks) - {mark for row in found for mark in row}):
        # Of JSON lines, rows show no columns without a meaning: a record whose key is damaged is set aside without its id.
        lost = lost[table.set_aside :] if case.form.kind == "jsonl" else lost
    if lost:
        wrong.append(f"{len(lost)} records in no row, such as that of {lost[0]}")
    if case.kind == UNTOUCHED:
        wrong += _changed(case, table)
    return wrong


def _changed(case: Case, table: ReviewTable) -> list[str]:
    """Return how the table of an undamaged file differs from it."""
    if table.accepted != len(case.log.rows) or table.time is None or table.rating is None:
        return [f"{len(case.log.rows)} records, but {table.accepted} accepted; {table.problems[:1]}; {table.columns}"]
    text = table.columns["text"]
    if text is not None:
        at = case.log.header.index(text)
        given = Counter(row[at] for row in case.log.rows)
        read = Counter(one or "" for one in table.texts(table.row))
        if read != given:
            return [f"texts in the file alone: {list(given - read)[:3]}; in the table alone: {list(read - given)[:3]}"]
    return []


def _records(case: Case) -> tuple[int | None, Counter[str]] | None:
    """Return the records of the files, where that can be decided, and how often each mark is in them."""
    total: int | None = 0
    marks: Counter[str] = Counter()
    for (_, stored), whole in zip(case.files, case.whole, strict=True):
        if case.form.kind == "parquet":
            try:
                table = pa.parquet.read_table(pa.BufferReader(stored))
                table.validate(full=True)
            except (pa.ArrowException, OSError, ValueError):
                return None
            rows: int | None = table.num_rows
            marks.update(re.findall(MARKER, json.dumps(table.to_pylist(), default=str)))
        else:
            text = _unpacked(stored)
            # Bytes that cannot be unpacked to their end contain the whole text: a table of them must not lack a record.
            text = whole if text is None else text
            marks.update(mark.decode() for mark in re.findall(MARKER.encode(), text))
            rows = _lines(case, text)
        total = None if total is None or rows is None else total + rows
    return total, marks


def _unpacked(stored: bytes) -> bytes | None:
    for _ in range(3):
        try:
            if stored.startswith(b"\x1f\x8b"):
                stored = gzip.decompress(stored)
            elif stored.startswith(b"\x28\xb5\x2f\xfd"):
                stored = pa.CompressedInputStream(pa.BufferReader(stored), "zstd").read()
            else:
                return stored
        except (OSError, EOFError, zlib.error, pa.ArrowException):
            return None
    return stored


def _lines(case: Case, text: bytes) -> int | None:
    """Return how many records a text has, None where its header is damaged or its quotes are."""
    text = text.removeprefix(b"\xef\xbb\xbf")
    if case.form.kind == "jsonl":
        return sum(bool(line.strip()) for line in text.split(b"\n"))
    if case.quote is not None or len(case.form.delimiter) > 1 or not case.form.header:
        return None
    stream = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if case.log.quote_all else csv.QUOTE_MINIMAL
    csv.writer(stream, delimiter=case.form.delimiter, lineterminator=case.log.line_end, quoting=quoting).writerow(case.log.header)
    header = stream.getvalue().encode()
    if not text.startswith(header):
        return None
    csv.field_size_limit(1 << 30)
    try:
        rows = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=case.form.delimiter, strict=True)
        return sum(bool(row) for row in rows) - 1
    except (csv.Error, UnicodeDecodeError):
        return None
