"""Files and frames as streams of Arrow batches: the columns asked for, row by row as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from collusion.base.errors import InputError
from collusion.base.hints import hint
from collusion.reviews.delimited import Delimited
from collusion.reviews.failures import OF_DATA, damaged
from collusion.reviews.jsonlines import JsonLines
from collusion.reviews.values import as_arrow, is_uuid, uuid_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.reviews.layout import Layout
    from collusion.reviews.source import Input

__all__ = ["Frame", "Parquet", "Reader", "reader_of", "take", "within"]

ROWS = 1 << 16
"""Rows of a batch: large enough that Arrow's overhead does not show, small enough to stay in cache."""

BUFFER = 1 << 20
"""Bytes of a column of Parquet that are read at once: a file of any size then takes a few of these, and no page of it is mapped."""

READING: dict[str, Any] = {"memory_map": False, "pre_buffer": False, "buffer_size": BUFFER}
"""How Parquet is read: mapped pages count as memory of the process until the system takes them back, and so do columns fetched whole."""

SHORT = 6
"""Bytes per row below which a column of Parquet is codes of few values: written out, an id alone takes more."""


class Reader(Protocol):
    """One input, open for reading.

    ``rows`` is how many there are, where that is known before reading. ``first_line`` is, once all batches are read, the line of the first
    row where each row is one line and none is blank, else None. ``may_grow`` is whether later rows may have columns that the header lacks.
    """

    name: str
    format: str
    header: tuple[str, ...]
    may_grow: bool

    @property
    def rows(self) -> int | None:
        """How many rows there are, where that is known before reading."""
        ...

    @property
    def first_line(self) -> int | None:
        """The line of the first row, once all are read, where each row is one line."""
        ...

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the columns of every row, in order; raise InputError naming all that is wrong with the file."""
        ...


def reader_of(source: Input, mapping: Mapping[str, str], dialect: str | None = None, layout: Layout | None = None) -> Reader:
    """Open a file and read its header.

    ``dialect`` is the one asked for, which may be one without a header line; ``layout`` what the user says about delimited text.
    """
    if source.format not in ("parquet", "jsonl"):
        return Delimited(source, mapping, dialect, layout)
    if layout is not None and layout.columns:
        kind = "Parquet file" if source.format == "parquet" else "file of JSON lines"
        raise InputError(
            f"{source.name}: is a {kind}, which has its own column names; {hint('columns')} is for text files without a header"
        )
    return Parquet(source) if source.format == "parquet" else JsonLines(source)


def take(reader: Reader, columns: Sequence[str], rows: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], pa.RecordBatch]]:
    """Yield the rows asked for (sorted, from 0) with their numbers; read no further than the last, and only the row groups they are in."""
    if hasattr(reader, "take"):
        yield from reader.take(columns, rows)
        return
    first = 0
    for batch in reader.batches(columns):
        here = within(rows, first, batch.num_rows)
        if len(here):
            yield here, batch.take(as_arrow(here - first))
        first += batch.num_rows
        if first > rows[-1]:
            return


def within(rows: NDArray[np.int64], first: int, n: int) -> NDArray[np.int64]:
    """Return which of the sorted rows are among the ``n`` from ``first`` on."""
    begin, end = np.searchsorted(rows, (first, first + n))
    return rows[begin:end]


class Parquet:
    """A Parquet file."""

    format = "parquet"
    first_line: int | None = None
    may_grow = False

    def __init__(self, source: Input) -> None:
        self.name = source.name
        self._path = source.path
        try:
            self._file = pa.parquet.ParquetFile(source.path, **READING)
            self.header = tuple(self._file.schema_arrow.names)
            self.rows: int | None = self._file.metadata.num_rows
            self._uuids = _uuids(self._file)
        except (*OF_DATA, OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"{self.name}: is not a readable Parquet file ({error}); it is cut short, damaged or of another format"
            ) from error

    def batches(self, columns: Sequence[str], coded: Collection[str] = ()) -> Iterator[pa.RecordBatch]:
        """Yield the columns of every row; see `Reader`. Those of ``coded`` come as dictionaries where the file has short ones."""
        short = [name for name in dict.fromkeys(columns) if name in coded and self._has_short_dictionary(name)]
        yield from self._read(columns, range(self._file.num_row_groups), short)

    def take(self, columns: Sequence[str], rows: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], pa.RecordBatch]]:
        """Yield the rows asked for; see `take`."""
        sizes = [self._file.metadata.row_group(k).num_rows for k in range(self._file.num_row_groups)]
        ends = np.cumsum(sizes)
        for k in np.unique(np.searchsorted(ends, rows, side="right")).tolist():
            first = int(ends[k]) - sizes[k]
            for batch in self._read(columns, [k]):
                here = within(rows, first, batch.num_rows)
                if len(here):
                    yield here, batch.take(as_arrow(here - first))
                first += batch.num_rows

    def _has_short_dictionary(self, column: str) -> bool:
        """Whether every row group keeps a text column as codes of few values, which then need be neither written out nor coded singly."""
        if self.header.count(column) != 1 or not pa.types.is_string(self._file.schema_arrow.field(column).type):
            return False
        data = self._file.metadata
        at = [k for k in range(data.num_columns) if data.schema.column(k).path == column]
        if len(at) != 1:
            return False
        chunks = [data.row_group(k).column(at[0]) for k in range(data.num_row_groups)]
        size = sum(chunk.total_uncompressed_size for chunk in chunks)
        return all("DICTIONARY" in "".join(chunk.encodings) for chunk in chunks) and size < SHORT * sum(
            chunk.num_values for chunk in chunks
        )

    def _read(self, columns: Sequence[str], groups: Sequence[int], dictionaries: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        try:
            file = self._file
            if dictionaries:
                file = pa.parquet.ParquetFile(self._path, read_dictionary=dictionaries, metadata=file.metadata, **READING)
            for batch in file.iter_batches(ROWS, row_groups=list(groups), columns=list(dict.fromkeys(columns)), use_threads=False):
                yield _plain(batch.select(list(columns)), self._uuids)
        except (*OF_DATA, OSError) as error:
            raise damaged(self.name, error) from error


def _uuids(file: pa.parquet.ParquetFile) -> frozenset[str]:
    """Return the columns that Parquet calls UUIDs, whether or not Arrow wrote them, which are 16 bytes each to Arrow."""
    own, kinds = file.schema, file.schema_arrow
    found = [own.column(k) for k in range(len(own.names))]
    named = {column.path for column in found if column.logical_type.type == "UUID"}
    return frozenset(field.name for field in kinds if field.name in named and kinds.names.count(field.name) == 1)


class Frame:
    """A data frame, or anything else with Arrow's C stream interface."""

    format = "frame"
    name = "frame"
    first_line: int | None = None
    may_grow = False

    def __init__(self, source: Any) -> None:  # noqa: ANN401  # whatever has __arrow_c_stream__
        self._columns: list[Any]
        if type(source).__module__.partition(".")[0] == "pandas" and hasattr(source, "columns"):
            # Column by column and on demand, so that an odd column that nobody needs does no harm.
            self._columns = [source.iloc[:, k] for k in range(source.shape[1])]
            self.header = tuple(str(name) for name in source.columns)
            self.rows: int | None = len(source)
            return
        if not hasattr(source, "__arrow_c_stream__"):
            raise InputError(
                f"a source is a path, paths or a data frame that supports Arrow (pandas, polars, DuckDB), not {type(source).__name__}"
            )
        try:
            table = pa.table(source)
            table.validate(full=True)
        except (*OF_DATA, TypeError, ValueError) as error:
            raise InputError(f"{self.name}: is not a table that Arrow can read ({error})") from error
        self._columns = table.columns
        self.header = tuple(table.column_names)
        self.rows = table.num_rows

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the columns of every row; see `Reader`."""
        # Names are no keys of a table here: two canonical columns may come from one.
        found = [_chunked(self._columns[self.header.index(name)], name) for name in columns]
        for batch in pa.table(found, names=[str(k) for k in range(len(found))]).to_batches(max_chunksize=ROWS):
            yield _plain(batch.rename_columns(list(columns)))


def _plain(batch: pa.RecordBatch, uuids: Collection[str] = ()) -> pa.RecordBatch:
    """Return a batch without Arrow's view types, which few of its functions know, and with UUIDs as text; ``uuids`` has columns of them."""
    names = batch.schema.names
    columns = [uuid_texts(column) if name in uuids else _unviewed(column) for name, column in zip(names, batch.columns, strict=True)]
    return pa.record_batch(columns, names=batch.schema.names)


