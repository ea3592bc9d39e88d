"""Delimited text: CSV, TSV, and others, with a header line or without; plain or compressed."""

from __future__ import annotations

import codecs
import csv
import io
import re
import time
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

import pyarrow as pa
import pyarrow.csv

from collusion.base.errors import InputError
from collusion.base.hints import hint
from collusion.base.model import CANONICAL
from collusion.kernels.quoting import QuoteCheck
from collusion.reviews.dialect import DIALECTS
from collusion.reviews.failures import OF_DATA, damaged
from collusion.reviews.layout import Layout
from collusion.reviews.shape import Shape
from collusion.reviews.source import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from collusion.kernels.quoting import Hidden
    from collusion.reviews.source import Input

__all__ = ["NAMED", "Delimited", "Watched", "not_text"]

NAMED = 20
"""Problems of one kind that a message names one by one."""

MANY = 10_000
"""Rows of a wrong number of cells after which the rest is not read: of millions, it would take minutes to say no more."""

START = 1 << 16
"""Bytes in which the header must lie, and whose records show what the columns hold."""

MARKS = (",", "\t", ";", "|", "::")
"""Delimiters that are recognised from the first line; a space, too, in a file that is neither called .csv nor .tsv."""

JOINED = "\x1f"
"""The unit separator of ASCII, which stands for a delimiter of several characters while the file is read."""

SEPARATOR = re.compile(r'"?sep=(.)"?\Z', re.IGNORECASE)
"""A first line for spreadsheets that names the delimiter and is no data."""

VALUE = re.compile(r"[+-]?\d+(\.\d+)?\Z|\d{4}-\d\d-\d\d([T ].*)?\Z")
"""A number or a date, which names no column."""

UNQUOTED = f"; if quotes are ordinary characters in this file, read it with {hint('quote', 'none')}"
"""The way out of every error about quotes."""

UNKNOWN_MARK = re.compile(r"[^\w .\-]")
"""What is no part of the name of a column, as a rule."""

LONG_NUMBER = 9
"""Digits from which on a number is a time or an id; shorter ones may be names of columns, such as years."""


def not_text(name: str, start: bytes) -> str | None:
    """Return what is wrong with a file that begins with these bytes, if it is no UTF-8 text at all."""
    sample = start[:64]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(sample) > 3 and sample.count(0) > len(sample) // 4):
        return f"{name}: is UTF-16 or UTF-32, or not text; save it as UTF-8"
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
        if self._ended:
            self._over += 1
            return 0
        chunk = self._stream.read(len(buffer))
        self._over += not chunk
        self._decoder.decode(chunk, final=not chunk)
        if chunk:
            feeds, returns = chunk.count(b"\n"), chunk.count(b"\r")
            self._feeds += feeds
            self._returns += returns
            self._last = chunk[-1:]
            if self._quotes is not None:
                self._quotes.add(chunk, feeds, returns)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    @property
    def lines(self) -> int | None:
        """Lines that passed; None where they end now in one way, now in another."""
        if self._feeds and self._returns not in (0, self._feeds):
            return None
        return max(self._feeds, self._returns) + (self._last not in b"\r\n")


