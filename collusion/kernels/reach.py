"""All windows of an edge in one word: which edges of the same product it is near, their local-degree bins, and its day.

A word contains, from the lowest bit: how many edges the window reaches before the edge (13 bits) and how many behind it (13); its
local-degree bins, 3 bits per window, the shortest window lowest; and its day, counted from the first of the log.
"""

from __future__ import annotations

import numpy as np

from collusion.kernels.arrays import Int32s, UInt32s, UInt64s
from collusion.kernels.door import kernel
from collusion.kernels.spans import BITS

__all__ = ["AT_BINS", "AT_DAY", "BIN_BITS", "DAY_BITS", "EMPTY", "NOWHERE", "NO_BINS", "WINDOWS", "add_window", "hide"]

WINDOWS = 4
"""Number of windows in a word. The reviews of a reviewer are all over the log: they are read once, and memory is waited for once per edge,
and finds there what all windows need."""

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


@kernel("add_window")
def add_window(span: UInt32s, first: int, last: int, time: Int32s, dated: bool, origin: int, w: int, limit: int, reach: UInt64s) -> None:
    """Add window w to the words ``reach[first:last]``, which begin as `EMPTY`; windows are added from the shortest to the longest. O(n).

    ``span`` contains the windows of all edges (`collusion.kernels.spans`): an edge counts where its local-degree bin is at most ``limit``.
    The extent of a word is that of the longest window in which the edge counts, and so contains those of the shorter ones.
    """


@kernel("hide")
def hide(reach: UInt64s, who: Int32s, nobody: int) -> None:
    """Write ``nobody`` for the reviewer of each edge that counts in no window, in ``who``. O(n)."""
