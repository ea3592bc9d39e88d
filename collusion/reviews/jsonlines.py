"""JSON lines: one object per line, plain or compressed."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.json

from collusion.base.errors import InputError
from collusion.reviews.delimited import NAMED, Watched, not_text
from collusion.reviews.failures import OF_DATA, damaged
from collusion.reviews.source import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collusion.reviews.source import Input

__all__ = ["JsonLines"]

ROWS = 1 << 14
"""Rows of a batch that Python parses."""

KINDS = {"str": pa.large_string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
"""Python's types of JSON values, and Arrow's."""


class _Number(float):
    """A JSON number with its own text, so that 1e999 is shown as it was written."""

    text: str


def _number(text: str) -> _Number:
    number = _Number(text)
    number.text = text
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; raise ValueError where a key has two values, as where the end of one object and the start of the next are lost."""
    row = dict(pairs)
    if len(row) < len(pairs):
        for key, value in pairs:
            if value != row[key]:
                raise ValueError(f"the key {key[:80]!r} has two values")
    return row


class JsonLines:
    """A file of one JSON object per line.

    Arrow parses it; Python takes over where Arrow does not go: a column whose type changes, nested values, lone surrogates, repeated keys,
    and lines that are no object, which Python names.
    """

    format = "jsonl"
    FIRST = 1000
    """Lines that are read to know which columns there are, and of which types."""

    def __init__(self, source: Input) -> None:
        self.name = source.name
        self.rows: int | None = None
        self.first_line: int | None = None
        self.may_grow = False
        self._source = source
        keys: dict[str, set[str]] = {}
        try:
            with opened(source) as stream:
                start = stream.read(64)
            if wrong := not_text(self.name, start):
                raise InputError(wrong)
            if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
                raise InputError(f"{self.name}: line 1: begins a JSON array; write one object per line instead (jq -c '.[]')")
            for number, row in self._objects():
                for key, value in row.items():
                    keys.setdefault(key, set()).add("float" if isinstance(value, _Number) else type(value).__name__)
                if number >= self.FIRST:
                    self.may_grow = True
                    break
        except OSError as error:
            raise damaged(self.name, error) from error
        if not keys:
            raise InputError(f"{self.name}: is empty; a log needs one JSON object per line")
        self.header = tuple(keys)
        self._types = keys

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the columns of every row; see `collusion.reviews.batches.Reader`."""
        done = 0
        self.first_line = None
        try:
            schema = self._schema(columns)
            if schema is not None:
                try:
                    with opened(self._source) as stream:
                        watched = Watched(stream)
                        for batch in self._parsed(watched, schema):
                            yield batch.select(list(columns))
                            done += batch.num_rows
                    if watched.lines == done:
                        self.first_line = 1
                        return
                except (*OF_DATA, UnicodeDecodeError):
                    pass
            # Blank lines, two objects on a line, or something that Arrow does not take: Python reads on, or says what is wrong.
            yield from self._slowly(columns, done)
        except OSError as error:
            raise damaged(self.name, error) from error

    def _schema(self, columns: Sequence[str]) -> pa.Schema | None:
        """Return the types of the columns, None where they are mixed or nested; text where the first lines have no value."""
        fields = []
        for column in dict.fromkeys(columns):
            types = self._types.get(column, set()) - {"NoneType"}
            if types == {"int", "float"}:
                types = {"float"}
            types = types or {"str"}  # if a number comes after all, Python reads on
            if len(types) != 1 or not types <= KINDS.keys():
                return None
            fields.append((column, KINDS[next(iter(types))]))
        return pa.schema(fields)

    def _parsed(self, stream: Watched, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        whole = False
        try:
            yield from pa.json.open_json(
                pa.PythonFile(stream, "r"),
                pa.json.ReadOptions(use_threads=True, block_size=1 << 22),
                pa.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
            )
            whole = True
        finally:
            if not whole:
                stream.rest()

    def _slowly(self, columns: Sequence[str], done: int) -> Iterator[pa.RecordBatch]:
        cells: list[list[str | None]] = [[] for _ in columns]
        for number, (_, row) in enumerate(self._objects(), start=1):
            if number <= done:
                continue
            for at, column in zip(cells, columns, strict=True):
                at.append(_cell(row.get(column)))
            if len(cells[0]) == ROWS:
                yield _batch(cells, columns)
                cells = [[] for _ in columns]
        if cells[0]:
            yield _batch(cells, columns)

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield line numbers and objects; at the end raise InputError naming the lines that are not objects."""
        wrong: list[str] = []
        more = 0
        with opened(self._source) as stream:
            for number, line in enumerate(stream, start=1):
                text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if not text.strip():
                    continue
                reason, row = "", None
                try:
                    row = json.loads(text.decode(), parse_float=_number, object_pairs_hook=_object)
                except UnicodeDecodeError as error:
                    reason = f" (byte {error.start + 1} is not UTF-8)"
                except (ValueError, RecursionError) as error:
                    reason = f" ({error})"
                if isinstance(row, dict):
                    yield number, row
                elif len(wrong) < NAMED:
                    wrong.append(f"line {number}{reason}")
                else:
                    more += 1
        if wrong:
            rest = f" and {more} more" if more else ""
            raise InputError(f"{self.name}: not a JSON object: {'; '.join(wrong)}{rest}; write one whole object per line")


def _batch(cells: list[list[str | None]], columns: Sequence[str]) -> pa.RecordBatch:
    return pa.record_batch([pa.array(at, pa.large_string()) for at in cells], names=list(columns))


def _cell(value: object) -> str | None:
    """Return a JSON value as text that Arrow can hold: whole numbers in digits, lone surrogates escaped, values of MongoDB unwrapped."""
    value = _unwrapped(value)
    if value is None:
        return None
    if isinstance(value, _Number):
        return str(int(value)) if value.is_integer() and abs(value) < 2.0**53 else value.text
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "backslashreplace").decode()


WRAPPERS = ("$oid", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal", "$uuid")
"""Keys of MongoDB's Extended JSON whose value is a number or an id as text."""


def _unwrapped(value: object) -> object:
    """Return what MongoDB wraps into an object of one key: dates as ISO 8601, numbers and ids as text."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((key, inner),) = value.items()
    if key in WRAPPERS and isinstance(inner, str):
        return inner
    if key != "$date":
        return value
    inner = _unwrapped(inner)
    try:
        milliseconds = int(inner) if isinstance(inner, (int, str)) else None
        moment = None if milliseconds is None else dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=milliseconds)  # noqa: DTZ001  # in UTC
    except (ValueError, OverflowError):
        return inner  # as text, as newer versions write it
    return value if moment is None else moment.isoformat(timespec="milliseconds") + "Z"
