"""The very rows: sources are read a second time for the few rows that evidence cites."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.base.errors import InputError
from collusion.reviews.batches import take, within
from collusion.reviews.coded import CODED
from collusion.reviews.moments import is_nothing, moment_by, moment_of
from collusion.reviews.values import A_SECOND, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from collusion.base.model import Source
    from collusion.reviews.batches import Reader
    from collusion.reviews.coded import SourceCoder
    from collusion.reviews.moments import Moment
    from collusion.reviews.source import Input

__all__ = ["Origin", "Reread"]


@dataclass(frozen=True, eq=False)
class Origin:
    """Where the rows of one source are.

    ``columns`` leads from a name in the answer to the source's own: the canonical columns, the linking ones, then, but for JSON lines, the
    others. ``path`` is None for a frame. ``unit`` is that of numeric times, ``form`` that of all times where the user names one, ``absent``
    the dialect's word for an absent rating or time, and ``stamp`` the size and time of the file when it was read.
    """

    reader: Reader
    columns: Mapping[str, str]
    path: Input | None
    unit: str | None
    absent: str | None
    stamp: tuple[int, int] | None
    links: tuple[str, ...] = ()
    form: str | None = None

    @classmethod
    def of(cls, coder: SourceCoder, found: Mapping[str, str], path: Input | None) -> Origin:
        """Note where the rows of a source are that was read; ``found`` has the canonical columns that turned out to be there."""
        links, form = tuple(coder.links), coder.time_format
        return cls.again(coder.reader, found, path, unit=coder.unit, absent=coder.form.absent, links=links, form=form)

    @classmethod
    def again(
        cls,
        reader: Reader,
        found: Mapping[str, str],
        path: Input | None,
        *,
        unit: str | None,
        absent: str | None,
        links: tuple[str, ...],
        form: str | None,
    ) -> Origin:
        """Note where the rows of a source are that was read earlier, with what `of` takes from its coder."""
        columns = {**found, **{name: name for name in links}}
        if reader.format != "jsonl":
            columns |= {name: name for name in reader.header if name not in found.values() and name not in found}
        return cls(reader, columns, path, unit, absent, _stamp(path), links, form)

    def cells(self, own: NDArray[np.int64]) -> dict[int, dict[str, str | None]]:
        """Return the cells of rows (sorted, from 0 in this source) by row and name."""
        self._check()
        found: dict[int, dict[str, str | None]] = {int(row): {} for row in own}
        for here, batch in take(self.reader, list(self.columns.values()), own):
            for name, array in zip(self.columns, batch.columns, strict=True):
                cells = _times(array, self.unit, self.form) if name == "timestamp" else self._said(name, array)
                number = name in ("rating", "timestamp")
                for row, cell in zip(here.tolist(), cells, strict=True):
                    nothing = cell is None or cell == "" or (number and (cell == self.absent or is_nothing(cell)))
                    found[row][name] = None if nothing else cell
        return found

    def values(self, name: str) -> Iterator[str]:
        """Yield the cells of a column as `cells` has them, those that are absent left out."""
        if name not in self.columns:
            return
        self._check()
        for batch in self.reader.batches([self.columns[name]]):
            yield from (cell for cell in self._said(name, batch.column(0)) if cell)

    def texts(self, own: NDArray[np.int64]) -> list[str | None]:
        """Return the texts of rows (sorted, from 0 in this source) as `cells` has them; no other column is read."""
        if "text" not in self.columns:
            return [None] * len(own)
        self._check()
        found: list[str | None] = []
        for _, batch in take(self.reader, [self.columns["text"]], own):
            found += [cell or None for cell in _cells(batch.column(0))]
        return found

    def _check(self) -> None:
        if _stamp(self.path) != self.stamp:
            raise InputError(f"{self.reader.name}: has changed since it was read; scan it again")

    def _said(self, name: str, array: pa.Array) -> list[str | None]:
        """Return cells as text, names as the codes have them."""
        return _named(array) if name in CODED or name in self.links else _cells(array)


@dataclass(frozen=True, eq=False)
class Reread:
    """Reads rows of the sources of a table again; ``origins`` and ``sources`` are in the same order."""

    origins: tuple[Origin, ...]
    sources: tuple[Source, ...]

    def __call__(self, rows: Sequence[int]) -> pd.DataFrame:
        """Return the rows in the order asked for, one pass a source."""
        import pandas as pd  # noqa: PLC0415  # only for who asks for rows

        asked, wanted = self._asked(rows)
        starts = np.array([source.first_row for source in self.sources])
        found: dict[int, dict[str, str | None]] = {}
        order: dict[str, None] = {}
        for origin, source in zip(self.origins, self.sources, strict=True):
            own = _own(wanted, source)
            order |= dict.fromkeys(origin.columns)
            if len(own):
                found |= {row + source.first_row: cells for row, cells in origin.cells(own).items()}
        of = np.searchsorted(starts, asked, side="right") - 1
        frame: dict[str, Any] = {
            "row": asked,
            "source": [self.sources[k].name for k in of],
            "source_row": asked - starts[of] + 1,
        }
        for name in order:
            if name not in frame:  # a log's own column of such a name gives way
                frame[name] = pd.Series([found[row].get(name) for row in asked.tolist()], dtype=object)
        return pd.DataFrame(frame)

    def values(self, name: str) -> Iterator[str]:
        """Yield the cells of a canonical column over all sources, one pass; nothing where the log has no such column."""
        for origin in self.origins:
            yield from origin.values(name)

    @property
    def has_texts(self) -> bool:
        """Whether any source has a column of review texts."""
        return any("text" in origin.columns for origin in self.origins)

    def texts(self, rows: Sequence[int] | NDArray[np.integer]) -> list[str | None]:
        """Return the texts of global rows, in the order asked for (`ReviewTable.texts`).

        One pass over the sources up to the last row asked for, of the columns of texts alone; of Parquet, the row groups that hold them.
        """
        asked, wanted = self._asked(rows)
        found = [
            text
            for origin, source in zip(self.origins, self.sources, strict=True)
            if len(own := _own(wanted, source))
            for text in origin.texts(own)
        ]
        return found if len(asked) == len(wanted) and (asked == wanted).all() else [found[k] for k in np.searchsorted(wanted, asked)]

    def _asked(self, rows: Sequence[int] | NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows asked for, and the same sorted and each once."""
        asked = np.asarray(rows, dtype=np.int64)
        total = sum(source.rows for source in self.sources)
        if len(asked) and not 0 <= asked.min() <= asked.max() < total:
            raise IndexError(f"rows are numbered from 0 to {total - 1:,}")
        return asked, np.unique(asked)


