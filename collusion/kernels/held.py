"""How many slots of each stratum products and reviewers hold: what the density of a group is expected from."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit

__all__ = ["count_members", "count_sizes", "largest_sizes", "runs_of", "sums_of_runs"]


@bare
def largest_sizes(indptr, stratum, most):
    """Fill ``most[s]`` with the most slots of stratum s that one product holds. The strata of a product's slots ascend. O(n)."""
    for p in range(len(indptr) - 1):
        start = indptr[p]
        for i in range(indptr[p], indptr[p + 1]):
            s = stratum[i]
            if stratum[start] != s:
                start = i
            most[s] = max(most[s], i + 1 - start)


@bare
def count_sizes(indptr, stratum, first, times):
    """Add to ``times[first[s] + k - 1]`` the products that hold k slots of stratum s. O(n)."""
    for p in range(len(indptr) - 1):
        start = indptr[p]
        for i in range(indptr[p], indptr[p + 1]):
            if i + 1 == indptr[p + 1] or stratum[i + 1] != stratum[i]:
                times[first[stratum[i]] + i - start] += 1
                start = i + 1


@jit
def runs_of(products, indptr, stratum):
    """Return the strata of the products' slots and how many slots of each every product holds, product by product.

    O(log of a product's slots) for each of its strata.
    """
    strata, held = np.empty(16, np.int64), np.empty(16, np.int64)
    filled = 0
    for p in products:
        i, end = indptr[p], indptr[p + 1]
        while i < end:
            s = stratum[i]
            # The end of the run lies before i + reach: doubled until that is so, then halved.
            reach = 1
            while i + reach < end and stratum[i + reach] == s:
                reach *= 2
            low, high = i + reach // 2, min(i + reach, end)
            while low + 1 < high:
                middle = (low + high) // 2
                if stratum[middle] == s:
                    low = middle
                else:
                    high = middle
            if filled == len(strata):
                strata, held = np.concatenate((strata, np.empty(filled, np.int64))), np.concatenate((held, np.empty(filled, np.int64)))
            strata[filled], held[filled] = s, high - i
            filled += 1
            i = high
    return strata[:filled].copy(), held[:filled].copy()


@jit
def count_members(reviewers, indptr, slots, stratum, there):
    """Return how many of the reviewers wrote k reviews in stratum s, as arrays s, k and their number, in the order of (s, k).

    Strata that are not ``there``, which ascend, are left out. Row u of (indptr, slots) holds the slots of reviewer u.
    """
    n = 0
    for u in reviewers:
        n += indptr[u + 1] - indptr[u]
    wrote = np.empty((n, 2), np.int64)
    key = np.empty(n, np.int64)
    filled = 0
    for u in reviewers:
        m = indptr[u + 1] - indptr[u]
        own = np.empty(m, np.int64)
        for k in range(m):
            own[k] = stratum[slots[indptr[u] + k]]
        own.sort()
        start = 0
        for k in range(m):
            if k + 1 == m or own[k + 1] != own[k]:
                at = np.searchsorted(there, own[k])
                if at < len(there) and there[at] == own[k]:
                    key[filled] = (own[k] << 32) | (k + 1 - start)
                    filled += 1
                start = k + 1
    key = key[:filled]
    key.sort()
    times = np.empty(filled, np.int64)
    n = 0
    for k in range(filled):
        if k and key[k] == key[k - 1]:
            times[n - 1] += 1
        else:
            wrote[n, 0], wrote[n, 1], times[n] = key[k] >> 32, key[k] & 0xFFFFFFFF, 1
            n += 1
    return wrote[:n, 0].copy(), wrote[:n, 1].copy(), times[:n].copy()


@bare
def _pairwise(values, start, n):
    """Return the sum in the very order in which numpy adds (pairwise, blocks of 128 by eight), so that its last bits are numpy's."""
    if n < 8:
        total = 0.0
        for i in range(start, start + n):
            total += values[i]
        return total
    if n <= 128:
        r0, r1, r2, r3 = values[start], values[start + 1], values[start + 2], values[start + 3]
        r4, r5, r6, r7 = values[start + 4], values[start + 5], values[start + 6], values[start + 7]
        i = 8
        while i < n - n % 8:
            r0 += values[start + i]
            r1 += values[start + i + 1]
            r2 += values[start + i + 2]
            r3 += values[start + i + 3]
            r4 += values[start + i + 4]
            r5 += values[start + i + 5]
            r6 += values[start + i + 6]
            r7 += values[start + i + 7]
            i += 8
        total = ((r0 + r1) + (r2 + r3)) + ((r4 + r5) + (r6 + r7))
        while i < n:
            total += values[start + i]
            i += 1
        return total
    half = n // 2
    half -= half % 8
    return _pairwise(values, start, half) + _pairwise(values, start + half, n - half)


@bare
def sums_of_runs(values, indptr, sums):
    """Fill ``sums[j]`` with the sum of ``values[indptr[j]:indptr[j + 1]]``, to the last bit as ``numpy.sum`` has it."""
    for j in range(len(indptr) - 1):
        sums[j] = _pairwise(values, indptr[j], indptr[j + 1] - indptr[j])
