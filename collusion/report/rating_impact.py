"""What the ring did to displayed ratings: the mean of a product's ratings with and without the ring's reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.model import NO_TIME
from collusion.report.axes import Mark, axis_below, axis_beside, legend, title
from collusion.report.drawing import Drawing, sentence
from collusion.report.formatting import difference
from collusion.report.neighbourhood import Neighbourhood, neighbourhood
from collusion.report.palette import LIGHT, WIDTH
from collusion.report.sanitize import label
from collusion.report.ticks import day_ticks, round_ticks

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from collusion.case import Case, Ring
    from collusion.report.drawing import Frame

__all__ = ["Course", "Courses", "Impact", "courses", "impact", "rating_impact"]

PANELS = 4
"""Products shown: those whose displayed rating the ring changed most."""

POINTS = 250
"""Most points of a line."""

THICK, DASH = 1.5, "4.5 2.2"
"""Points of a line, and of the dashes of the one without the ring."""


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
    return _impact(neighbourhood(case, ring))


def _impact(view: Neighbourhood) -> list[Impact]:
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


@dataclass(frozen=True, eq=False)
class Course:
    """The displayed rating of one product over time.

    Parameters
    ----------
    impact : Impact
    days : float array
        When the rating changed, in days since 1970-01-01; last, the end of the picture.
    ring : int64 array
        Days with reviews of the ring.
    mean, without : float arrays
        Running means with and without the ring's reviews; nan until the first rating counts.
    """

    impact: Impact
    days: NDArray[np.float64]
    ring: NDArray[np.int64]
    mean: NDArray[np.float64]
    without: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Courses:
    """What the picture shows: the products whose rating the ring changed most, all of the same days and ratings.

    Parameters
    ----------
    shown : list of Course
        Two in a row.
    days, ratings : pair of float
        Ends of the axes.
    """

    shown: list[Course]
    days: tuple[float, float]
    ratings: tuple[float, float]


def courses(case: Case, ring: Ring) -> Courses | str:
    """Return the displayed ratings of the most affected products with and without the ring's reviews, or why there are none.

    Reviews without a time count from the start, so the lines end at the figures of `impact`.
    """
    view = neighbourhood(case, ring)
    found = [one for one in _impact(view) if one.uplift is not None and _timed(view, one.product)]
    reason = _why_not(view, found)
    if reason:
        return reason
    lines = [(one, *_lines(view, one.product)) for one in found[:PANELS]]
    ratings = np.concatenate([y for _, _, _, *ys in lines for y in ys])
    low, high = float(np.nanmin(ratings)), float(np.nanmax(ratings))
    pad = max(0.06 * (high - low), 0.05)
    first, last = min(float(days[0]) for _, days, *_ in lines), max(float(days[-1]) for _, days, *_ in lines)
    margin = max(0.02 * (last - first), 1.0)
    shown = [
        # The last figure is valid until the end.
        Course(one, np.append(days, last + margin), own, np.append(mean, mean[-1]), np.append(without, without[-1]))
        for one, days, own, mean, without in lines
    ]
    return Courses(shown, (first - margin, last + margin), (low - pad, high + pad))


def _why_not(view: Neighbourhood, found: list[Impact]) -> str | None:
    if view.rating is None:
        return "The reviews have no ratings, so the ring's effect on ratings cannot be shown."
    if view.time is None:
        return "The reviews have no times, so displayed ratings cannot be followed; the table of products has the means."
    if not found:
        return "Only the ring gave its products ratings with a time, so there is no rating without it."
    return None


def _timed(view: Neighbourhood, product: str) -> bool:
    assert view.rating is not None  # noqa: S101  # it was rated
    times = None if view.time is None else view.time[(view.p == view.products.index(product)) & ~np.isnan(view.rating)]
    return times is not None and bool((times != NO_TIME).any())


def _lines(view: Neighbourhood, product: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Days, days of the ring's reviews, running means with and without the ring (nan until the first rating counts)."""
    assert view.rating is not None  # noqa: S101  # the caller has looked
    assert view.time is not None  # noqa: S101  # as above
    at = np.flatnonzero((view.p == view.products.index(product)) & ~np.isnan(view.rating))
    rating, own, days = view.rating[at], view.own[at], view.time[at]
    with np.errstate(invalid="ignore"):
        mean = np.cumsum(rating) / np.arange(1, len(at) + 1)
        without = np.cumsum(np.where(own, 0, rating)) / np.cumsum(~own)
    # The last figure of a day is used for the day; long lines are thinned, their ends kept.
    last = np.flatnonzero(np.append(days[1:] != days[:-1], True) & (days != NO_TIME))
    if len(last) > POINTS:
        last = last[np.unique(np.linspace(0, len(last) - 1, POINTS).round().astype(np.int64))]
    marks = np.unique(days[own & (days != NO_TIME)])
    return days[last], marks, mean[last], without[last]


