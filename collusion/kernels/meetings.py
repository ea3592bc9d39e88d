"""Meetings: two reviewers in slots of one product within a window of days. One pass a reviewer, counters that stay in cache."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.hashing import bucket, cell, cells_for
from collusion.kernels.sorting import SHORT
from collusion.kernels.spans import BITS, span_hi, span_kind, span_lo

__all__ = ["expected_rates", "mark_joined", "meet_pairs", "move_rows", "sort_rows"]

BLOCK = 1024
"""Slots whose crowds are looked up together, so that the waits for memory overlap; what they bring fits into the cache."""

CELLS = 16
"""Cells for each slot of a reviewer's crowds: a few of a hundred reviewers share one with another."""


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
def expected_rates(span, kinds, stratum, reach, size, rate):
    """Fill ``rate[s, reach + d, k]``: the chance that a slot of stratum s and one of stratum s + d meet at a place of kind k or rarer.

    The mean is over all pairs of distinct slots of the two strata, so a reviewer with n slots in s and another with m slots in
    s + d are expected to meet ``n * m * rate[s, reach + d, k]`` times when reviewers are permuted within strata. O(wedges).
    """
    for i in range(len(span)):
        here = span_kind(span, i)
        if here == kinds:
            continue
        for j in range(i + 1, span_hi(span, i)):
            k = max(here, span_kind(span, j))
            if k == kinds:
                continue
            d = stratum[j] - stratum[i]
            rate[stratum[i], reach + d, k] += 1.0
            rate[stratum[j], reach - d, k] += 1.0
    for s in range(len(size)):
        for d in range(-reach, reach + 1):
            t = s + d
            for k in range(1, kinds):
                rate[s, reach + d, k] += rate[s, reach + d, k - 1]
            if 0 <= t < len(size) and rate[s, reach + d, kinds - 1] > 0:
                pairs = float(size[s]) * (float(size[t]) - (1.0 if d == 0 else 0.0))
                for k in range(kinds):
                    rate[s, reach + d, k] /= pairs


@bare
def _spread(indptr, strata, counts, u, rate, reach, field, there, touched):
    """Scatter how often reviewer u is expected to meet in each stratum, by kind; mark where in ``there``; return how many were touched."""
    n = 0
    kinds = rate.shape[2]
    for e in range(indptr[u], indptr[u + 1]):
        s = strata[e]
        for d in range(-reach, reach + 1):
            t = s + d
            if 0 <= t < len(field) and rate[s, reach + d, kinds - 1] > 0.0:
                if there[t] == 0:
                    there[t] = 1
                    touched[n] = t
                    n += 1
                for k in range(kinds):
                    field[t, k] += counts[e] * rate[s, reach + d, k]
    return n


@bare
def _clear(field, there, touched, n):
    """Make the strata touched as they were before `_spread`."""
    for c in range(n):
        there[touched[c]] = 0
        for k in range(field.shape[1]):
            field[touched[c], k] = 0.0


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
    for u in range(len(indptr) - 1):
        last = np.int64(-1)
        for e in range(indptr[u], indptr[u + 1]):
            here = np.int64(place_of[product[slots[e]]])
            if here == last:
                bits[e >> 3] |= np.uint8(1 << (e & 7))
            last = here


@bare
def _joined(bits, e):
    return len(bits) > 0 and (bits[e >> 3] >> (e & 7)) & 1 == 1


@jit
def _in_order(key, at, n):
    """Sort the cells ``at[:n]`` of a table by their keys."""
    if n > SHORT:
        by = np.argsort(key[at[:n]])
        at[:n] = at[:n][by]
        return
    for e in range(1, n):
        own = at[e]
        k = key[own]
        f = e
        while f > 0 and key[at[f - 1]] > k:
            at[f] = at[f - 1]
            f -= 1
        at[f] = own


@jit
def _doubled(array):
    """Return a copy with as much room again, which takes no memory until it is written."""
    out = np.empty(2 * len(array), array.dtype)
    out[: len(array)] = array
    return out


@bare
def _look_up(slots, base, n, span, limit, who, lo, hi):
    """Fill the crowds ``lo[k]:hi[k]`` of ``slots[base + k]``, empty where the slot does not count, and ask for their ends in memory."""
    for k in range(n):
        i = slots[base + k]
        word = span[i]
        counts = np.int64(word >> np.uint32(2 * BITS)) <= limit
        lo[k] = span_lo(span, i) if counts else i
        hi[k] = span_hi(span, i) if counts else i
        prefetch(who, lo[k])
        prefetch(span, lo[k])
        prefetch(who, hi[k])
        prefetch(span, hi[k])


