"""What a ring's score is made of: parts that add up to it exactly, and what each innocent explanation leaves of it."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from collusion.report import words
from collusion.report.canvas import LIGHT, axes_for, bare, fit, house_style, names_left, say, title
from collusion.report.signals import residuals

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collusion.model import Case, Evidence, Part, Ring
    from collusion.report.canvas import Picture

__all__ = ["waterfall"]

WRAPPED = 110
"""Characters of a line below the picture."""


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
    given = ax is not None
    with house_style():
        if ring.breakdown is None:
            figure, ax = axes_for(ax, 0.6)
            say(ax, words.how_counted(ring, case))
            return figure
        parts, left = ring.breakdown.parts, residuals(ring, case)
        rows = len(parts) + 1 + len(left)
        figure, ax = axes_for(ax, 0.26 * rows, 5.6)
        bare(ax)
        ends = list(accumulate((part.nats for part in parts), initial=Decimal(0)))
        for k, (part, start, end) in enumerate(zip(parts, ends, ends[1:], strict=False)):
            _bar(ax, k, (float(start), float(end)), LIGHT["ring"] if part.nats >= 0 else LIGHT["without"])
            # Where the next one begins.
            ax.plot([float(end)] * 2, [k + 0.15, k + 1.85], color=LIGHT["soft"], linewidth=0.8, zorder=1)
        _bar(ax, len(parts), (0.0, float(ends[-1])), LIGHT["ink"])
        for k, one in enumerate(left, start=len(parts) + 1):
            _bar(ax, k, (0.0, one.observed or 0.0), LIGHT["soft"])
            if one.expected is not None:
                ax.plot([one.expected] * 2, [k + 0.05, k + 0.95], color=LIGHT["without"], linewidth=1.2, linestyle=(0, (2, 1.5)), zorder=3)
        ax.axvline(0, color=LIGHT["line"], linewidth=0.8, zorder=0)
        _figures(ax, parts, ends[-1], left)
        names_left(ax, [*(part.name for part in parts), "score", *(f"with {words.name(one.signal)} granted" for one in left)], 8.0)
        ax.set_ylim(rows, 0)
        ax.margins(x=0.02)
        title(ax, "What the score is made of, in points per member", points=18)
        lines = "\n".join(textwrap.wrap(words.how_counted(ring, case), WRAPPED))
        _beside(ax, lines, (0, 0), (0, -8), va="top")
        if given:
            fit(ax)
    return figure


def _bar(ax: Axes, row: int, ends: tuple[float, float], colour: str) -> None:
    low, high = sorted(ends)
    ax.barh(row + 0.5, high - low, left=low, height=0.7, color=colour, linewidth=0, zorder=2)


def _figures(ax: Axes, parts: tuple[Part, ...], total: Decimal, left: list[Evidence]) -> None:
    """Write at the right what each part adds and the co-reviews that it counts; and what is left and needed when something is granted."""
    rows = len(parts) + 1 + len(left)
    _beside(ax, "co-reviews", (1, 1), (112, 3), ha="right", va="bottom")
    _beside(ax, "expected", (1, 1), (168, 3), ha="right", va="bottom")
    for k, part in enumerate((*parts, None)):
        at = (1.0, 1 - (k + 0.5) / rows)
        _beside(ax, words.nats(total if part is None else part.nats), at, (62, 0), ha="right", strong=part is None)
        if part is not None and part.observed is not None:
            _beside(ax, words.count(part.observed), at, (112, 0), ha="right")
            _beside(ax, words.figure(part.expected), at, (168, 0), ha="right")
    for k, one in enumerate(left, start=len(parts) + 1):
        at = (1.0, 1 - (k + 0.5) / rows)
        _beside(ax, f"{words.score(one.observed or 0.0)} left", at, (62, 0), ha="right")
        if one.expected is not None:
            _beside(ax, f"{words.score(one.expected)} needed", at, (168, 0), ha="right")


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
        fontsize=7.5,
        weight="bold" if strong else "normal",
        color=LIGHT["ink"] if strong else LIGHT["soft"],
        annotation_clip=False,
        parse_math=False,
    )
