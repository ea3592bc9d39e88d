"""Permutation within segments, and the repair of what a permutation must not bring together."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.hashing import GOLDEN, bucket, finalise

__all__ = ["repair", "shuffle_segments"]


@bare
def _next(state):
    """One step of SplitMix64 (Steele, Lea, Flood 2014); ``state`` is uint64[1]."""
    state[0] += GOLDEN
    return finalise(state[0])


@bare
def _below(state, n):
    """Draw a number in [0, n), n < 2**31: the high bits of a 64-bit product (bias below n / 2**33)."""
    return np.int64(((_next(state) >> np.uint64(31)) * np.uint64(n)) >> np.uint64(33))


@jit
def shuffle_segments(values, indptr, seed):
    """Permute ``values[indptr[s]:indptr[s + 1]]`` uniformly for each segment s, in place (Fisher and Yates). O(n)."""
    state = np.empty(1, np.uint64)
    state[0] = seed
    for s in range(len(indptr) - 1):
        start = indptr[s]
        for i in range(indptr[s + 1] - start - 1, 0, -1):
            j = _below(state, i + 1)
            values[start + i], values[start + j] = values[start + j], values[start + i]


@bare
def _find(keys, key):
    """Slot of ``key`` in an open-addressing table, or of the empty slot (-1) where it belongs."""
    mask = len(keys) - 1
    at = bucket(key, mask)
    while keys[at] != -1 and keys[at] != key:
        at = (at + 1) & mask
    return at


@bare
def _copies(indptr, held, u, p):
    """How many times reviewer u held product p before any swap (0, 1 or 2), by bisection in the ascending row."""
    low, high = indptr[u], indptr[u + 1]
    while low < high:
        middle = (low + high) // 2
        if held[middle] < p:
            low = middle + 1
        else:
            high = middle
    end = indptr[u + 1]
    if low >= end or held[low] != p:
        return 0
    return 2 if low + 1 < end and held[low + 1] == p else 1


@bare
def _holds(indptr, held, keys, present, products, u, p):
    at = _find(keys, np.int64(u) * products + p)
    if keys[at] != -1:
        return present[at]
    return _copies(indptr, held, u, p) > 0


@bare
def _note(keys, present, products, u, p, now):
    key = np.int64(u) * products + p
    at = _find(keys, key)
    keys[at] = key
    present[at] = now


@jit
def repair(order, segment_of, segments, before, after, product, products, indptr, held, repeats, seed, tries):
    """Swap away repeated (reviewer, product) pairs within their segments; return how many are left.

    Parameters
    ----------
    order : positions grouped by segment; ``segments`` its row pointers; ``segment_of`` the segment of a position.
    before, after : the reviewer at each position; ``after`` starts as a copy and is changed in place.
    product : the product at each position; ``products`` their number.
    indptr, held : products of each reviewer before any swap, ascending in each row.
    repeats : positions whose pair is a repeat.
    tries : swaps drawn for one repeat before it is given up.
    """
    state = np.empty(1, np.uint64)
    state[0] = seed
    room = 64
    while room < 16 * len(repeats):
        room *= 2
    # What swaps changed, over the rows as they were: four notes a swap, so the table is never more than half full.
    keys = np.full(room, -1, np.int64)
    present = np.zeros(room, np.bool_)
    left = 0
    for k in range(len(repeats)):
        i = repeats[k]
        u, p = after[i], product[i]
        if u != before[i]:
            continue  # mended already, as the other half of a swap
        s = segment_of[i]
        start, size = segments[s], segments[s + 1] - segments[s]
        done = False
        for _ in range(tries):
            j = order[start + _below(state, size)]
            v, q = after[j], product[j]
            if u == v or p == q:
                continue
            if _holds(indptr, held, keys, present, products, u, q) or _holds(indptr, held, keys, present, products, v, p):
                continue
            # u keeps the other copy of p. v may keep a copy of q that is a repeat itself: then q stays noted as held.
            if v != before[j] or _copies(indptr, held, v, q) < 2:
                _note(keys, present, products, v, q, False)
            _note(keys, present, products, u, q, True)
            _note(keys, present, products, v, p, True)
            after[i], after[j] = v, u
            done = True
            break
        if not done:
            left += 1
    return left
