"""An innocent explanation: each member rated dozens of things at one sitting, and sittings that fall near each other look like meetings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.synchrony import close_pairs
from collusion.evidence.words import p_text
from collusion.graph.graph import NO_TIME
from collusion.graph.membership import slots_of
from collusion.kernels.timelines import busiest_days, count_days
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["sittings"]

MOST = 0.8
"""Share of a member's reviews, in the group and in all, that must be of one day for him to be one who rates at a sitting."""

DRAWS = 199
"""Draws of the null: the smallest p-value is 1 / (DRAWS + 1)."""

LEVEL = 0.05
"""Level at which the days of the sittings speak against coincidence."""

MARGIN = 30
"""Days around the group's own from which days of sittings are drawn."""


def sittings(
    graph: ReviewGraph, reviewers: NDArray[np.int32], slots: NDArray[np.int64], window: int, rng: np.random.Generator
) -> Evidence | None:
    """Count coincidences instead of meetings: a member's reviews of one day are one sitting.

    Explains where the median member wrote most of his reviews, in the group and in all, on one day, and those days are no closer together
    than days on which other people's reviews of those weeks were written; in logs without ratings, whatever the days. None without
    times, or where the median member wrote fewer than three reviews in the group.

    Parameters
    ----------
    graph : ReviewGraph
    reviewers : int32 array
    slots : int64 array, ascending
        The group's reviews.
    window : int
        Days within which two sittings make meetings.
    rng : numpy.random.Generator
    """
    if graph.time is None or len(reviewers) < 2:
        return None
    found = busiest_days(reviewers, graph.indptr, graph.slots, graph.time, NO_TIME, slots)
    counts, most, days, every, busiest = found[:, found[0] > 0]
    if len(days) < 2 or np.median(counts) < 3:  # two reviews on one day are no sitting
        return None
    shares, habits = most / counts, busiest / every
    at_once = min(float(np.median(shares)), float(np.median(habits)))
    first, last = int(days.min()) - MARGIN, int(days.max()) + MARGIN
    own = np.sort(graph.time[slots_of(graph, reviewers)].astype(np.int64))
    dates = _dated(graph)
    n, taken = _without(dates, own[own != NO_TIME], first, last)
    if n == len(taken):
        return None
    observed = int(close_pairs(np.sort(days)[None, :], window)[0])
    which = rng.integers(n - len(taken), size=(DRAWS, len(days)))
    drawn = close_pairs(np.sort(_of_others(dates, taken, which, first), axis=1), window)
    p_value = (1 + int((drawn >= observed).sum())) / (DRAWS + 1)
    # Without ratings nothing tells people whom one event brought from a ring that works through its list in an evening.
    explains = at_once >= MOST and (p_value > LEVEL or graph.rating is None)
    statement = (
        f"The median member wrote {float(np.median(shares)):.0%} of the reviews in the group, and {float(np.median(habits)):.0%} of all, "
        f"on one day; {observed:,} pairs of those days lie within {window} days, where {float(drawn.mean()):.1f} are expected of days on "
        f"which other people's reviews of those weeks were written ({p_text(p_value)}). "
        + (
            "People who rate dozens of things at one sitting explain the meetings: each two of them coincided once."
            if explains
            else "Sittings do not explain the meetings."
        )
    )
    return Evidence(
        signal="sittings",
        statement=statement,
        observed=float(observed),
        expected=round(float(drawn.mean()), 6),
        p_value=p_value,
        rows=tuple(np.sort(graph.row[slots]).tolist()),
        stance="explains" if explains else "neutral",
    )


@dataclass(frozen=True, eq=False)
class _Dates:
    """All dates of a log in their order, by how many there are of each day."""

    first: int
    before: NDArray[np.int64]
    """``before[d]`` dates are earlier than the day ``first + d``; the last entry counts all."""

    def earlier(self, day: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many dates are earlier than each day."""
        return self.before[np.clip(day - self.first, 0, len(self.before) - 1)]

    def at(self, place: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the date at each place of the order."""
        day: NDArray[np.int64] = np.searchsorted(self.before, place, side="right") - 1 + self.first
        return day


def _dated(graph: ReviewGraph) -> _Dates:
    """Return all dates of the log, in an order of their own, so that that of its reviews has no say in what is drawn; made once a log."""
    if "dates" not in graph.shared:
        assert graph.time is not None  # noqa: S101  # asked for where the log has times
        first, times = count_days(graph.time, NO_TIME)
        graph.shared["dates"] = _Dates(int(first), np.concatenate(([0], np.cumsum(times))))
    dates: _Dates = graph.shared["dates"]
    return dates


def _without(dates: _Dates, own: NDArray[np.int64], first: int, last: int) -> tuple[int, NDArray[np.int64]]:
    """Return how many dates there are from first to last, and where among them the group's own stand, which ascend."""
    start, end = dates.earlier(np.array([first, last + 1])).tolist()
    own = own[(own >= first) & (own <= last)]
    of_day = np.arange(len(own)) - np.searchsorted(own, own)  # the how-manieth own review of its day
    return end - start, dates.earlier(own) - start + of_day


def _of_others(dates: _Dates, own: NDArray[np.int64], which: NDArray[np.int64], first: int) -> NDArray[np.int64]:
    """Return dates from first on by their place among those that are not the group's own."""
    start = dates.earlier(np.array([first]))
    return dates.at(start + which + np.searchsorted(own - np.arange(len(own)), which, side="right"))