@bare
def _gather(u, begin, end, lo, hi, who, n_met, span, limit, near, name, first):
    """Fill ``near`` with the slots of the crowds ``lo[e]:hi[e]`` whose reviewers come after u and before ``n_met``; return how many.

    ``name`` takes their reviewers; those of crowd e begin at ``first[e - begin]``. Without a branch, since none could be foretold.
    """
    n = np.uint64(0)
    most = np.uint32(limit)
    for e in range(begin, end):
        first[e - begin] = n
        for j in range(np.uint64(lo[e]), np.uint64(hi[e])):
            v = who[j]
            near[n] = np.int32(j)
            name[n] = v
            n += np.uint64((v > u) & (v < n_met) & ((span[j] >> np.uint32(2 * BITS)) <= most))
    first[end - begin] = n
    return np.int64(n)


@bare
def _repeated(near, name, first, crowds, at_least, cells):
    """Leave in ``near``, ``name`` and ``first`` those only who may have come ``at_least`` times; return how many are left.

    Counted by cell: reviewers who share one are told apart later, most cells holding one reviewer once. A cell holds as many ones
    as it was met, up to eight.
    """
    mask = len(cells) - 1
    for c in range(np.uint64(first[crowds])):
        at = cell(name[c], mask)
        cells[at] = (cells[at] << np.uint8(1)) | np.uint8(1)
    enough = np.uint8((1 << min(at_least, 8)) - 1)
    n = np.uint64(0)
    begin = np.uint64(first[0])
    for e in range(crowds):
        end = np.uint64(first[e + 1])
        for c in range(begin, end):
            at = cell(name[c], mask)
            near[n] = near[c]
            name[n] = name[c]
            n += np.uint64(cells[at] >= enough)
        begin = end
        first[e + 1] = n
    return np.int64(n)


@bare
def _cell(v, key, row, mask):
    """Return the cell of reviewer v in a table of rows by key, or the free one (row -1) that is to be his."""
    at = bucket(v, mask)
    while row[at] >= 0 and key[at] != v:
        at = (at + 1) & mask
    return at


@bare
def _count(begin, crowds, base, slots, joined, near, name, first, span, key, row, mask, at_row, met):
    """Fill a row of ``met`` for each reviewer near: meetings by kind, once a place, the rarest; return how many rows.

    A row ends with the last place counted (1 is the first) and the kind counted there; its cell of (key, row) goes to ``at_row``.
    """
    kinds = met.shape[1] - 2
    n = 0
    here = 0
    for e in range(crowds):
        if not _joined(joined, base + begin + e):
            here += 1
        if first[e] == first[e + 1]:
            continue
        own = span_kind(span, slots[base + begin + e])
        for c in range(first[e], first[e + 1]):
            at = _cell(name[c], key, row, mask)
            k = max(own, span_kind(span, near[c]))
            r = row[at]
            if r < 0:
                key[at], row[at], at_row[n] = name[c], n, at
                met[n, :] = 0
                r = n
                n += 1
            if met[r, kinds] != here:
                met[r, kinds], met[r, kinds + 1] = here, k
                met[r, k] += 1
            elif k < met[r, kinds + 1]:
                met[r, met[r, kinds + 1]] -= 1
                met[r, k] += 1
                met[r, kinds + 1] = k
    return n


@bare
def _keep(at_row, met, n, at_least):
    """Bring forward in ``at_row`` those of n rows that met often enough, and end these rows with how often; return how many they are."""
    kinds = met.shape[1] - 2
    kept = 0
    for c in range(n):
        times = 0
        for k in range(kinds):
            times += met[c, k]
        met[c, kinds] = times
        if times >= at_least:
            at_row[c], at_row[kept] = at_row[kept], at_row[c]
            kept += 1
    return kept


@bare
def _surprise(v, own, act_indptr, act_strata, act_counts, field, there, mean):
    """Return the largest surprise over all kinds of meeting reviewer v at places of that kind or rarer as often as ``own`` says."""
    kinds = len(mean)
    mean[:] = 0.0
    for e in range(act_indptr[v], act_indptr[v + 1]):
        s = act_strata[e]
        if there[s]:
            for k in range(kinds):
                mean[k] += act_counts[e] * field[s, k]
    surprise = 0.0
    met = 0.0
    for k in range(kinds):
        # Where no meeting is added the mean can only grow, and the surprise fall.
        if own[k] > 0:
            met += own[k]
            surprise = max(surprise, chernoff(met, mean[k]))
    return surprise


