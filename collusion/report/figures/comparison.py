"""A picture of a ring, and below it the same of another, or of what the same search finds in a log where there is nothing to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from collusion.base.errors import CollusionError, ConfigError, did_you_mean
from collusion.report import formatting
from collusion.report.adjacency import adjacency
from collusion.report.coreview import coreview
from collusion.report.drawing import Drawing, sentence
from collusion.report.figures.canvas import Panel, Picture, bare, house_style
from collusion.report.figures.paint import fit, inches, paint
from collusion.report.palette import LIGHT
from collusion.report.rating_impact import rating_impact
from collusion.report.timeline import timeline
from collusion.report.waterfall import waterfall

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

    from collusion.case import Case, Replicates, Ring
    from collusion.report.drawing import Frame

__all__ = ["DRAWINGS", "Draw", "compare"]


Draw = Callable[..., Drawing]
"""Draws a ring of a case in a frame, or in one as large as it needs."""

DRAWINGS: dict[str, Draw] = {
    "adjacency": adjacency,
    "timeline": timeline,
    "coreview": coreview,
    "rating_impact": rating_impact,
    "waterfall": waterfall,
}
"""Pictures that two rings can be compared in."""

HEADER, NOTE, GAP = 0.28, 0.18, 0.35
"""Inches of the line above each picture, of a note below that, and between the two."""

HEADER_POINTS = 40
"""Points from axes that were given to the line above: every picture's title and legend are in between."""


@dataclass(frozen=True)
class _Side:
    """One of the two: where it comes from, the ring (None where there is none), and the line above it."""

    case: Case
    ring: Ring | None
    header: str
    note: str = ""


def compare(
    case: Case, ring: Ring, other: Ring | None = None, *, null: bool = False, picture: str = "adjacency", ax: Axes | None = None
) -> Picture:
    """Draw a picture of the ring and below it the same of another ring, or of the strongest group of the shuffled logs.

    Parameters
    ----------
    case : Case
    ring : Ring
    other : Ring, optional
        Of its own case where it belongs to one (`collusion.views`), else of ``case``.
    null : bool, default False
        Compare with the group that scored highest in the shuffled logs (null replicates); its log is shuffled and searched again, once
        per case.
    picture : str, default "adjacency"
        Also ``timeline``, ``coreview``, ``rating_impact``, ``waterfall``.
    ax : matplotlib Axes, optional
        Replaced by the two pictures; a new figure when left out.

    Returns
    -------
    matplotlib Figure
        Its first axes are an empty frame, the two that follow hold the pictures.

    Raises
    ------
    ConfigError
        When not exactly one of ``other`` and ``null`` is given, or there is no such picture.
    CollusionError
        When the scan searched no shuffled log, or the case cannot shuffle one again.
    """
    problems = []
    if (other is None) != null:
        problems.append("compare with another ring or with the shuffled logs, not with both or neither: give `other`, or null=True")
    if other is not None and not hasattr(other, "reviewers"):
        problems.append(f"`other` is of type {type(other).__name__}, not a ring; take one from a case: case.rings[1], or case['R-4f2...']")
    if picture not in DRAWINGS:
        problems.append(f"picture={picture!r}: there is no such picture to compare in; {did_you_mean(picture, DRAWINGS)}")
    if problems:
        raise ConfigError("\n".join(problems))
    sides = (_Side(case, ring, _header(ring)), _other(case, other) if other is not None else _null(case))
    with house_style():
        return _drawn(sides, DRAWINGS[picture], ax)


def _header(ring: Ring) -> str:
    return (
        f"{formatting.name(ring.id)}: {formatting.status(ring)}, score {formatting.score(ring.score)}, "
        f"{formatting.count(len(ring.reviewers), 'reviewer')}, {formatting.count(len(ring.products), 'product')}"
    )


def _other(case: Case, ring: Ring) -> _Side:
    try:
        home = ring.case
    except CollusionError:
        home = case
    return _Side(home, ring, _header(ring))


def _null(case: Case) -> _Side:
    if not hasattr(case.lookup, "null_case"):
        raise CollusionError(
            "this case cannot shuffle its log again, since it was not made by a scan in this session; compare with another ring: other=..."
        )
    null = cast("Replicates", case.lookup).null_case()
    note = " ".join(null.notes)
    if not null.rings:
        return _Side(null, None, "Shuffled logs", note)
    (ring,) = null.rings
    header = (
        f"Strongest group of the shuffled logs: score {formatting.score(ring.score)}, "
        f"{formatting.count(len(ring.reviewers), 'reviewer')}, {formatting.count(len(ring.products), 'product')}"
    )
    return _Side(null, ring, header, note)


def _drawn(sides: tuple[_Side, _Side], draw: Draw, ax: Axes | None) -> Picture:
    if ax is not None:
        return _shared(sides, draw, ax)
    drawings = [_drawing(side, draw) for side in sides]
    sizes = [inches(one) for one in drawings]
    lines = [HEADER + (NOTE if side.note else 0) for side in sides]
    # What stands above the frame of each, and below it: then nothing overlaps.
    margins = [(-one.box[1] / 72, max(one.box[3] / 72 - high, 0)) for one, (_, high) in zip(drawings, sizes, strict=True)]
    width = max(wide for wide, _ in sizes)
    height = sum(high for _, high in sizes) + sum(map(sum, margins)) + sum(lines) + GAP
    figure = Picture(figsize=(width, height))
    bare(figure.add_axes((0, 0, 1, 1), axes_class=Panel))
    top, at = height, min(one.box[0] for one in drawings) / 72 / width
    for side, drawing, (wide, high), (above, below), line in zip(sides, drawings, sizes, margins, lines, strict=True):
        figure.text(at, top / height, side.header, va="top", fontsize=10, weight="bold", color=LIGHT["ink"], parse_math=False)
        if side.note:
            figure.text(at, (top - 0.2) / height, side.note, va="top", fontsize=8, color=LIGHT["soft"], parse_math=False)
        bottom = top - line - above - high
        paint(drawing, figure.add_axes((0, bottom / height, wide / width, high / height), axes_class=Panel))
        top = bottom - below - GAP
    return figure


def _shared(sides: tuple[_Side, _Side], draw: Draw, ax: Axes) -> Picture:
    """Draw where the given axes are, half of the room each."""
    parent = cast("FigureBase", ax.get_figure())
    box = ax.get_position()
    bare(ax)
    for side, bottom in zip(sides, (box.y0 + 0.52 * box.height, box.y0), strict=True):
        panel = parent.add_axes((box.x0, bottom, box.width, 0.4 * box.height), axes_class=Panel)
        fit(partial(_drawing, side, draw), panel)
        panel.annotate(
            side.header,
            (0, 1),
            (0, HEADER_POINTS),
            xycoords="axes fraction",
            textcoords="offset points",
            color=LIGHT["ink"],
            weight="bold",
            annotation_clip=False,
            parse_math=False,
        )
    return cast("Picture", cast("Figure", parent).figure)


def _drawing(side: _Side, draw: Draw, frame: Frame | None = None) -> Drawing:
    return sentence("There is no group to draw.") if side.ring is None else draw(side.case, side.ring, frame)
