"""All windows of an edge in one word: whom of the same product it lies near, how crowded it is there, and when it was written."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare
from collusion.kernels.spans import BITS, LARGEST

__all__ = ["DAY_BITS", "EMPTY", "NOWHERE", "NO_BINS", "WINDOWS", "add_window", "after", "bins", "day", "first", "hide"]

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
EMPTY = np.uint64(NO_BINS << AT_BINS)
"""The word of an edge before any window is added, and of one that counts in none."""

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
def add_window(span, first, last, time, dated, origin, w, limit, reach):
    """Add window w to the words ``reach[first:last]``, which begin as `EMPTY`; windows are added from the shortest to the longest. O(n).

    ``span`` holds the windows of all edges (`collusion.kernels.spans`): an edge counts where its local-degree bin is at most ``limit``. The
    extent of a word is that of the longest window in which the edge counts, and so holds those of the shorter ones.
    """
    for i in range(first, last):
        k = np.int64(span[i] >> np.uint32(2 * BITS))
        if k > limit:
            continue
        own = bins(reach[i]) - ((NOWHERE - k) << (BIN_BITS * w))
        since = np.int64(time[i]) - origin if dated else np.int64(0)
        extent = np.int64(span[i] & np.uint32((1 << AT_BINS) - 1))
        reach[i] = np.uint64((((since << (BIN_BITS * WINDOWS)) | own) << AT_BINS) | extent)


@bare
def hide(reach, who, nobody):
    """Write ``nobody`` for the reviewer of each edge that counts in no window, in ``who``. O(n)."""
    for i in range(len(who)):
        if after(reach, i) == i:
            who[i] = nobody
