"""Who reviewed what, on axes of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch

from collusion.report.adjacency import EMPTY_REASON, LINED_ROWS, Block, block
from collusion.report.figures.canvas import axes_for, bare, fit, house_style, legend_above, names_below, names_left, say, title
from collusion.report.neighbourhood import DOUBTFUL
from collusion.report.palette import LIGHT, OTHER, RING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from collusion.case import Case, Ring
    from collusion.report.figures.canvas import Picture

__all__ = ["adjacency"]


def adjacency(case: Case, ring: Ring, ax: Axes | None = None) -> Picture:
    """Draw reviewers against products, one cell per review: the ring's block first, then its one-hop context.

    Columns after the block are the other products that members reviewed most; rows below it are the other people who reviewed the ring's
    products most. Most reviews first. What others reviewed elsewhere is not shown; that corner is left empty.

    Parameters
    ----------
    case : Case
    ring : Ring
    ax : matplotlib Axes, optional
        Where to draw, labels and all; a new figure when left out.

    Returns
    -------
    matplotlib Figure
    """
    shown = block(case, ring)
    given = ax is not None
    with house_style():
        if shown is None:
            figure, ax = axes_for(ax, 0.6)
            say(ax, EMPTY_REASON)
            return figure
        width, height = shown.inches
        figure, ax = axes_for(ax, height, width)
        rows, columns = shown.ring.shape
        ax.imshow(_cells(shown), interpolation="none", aspect="auto", extent=(0, columns, rows, 0), zorder=1)
        _frame(ax, shown)
        names_left(ax, shown.rows, shown.sizes[0], shown.doubtful)
        names_below(ax, shown.columns, shown.sizes[1])
        _sides(ax, shown)
        title(ax, "Who reviewed what", points=22)
        marks = [Patch(facecolor=RING, label="review of the ring"), Patch(facecolor=OTHER, label="other review")]
        legend_above(ax, [*marks, *([Patch(facecolor=LIGHT["without"], label=DOUBTFUL)] if shown.doubtful else [])], points=24)
        if given:
            fit(ax)
    return figure


def _cells(shown: Block) -> NDArray[np.float64]:
    cells = np.zeros((*shown.ring.shape, 4))
    for here, colour in ((shown.other, OTHER), (shown.ring, RING)):
        cells[here] = (*colour, 1.0)
    return cells


def _frame(ax: Axes, shown: Block) -> None:
    """Fine lines between cells where they are large enough, strong lines around the ring's block."""
    bare(ax)
    height, width = shown.ring.shape
    if height <= LINED_ROWS:
        ax.hlines(np.arange(1, height), 0, width, color=LIGHT["paper"], linewidth=0.6, zorder=1.5)
    if width <= LINED_ROWS:
        ax.vlines(np.arange(1, width), 0, height, color=LIGHT["paper"], linewidth=0.6, zorder=1.5)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    for spine in ax.spines.values():
        spine.set(visible=True, color=LIGHT["line"])
    down, across = shown.down, shown.across
    ax.plot([0, across, across, 0, 0], [0, 0, down, down, 0], color=LIGHT["ink"], linewidth=1.0, clip_on=False)


def _sides(ax: Axes, shown: Block) -> None:
    """Write next to the blocks what they are, and how much of the ring and of the context is left out."""
    height, width = shown.ring.shape
    style: dict[str, Any] = {
        "fontsize": 8,
        "color": LIGHT["soft"],
        "parse_math": False,
        "annotation_clip": False,
        "textcoords": "offset points",
    }
    targets, elsewhere, members, others = shown.sides
    ax.annotate(targets, (0, 0), (0, 4), **style)
    if elsewhere:
        ax.annotate(elsewhere, (width, 0), (0, 4), ha="right", **style)
    ax.annotate(members, (width, 0), (5, 0), va="top", rotation=270, **style)
    if others:
        ax.annotate(others, (width, height), (5, 0), va="bottom", rotation=270, **style)
    if others and elsewhere:
        ax.axhspan(shown.down, height, shown.across / width, 1, color=LIGHT["shade"], linewidth=0, zorder=1.6)
        middle = ((shown.across + width) / 2, (shown.down + height) / 2)
        ax.text(*middle, "not shown", ha="center", va="center", fontsize=8, color=LIGHT["soft"], parse_math=False)
