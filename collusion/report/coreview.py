"""How many products each pair of members has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from collusion.report.around import Around, around
from collusion.report.canvas import LIGHT, RING, axes_for, bare, fit, house_style, label, names_left, say, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from collusion.model import Case, Ring
    from collusion.report.canvas import Picture

__all__ = ["coreview"]

MEMBERS = 300
"""Most members shown."""

NAMED, COUNTED = 60, 16
"""Up to that many members have their ids beside them; up to that many, each cell its count."""


def coreview(case: Case, ring: Ring, ax: Axes | None = None) -> Picture:
    """Draw how many products each pair of members has in common, including products outside the ring, as a heat map.

    Similar members are next to each other: each is followed by the one of those left that it has most in common with.

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
    members, shared = _shared(view)
    with house_style():
        n = len(members)
        if n < 2:
            figure, ax = axes_for(ax, 0.6)
            say(ax, "The ring has fewer than two members with reviews, so no pair can be counted.")
            return figure
        figure, new = axes_for(ax, min(max(2.2, 0.14 * n), 5.0))
        _drawn(figure, new, view, members, shared)
        if ax is not None:
            # Squares are cut to the place that labels leave, which is known once they stand.
            fit(ax)
            ax.clear()
            _drawn(figure, ax, view, members, shared)
    return figure


def _drawn(figure: Picture, ax: Axes, view: Around, members: list[int], shared: NDArray[np.int64]) -> None:
    n = len(members)
    bare(ax)
    wide = figure.get_figwidth() * ax.get_position().width
    tall = figure.get_figheight() * ax.get_position().height
    edge = min(wide, tall)
    main = ax.inset_axes((0, 1 - edge / tall, edge / wide, edge / tall))
    top = int(shared.max())
    main.imshow(_colours(shared, top), interpolation="none", aspect="auto", extent=(0, n, n, 0))
    _names(main, [view.reviewers[code] for code in members])
    if n <= COUNTED:
        for i, j in zip(*np.nonzero(~np.eye(n, dtype=bool)), strict=True):
            main.text(j + 0.5, i + 0.5, str(shared[i, j]), ha="center", va="center", fontsize=7, color=LIGHT["ink"])
    start = edge / wide
    _key(ax.inset_axes((start + 0.03, 1 - edge / tall, 0.02, edge / tall)), top)
    if wide - edge > 0.35 * wide:
        _histogram(ax.inset_axes((start + 0.2, 1 - edge / tall, 0.8 - start, edge / tall)), shared)
    title(ax, "Products both members reviewed")
    if n < view.n_members:
        ax.annotate(
            f"{n:,} of {view.n_members:,} members, those with the most reviews of the ring.",
            (0, 0),
            (0, -8 if n > NAMED else -60),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            color=LIGHT["soft"],
            annotation_clip=False,
        )


def _shared(view: Around) -> tuple[list[int], NDArray[np.int64]]:
    """Members in order, and the number of products that each two share; the diagonal is zero."""
    counts = np.bincount(view.u[view.own], minlength=len(view.reviewers))
    kept = sorted((u for u in range(view.n_members) if counts[u]), key=lambda u: (-counts[u], view.reviewers[u]))[:MEMBERS]
    at = np.full(len(view.reviewers), -1)
    at[kept] = np.arange(len(kept))
    mine = at[view.u] >= 0
    products, column = np.unique(view.p[mine], return_inverse=True)
    # Whole numbers below 2**24 are exact in float32, whatever the order in which they are added.
    visits = np.zeros((len(kept), len(products)), dtype=np.float32)
    visits[at[view.u[mine]], column] = 1
    shared = (visits @ visits.T).astype(np.int64)
    np.fill_diagonal(shared, 0)
    order = _side_by_side(shared)
    return [kept[k] for k in order], shared[np.ix_(order, order)]


def _side_by_side(shared: NDArray[np.int64]) -> list[int]:
    """Order by similarity, nearest first; ties by the total, then by the order given. Quadratic in time."""
    n = len(shared)
    if not n:
        return []
    total = shared.sum(axis=1)
    left = np.ones(n, dtype=bool)
    order = [int(np.argmax(total))]
    left[order[0]] = False
    while len(order) < n:
        rank = np.where(left, shared[order[-1]] * (int(total.max()) + 1) + total, -1)
        order.append(int(np.argmax(rank)))
        left[order[-1]] = False
    return order


def _colours(shared: NDArray[np.int64], top: int) -> NDArray[np.float64]:
    """Return the ring's colour, the stronger the more; where nothing is shared the page shines through, light or dark."""
    image = np.empty((*shared.shape, 4))
    image[..., :3] = RING
    image[..., 3] = np.where(shared > 0, 0.08 + 0.82 * (shared / max(top, 1)) ** 1.5, 0)
    return image


def _names(ax: Axes, names: list[str]) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    if len(names) <= NAMED:
        names_left(ax, [label(name, 22) for name in names], 7.0 if len(names) <= 40 else 6.0)
    for spine in ax.spines.values():
        spine.set_color(LIGHT["line"])


def _key(ax: Axes, top: int) -> None:
    """Draw what the colours stand for."""
    levels = np.arange(top, -1, -1)[:, None]
    ax.imshow(_colours(levels, top), interpolation="none", aspect="auto", extent=(0, 1, -0.5, top + 0.5))
    ax.set_xticks([])
    ax.yaxis.tick_right()
    ax.yaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    ax.tick_params(labelsize=7, length=2)


def _histogram(ax: Axes, shared: NDArray[np.int64]) -> None:
    """Draw how many pairs share how many products."""
    pairs = np.bincount(shared[np.triu_indices(len(shared), 1)])
    ax.bar(np.arange(len(pairs)), pairs, width=0.9, color=LIGHT["ring"], linewidth=0)
    ax.set_xlabel("products shared", fontsize=8)
    ax.set_title("pairs of members", loc="left", fontsize=8, color=LIGHT["soft"], pad=3, parse_math=False)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    ax.tick_params(labelsize=7, length=3)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
