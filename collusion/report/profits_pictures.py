"""Two pictures of who profits: reviews of groups per month, and mean ratings with and without them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from collusion.report.axes import Mark, axis_below, axis_beside, legend, names_left, title
from collusion.report.drawing import SMALL, Drawing, sentence
from collusion.report.palette import LIGHT, WIDTH
from collusion.report.sanitize import label
from collusion.report.ticks import day_ticks, round_ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.base.profits import Profit

__all__ = ["dose_picture", "ratings_picture"]

SHOWN = 20
"""Products in the picture of ratings: those with most reviews of groups."""

ROW = 13.0
"""Points of a row of it."""

HEIGHT = 110.0

NAMES = 190.0
"""Points left free for names."""


def dose_picture(products: Sequence[Profit]) -> Drawing:
    """Draw how many reviews of flagged and of coordinated groups there are per month, over all products."""
    months: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for one in products:
        for month in one.dose:
            found = months[int(np.datetime64(month.month, "M").astype(np.int64))]
            found[0] += month.n_flagged
            found[1] += month.n_coordinated
    if not months:
        return sentence("The reviews have no times, so they cannot be counted by month.")
    drawing = Drawing(72 * WIDTH, HEIGHT)
    first, last = (_day(number) for number in (min(months), max(months) + 1))
    top = max(map(sum, months.values()))
    wide = drawing.width / (last - first)
    for number, counts in sorted(months.items()):
        x, bar = (_day(number) - first) * wide, (_day(number + 1) - _day(number)) * wide
        bottom = HEIGHT
        for count, colour in zip(counts, (LIGHT["ring"], LIGHT["without"]), strict=True):
            high = HEIGHT * count / top
            if count:
                drawing.rectangle(x, bottom - high, max(bar - 1.0, 1.0), high, colour)
            bottom -= high
    axis_below(drawing, (0, drawing.width, HEIGHT), (first, last), day_ticks((first, last), 8))
    axis_beside(drawing, (0, 0, HEIGHT), (0, top), round_ticks(0, top, 5, whole=True))
    title(drawing, "Reviews of groups per month", 10)
    legend(drawing, [Mark("flagged groups", LIGHT["ring"], "patch"), Mark("coordinated groups", LIGHT["without"], "patch")], 8)
    return drawing


def _day(month: int) -> float:
    return float(np.datetime64(month, "M").astype("datetime64[D]").astype(np.int64))


def ratings_picture(products: Sequence[Profit]) -> Drawing:
    """Draw the mean rating of products with the reviews of groups and without them, with the interval of the difference."""
    shown = [one for one in products if one.difference is not None][:SHOWN]
    if not shown:
        return sentence("No product has ratings of groups and of others, so there is nothing to compare.")
    drawing = Drawing(72 * WIDTH - NAMES, ROW * len(shown))
    values = [value for one in shown for value in (one.mean, *_interval(one)) if value is not None]
    low, high = min(values), max(values)
    pad = max(0.05 * (high - low), 0.05)
    span = (low - pad, high + pad)

    def x(value: float) -> float:
        return (value - span[0]) / (span[1] - span[0]) * drawing.width

    middles = [(k + 0.5) * ROW for k in range(len(shown))]
    drawing.lines(((0, y, drawing.width, y) for y in middles), LIGHT["shade"])
    intervals = [_interval(one) for one in shown]
    drawing.lines(((x(ends[0]), y, x(ends[1]), y) for y, ends in zip(middles, intervals, strict=True)), LIGHT["without"], 2.0)
    for name, colour in (("mean_without", LIGHT["without"]), ("mean", LIGHT["ring"])):
        drawing.dots([(x(getattr(one, name)), y) for y, one in zip(middles, shown, strict=True)], 6.0, colour)
    names_left(drawing, [label(one.id, 30) for one in shown], ROW, SMALL)
    axis_below(drawing, (0, drawing.width, ROW * len(shown)), span, round_ticks(*span, 7))
    title(drawing, "Mean rating", 10)
    legend(
        drawing,
        [
            Mark("with the groups", LIGHT["ring"], "dot", 6.0),
            Mark("without", LIGHT["without"], "dot", 6.0),
            Mark("95 % interval", LIGHT["without"], "line", 2.0),
        ],
        8,
    )
    return drawing


def _interval(one: Profit) -> tuple[float, float]:
    """Return the interval of the difference, seen from the mean of all ratings."""
    if one.mean is None or one.mean_without is None or one.difference_low is None or one.difference_high is None:
        return (0.0, 0.0)
    return one.mean - one.difference_high, one.mean - one.difference_low
