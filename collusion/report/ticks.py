"""The ticks of an axis and their labels: round numbers, and days of the calendar as ISO dates.

They depend neither on the time zone nor on the language, so that the same axis is the same text everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from collusion.report.neighbourhood import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Ticks", "day_ticks", "round_ticks"]

# Python's dates end at the year 9999; farther days are real in broken logs.
_CALENDAR = (-700_000, 2_900_000)
_EPOCH = date(1970, 1, 1).toordinal()

_DAYS, _MONTHS = (1, 2, 3, 5, 10, 15), (1, 2, 3, 6)
"""Steps of ticks within a month, counted from its first day, and within a year."""

_LAST_DAY = 29
"""The last day of a month with a tick of steps of several days: later ones crowd the first of the next month."""


@dataclass(frozen=True)
class Ticks:
    """The ticks of an axis.

    Parameters
    ----------
    at : tuple of float
        In the unit of the axis, ascending.
    labels : tuple of str
    end : str, default ""
        Written once at the end of the axis, since it applies to all ticks.
    """

    at: tuple[float, ...]
    labels: tuple[str, ...]
    end: str = ""


def round_ticks(low: float, high: float, most: int, *, whole: bool = False) -> Ticks:
    """Return ticks at multiples of 1, 2 or 5 times a power of ten, as many as fit.

    Parameters
    ----------
    low, high : float
    most : int
        Most ticks, 2 at least.
    whole : bool, default False
        Whole numbers only.

    Examples
    --------
    >>> round_ticks(3.1, 4.9, 5).labels
    ('3.5', '4.0', '4.5')
    """
    power = math.floor(math.log10(max(high - low, 1e-9))) - 1
    while True:
        for factor in (1, 2, 5):
            step = factor * 10.0**power
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            if last - first < most and not (whole and step < 1):
                decimals = max(-power, 0)
                at = tuple(round(k * step, decimals) for k in range(first, last + 1))
                return Ticks(at, tuple(f"{value:,.{decimals}f}" for value in at))
        power += 1


def day_ticks(span: tuple[float, float], most: int) -> Ticks:
    """Return the firsts of years or months, or days, with as much of their ISO date as distinguishes them.

    Days are labelled by month and day, and their year is written at the end of the axis.

    Parameters
    ----------
    span : pair of float
        First and last, in days since 1970-01-01, however far from today.
    most : int
        Most ticks.
    """
    if not (_CALENDAR[0] < span[0] and span[1] < _CALENDAR[1]):
        at = round_ticks(*span, 3, whole=True).at
        return Ticks(at, tuple(iso(round(day)) for day in at))
    days = next(days for days in _finest_first(math.ceil(span[0]), math.floor(span[1]), most) if len(days) <= most)
    return _labelled(days)


def _finest_first(first: int, last: int, most: int) -> Iterator[list[int]]:
    """Return the days of ticks, by ever larger steps; steps that are far too small are left out."""
    long = last - first
    yield from (_month_days(first, last, step) for step in _DAYS if long / step <= 2 * most)
    yield from (_months(first, last, step) for step in _MONTHS if long / (28 * step) <= 2 * most)
    power = 1
    while True:
        yield from (_months(first, last, 12 * factor * power) for factor in (1, 2, 5) if long / (360 * factor * power) <= 2 * most)
        power *= 10


def _month_days(first: int, last: int, step: int) -> list[int]:
    days = ((day, date.fromordinal(day + _EPOCH).day) for day in range(first, last + 1))
    return [day for day, of_month in days if (of_month - 1) % step == 0 and (step == 1 or of_month <= _LAST_DAY)]


def _months(first: int, last: int, step: int) -> list[int]:
    """Return the firsts of every so many months."""
    start, end = (date.fromordinal(day + _EPOCH) for day in (first, last))
    low, high = 12 * start.year + start.month - 1, 12 * end.year + end.month - 1
    months = range(-(-low // step) * step, high + 1, step)
    days = (date(month // 12, month % 12 + 1, 1).toordinal() - _EPOCH for month in months if month >= 12)
    return [day for day in days if first <= day <= last]


def _labelled(days: list[int]) -> Ticks:
    dates = [iso(day) for day in days]
    for start, length in (("-01-01", 4), ("-01", 7)):
        if all(day.endswith(start) for day in dates):
            return Ticks(tuple(days), tuple(day[:length] for day in dates))
    years = sorted({day[:4] for day in dates})
    return Ticks(tuple(days), tuple(day[5:] for day in dates), " to ".join(dict.fromkeys((years[0], years[-1]))))
