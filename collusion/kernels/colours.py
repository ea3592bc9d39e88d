"""What is around each review, hashed, and summed by reviewer: one pass without arrays as long as the log."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare
from collusion.kernels.hashing import GOLDEN

__all__ = ["ODD", "colour_reviewers"]

ODD = (GOLDEN, np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9), np.uint64(0x27D4EB2F165667C5))
"""Odd multipliers for dates, ratings, reviewers and products."""

NONE, HIGHEST, INFINITE = 0xBF800000, 0x7F7FFFFF, 0x7F800000
"""Bits of -1, which stands for no rating, of the largest number and of infinity, which is taken for it."""


@bare
def _own(s, time, first, dated, bits, rated):
    colour = np.uint64(0)
    if dated:
        colour += np.uint64(np.int64(time[s]) - first) * ODD[0]
    if rated:
        word = np.int64(bits[s])
        if word & 0x7FFFFFFF > INFINITE:
            word = np.int64(NONE)
        elif word & 0x7FFFFFFF == INFINITE:
            word = (word & 0x80000000) | HIGHEST
        colour += (np.uint64(word) + np.uint64(1)) * ODD[1]
    return colour


@bare
def _mixed(colour):
    colour ^= colour >> np.uint64(29)
    colour *= ODD[3]
    return colour ^ (colour >> np.uint64(32))


@bare
def colour_reviewers(indptr, reviewer, time, first, dated, bits, rated, colours):
    """Add to ``colours`` (uint64, by reviewer) a hash of each review's date, rating and product, a product known by its dates and ratings.

    ``time`` is used where ``dated``, as days since ``first``; ``bits`` are those of float32 ratings, used where ``rated``. O(n).
    """
    for p in range(len(indptr) - 1):
        timeline = np.uint64(0)
        for s in range(indptr[p], indptr[p + 1]):
            timeline += _mixed(_own(s, time, first, dated, bits, rated))
        timeline *= ODD[3]
        for s in range(indptr[p], indptr[p + 1]):
            colours[reviewer[s]] += _mixed(timeline + _own(s, time, first, dated, bits, rated))
