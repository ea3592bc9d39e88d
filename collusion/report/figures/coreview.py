"""How many products each pair of members has in common, on axes of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from collusion.report.coreview import COUNTED_MEMBERS, EMPTY_REASON, Shared, shared, strength
from collusion.report.figures.canvas import axes_for, bare, fit, house_style, names_left, say, title
from collusion.report.palette import LIGHT, RING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from collusion.case import Case, Ring
    from collusion.report.figures.canvas import Picture

__all__ = ["coreview"]


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
    shown = shared(case, ring)
    with house_style():
        if shown is None:
            figure, ax = axes_for(ax, 0.6)
            say(ax, EMPTY_REASON)
            return figure
        figure, new = axes_for(ax, shown.inches)
        _drawn(figure, new, shown)
        if ax is not None:
            # Squares take the room that labels leave, which is known once these are drawn.
            fit(ax)
            ax.clear()
            _drawn(figure, ax, shown)
    return figure


def _drawn(figure: Picture, ax: Axes, shown: Shared) -> None:
    n = shown.members
    bare(ax)
    wide = figure.get_figwidth() * ax.get_position().width
    tall = figure.get_figheight() * ax.get_position().height
    edge = min(wide, tall)
    main = ax.inset_axes((0, 1 - edge / tall, edge / wide, edge / tall))
    main.imshow(_colours(shown.cells), interpolation="none", aspect="auto", extent=(0, n, n, 0))
    _names(main, shown)
    if n <= COUNTED_MEMBERS:
        for i, j in zip(*np.nonzero(~np.eye(n, dtype=bool)), strict=True):
            main.text(j + 0.5, i + 0.5, str(shown.counts[i, j]), ha="center", va="center", fontsize=7, color=LIGHT["ink"])
    start = edge / wide
    _key(ax.inset_axes((start + 0.03, 1 - edge / tall, 0.02, edge / tall)), shown.top)
    if wide - edge > 0.35 * wide:
        _histogram(ax.inset_axes((start + 0.2, 1 - edge / tall, 0.8 - start, edge / tall)), shown.pairs)
    title(ax, "Products both members reviewed")
    if shown.note:
        ax.annotate(
            shown.note,
            (0, 0),
            (0, -8),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            color=LIGHT["soft"],
            annotation_clip=False,
        )


def _colours(opacity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ring's colour, the stronger the more; where nothing is shared the page shines through, light or dark."""
    image = np.empty((*opacity.shape, 4))
    image[..., :3] = RING
    image[..., 3] = opacity
    return image


def _names(ax: Axes, shown: Shared) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    names_left(ax, shown.names, 7.0 if shown.members <= 40 else 6.0, shown.doubtful)
    for spine in ax.spines.values():
        spine.set_color(LIGHT["line"])


def _key(ax: Axes, top: int) -> None:
    """Draw the key of the colours."""
    levels = np.arange(top, -1, -1)[:, None]
    ax.imshow(_colours(strength(levels, top)), interpolation="none", aspect="auto", extent=(0, 1, -0.5, top + 0.5))
    ax.set_xticks([])
    ax.yaxis.tick_right()
    ax.yaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    ax.tick_params(labelsize=7, length=2)


def _histogram(ax: Axes, pairs: NDArray[np.int64]) -> None:
    """Draw how many pairs share how many products."""
    ax.bar(np.arange(len(pairs)), pairs, width=0.9, color=LIGHT["ring"], linewidth=0)
    ax.set_xlabel("products shared", fontsize=8)
    ax.set_title("pairs of members", loc="left", fontsize=8, color=LIGHT["soft"], pad=3, parse_math=False)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    ax.tick_params(labelsize=7, length=3)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
