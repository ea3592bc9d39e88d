"""Days along an axis: those of UTC, written as ISO dates, whatever epoch, time zone and language the user has set."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import dates
from matplotlib.ticker import Formatter, FuncFormatter, MaxNLocator

from collusion.report.around import iso
from collusion.report.canvas import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from matplotlib.axes import Axes

__all__ = ["date_axis"]

# AutoDateLocator works on Python's datetime, which ends at the year 9999; farther days are real in broken logs.
_CALENDAR = (-700_000, 2_900_000)


def date_axis(ax: Axes, span: tuple[float, float], ticks: int = 7) -> None:
    """Label the days along the x-axis, however far from today they lie.

    Parameters
    ----------
    ax : matplotlib Axes
    span : pair of float
        First and last, in days since 1970-01-01.
    ticks : int, default 7
        Most labels.
    """
    ax.set_xlim(*span)
    if _CALENDAR[0] < span[0] and span[1] < _CALENDAR[1]:
        ax.xaxis.set_major_locator(_Calendar(ticks))
        ax.xaxis.set_major_formatter(_Dates())
    else:
        ax.xaxis.set_major_locator(MaxNLocator(3, integer=True))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda day, _: iso(round(day))))
    ax.tick_params(axis="x", labelsize=7, length=3)
    ax.xaxis.get_offset_text().set(fontsize=7, color=LIGHT["soft"])


class _Calendar(dates.AutoDateLocator):
    """Firsts of years or months, or days, of an axis in days since 1970-01-01; matplotlib counts from whatever its ``date.epoch`` says."""

    def __init__(self, most: int) -> None:
        super().__init__(tz=UTC, minticks=2, maxticks=most)  # type: ignore[no-untyped-call]  # matplotlib has no types for it
        self._start = float(dates.date2num(np.datetime64("1970-01-01", "D")))  # type: ignore[no-untyped-call]  # as above

    def viewlim_to_dt(self) -> tuple[datetime, datetime]:
        assert self.axis is not None  # noqa: S101  # an axis asks its own locator
        low, high = sorted(self.axis.get_view_interval())
        return dates.num2date(low + self._start, UTC), dates.num2date(high + self._start, UTC)  # type: ignore[no-untyped-call]  # as above

    def __call__(self) -> Any:  # noqa: ANN401  # an array, or a list
        days = np.asarray(self.tick_values(*self.viewlim_to_dt())) - self._start  # type: ignore[no-untyped-call]  # as above
        return days.round()


class _Dates(Formatter):
    """As much of an ISO date as tells the ticks apart; the year of days at the end of the axis. Month names would follow the language."""

    def __init__(self) -> None:
        self._year = ""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        whole = [iso(round(value)) for value in values]
        self._year = ""
        for start, length in (("-01-01", 4), ("-01", 7)):
            if all(day.endswith(start) for day in whole):
                return [day[:length] for day in whole]
        years = sorted({day[:4] for day in whole})
        self._year = " to ".join(dict.fromkeys((years[0], years[-1])))
        return [day[5:] for day in whole]

    def __call__(self, x: float, _pos: int | None = None) -> str:
        return iso(round(x))

    def get_offset(self) -> str:
        return self._year
