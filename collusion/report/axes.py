"""What surrounds a picture: titles, legends, names of rows and columns, and axes with ticks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.report.drawing import BOLD, LINE, PLAIN, SMALL, TICK
from collusion.report.letters import width
from collusion.report.palette import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.report.drawing import Drawing
    from collusion.report.ticks import Ticks

__all__ = ["Mark", "axis_below", "axis_beside", "legend", "names_below", "names_left", "title"]

_OVERHANG = 7.0
"""Points that a label may reach beyond the end of its axis."""

_ENTRY_GAP, _MARK_GAP = 11.0, 4.0
"""Points between two entries of a legend, and between a mark and its text."""


@dataclass(frozen=True)
class Mark:
    """One entry of a legend.

    Parameters
    ----------
    text : str
    colour : str
    kind : {"dot", "patch", "line", "tick"}
    size : float
        Points across a dot; of other kinds, of the line.
    dash : str, default ""
    opacity : float, default 1
        Of a patch.
    """

    text: str
    colour: str
    kind: str
    size: float = 1.5
    dash: str = ""
    opacity: float = 1.0

    @property
    def wide(self) -> float:
        """Points of the mark without its text."""
        return {"dot": self.size, "tick": 2.0}.get(self.kind, 16.0)


def title(drawing: Drawing, text: str, above: float) -> None:
    """Write a title, so many points above the frame."""
    drawing.text(0, -above, text, size=BOLD, colour=LIGHT["ink"], bold=True)


def legend(drawing: Drawing, marks: Sequence[Mark], above: float) -> None:
    """Write a legend above the frame at the right, so many points away from it: never over data."""
    x, middle = drawing.width, -above - 3
    for mark in reversed(marks):
        x -= width(mark.text, PLAIN)
        drawing.text(x, middle, mark.text, middle=True)
        x -= _MARK_GAP + mark.wide
        _sign(drawing, mark, x, middle)
        x -= _ENTRY_GAP


def _sign(drawing: Drawing, mark: Mark, x: float, middle: float) -> None:
    half = mark.wide / 2
    if mark.kind == "dot":
        drawing.dots([(x + half, middle)], mark.size, mark.colour)
    elif mark.kind == "patch":
        drawing.rectangle(x, middle - 2.8, mark.wide, 5.6, mark.colour, opacity=mark.opacity)
    elif mark.kind == "tick":
        drawing.lines([(x + half, middle - 3.5, x + half, middle + 3.5)], mark.colour, mark.size)
    else:
        drawing.lines([(x, middle, x + mark.wide, middle)], mark.colour, mark.size, mark.dash)


def names_left(drawing: Drawing, names: Sequence[str], tall: float, size: float, doubtful: Sequence[int] = ()) -> None:
    """Write names at the left of rows of one height, the first at the top of the frame; the rows of doubtful members have a mark."""
    for row, name in enumerate(names):
        drawing.text(
            -3, (row + 0.5) * tall, name, size=size, colour=LIGHT["without" if row in doubtful else "soft"], anchor="end", middle=True
        )
    for row in doubtful:
        drawing.rectangle(-2.4, row * tall, 2, tall, LIGHT["without"])


def names_below(drawing: Drawing, names: Sequence[str], wide: float, size: float) -> None:
    """Write names below columns of one width, bottom to top."""
    for column, name in enumerate(names):
        drawing.text((column + 0.5) * wide, drawing.height + 3, name, size=size, anchor="end", middle=True, turned=-90)


def axis_below(drawing: Drawing, frame: tuple[float, float, float], span: tuple[float, float], ticks: Ticks) -> None:
    """Draw an axis with its ticks and their labels below it.

    Parameters
    ----------
    drawing : Drawing
    frame : tuple of float
        Left end, right end, and height of the axis, in points.
    span : pair of float
        Values at the ends.
    ticks : Ticks
    """
    left, right, y = frame
    at = [left + (tick - span[0]) / (span[1] - span[0]) * (right - left) for tick in ticks.at]
    drawing.lines([(left, y, right, y)], LIGHT["line"])
    drawing.lines(((x, y, x, y + TICK) for x in at), LIGHT["soft"], LINE)
    for x, text in zip(at, ticks.labels, strict=True):
        # A label at an end stays clear of the neighbouring axis.
        half = width(text, SMALL) / 2 - _OVERHANG
        drawing.text(min(max(x, left + half), right - half), y + TICK + 9, text, size=SMALL, anchor="middle")
    if ticks.end:
        drawing.text(right, y + TICK + 19, ticks.end, size=SMALL, anchor="end")


def axis_beside(
    drawing: Drawing, frame: tuple[float, float, float], span: tuple[float, float], ticks: Ticks, *, right: bool = False
) -> None:
    """Draw an axis with its ticks and their labels at the left of it, or at the right.

    Parameters
    ----------
    drawing : Drawing
    frame : tuple of float
        Distance of the axis from the left, its top and its bottom, in points.
    span : pair of float
        Values at the bottom and the top.
    ticks : Ticks
    right : bool, default False
    """
    x, top, bottom = frame
    side = 1 if right else -1
    at = [bottom - (tick - span[0]) / (span[1] - span[0]) * (bottom - top) for tick in ticks.at]
    drawing.lines([(x, top, x, bottom)], LIGHT["line"])
    drawing.lines(((x, y, x + side * TICK, y) for y in at), LIGHT["soft"], LINE)
    for y, text in zip(at, ticks.labels, strict=True):
        drawing.text(x + side * (TICK + 3), y, text, size=SMALL, anchor="start" if right else "end", middle=True)