def rating_impact(case: Case, ring: Ring, frame: Frame | None = None) -> Drawing:
    """Draw the running mean rating of the most affected products with and without the ring's reviews.

    Parameters
    ----------
    case : Case
    ring : Ring
    frame : pair of float, optional
        Width and height in points of the picture without what surrounds it; as large as it needs when left out.
    """
    found = courses(case, ring)
    if isinstance(found, str):
        return sentence(found)
    down = (len(found.shown) + 1) // 2
    drawing = Drawing(*(frame or (72 * WIDTH, 72 * (1.75 * down + 0.1))))
    for k, course in enumerate(found.shown):
        # Left, top, width and height as shares of the picture.
        place = (0.0, 0.18, 1.0, 0.62) if len(found.shown) == 1 else ((k % 2) * 0.53, (k // 2 + 0.18) / down, 0.47, 0.62 / down)
        _panel(drawing, course, found, place)
    title(drawing, "Displayed rating, with the ring's reviews and without", 8)
    legend(
        drawing,
        [
            Mark("with", LIGHT["ring"], "line", THICK),
            Mark("without", LIGHT["without"], "line", THICK, DASH),
            Mark("review of the ring", LIGHT["ring"], "tick", 1.0),
        ],
        8,
    )
    return drawing


def _panel(drawing: Drawing, course: Course, found: Courses, shares: tuple[float, float, float, float]) -> None:
    left, top, wide, high = (share * size for share, size in zip(shares, 2 * (drawing.width, drawing.height), strict=True))
    (first, last), (low, high_rating) = found.days, found.ratings
    right, bottom = left + wide, top + high

    def x(days: NDArray[Any]) -> list[float]:
        return [left + (day - first) / (last - first) * wide for day in days.tolist()]

    def y(ratings: NDArray[np.float64]) -> list[float]:
        return [bottom - (rating - low) / (high_rating - low) * high for rating in ratings.tolist()]

    axis_below(drawing, (left, right, bottom), found.days, day_ticks(found.days, 6))
    axis_beside(drawing, (left, top, bottom), found.ratings, round_ticks(*found.ratings, 5))
    drawing.steps(x(course.days), y(course.mean), LIGHT["ring"], THICK)
    drawing.steps(x(course.days), y(course.without), LIGHT["without"], THICK, DASH)
    drawing.lines(((one, bottom - 3.5, one, bottom + 3.5) for one in x(course.ring)), LIGHT["ring"], 1.0)
    one = course.impact
    drawing.text(left, top - 14, label(one.product, 40), colour=LIGHT["ink"])
    # The figures that the lines end at.
    means = f"{one.mean:.2f} with, {one.mean_without:.2f} without ({difference(one.uplift)})"
    drawing.text(left, top - 3.5, f"{means}; {one.n_ring:,} of {one.n_ratings:,} ratings", size=7.5)
