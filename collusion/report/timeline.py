"""When the reviews were written: one row per product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from collusion.report.around import NO_TIME, Around, around
from collusion.report.canvas import LIGHT, OTHER, axes_for, bare, fit, house_style, label, legend_above, names_left, say, title
from collusion.report.date_axis import date_axis
from collusion.report.words import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from collusion.model import Case, Ring
    from collusion.report.canvas import Picture

__all__ = ["timeline"]

LANES = 40
"""Most products shown."""

BINS = 200
"""Bins along the axis; reviews in one bin are drawn as one mark."""

SIZES = ((1, 3.4, "1 review of the ring"), (2, 4.8, "2 to 4"), (5, 6.6, "5 or more"))
"""From how many reviews of the ring in one bin which mark, in points."""

MOST = 0.75
"""The share of the ring's reviews that its burst holds."""

ZOOM = 0.2
"""A burst that takes less than this share of the time shown is shown a second time, enlarged."""


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
    view = around(case, ring)
    given = ax is not None
    with house_style():
        days = view.time[view.own & (view.time != NO_TIME)] if view.time is not None else np.empty(0, np.int64)
        if view.time is None or not len(days):
            figure, ax = axes_for(ax, 0.6)
            say(ax, "The ring's reviews have no times, so there is no timeline.")
            return figure
        counts = np.bincount(view.p[view.own], minlength=len(view.products))
        kept = sorted((p for p in range(view.n_targets) if counts[p]), key=lambda p: (-counts[p], view.products[p]))[:LANES]
        lanes = _by_first_visit(view, view.time, kept)
        figure, ax = axes_for(ax, max(1.2, 0.19 * len(lanes) + 0.1))
        bare(ax)
        on_lanes = np.isin(view.p, lanes) & (view.time != NO_TIME)
        whole = _span(view.time[on_lanes], 0.02)
        near = _span(_burst(days), 0.15)
        zoomed = near[1] - near[0] < ZOOM * (whole[1] - whole[0])
        main = ax.inset_axes((0, 0, 0.6 if zoomed else 1, 1))
        _lanes(main, view, lanes, whole)
        names_left(main, [label(view.products[p]) for p in lanes], 7.0)
        last = main
        if zoomed:
            last = ax.inset_axes((0.63, 0, 0.37, 1))
            _lanes(last, view, lanes, near)
            share = np.count_nonzero((days >= near[0]) & (days <= near[1])) / len(days)
            last.set_title(
                f"{'over 99 %' if 0.99 < share < 1 else f'{100 * share:.0f} %'} of the ring's reviews",
                loc="left",
                fontsize=8,
                pad=3,
                color=LIGHT["soft"],
                parse_math=False,
            )
            main.axvspan(*near, color=LIGHT["band"], zorder=-1, linewidth=0)
            last.set_facecolor(LIGHT["band"])
        _totals(last, view, lanes)
        title(ax, "When the reviews were written", points=20)
        marks = [
            Line2D([], [], linestyle="none", marker="o", markersize=size, color=LIGHT["ring"], markeredgewidth=0, label=text)
            for _, size, text in SIZES
        ]
        legend_above(ax, [*marks, Patch(facecolor=(*OTHER, 0.6), label="others (stronger: more)")], points=22)
        ax.text(1, 1, "  ring / all", transform=ax.transAxes, va="bottom", fontsize=7, color=LIGHT["soft"], parse_math=False)
        left_out = int(np.count_nonzero(counts[: view.n_targets])) - len(lanes)
        if left_out:
            note = f"{count(left_out, 'product')} with fewer reviews of the ring {'is' if left_out == 1 else 'are'} not shown."
            ax.annotate(
                note,
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


def _by_first_visit(view: Around, time: NDArray[np.int64], products: list[int]) -> list[int]:
    first = np.full(len(view.products), np.iinfo(np.int64).max)
    timed = view.own & (time != NO_TIME)
    np.minimum.at(first, view.p[timed], time[timed])
    return sorted(products, key=lambda p: (first[p], view.products[p]))


def _burst(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the days of the shortest time that holds most of the reviews, and of what lies close to it."""
    days = np.sort(days)
    n = int(np.ceil(MOST * len(days)))
    start = int(np.argmin(days[n - 1 :] - days[: len(days) - n + 1]))
    low, high = days[start], days[start + n - 1]
    near = max((high - low) // 2, 2)
    close: NDArray[np.int64] = days[(days >= low - near) & (days <= high + near)]
    return close


def _span(days: NDArray[np.int64], margin: float) -> tuple[float, float]:
    low, high = float(days.min()), float(days.max()) + 1
    pad = max(margin * (high - low), 1.0)
    return low - pad, high + pad


def _lanes(ax: Axes, view: Around, lanes: list[int], span: tuple[float, float]) -> None:
    assert view.time is not None  # noqa: S101  # the caller has looked
    lane_of = np.full(len(view.products), -1)
    lane_of[lanes] = np.arange(len(lanes))
    low, high = span
    bins = int(min(BINS, np.ceil(high - low)))
    here = (lane_of[view.p] >= 0) & (view.time >= low) & (view.time <= high)
    place = np.minimum(((view.time + 0.5 - low) / (high - low) * bins).astype(np.int64), bins - 1)
    counts = np.zeros((2, len(lanes), bins), dtype=np.int64)
    np.add.at(counts, (view.own[here].astype(np.int64), lane_of[view.p[here]], place[here]), 1)
    others, own = counts
    # Each lane is five pixels high, of which three are drawn: lanes stay apart.
    image = np.zeros((len(lanes), 5, bins, 4))
    strength = np.log1p(others) / np.log1p(max(int(others.max(initial=0)), 3))
    image[..., :3] = OTHER
    image[:, 1:4, :, 3] = np.where(others, 0.25 + 0.6 * strength, 0)[:, None]
    ax.imshow(image.reshape(-1, bins, 4), interpolation="none", aspect="auto", extent=(low, high, len(lanes), 0), zorder=1)
    ax.hlines(np.arange(1, len(lanes)), low, high, color=LIGHT["line"], linewidth=0.5, zorder=0)
    for k, (least, size, _) in enumerate(SIZES):
        most = SIZES[k + 1][0] if k + 1 < len(SIZES) else np.inf
        lane, bin_ = np.nonzero((own >= least) & (own < most))
        if not len(lane):
            continue  # marks that are nowhere would count as being at the corner of the figure
        x = low + (bin_ + 0.5) * (high - low) / bins
        ax.plot(x, lane + 0.5, "o", markersize=size, color=LIGHT["ring"], markeredgewidth=0, zorder=2, clip_on=False)
    ax.set_ylim(len(lanes), 0)
    ax.set_yticks([])
    date_axis(ax, span)


def _totals(ax: Axes, view: Around, lanes: list[int]) -> None:
    """Write at the end of each lane how many of the product's reviews are the ring's."""
    own = np.bincount(view.p[view.own], minlength=len(view.products))
    every = np.bincount(view.p, minlength=len(view.products))
    for k, p in enumerate(lanes):
        ax.annotate(
            f"{own[p]:,} / {every[p]:,}",
            (1, 1 - (k + 0.5) / len(lanes)),
            (5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            fontsize=7,
            color=LIGHT["soft"],
            annotation_clip=False,
        )
