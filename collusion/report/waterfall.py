"""What a ring's score is made of: parts that add up to it exactly, and what each innocent explanation leaves of it."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from collusion.report import formatting
from collusion.report.axes import names_left, title
from collusion.report.drawing import PLAIN, Drawing, sentence
from collusion.report.palette import LIGHT
from collusion.report.signals import is_basket, residuals

if TYPE_CHECKING:
    from collusion.base.model import Evidence, Part
    from collusion.case import Case, Ring
    from collusion.report.drawing import Frame

__all__ = ["Bar", "bars", "waterfall"]

WIDTH, ROW = 5.6, 0.26
"""Inches of the picture, and of a row."""

COLUMNS = (62.0, 112.0, 168.0)
"""Points from the frame to the right ends of the columns of figures: points, co-reviews, and how many are expected."""

FIGURES = 7.5
"""Points of the text of figures."""

LINE_LENGTH = 110
"""Characters of a line below the picture."""

MARGIN = 0.02
"""Room at each side of the bars, as a share of what they span."""

NEEDED_DASH = "2.4 1.8"
"""Points of the dashes of the mark at what would be needed."""


class Bar(NamedTuple):
    """One row of the picture, from ``start`` to ``end`` in points per member, with the text of each of `COLUMNS`.

    At ``needed``, where it is not None, is the mark of what would still be needed; if it ``leads``, the next bar begins where it ends.
    """

    name: str
    start: float
    end: float
    colour: str
    figures: tuple[str, str, str]
    needed: float | None = None
    leads: bool = False


def bars(case: Case, ring: Ring) -> list[Bar]:
    """Return the parts of the ring's score, their sum, and what each explanation leaves of it; none where the parts are not known."""
    if ring.breakdown is None:
        return []
    parts = ring.breakdown.parts
    ends = list(accumulate((part.nats for part in parts), initial=Decimal(0)))
    total = Bar("score", 0.0, float(ends[-1]), "ink", (formatting.nats(ends[-1]), "", ""))
    return [
        *(_part(part, float(start), float(end)) for part, start, end in zip(parts, ends, ends[1:], strict=False)),
        total,
        *(_left(one) for one in ([] if is_basket(ring) else residuals(ring, case))),
    ]


def _part(part: Part, start: float, end: float) -> Bar:
    observed, expected = ("", "") if part.observed is None else (formatting.count(part.observed), formatting.figure(part.expected))
    return Bar(part.name, start, end, "ring" if part.nats >= 0 else "without", (formatting.nats(part.nats), observed, expected), leads=True)


def _left(one: Evidence) -> Bar:
    left = one.observed or 0.0
    needed = "" if one.expected is None else f"{formatting.score(one.expected)} needed"
    name = f"with {formatting.name(one.signal)} granted"
    return Bar(name, 0.0, left, "soft", (f"{formatting.score(left)} left", "", needed), needed=one.expected)


def waterfall(case: Case, ring: Ring, frame: Frame | None = None) -> Drawing:
    """Draw the parts of the ring's score one below the other, each from where the one before it ends, and the score as their sum.

    Below the score is what is left of it when each innocent explanation is granted, with a mark at what would still be needed.

    Parameters
    ----------
    case : Case
    ring : Ring
    frame : pair of float, optional
        Width and height in points of the picture without what surrounds it; as large as it needs when left out.
    """
    shown, how = bars(case, ring), formatting.how_counted(ring, case)
    lines = textwrap.wrap(how, LINE_LENGTH)
    if not shown:
        return sentence(how, lines)
    drawing = Drawing(*(frame or (72 * WIDTH, 72 * ROW * len(shown))))
    tall = drawing.height / len(shown)
    values = [0.0, *(end for bar in shown for end in (bar.start, bar.end)), *(bar.needed for bar in shown if bar.needed is not None)]
    low, long = min(values), (max(values) - min(values)) or 1.0
    scale = drawing.width / ((1 + 2 * MARGIN) * long)

    def x(value: float) -> float:
        return (value - low + MARGIN * long) * scale

    drawing.lines([(x(0), 0, x(0), drawing.height)], LIGHT["line"])
    drawing.lines(
        [(x(bar.end), (k + 0.15) * tall, x(bar.end), (k + 1.85) * tall) for k, bar in enumerate(shown) if bar.leads], LIGHT["soft"]
    )
    for k, bar in enumerate(shown):
        left, right = sorted((x(bar.start), x(bar.end)))
        drawing.rectangle(left, (k + 0.15) * tall, right - left, 0.7 * tall, LIGHT[bar.colour])
        if bar.needed is not None:
            at = x(bar.needed)
            drawing.lines([(at, (k + 0.05) * tall, at, (k + 0.95) * tall)], LIGHT["without"], 1.2, NEEDED_DASH)
    _figures(drawing, shown, tall)
    names_left(drawing, [bar.name for bar in shown], tall, PLAIN)
    title(drawing, "What the score is made of, in points per member", 18)
    for k, line in enumerate(lines):
        drawing.text(0, drawing.height + 15 + 9 * k, line, size=FIGURES)
    return drawing


def _figures(drawing: Drawing, shown: list[Bar], tall: float) -> None:
    """Write at the right what each part adds and the co-reviews that it counts; and what is left and needed when something is granted."""
    heads = ("", "co-reviews", "expected")
    for offset, head in zip(COLUMNS, heads, strict=True):
        drawing.text(drawing.width + offset, -3, head, size=FIGURES, anchor="end")
    for k, bar in enumerate(shown):
        strong = bar.colour == "ink"
        for offset, text in zip(COLUMNS, bar.figures, strict=True):
            at = drawing.width + offset, (k + 0.5) * tall
            drawing.text(*at, text, size=FIGURES, colour=LIGHT["ink" if strong else "soft"], anchor="end", bold=strong, middle=True)
