"""What a ring's score is made of: parts that add up to it exactly."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from collusion.report import words
from collusion.report.canvas import LIGHT, axes_for, bare, fit, house_style, names_left, say, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collusion.model import Case, Part, Ring
    from collusion.report.canvas import Picture

__all__ = ["waterfall"]

WRAPPED = 110
"""Characters of a line below the picture."""


def waterfall(case: Case, ring: Ring, ax: Axes | None = None) -> Picture:
    """Draw the parts of the ring's score one below the other, each from where the one before it ends, and the score as their sum.

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
        parts = ring.breakdown.parts
        figure, ax = axes_for(ax, 0.26 * (len(parts) + 1), 5.6)
        bare(ax)
        ends = list(accumulate((part.nats for part in parts), initial=Decimal(0)))
        for k, (part, start, end) in enumerate(zip(parts, ends, ends[1:], strict=False)):
            _bar(ax, k, (start, end), LIGHT["ring"] if part.nats >= 0 else LIGHT["without"])
            # Where the next one begins.
            ax.plot([float(end)] * 2, [k + 0.15, k + 1.85], color=LIGHT["soft"], linewidth=0.8, zorder=1)
        _bar(ax, len(parts), (Decimal(0), ends[-1]), LIGHT["ink"])
        ax.axvline(0, color=LIGHT["line"], linewidth=0.8, zorder=0)
        _asked(ax, ring)
        _figures(ax, parts, ends[-1])
        names_left(ax, [*(part.name for part in parts), "score"], 8.0)
        ax.set_ylim(len(parts) + 1, 0)
        ax.margins(x=0.02)
        title(ax, "What the score is made of, in nats a member", points=18)
        lines = "\n".join(textwrap.wrap(words.how_counted(ring, case), WRAPPED))
        _beside(ax, lines, (0, 0), (0, -8), va="top")
        if given:
            fit(ax)
    return figure


def _bar(ax: Axes, row: int, ends: tuple[Decimal, Decimal], colour: str) -> None:
    low, high = sorted(ends)
    ax.barh(row + 0.5, float(high - low), left=float(low), height=0.7, color=colour, linewidth=0, zorder=2)


def _asked(ax: Axes, ring: Ring) -> None:
    """Mark what the score must exceed, where that was told."""
    least = next((one.expected for one in ring.evidence if one.signal == "habit"), None)
    if least is not None:
        ax.axvline(least, color=LIGHT["soft"], linewidth=0.8, linestyle=(0, (2, 2)), zorder=3)
        at = ax.get_xaxis_transform()
        ax.annotate(
            f"asked: {words.figure(least)}",
            (least, 1),
            (0, 3),
            xycoords=at,
            textcoords="offset points",
            ha="center",
            fontsize=7,
            color=LIGHT["soft"],
            annotation_clip=False,
            parse_math=False,
        )


def _figures(ax: Axes, parts: tuple[Part, ...], total: Decimal) -> None:
    """Write at the right what each part adds, and the meetings that it counts."""
    rows = len(parts) + 1
    _beside(ax, "met", (1, 1), (112, 3), ha="right", va="bottom")
    _beside(ax, "expected", (1, 1), (168, 3), ha="right", va="bottom")
    for k, part in enumerate((*parts, None)):
        at = (1.0, 1 - (k + 0.5) / rows)
        _beside(ax, words.nats(total if part is None else part.nats), at, (62, 0), ha="right", strong=part is None)
        if part is not None and part.observed is not None:
            _beside(ax, words.count(part.observed), at, (112, 0), ha="right")
            _beside(ax, words.figure(part.expected), at, (168, 0), ha="right")


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
