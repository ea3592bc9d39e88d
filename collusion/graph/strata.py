"""Strata: what an honest reviewer's habits are allowed to explain. The null permutes reviewers within one stratum.

A stratum is a category in a month (category x marketplace, where the caller coded both into the category). Without categories
it is the month, without times the category, without either the whole log. Where strata would have only a handful of reviews, months are
longer: permuting so few would bring the same people together again, and a ring would explain itself.

Reviews of lonely products, of which no two are within the longest window, are never part of a co-review. They are permuted among
themselves: if others' reviews were moved there, reviewers of many such products would make all others seem to co-review more than chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from collusion.graph.graph import ReviewGraph
from collusion.graph.memo import once
from collusion.graph.timeline import NO_TIME, Timeline, read_only
from collusion.kernels.activity import Activity, count_strata, find_lonely, number_strata
from collusion.kernels.mapped import LARGE_COLUMN_BYTES, drop_pages, memory_mapped
from collusion.kernels.owners import count_codes
from collusion.kernels.threads import in_threads, shares

__all__ = [
    "DAYS_PER_MONTH",
    "LONGEST_WINDOW",
    "Activity",
    "Strata",
    "activity_of",
    "activity_of_rows",
    "lonely_products",
    "strata_of",
    "timeline_strata",
]

DAYS_PER_MONTH = 30
"""Months are equal spans of days counted from the first review, so many where the log is large enough: no calendar, so that shifting a
log in time changes nothing."""

MEDIAN_STRATUM_SIZE = 100
"""Smallest number of reviews in the stratum of the median review; months double until it is reached."""

PADDING_MONTHS = 16
"""Empty months between categories, so that the month after a category's last is not the next category's first; bounds the window."""

LONGEST_WINDOW = PADDING_MONTHS * DAYS_PER_MONTH
"""The longest window of strata that are months, in days."""


@dataclass(frozen=True, eq=False)
class Strata:
    """A numbering of strata in which neighbouring months of a category are neighbours.

    Parameters
    ----------
    of : int16[n_reviews] or int32[n_reviews]
        Stratum of each edge. Edges of lonely products are numbered after all categories, as a category of their own.
    size : int64[n]
        Edges in each stratum; many are empty.
    span : int
        Months a category takes, padding included: its strata are ``span`` consecutive numbers.
    days : int or None
        Days of a month; None where the strata do not depend on time.
    category : {"given", "inferred"} or None
        Whether the strata depend on the category, and where it comes from.
    """

    of: NDArray[np.int16] | NDArray[np.int32]
    size: NDArray[np.int64]
    span: int
    days: int | None
    category: Literal["given", "inferred"] | None

    @property
    def n(self) -> int:
        """Number of strata, empty ones included."""
        return len(self.size)

    def month(self, edges: NDArray[Any]) -> NDArray[np.int64]:
        """Return the month of each edge, from 0 to ``span - 1``; 0 where the strata do not depend on time."""
        if self.days is None:
            return np.zeros(len(edges), np.int64)
        months: NDArray[np.int64] = self.of[edges].astype(np.int64) % self.span
        return months

    def reach(self, window: int | None) -> int:
        """Return how many months apart two reviews can be that are within ``window`` days."""
        return 0 if window is None or self.days is None else -(-window // self.days)


def strata_of(graph: ReviewGraph, *, months: bool = True) -> Strata:
    """Return the strata of a graph, by category and month or by category only; computed once for a log and its replicates. O(n_reviews)."""
    return timeline_strata(graph.timeline, months and graph.time is not None)


def lonely_products(timeline: Timeline, *, months: bool = True) -> tuple[NDArray[np.bool_], int, int]:
    """Return which products are lonely, bool[n_products], and the first and last day of reviews of the others.

    A product is lonely when no two of its reviews are within `LONGEST_WINDOW` days of each other; without times, or where the strata are no
    ``months``, when it has fewer than two. The first day exceeds the last where no other product has a dated review. O(n_reviews).
    """
    lonely = np.empty(timeline.n_products, np.bool_)
    time = timeline.time if months and timeline.time is not None else np.empty(0, np.int32)
    first, last = find_lonely(timeline.product_indptr, time, NO_TIME, LONGEST_WINDOW, lonely)
    return lonely, int(first), int(last)


@once
def timeline_strata(timeline: Timeline, months: bool) -> Strata:  # noqa: FBT001  # `once` keeps by position
    """Return the strata of a timeline; by ``months`` only where it has times. See `strata_of`."""
    category = np.zeros(timeline.n_products, np.int32) if timeline.category is None else timeline.category + np.int32(1)
    time = timeline.time if months and timeline.time is not None else np.empty(0, np.int32)
    lonely, first, last = lonely_products(timeline, months=months)
    n_categories = int(category.max(initial=0)) + 1
    category[lonely] = n_categories
    days, dated = DAYS_PER_MONTH, first <= last
    while True:
        # The month before the first is for reviews without a date.
        span = 2 + PADDING_MONTHS + (last - first) // days if dated else 1
        n = (n_categories + 1) * (span + PADDING_MONTHS)
        of: NDArray[Any] = np.empty(timeline.n_reviews, np.int16 if n <= np.iinfo(np.int16).max else np.int32)
        number_strata(
            timeline.product_indptr,
            category,
            time if dated else time[:0],
            first,
            last,
            NO_TIME,
            days,
            PADDING_MONTHS,
            span + PADDING_MONTHS,
            of,
        )
        size = count_codes(of, int(of.max(initial=0)) + 1)
        if not dated or _typical(size[: n_categories * (span + PADDING_MONTHS)]) >= MEDIAN_STRATUM_SIZE or span <= 2 + PADDING_MONTHS:
            break
        days *= 2
    known: Literal["given", "inferred"] | None = None if timeline.category is None else "inferred" if timeline.inferred else "given"
    drop_pages(timeline.time)
    return Strata(
        of=memory_mapped(read_only(of), min_bytes=LARGE_COLUMN_BYTES),
        size=size,
        span=span + PADDING_MONTHS,
        days=days if months else None,
        category=known,
    )


def _typical(size: NDArray[np.int64]) -> int:
    """Return how many reviews the stratum of the median review has."""
    held = np.sort(size[size > 0])
    below = np.cumsum(held)
    if not len(held):
        return 0
    # Of an even number of reviews, the mean of the two in the middle.
    one, other = held[np.searchsorted(below, [(below[-1] - 1) // 2, below[-1] // 2], side="right")]
    return int((one + other) / 2)


def activity_of(graph: ReviewGraph, strata: Strata, threads: int = 1) -> Activity:
    """Count the reviews of each reviewer in each stratum; once. O(n log of the longest row). Threads change no result.

    Permuting reviewers within strata keeps it, so a log and its replicates under N1 share the counts by month.
    """
    # Strata of the same log without months are no unions of those with months: products are lonely in other numbers.
    owner = graph.margins if strata is strata_of(graph) else graph
    return owner.memo.get((activity_of, strata), lambda: activity_of_rows(graph.indptr, graph.edges, strata.of, threads))


def activity_of_rows(indptr: NDArray[np.int64], edges: NDArray[np.int32], stratum: NDArray[np.signedinteger], threads: int = 1) -> Activity:
    """Count the edges of each row in each stratum: row u is ``edges[indptr[u]:indptr[u + 1]]``. O(n log of the longest row).

    Threads share the rows; they change no result.
    """
    longest = int(np.diff(indptr).max(initial=0))
    which = np.empty(len(edges), stratum.dtype)
    counts: NDArray[Any] = np.empty(len(edges), np.uint16 if longest <= np.iinfo(np.uint16).max else np.int32)

    def count(first: int, last: int) -> tuple[int, NDArray[np.int64]]:
        """Fill the room of the edges of some rows, which is never too small; return where it begins, and the rows from there."""
        row, room = np.empty(last - first + 1, np.int64), slice(indptr[first], indptr[last])
        count_strata(indptr[first : last + 1], edges, stratum, row, which[room], counts[room])
        return int(room.start), row

    rows, n = np.zeros(len(indptr), np.int64), 0
    parts = shares(indptr, threads)
    for (first, last), (start, row) in zip(parts, in_threads(threads, [partial(count, *part) for part in parts]), strict=True):
        # Each part moves to the end of those before it.
        for column in (which, counts) if start > n else ():
            column[n : n + row[-1]] = column[start : start + row[-1]]
        rows[first : last + 1] = n + row
        n += int(row[-1])
    return Activity(indptr=read_only(rows), strata=_cut(which, n), counts=_cut(counts, n))


def _cut(array: NDArray[Any], n: int) -> NDArray[Any]:
    """Return the first ``n`` entries of an array of nobody else's, whose other memory is given back."""
    array.resize(n, refcheck=False)
    return read_only(array)