def _unviewed(array: pa.Array) -> pa.Array:
    if is_uuid(array.type):
        return uuid_texts(array)
    if isinstance(array.type, pa.BaseExtensionType):
        return _unviewed(array.storage)
    if pa.types.is_string_view(array.type):
        return array.cast(pa.large_string())
    if pa.types.is_binary_view(array.type):
        return array.cast(pa.large_binary())
    if pa.types.is_dictionary(array.type):
        return pa.DictionaryArray.from_arrays(array.indices, _unviewed(array.dictionary))
    return array


def _chunked(column: Any, name: str) -> pa.ChunkedArray:  # noqa: ANN401  # a pandas Series or Arrow's own
    if isinstance(column, pa.ChunkedArray):
        return column
    try:
        # As pandas has it, nan is an absent value, not a number that is wrong.
        found = pa.array(column, from_pandas=True)
    except (*OF_DATA, TypeError, ValueError, OverflowError):
        # Objects of several types: as text each of them keeps what it says.
        absent = column.isna().tolist()
        try:
            found = pa.array([None if none else str(cell) for none, cell in zip(absent, column.tolist(), strict=True)], pa.large_string())
        except (UnicodeEncodeError, pa.ArrowException) as error:
            raise InputError(f"frame: the column {name!r} cannot be read as text ({error}); convert it to one type") from error
    return found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])
