"""Rows of reviewers by unit, and how often edges of two strata are a co-review."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.sorting import SHORT
from collusion.kernels.spans import span_hi, span_kind

__all__ = ["chernoff", "count_wedges", "mark_joined", "move_rows", "sort_rows"]

AHEAD = 24
"""Reviews ahead for which memory is asked."""


@jit
def sort_rows(indptr, slots, product, place_of):
    """Order the slots of each row by the place of their products, in place. Rows are short, so insertion; long ones by argsort."""
    for u in range(len(indptr) - 1):
        start, end = indptr[u], indptr[u + 1]
        if end - start > SHORT:
            row = slots[start:end].copy()
            by = np.argsort(place_of[product[row]], kind="mergesort")
            slots[start:end] = row[by]
            continue
        for e in range(start + 1, end):
            slot = slots[e]
            k = place_of[product[slot]]
            f = e
            while f > start and place_of[product[slots[f - 1]]] > k:
                slots[f] = slots[f - 1]
                f -= 1
            slots[f] = slot


@bare
def count_wedges(span, stratum, count):
    """Add to ``count[s, d, k]`` the pairs of a slot of stratum s and a later one of its crowd, of stratum s + d.

    The more crowded of the two is of kind k; the last kind is that of slots that do not count. O(wedges).
    """
    for i in range(len(span)):
        here, month = span_kind(span, i), np.int64(stratum[i])
        for j in range(i + 1, span_hi(span, i)):
            count[month, stratum[j] - month, max(here, span_kind(span, j))] += 1


@bare
def chernoff(x, mean):
    """Return a lower bound on -ln P(X >= x) for a sum X of independent terms in [0, 1] with the given mean (Hoeffding 1963, theorem 1).

    The multiplicative form x ln(x / mean) - x + mean; 0 where x does not exceed the mean.
    """
    if x <= mean:
        return 0.0
    if mean <= 0.0:
        return x * 64.0
    return x * np.log(x / mean) - x + mean


@bare
def move_rows(order, indptr, slots, out):
    """Fill ``out`` with the rows of (indptr, slots) in the order given. O(n)."""
    filled = 0
    for u in order:
        for e in range(indptr[u], indptr[u + 1]):
            out[filled] = slots[e]
            filled += 1


@bare
def mark_joined(indptr, slots, product, place_of, bits):
    """Set bit e of ``bits`` (uint8, zeros) where slot e of a row is at the place of the one before it; rows are grouped by place. O(n)."""
    end = len(slots) - 1
    for u in range(len(indptr) - 1):
        last = np.int64(-1)
        for e in range(indptr[u], indptr[u + 1]):
            prefetch(product, slots[min(e + AHEAD, end)])
            here = np.int64(place_of[product[slots[e]]])
            if here == last:
                bits[e >> 3] |= np.uint8(1 << (e & 7))
            last = here
