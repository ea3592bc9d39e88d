"""Strata of slots, and how many reviews each reviewer has in each."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.sorting import sort_range

__all__ = ["count_activity", "count_strata", "find_lonely", "number_strata"]


@bare
def find_lonely(indptr, time, no_time, days, lonely):
    """Fill ``lonely[p]``: whether no two reviews of product p lie within ``days`` of each other; return the days of others' reviews.

    Times ascend within a product. Where ``time`` is empty any two reviews do, and what has no time lies near nothing. The days are those of
    the first and the last dated review of a product that is not lonely; the first exceeds the second where there are none. O(n).
    """
    first, last = np.int64(np.iinfo(np.int32).max), np.int64(np.iinfo(np.int32).min)
    for p in range(len(indptr) - 1):
        near = not len(time) and indptr[p + 1] - indptr[p] > 1
        if len(time):
            for i in range(indptr[p] + 1, indptr[p + 1]):
                if time[i - 1] != no_time and np.int64(time[i]) - np.int64(time[i - 1]) <= days:
                    near = True
                    break
        lonely[p] = not near
        if near and len(time):
            for i in range(indptr[p], indptr[p + 1]):
                if time[i] != no_time:
                    first, last = min(first, np.int64(time[i])), max(last, np.int64(time[i]))
    return first, last


@bare
def number_strata(indptr, category, time, first, last, no_time, days, pad, span, out):
    """Fill the stratum of each slot: its category's, ``span`` a category, and its month of so many days since ``first``.

    Months begin after ``pad`` and the one that holds what has no time; all is one month where ``time`` is empty. What lies before ``first``
    or after ``last`` is of the first or the last month. O(n).
    """
    for p in range(len(indptr) - 1):
        base = np.int64(category[p]) * span
        for i in range(indptr[p], indptr[p + 1]):
            month = np.int64(0)
            if len(time) and time[i] != no_time:
                month = 1 + pad + (min(max(np.int64(time[i]), first), last) - first) // days
            out[i] = base + month


@jit
def count_strata(indptr, slots, stratum, row, strata, counts):
    """Fill compressed rows (``row``, ``strata``, ``counts``), strata ascending within one; return their length.

    Row u of (indptr, slots) holds the slots of reviewer u. ``strata`` and ``counts`` have one entry a slot, of which the first are filled.
    O(n log of the longest row).
    """
    room = indptr[0]
    # All reads before the first comparison: reads from all over memory then overlap.
    for e in range(len(strata)):
        strata[e] = stratum[slots[room + e]]
    filled = 0
    for u in range(len(indptr) - 1):
        row[u] = filled
        start, end = indptr[u] - room, indptr[u + 1] - room
        sort_range(strata, start, end)
        for e in range(start, end):
            if filled > row[u] and strata[e] == strata[filled - 1]:
                counts[filled - 1] += 1
            else:
                strata[filled] = strata[e]
                counts[filled] = 1
                filled += 1
    row[len(indptr) - 1] = filled
    return filled


@bare
def count_activity(indptr, act_indptr, act_strata, counts):
    """Add to ``counts[s, n]`` the reviewers with a review in stratum s who wrote n reviews in all (the last n: so many or more). O(n)."""
    most = counts.shape[1] - 1
    for u in range(len(act_indptr) - 1):
        n = min(indptr[u + 1] - indptr[u], most)
        for e in range(act_indptr[u], act_indptr[u + 1]):
            counts[act_strata[e], n] += 1
