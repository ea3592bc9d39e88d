"""What the ring did to displayed ratings, on axes of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from collusion.report.figures.canvas import axes_for, bare, fit, house_style, legend_above, say, title
from collusion.report.figures.date_axis import date_axis
from collusion.report.palette import LIGHT
from collusion.report.rating_impact import THICK, Course, Courses, courses

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collusion.case import Case, Ring
    from collusion.report.figures.canvas import Picture

__all__ = ["rating_impact"]

_DASH = (0, (3, 1.5))


def rating_impact(case: Case, ring: Ring, ax: Axes | None = None) -> Picture:
    """Draw the running mean rating of the most affected products with and without the ring's reviews.

    Reviews without a time count from the start, so the lines end at the figures of `collusion.plot.impact`.

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
    found = courses(case, ring)
    given = ax is not None
    with house_style():
        if isinstance(found, str):
            figure, ax = axes_for(ax, 0.6)
            say(ax, found)
            return figure
        figure, ax = axes_for(ax, found.inches)
        bare(ax)
        for k, course in enumerate(found.shown):
            left, top, wide, high = found.panel(k)
            _drawn(ax.inset_axes((left, 1 - top - high, wide, high)), course, found)
        title(ax, "Displayed rating, with the ring's reviews and without", points=4)
        legend_above(
            ax,
            [
                Line2D([], [], color=LIGHT["ring"], linewidth=THICK, label="with"),
                Line2D([], [], color=LIGHT["without"], linewidth=THICK, linestyle=_DASH, label="without"),
                Line2D([], [], color=LIGHT["ring"], linestyle="none", marker="|", markersize=7, label="review of the ring"),
            ],
            points=6,
        )
        if given:
            fit(ax)
    return figure


def _drawn(panel: Axes, course: Course, found: Courses) -> None:
    panel.step(course.days, course.mean, where="post", color=LIGHT["ring"], linewidth=THICK)
    panel.step(course.days, course.without, where="post", color=LIGHT["without"], linewidth=THICK, linestyle=_DASH)
    panel.set_ylim(*found.ratings)
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    panel.tick_params(labelsize=7, length=3)
    date_axis(panel, found.days, 6)
    at_foot = np.zeros(len(course.ring))
    panel.plot(course.ring, at_foot, "|", color=LIGHT["ring"], markersize=7, transform=panel.get_xaxis_transform(), clip_on=False)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.set_title(course.name, loc="left", fontsize=8, pad=13, color=LIGHT["ink"], parse_math=False)
    panel.annotate(
        course.figures,
        (0, 1),
        (0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=7.5,
        color=LIGHT["soft"],
        annotation_clip=False,
    )
