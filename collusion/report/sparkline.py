"""A line of bars that fits into a cell of a table: when a ring's reviews came, over the whole log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from collusion.base.model import NO_TIME
from collusion.report.formatting import count
from collusion.report.neighbourhood import iso

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.case import Case, Ring

__all__ = ["sparkline"]

WIDTH, HEIGHT = 120, 20
"""Pixels."""

BARS = 60
"""Most bars: each is two pixels wide at least."""

UNITS = ((1, "day"), (7, "week"), (30, "30 days"), (91, "91 days"), (365, "365 days"))
"""Days per bar, and their name; the shortest that gives at most `BARS` bars is used."""


def sparkline(case: Case, ring: Ring) -> Markup:
    """Return an ``svg`` element in the colour of the text around it, so that it is seen on light and dark pages; empty without times.

    Parameters
    ----------
    case : Case
    ring : Ring
    """
    context = case.context(ring)
    if context.time is None:
        return Markup()
    days = context.time[context.member & context.target].astype(np.int64)
    days = days[days != NO_TIME]
    if not len(days):
        return Markup()
    return _drawn(days, _span(case, days))


def _span(case: Case, days: NDArray[np.int64]) -> tuple[int, int]:
    ends = [int(np.datetime64(date, "D").astype(np.int64)) for date in case.span or ()]
    return min([*ends, int(days.min())]), max([*ends, int(days.max())])


def _drawn(days: NDArray[np.int64], span: tuple[int, int]) -> Markup:
    first, last = span
    length = last - first + 1
    unit, name = next((one for one in UNITS if length <= BARS * one[0]), (-(-length // BARS), ""))
    counts = np.bincount((days - first) // unit)
    bars = -(-length // unit)
    step, top = WIDTH / bars, int(counts.max())
    # One path of all bars; at least a pixel high, or a single review next to a burst would not be seen.
    path = "".join(
        f"M{k * step:.1f} {HEIGHT}v-{max((HEIGHT - 1) * n / top, 1.0):.1f}h{max(step - 0.5, 1.0):.1f}V{HEIGHT}z"
        for k, n in enumerate(counts.tolist())
        if n
    )
    said = f"Reviews of the ring by {name or f'{unit:,} days'} from {iso(first)} to {iso(last)}: {count(top, 'review')} at most"
    return Markup(
        '<svg role="img" aria-label="{said}" width="{width}" height="{height}" viewBox="0 0 {width} {height}" fill="currentColor">'
        '<title>{said}</title><path fill-opacity="0.25" d="M0 {base}h{width}v1h-{width}z"/><path d="{path}"/></svg>'
    ).format(said=said, width=WIDTH, height=HEIGHT, base=HEIGHT - 1, path=path)