def _own(rows: NDArray[np.int64], source: Source) -> NDArray[np.int64]:
    """Return which of the sorted global rows are the source's, numbered from its first."""
    return within(rows, source.first_row, source.rows) - source.first_row


def _stamp(path: Input | None) -> tuple[int, int] | None:
    if path is None:
        return None
    try:
        status = path.path.stat()
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read again ({error})") from error
    return status.st_size, status.st_mtime_ns


def _named(array: pa.Array) -> list[str | None]:
    """Return cells that name something as the codes' names have them: 7, not 7.0, where a frame holds them as floats."""
    try:
        return _cells(texts(array))
    except ValueError:
        return _cells(array)


def _cells(array: pa.Array) -> list[str | None]:
    """Return cells as text."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type):
        return [None if value is None else value.decode("utf-8", "backslashreplace") for value in array.to_pylist()]
    if pa.types.is_boolean(array.type):
        return [None if value is None else str(value).lower() for value in array.to_pylist()]
    return [None if value is None else value if isinstance(value, str) else str(value) for value in array.to_pylist()]


def _times(array: pa.Array, unit: str | None, form: str | None) -> list[str | None]:
    """Return times as ISO 8601 in UTC; what is no time as it stands."""
    kind = array.type
    if pa.types.is_timestamp(kind):
        ticks = pc.cast(array, pa.int64()).to_pylist()
        return [None if value is None else _iso(value // A_SECOND[kind.unit]) for value in ticks]
    return [None if cell is None else _moment(cell, unit, form) for cell in _cells(array)]


def _moment(cell: str, unit: str | None, form: str | None) -> str:
    text = cell.strip()
    if form is not None:
        return _written(moment_by(form, text), cell)
    try:
        if unit in A_SECOND:
            return _iso(math.floor(float(text)) // A_SECOND[unit])
        if unit == "yyyymmdd":
            return dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if unit == "days":
            return _iso(math.floor(float(text)) * 86_400)
    except (ValueError, OverflowError):
        return cell
    return _written(moment_of(text), cell)


def _written(moment: Moment | None, cell: str) -> str:
    return cell if moment is None else _iso(moment[0] * 86_400 + max(moment[1], 0))


def _iso(seconds: int) -> str:
    try:
        moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    except OverflowError:
        return str(seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
