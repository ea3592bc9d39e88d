"""One picture: its marks, and the same as SVG inside a page, with no style, no script, no id, and no reference.

Lengths are points (1/72 inch), y grows downwards. What is drawn may reach beyond the frame that a picture begins with: the element is made
as large as all of it, with texts measured by a table (`collusion.report.letters`), so that the same picture is the same bytes everywhere.
Colours are presentation attributes, which the page's style sheet replaces on dark pages. `collusion.report.figures.paint` puts the marks on
axes of matplotlib.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from markupsafe import Markup, escape

from collusion.report.letters import width
from collusion.report.palette import LIGHT
from collusion.report.sanitize import stripped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = [
    "ANCHOR",
    "BOLD",
    "PADDING",
    "PLAIN",
    "SMALL",
    "Cells",
    "Disc",
    "Drawing",
    "Frame",
    "Linked",
    "Rectangle",
    "Stroke",
    "Text",
    "hexadecimal",
    "number",
    "sentence",
]

Frame = tuple[float, float]
"""Width and height of the frame of a picture, in points."""

PLAIN, SMALL, BOLD = 8.0, 7.0, 10.0
"""Points of text around a picture, of labels of ticks, and of titles."""

PADDING = 4.3
"""Points around all that is drawn."""

SCREEN = 1.5
"""Pixels of a point: half as large again as on paper, so that labels of 7 points are read without effort on a screen."""

LINE = 0.8
"""Points of a line of a frame."""

TICK = 3.0
"""Points of the mark of a tick."""

_MIDDLE, _ASCENT, _DESCENT = 0.365, 0.93, 0.24
"""From the baseline: half of a capital letter, and what letters reach above and below, per size."""

_SHADES = 40
"""Opacities that cells are rounded to: finer ones look the same, and each costs one path."""

ANCHOR = {"start": 0.0, "middle": 0.5, "end": 1.0}


def number(value: float) -> str:
    """Return a length with two decimals at most, in as few characters."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def hexadecimal(colour: tuple[float, float, float]) -> str:
    """Return red, green and blue of 0 to 1 as an attribute writes them."""
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)


