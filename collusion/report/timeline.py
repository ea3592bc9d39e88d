"""When the reviews were written: one row per product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.model import NO_TIME
from collusion.report.axes import Mark, axis_below, legend, names_left, title
from collusion.report.drawing import SMALL, Drawing, hexadecimal, sentence
from collusion.report.formatting import count
from collusion.report.neighbourhood import Neighbourhood, neighbourhood, ranked
from collusion.report.palette import LIGHT, OTHER, WIDTH
from collusion.report.sanitize import label
from collusion.report.ticks import day_ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.case import Case, Ring
    from collusion.report.drawing import Frame

__all__ = ["LANES", "SIZES", "Span", "Times", "timeline", "times"]

LANES = 40
"""Most products shown."""

BINS = 200
"""Bins along the axis; reviews in one bin are drawn as one mark."""

SIZES = ((1, 3.4, "1 review of the ring"), (2, 4.8, "2 to 4"), (5, 6.6, "5 or more"))
"""From how many reviews of the ring in one bin which mark, in points."""

BURST_SHARE = 0.75
"""The share of the ring's reviews that its burst contains."""

ZOOM_SHARE = 0.2
"""A burst that takes less than this share of the time shown is shown a second time, enlarged."""

_LABEL_ROOM = 52.0
"""Points of an axis that a label needs."""


