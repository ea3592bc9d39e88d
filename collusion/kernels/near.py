"""Pairs that lie near each other in ascending rows."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit

__all__ = ["count_near", "pairs_before"]


@bare
def count_near(values, window, counts):
    """Fill ``counts`` with the number of pairs within ``window`` of each other in each ascending row of ``values``. O(size)."""
    for r in range(values.shape[0]):
        first = 0
        found = 0
        for i in range(values.shape[1]):
            while values[r, i] - values[r, first] > window:
                first += 1
            found += i - first
        counts[r] = found


@jit
def pairs_before(values, until):
    """Return the pairs i < j with ``values[j] < until[i]``, values and bounds ascending. O(n + pairs)."""
    n = 0
    for i in range(len(values)):
        j = i + 1
        while j < len(values) and values[j] < until[i]:
            j += 1
            n += 1
    pairs = np.empty((2, n), np.int64)
    n = 0
    for i in range(len(values)):
        j = i + 1
        while j < len(values) and values[j] < until[i]:
            pairs[0, n], pairs[1, n] = i, j
            j += 1
            n += 1
    return pairs
