"""When the reviews were written, on axes of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from collusion.report.figures.canvas import axes_for, bare, fit, house_style, legend_above, names_left, say, title
from collusion.report.figures.date_axis import date_axis
from collusion.report.palette import LIGHT, OTHER
from collusion.report.timeline import EMPTY_REASON, SIZES, Span, times

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collusion.case import Case, Ring
    from collusion.report.figures.canvas import Picture

__all__ = ["timeline"]


def timeline(case: Case, ring: Ring, ax: Axes | None = None) -> Picture:
    """Draw the reviews of the ring's products over time, one row per product: the ring's as filled marks, others' in grey.

    If most of the ring's reviews were written in a small part of the time, that part is enlarged at the right.

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
    shown = times(case, ring)
    given = ax is not None
    with house_style():
        if shown is None:
            figure, ax = axes_for(ax, 0.6)
            say(ax, EMPTY_REASON)
            return figure
        figure, ax = axes_for(ax, shown.inches)
        bare(ax)
        main = last = ax.inset_axes((0, 0, 0.6 if shown.burst else 1, 1))
        _lanes(main, shown.whole)
        names_left(main, shown.names, 7.0)
        if shown.burst is not None:
            last = ax.inset_axes((0.63, 0, 0.37, 1))
            _lanes(last, shown.burst)
            last.set_title(shown.share, loc="left", fontsize=8, pad=3, color=LIGHT["soft"], parse_math=False)
            main.axvspan(shown.burst.low, shown.burst.high, color=LIGHT["band"], zorder=-1, linewidth=0)
            last.set_facecolor(LIGHT["band"])
        _totals(last, shown.totals)
        title(ax, "When the reviews were written", points=20)
        marks = [
            Line2D([], [], linestyle="none", marker="o", markersize=size, color=LIGHT["ring"], markeredgewidth=0, label=text)
            for _, size, text in SIZES
        ]
        legend_above(ax, [*marks, Patch(facecolor=(*OTHER, 0.6), label="others (stronger: more)")], points=22)
        ax.text(1, 1, "  ring / all", transform=ax.transAxes, va="bottom", fontsize=7, color=LIGHT["soft"], parse_math=False)
        if shown.note:
            ax.annotate(
                shown.note,
                (0, 0),
                (0, -28),
                xycoords="axes fraction",
                textcoords="offset points",
                va="top",
                color=LIGHT["soft"],
                annotation_clip=False,
            )
        if given:
            fit(ax)
    return figure


def _lanes(ax: Axes, span: Span) -> None:
    lanes, bins = span.others.shape
    # Each lane is five pixels high, of which three are drawn: lanes stay apart.
    image = np.zeros((lanes, 5, bins, 4))
    image[..., :3] = OTHER
    image[:, 1:4, :, 3] = span.strength[:, None]
    ends = span.low, span.high
    ax.imshow(image.reshape(-1, bins, 4), interpolation="none", aspect="auto", extent=(*ends, lanes, 0), zorder=1)
    ax.hlines(np.arange(1, lanes), *ends, color=LIGHT["line"], linewidth=0.5, zorder=0)
    for k, (_, size, _) in enumerate(SIZES):
        days, rows = span.marks(k)
        if len(days):  # marks that are nowhere would count as being at the corner of the figure
            ax.plot(days, rows, "o", markersize=size, color=LIGHT["ring"], markeredgewidth=0, zorder=2, clip_on=False)
    ax.set_ylim(lanes, 0)
    ax.set_yticks([])
    date_axis(ax, ends)


def _totals(ax: Axes, totals: list[str]) -> None:
    """Write at the end of each lane how many of the product's reviews are the ring's."""
    for k, text in enumerate(totals):
        ax.annotate(
            text,
            (1, 1 - (k + 0.5) / len(totals)),
            (5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            fontsize=7,
            color=LIGHT["soft"],
            annotation_clip=False,
        )
