"""Counts along the dates of products and of reviewers: what a few signals need of a group's own part of a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["circles", "count_around", "first_dates", "runs"]


def runs(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the different values of an ascending array and how often each comes."""
    found: tuple[NDArray[np.int64], NDArray[np.int64]] = call("value_runs", values)
    return found


def first_dates(indptr: NDArray[np.int64], time: NDArray[np.int32], no_time: int, first: NDArray[np.int32]) -> None:
    """Fill the first date of each product, ``no_time`` where it has none. Undated reviews come first within a product. O(n) at most."""
    call("first_dates", indptr, time, no_time, first)


def count_around(
    time: NDArray[np.int32],
    lo: NDArray[np.int64],
    hi: NDArray[np.int64],
    own: NDArray[np.int64],
    indptr: NDArray[np.int64],
    opened: NDArray[np.int64],
    near: int,
    around: int,
) -> NDArray[np.int64]:
    """Return for each product how many others came near the group's days and how many around them, and of how many days each is.

    The dates of product j are ``time[lo[j]:hi[j]]``, of which the group's are ``own[indptr[j]:indptr[j + 1]]``, one at least; both ascend.
    Near is within ``near`` days of one of the group's. Around is from ``around`` days before the first of those, but not before
    ``opened[j]``, until as many days after the last, but what is near. O(log of the dates) for each of the group's.

    Returns
    -------
    int64[4, n_products]
        Others near, others around, days near, days around.
    """
    counted: NDArray[np.int64] = call("count_around", time, lo, hi, own, indptr, opened, near, around)
    return counted


def circles(n: int, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each of n nodes the lowest of those that it is joined with, directly or by others."""
    of: NDArray[np.int64] = call("joined_circles", n, one, other)
    return of
