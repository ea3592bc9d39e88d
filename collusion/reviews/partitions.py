"""Columns that folders hold: all rows of ``category=books/part-0.parquet`` have the category books, as Hive and Spark write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collusion.reviews.batches import Parquet, reader_of, take
from collusion.reviews.values import as_arrow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.reviews.batches import Reader
    from collusion.reviews.layout import Layout
    from collusion.reviews.source import Input

__all__ = ["Partitioned", "opened"]


def opened(source: Input, mapping: Mapping[str, str], dialect: str | None, layout: Layout) -> Reader:
    """Return a reader that also has the columns of its folders; a column that the file has itself goes before the folder's."""
    reader = reader_of(source, mapping, dialect, layout)
    own = {name: value for name, value in source.folders if name not in reader.header}
    return Partitioned(reader, own) if own else reader


class Partitioned:
    """A file in folders that hold columns: ``values`` by name, None for an absent one."""

    def __init__(self, reader: Reader, values: Mapping[str, str | None]) -> None:
        self._reader = reader
        self._values = {name: pa.array([] if value is None else [value], pa.large_string()) for name, value in values.items()}
        self.name = reader.name
        self.format = reader.format
        self.may_grow = reader.may_grow
        self.header = (*reader.header, *self._values)

    @property
    def rows(self) -> int | None:
        """How many rows there are, where that is known before reading."""
        return self._reader.rows

    @property
    def first_line(self) -> int | None:
        """The line of the first row; see `collusion.reviews.batches.Reader`."""
        return self._reader.first_line

    def batches(self, columns: Sequence[str], coded: Collection[str] = ()) -> Iterator[pa.RecordBatch]:
        """Yield the columns of every row; see `collusion.reviews.batches.Reader`. ``coded`` is as in `Parquet.batches`."""
        reader, own = self._reader, self._own(columns)
        for batch in reader.batches(own, coded) if isinstance(reader, Parquet) else reader.batches(own):
            yield self._with(batch, columns)

    def take(self, columns: Sequence[str], rows: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], pa.RecordBatch]]:
        """Yield the rows asked for; see `collusion.reviews.batches.take`."""
        for here, batch in take(self._reader, self._own(columns), rows):
            yield here, self._with(batch, columns)

    def _own(self, columns: Sequence[str]) -> list[str]:
        # A batch without columns has no rows: where all are the folders', the file's first one counts them.
        return [name for name in columns if name not in self._values] or [self._reader.header[0]]

    def _with(self, batch: pa.RecordBatch, columns: Sequence[str]) -> pa.RecordBatch:
        n = batch.num_rows
        own = iter(batch.columns)
        arrays = [self._constant(name, n) if name in self._values else next(own) for name in columns]
        return pa.record_batch(arrays, names=list(columns))

    def _constant(self, name: str, n: int) -> pa.Array:
        value = self._values[name]
        return pa.DictionaryArray.from_arrays(as_arrow(np.zeros(n, np.int32)), value) if len(value) else pa.nulls(n, pa.large_string())