class Text(NamedTuple):
    """One line of text, anchored at (x, y); its baseline is ``down`` below that."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    anchor: str
    bold: bool
    down: float
    turned: int

    def svg(self) -> str:
        """Return the element."""
        where = f'x="{number(self.x)}" y="{number(self.y + self.down)}"'
        if self.turned:
            where = f'transform="translate({number(self.x)} {number(self.y)}) rotate({self.turned})"'
            where += f' y="{number(self.down)}"' if self.down else ""
        more = ("" if self.anchor == "start" else f' text-anchor="{self.anchor}"') + (' font-weight="700"' if self.bold else "")
        return f'<text {where} font-size="{number(self.size)}" fill="{self.colour}"{more}>{escape(self.text)}</text>'


class Rectangle(NamedTuple):
    """A filled rectangle."""

    x: float
    y: float
    wide: float
    high: float
    colour: str
    opacity: float

    def svg(self) -> str:
        """Return the element."""
        size = f'x="{number(self.x)}" y="{number(self.y)}" width="{number(self.wide)}" height="{number(self.high)}"'
        more = f' fill-opacity="{number(self.opacity)}"' if self.opacity < 1 else ""
        return f'<rect {size} fill="{self.colour}"{more}/>'


class Stroke(NamedTuple):
    """Lines along a path of SVG, whose commands are M, H, V, L, h, v and z."""

    shape: str
    colour: str
    thick: float
    dash: str
    cap: str

    def svg(self) -> str:
        """Return the element."""
        more = (f' stroke-dasharray="{self.dash}"' if self.dash else "") + (f' stroke-linecap="{self.cap}"' if self.cap else "")
        return f'<path d="{self.shape}" fill="none" stroke="{self.colour}" stroke-width="{number(self.thick)}"{more}/>'


class Cells(NamedTuple):
    """Cells of a grid (see `Drawing.cells`)."""

    at: tuple[float, float]
    size: tuple[float, float]
    strength: NDArray[np.float64]
    colour: str
    tall: float

    def svg(self) -> str:
        """Return one path per strength."""
        level = np.rint(self.strength * _SHADES).astype(np.int64)
        level[(level == 0) & (self.strength > 0)] = 1
        used = np.unique(level[level > 0]).tolist()
        if not used:
            return ""
        # Cells are lines of the unit of the grid; crisp edges leave no seams between neighbours.
        (left, top), (wide, high) = self.at, self.size
        where = f"translate({number(left)} {number(top + high / 2)}) scale({wide:.4f} {high:.4f})"
        stroke = f'stroke="{self.colour}" stroke-width="{number(self.tall)}"'
        opening = f'<g transform="{where}" fill="none" {stroke} shape-rendering="crispEdges">'
        paths = (
            f'<path d="{_runs(level == one)}"' + (f' stroke-opacity="{number(one / _SHADES)}"' if one < _SHADES else "") + "/>"
            for one in used
        )
        return f"{opening}{''.join(paths)}</g>"


class Disc(NamedTuple):
    """A filled circle with an outline, whose ``radius`` is that of its outer side; no outline if it is not ``thick``."""

    x: float
    y: float
    radius: float
    colour: str
    edge: str
    thick: float
    dash: str

    def svg(self) -> str:
        """Return the element."""
        where = f'cx="{number(self.x)}" cy="{number(self.y)}" r="{number(self.radius - self.thick / 2)}" fill="{self.colour}"'
        edge = f' stroke="{self.edge}" stroke-width="{number(self.thick)}"' if self.thick else ""
        return f"<circle {where}{edge}" + (f' stroke-dasharray="{self.dash}"' if self.dash else "") + "/>"


class Linked(NamedTuple):
    """Marks that lead somewhere or have a name, which is shown by those who point at them or go to them with the tab key."""

    marks: tuple[Text | Rectangle | Stroke | Cells | Disc, ...]
    href: str
    said: str
    tip: Text | None

    def svg(self) -> str:
        """Return the element. Its ``tip`` is hidden until the style sheet of the page shows it."""
        tag, where = ("a", f' href="{escape(self.href)}"') if self.href else ("g", "")
        tip = "" if self.tip is None else f'<g class="tip" visibility="hidden">{self.tip.svg()}</g>'
        return f"<{tag}{where}><title>{escape(self.said)}</title>{''.join(mark.svg() for mark in self.marks)}{tip}</{tag}>"


class Drawing:
    """What is drawn so far, and how far it reaches.

    Parameters
    ----------
    width, height : float
        Points of the frame, whose top left corner is (0, 0).
    reason : str, default ""
        Why there is a sentence and no picture; empty where there is a picture.

    Attributes
    ----------
    marks : list of Text, Rectangle, Stroke, Cells, Disc and Linked
        The last is uppermost.
    box : tuple of float
        Left, top, right and bottom of all that is drawn.
    """

    def __init__(self, width: float, height: float, reason: str = "") -> None:
        self.width, self.height, self.reason = width, height, reason
        self.marks: list[Text | Rectangle | Stroke | Cells | Disc | Linked] = []
        self.box = (0.0, 0.0, width, height)

    def svg(self, description: str, detail: str = "") -> Markup:
        """Return the picture as an ``svg`` element.

        Parameters
        ----------
        description : str
            What the picture shows, for those who do not see it.
        detail : str, default ""
            More of that, in sentences.
        """
        left, top, right, bottom = self.box
        wide, high = right - left + 2 * PADDING, bottom - top + 2 * PADDING
        marks = "".join(mark.svg() for mark in self.marks)
        # What is in an image is one thing to a screen reader; links need a group.
        role = "group" if any(isinstance(mark, Linked) for mark in self.marks) else "img"
        more = f"<desc>{escape(stripped(detail))}</desc>" if detail else ""
        return Markup(  # noqa: S704  # numbers, colours of ours, and text that is escaped
            f'<svg class="picture" role="{role}" aria-label="{escape(stripped(description))}" width="{round(SCREEN * wide)}" '
            f'height="{round(SCREEN * high)}" viewBox="0 0 {number(wide)} {number(high)}">{more}'
            f'<g transform="translate({number(PADDING - left)} {number(PADDING - top)})">{marks}</g></svg>'
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = PLAIN,
        colour: str = LIGHT["soft"],
        anchor: str = "start",
        bold: bool = False,
        middle: bool = False,
        turned: int = 0,
    ) -> None:
        """Write one line of text; whatever it says is text, and hidden characters are left out.

        Parameters
        ----------
        x, y : float
            Where it is anchored, on its baseline.
        text : str
        size : float, default 8
        colour : str
        anchor : {"start", "middle", "end"}
        bold : bool, default False
        middle : bool, default False
            Whether ``y`` is the middle of capital letters instead of the baseline.
        turned : {0, 90, -90}
            Degrees, clockwise, around (x, y).
        """
        text = stripped(text)
        if not text:
            return
        down = _MIDDLE * size if middle else 0.0
        long = width(text, size, bold=bold)
        start = -ANCHOR[anchor] * long
        box = (start, down - _ASCENT * size, start + long, down + _DESCENT * size)
        if turned:
            box = (-box[3], box[0], -box[1], box[2]) if turned > 0 else (box[1], -box[2], box[3], -box[0])
        self._reach(x + box[0], y + box[1], x + box[2], y + box[3])
        self.marks.append(Text(x, y, text, size, colour, anchor, bold, down, turned))

    @contextmanager
    def linked(self, href: str, said: str, tip: tuple[float, float] | None = None) -> Iterator[None]:
        """Make one mark of what is drawn in the block, which leads somewhere or has a name.

        Parameters
        ----------
        href : str
            Where it leads; nowhere if empty.
        said : str
            Its name; hidden characters are left out.
        tip : pair of float, optional
            Where the name is written while somebody points at the mark; room is kept for it.
        """
        before, self.marks = self.marks, []
        try:
            yield
        finally:
            drawn, self.marks = self.marks, before
        shown = None
        if tip is not None:
            self.text(*tip, said, size=PLAIN, colour=LIGHT["ink"])
            last = self.marks.pop()
            shown = last if isinstance(last, Text) else None
        self.marks.append(Linked(tuple(mark for mark in drawn if not isinstance(mark, Linked)), href, stripped(said), shown))

    def lines(self, ends: Iterable[tuple[float, float, float, float]], colour: str, thick: float = LINE, dash: str = "") -> None:
        """Draw straight lines from (x, y) to (x, y), as one element."""
        shape = []
        for x0, y0, x1, y1 in ends:
            self._reach(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            if y0 == y1:
                shape.append(f"M{number(x0)} {number(y0)}H{number(x1)}")
            elif x0 == x1:
                shape.append(f"M{number(x0)} {number(y0)}V{number(y1)}")
            else:
                shape.append(f"M{number(x0)} {number(y0)}L{number(x1)} {number(y1)}")
        self._stroke("".join(shape), colour, thick, dash)

    def steps(self, xs: Sequence[float], ys: Sequence[float], colour: str, thick: float, dash: str = "") -> None:
        """Draw a line that stays at each height until the next one; heights that are nan leave a gap."""
        shape = ""
        for k, (x, y) in enumerate(zip(xs, ys, strict=True)):
            if np.isnan(y):
                continue
            fresh = not k or np.isnan(ys[k - 1])
            shape += f"M{number(x)} {number(y)}" if fresh else f"H{number(x)}V{number(y)}"
            if k + 1 < len(xs) and np.isnan(ys[k + 1]):
                shape += f"H{number(xs[k + 1])}"
        self._stroke(shape, colour, thick, dash)

    def rectangle(self, x: float, y: float, wide: float, high: float, colour: str, *, opacity: float = 1.0) -> None:
        """Fill a rectangle."""
        self._reach(x, y, x + wide, y + high)
        self.marks.append(Rectangle(x, y, wide, high, colour, opacity))

    def frame(self, x: float, y: float, wide: float, high: float, colour: str = LIGHT["line"], thick: float = LINE) -> None:
        """Draw the sides of a rectangle."""
        self._reach(x, y, x + wide, y + high)
        self._stroke(f"M{number(x)} {number(y)}h{number(wide)}v{number(high)}h{number(-wide)}z", colour, thick)

    def disc(self, x: float, y: float, radius: float, colour: str, *, edge: str = "", thick: float = 0.0, dash: str = "") -> None:
        """Fill a circle, with an outline inside of its radius if it is ``thick``."""
        self._reach(x - radius, y - radius, x + radius, y + radius)
        self.marks.append(Disc(x, y, radius, colour, edge, thick, dash))

    def dots(self, points: Iterable[tuple[float, float]], across: float, colour: str) -> None:
        """Draw round marks, as one element."""
        shape = "".join(f"M{number(x)} {number(y)}h0" for x, y in points)
        # A line without a length and with round ends is a dot.
        self._stroke(shape, colour, across, cap="round")

    def cells(
        self, at: tuple[float, float], size: tuple[float, float], strength: NDArray[np.float64], colour: str, *, tall: float = 1.0
    ) -> None:
        """Draw cells of a grid, as one path per strength.

        Parameters
        ----------
        at : pair of float
            The top left corner of the grid.
        size : pair of float
            Width and height of a cell.
        strength : float array, shape (rows, columns)
            Opacity of each cell from 0, where there is none, to 1; rounded to 40 steps.
        colour : str
        tall : float, default 1
            The share of a cell's height that is filled, in fifths.
        """
        self.marks.append(Cells(at, size, strength, colour, tall))

    def _stroke(self, shape: str, colour: str, thick: float, dash: str = "", cap: str = "") -> None:
        if shape:
            self.marks.append(Stroke(shape, colour, thick, dash, cap))

    def _reach(self, left: float, top: float, right: float, bottom: float) -> None:
        box = self.box
        self.box = (min(box[0], left), min(box[1], top), max(box[2], right), max(box[3], bottom))


def _runs(there: NDArray[np.bool_]) -> str:
    """Return the cells that are there as the lines of a path, neighbours in a row as one; within a row from where the last one ended."""
    edges = np.zeros((there.shape[0], there.shape[1] + 2), dtype=np.int8)
    edges[:, 1:-1] = there
    edges = np.diff(edges, axis=1)
    row, start = np.nonzero(edges == 1)
    end = np.nonzero(edges == -1)[1]
    shape, y_before, x_before = [], -1, 0
    for x, x_end, y in zip(start.tolist(), end.tolist(), row.tolist(), strict=True):
        shape.append(f"m{x - x_before} 0h{x_end - x}" if y == y_before else f"M{x} {y}h{x_end - x}")
        y_before, x_before = y, x_end
    return "".join(shape)


def sentence(text: str, lines: Sequence[str] = ()) -> Drawing:
    """Return one sentence where a picture cannot be drawn.

    Parameters
    ----------
    text : str
    lines : sequence of str, optional
        The same in lines; one line when left out.
    """
    drawing = Drawing(0.0, 0.0, reason=text)
    for k, line in enumerate(lines or (text,)):
        drawing.text(0, 12 + 12 * k, line, size=9.0)
    return drawing
