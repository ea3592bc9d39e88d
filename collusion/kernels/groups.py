"""How often the members of groups met, and how often they are expected to."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.hashing import cell, cells_for
from collusion.kernels.spans import BITS, LARGEST, words_of

__all__ = ["groups_meetings"]

CELLS = 8
"""Cells for each slot of a group."""


@bare
def _kind(word):
    return np.int64(word >> np.uint32(2 * BITS))


@jit
def _twice(own, start, end, reviewer):
    """Return whether somebody has two of the slots ``own[start:end]``."""
    if end - start <= 16:
        for i in range(start + 1, end):
            for j in range(start, i):
                if reviewer[own[i]] == reviewer[own[j]]:
                    return True
        return False
    who = np.empty(end - start, np.int32)
    for i in range(start, end):
        who[i - start] = reviewer[own[i]]
    who.sort()
    return (who[1:] == who[:-1]).any()


@jit
def _meet_here(own, word, start, end, reviewer, row):
    """Count the pairs of slots ``own[start:end]``, of one place, that lie within the window of each other, by kind, into ``row``.

    ``word`` holds the window of each of them. Slots ascend.
    """
    again = _twice(own, start, end, reviewer)
    n = 0
    for i in range(start, end):
        until = own[i] + np.int64((word[i] >> np.uint32(BITS)) & np.uint32(LARGEST))
        for j in range(i + 1, end):
            if own[j] >= until:
                break
            n += 1
            if not again:
                # Nobody reviewed here twice, so no pair can meet twice.
                row[max(_kind(word[i]), _kind(word[j]))] += 1
    if not again:
        return
    met = np.empty((n, 2), np.int64)
    n = 0
    for i in range(start, end):
        u = reviewer[own[i]]
        until = own[i] + np.int64((word[i] >> np.uint32(BITS)) & np.uint32(LARGEST))
        for j in range(i + 1, end):
            if own[j] >= until:
                break
            v = reviewer[own[j]]
            if u != v:
                met[n, 0] = (np.int64(min(u, v)) << 32) | np.int64(max(u, v))
                met[n, 1] = max(_kind(word[i]), _kind(word[j]))
                n += 1
    # The rarest meeting of each pair, whichever comes first: kinds in turn, a stable sort by pair after that.
    by = np.argsort(met[:n, 1], kind="mergesort")
    by = by[np.argsort(met[by, 0], kind="mergesort")]
    for k in range(n):
        if k == 0 or met[by[k], 0] != met[by[k - 1], 0]:
            row[met[by[k], 1]] += 1


@bare
def _of_products_met_twice(own, product, place, held):
    """Bring forward in ``own`` the slots of products that may hold two of them; return how many.

    Counted by cell (``held``, zeros, a power of two): a few products share theirs with another. ``place`` is scratch.
    """
    mask = len(held) - 1
    for k in range(len(own)):
        at = cell(product[own[k]], mask)
        held[at] = (held[at] << np.uint8(1)) | np.uint8(1)
        place[k] = at
    kept = np.uint64(0)
    for k in range(len(own)):
        own[kept] = own[k]
        kept += np.uint64(held[place[k]] > 1)
    return np.int64(kept)


@jit
def _shared(members, indptr, slots, product, window, limit, place_of):
    """Return the members' slots that count, of products where another of them may lie, by place: (places << 32 | slots), ascending.

    Most products hold one slot of a group alone: nothing is asked about those, and little is left to be sorted.
    """
    n = 0
    for u in members:
        n += indptr[u + 1] - indptr[u]
    own = np.empty(n + 1, np.int64)
    n = 0
    for u in members:
        for e in range(indptr[u], indptr[u + 1]):
            own[n] = slots[e]
            prefetch(product, slots[e])
            n += 1
    n = _of_products_met_twice(own[:n], product, np.empty(n, np.uint32), np.zeros(cells_for(CELLS * n), np.uint8))
    word = np.empty(n, np.uint32)
    words_of(own[:n], *window, word)
    kept = 0
    for k in range(n):
        own[kept] = (np.int64(place_of[product[own[k]]]) << 32) | own[k]
        kept += _kind(word[k]) <= limit
    key = own[:kept]
    key.sort()
    return key


@jit
def groups_meetings(
    g_indptr,
    members,
    indptr,
    slots,
    reviewer,
    product,
    window,
    limit,
    place_of,
    act_indptr,
    act_strata,
    act_counts,
    rate,
    reach,
    met,
    expected,
):
    """Fill ``met[g, k]`` and ``expected[g, k]``: meetings over all pairs of a group at places of kind k or rarer, and their mean.

    Group g holds ``members[g_indptr[g]:g_indptr[g + 1]]``, unique. Row u of (indptr, slots) holds the slots of reviewer u. A pair
    counts one meeting a place, the rarest; places of a kind above ``limit`` do not count. ``window`` is what `words_of` takes. Only
    the members' own slots are looked at, not the crowds around them: O(r + s log s + meetings) time a group with r reviews, s of
    them at shared places, O(r + n_strata) memory.
    """
    kinds = rate.shape[2]
    both = np.zeros(len(rate), np.float64)
    touched = np.empty(len(rate), np.int32)
    for g in range(len(g_indptr) - 1):
        start, end = g_indptr[g], g_indptr[g + 1]
        key = _shared(members[start:end], indptr, slots, product, window, limit, place_of)
        n = len(key)
        own = key & np.int64(0xFFFFFFFF)
        word = np.empty(n, np.uint32)
        words_of(own, *window, word)
        first = np.int64(0)  # not once more for a constant: see `jit`
        while first < n:
            last = first + 1
            while last < n and key[last] >> 32 == key[first] >> 32:
                last += 1
            if last > first + 1:
                _meet_here(own, word, first, last, reviewer, met[g])
            first = last
        n_touched = 0
        for a in range(start, end):
            u = members[a]
            for e in range(act_indptr[u], act_indptr[u + 1]):
                s = act_strata[e]
                if both[s] == 0.0:
                    touched[n_touched] = s
                    n_touched += 1
                both[s] += act_counts[e]
                # A reviewer does not meet himself; strata ascend within a row.
                for f in range(e, act_indptr[u + 1]):
                    d = act_strata[f] - s
                    if d > reach:
                        break
                    own_pairs = float(act_counts[e]) * float(act_counts[f]) * (0.5 if d == 0 else 1.0)
                    for k in range(kinds):
                        expected[g, k] -= own_pairs * rate[s, reach + d, k]
        for c in range(n_touched):
            s = touched[c]
            for d in range(-reach, reach + 1):
                t = s + d
                if 0 <= t < len(both) and both[t] > 0.0:
                    for k in range(kinds):
                        expected[g, k] += 0.5 * both[s] * both[t] * rate[s, reach + d, k]
        for c in range(n_touched):
            both[touched[c]] = 0.0
        for k in range(1, kinds):
            met[g, k] += met[g, k - 1]
