"""The co-reviews of groups: how many there are, and how many are expected."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.hashing import cell, cells_for
from collusion.kernels.leave_out import clear_strata, group_rates, mark_strata, share_of_rows, word_kind, word_until
from collusion.kernels.spans import words_of

__all__ = ["groups_meetings"]

CELLS = 8
"""Cells for each slot of a group."""


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
def _co_reviews_here(own, word, start, end, reviewer, row):
    """Add to ``row[k]`` the pairs of reviewers with a co-review among the slots ``own[start:end]``, of one unit, whose rarest is of bin k.

    ``word`` holds the window of each slot. Slots ascend.
    """
    again = _twice(own, start, end, reviewer)
    n = 0
    for i in range(start, end):
        until = word_until(own, word, i)
        for j in range(i + 1, end):
            if own[j] >= until:
                break
            n += 1
            if not again:
                # Nobody has two reviews here, so no pair has two co-reviews.
                row[max(word_kind(word[i]), word_kind(word[j]))] += 1
    if not again:
        return
    met = np.empty((n, 2), np.int64)
    n = 0
    for i in range(start, end):
        u = reviewer[own[i]]
        until = word_until(own, word, i)
        for j in range(i + 1, end):
            if own[j] >= until:
                break
            v = reviewer[own[j]]
            if u != v:
                met[n, 0] = (np.int64(min(u, v)) << 32) | np.int64(max(u, v))
                met[n, 1] = max(word_kind(word[i]), word_kind(word[j]))
                n += 1
    # The rarest co-review of each pair comes first: sorted by bin, then by pair with a stable sort.
    by = np.argsort(met[:n, 1], kind="mergesort")
    by = by[np.argsort(met[by, 0], kind="mergesort")]
    for k in range(n):
        if k == 0 or met[by[k], 0] != met[by[k - 1], 0]:
            row[met[by[k], 1]] += 1


@bare
def _of_products_met_twice(own, product, place, held):
    """Move to the front of ``own`` the slots of products that may hold two of them; return how many there are.

    Products are counted by cell (``held``: zeros, a power of two); a few share a cell. ``place`` is scratch.
    """
    mask = len(held) - 1
    for k in range(len(own)):
        at = cell(product[own[k] >> 1], mask)
        held[at] = (held[at] << np.uint8(1)) | np.uint8(1)
        place[k] = at
    kept = np.uint64(0)
    for k in range(len(own)):
        own[kept] = own[k]
        kept += np.uint64(held[place[k]] > 1)
    return np.int64(kept)


@jit
def _shared(members, indptr, slots, counted, product, window, limit, place_of):
    """Return the members' slots of bin ``limit`` or rarer whose product may hold another: units << 32 | slots << 1 | counted, ascending.

    Most products hold one slot of a group: those are dropped first, so that little is left to sort.
    """
    n = 0
    for u in members:
        n += indptr[u + 1] - indptr[u]
    own = np.empty(n + 1, np.int64)
    n = 0
    for u in members:
        for e in range(indptr[u], indptr[u + 1]):
            own[n] = np.int64(slots[e]) << 1 | np.int64(len(counted) == 0 or counted[e])
            prefetch(product, slots[e])
            n += 1
    n = _of_products_met_twice(own[:n], product, np.empty(n, np.uint32), np.zeros(cells_for(CELLS * n), np.uint8))
    word = np.empty(n, np.uint32)
    words_of(own[:n] >> 1, *window, word)
    kept = 0
    for k in range(n):
        own[kept] = (np.int64(place_of[product[own[k] >> 1]]) << 32) | own[k]
        kept += word_kind(word[k]) <= limit
    key = own[:kept]
    key.sort()
    return key


@jit
def _rows(key):
    """Return where the slots of each unit begin in ``key`` (`_shared`), and the end."""
    start = np.empty(len(key) + 1, np.int64)
    n = np.int64(0)
    for i in range(len(key)):
        if i == 0 or key[i] >> 32 != key[i - 1] >> 32:
            start[n] = i
            n += 1
    start[n] = len(key)
    return start[: n + 1]


@bare
def _expect(members, act_indptr, act_strata, act_counts, position, touched, n, reach, rates, both, row):
    """Add to ``row[k]`` the expected co-reviews over all pairs of the members at the rates of the group (`group_rates`).

    ``both`` is scratch. Strata ascend within a row of activity.
    """
    kinds = rates.shape[2]
    for i in range(n):
        both[i] = 0.0
    for u in members:
        for e in range(act_indptr[u], act_indptr[u + 1]):
            s = act_strata[e]
            i = position[s] - 1
            both[i] += act_counts[e]
            # A reviewer has no co-review with themselves.
            for f in range(e, act_indptr[u + 1]):
                d = act_strata[f] - s
                if d > reach:
                    break
                pairs = float(act_counts[e]) * float(act_counts[f]) * (0.5 if d == 0 else 1.0)
                for k in range(kinds):
                    row[k] -= pairs * rates[i, reach + d, k]
    for i in range(n):
        for d in range(-reach, reach + 1):
            t = touched[i] + d
            if 0 <= t < len(position) and position[t] > 0:
                pairs = 0.5 * both[i] * both[position[t] - 1]
                for k in range(kinds):
                    row[k] += pairs * rates[i, reach + d, k]


@jit
def groups_meetings(
    g_indptr,
    members,
    indptr,
    slots,
    counted,
    reviewer,
    product,
    window,
    limit,
    place_of,
    activity,
    counted_activity,
    stratum,
    known,
    met,
    expected,
):
    """Fill ``met[g, k]`` and ``expected[g, k]``: co-reviews over all pairs of a group in bin k or rarer, and how many are expected.

    Parameters
    ----------
    g_indptr, members : int64[n_groups + 1], int32 array
        Group g holds ``members[g_indptr[g]:g_indptr[g + 1]]``, unique.
    indptr, slots : int64 array, int32 array
        Row u holds the slots of reviewer u, ascending. What is expected is estimated without them.
    counted : bool array
        For each of ``slots`` whether it counts, in ``met`` and in ``expected``; empty where all do.
    window : tuple
        What `words_of` takes.
    limit : int
        Slots of a bin above it do not count.
    place_of : int32[n_products]
        The unit of each product; a pair has at most one co-review at a unit, the rarest.
    activity, counted_activity : tuples (indptr, strata, counts)
        Reviews of each row by stratum: of all slots, and of those that count.
    stratum : int[n_reviews]
    known : tuple
        ``Meetings.known``.

    Notes
    -----
    Only the members' own slots are looked at, not the crowds around them: O(r + s log s + co-reviews + strata * reach) time for a group
    of r reviews, s of them at shared products; O(r + n_strata) memory.
    """
    rate, _, reach, _, parent, _ = known
    position = np.zeros(len(rate), np.int32)
    touched = np.empty(len(rate), np.int64)
    n_own, both = np.empty(len(rate)), np.empty(len(rate))
    own_pairs, own_wedges = np.zeros(parent.shape[:2]), np.zeros(parent.shape)
    for g in range(len(g_indptr) - 1):
        group = members[g_indptr[g] : g_indptr[g + 1]]
        key = _shared(group, indptr, slots, counted, product, window, limit, place_of)
        own = (key & np.int64(0xFFFFFFFF)) >> 1
        word = np.empty(len(own), np.uint32)
        words_of(own, *window, word)
        start = _rows(key)
        n = mark_strata(group, *activity, position, touched, n_own)
        share = share_of_rows(own, word, start)
        rates = group_rates(own, word, start, share, stratum, touched, n, n_own, position, known, own_pairs, own_wedges)
        if len(counted):
            those = np.flatnonzero(key & 1)
            own, word, start = own[those], word[those], _rows(key[those])
        for r in range(len(start) - 1):
            if start[r + 1] > start[r] + 1:
                _co_reviews_here(own, word, start[r], start[r + 1], reviewer, met[g])
        _expect(group, *counted_activity, position, touched, n, reach, rates, both, expected[g])
        clear_strata(touched, n, position)
        for k in range(1, rate.shape[2]):
            met[g, k] += met[g, k - 1]
