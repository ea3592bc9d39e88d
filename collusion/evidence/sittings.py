"""An innocent explanation: each member rated dozens of things at one sitting, and sittings that fall near each other look like meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.synchrony import close_pairs
from collusion.evidence.words import p_text
from collusion.graph.graph import NO_TIME
from collusion.graph.membership import slots_of
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
    shares, habits, days, counts = [], [], [], []
    for u in reviewers:
        own = graph.time[slots[graph.reviewer[slots] == u]]
        every = graph.time[slots_of(graph, np.array([u], dtype=np.int32))]
        own, every = own[own != NO_TIME], every[every != NO_TIME]
        if not len(own):
            continue
        held, n = np.unique(own, return_counts=True)
        counts.append(len(own))
        shares.append(n.max() / len(own))
        habits.append(np.unique(every, return_counts=True)[1].max() / len(every))
        days.append(int(held[n.argmax()]))
    if len(days) < 2 or np.median(counts) < 3:  # two reviews on one day are no sitting
        return None
    at_once = min(float(np.median(shares)), float(np.median(habits)))
    first, last = min(days) - MARGIN, max(days) + MARGIN
    own = np.sort(graph.time[slots_of(graph, reviewers)])
    pool, taken = _without(_dated(graph), own[own != NO_TIME], first, last)
    if len(pool) == len(taken):
        return None
    observed = int(close_pairs(np.sort(np.array(days))[None, :], window)[0])
    which = rng.integers(len(pool) - len(taken), size=(DRAWS, len(days)))
    drawn = close_pairs(np.sort(_of_others(pool, taken, which), axis=1), window)
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
        rows=tuple(int(row) for row in np.sort(graph.row[slots])),
        stance="explains" if explains else "neutral",
    )


def _dated(graph: ReviewGraph) -> NDArray[np.int32]:
    """Return all dates of the log, ascending, so that the order of its reviews has no say in what is drawn from them; made once a log."""
    if "dates" not in graph.shared:
        assert graph.time is not None  # noqa: S101  # asked for where the log has times
        graph.shared["dates"] = np.sort(graph.time[graph.time != NO_TIME])
    dates: NDArray[np.int32] = graph.shared["dates"]
    return dates


def _without(dates: NDArray[np.int32], own: NDArray[np.int32], first: int, last: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the dates from first to last, and where among them the group's own stand; all ascending. No copy of the dates is made."""
    # Bounds of the dates' own type: of any other, numpy would convert all dates of the log each time.
    dates = dates[np.searchsorted(dates, np.int32(first), side="left") : np.searchsorted(dates, np.int32(last), side="right")]
    own = own[(own >= first) & (own <= last)]
    of_day = np.arange(len(own)) - np.searchsorted(own, own)  # the how-manieth own review of its day
    return dates, (np.searchsorted(dates, own) + of_day).astype(np.int64)


def _of_others(dates: NDArray[np.int32], own: NDArray[np.int64], which: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return dates by their place among those that are not the group's own."""
    found: NDArray[np.int32] = dates[which + np.searchsorted(own - np.arange(len(own)), which, side="right")]
    return found
