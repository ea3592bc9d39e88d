"""Whether members who reviewed a product on one day did so minutes apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.pvalues import p_of_draws
from collusion.evidence.signal import answer
from collusion.evidence.words import p_text, plural
from collusion.graph.graph import NO_TIME

__all__ = ["Clock"]

DRAWS = 999
"""Draws of the null; beyond them the tail is fitted (`collusion.evidence.pvalues.p_of_draws`)."""

SECONDS_PER_DAY, SECONDS_PER_MINUTE = 86_400, 60
"""Seconds. Two reviews of the same minute are as close as any."""

MAX_REVIEWS_PER_DAY = 2_000
"""Largest number of reviews of a product on a day that is tested: on busier days nearly every minute has a review."""


@dataclass(frozen=True)
class Clock:
    """Whether the members' reviews of one product and day are minutes apart.

    That they reviewed the product on that day is the evidence of the first question, and is not used twice: clock times are permuted among
    all reviews of the same product and day, by anybody. The statistic is the sum over pairs of members of the logarithm of a day
    over the time between their reviews (a minute at least).

    Each member counts once per day. All reviews of one session are about as far from another session of that evening, so they are one
    observation, not dozens. Of a member's products of one day, the one that most members reviewed counts.

    Notes
    -----
    O(draws x reviews of the products on those days). None where no product has, on one day, reviews by two members and by somebody else.

    Dangerous where something honest happens at an hour: a live show, a newsletter, a shop that asks for reviews in batches. Others then
    review in the same minutes, but few do on most products, so that a small crowd can look like this. So can people who always write at
    the same hour, on different days.
    """

    name: ClassVar[str] = "clock"
    question: ClassVar[str] = "On the same product and day, are their reviews minutes apart?"
    kind: ClassVar[SignalKind] = "behaves like paid"
    needs: ClassVar[tuple[str, ...]] = ("timestamp", "time of day")
    null: ClassVar[str] = "Clock times are permuted among all reviews of the same product and day."

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the evidence; None where no product and day can be tested."""
        if group.log.graph.time is None or group.log.second is None:
            return None
        rng = group.rng(self.name)
        cells = _once_a_day(group)
        if not cells:
            return None
        observed, draws, gaps, expected_gaps = 0.0, np.zeros(DRAWS), [], []
        for cell in cells:
            observed += float(_closeness(cell.own[None])[0])
            picked = np.argsort(rng.random((DRAWS, len(cell.every))), axis=1)[:, : len(cell.own)]
            drawn = np.sort(cell.every[picked], axis=1)
            draws += _closeness(drawn)
            gaps.append(np.diff(cell.own))
            expected_gaps.append(np.diff(drawn, axis=1).ravel())
        p_value = p_of_draws(round(observed, 9), np.round(draws, 9))
        gap, usual = (float(np.median(np.concatenate(some))) / SECONDS_PER_MINUTE for some in (gaps, expected_gaps))
        statement = (
            f"On {plural(len(cells), 'product and day', 'products and days')} with reviews by two members or more and by others, the "
            f"median time from one member's review to the next is {plural(round(gap), 'minute')}; {usual:.0f} would be expected if the "
            f"clock times of each product and day were shuffled ({p_text(p_value)})."
        )
        return answer(self, statement, gap, usual, group.log.rows(np.concatenate([cell.edges for cell in cells])), p_value)


@dataclass(frozen=True, eq=False)
class _Cell:
    """A product and day: the members' edges and seconds (ascending), and the seconds of all reviews (ascending)."""

    edges: NDArray[np.int64]
    own: NDArray[np.int64]
    every: NDArray[np.int64]


def _once_a_day(group: GroupFacts) -> list[_Cell]:
    """Return the products and days that can be tested, with each member in one of them per day.

    Which one depends on who reviewed what and on all clock times of a product and day, not on which of them are the members': under the
    null the choice says nothing about what is counted.
    """
    graph, second = group.log.graph, group.log.second
    assert second is not None  # noqa: S101  # asked for where the log has times of day
    taken: set[tuple[int, int]] = set()
    found = []
    # In an order that depends on no name.
    ordered = sorted(_cells(group), key=lambda cell: (-len(cell[0]), len(cell[1]), tuple(cell[1]), tuple(np.sort(second[cell[0]]))))
    for own, every in ordered:
        visit = list(zip(graph.reviewer[own].tolist(), graph.time[own].tolist(), strict=True))  # type: ignore[index]  # as above
        free = own[[one not in taken for one in visit]]
        if len(free) > 1:
            taken.update(visit)
            found.append(_Cell(free, np.sort(second[free].astype(np.int64)), every))
    return found


def _cells(group: GroupFacts) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the members' edges and all clock times, ascending, of each product and day that two members or more and others reviewed."""
    graph, second = group.log.graph, group.log.second
    assert graph.time is not None  # noqa: S101  # asked for where the log has times
    assert second is not None  # noqa: S101  # as above
    edges = group.edges[(graph.time[group.edges] != NO_TIME) & (second[group.edges] >= 0)]
    key = graph.product[edges].astype(np.int64) << 32 | (graph.time[edges].astype(np.int64) & 0xFFFFFFFF)
    _, first, times = np.unique(key, return_index=True, return_counts=True)
    for start, n in zip(first[times > 1].tolist(), times[times > 1].tolist(), strict=True):
        own = edges[start : start + n]
        p, day = graph.product[own[0]], graph.time[own[0]]
        lo, hi = graph.product_indptr[p], graph.product_indptr[p + 1]
        begin, end = lo + np.searchsorted(graph.time[lo:hi], np.array([day, day + 1], graph.time.dtype))
        every = second[begin:end].astype(np.int64)
        every = every[every >= 0]
        if n < len(every) <= MAX_REVIEWS_PER_DAY:
            yield own, np.sort(every)


def _closeness(seconds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sum over pairs of log(a day / time between them), for each ascending row."""
    total = np.zeros(len(seconds))
    for i in range(seconds.shape[1]):
        for j in range(i + 1, seconds.shape[1]):
            total += np.log(SECONDS_PER_DAY / np.maximum(seconds[:, j] - seconds[:, i], SECONDS_PER_MINUTE))
    return total
