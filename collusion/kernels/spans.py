"""The window of each slot in one word: whom of the same product it lies within so many days of, and how crowded that is."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare

__all__ = ["BITS", "LARGEST", "cut_spans", "fill_spans", "span_hi", "span_kind", "span_lo", "word_of", "words_of"]

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
def _word(before, after, bounds, largest):
    """Return the word of a slot whose crowd begins ``before`` slots earlier and ends ``after`` slots later (`fill_spans`)."""
    crowd = before + after
    if crowd < 2 or crowd > largest:
        return np.uint32(len(bounds) + 1) << np.uint32(2 * BITS)
    kind = 0
    while kind < len(bounds) and crowd > bounds[kind]:
        kind += 1
    return np.uint32(before) | (np.uint32(after) << np.uint32(BITS)) | (np.uint32(kind) << np.uint32(2 * BITS))


@bare
def fill_spans(indptr, time, dated, window, no_time, bounds, largest, span, wedges):
    """Fill ``span``, a word a slot: how far its crowd reaches and how crowded it is (`span_lo`, `span_hi`, `span_kind`).

    A crowd is the slots of the same product within ``window`` days of a slot (all of them where not ``dated``). Times ascend within a
    product; a slot without a time meets nobody. The kind is the number of ``bounds`` below the crowd. A crowd of one, or of more than
    ``largest``, is empty and of the kind ``len(bounds) + 1``, which does not count. ``wedges[k]`` grows by the wedges that slots with a
    crowd of k open: pairs of a slot and a later one of its crowd. Returns how many slots are too crowded. O(n).
    """
    crowded = 0
    for p in range(len(indptr) - 1):
        i, end = indptr[p], indptr[p + 1]
        while dated and i < end and time[i] == no_time:
            span[i] = _word(0, 0, bounds, largest)
            i += 1
        j = i
        while i < end:
            # Slot j is of the crowd of slot i, and of those between them; else the crowd of slot i ends before it.
            if j < end and (not dated or np.int64(time[j]) - window <= time[i]):
                span[j] = j - i
                j += 1
                continue
            before, after = np.int64(span[i]), j - i
            if before + after > largest:
                crowded += 1
            else:
                wedges[before + after] += after - 1
            span[i] = _word(before, after, bounds, largest)
            i += 1
    return crowded


@bare
def cut_spans(span, largest, nothing):
    """Set the words of crowds of more than ``largest`` to ``nothing``; return how many there are. O(n)."""
    crowded = 0
    for i in range(len(span)):
        if (span[i] & np.uint32(LARGEST)) + ((span[i] >> np.uint32(BITS)) & np.uint32(LARGEST)) > largest:
            span[i] = nothing
            crowded += 1
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
    start, end = indptr[product[i]], indptr[product[i] + 1]
    if not dated:
        return _word(i - start, end - i, bounds, largest)
    if time[i] == no_time:
        return _word(0, 0, bounds, largest)
    left = _beyond(time, np.int64(time[i]) - window - 1, start, i)
    right = _beyond(time, np.int64(time[i]) + window, i, end)
    return _word(i - left, right - i, bounds, largest)


@bare
def words_of(slots, span, product, indptr, time, dated, window, no_time, bounds, largest, out):
    """Fill ``out`` with the words of the slots given (`word_of`)."""
    if len(span):
        for k in range(len(slots)):
            out[k] = span[slots[k]]
        return
    for k in range(len(slots)):
        out[k] = word_of(slots[k], span, product, indptr, time, dated, window, no_time, bounds, largest)
