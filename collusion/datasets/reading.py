"""Public sets as tables, under the column names that a scan knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from collusion.base.errors import InputError
from collusion.base.model import NEEDED
from collusion.datasets.catalogue import dataset, find
from collusion.reviews.batches import Frame, reader_of
from collusion.reviews.coded import USED
from collusion.reviews.delimited import NAMED
from collusion.reviews.dialect import columns_of, late
from collusion.reviews.source import COMPRESSIONS, Input, opened
from collusion.reviews.values import A_DAY, NO_NUMBER, as_numpy, ratings, texts, times, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from collusion.datasets.card import Dataset
    from collusion.reviews.batches import Reader

__all__ = ["load"]

SECONDS_PER_DAY = 86_400


def load(name: str, folder: Path | None = None) -> pa.Table:
    """Return a set as a table, from the local copy that `find` returns.

    Parameters
    ----------
    name : str
    folder : Path, optional
        As in `find`.

    Returns
    -------
    pyarrow.Table
        A row for each row of the file, in its order. Of reviews: ``reviewer_id`` and ``product_id`` as text; where the set has them
        ``rating`` (float32), ``timestamp`` (UTC, whole seconds), ``text``, ``verified``, ``category``, ``seller``, ``listing``,
        ``marketplace``; and ``label`` where there are labels, true for fake reviews. Of products: ``product_id``, the features, and
        ``label``. A column without any value is left out.

    Raises
    ------
    ConfigError, InputError
        As `find` does; InputError also where the file is damaged or a cell cannot be read, naming the rows.

    Notes
    -----
    The same readers as for a scan, so that a scan of the table and one of the file see the same reviews. The whole table is in memory, with
    all texts.
    """
    data = dataset(name)
    path = find(name, folder)
    return _products(data, path) if data.kind == "products" else _reviews(data, path)


def _input(data: Dataset, path: Path) -> Input:
    """Return a file with its format by the card: some are named without a suffix."""
    return Input(path, data.form, COMPRESSIONS.get(path.suffix))


def _reviews(data: Dataset, path: Path) -> pa.Table:
    reader = _reader(data, path)
    form, found = columns_of(reader.name, reader.header, {}, data.dialect)
    missing = [name for name in data.extra if name not in reader.header]
    if missing:
        raise InputError(f"{reader.name}: has no column {', '.join(missing)}; its columns are {', '.join(reader.header)}; get it again")
    if data.form == "jsonl":
        found = late(form, found, reader.header, USED)
    kept = {name: found[name] for name in USED if name in found}
    kept |= {name: name for name in data.extra}
    if data.label is not None:
        kept["label"] = data.label.column
    columns = _Columns(data, reader.name, form.absent, tuple(kept))
    for batch in reader.batches(list(kept.values())):
        columns.add(batch)
    return columns.table()


def _reader(data: Dataset, path: Path) -> Reader:
    source = _input(data, path)
    if not data.header:
        return reader_of(source, {}, data.dialect)
    frame = Frame(_csv(source, list(data.header)))
    frame.name = source.name
    return frame


def _csv(source: Input, header: Sequence[str] | None = None) -> pa.Table:
    """Read a CSV file at once: all columns as text where their names are given, by their values where the file has a header."""
    convert = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(header or (), pa.large_string()), strings_can_be_null=False)
    try:
        with opened(source) as stream:
            return pyarrow.csv.read_csv(stream, read_options=pyarrow.csv.ReadOptions(column_names=header), convert_options=convert)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{source.name}: cannot be read ({error}); it is cut short, damaged or of another form; get it again") from error


class _Columns:
    """The columns of a set, batch by batch, and what is wrong with them."""

    def __init__(self, data: Dataset, where: str, absent: str | None, names: Sequence[str]) -> None:
        self._data, self._where, self._absent = data, where, absent
        self._parts: dict[str, list[Any]] = {name: [] for name in names}
        self._numeric: set[bool] = set()
        self._rows = 0
        self._wrong: list[str] = []
        self._more = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the next rows."""
        for name, array in zip(self._parts, batch.columns, strict=True):
            self._parts[name].append(self._read(name, array))
        self._rows += batch.num_rows

    def table(self) -> pa.Table:
        """Return the columns that have values; raise InputError naming all that is wrong."""
        if not self._rows:
            raise InputError(f"{self._where}: has no rows; it is cut short or empty; get it again")
        columns = {name: self._whole(name, parts) for name, parts in self._parts.items()}
        if self._wrong:
            rest = [f"{self._where}: {self._more:,} more cells like these"] if self._more else []
            raise InputError([*self._wrong, *rest])
        if self._data.kind == "attacks":
            columns["label"] = pa.chunked_array([pa.array(np.ones(self._rows, bool))])
        return pa.table({name: column for name, column in columns.items() if name in NEEDED or column.null_count < len(column)})

    def _read(self, name: str, array: pa.Array) -> Any:  # noqa: ANN401  # an array of Arrow's or of numpy's
        try:
            if name == "rating":
                read = ratings(array, self._absent)
                self._note(name, array, read.bad, "no finite number")
                return read.values
            if name == "timestamp":
                return self._seconds(array)
            if name == "verified":
                return array if pa.types.is_boolean(array.type) else pc.cast(texts(array), pa.bool_())
            if name == "label":
                fake, bad, what = _truth(array, self._data)
                self._note(name, array, bad, what)
                return fake
            cells = texts(array)
        except (pa.ArrowException, ValueError) as error:
            raise InputError(
                f"{self._where}: the column for {name} has a value that cannot be read as one ({error}); get the file again"
            ) from error
        if name in NEEDED:
            self._note(name, array, as_numpy(pc.fill_null(pc.equal(pc.utf8_trim_whitespace(cells), ""), fill_value=True)), "no id")
        return cells if name == "text" else pc.cast(cells, pa.string())

    def _seconds(self, array: pa.Array) -> NDArray[np.int64]:
        """Return times in seconds where their unit is certain, else unchanged; see `collusion.reviews.values.times`."""
        read, numeric = times(array, self._absent)
        self._note("timestamp", array, read.bad, "no date, ISO 8601 time or number")
        given = read.values != NO_NUMBER
        if given.any():
            self._numeric.add(numeric)
        if numeric or not given.any():
            return read.values
        return np.where(given, _to_the_second(array, read.values * SECONDS_PER_DAY), NO_NUMBER)

    def _whole(self, name: str, parts: list[Any]) -> pa.ChunkedArray:
        if name == "rating":
            rating = np.concatenate(parts)
            return pa.chunked_array([pa.array(rating, mask=np.isnan(rating))])
        if name == "timestamp":
            return pa.chunked_array([self._stamps(np.concatenate(parts))])
        return pa.chunked_array(parts)

    def _stamps(self, values: NDArray[np.int64]) -> pa.Array:
        absent = values == NO_NUMBER
        if len(self._numeric) > 1:
            self._wrong.append(f"{self._where}: the column for timestamp mixes dates and numbers; get the file again")
        elif self._numeric == {True}:
            unit, problem = unit_of(values)
            if problem is not None:
                self._wrong.append(f"{self._where}: the column for timestamp {problem}")
            else:
                values = values // (A_DAY[unit or "s"] // SECONDS_PER_DAY)
        return pa.array(np.where(absent, 0, values), mask=absent).cast(pa.timestamp("s", tz="UTC"))

    def _note(self, name: str, array: pa.Array, bad: NDArray[np.bool_], what: str) -> None:
        """Note the cells that cannot be read; of more than `NAMED` the first ones, by row and value."""
        for at in np.flatnonzero(bad).tolist():
            if len(self._wrong) < NAMED:
                cell = str(array[at].as_py()).encode("utf-8", "backslashreplace").decode()[:80]
                self._wrong.append(f"{self._where}: row {self._rows + at + 1:,}: the {name} {cell!r} is {what}; get the file again")
            else:
                self._more += 1


