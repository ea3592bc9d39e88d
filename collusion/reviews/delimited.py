"""Delimited text: CSV, TSV, and the header-less, space-separated form of YelpChi; plain or compressed."""

from __future__ import annotations

import codecs
import csv
import io
import re
import time
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.csv

from collusion.errors import InputError
from collusion.kernels.quoting import QuoteCheck
from collusion.reviews.dialect import DIALECTS, NEEDED
from collusion.reviews.source import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from collusion.reviews.source import Input

__all__ = ["NAMED", "Delimited", "Watched", "damaged", "not_text"]

NAMED = 20
"""Problems of one kind that a message names one by one."""

START = 1 << 16
"""Bytes in which the header must lie."""


def damaged(name: str, error: object) -> InputError:
    """Return the error of a file whose bytes cannot be read to their end."""
    return InputError(
        f"{name}: cannot be read to its end ({error}); it is cut short, damaged or not what its name says; fetch or write it again"
    )


def not_text(name: str, start: bytes) -> str | None:
    """Return what is wrong with a file that begins with these bytes, if it is no UTF-8 text at all."""
    sample = start[:64]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(sample) > 3 and sample.count(0) > len(sample) // 4):
        return f"{name}: is UTF-16 or UTF-32, or no text at all; save it as UTF-8"
    return None


QUIET = 10
"""Hundredths of a second without a read after which the thread that reads ahead has nothing more to do."""


