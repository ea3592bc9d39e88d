"""The co-reviews of groups: how many there are, and how many are expected."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.hashing import cell, cells_for
from collusion.kernels.leave_out import (
    add_expected,
    clear_strata,
    group_rates,
    in_units,
    in_window,
    mark_strata,
    share_left_out,
    weigh_pairs,
    word_kind,
    word_until,
)

__all__ = ["groups_meetings", "shared_reviews"]

CELLS = 8
"""Cells for each slot of a group."""


@bare
def _of_products_met_twice(own, whose, product, place, held):
    """Move to the front the slots of products that may hold two of them, and whose they are; return how many there are.

    Products are counted by cell (``held``: zeros, a power of two); a few share a cell. ``place`` is scratch.
    """
    mask = len(held) - 1
    for k in range(len(own)):
        at = cell(product[own[k]], mask)
        held[at] = (held[at] << np.uint8(1)) | np.uint8(1)
        place[k] = at
    kept = np.uint64(0)
    for k in range(len(own)):
        own[kept], whose[kept] = own[k], whose[k]
        kept += np.uint64(held[place[k]] > 1)
    return np.int64(kept)


@jit
def shared_reviews(g_indptr, members, indptr, slots, product, time, days):
    """Return the reviews of each group that others of the group are near, ascending: where each group's begin, the slots, and whose.

    Group g holds ``members[g_indptr[g]:g_indptr[g + 1]]``; a review is that of the member at the position returned. Near are reviews of one
    product within so many days of each other; any two where ``time`` is empty. Most products hold one review of a group and are dropped
    first, so that little is left to sort. O(reviews of the members + s log s) for s at products that several of them reviewed.
    """
    ends = np.zeros(len(g_indptr), np.int64)
    most, every = 0, 0
    for g in range(len(g_indptr) - 1):
        n = 0
        for u in members[g_indptr[g] : g_indptr[g + 1]]:
            n += indptr[u + 1] - indptr[u]
        most = max(most, n)
    shared, who = np.empty(1024, np.int64), np.empty(1024, np.int32)
    own, whose, place = np.empty(most + 1, np.int64), np.empty(most + 1, np.int64), np.empty(most + 1, np.uint32)
    cells = np.empty(cells_for(CELLS * most), np.uint8)
    for g in range(len(g_indptr) - 1):
        n = 0
        for a in range(g_indptr[g], g_indptr[g + 1]):
            for e in range(indptr[members[a]], indptr[members[a] + 1]):
                own[n], whose[n] = slots[e], a - g_indptr[g]
                prefetch(product, slots[e])
                n += 1
        held = cells[: cells_for(CELLS * n)]
        held[:] = 0
        kept = _of_products_met_twice(own[:n], whose[:n], product, place, held)
        if every + kept > len(shared):
            shared, who = _grown(shared, every, every + kept), _grown(who, every, every + kept)
        key = (own[:kept] << 32) | whose[:kept]
        key.sort()
        before = False
        for k in range(kept):
            slot = key[k] >> 32
            after = k + 1 < kept and _near(slot, key[k + 1] >> 32, product, time, days)
            if before or after:
                shared[every], who[every] = slot, key[k] & np.int64(0xFFFFFFFF)
                every += 1
            before = after
        ends[g + 1] = every
    return ends, shared[:every], who[:every]


@bare
def _near(slot, later, product, time, days):
    """Return whether two slots are of one product and within so many days."""
    return product[slot] == product[later] and (len(time) == 0 or np.int64(time[later]) - np.int64(time[slot]) <= days)


@jit
def _grown(values, n, least):
    """Return the first ``n`` values with room for ``least`` and as many again."""
    grown = np.empty(2 * least, values.dtype)
    grown[:n] = values[:n]
    return grown


@jit
def _twice(who):
    """Return whether somebody is named twice."""
    if len(who) <= 16:
        for i in range(1, len(who)):
            for j in range(i):
                if who[i] == who[j]:
                    return True
        return False
    ordered = np.sort(who)
    return (ordered[1:] == ordered[:-1]).any()


@jit
def _co_reviews_here(own, who, word, row):
    """Add to ``row[k]`` the pairs of reviewers with a co-review among the slots ``own``, of one unit, whose rarest is of bin k.

    ``who`` holds the reviewer of each slot and ``word`` its window. Slots ascend.
    """
    again = _twice(who)
    n = 0
    for i in range(len(own)):
        until = word_until(own, word, i)
        for j in range(i + 1, len(own)):
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
    for i in range(len(own)):
        until = word_until(own, word, i)
        for j in range(i + 1, len(own)):
            if own[j] >= until:
                break
            u, v = np.int64(who[i]), np.int64(who[j])
            if u != v:
                met[n, 0] = (min(u, v) << 32) | max(u, v)
                met[n, 1] = max(word_kind(word[i]), word_kind(word[j]))
                n += 1
    # The rarest co-review of each pair comes first: sorted by bin, then by pair with a stable sort.
    by = np.argsort(met[:n, 1], kind="mergesort")
    by = by[np.argsort(met[by, 0], kind="mergesort")]
    for k in range(n):
        if k == 0 or met[by[k], 0] != met[by[k - 1], 0]:
            row[met[by[k], 1]] += 1


@jit
def groups_meetings(
    g_indptr,
    members,
    ends,
    slots,
    who,
    counted,
    product,
    place_of,
    window,
    limit,
    activity,
    rows,
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
    ends, slots, who : arrays
        Of `shared_reviews`, for these groups: the slots of group g are ``slots[ends[g]:ends[g + 1]]``. What is expected is estimated
        without them.
    counted : bool array
        For each of ``slots`` whether it counts, in ``met`` and in ``expected``; empty where all do.
    product, place_of : int32[n_reviews], int32[n_products]
        The product of each slot, and the unit of each product; a pair has at most one co-review at a unit, the rarest.
    window : tuple
        What `words_of` takes.
    limit : int
        Slots of a bin above it do not count.
    activity, counted_activity : tuples (indptr, strata, counts)
        Reviews of each row by stratum: of all slots, and of those that count. Rows of the first are reviewers; of the second, ``rows``.
    rows : int32 array
        For each of ``members`` a row of ``counted_activity``.
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
    touched, n_own = np.empty(len(rate), np.int64), np.empty(len(rate))
    own_pairs, own_wedges = np.zeros((len(parent), reach + 1)), np.zeros((len(parent), reach + 1, rate.shape[2]))
    for g in range(len(g_indptr) - 1):
        some = slice(g_indptr[g], g_indptr[g + 1])
        at, own, word = in_window(slots[ends[g] : ends[g + 1]], window, limit)
        unit = place_of[product[own]]
        order, start = in_units(unit)
        n = mark_strata(members[some], *activity, position, touched, n_own)
        share = share_left_out(own, word, order, start)
        rates = group_rates(own, word, share, stratum, touched, n, n_own, position, known, own_pairs, own_wedges)
        weights = weigh_pairs(rows[some], *counted_activity, 0, position, touched, n, reach)
        add_expected(weights, rates, expected[g : g + 1])
        clear_strata(touched, n, position)
        if len(counted):
            those = np.flatnonzero(counted[at + ends[g]])
            at, own, word = at[those], own[those], word[those]
            order, start = in_units(unit[those])
        at, own, word = at[order] + ends[g], own[order], word[order]
        for r in range(len(start) - 1):
            first, last = start[r], start[r + 1]
            if last > first + 1:
                _co_reviews_here(own[first:last], who[at[first:last]], word[first:last], met[g])
        for k in range(1, rate.shape[2]):
            met[g, k] += met[g, k - 1]
