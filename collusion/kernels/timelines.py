"""Counts along the dates of products and of reviewers: what a few signals need of a group's own part of a log."""

from __future__ import annotations

from collusion.kernels.arrays import Int32s, Int64s
from collusion.kernels.door import kernel

__all__ = ["circles", "count_around", "first_dates", "pairs_before", "runs"]


@kernel("value_runs")
def runs(values: Int64s) -> tuple[Int64s, Int64s]:
    """Return the different values of an ascending array and how often each comes."""


@kernel("first_dates")
def first_dates(indptr: Int64s, time: Int32s, no_time: int, first: Int32s) -> None:
    """Fill the first date of each product, ``no_time`` where it has none. Undated reviews come first within a product. O(n) at most."""


@kernel("count_around")
def count_around(time: Int32s, lo: Int64s, hi: Int64s, own: Int64s, indptr: Int64s, opened: Int64s, near: int, around: int) -> Int64s:
    """Return for each product how many others came near the group's days and how many around them, and of how many days each is.

    The dates of product j are ``time[lo[j]:hi[j]]``, of which the group's are ``own[indptr[j]:indptr[j + 1]]``, one at least; both ascend.
    Near is within ``near`` days of one of the group's. Around is from ``around`` days before the first of those, but not before
    ``opened[j]``, until as many days after the last, but what is near. O(log of the dates) for each of the group's.

    Returns
    -------
    int64[4, n_products]
        Others near, others around, days near, days around.
    """


@kernel("joined_circles")
def circles(n: int, one: Int64s, other: Int64s) -> Int64s:
    """Return for each of n nodes the lowest of those that it is joined with, directly or by others."""


@kernel("pairs_before")
def pairs_before(values: Int64s, until: Int64s) -> Int64s:
    """Return the pairs i < j with ``values[j] < until[i]``, values and bounds ascending: int64[2, n_pairs]. O(n + pairs)."""