@jit
def meet_pairs(
    first,
    last,
    indptr,
    slots,
    joined,
    who,
    n_met,
    span,
    limit,
    act_indptr,
    act_strata,
    act_counts,
    rate,
    reach,
    at_least,
    least_surprise,
):
    """Return the pairs a < b, a in [first, last), that met at ``at_least`` places or more and whose surprise reaches ``least_surprise``.

    Row u of (indptr, slots) holds the slots of reviewer u grouped by place, ``joined`` the bits of `mark_joined` (none where each slot of a
    row is at a place of its own): a pair counts one meeting a place, the rarest. ``who`` is the reviewer in each slot,
    of whom those from ``n_met`` on are passed over; places of a kind above ``limit`` do not count. The surprise is the largest over all
    kinds of the bound for meetings at places of that kind or rarer. Returns int32 arrays (a, b, places met at, surprise in 1/1024
    nat), sorted by (a, b), the last one empty where no surprise is asked for. O(sum of crowds) time, O(crowds of one reviewer + pairs)
    memory.
    """
    kinds = rate.shape[2]
    asked = least_surprise > 0.0
    room, capacity = 1024, BLOCK
    lo, hi, start = np.empty(capacity, np.int32), np.empty(capacity, np.int32), np.empty(capacity + 1, np.int64)
    # What is known of those whom one reviewer met stays in cache, however many reviewers the log has.
    near, name, at_row = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    cells = np.zeros(CELLS * room, np.uint8)
    key, row = np.empty(2 * room, np.int32), np.full(2 * room, -1, np.int32)
    met = np.empty((64, kinds + 2), np.int32)
    field = np.zeros((len(rate), kinds), np.float64)
    # Whether a stratum has any, in few enough bytes to stay in the nearest cache.
    there = np.zeros(len(rate), np.uint8)
    mean = np.empty(kinds, np.float64)
    strata = np.empty(len(rate), np.int32)
    a, b, places = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, np.int32)
    nats = np.empty(1024 if asked else 0, np.int32)
    filled = 0
    block_end = first
    base = np.int64(0)
    for u in range(first, last):
        if u == block_end:
            block_end = u + 1
            while block_end < last and indptr[block_end + 1] - indptr[u] <= BLOCK:
                block_end += 1
            base = indptr[u]
            m = indptr[block_end] - base
            if m > capacity:
                capacity = m
                lo, hi, start = np.empty(capacity, np.int32), np.empty(capacity, np.int32), np.empty(capacity + 1, np.int64)
            _look_up(slots, base, m, span, limit, who, lo, hi)
        begin, end = indptr[u] - base, indptr[u + 1] - base
        total = 0
        for e in range(begin, end):
            total += hi[e] - lo[e]
        if total >= room:
            while total >= room:
                room *= 2
            near, name, at_row = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
            cells = np.zeros(CELLS * room, np.uint8)
            key, row = np.empty(2 * room, np.int32), np.full(2 * room, -1, np.int32)
        n = _gather(u, begin, end, lo, hi, who, n_met, span, limit, near, name, start)
        if n >= at_least > 1:
            used = cells_for(CELLS * n)
            n = _repeated(near, name, start, end - begin, at_least, cells[:used])
            cells[:used] = 0
        if n < at_least:
            continue
        if n > len(met):
            met = np.empty((2 * n, kinds + 2), np.int32)
        mask = cells_for(2 * n) - 1
        n = _count(begin, end - begin, base, slots, joined, near, name, start, span, key, row, mask, at_row, met)
        kept = _keep(at_row, met, n, at_least)
        _in_order(key, at_row, kept)
        spread = 0
        if kept and asked:
            for c in range(kept):
                prefetch(act_indptr, key[at_row[c]])
            spread = _spread(act_indptr, act_strata, act_counts, u, rate, reach, field, there, strata)
            for c in range(kept):
                e = act_indptr[key[at_row[c]]]
                prefetch(act_strata, e)
                prefetch(act_counts, e)
        for c in range(kept):
            v = key[at_row[c]]
            r = row[at_row[c]]
            surprise = _surprise(v, met[r], act_indptr, act_strata, act_counts, field, there, mean) if asked else 0.0
            if surprise >= least_surprise:
                if filled == len(a):
                    a, b, places = _doubled(a), _doubled(b), _doubled(places)
                    if asked:
                        nats = _doubled(nats)
                a[filled], b[filled], places[filled] = u, v, met[r, kinds]
                if asked:
                    nats[filled] = np.int32(np.rint(min(surprise, 1e6) * 1024.0))
                filled += 1
        _clear(field, there, strata, spread)
        for c in range(n):
            row[at_row[c]] = -1
    return a[:filled], b[:filled], places[:filled], nats[: filled if asked else 0]