@dataclass(frozen=True, eq=False)
class Span:
    """The reviews of a stretch of time, in bins.

    Parameters
    ----------
    low, high : float
        Ends, in days since 1970-01-01.
    own, others : int arrays, shape (lanes, bins)
        Reviews of the ring, and of others.
    """

    low: float
    high: float
    own: NDArray[np.int64]
    others: NDArray[np.int64]

    @property
    def strength(self) -> NDArray[np.float64]:
        """The opacity of others' reviews: the stronger, the more; 0 where there is none."""
        most = np.log1p(max(int(self.others.max(initial=0)), 3))
        strength: NDArray[np.float64] = np.where(self.others, 0.25 + 0.6 * np.log1p(self.others) / most, 0)
        return strength

    def marks(self, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return day and lane of the middles of the bins that have the mark at this position of `SIZES`."""
        most = SIZES[size + 1][0] if size + 1 < len(SIZES) else np.inf
        lane, bin_ = np.nonzero((self.own >= SIZES[size][0]) & (self.own < most))
        days: NDArray[np.float64] = self.low + (bin_ + 0.5) * (self.high - self.low) / self.own.shape[1]
        return days, lane.astype(np.float64) + 0.5


@dataclass(frozen=True, eq=False)
class Times:
    """What the picture shows.

    Parameters
    ----------
    names : list of str
        Labels of the products, one per lane.
    totals : list of str
        How many of a product's reviews are the ring's.
    whole : Span
    burst : Span or None
        The part that is enlarged; None where the ring's reviews are far apart.
    share : str
        How many of the ring's reviews the burst contains.
    note : str
        Which products are left out; empty where none is.
    """

    names: list[str]
    totals: list[str]
    whole: Span
    burst: Span | None
    share: str
    note: str


def times(case: Case, ring: Ring) -> Times | None:
    """Return when the reviews of the ring's products were written; None where those of the ring have no times."""
    view = neighbourhood(case, ring)
    days = view.time[view.own & (view.time != NO_TIME)] if view.time is not None else np.empty(0, np.int64)
    if view.time is None or not len(days):
        return None
    own, every = (np.bincount(p, minlength=len(view.products)) for p in (view.p[view.own], view.p))
    lanes = _by_first_visit(view, view.time, ranked(own, view.products, range(view.n_targets), LANES))
    on_lanes = np.isin(view.p, lanes) & (view.time != NO_TIME)
    whole, near = _ends(view.time[on_lanes], 0.02), _ends(_burst(days), 0.15)
    zoomed = near[1] - near[0] < ZOOM_SHARE * (whole[1] - whole[0])
    share = np.count_nonzero((days >= near[0]) & (days <= near[1])) / len(days)
    left_out = int(np.count_nonzero(own[: view.n_targets])) - len(lanes)
    return Times(
        [label(view.products[p]) for p in lanes],
        [f"{own[p]:,} / {every[p]:,}" for p in lanes],
        _binned(view, view.time, lanes, whole),
        _binned(view, view.time, lanes, near) if zoomed else None,
        f"{'over 99 %' if 0.99 < share < 1 else f'{100 * share:.0f} %'} of the ring's reviews",
        f"{count(left_out, 'product')} with fewer reviews of the ring {'is' if left_out == 1 else 'are'} not shown." if left_out else "",
    )


def _by_first_visit(view: Neighbourhood, time: NDArray[np.int64], products: list[int]) -> list[int]:
    first = np.full(len(view.products), np.iinfo(np.int64).max)
    timed = view.own & (time != NO_TIME)
    np.minimum.at(first, view.p[timed], time[timed])
    return sorted(products, key=lambda p: (first[p], view.products[p]))


def _burst(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the days of the shortest time that contains most of the reviews, and of reviews close to it."""
    days = np.sort(days)
    n = int(np.ceil(BURST_SHARE * len(days)))
    start = int(np.argmin(days[n - 1 :] - days[: len(days) - n + 1]))
    low, high = days[start], days[start + n - 1]
    near = max((high - low) // 2, 2)
    close: NDArray[np.int64] = days[(days >= low - near) & (days <= high + near)]
    return close


def _ends(days: NDArray[np.int64], margin: float) -> tuple[float, float]:
    low, high = float(days.min()), float(days.max()) + 1
    pad = max(margin * (high - low), 1.0)
    return low - pad, high + pad


def _binned(view: Neighbourhood, time: NDArray[np.int64], lanes: list[int], ends: tuple[float, float]) -> Span:
    lane_of = np.full(len(view.products), -1)
    lane_of[lanes] = np.arange(len(lanes))
    low, high = ends
    bins = int(min(BINS, np.ceil(high - low)))
    here = (lane_of[view.p] >= 0) & (time >= low) & (time <= high)
    bin_of = np.minimum(((time + 0.5 - low) / (high - low) * bins).astype(np.int64), bins - 1)
    counts = np.zeros((2, len(lanes), bins), dtype=np.int64)
    np.add.at(counts, (view.own[here].astype(np.int64), lane_of[view.p[here]], bin_of[here]), 1)
    return Span(low, high, counts[1], counts[0])


def timeline(case: Case, ring: Ring, frame: Frame | None = None) -> Drawing:
    """Draw the reviews of the ring's products over time, one row per product: the ring's as filled marks, others' in grey.

    If most of the ring's reviews were written in a small part of the time, that part is enlarged at the right.

    Parameters
    ----------
    case : Case
    ring : Ring
    frame : pair of float, optional
        Width and height in points of the picture without what surrounds it; as large as it needs when left out.
    """
    shown = times(case, ring)
    if shown is None:
        return sentence("The ring's reviews have no times, so there is no timeline.")
    drawing = Drawing(*(frame or (72 * WIDTH, 72 * max(1.2, 0.19 * len(shown.names) + 0.1))))
    tall = drawing.height / len(shown.names)
    main = (0.0, (0.6 if shown.burst else 1.0) * drawing.width)
    if shown.burst is not None:
        enlarged = 0.63 * drawing.width, drawing.width
        first, last = (_at(day, shown.whole, main) for day in (shown.burst.low, shown.burst.high))
        for left, right in ((first, last), enlarged):
            drawing.rectangle(left, 0, right - left, drawing.height, LIGHT["band"])
        _lanes(drawing, shown.burst, enlarged, tall)
        drawing.text(enlarged[0], -3, shown.share)
    _lanes(drawing, shown.whole, main, tall)
    names_left(drawing, shown.names, tall, SMALL)
    for k, text in enumerate(shown.totals):
        drawing.text(drawing.width + 5, (k + 0.5) * tall, text, size=SMALL, middle=True)
    drawing.text(drawing.width + 5, -3, "ring / all", size=SMALL)
    title(drawing, "When the reviews were written", 20)
    marks = [Mark(text, LIGHT["ring"], "dot", size) for _, size, text in SIZES]
    legend(drawing, [*marks, Mark("others (stronger: more)", hexadecimal(OTHER), "patch", opacity=0.6)], 21)
    drawing.text(0, drawing.height + 36, shown.note)
    return drawing


def _at(day: float, span: Span, ends: tuple[float, float]) -> float:
    return ends[0] + (day - span.low) / (span.high - span.low) * (ends[1] - ends[0])


def _lanes(drawing: Drawing, span: Span, ends: tuple[float, float], tall: float) -> None:
    lanes, bins = span.others.shape
    drawing.lines(((ends[0], k * tall, ends[1], k * tall) for k in range(1, lanes)), LIGHT["line"], 0.5)
    # Three fifths of a lane are filled: lanes stay apart.
    drawing.cells((ends[0], 0), ((ends[1] - ends[0]) / bins, tall), span.strength, hexadecimal(OTHER), tall=0.6)
    for k, (_, size, _) in enumerate(SIZES):
        days, rows = (part.tolist() for part in span.marks(k))
        drawing.dots(((_at(day, span, ends), row * tall) for day, row in zip(days, rows, strict=True)), size, LIGHT["ring"])
    drawing.frame(ends[0], 0, ends[1] - ends[0], drawing.height)
    most = min(7, int((ends[1] - ends[0]) / _LABEL_ROOM))
    axis_below(drawing, (*ends, drawing.height), (span.low, span.high), day_ticks((span.low, span.high), most))
