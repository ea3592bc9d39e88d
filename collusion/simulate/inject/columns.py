"""Columns of any log as planting reads and writes them: times as days, ratings by stars, and the most common value per product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.reviews.values import A_DAY, FIRST, LAST, NO_NUMBER, as_numpy, unit_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Clock", "Scale", "clock_of", "coded", "like", "most_common", "one_array", "scale_of"]


@dataclass(frozen=True, eq=False)
class Clock:
    """The times of a log.

    Parameters
    ----------
    kind : pyarrow.DataType
    a_day : int
        Counts per day.
    grain : int
        Counts between two times that the log can have, at most one day: a log of dates stays one.
    count : int64[rows]
        0 where there is none.
    known : bool[rows]
    """

    kind: pa.DataType
    a_day: int
    grain: int
    count: NDArray[np.int64]
    known: NDArray[np.bool_]

    @property
    def ends(self) -> tuple[int, int]:
        """The first and the last time, in counts; zeros where no row has one."""
        own = self.count[self.known]
        return (int(own.min()), int(own.max())) if len(own) else (0, 0)

    @property
    def day(self) -> NDArray[np.float64]:
        """Days since the first time, by row; nan where there is none."""
        days: NDArray[np.float64] = np.where(self.known, (self.count - self.ends[0]) / self.a_day, np.nan)
        return days

    def counts(self, day: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return days as counts, no later, in steps of the grain."""
        # A whole number of steps stays one, though the division that made the day was not exact.
        step = np.floor(day * (self.a_day / self.grain) + 1e-6)
        return self.ends[0] + step.astype(np.int64) * self.grain

    def column(self, count: NDArray[np.int64]) -> pa.Array:
        """Return counts as a column of the log's type."""
        narrow = pa.array(count.astype(np.int32)) if pa.types.is_date32(self.kind) else pa.array(count)
        return narrow.cast(self.kind, safe=False)


def clock_of(column: pa.Array) -> Clock | str:
    """Return the clock of a column of times, or what is wrong with it.

    Timestamps and dates are taken as they are; numbers in the unit that all of them fit, as a scan takes them.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return "has no value; leave the column out"
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        a_day = A_DAY[kind.unit] if pa.types.is_timestamp(kind) else 1 if pa.types.is_date32(kind) else A_DAY["ms"]
        counts = column.cast(pa.int32()).cast(pa.int64()) if pa.types.is_date32(kind) else column.cast(pa.int64())
        count = as_numpy(counts, NO_NUMBER)
        known = count != NO_NUMBER
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        raw = as_numpy(column.cast(pa.float64(), safe=False), 0)
        fine = as_numpy(column.is_valid()) & (np.abs(raw) < 2.0**62)
        whole_numbers = pa.types.is_integer(kind) and kind != pa.uint64()
        read = as_numpy(column.cast(pa.int64()), 0) if whole_numbers else np.floor(np.where(fine, raw, 0)).astype(np.int64)
        count = np.where(fine, read, NO_NUMBER)
        unit, problem = unit_of(count)
        if unit is None:
            return f"{problem or 'is in no unit that can be identified'}; or convert them to Arrow timestamps"
        a_day = A_DAY[unit]
        known = fine & (count >= FIRST * a_day) & (count < LAST * a_day)
    else:
        return f"is of the type {kind}; convert it to Arrow timestamps, dates or numbers"
    count = np.where(known, count, 0)
    own = count[known]
    step = int(np.gcd.reduce(own - own.min())) if len(own) else 0
    return Clock(kind, a_day, min(step, a_day) or a_day, count, known)


@dataclass(frozen=True, eq=False)
class Scale:
    """The ratings of a log.

    Parameters
    ----------
    kind : pyarrow.DataType
    rating : float64[rows]
        nan where there is none.
    """

    kind: pa.DataType
    rating: NDArray[np.float64]

    def of(self, stars: NDArray[np.integer], points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return stars, 1 to 5, as ratings of the scale that has these points (sorted).

        1 is the lowest point, 5 the highest, and stars between them the nearest point, the lower of two. nan where there are no points.
        """
        if not len(points):
            return np.full(len(stars), np.nan)
        wanted = points[0] + (stars - 1) / 4 * (points[-1] - points[0])
        above = np.clip(np.searchsorted(points, wanted), 1, len(points) - 1) if len(points) > 1 else np.zeros(len(stars), np.int64)
        below = np.maximum(above - 1, 0)
        nearest: NDArray[np.float64] = np.where(points[above] - wanted < wanted - points[below], points[above], points[below])
        return nearest

    def column(self, rating: NDArray[np.float64]) -> pa.Array:
        """Return ratings as a column of the log's type, null where nan. They are the log's own values, so nothing is rounded."""
        return pa.array(rating, mask=np.isnan(rating)).cast(self.kind, safe=False)


def scale_of(column: pa.Array) -> Scale | str:
    """Return the scale of a column of ratings, or what is wrong with it."""
    kind = column.type
    if pa.types.is_null(kind):
        return "has no value; leave the column out"
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return f"is of the type {kind}; convert it to numbers"
    rating = as_numpy(column.cast(pa.float64(), safe=False), 0)
    return Scale(kind, np.where(as_numpy(column.is_valid()) & np.isfinite(rating), rating, np.nan))


def one_array(table: pa.Table, name: str) -> pa.Array:
    """Return a column in one piece, dictionaries decoded."""
    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    joined = column.combine_chunks()
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def coded(column: pa.Array) -> tuple[NDArray[np.int64], pa.Array] | None:
    """Return the code of each row, -1 for null, and the values by code in ascending order; None where values of the type have no order."""
    try:
        found = column.dictionary_encode()
        order = as_numpy(pc.sort_indices(found.dictionary)).astype(np.int64)
    except (pa.ArrowNotImplementedError, pa.ArrowTypeError):
        return None
    rank = np.empty(len(order) + 1, np.int64)
    rank[order] = np.arange(len(order))
    rank[-1] = -1
    return rank[as_numpy(found.indices, -1)], found.dictionary.take(pa.array(order))


def most_common(code: NDArray[np.int64], group: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """Return the code that most rows of each group have, the lowest of several, -1 where none has any; int64[groups]."""
    there = code >= 0
    values = int(code.max(initial=0)) + 1
    pair, rows = np.unique(group[there] * values + code[there], return_counts=True)
    owner, value = pair // values, pair % values
    order = np.lexsort((value, -rows, owner))
    owner, first = np.unique(owner[order], return_index=True)
    found = np.full(groups, -1, np.int64)
    found[owner] = value[order][first]
    return found


def like(column: pa.Array, rng: np.random.Generator, n: int) -> pa.Array:
    """Return ``n`` values drawn with their shares of a column, nulls included; only nulls where values of the type have no order."""
    found: Any = coded(column)
    if found is None or not len(column):
        return pa.nulls(n, column.type)
    code, values = found
    # Sorted, so that the draw does not depend on the order of rows.
    drawn = np.sort(code)[rng.integers(0, len(code), n)]
    return values.take(pa.array(drawn, mask=drawn < 0))
