"""Who reviewed what: the ring's block with its one-hop context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch

from collusion.report.around import Around, around, ranked
from collusion.report.canvas import (
    LIGHT,
    OTHER,
    RING,
    WIDTH,
    axes_for,
    bare,
    fit,
    house_style,
    label,
    legend_above,
    names_below,
    names_left,
    say,
    title,
)
from collusion.report.words import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from collusion.model import Case, Ring
    from collusion.report.canvas import Picture

__all__ = ["adjacency"]

MEMBERS, TARGETS = 400, 120
"""Most rows and columns of the ring's block."""

CONTEXT = 60
"""Most rows and columns of the context; a small ring has less of it, so that the ring is not lost in it."""

NAMED = 64
"""Up to that many rows or columns have their ids beside them."""


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
    view = around(case, ring)
    rows, columns, sizes = _order(view)
    given = ax is not None
    with house_style():
        down, across = len(rows[0]) + len(rows[1]), len(columns[0]) + len(columns[1])
        figure, ax = axes_for(ax, min(max(2.2, 0.14 * down), 8.0), min(max(5.0, 0.3 * across), WIDTH))
        if not view.own.any():
            say(ax, "The ring has no review to show.")
            return figure
        cells = _cells(view, rows[0] + rows[1], columns[0] + columns[1])
        height, width = cells.shape[:2]
        ax.imshow(cells, interpolation="none", aspect="auto", extent=(0, width, height, 0), zorder=1)
        _frame(ax, (len(rows[0]), len(columns[0])), (height, width))
        _names(ax, view, rows[0] + rows[1], columns[0] + columns[1])
        _blocks(ax, (rows, columns), sizes, (view.n_members, view.n_targets))
        title(ax, "Who reviewed what", points=22)
        legend_above(
            ax,
            [Patch(facecolor=RING, label="review of the ring"), Patch(facecolor=OTHER, label="other review")],
            points=24,
        )
        if given:
            fit(ax)
    return figure


def _order(view: Around) -> tuple[tuple[list[int], list[int]], tuple[list[int], list[int]], tuple[int, int]]:
    """Rows and columns of the block and of the context, and how many the context has in all."""
    n_u, n_p = len(view.reviewers), len(view.products)
    own_u, own_p = np.bincount(view.u[view.own], minlength=n_u), np.bincount(view.p[view.own], minlength=n_p)
    on_targets = np.bincount(view.u[(view.u >= view.n_members) & (view.p < view.n_targets)], minlength=n_u)
    by_members = np.bincount(view.p[(view.p >= view.n_targets) & (view.u < view.n_members)], minlength=n_p)
    members = ranked(own_u, view.reviewers, range(view.n_members), MEMBERS)
    targets = ranked(own_p, view.products, range(view.n_targets), TARGETS)
    others = ranked(on_targets, view.reviewers, range(view.n_members, n_u), min(CONTEXT, max(12, len(members))))
    elsewhere = ranked(by_members, view.products, range(view.n_targets, n_p), min(CONTEXT, max(12, 2 * len(targets))))
    return (members, others), (targets, elsewhere), (int(np.count_nonzero(on_targets)), int(np.count_nonzero(by_members)))


def _cells(view: Around, rows: list[int], columns: list[int]) -> NDArray[np.float64]:
    at_row, at_column = np.full(len(view.reviewers), -1), np.full(len(view.products), -1)
    at_row[rows], at_column[columns] = np.arange(len(rows)), np.arange(len(columns))
    i, j = at_row[view.u], at_column[view.p]
    cells = np.zeros((len(rows), len(columns), 4))
    for chosen, colour in ((~view.own, OTHER), (view.own, RING)):
        here = chosen & (i >= 0) & (j >= 0)
        cells[i[here], j[here]] = (*colour, 1.0)
    return cells


def _frame(ax: Axes, block: tuple[int, int], shape: tuple[int, int]) -> None:
    """Fine lines between cells where they are large enough, strong lines around the ring's block."""
    bare(ax)
    height, width = shape
    if height <= 130:
        ax.hlines(np.arange(1, height), 0, width, color=LIGHT["paper"], linewidth=0.6, zorder=1.5)
    if width <= 130:
        ax.vlines(np.arange(1, width), 0, height, color=LIGHT["paper"], linewidth=0.6, zorder=1.5)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    for spine in ax.spines.values():
        spine.set(visible=True, color=LIGHT["line"])
    down, across = block
    ax.plot([0, across, across, 0, 0], [0, 0, down, down, 0], color=LIGHT["ink"], linewidth=1.0, clip_on=False)


def _names(ax: Axes, view: Around, rows: list[int], columns: list[int]) -> None:
    if len(rows) <= NAMED:
        names_left(ax, [label(view.reviewers[code], 22) for code in rows], 7.0 if len(rows) <= 40 else 6.0)
    if len(columns) <= NAMED:
        names_below(ax, [label(view.products[code], 18) for code in columns], 7.0 if len(columns) <= 50 else 6.0)


def _blocks(
    ax: Axes,
    shown: tuple[tuple[list[int], list[int]], tuple[list[int], list[int]]],
    sizes: tuple[int, int],
    there: tuple[int, int],
) -> None:
    """Say beside the blocks what they are, and how much of the ring and of the context is left out."""
    (members, others), (targets, elsewhere) = shown
    height, width = len(members) + len(others), len(targets) + len(elsewhere)
    style: dict[str, Any] = {
        "fontsize": 8,
        "color": LIGHT["soft"],
        "parse_math": False,
        "annotation_clip": False,
        "textcoords": "offset points",
    }
    ax.annotate(f"{_of(len(targets), there[1], 'product')} of the ring", (0, 0), (0, 4), **style)
    if elsewhere:
        text = f"{_of(len(elsewhere), sizes[1], 'other product')} of its members"
        ax.annotate(text, (width, 0), (0, 4), ha="right", **style)
    ax.annotate(_of(len(members), there[0], "member"), (width, 0), (5, 0), va="top", rotation=270, **style)
    if others:
        ax.annotate(
            _of(len(others), sizes[0], "other reviewer", "other reviewers"), (width, height), (5, 0), va="bottom", rotation=270, **style
        )
    if others and elsewhere:
        ax.axhspan(len(members), height, len(targets) / width, 1, color=LIGHT["shade"], linewidth=0, zorder=1.6)
        middle = ((len(targets) + width) / 2, (len(members) + height) / 2)
        ax.text(*middle, "not shown", ha="center", va="center", fontsize=8, color=LIGHT["soft"], parse_math=False)


def _of(shown: int, there: int, *noun: str) -> str:
    return count(there, *noun) if shown == there else f"{shown:,} of {count(there, *noun)}"
