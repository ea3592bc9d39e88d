"""Strata: what an honest reviewer's habits are allowed to explain. The null permutes reviewers within one stratum.

A stratum is a category in a month (category x marketplace, where the caller coded both into the category). Without categories
it is the month, without times the category, without either the whole log. Where strata would hold a handful of reviews, months are
longer: permuting so few would bring the same people together again, and a ring would explain itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from collusion.graph.graph import NO_TIME, ReviewGraph
from collusion.kernels.activity import count_strata
from collusion.kernels.csr import group_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DAYS_A_MONTH", "Activity", "Strata", "activity_of", "strata_of"]

DAYS_A_MONTH = 30
"""Months are equal spans of days counted from the first review, so many where the log is large enough: no calendar, so that shifting a
log in time changes nothing."""

ENOUGH = 100
"""Reviews that the stratum of the median review holds at least; months double until it does."""

PAD = 16
"""Empty months between categories, so that the month after a category's last is not the next category's first; bounds the window."""


@dataclass(frozen=True, eq=False)
class Strata:
    """A numbering of strata in which neighbouring months of a category are neighbours.

    Parameters
    ----------
    of : int32[n_reviews]
        Stratum of each slot.
    size : int64[n]
        Slots in each stratum; many are empty.
    span : int
        Months a category takes, padding included: its strata are ``span`` consecutive numbers.
    days : int or None
        Days of a month; None where the strata know no time.
    category : {"given", "inferred"} or None
        Whether the strata know the category, and from where.
    """

    of: NDArray[np.int32]
    size: NDArray[np.int64]
    span: int
    days: int | None
    category: Literal["given", "inferred"] | None

    @property
    def n(self) -> int:
        """Number of strata, empty ones included."""
        return len(self.size)

    @cached_property
    def slots(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Row pointers, and the slots of each stratum, ascending (so by product). O(n_reviews), once."""
        return group_by(self.of, self.n)

    def reach(self, window: int | None) -> int:
        """Return how many months apart two reviews can be that lie within ``window`` days."""
        return 0 if window is None or self.days is None else -(-window // self.days)


def strata_of(graph: ReviewGraph, *, months: bool = True) -> Strata:
    """Return the strata of a graph, by category and month or by category alone; shared with its null replicates. O(n_reviews)."""
    key = ("strata", months)
    if key not in graph.shared:
        graph.shared[key] = _strata(graph, months=months and graph.time is not None)
    found: Strata = graph.shared[key]
    return found


def _strata(graph: ReviewGraph, *, months: bool) -> Strata:
    category = np.zeros(graph.n_reviews, dtype=np.int64)
    if graph.category is not None:
        category = graph.category[graph.product].astype(np.int64) + 1
    days = DAYS_A_MONTH
    of, span = _numbered(category, graph.time if months else None, days)
    while months and graph.time is not None and _typical(of) < ENOUGH and span > 2 + PAD:
        days *= 2
        of, span = _numbered(category, graph.time, days)
    size = np.bincount(of, minlength=1).astype(np.int64)
    known: Literal["given", "inferred"] | None = None if graph.category is None else "inferred" if graph.inferred else "given"
    return Strata(of=of, size=size, span=span + PAD, days=days if months else None, category=known)


def _numbered(category: NDArray[np.int64], time: NDArray[np.int32] | None, days: int) -> tuple[NDArray[np.int32], int]:
    """Return the stratum of each slot and the months of a category, padding before the first included."""
    month = np.zeros(len(category), dtype=np.int64)
    span = 1
    if time is not None:
        dated = time != NO_TIME
        if dated.any():
            month[dated] = 1 + PAD + (time[dated] - time[dated].min()) // days
            span = int(month.max()) + 1
    return (category * (span + PAD) + month).astype(np.int32), span


def _typical(of: NDArray[np.int32]) -> int:
    """Return how many reviews the stratum of the median review holds."""
    return int(np.median(np.bincount(of)[of])) if len(of) else 0


@dataclass(frozen=True, eq=False)
class Activity:
    """Reviews of each reviewer in each stratum, as compressed rows sorted by stratum."""

    indptr: NDArray[np.int64]
    strata: NDArray[np.int32]
    counts: NDArray[np.int32]

    def take(self, reviewers: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Return the rows (indptr, strata, counts) of the reviewers given."""
        length = self.indptr[reviewers + 1] - self.indptr[reviewers]
        indptr = np.concatenate(([0], np.cumsum(length))).astype(np.int64)
        at = np.repeat(self.indptr[reviewers] - indptr[:-1], length) + np.arange(indptr[-1])
        return indptr, self.strata[at], self.counts[at]


def activity_of(graph: ReviewGraph, strata: Strata) -> Activity:
    """Count the reviews of each reviewer in each stratum. O(n log of the longest row)."""
    row = np.empty(graph.n_reviewers + 1, np.int64)
    which, counts = np.empty(graph.n_reviews, np.int32), np.empty(graph.n_reviews, np.int32)
    n = count_strata(graph.indptr, graph.slots, strata.of, row, which, counts)
    return Activity(indptr=row, strata=which[:n], counts=counts[:n])
