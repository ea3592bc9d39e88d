"""Days along an axis of matplotlib: those of UTC, written as ISO dates, whatever epoch, time zone and language the user has set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import Formatter, Locator

from collusion.report.neighbourhood import iso
from collusion.report.palette import LIGHT
from collusion.report.ticks import Ticks, day_ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["date_axis"]


def date_axis(ax: Axes, span: tuple[float, float], ticks: int = 7) -> None:
    """Label the days along the x-axis, however far from today they are.

    Parameters
    ----------
    ax : matplotlib Axes
    span : pair of float
        First and last, in days since 1970-01-01.
    ticks : int, default 7
        Most labels.
    """
    ax.set_xlim(*span)
    days = _Days(ticks)
    ax.xaxis.set_major_locator(days)
    ax.xaxis.set_major_formatter(_Dates(days))
    ax.tick_params(axis="x", labelsize=7, length=3)
    ax.xaxis.get_offset_text().set(fontsize=7, color=LIGHT["soft"])


class _Days(Locator):
    """The ticks of `day_ticks` for what the axis shows at the time."""

    def __init__(self, most: int) -> None:
        self._most = most

    def ticks(self) -> Ticks:
        assert self.axis is not None  # noqa: S101  # an axis asks its own locator
        low, high = sorted(self.axis.get_view_interval())
        return day_ticks((low, high), self._most)

    def tick_values(self, vmin: float, vmax: float) -> Any:  # noqa: ANN401  # as matplotlib has it
        return np.asarray(day_ticks((vmin, vmax), self._most).at)

    def __call__(self) -> Any:  # noqa: ANN401  # as above
        return np.asarray(self.ticks().at)


class _Dates(Formatter):
    """Labels of the days; what applies to all of them is written at the end of the axis."""

    def __init__(self, days: _Days) -> None:
        self._days = days

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        ticks = self._days.ticks()
        return list(ticks.labels) if tuple(values) == ticks.at else [iso(round(value)) for value in values]

    def __call__(self, x: float, _pos: int | None = None) -> str:
        return iso(round(x))

    def get_offset(self) -> str:
        return self._days.ticks().end
