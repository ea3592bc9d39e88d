"""Times to days as they come: the unit of numbers is recognised by all of them, without keeping them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.base.model import NO_TIME
from collusion.reviews.columns import Filling, Sparing
from collusion.reviews.values import A_SECOND, NO_NUMBER, UnitRecogniser, days_of, split_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Days", "has_time_of_day"]


class Days:
    """The days of one source's times, four bytes per row, and as many for the seconds of the day where these are not all the same.

    Numbers are read in the first unit that any of them fits, since a log in which others fit another unit is refused at the end; ``unit``,
    where given, is taken. Times that no review can have are noted as they stood, with their rows.
    """

    def __init__(self, rows: int | None, unit: str | None) -> None:
        self._days = Filling(rows, np.int32)
        self._seconds = Sparing(rows, np.int32)
        self._given_unit = unit
        self._recogniser = UnitRecogniser()
        self._outside: list[NDArray[np.int64]] = []
        self._raw: list[NDArray[np.int64]] = []
        self.numeric: bool | None = None
        """Whether times are numbers; None until one has come."""
        self.given = 0
        """Rows that have a time, whatever it is."""

    def add(self, values: NDArray[np.int64], *, numeric: bool, second: NDArray[np.int32] | int | None = None) -> NDArray[np.bool_]:
        """Take the times of the next rows as `times` returns them, and return which no review can have.

        ``second`` has the second of the day of times that are not numbers, as `Column` has it.

        Raises ValueError where numbers follow dates or dates numbers.
        """
        given = int(np.count_nonzero(values != NO_NUMBER))
        if not given:
            self._days.fill(len(values), NO_TIME)
            self._seconds.fill(len(values), None)
            return np.zeros(len(values), bool)
        if self.numeric is not None and self.numeric != numeric:
            raise ValueError("dates and numbers")
        self.numeric = numeric
        self.given += given
        unit = None
        if numeric:
            unit = self._given_unit
            if unit is None:
                self._recogniser.add(values)
                unit = self._recogniser.first
        if numeric and unit is None:
            days = np.full(len(values), NO_TIME, np.int32)
            outside: NDArray[np.bool_] = values != NO_NUMBER
        elif unit in A_SECOND:
            values_, second = split_times(values, unit)
            days, outside = days_of(values_, None)
        else:
            days, outside = days_of(values, unit)
        if outside.any():
            at = np.flatnonzero(outside)
            self._outside.append(at + len(self._days))
            self._raw.append(values[at])
        self._days.add(days)
        self._add_seconds(second, days)
        return outside

    def _add_seconds(self, second: NDArray[np.int32] | int | None, days: NDArray[np.int32]) -> None:
        timed = days != NO_TIME
        if not timed.any():
            self._seconds.fill(len(days), None)
            return
        if second is None or isinstance(second, int):
            self._seconds.fill(len(days), -1 if second is None else second)
            return
        known = second if timed.all() else second[timed]
        if (same := int(known[0])) == known.min() == known.max():
            self._seconds.fill(len(days), same)
        else:
            self._seconds.add(second)

    def recognised(self) -> tuple[str | None, str | None]:
        """Return the unit of numbers (None where times are dates), and what speaks against every unit."""
        if not self.numeric or self._given_unit:
            return (self._given_unit if self.numeric else None), None
        return self._recogniser.recognised()

    def outside(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows whose time no review can have, ascending, and the times as they stood."""
        none = np.empty(0, np.int64)
        return np.concatenate([none, *self._outside]), np.concatenate([none, *self._raw])

    def whole(self) -> NDArray[np.int32]:
        """Return the days, `NO_TIME` where there is none."""
        return self._days.whole()

    def seconds(self) -> NDArray[np.int32] | np.generic:
        """Return the second of the UTC day of each time, -1 where the source names a day alone; any number where there is no time.

        One number where all are equal.
        """
        return self._seconds.whole()


def has_time_of_day(second: NDArray[np.int32]) -> bool:
    """Return whether seconds of the day (-1: none) are of times of day: two of them differ. Else they are of days, such as midnights."""
    low, high = (int(second.min()), int(second.max())) if len(second) else (0, 0)
    if low < 0 <= high:
        low = int(second[second >= 0].min())
    return 0 <= low < high
