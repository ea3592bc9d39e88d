"""How many products each pair of members has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.report.axes import axis_below, axis_beside, names_left, title
from collusion.report.drawing import SMALL, Drawing, hexadecimal, sentence
from collusion.report.formatting import count
from collusion.report.neighbourhood import DOUBTFUL, Neighbourhood, doubtful_rows, neighbourhood, ranked
from collusion.report.palette import LIGHT, RING, WIDTH
from collusion.report.sanitize import label
from collusion.report.ticks import round_ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.case import Case, Ring
    from collusion.report.drawing import Frame

__all__ = ["MEMBERS", "Shared", "coreview", "shared"]

MEMBERS = 300
"""Most members shown."""

NAMED_MEMBERS, COUNTED_MEMBERS = 60, 16
"""Up to this many members have labels, and up to this many each cell shows its count."""

_LEVELS, _SHADES = 40, 12
"""Most steps of the key, and of the colours where there are many members."""


@dataclass(frozen=True, eq=False)
class Shared:
    """What the picture shows, similar members next to each other.

    Parameters
    ----------
    names : list of str
        Their labels; empty where there are too many.
    counts : int array, shape (members, members)
        The number of products that each two share; the diagonal is zero.
    doubtful : list of int
        Rows of members who may not belong to the ring.
    note : str
        How many members are left out and how many are marked as doubtful; empty where none is.
    """

    names: list[str]
    counts: NDArray[np.int64]
    doubtful: list[int]
    note: str


def shared(case: Case, ring: Ring) -> Shared | None:
    """Return how many products each two members share; None where fewer than two have reviews."""
    view = neighbourhood(case, ring)
    members, counts = _shared(view)
    n = len(members)
    if n < 2:
        return None
    names = [view.reviewers[code] for code in members]
    doubtful = doubtful_rows(ring, names)
    notes = [f"{n:,} of {view.n_members:,} members, those with the most reviews of the ring."] if n < view.n_members else []
    if doubtful:
        notes.append(f"{count(len(doubtful), DOUBTFUL)} {'is' if len(doubtful) == 1 else 'are'} marked at the left.")
    return Shared([label(name, 22) for name in names] if n <= NAMED_MEMBERS else [], counts, doubtful, " ".join(notes))


def _shared(view: Neighbourhood) -> tuple[list[int], NDArray[np.int64]]:
    """Members in order, and the number of products that each two share; the diagonal is zero."""
    counts = np.bincount(view.u[view.own], minlength=len(view.reviewers))
    kept = ranked(counts, view.reviewers, range(view.n_members), MEMBERS)
    at = np.full(len(view.reviewers), -1)
    at[kept] = np.arange(len(kept))
    mine = at[view.u] >= 0
    products, column = np.unique(view.p[mine], return_inverse=True)
    # Whole numbers below 2**24 are exact in float32, whatever the order in which they are added.
    visits = np.zeros((len(kept), len(products)), dtype=np.float32)
    visits[at[view.u[mine]], column] = 1
    common = (visits @ visits.T).astype(np.int64)
    np.fill_diagonal(common, 0)
    order = _side_by_side(common)
    return [kept[k] for k in order], common[np.ix_(order, order)]


def _side_by_side(common: NDArray[np.int64]) -> list[int]:
    """Order by similarity, nearest first; ties by the total, then by the order given. Quadratic in time."""
    n = len(common)
    if not n:
        return []
    total = common.sum(axis=1)
    left = np.ones(n, dtype=bool)
    order = [int(np.argmax(total))]
    left[order[0]] = False
    while len(order) < n:
        rank = np.where(left, common[order[-1]] * (int(total.max()) + 1) + total, -1)
        order.append(int(np.argmax(rank)))
        left[order[-1]] = False
    return order


def _opacity(counts: NDArray[np.int64], top: int) -> NDArray[np.float64]:
    """Return the opacity of each cell; many members have the lower half alone, in few shades, so that the picture stays small."""
    if len(counts) <= NAMED_MEMBERS:
        return _strength(counts, top)
    return np.ceil(_SHADES * _strength(np.tril(counts), top)) / _SHADES


def _strength(counts: NDArray[Any], top: int) -> NDArray[np.float64]:
    """Return the opacity of cells, the stronger the more; 0 where nothing is shared, and the page shines through."""
    opacity: NDArray[np.float64] = np.where(counts > 0, 0.08 + 0.82 * (counts / max(top, 1)) ** 1.5, 0)
    return opacity


def coreview(case: Case, ring: Ring, frame: Frame | None = None) -> Drawing:
    """Draw how many products each pair of members has in common, including products outside the ring, as a heat map.

    Similar members are next to each other: each is followed by the one of those left that it has most in common with.

    Parameters
    ----------
    case : Case
    ring : Ring
    frame : pair of float, optional
        Width and height in points of the picture without what surrounds it; as large as it needs when left out.
    """
    shown = shared(case, ring)
    if shown is None:
        return sentence("The ring has fewer than two members with reviews, so no pair can be counted.")
    members, top = len(shown.counts), int(shown.counts.max())
    drawing = Drawing(*(frame or (72 * WIDTH, 72 * min(max(2.2, 0.14 * members), 5.0))))
    edge, wide = min(drawing.width, drawing.height), drawing.width
    cell, colour = edge / members, hexadecimal(RING)
    drawing.cells((0, 0), (cell, cell), _opacity(shown.counts, top), colour)
    drawing.frame(0, 0, edge, edge)
    names_left(drawing, shown.names, cell, 7.0 if members <= 40 else 6.0, shown.doubtful)
    if members <= COUNTED_MEMBERS:
        for i, j in np.argwhere(~np.eye(members, dtype=bool)).tolist():
            where = (j + 0.5) * cell, (i + 0.5) * cell
            drawing.text(*where, str(shown.counts[i, j]), size=SMALL, colour=LIGHT["ink"], anchor="middle", middle=True)
    _key(drawing, edge + 0.03 * wide, edge, top)
    if edge < 0.65 * wide:
        _histogram(drawing, edge + 0.2 * wide, edge, np.bincount(shown.counts[np.triu_indices(members, 1)]))
    title(drawing, "Products both members reviewed", 6)
    drawing.text(0, edge + 16, shown.note)
    return drawing


def _key(drawing: Drawing, left: float, high: float, top: int) -> None:
    """Draw the key of the colours."""
    wide = 0.02 * drawing.width
    steps = min(top + 1, _LEVELS)
    levels = np.linspace(top, 0, steps)[:, None]
    drawing.cells((left, 0), (wide, high / steps), _strength(levels, top), hexadecimal(RING))
    drawing.frame(left, 0, wide, high)
    axis_beside(drawing, (left + wide, 0, high), (-0.5, top + 0.5), round_ticks(0, top, 7, whole=True), right=True)


def _histogram(drawing: Drawing, left: float, high: float, pairs: NDArray[np.int64]) -> None:
    """Draw how many pairs share how many products."""
    right = drawing.width
    span, top = (-0.6, len(pairs) - 0.4), 1.05 * float(pairs.max())
    step = (right - left) / (span[1] - span[0])
    for k, n in enumerate(pairs.tolist()):
        if n:
            tall = n / top * high
            drawing.rectangle(left + (k - 0.45 - span[0]) * step, high - tall, 0.9 * step, tall, LIGHT["ring"])
    axis_below(drawing, (left, right, high), span, round_ticks(0, len(pairs) - 1, 9, whole=True))
    axis_beside(drawing, (left, 0, high), (0.0, top), round_ticks(0, top, 6, whole=True))
    drawing.text(left, -3, "pairs of members")
    drawing.text((left + right) / 2, high + 24, "products shared", anchor="middle")
