"""Hashes of what is around each product and reviewer, which no name and no order of rows has a say in. One pass each, no sort."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare
from collusion.kernels._prefetch import prefetch
from collusion.kernels.hashing import GOLDEN, mix64

__all__ = ["ODD", "add_reviewers", "colour_reviewers", "colour_reviews", "colour_timelines", "rating_word"]

ODD = (GOLDEN, np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9), np.uint64(0x27D4EB2F165667C5))
"""Odd multipliers for dates, ratings, reviewers and products."""

NONE, HIGHEST, INFINITE = 0xBF800000, 0x7F7FFFFF, 0x7F800000
"""Bits of -1, which stands for no rating, of the largest number and of infinity, which is taken for it."""

AHEAD = 32
"""Reviews ahead for which memory is asked."""


@bare
def rating_word(bits):
    """Return the bits of a float32 rating as an integer: one for all that are no number, and that of the largest number for infinity."""
    word = np.int64(bits)
    if word & 0x7FFFFFFF > INFINITE:
        word = np.int64(NONE)
    elif word & 0x7FFFFFFF == INFINITE:
        word = (word & 0x80000000) | HIGHEST
    return word


@bare
def _own(s, time, first, dated, bits, rated):
    # Not 0, which would be hashed to 0: a review of the first day would add nothing to a sum.
    colour = ODD[2]
    if dated:
        colour += np.uint64(np.int64(time[s]) - first) * ODD[0]
    if rated:
        colour += (np.uint64(rating_word(bits[s])) + np.uint64(1)) * ODD[1]
    return colour


@bare
def _mixed(colour):
    colour ^= colour >> np.uint64(29)
    colour *= ODD[3]
    return colour ^ (colour >> np.uint64(32))


@bare
def colour_reviews(time, first, dated, bits, rated, colours):
    """Fill ``colours`` (uint64, by review) with a hash of each review's date and rating. Columns as in `colour_timelines`. O(n)."""
    for s in range(len(colours)):
        colours[s] = _mixed(_own(s, time, first, dated, bits, rated))


@bare
def colour_timelines(indptr, time, first, dated, bits, rated, colours):
    """Fill ``colours`` (uint64, by product) with a hash of the dates and ratings of each product's reviews.

    ``time`` is used where ``dated``, as days since ``first``; ``bits`` are those of float32 ratings, used where ``rated``. O(n).
    """
    for p in range(len(colours)):
        timeline = np.uint64(0)
        for s in range(indptr[p], indptr[p + 1]):
            timeline += _mixed(_own(s, time, first, dated, bits, rated))
        colours[p] = timeline * ODD[3]


@bare
def colour_reviewers(indptr, reviewer, time, first, dated, bits, rated, products, colours):
    """Add to ``colours`` (uint64, by reviewer) a hash of each review's date, rating and product, which is known by its colour. O(n)."""
    last = len(reviewer) - 1
    for p in range(len(products)):
        for s in range(indptr[p], indptr[p + 1]):
            prefetch(colours, reviewer[min(s + AHEAD, last)])
            colours[reviewer[s]] += _mixed(products[p] + _own(s, time, first, dated, bits, rated))


@bare
def add_reviewers(indptr, reviewer, users, products):
    """Mix into ``products`` (uint64, by product) the colours of those who reviewed each. O(n)."""
    last = len(reviewer) - 1
    for p in range(len(products)):
        crowd = np.uint64(0)
        for s in range(indptr[p], indptr[p + 1]):
            prefetch(users, reviewer[min(s + AHEAD, last)])
            crowd += mix64(users[reviewer[s]])
        products[p] = mix64(products[p] ^ crowd)
