"""Sums for one-way analyses of variance of ratings, without a column of values."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare

__all__ = ["ALIKE", "LEFT", "RATING", "extremes", "sums_by"]

RATING, ALIKE, LEFT = 0, 1, 2
"""What is summed: ratings; 1 for ratings that equal one, else 0; what is left of ratings after the mean of their product."""


@bare
def extremes(rating):
    """Return the least and the largest rating that is no nan, and how many are none. O(n)."""
    least, largest, rated = np.inf, -np.inf, 0
    for r in rating:
        if not np.isnan(r):
            least, largest = min(least, np.float64(r)), max(largest, np.float64(r))
            rated += 1
    return least, largest, rated


@bare
def sums_by(group, rating, what, one, product, mean, several, count, total):
    """Add to ``count`` and ``total`` (by group) the values of rated reviews; return the sum and the sum of squares of all values.

    What is left is asked only of products with ``several`` ratings; ``mean`` holds theirs. O(n).
    """
    every, squares = 0.0, 0.0
    for i in range(len(rating)):
        r = np.float64(rating[i])
        if np.isnan(r):
            continue
        value = r
        if what == ALIKE:
            value = np.float64(r == one)
        elif what == LEFT:
            if not several[product[i]]:
                continue
            value = r - mean[product[i]]
        g = group[i]
        count[g] += 1
        total[g] += value
        every += value
        squares += value * value
    return every, squares
