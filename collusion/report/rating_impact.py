"""What the ring did to displayed ratings: the mean of a product's ratings with and without the ring's reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from collusion.report.around import NO_TIME, Around, around
from collusion.report.canvas import LIGHT, axes_for, bare, fit, house_style, label, legend_above, say, title
from collusion.report.date_axis import date_axis
from collusion.report.words import difference

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from collusion.model import Case, Ring
    from collusion.report.canvas import Picture

__all__ = ["Impact", "impact", "rating_impact"]

PANELS = 4
"""Products shown: those whose displayed rating the ring changed most."""

POINTS = 250
"""Most points of a line."""


@dataclass(frozen=True)
class Impact:
    """The mean rating of one product with and without a ring's reviews.

    Parameters
    ----------
    product : str
    n_ratings, n_ring : int
        Reviews with a rating: all, and those of the ring.
    mean : float
        Mean of all ratings.
    mean_without : float or None
        Mean without the ring's; None where no other rating is left.
    """

    product: str
    n_ratings: int
    n_ring: int
    mean: float
    mean_without: float | None

    @property
    def uplift(self) -> float | None:
        """By how much the ring raises the mean; negative where it lowers it."""
        return None if self.mean_without is None else self.mean - self.mean_without


def impact(case: Case, ring: Ring) -> list[Impact]:
    """Return the impact on each of the ring's products that it rated, the most affected first.

    Products that nobody else rated come last, since nothing can be said about them.

    Examples
    --------
    A product of 100 reviews averages 4.2; 20 reviews of 5 stars are the ring's: 4.0 without, uplift .2.
    """
    return _impact(around(case, ring))


def _impact(view: Around) -> list[Impact]:
    if view.rating is None:
        return []
    rated = ~np.isnan(view.rating)
    sums, counts = {}, {}
    for name, chosen in (("all", rated), ("ring", rated & view.own)):
        counts[name] = np.bincount(view.p[chosen], minlength=len(view.products))
        sums[name] = np.bincount(view.p[chosen], view.rating[chosen], minlength=len(view.products))
    found = []
    for p in np.flatnonzero(counts["ring"][: view.n_targets]).tolist():
        n, own = int(counts["all"][p]), int(counts["ring"][p])
        without = float(sums["all"][p] - sums["ring"][p]) / (n - own) if n > own else None
        found.append(Impact(view.products[p], n, own, float(sums["all"][p]) / n, without))
    return sorted(found, key=lambda one: (one.uplift is None, -abs(one.uplift or 0.0), one.product))


def rating_impact(case: Case, ring: Ring, ax: Axes | None = None) -> Picture:
    """Draw the running mean rating of the most affected products with and without the ring's reviews.

    Reviews without a time count from the start, so the lines end at the figures of `impact`.

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
    given = ax is not None
    with house_style():
        found = [one for one in _impact(view) if one.uplift is not None and _timed(view, one.product)]
        reason = _why_not(view, found)
        if reason:
            figure, ax = axes_for(ax, 0.6)
            say(ax, reason)
            return figure
        shown = found[:PANELS]
        lines = [_lines(view, one.product) for one in shown]
        ratings = np.concatenate([y for _, _, *ys in lines for y in ys])
        low, high = float(np.nanmin(ratings)), float(np.nanmax(ratings))
        pad = max(0.06 * (high - low), 0.05)
        first, last = min(float(days[0]) for days, *_ in lines), max(float(days[-1]) for days, *_ in lines)
        margin = max(0.02 * (last - first), 1.0)
        down, across = (len(shown) + 1) // 2, min(len(shown), 2)
        figure, ax = axes_for(ax, 1.75 * down + 0.1)
        bare(ax)
        for k, (one, (days, own, mean, without)) in enumerate(zip(shown, lines, strict=True)):
            left, bottom = (k % 2) * 0.53, 1 - (k // 2 + 1) / down
            panel = ax.inset_axes((left if across > 1 else 0, bottom + 0.2 / down, 0.47 if across > 1 else 1, 0.62 / down))
            days = np.append(days, last + margin)  # noqa: PLW2901  # the last figure stands until the end
            mean, without = np.append(mean, mean[-1]), np.append(without, without[-1])  # noqa: PLW2901  # as above
            panel.step(days, mean, where="post", color=LIGHT["ring"], linewidth=1.5)
            panel.step(days, without, where="post", color=LIGHT["without"], linewidth=1.5, linestyle=(0, (3, 1.5)))
            panel.set_ylim(low - pad, high + pad)
            panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
            panel.tick_params(labelsize=7, length=3)
            date_axis(panel, (first - margin, last + margin), 6)
            panel.plot(
                own, np.zeros(len(own)), "|", color=LIGHT["ring"], markersize=7, transform=panel.get_xaxis_transform(), clip_on=False
            )
            for side in ("top", "right"):
                panel.spines[side].set_visible(False)
            _words(panel, one)
        title(ax, "Displayed rating, with the ring's reviews and without", points=4)
        legend_above(
            ax,
            [
                Line2D([], [], color=LIGHT["ring"], linewidth=1.5, label="with"),
                Line2D([], [], color=LIGHT["without"], linewidth=1.5, linestyle=(0, (3, 1.5)), label="without"),
                Line2D([], [], color=LIGHT["ring"], linestyle="none", marker="|", markersize=7, label="review of the ring"),
            ],
            points=6,
        )
        if given:
            fit(ax)
    return figure


def _why_not(view: Around, found: list[Impact]) -> str | None:
    if view.rating is None:
        return "The reviews have no ratings, so the ring's effect on ratings cannot be shown."
    if view.time is None:
        return "The reviews have no times, so displayed ratings cannot be followed; the table of products has the means."
    if not found:
        return "Nobody but the ring gave its products a rating with a time, so there is none without it."
    return None


def _timed(view: Around, product: str) -> bool:
    assert view.rating is not None  # noqa: S101  # it was rated
    times = None if view.time is None else view.time[(view.p == view.products.index(product)) & ~np.isnan(view.rating)]
    return times is not None and bool((times != NO_TIME).any())


def _lines(view: Around, product: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Days, days of the ring's reviews, running means with and without the ring (nan until the first rating counts)."""
    assert view.rating is not None  # noqa: S101  # the caller has looked
    assert view.time is not None  # noqa: S101  # as above
    at = np.flatnonzero((view.p == view.products.index(product)) & ~np.isnan(view.rating))
    rating, own, days = view.rating[at], view.own[at], view.time[at]
    with np.errstate(invalid="ignore"):
        mean = np.cumsum(rating) / np.arange(1, len(at) + 1)
        without = np.cumsum(np.where(own, 0, rating)) / np.cumsum(~own)
    # The last figure of a day stands for the day; long lines are thinned, their ends kept.
    last = np.flatnonzero(np.append(days[1:] != days[:-1], True) & (days != NO_TIME))
    if len(last) > POINTS:
        last = last[np.unique(np.linspace(0, len(last) - 1, POINTS).round().astype(np.int64))]
    marks = np.unique(days[own & (days != NO_TIME)])
    return days[last], marks, mean[last], without[last]


def _words(ax: Axes, one: Impact) -> None:
    figures = f"{one.mean:.2f} with, {one.mean_without:.2f} without ({difference(one.uplift)}); {one.n_ring:,} of {one.n_ratings:,} ratings"
    ax.set_title(label(one.product, 40), loc="left", fontsize=8, pad=13, color=LIGHT["ink"], parse_math=False)
    ax.annotate(
        figures,
        (0, 1),
        (0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=7.5,
        color=LIGHT["soft"],
        annotation_clip=False,
    )