class Watched(io.RawIOBase):
    """A stream of text that notices, as the bytes pass, what parsers forgive: bytes that are not UTF-8, and quotes out of place."""

    def __init__(self, stream: BinaryIO, quotes: QuoteCheck | None = None) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._quotes = quotes
        self._feeds = self._returns = 0
        self._busy = self._ended = False
        self._calls = self._over = 0
        self._last = b"\n"

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes; raise UnicodeDecodeError where they are not UTF-8."""
        self._calls += 1
        self._busy = True
        try:
            return self._next(buffer)
        finally:
            self._busy = False

    def rest(self) -> None:
        """End the stream here, and wait until nobody reads it any more.

        Arrow reads ahead in a thread of its own. A reader that is dropped before its end waits for that thread and holds Python's lock
        meanwhile, for which the thread waits to read on: neither would ever end.
        """
        self._ended = True
        quiet = 0
        while quiet < QUIET and self._over < 2:
            before = self._calls
            time.sleep(0.01)
            quiet = 0 if self._busy or self._calls != before else quiet + 1

    def _next(self, buffer: memoryview) -> int:
        chunk = b"" if self._ended else self._stream.read(len(buffer))
        self._over += not chunk
        self._decoder.decode(chunk, final=not chunk)
        if self._quotes is not None:
            self._quotes.add(chunk)
        if chunk:
            self._feeds += chunk.count(b"\n")
            self._returns += chunk.count(b"\r")
            self._last = chunk[-1:]
        buffer[: len(chunk)] = chunk
        return len(chunk)

    @property
    def lines(self) -> int | None:
        """Lines that passed; None where they end now in one way, now in another."""
        if self._feeds and self._returns not in (0, self._feeds):
            return None
        return max(self._feeds, self._returns) + (self._last not in b"\r\n")


class Delimited:
    """A file of delimited text."""

    may_grow = False

    def __init__(self, source: Input, mapping: Mapping[str, str], dialect: str | None = None) -> None:
        self.name = source.name
        self.rows: int | None = None
        self.first_line: int | None = None
        self._source = source
        try:
            with opened(source) as stream:
                start = stream.read(START)
        except OSError as error:
            raise damaged(self.name, error) from error
        if wrong := not_text(self.name, start):
            raise InputError(wrong)
        self.format, self.delimiter, self.header, self._skip = self._form(start.removeprefix(codecs.BOM_UTF8), mapping, dialect)

    def _form(self, start: bytes, mapping: Mapping[str, str], dialect: str | None) -> tuple[str, str, tuple[str, ...], int]:
        """Return format, delimiter, columns and lines of header."""
        if not start.strip():
            raise InputError(f"{self.name}: is empty; a log needs a header line and rows")
        text = start.decode("utf-8", "replace")
        line = text[: min((at for mark in "\r\n" if (at := text.find(mark)) >= 0), default=len(text))]
        if not line.strip():
            raise InputError(f"{self.name}: begins with a blank line; the first line must name the columns")
        delimiter = {"csv": ",", "tsv": "\t"}.get(self._source.format) or _delimiter(line, mapping)
        try:
            header = tuple(next(csv.reader([line], delimiter=delimiter, strict=True)))
        except csv.Error as error:
            raise InputError(f"{self.name}: line 1: the header cannot be read ({error}); it must be one line of names") from error
        form = {"\t": "tsv", " ": "text"}.get(delimiter, "csv")
        headerless = next((d for d in DIALECTS if d.begins(header)), None)
        # Asked for by name, or a text file whose first line says so; in .csv and .tsv the first line is a header unless told otherwise.
        if headerless is not None and (headerless.name == dialect or (self._source.format == "txt" and dialect is None)):
            return form, delimiter, headerless.header, 0
        other = next((mark for mark in ";\t|," if mark in line), None) if len(header) == 1 else None
        if other is not None:
            raise InputError(
                f"{self.name}: line 1: the columns are parted by {other!r}, not by {delimiter!r}; "
                "save it as .csv with commas or .tsv with tabs"
            )
        return form, delimiter, header, 1

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the columns of every row as text; see `collusion.reviews.batches.Reader`."""
        ragged: list[str] = []
        rows = 0

        def note(row: Any) -> str:  # noqa: ANN401  # pyarrow's InvalidRow
            if len(ragged) < NAMED:
                ragged.append(f"row {row.number or '?'} has {row.actual_columns}")
            return "skip"

        quotes = QuoteCheck(self.delimiter)
        try:
            with opened(self._source) as stream:
                watched = Watched(stream, quotes)
                for batch in self._parsed(watched, columns, note):
                    rows += batch.num_rows
                    yield batch
        except UnicodeDecodeError as error:
            raise InputError(self._structure() or f"{self.name}: is not UTF-8 ({error}); save it as UTF-8") from error
        except pa.ArrowException as error:
            if watched.lines is not None and watched.lines <= self._skip and quotes.sound:  # nothing behind the header
                return
            raise InputError(self._structure() or f"{self.name}: cannot be read ({error}); mend the file or write it again") from error
        except OSError as error:
            raise damaged(self.name, error) from error
        if ragged or not quotes.sound:
            reason = "; ".join(ragged) or "a quote is never closed, or is followed by more than a delimiter"
            raise InputError(self._structure() or f"{self.name}: the header has {len(self.header)} columns, but {reason}")
        # As many lines as records: each record is one line, none blank, so that rows tell lines.
        self.first_line = 1 + self._skip if watched.lines == rows + self._skip else None

    def _parsed(self, stream: Watched, columns: Sequence[str], note: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401  # a function
        names = list(dict.fromkeys(columns))
        reader = pa.csv.open_csv(
            pa.PythonFile(io.BufferedReader(stream, 1 << 20), "r"),
            pa.csv.ReadOptions(column_names=list(self.header), skip_rows=self._skip, block_size=1 << 22, encoding="utf8"),
            pa.csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=note),
            pa.csv.ConvertOptions(
                include_columns=names,
                column_types=dict.fromkeys(names, pa.large_string()),
                strings_can_be_null=False,
                check_utf8=False,  # the whole stream is watched
            ),
        )
        whole = False
        try:
            for batch in reader:
                yield batch.select(list(columns))
            whole = True
        finally:
            if not whole:
                stream.rest()

    def _structure(self) -> list[str]:
        """Read the file slowly and name every line that breaks its form."""
        problems: list[str] = []
        wrong: list[str] = []
        width, more, begin = len(self.header), 0, 1
        rows = csv.reader(self._lines(problems), delimiter=self.delimiter, strict=True)
        try:
            for row in rows:
                if row and len(row) != width:
                    if len(wrong) < NAMED:
                        wrong.append(f"line {begin} has {len(row)}")
                    else:
                        more += 1
                begin = rows.line_num + 1
        except csv.Error as error:
            if "unexpected end" in str(error):
                problems.append(f"{self.name}: the quote that opens in the record at line {begin} is never closed; close it, or double it")
            elif "field larger" in str(error):
                problems.append(
                    f"{self.name}: a cell of the record at line {begin} is longer than {csv.field_size_limit():,} characters; "
                    "the quote that opens it is probably never closed"
                )
            else:
                problems.append(
                    f"{self.name}: the record at line {begin} has characters behind a closing quote ({error}, line {rows.line_num}); "
                    "close the cell there, or double the quotes inside it"
                )
        except OSError as error:
            problems += damaged(self.name, error).problems
        if wrong:
            rest = f" and {more} more" if more else ""
            problems.append(
                f"{self.name}: the header has {width} columns, but {'; '.join(wrong)}{rest}; "
                f"mend these lines, or quote cells that hold {self.delimiter!r}"
            )
        return problems

    def _lines(self, problems: list[str]) -> Iterator[str]:
        """Yield the lines of the file as text, noting the first byte that is not UTF-8."""
        said = False
        with opened(self._source) as stream, io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="") as text:
            for number, line in enumerate(text, start=1):
                if not said and (found := re.search("[\udc80-\udcff]", line)):
                    problems.append(
                        f"{self.name}: line {number}, character {found.start() + 1}: the byte {ord(found[0]) - 0xDC00:#04x} is not UTF-8 "
                        "(Latin-1 perhaps); save the file as UTF-8"
                    )
                    said = True
                yield line


def _delimiter(line: str, mapping: Mapping[str, str]) -> str:
    """Return the delimiter of a .txt file: the one under which the header is known, else the first that is there."""
    known = {name for dialect in DIALECTS for name in dialect.sign} | set(NEEDED) | set(mapping.values())
    for mark in ("\t", ",", " "):
        if mark in line and set(line.split(mark)) & known:
            return mark
    return next((mark for mark in ("\t", " ", ",") if mark in line), ",")
