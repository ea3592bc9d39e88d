"""Strata of edges, and how many reviews of each stratum reviewers and products have."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collusion.kernels.arrays import Bools, Int32s, Int64s, Integers, Strata
from collusion.kernels.door import kernel

__all__ = [
    "Activity",
    "count_activity",
    "count_members",
    "count_sizes",
    "count_strata",
    "find_lonely",
    "largest_sizes",
    "number_strata",
    "runs_of",
]


class Activity(NamedTuple):
    """Reviews of each reviewer in each stratum, as compressed rows sorted by stratum."""

    indptr: Int64s
    strata: Strata
    counts: NDArray[np.uint16 | np.int32]
    """Of 16 bits where that is enough."""

    def take(self, reviewers: Int32s) -> Activity:
        """Return the rows of the reviewers given; read-only."""
        length = self.indptr[reviewers + 1] - self.indptr[reviewers]
        indptr = np.concatenate(([0], np.cumsum(length))).astype(np.int64)
        at = np.repeat(self.indptr[reviewers] - indptr[:-1], length) + np.arange(indptr[-1])
        taken = Activity(indptr, self.strata[at], self.counts[at])
        for column in taken:
            column.flags.writeable = False
        return taken


@kernel("find_lonely")
def find_lonely(indptr: Int64s, time: Int32s, no_time: int, days: int, lonely: Bools) -> tuple[int, int]:
    """Fill ``lonely[p]``: whether no two reviews of product p are within ``days`` of each other; return the days of others' reviews.

    Times ascend within a product. Where ``time`` is empty any two reviews are, and a review without a time is near no other. The days are
    those of the first and the last dated review of a product that is not lonely; the first exceeds the second where there are none. O(n).
    """


@kernel("number_strata")
def number_strata(
    indptr: Int64s, category: Int32s, time: Int32s, first: int, last: int, no_time: int, days: int, pad: int, span: int, out: Strata
) -> None:
    """Fill the stratum of each edge: its category's, ``span`` a category, and its month of so many days since ``first``.

    Months begin after ``pad`` and the one that contains what has no time; all is one month where ``time`` is empty. What is before
    ``first`` or after ``last`` is of the first or the last month. O(n).
    """


@kernel("count_strata")
def count_strata(indptr: Int64s, edges: Int32s, stratum: Strata, row: Int64s, strata: Strata, counts: NDArray[np.uint16 | np.int32]) -> int:
    """Fill compressed rows (``row``, ``strata``, ``counts``), strata ascending within one; return their length.

    Row u of (indptr, edges) contains the edges of reviewer u. ``strata`` (of the dtype of ``stratum``) and ``counts`` have one entry per
    edge, of which the first are filled. O(n log of the longest row).
    """


@kernel("count_activity")
def count_activity(indptr: Int64s, act_indptr: Int64s, act_strata: Strata, counts: Int32s) -> None:
    """Add to ``counts[s, n]`` the reviewers with a review in stratum s who wrote n reviews in all (the last n: so many or more). O(n)."""


@kernel("largest_sizes")
def largest_sizes(indptr: Int64s, stratum: Integers, most: Int64s) -> None:
    """Raise ``most[s]`` to the most reviews of stratum s that one product has. The strata of a product's reviews ascend. O(n)."""


@kernel("count_sizes")
def count_sizes(indptr: Int64s, stratum: Integers, first: Int64s, times: Int32s) -> None:
    """Add to ``times[first[s] + k - 1]`` the products that have k reviews of stratum s. O(n)."""


@kernel("runs_of_strata")
def runs_of(products: Int32s, indptr: Int64s, stratum: Integers) -> tuple[Int64s, Int64s]:
    """Return the strata of the products' reviews and how many reviews of each every product has, product by product.

    O(log of a product's reviews) for each of its strata.
    """


@kernel("count_members")
def count_members(reviewers: Int32s, indptr: Int64s, edges: Int32s, stratum: Integers, there: Int64s) -> tuple[Int64s, Int64s, Int64s]:
    """Return how many of the reviewers wrote k reviews in stratum s, as arrays s, k and their number, in the order of (s, k).

    Strata that are not ``there``, which ascend, are left out. Row u of (indptr, edges) contains the reviews of reviewer u.
    """
