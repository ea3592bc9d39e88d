"""How many reviews each reviewer has in each stratum."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import jit

__all__ = ["count_strata"]


@jit
def count_strata(indptr, slots, stratum, row, strata, counts):
    """Fill compressed rows (``row``, ``strata``, ``counts``), strata ascending within one; return their length.

    Row u of (indptr, slots) holds the slots of reviewer u. ``strata`` and ``counts`` have room for one entry a slot.
    O(n log of the longest row).
    """
    longest = 0
    for u in range(len(indptr) - 1):
        longest = max(longest, indptr[u + 1] - indptr[u])
    held = np.empty(longest, np.int32)
    filled = 0
    for u in range(len(indptr) - 1):
        row[u] = filled
        n = indptr[u + 1] - indptr[u]
        for k in range(n):
            held[k] = stratum[slots[indptr[u] + k]]
        if n > 1:
            held[:n].sort()
        for k in range(n):
            if k and held[k] == held[k - 1]:
                counts[filled - 1] += 1
            else:
                strata[filled] = held[k]
                counts[filled] = 1
                filled += 1
    row[len(indptr) - 1] = filled
    return filled