def _truth(array: pa.Array, data: Dataset) -> tuple[pa.Array, NDArray[np.bool_], str]:
    """Return which cells say fake; which say neither that nor genuine, and what is wrong with these."""
    label = data.label
    assert label is not None  # noqa: S101  # without one there is no such column
    said = pc.utf8_trim_whitespace(texts(array))
    yes, no = (as_numpy(pc.fill_null(pc.equal(said, one), fill_value=False)) for one in (label.fake, label.genuine))
    return pa.array(yes), ~(yes | no), f"neither {label.fake!r} (fake) nor {label.genuine!r} (genuine)"


def _to_the_second(array: pa.Array, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ISO 8601 times in seconds where Arrow reads all of them, else those of their days."""
    try:
        stamps = pc.cast(pc.cast(pc.utf8_trim_whitespace(texts(array)), pa.timestamp("s")), pa.int64())
    except (pa.ArrowException, ValueError):
        return days
    return np.asarray(as_numpy(stamps), dtype=np.int64)


def _products(data: Dataset, path: Path) -> pa.Table:
    source = _input(data, path)
    table = _csv(source)
    assert data.label is not None  # noqa: S101  # products are there for their labels
    needed = ("product_ID", data.label.column)
    missing = [name for name in needed if name not in table.column_names]
    if missing:
        raise InputError(f"{source.name}: has no column {', '.join(missing)}; it is another table; get it again")
    features = table.drop_columns(list(needed))
    wrong = [
        f"{source.name}: the feature {field.name} is not a number in every row; get the file again"
        for field in features.schema
        if not (pa.types.is_integer(field.type) or pa.types.is_floating(field.type))
    ]
    fake, bad, what = _truth(table.column(data.label.column).combine_chunks(), data)
    if bad.any():
        rows = ", ".join(f"{row:,}" for row in np.flatnonzero(bad)[:NAMED] + 1)
        wrong.append(f"{source.name}: the column {data.label.column} is {what} in row {rows}; get the file again")
    if wrong:
        raise InputError(wrong)
    columns = {"product_id": pc.cast(table.column("product_ID"), pa.string())}
    columns |= {name: pc.cast(features.column(name), pa.float64()) for name in features.column_names}
    return pa.table({**columns, "label": pa.chunked_array([fake])})
