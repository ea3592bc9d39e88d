"""Who reviewed what: the ring's block with its one-hop context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.report.axes import Mark, legend, names_below, names_left, title
from collusion.report.drawing import PLAIN, Drawing, hexadecimal, sentence
from collusion.report.formatting import count
from collusion.report.letters import width
from collusion.report.neighbourhood import DOUBTFUL, Neighbourhood, doubtful_rows, neighbourhood, ranked
from collusion.report.palette import LIGHT, OTHER, RING, WIDTH
from collusion.report.sanitize import label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.case import Case, Ring
    from collusion.report.drawing import Frame

__all__ = ["CONTEXT", "MEMBERS", "NAMED_ROWS", "TARGETS", "Block", "adjacency", "block"]

MEMBERS, TARGETS = 400, 120
"""Most rows and columns of the ring's block."""

CONTEXT = 60
"""Most rows and columns of the context; a small ring has less of it, so that the ring is not lost in it."""

NAMED_ROWS = 64
"""Up to this many rows or columns have labels."""

LINED_ROWS = 130
"""Up to this many rows or columns have fine lines between them."""


@dataclass(frozen=True, eq=False)
class Block:
    """What the picture shows: members, then other reviewers of the ring's products, against its products, then others of its members.

    Parameters
    ----------
    ring, other : bool arrays, shape (rows, columns)
        Where a review of the ring is, and another one.
    down, across : int
        Rows and columns of the ring's block.
    rows, columns : list of str
        Labels; empty where there are too many.
    doubtful : list of int
        Rows of members who may not belong to the ring.
    sides : tuple of str
        What the blocks are, and how much of each is left out: products of the ring, other products, members, other reviewers. Empty where
        there is no such block.
    """

    ring: NDArray[np.bool_]
    other: NDArray[np.bool_]
    down: int
    across: int
    rows: list[str]
    columns: list[str]
    doubtful: list[int]
    sides: tuple[str, str, str, str]


def block(case: Case, ring: Ring) -> Block | None:
    """Return the reviews of a ring's block and its context, most reviews first; None where the ring has none."""
    view = neighbourhood(case, ring)
    if not view.own.any():
        return None
    (members, others), (targets, elsewhere), (n_others, n_elsewhere) = _order(view)
    rows, columns = members + others, targets + elsewhere
    own, other = (_cells(view, chosen, rows, columns) for chosen in (view.own, ~view.own))
    return Block(
        own,
        other & ~own,
        len(members),
        len(targets),
        [label(view.reviewers[code], 22) for code in rows] if len(rows) <= NAMED_ROWS else [],
        [label(view.products[code], 18) for code in columns] if len(columns) <= NAMED_ROWS else [],
        doubtful_rows(ring, [view.reviewers[code] for code in members]),
        (
            f"{_of(len(targets), view.n_targets, 'product')} of the ring",
            f"{_of(len(elsewhere), n_elsewhere, 'other product')} of its members" if elsewhere else "",
            _of(len(members), view.n_members, "member"),
            _of(len(others), n_others, "other reviewer") if others else "",
        ),
    )


def _order(view: Neighbourhood) -> tuple[tuple[list[int], list[int]], tuple[list[int], list[int]], tuple[int, int]]:
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


def _cells(view: Neighbourhood, chosen: NDArray[np.bool_], rows: list[int], columns: list[int]) -> NDArray[np.bool_]:
    at_row, at_column = np.full(len(view.reviewers), -1), np.full(len(view.products), -1)
    at_row[rows], at_column[columns] = np.arange(len(rows)), np.arange(len(columns))
    i, j = at_row[view.u], at_column[view.p]
    here = chosen & (i >= 0) & (j >= 0)
    cells = np.zeros((len(rows), len(columns)), dtype=bool)
    cells[i[here], j[here]] = True
    return cells


def _of(shown: int, there: int, noun: str) -> str:
    return count(there, noun) if shown == there else f"{shown:,} of {count(there, noun)}"


def adjacency(case: Case, ring: Ring, frame: Frame | None = None) -> Drawing:
    """Draw reviewers against products, one cell per review: the ring's block first, then its one-hop context.

    Columns after the block are the other products that members reviewed most; rows below it are the other people who reviewed the ring's
    products most. Most reviews first. What others reviewed elsewhere is not shown; that corner is left empty.

    Parameters
    ----------
    case : Case
    ring : Ring
    frame : pair of float, optional
        Width and height in points of the picture without what surrounds it; as large as it needs when left out.
    """
    shown = block(case, ring)
    if shown is None:
        return sentence("The ring has no review to show.")
    rows, columns = shown.ring.shape
    drawing = Drawing(*(frame or (72 * min(max(5.0, 0.3 * columns), WIDTH), 72 * min(max(2.2, 0.14 * rows), 8.0))))
    size = drawing.width / columns, drawing.height / rows
    drawing.cells((0, 0), size, shown.other.astype(float), hexadecimal(OTHER))
    drawing.cells((0, 0), size, shown.ring.astype(float), hexadecimal(RING))
    _lines(drawing, shown, size)
    names_left(drawing, shown.rows, size[1], 7.0 if len(shown.rows) <= 40 else 6.0, shown.doubtful)
    names_below(drawing, shown.columns, size[0], 7.0 if len(shown.columns) <= 50 else 6.0)
    _sides(drawing, shown.sides)
    title(drawing, "Who reviewed what", 22)
    marks = [Mark("review of the ring", hexadecimal(RING), "patch"), Mark("other review", hexadecimal(OTHER), "patch")]
    legend(drawing, [*marks, *([Mark(DOUBTFUL, LIGHT["without"], "patch")] if shown.doubtful else [])], 23)
    return drawing


def _lines(drawing: Drawing, shown: Block, size: tuple[float, float]) -> None:
    """Fine lines between cells where they are large enough, strong lines around the ring's block; the corner that is not shown."""
    (rows, columns), wide, high = shown.ring.shape, drawing.width, drawing.height
    across, down = shown.across * size[0], shown.down * size[1]
    fine = [(0.0, k * size[1], wide, k * size[1]) for k in range(1, rows)] if rows <= LINED_ROWS else []
    fine += [(k * size[0], 0.0, k * size[0], high) for k in range(1, columns)] if columns <= LINED_ROWS else []
    drawing.lines(fine, LIGHT["paper"], 0.6)
    if shown.down < rows and shown.across < columns:
        drawing.rectangle(across, down, wide - across, high - down, LIGHT["shade"])
        drawing.text((across + wide) / 2, (down + high) / 2, "not shown", anchor="middle", middle=True)
    drawing.frame(0, 0, wide, high)
    drawing.frame(0, 0, across, down, LIGHT["ink"], 1.0)


def _sides(drawing: Drawing, sides: tuple[str, str, str, str]) -> None:
    """Write next to the blocks what they are."""
    drawing.text(0, -4, sides[0])
    drawing.text(drawing.width, -4, sides[1], anchor="end")
    right = drawing.width + 5 + PLAIN / 2
    drawing.text(right, 0, sides[2], middle=True, turned=90)
    # In a low picture without room for both in one line, the second has a line of its own.
    beside = width(sides[2] + sides[3], PLAIN) + PLAIN > drawing.height
    drawing.text(right + 1.4 * PLAIN * beside, drawing.height, sides[3], middle=True, anchor="end", turned=90)
