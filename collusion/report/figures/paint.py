"""The marks of a picture of the report, on axes of matplotlib."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle, PathPatch
from matplotlib.patches import Rectangle as Patch
from matplotlib.path import Path

from collusion.report.drawing import ANCHOR, PADDING, Cells, Disc, Linked, Rectangle, Stroke, Text
from collusion.report.figures.canvas import bare, say
from collusion.report.palette import WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from collusion.report.drawing import Drawing, Frame

__all__ = ["fit", "inches", "paint"]

_FIFTHS = 5
"""Rows of an image that one row of cells takes, so that cells can fill a part of their height."""

_COMMAND = re.compile("([MHVLhvz])([^MHVLhvz]*)")
_ALIGNED = dict(zip(ANCHOR, ("left", "center", "right"), strict=True))


def inches(drawing: Drawing) -> tuple[float, float]:
    """Return width and height of a picture without what surrounds it, or of the sentence in its place."""
    return (WIDTH, 0.6) if drawing.reason else (drawing.width / 72, drawing.height / 72)


def fit(draw: Callable[[Frame], Drawing], ax: Axes) -> None:
    """Draw on axes that were given, and move their sides inwards until all labels around them fit into their room.

    Not where the figure has a layout engine, which makes room by itself.
    """
    figure = ax.get_figure()
    assert figure is not None  # noqa: S101  # axes that are drawn on belong to a figure
    extent = ax.get_window_extent()
    wide, high = 72 * extent.width / figure.dpi, 72 * extent.height / figure.dpi
    drawing = draw((wide, high))
    if not drawing.reason and figure.figure.get_layout_engine() is None:
        over = (-drawing.box[0], -drawing.box[1], drawing.box[2] - wide, drawing.box[3] - high)
        left, above, right, below = (PADDING + length for length in over)
        # If the room is too small for the labels, a fifth is kept for the picture.
        across, down = min(1.0, 0.8 * wide / (left + right)), min(1.0, 0.8 * high / (above + below))
        frame = wide - across * (left + right), high - down * (above + below)
        room = ax.get_position()
        corner = room.x0 + across * left / wide * room.width, room.y0 + down * below / high * room.height
        ax.set_position((*corner, frame[0] / wide * room.width, frame[1] / high * room.height))
        drawing = draw(frame)
    paint(drawing, ax)


def paint(drawing: Drawing, ax: Axes) -> None:
    """Draw all marks on axes that are the frame of the picture; text keeps its size, and its distance from the frame."""
    if drawing.reason:
        say(ax, drawing.reason)
        return
    bare(ax)
    marks = [one for mark in drawing.marks for one in (mark.marks if isinstance(mark, Linked) else (mark,))]
    for number, mark in enumerate(marks):
        above = 1 + number / len(marks)
        if isinstance(mark, Text):
            _text(ax, drawing, mark, above)
        elif isinstance(mark, Rectangle):
            corner = (mark.x, mark.y)
            style: dict[str, Any] = {"facecolor": mark.colour, "alpha": mark.opacity, "linewidth": 0, "clip_on": False, "zorder": above}
            ax.add_patch(Patch(corner, mark.wide, mark.high, **style))
        elif isinstance(mark, Stroke):
            _stroke(ax, mark, above)
        elif isinstance(mark, Disc):
            _disc(ax, mark, above)
        else:
            _cells(ax, mark, above)
    ax.set_xlim(0, drawing.width)
    ax.set_ylim(drawing.height, 0)


def _text(ax: Axes, drawing: Drawing, mark: Text, above: float) -> None:
    near = min(max(mark.x, 0.0), drawing.width), min(max(mark.y, 0.0), drawing.height)
    # The distance of the baseline turns with the text.
    right, down = (-mark.down * np.sign(mark.turned), 0.0) if mark.turned else (0.0, mark.down)
    ax.annotate(
        mark.text,
        near,
        (mark.x - near[0] + right, near[1] - mark.y - down),
        textcoords="offset points",
        ha=_ALIGNED[mark.anchor],
        va="baseline",
        rotation=-mark.turned,
        rotation_mode="anchor",
        fontsize=mark.size,
        color=mark.colour,
        weight="bold" if mark.bold else "normal",
        annotation_clip=False,
        parse_math=False,
        zorder=above,
    )


def _stroke(ax: Axes, mark: Stroke, above: float) -> None:
    points, codes = _path(mark.shape)
    if mark.cap == "round":
        x, y = zip(*points[::2], strict=True)
        ax.plot(x, y, "o", markersize=mark.thick, color=mark.colour, markeredgewidth=0, clip_on=False, zorder=above)
        return
    dash = (0, [float(part) for part in mark.dash.split()]) if mark.dash else "-"
    style: dict[str, Any] = {"edgecolor": mark.colour, "linewidth": mark.thick, "linestyle": dash, "capstyle": "butt", "zorder": above}
    ax.add_patch(PathPatch(Path(points, codes), fill=False, joinstyle="miter", clip_on=False, **style))


def _disc(ax: Axes, mark: Disc, above: float) -> None:
    dash = (0, [float(part) for part in mark.dash.split()]) if mark.dash else "-"
    style: dict[str, Any] = {"edgecolor": mark.edge or "none", "linewidth": mark.thick, "linestyle": dash, "clip_on": False}
    ax.add_patch(Circle((mark.x, mark.y), mark.radius - mark.thick / 2, facecolor=mark.colour, zorder=above, **style))


def _path(shape: str) -> tuple[list[tuple[float, float]], list[Any]]:
    """Return the points of a path of SVG, and the codes by which matplotlib knows its commands."""
    points, codes = [], []
    x = y = 0.0
    for command, numbers in _COMMAND.findall(shape):
        given = [float(number) for number in numbers.split()]
        if command in "ML":
            x, y = given
        elif command in "Hh":
            x = given[0] + (x if command == "h" else 0)
        elif command in "Vv":
            y = given[0] + (y if command == "v" else 0)
        points.append((x, y))
        codes.append({"M": Path.MOVETO, "z": Path.CLOSEPOLY}.get(command, Path.LINETO))
    return points, codes


def _cells(ax: Axes, mark: Cells, above: float) -> None:
    (left, top), (wide, high), (rows, columns) = mark.at, mark.size, mark.strength.shape
    filled = round(_FIFTHS * mark.tall)
    start = (_FIFTHS - filled) // 2
    image = np.zeros((rows, _FIFTHS, columns, 4))
    image[..., :3] = to_rgb(mark.colour)
    image[:, start : start + filled, :, 3] = mark.strength[:, None]
    ends = (left, left + columns * wide, top + rows * high, top)
    ax.imshow(image.reshape(-1, columns, 4), interpolation="none", aspect="auto", extent=ends, zorder=above, clip_on=False)