class _Joined(io.RawIOBase):
    """A stream in which a delimiter of several characters is one character, `JOINED`."""

    def __init__(self, stream: BinaryIO, mark: str) -> None:
        self._stream = stream
        self._mark = mark.encode()
        self._held = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes."""
        while True:
            chunk = self._stream.read(max(1, len(buffer) - len(self._mark)))
            data = (self._held + chunk).replace(self._mark, JOINED.encode())
            # What may be the beginning of a delimiter waits for the next bytes.
            kept = next((n for n in range(len(self._mark) - 1, 0, -1) if chunk and data.endswith(self._mark[:n])), 0)
            self._held = data[len(data) - kept :]
            data = data[: len(data) - kept]
            if data or not chunk:
                buffer[: len(data)] = data
                return len(data)

    def close(self) -> None:
        """Close the file below."""
        self._stream.close()
        super().close()


class Delimited:
    """A file of delimited text, of the dialect asked for (which may be one without a header line) and as the user says of it."""

    may_grow = False

    def __init__(self, source: Input, mapping: Mapping[str, str], dialect: str | None = None, layout: Layout | None = None) -> None:
        self.name = source.name
        self.rows: int | None = None
        self.first_line: int | None = None
        self._source = source
        self._layout = layout or Layout()
        try:
            with opened(source) as stream:
                raw = stream.read(START)
        except OSError as error:
            raise damaged(self.name, error) from error
        if wrong := not_text(self.name, raw):
            raise InputError(wrong)
        start = raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
        self.format, self._mark, self.header, self._skip = self._form(start, mapping, dialect)
        if any("\ufffd" in name for name in self.header):
            self._check_header()
        self.delimiter = self._mark if len(self._mark) == 1 else JOINED
        self._quoted = self._layout.quote != "none" and len(self._mark) == 1
        lines = list(io.StringIO(start, newline=""))[self._skip : None if len(raw) < START else -1]
        trusted = not self._quoted or self._layout.quote is not None
        self._shape = None if trusted else Shape(lines, self.delimiter, len(self.header))

    def _check_header(self) -> None:
        """Raise InputError where the header is not UTF-8: no name typed by the user could be found in it."""
        problems: list[str] = []
        for _ in islice(self._lines(problems), self._skip):
            pass
        if problems:
            raise InputError(problems)

    def _form(self, start: str, mapping: Mapping[str, str], dialect: str | None) -> tuple[str, str, tuple[str, ...], int]:
        """Return format, delimiter, columns and lines of header."""
        if not start.strip():
            raise InputError(f"{self.name}: is empty; a log needs a header line and rows")
        lines = [line.rstrip("\r\n") for line in list(io.StringIO(start, newline=""))[:2]]
        line, skip = lines[0], 0
        delimiter = self._layout.delimiter
        if (found := SEPARATOR.match(line)) and len(lines) > 1:
            delimiter = delimiter or found[1]
            line, skip = lines[1], 1
        if not line.strip():
            raise InputError(f"{self.name}: begins with a blank line; the first line must name the columns")
        delimiter = delimiter or _delimiter(line, self._source.format, mapping)
        header = self._cells(line, delimiter)
        form = {"\t": "tsv", " ": "text"}.get(delimiter, "csv")
        if self._layout.columns:
            return form, delimiter, *self._named(header, skip)
        headerless = next((d for d in DIALECTS if d.begins(header)), None)
        # Asked for by name, or a text file whose first line says so; in .csv and .tsv it is a header unless the user says otherwise.
        if headerless is not None and (headerless.name == dialect or (self._source.format == "txt" and dialect is None)):
            return form, delimiter, headerless.header, skip
        if _is_row(header):
            raise InputError(
                f"{self.name}: line {skip + 1}: looks like a row, not like the names of columns ({line[:80]!r}); "
                f"name the {len(header)} columns, as in {hint('columns', _example(header))}"
            )
        if len(header) == 1 and UNKNOWN_MARK.search(header[0]) and header[0] not in mapping.values():
            raise InputError(
                f"{self.name}: line {skip + 1}: holds one column, {header[0][:80]!r}; "
                f"name what separates the columns, as in {hint('delimiter', '^')}"
            )
        return form, delimiter, header, skip + 1

    def _cells(self, line: str, delimiter: str) -> tuple[str, ...]:
        """Return the cells of the first line."""
        if self._layout.quote == "none" or len(delimiter) > 1:
            return tuple(line.split(delimiter))
        try:
            return tuple(next(csv.reader([line], delimiter=delimiter, strict=True)))
        except csv.Error as error:
            raise InputError(f"{self.name}: line 1: the header cannot be read ({error}); it must be one line of names") from error

    def _named(self, first: tuple[str, ...], skip: int) -> tuple[tuple[str, ...], int]:
        """Return the columns that the user names, and the lines before the first row, of which a header of these names is one."""
        columns = self._layout.columns
        if len(first) != len(columns):
            raise InputError(
                f"{self.name}: line {skip + 1} has {len(first)} {'cell' if len(first) == 1 else 'cells'}, but {hint('columns')} names "
                f"{len(columns)}; name every column, in the order of the file, and the delimiter with {hint('delimiter')} if it is another"
            )
        return columns, skip + (first == columns)

    def _opened(self) -> BinaryIO:
        """Open the file with its delimiter as one character."""
        stream = opened(self._source)
        if len(self._mark) == 1:
            return stream
        return cast("BinaryIO", io.BufferedReader(_Joined(stream, self._mark), 1 << 20))

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the columns of every row as text; see `collusion.reviews.batches.Reader`."""
        ragged: list[str] = []
        rows = wrong = 0

        def note(row: Any) -> str:  # noqa: ANN401  # pyarrow's InvalidRow
            nonlocal wrong
            wrong += 1
            if len(ragged) < NAMED:
                ragged.append(f"row {row.number or '?'} has {row.actual_columns}")
            return "skip" if wrong < MANY else "error"

        like = None if self._shape is None else self._shape.fits
        quotes = QuoteCheck(self.delimiter, len(self.header), like)
        try:
            with self._opened() as stream:
                watched = Watched(stream, quotes if self._quoted else None)
                for batch in self._parsed(watched, columns, note):
                    rows += batch.num_rows
                    yield batch
        except UnicodeDecodeError as error:
            raise InputError(self._structure() or f"{self.name}: is not UTF-8 ({error}); save it as UTF-8") from error
        except OF_DATA as error:
            if watched.lines is not None and watched.lines <= self._skip and quotes.sound:  # nothing behind the header
                return
            raise InputError(self._structure() or f"{self.name}: cannot be read ({error}); repair the file or write it again") from error
        except OSError as error:
            raise damaged(self.name, error) from error
        quotes.end()
        if quotes.hidden:
            raise InputError([self._hidden(quotes.hidden), *(self._structure() if ragged or not quotes.sound else [])])
        if ragged or not quotes.sound:
            reason = "; ".join(ragged) or "a quote is never closed, or is followed by more than a delimiter"
            raise InputError(self._structure() or f"{self.name}: the header has {len(self.header)} columns, but {reason}")
        # As many lines as records: each record is one line, none blank, so that rows give lines.
        self.first_line = 1 + self._skip if watched.lines == rows + self._skip else None

    def _parsed(self, stream: Watched, columns: Sequence[str], note: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401  # a function
        names = list(dict.fromkeys(columns))
        reader = pa.csv.open_csv(
            pa.PythonFile(io.BufferedReader(stream, 1 << 20), "r"),
            pa.csv.ReadOptions(column_names=list(self.header), skip_rows=self._skip, block_size=1 << 22, encoding="utf8"),
            pa.csv.ParseOptions(
                delimiter=self.delimiter,
                quote_char='"' if self._quoted else False,
                double_quote=self._quoted,
                newlines_in_values=self._quoted,
                invalid_row_handler=note,
            ),
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

    def _hidden(self, hidden: Sequence[Hidden]) -> str:
        """Return the error of lines inside quoted cells that look like records."""
        cells: dict[int, list[int]] = {}
        for line, opened_at in hidden:
            cells.setdefault(opened_at, []).append(line)
        named = [f"the quote that opens in line {at} hides {_lines(lines)}" for at, lines in list(cells.items())[:NAMED]]
        rest = f"; and {len(cells) - NAMED:,} more such quotes" if len(cells) > NAMED else ""
        many = len(hidden) > 1
        return (
            f"{self.name}: {len(hidden):,} {'lines' if many else 'line'} inside quoted cells {'look' if many else 'looks'} like "
            f"{'records of their own' if many else 'a record of its own'} and would be lost: {'; '.join(named)}{rest}. "
            f"If quotes are ordinary characters in this file, read it with {hint('quote', 'none')}; if one quote is out of place, "
            "double or remove it; "
            f"if these lines do belong to a text, read it with {hint('quote', 'double')}"
        )

    def _structure(self) -> list[str]:
        """Read the file slowly and name every line that breaks its form."""
        problems: list[str] = []
        wrong: list[str] = []
        width, more, begin = len(self.header), 0, 1
        way: Literal[0, 3] = csv.QUOTE_MINIMAL if self._quoted else csv.QUOTE_NONE
        rows = csv.reader(self._lines(problems), delimiter=self.delimiter, quoting=way, strict=True)
        try:
            for row in rows:
                if row and len(row) != width and begin > self._skip:
                    if len(wrong) < NAMED:
                        wrong.append(f"line {begin} has {len(row)}")
                    else:
                        more += 1
                begin = rows.line_num + 1
        except csv.Error as error:
            if "unexpected end" in str(error):
                problems.append(
                    f"{self.name}: the quote that opens in the record at line {begin} is never closed; close it, or double it{UNQUOTED}"
                )
            elif "field larger" in str(error):
                problems.append(
                    f"{self.name}: a cell of the record at line {begin} is longer than {csv.field_size_limit():,} characters; "
                    f"the quote that opens it is probably never closed{UNQUOTED}"
                )
            else:
                problems.append(
                    f"{self.name}: the record at line {begin} has characters behind a closing quote ({error}, line {rows.line_num}); "
                    f"close the cell there, or double the quotes inside it{UNQUOTED}"
                )
        except OSError as error:
            problems += damaged(self.name, error).problems
        if wrong:
            rest = f" and {more} more" if more else ""
            problems.append(
                f"{self.name}: the header has {width} columns, but {'; '.join(wrong)}{rest}; "
                f"correct these lines, or quote cells that hold {self._mark!r}"
            )
        return problems

    def _lines(self, problems: list[str]) -> Iterator[str]:
        """Yield the lines of the file as text, noting the first byte that is not UTF-8."""
        said = False
        with self._opened() as stream, io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="") as text:
            for number, line in enumerate(text, start=1):
                if not said and (found := re.search("[\udc80-\udcff]", line)):
                    problems.append(
                        f"{self.name}: line {number}, character {found.start() + 1}: the byte {ord(found[0]) - 0xDC00:#04x} is not UTF-8 "
                        "(Windows-1252 or Latin-1 perhaps); save the file as UTF-8 (in Excel: CSV UTF-8)"
                    )
                    said = True
                yield line


def _delimiter(line: str, form: str, mapping: Mapping[str, str]) -> str:
    """Return the delimiter of the first line: the one that gives most names that are known, else most cells.

    Where two are equal the one that the name of the file stands for goes first.
    """
    usual = {"csv": ",", "tsv": "\t"}.get(form, "\t")
    marks = [mark for mark in dict.fromkeys((usual, *MARKS)) if mark in line]
    if form == "txt" and " " in line:
        marks.append(" ")
    known = {name for dialect in DIALECTS for name in dialect.columns.values()} | set(CANONICAL) | set(mapping.values())
    cells = {mark: _split(line, mark) for mark in marks}
    names = {mark: len(known.intersection(cells[mark])) for mark in marks}
    best = max(marks, key=lambda mark: names[mark], default=usual)
    if names.get(best):
        return best
    # Names and texts hold blanks: a space parts cells only where nothing else does.
    return max((mark for mark in marks if mark != " "), key=lambda mark: len(cells[mark]), default=" " if marks else usual)


def _split(line: str, mark: str) -> list[str]:
    """Return the cells of a line, a delimiter within quotes being part of its cell."""
    try:
        return line.split(mark) if len(mark) > 1 else next(csv.reader([line], delimiter=mark))
    except csv.Error:
        return line.split(mark)


def _is_row(header: Sequence[str]) -> bool:
    """Whether the cells of a first line are values: half of them numbers or dates, or one a date or as long a number as times are.

    Numbers from 0 or 1 on are what data frames without names write as names.
    """
    if list(header) in ([str(k) for k in range(len(header))], [str(k + 1) for k in range(len(header))]):
        return False
    values = [cell for cell in map(str.strip, header) if VALUE.match(cell)]
    return 2 * len(values) >= len(header) > 1 or any(len(value) >= LONG_NUMBER for value in values)


def _example(first: Sequence[str]) -> list[str]:
    """Return names for as many columns, to be changed and pasted."""
    names = ("reviewer_id", "product_id", "rating", "timestamp")
    return [*names[: len(first)], *(f"column{k}" for k in range(len(names) + 1, len(first) + 1))]


def _lines(numbers: Sequence[int]) -> str:
    """Return lines as words: line 3, lines 3 to 5, lines 3, 5 and 9."""
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"lines {numbers[0]} to {numbers[-1]}"
    if len(numbers) > 4:
        return f"{len(numbers):,} lines from {numbers[0]} to {numbers[-1]}"
    return f"lines {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
