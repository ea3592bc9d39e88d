"""How often the members of groups met, and how often they are expected to."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import jit
from collusion.kernels.spans import BITS, LARGEST, word_of

__all__ = ["groups_meetings"]


@jit
def _kind(word):
    return np.int64(word >> np.uint32(2 * BITS))


@jit
def _meet_here(own, word, start, end, reviewer, among, row):
    """Count the pairs of slots ``own[start:end]``, of one place, that lie within the window of each other, by kind, into ``row``.

    ``word`` holds the window of each of them. ``among`` holds 0 for every reviewer, and does so again afterwards. Slots ascend.
    """
    again = False
    for i in range(start, end):
        u = reviewer[own[i]]
        again |= among[u]
        among[u] = True
    for i in range(start, end):
        among[reviewer[own[i]]] = False
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
    counts one meeting a place, the rarest; places of a kind above ``limit`` do not count. ``window`` is what `word_of` takes. Only
    the members' own slots are looked at, not the crowds around them: O(r log r + meetings) time a group with r reviews,
    O(n_reviewers + n_strata) memory.
    """
    among = np.zeros(len(indptr) - 1, np.bool_)
    kinds = rate.shape[2]
    both = np.zeros(len(rate), np.float64)
    touched = np.empty(len(rate), np.int32)
    for g in range(len(g_indptr) - 1):
        start, end = g_indptr[g], g_indptr[g + 1]
        n = 0
        for a in range(start, end):
            n += indptr[members[a] + 1] - indptr[members[a]]
        key = np.empty(n, np.int64)
        n = 0
        for a in range(start, end):
            for e in range(indptr[members[a]], indptr[members[a] + 1]):
                i = slots[e]
                if _kind(word_of(i, *window)) <= limit:
                    key[n] = (np.int64(place_of[product[i]]) << 32) | np.int64(i)
                    n += 1
        key = key[:n]
        key.sort()
        own = (key & np.int64(0xFFFFFFFF)).astype(np.int32)
        word = np.empty(n, np.uint32)
        for k in range(n):
            word[k] = word_of(np.int64(own[k]), *window)
        first = 0
        while first < n:
            last = first + 1
            while last < n and key[last] >> 32 == key[first] >> 32:
                last += 1
            if last > first + 1:
                _meet_here(own, word, first, last, reviewer, among, met[g])
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
