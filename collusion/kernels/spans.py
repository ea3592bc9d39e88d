"""The window of each slot in one word: whom of the same product it lies within so many days of, and how crowded that is."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare

__all__ = ["BITS", "LARGEST", "count_wedges", "fill_spans", "opened", "span_hi", "span_kind", "span_lo", "word_of", "words_of"]

BITS = 13
"""Bits for how far a crowd reaches before a slot, and for how far behind it. With the kind above them, a slot's window is one word: whoever
walks through the slots of a reviewer, which lie all over the log, waits for memory once a slot."""

LARGEST = (1 << BITS) - 1
"""The largest crowd that a word holds."""


@bare
def span_lo(span, i):
    """Return the first slot of the crowd around slot i."""
    return i - np.int64(span[i] & LARGEST)


@bare
def span_hi(span, i):
    """Return the slot after the last of the crowd around slot i; i where it does not count."""
    return i + np.int64((span[i] >> BITS) & LARGEST)


@bare
def span_kind(span, i):
    """Return how crowded slot i is; the number of kinds where it does not count."""
    return np.int64(span[i] >> (2 * BITS))


@bare
def around(time, dated, window, i, left, right, end):
    """Move the ends of a crowd on to that of slot i, of a product whose slots end before ``end``."""
    if not dated:
        return left, end
    while time[left] < np.int64(time[i]) - window:
        left += 1
    while right < end and time[right] <= np.int64(time[i]) + window:
        right += 1
    return left, right


@bare
def count_wedges(indptr, time, dated, window, no_time, wedges):
    """Add to ``wedges[k]`` the wedges that slots with a crowd of k open: pairs of a slot and a later one of its crowd. O(n).

    A crowd is the slots of the same product within ``window`` days of a slot (all of them where not ``dated``). Times ascend
    within a product; a slot without a time meets nobody. Crowds larger than fit are not counted.
    """
    for p in range(len(indptr) - 1):
        start, end = indptr[p], indptr[p + 1]
        while dated and start < end and time[start] == no_time:
            start += 1
        left = right = start
        for i in range(start, end):
            left, right = around(time, dated, window, i, left, right, end)
            if right - left < len(wedges):
                wedges[right - left] += right - i - 1


@bare
def fill_spans(indptr, time, dated, window, no_time, bounds, largest, span):
    """Fill ``span``, a word a slot: how far its crowd reaches and how crowded it is (`span_lo`, `span_hi`, `span_kind`).

    The kind is the number of ``bounds`` below the crowd. A crowd of one, or of more than ``largest``, is empty and of the kind
    ``len(bounds) + 1``, which does not count. Returns how many slots are too crowded. O(n).
    """
    nothing = np.uint32(len(bounds) + 1) << np.uint32(2 * BITS)
    crowded = 0
    for p in range(len(indptr) - 1):
        start, end = indptr[p], indptr[p + 1]
        while dated and start < end and time[start] == no_time:
            span[start] = nothing
            start += 1
        left = right = start
        for i in range(start, end):
            left, right = around(time, dated, window, i, left, right, end)
            crowd = right - left
            if crowd > largest:
                crowded += 1
            if crowd < 2 or crowd > largest:
                span[i] = nothing
                continue
            kind = 0
            while kind < len(bounds) and crowd > bounds[kind]:
                kind += 1
            span[i] = np.uint32(i - left) | (np.uint32(right - i) << np.uint32(BITS)) | (np.uint32(kind) << np.uint32(2 * BITS))
    return crowded


@bare
def _beyond(time, value, first, last):
    """Return the first of the slots from ``first`` up to ``last``, in the order of time, whose time exceeds ``value``. O(log)."""
    while first < last:
        middle = (first + last) // 2
        if time[middle] > value:
            last = middle
        else:
            first = middle + 1
    return first


@bare
def word_of(i, span, product, indptr, time, dated, window, no_time, bounds, largest):
    """Return the word of slot i: from ``span`` where that is filled, else from the times around it, as `fill_spans` would. O(log crowd)."""
    if len(span):
        return span[i]
    nothing = np.uint32(len(bounds) + 1) << np.uint32(2 * BITS)
    start, end = indptr[product[i]], indptr[product[i] + 1]
    left, right = start, end
    if dated:
        if time[i] == no_time:
            return nothing
        left = _beyond(time, np.int64(time[i]) - window - 1, start, i)
        right = _beyond(time, np.int64(time[i]) + window, i, end)
    crowd = right - left
    if crowd < 2 or crowd > largest:
        return nothing
    kind = 0
    while kind < len(bounds) and crowd > bounds[kind]:
        kind += 1
    return np.uint32(i - left) | (np.uint32(right - i) << np.uint32(BITS)) | (np.uint32(kind) << np.uint32(2 * BITS))


@bare
def words_of(slots, span, product, indptr, time, dated, window, no_time, bounds, largest, out):
    """Fill ``out`` with the words of the slots given (`word_of`)."""
    if len(span):
        for k in range(len(slots)):
            out[k] = span[slots[k]]
        return
    for k in range(len(slots)):
        out[k] = word_of(slots[k], span, product, indptr, time, dated, window, no_time, bounds, largest)


@bare
def opened(span, wedges):
    """Add to ``wedges[k]`` the wedges that slots of kind k open, and return it. O(n)."""
    for i in range(len(span)):
        wedges[span_kind(span, i)] += span_hi(span, i) - i - 1
    return wedges
