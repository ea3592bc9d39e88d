"""All windows of an edge in one word: whom of the same product it lies near, how crowded it is there, and when it was written."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare
from collusion.kernels.spans import BITS, LARGEST, around

__all__ = ["DAY_BITS", "NOWHERE", "NO_BINS", "WINDOWS", "after", "bins", "day", "fill_reach", "first"]

WINDOWS = 4
"""Windows that a word holds. The reviews of a reviewer lie all over the log: they are read once, and memory is waited for once an edge, and
finds there what all windows need."""

BIN_BITS = 3
NOWHERE = 7
"""The local-degree bin of an edge that does not count in a window."""

NO_BINS = (1 << BIN_BITS * WINDOWS) - 1
"""Bins of an edge that counts in no window."""

AT_BINS = 2 * BITS
AT_DAY = AT_BINS + BIN_BITS * WINDOWS
DAY_BITS = 64 - AT_DAY
"""Bits for the day, counted from the first of the log."""


@bare
def first(reach, i):
    """Return the first edge that edge i may form a co-review with; i where it forms none."""
    return i - np.int64(reach[i] & np.uint64(LARGEST))


@bare
def after(reach, i):
    """Return the edge after the last that edge i may form a co-review with; i where it forms none."""
    return i + np.int64((reach[i] >> np.uint64(BITS)) & np.uint64(LARGEST))


@bare
def bins(word):
    """Return the local-degree bins of an edge: 3 bits a window, the shortest window lowest."""
    return np.int64(word >> np.uint64(AT_BINS)) & NO_BINS


@bare
def day(word):
    """Return the day of an edge that counts somewhere, from the first of the log."""
    return np.int64(word >> np.uint64(AT_DAY))


@bare
def _fill(start, end, time, dated, origin, window, bounds, largest, limit, w, reach):
    """Add window w to the words of the edges of one product."""
    left = right = start
    for i in range(start, end):
        left, right = around(time, dated, window, i, left, right, end)
        degree = right - left
        k = 0
        while k < len(bounds) and degree > bounds[k]:
            k += 1
        if degree < 2 or degree > largest or k > limit:
            continue
        own = bins(reach[i]) - ((NOWHERE - k) << (BIN_BITS * w))
        since = np.int64(time[i]) - origin if dated else np.int64(0)
        reach[i] = np.uint64((((((since << (BIN_BITS * WINDOWS)) | own) << BITS) | (right - i)) << BITS) | (i - left))


@bare
def fill_reach(indptr, time, dated, origin, windows, no_time, bounds, largest, limit, reach):
    """Fill ``reach``, a word an edge, for up to four ``windows`` in days, ascending. O(n).

    The local degree of an edge in a window is the number of reviews of its product within so many days, itself included. Its bin is the
    number of ``bounds`` below. An edge does not count in window w where its local degree is 1 or exceeds ``largest[w]``, or its bin exceeds
    ``limit[w]``. The extent of a word is that of the longest window in which the edge counts, and so holds those of the shorter ones.
    """
    for p in range(len(indptr) - 1):
        start, end = indptr[p], indptr[p + 1]
        for i in range(start, end):
            reach[i] = np.uint64(NO_BINS << AT_BINS)
        while dated and start < end and time[start] == no_time:
            start += 1
        for w in range(len(windows)):
            _fill(start, end, time, dated, origin, windows[w], bounds, largest[w], limit[w], w, reach)
