"""Strata of edges, and how many reviews each reviewer has in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from collusion.kernels.door import call

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Activity", "count_activity", "count_strata", "find_lonely", "number_strata"]


class Activity(NamedTuple):
    """Reviews of each reviewer in each stratum, as compressed rows sorted by stratum."""

    indptr: NDArray[np.int64]
    strata: NDArray[np.int16 | np.int32]
    counts: NDArray[np.uint16 | np.int32]
    """Of 16 bits where that is enough."""

    def take(self, reviewers: NDArray[np.int32]) -> Activity:
        """Return the rows of the reviewers given; read-only."""
        length = self.indptr[reviewers + 1] - self.indptr[reviewers]
        indptr = np.concatenate(([0], np.cumsum(length))).astype(np.int64)
        at = np.repeat(self.indptr[reviewers] - indptr[:-1], length) + np.arange(indptr[-1])
        taken = Activity(indptr, self.strata[at], self.counts[at])
        for column in taken:
            column.flags.writeable = False
        return taken


def find_lonely(indptr: NDArray[np.int64], time: NDArray[np.int32], no_time: int, days: int, lonely: NDArray[np.bool_]) -> tuple[int, int]:
    """Fill ``lonely[p]``: whether no two reviews of product p are within ``days`` of each other; return the days of others' reviews.

    Times ascend within a product. Where ``time`` is empty any two reviews are, and a review without a time is near no other. The days are
    those of the first and the last dated review of a product that is not lonely; the first exceeds the second where there are none. O(n).
    """
    days_of: tuple[int, int] = call("find_lonely", indptr, time, no_time, days, lonely)
    return days_of


def number_strata(
    indptr: NDArray[np.int64],
    category: NDArray[np.int32],
    time: NDArray[np.int32],
    first: int,
    last: int,
    no_time: int,
    days: int,
    pad: int,
    span: int,
    out: NDArray[np.int16 | np.int32],
) -> None:
    """Fill the stratum of each edge: its category's, ``span`` a category, and its month of so many days since ``first``.

    Months begin after ``pad`` and the one that contains what has no time; all is one month where ``time`` is empty. What is before
    ``first`` or after ``last`` is of the first or the last month. O(n).
    """
    call("number_strata", indptr, category, time, first, last, no_time, days, pad, span, out)


def count_strata(
    indptr: NDArray[np.int64],
    edges: NDArray[np.int32],
    stratum: NDArray[np.int16 | np.int32],
    row: NDArray[np.int64],
    strata: NDArray[np.int16 | np.int32],
    counts: NDArray[np.uint16 | np.int32],
) -> int:
    """Fill compressed rows (``row``, ``strata``, ``counts``), strata ascending within one; return their length.

    Row u of (indptr, edges) contains the edges of reviewer u. ``strata`` (of the dtype of ``stratum``) and ``counts`` have one entry per
    edge, of which the first are filled. O(n log of the longest row).
    """
    filled: int = call("count_strata", indptr, edges, stratum, row, strata, counts)
    return filled


def count_activity(
    indptr: NDArray[np.int64], act_indptr: NDArray[np.int64], act_strata: NDArray[np.int16 | np.int32], counts: NDArray[np.int32]
) -> None:
    """Add to ``counts[s, n]`` the reviewers with a review in stratum s who wrote n reviews in all (the last n: so many or more). O(n)."""
    call("count_activity", indptr, act_indptr, act_strata, counts)
