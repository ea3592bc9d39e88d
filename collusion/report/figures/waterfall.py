"""What a ring's score is made of, on axes of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.report.figures.canvas import axes_for, bare, fit, house_style, names_left, say, title
from collusion.report.formatting import how_counted
from collusion.report.palette import LIGHT
from collusion.report.waterfall import COLUMNS, FIGURES, MARGIN, ROW, WIDTH, Bar, bars, counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collusion.case import Case, Ring
    from collusion.report.figures.canvas import Picture

__all__ = ["waterfall"]


def waterfall(case: Case, ring: Ring, ax: Axes | None = None) -> Picture:
    """Draw the parts of the ring's score one below the other, each from where the one before it ends, and the score as their sum.

    Below the score is what is left of it when each innocent explanation is granted, with a mark at what would still be needed.

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
    shown = bars(case, ring)
    given = ax is not None
    with house_style():
        if not shown:
            figure, ax = axes_for(ax, 0.6)
            say(ax, how_counted(ring, case))
            return figure
        rows = len(shown)
        figure, ax = axes_for(ax, ROW * rows, WIDTH)
        bare(ax)
        for k, bar in enumerate(shown):
            _bar(ax, k, bar)
        ax.axvline(0, color=LIGHT["line"], linewidth=0.8, zorder=0)
        _figures(ax, shown)
        names_left(ax, [bar.name for bar in shown], 8.0)
        ax.set_ylim(rows, 0)
        ax.margins(x=MARGIN)
        title(ax, "What the score is made of, in points per member", points=18)
        _beside(ax, "\n".join(counted(case, ring)), (0, 0), (0, -8), va="top")
        if given:
            fit(ax)
    return figure


def _bar(ax: Axes, row: int, bar: Bar) -> None:
    low, high = sorted((bar.start, bar.end))
    ax.barh(row + 0.5, high - low, left=low, height=0.7, color=LIGHT[bar.colour], linewidth=0, zorder=2)
    if bar.leads:
        ax.plot([bar.end] * 2, [row + 0.15, row + 1.85], color=LIGHT["soft"], linewidth=0.8, zorder=1)
    if bar.needed is not None:
        ax.plot([bar.needed] * 2, [row + 0.05, row + 0.95], color=LIGHT["without"], linewidth=1.2, linestyle=(0, (2, 1.5)), zorder=3)


def _figures(ax: Axes, shown: list[Bar]) -> None:
    """Write at the right what each part adds and the co-reviews that it counts; and what is left and needed when something is granted."""
    for offset, head in zip(COLUMNS[1:], ("co-reviews", "expected"), strict=True):
        _beside(ax, head, (1, 1), (offset, 3), ha="right", va="bottom")
    for k, bar in enumerate(shown):
        at = (1.0, 1 - (k + 0.5) / len(shown))
        for offset, text in zip(COLUMNS, bar.figures, strict=True):
            if text:
                _beside(ax, text, at, (offset, 0), ha="right", strong=bar.colour == "ink")


def _beside(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    offset: tuple[float, float],
    *,
    ha: str = "left",
    va: str = "center",
    strong: bool = False,
) -> None:
    ax.annotate(
        text,
        at,
        offset,
        xycoords="axes fraction",
        textcoords="offset points",
        ha=ha,
        va=va,
        fontsize=FIGURES,
        weight="bold" if strong else "normal",
        color=LIGHT["ink"] if strong else LIGHT["soft"],
        annotation_clip=False,
        parse_math=False,
    )
