"""What reading a log would make of it: its format, columns, first rows and problems; of a large one, from its first rows alone."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.errors import InputError
from collusion.base.tally import reasons
from collusion.reviews.batches import within
from collusion.reviews.dialect import columns_of
from collusion.reviews.expect import expected_rows
from collusion.reviews.layout import Layout
from collusion.reviews.partitions import opened
from collusion.reviews.read import read_reviews
from collusion.reviews.recognise import unused
from collusion.reviews.source import expand
from collusion.reviews.wording import plural, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from collusion.reviews.batches import Reader
    from collusion.reviews.table import ReviewTable

__all__ = ["Check", "SourceCheck", "check"]

HEAD = 100_000
"""Rows of a large log that are read."""

WHOLE = 32 << 20
"""Bytes up to which a log is read whole: a second's work. Compressed files count `PACKED` times."""

PACKED = 5
"""Times that text grows when it is decompressed."""

ROWS = 5
"""Rows that are shown."""

CELL = 40
"""Characters of a cell that are shown."""

FILES = 20
"""Files of a log that cannot be read of which the columns are shown."""


@dataclass(frozen=True)
class SourceCheck:
    """What was found in one source.

    Parameters
    ----------
    name, format : str
    rows : int or None
        How many were read; None where the log cannot be read.
    columns : mapping of str to str
        Canonical column to the source's.
    unused : tuple of str
        Columns of the source that have no use.
    """

    name: str
    format: str
    rows: int | None
    columns: Mapping[str, str]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """What reading a log would make of it.

    Parameters
    ----------
    sources : tuple of SourceCheck
    rows : int
        Rows that were read.
    expected : int or None
        About how many rows the log has; None where all were read, or where it is not known.
    accepted : int
        Rows of those read that a scan would use.
    reasons : tuple of (str, str, int)
        Why other rows were set aside: the reason, the column, and how many rows; the most frequent first.
    sample : tuple of mapping
        The first rows accepted, as they were understood: by canonical column, times in ISO 8601 in UTC. All values are text or None.
    notes : tuple of str
    problems : tuple of str
        Why a scan would refuse the log; empty where it would not.
    """

    sources: tuple[SourceCheck, ...] = ()
    rows: int = 0
    expected: int | None = None
    accepted: int = 0
    reasons: tuple[tuple[str, str, int], ...] = ()
    sample: tuple[Mapping[str, str | None], ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether a scan would take the log, as far as its rows were read."""
        return not self.problems

    def __str__(self) -> str:
        return "\n".join([*self.lines(), *(f"A scan would refuse this log: {problem}" for problem in self.problems)])

    def lines(self) -> list[str]:
        """Return what was found in plain words, a line each."""
        said = []
        for source in self.sources:
            rows = "" if source.rows is None else f", {plural(source.rows, 'row')}{'' if self.expected is None else ' read'}"
            said.append(f"{source.name}: {source.format}{rows}")
            said += [f"  {name} is the column {column!r}" for name, column in source.columns.items()]
            if source.unused:
                said.append(f"  not used: {', '.join(map(repr, source.unused))}")
        if self.expected is not None:
            said.append(
                f"Only the first {plural(self.rows, 'row')} of about {self.expected:,} were read; later rows can have other problems."
            )
        if self.sample:
            said.append(f"The first {plural(len(self.sample), 'row')}, as understood:")
            said += [f"  {', '.join(f'{name} {quoted(cell)}' for name, cell in row.items() if cell is not None)}" for row in self.sample]
        if self.rows:
            aside = self.rows - self.accepted
            said.append(f"{plural(self.rows, 'row')} read: {self.accepted:,} accepted, {aside:,} set aside.")
            said += [f"  {plural(n, 'row')}: {reason} (column {column!r})" for reason, column, n in self.reasons]
        said += [f"note: {note}" for note in self.notes]
        if not self.problems:
            whole = "" if self.expected is None else ", as far as it was read"
            said.append(f"A scan would accept this log{whole}.")
        return said

    def to_dict(self) -> dict[str, object]:
        """Return all of it as plain values that JSON can hold."""
        return {
            "ok": self.ok,
            "sources": [
                {"name": one.name, "format": one.format, "rows": one.rows, "columns": dict(one.columns), "unused": list(one.unused)}
                for one in self.sources
            ],
            "rows": self.rows,
            "expected_rows": self.expected,
            "accepted": self.accepted,
            "set_aside": [{"reason": reason, "column": column, "rows": n} for reason, column, n in self.reasons],
            "sample": [dict(row) for row in self.sample],
            "notes": list(self.notes),
            "problems": list(self.problems),
        }


def check(
    source: Any,  # noqa: ANN401  # as read_reviews
    *,
    map: Mapping[str, str] | None = None,  # noqa: A002  # the name of the option
    dialect: str | None = None,
    time_unit: str | None = None,
    time_format: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    columns: Sequence[str] | None = None,
    link: Sequence[str] | None = None,
    head: int | None = None,
    threads: int = 1,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Check:
    """Report how a log would be read, without a scan.

    A log of up to 32 MiB is read whole. Of a larger one about 100,000 rows are read, and `Check.expected` says how many there are.

    Parameters
    ----------
    source : path, sequence of paths, or data frame
        As for `read_reviews`.
    map, dialect, time_unit, time_format, delimiter, quote, columns, link, head, threads, progress
        As for `read_reviews`.

    Returns
    -------
    Check
        Printed, it is a report in plain words. Its ``problems`` are those for which a scan would refuse the log.

    Raises
    ------
    ConfigError
        When an option is wrong.

    Examples
    --------
    >>> import collusion as cl
    >>> cl.check("data/market/reviews.csv.gz").ok
    True
    """
    options: dict[str, Any] = {name: value for name, value in locals().items() if name not in {"source", "head"}}
    paths = _paths(source)
    try:
        if head is None and paths and _size(paths) > WHOLE:
            head = HEAD
        table = read_reviews(source, head=head, **options)
    except InputError as error:
        return Check(sources=_sources(paths, options), problems=error.problems)
    cut = head is not None and table.rows_in >= head
    return Check(
        sources=tuple(_read(origin.reader, origin.columns, table, k) for k, origin in enumerate(table.reread.origins)),
        rows=table.rows_in,
        expected=max(expected_rows(paths) or 0, table.rows_in) if cut else None,
        accepted=table.accepted,
        reasons=reasons(table.problems),
        sample=tuple(_sample(table)),
        notes=table.notes,
    )


def _paths(source: Any) -> list[str | os.PathLike[str]]:  # noqa: ANN401  # as read_reviews
    if isinstance(source, (str, os.PathLike)):
        return [source]
    return [one for one in source if isinstance(one, (str, os.PathLike))] if isinstance(source, (list, tuple)) else []


def _size(paths: Sequence[str | os.PathLike[str]]) -> int:
    """Return how many bytes the files of these paths have, about as many as if none was compressed."""
    return sum(Path(one.path).stat().st_size * (PACKED if one.compression or one.format == "parquet" else 1) for one in expand(paths)[0])


def _read(reader: Reader, found: Mapping[str, str], table: ReviewTable, k: int) -> SourceCheck:
    own = {name: column for name, column in found.items() if name in table.columns and column in reader.header}
    links = [link.name for link in table.links]
    return SourceCheck(reader.name, reader.format, table.sources[k].rows, own, tuple(unused([(reader, own)], links)))


def _sources(paths: Sequence[str | os.PathLike[str]], options: Mapping[str, Any]) -> tuple[SourceCheck, ...]:
    """Return what can be seen of the sources of a log that cannot be read."""
    try:
        inputs, _ = expand(paths)
    except InputError:
        return ()
    mapping, dialect = options.get("map") or {}, options.get("dialect")
    layout = Layout.of(*(options.get(name) for name in ("delimiter", "quote", "columns")))
    seen = []
    for one in inputs[:FILES]:
        try:
            reader = opened(one, mapping, dialect, layout)
        except InputError:
            continue
        try:
            _, found = columns_of(reader.name, reader.header, mapping, dialect)
        except InputError:
            found = {}
        seen.append(SourceCheck(reader.name, reader.format, None, found, tuple(unused([(reader, found)], options.get("link") or ()))))
    return tuple(seen)


def _sample(table: ReviewTable) -> list[dict[str, str | None]]:
    """Return the first rows accepted, the canonical columns alone."""
    rows = np.asarray(table.row[:ROWS], np.int64)
    found = []
    for origin, source in zip(table.reread.origins, table.sources, strict=True):
        own = within(rows, source.first_row, source.rows) - source.first_row
        read = origin.cells(own).values() if len(own) else ()
        found += [{name: _short(cells[name]) for name in table.columns if name in cells} for cells in read]
    return found


def _short(cell: str | None) -> str | None:
    return cell if cell is None or len(cell) <= CELL else cell[: CELL - 3] + "..."
