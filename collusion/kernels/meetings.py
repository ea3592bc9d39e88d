"""Meetings: two reviewers in slots of one product within a window of days. One pass a reviewer, counters that stay in cache."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import jit
from collusion.kernels.hashing import bucket
from collusion.kernels.spans import span_hi, span_kind, span_lo

__all__ = ["expected_rates", "mark_joined", "meet_pairs", "move_rows", "sort_rows"]

BLOCK = 4096
"""Slots whose crowds are looked up together, so that the waits for memory overlap; what they bring fits into the cache."""


@jit
def sort_rows(indptr, slots, product, place_of):
    """Order the slots of each row by the place of their products, in place. Rows are short, so insertion; long ones by argsort."""
    for u in range(len(indptr) - 1):
        start, end = indptr[u], indptr[u + 1]
        if end - start > 48:
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


@jit
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


@jit
def _spread(indptr, strata, counts, u, rate, reach, field, touched):
    """Scatter how often reviewer u is expected to meet in each stratum, by kind; return how many strata were touched."""
    n = 0
    kinds = rate.shape[2]
    for e in range(indptr[u], indptr[u + 1]):
        s = strata[e]
        for d in range(-reach, reach + 1):
            t = s + d
            if 0 <= t < len(field) and rate[s, reach + d, kinds - 1] > 0.0:
                if field[t, kinds - 1] == 0.0:
                    touched[n] = t
                    n += 1
                for k in range(kinds):
                    field[t, k] += counts[e] * rate[s, reach + d, k]
    return n


@jit
def chernoff(x, mean):
    """Return a lower bound on -ln P(X >= x) for a sum X of independent terms in [0, 1] with the given mean (Hoeffding 1963, theorem 1).

    The multiplicative form x ln(x / mean) - x + mean; 0 where x does not exceed the mean.
    """
    if x <= mean:
        return 0.0
    if mean <= 0.0:
        return x * 64.0
    return x * np.log(x / mean) - x + mean


@jit
def move_rows(order, indptr, slots, out):
    """Fill ``out`` with the rows of (indptr, slots) in the order given. O(n)."""
    filled = 0
    for u in order:
        for e in range(indptr[u], indptr[u + 1]):
            out[filled] = slots[e]
            filled += 1


@jit
def mark_joined(indptr, slots, product, place_of, bits):
    """Set bit e of ``bits`` (uint8, zeros) where slot e of a row is at the place of the one before it; rows are grouped by place. O(n)."""
    for u in range(len(indptr) - 1):
        last = np.int64(-1)
        for e in range(indptr[u], indptr[u + 1]):
            here = np.int64(place_of[product[slots[e]]])
            if here == last:
                bits[e >> 3] |= np.uint8(1 << (e & 7))
            last = here


@jit
def _joined(bits, e):
    return len(bits) > 0 and (bits[e >> 3] >> (e & 7)) & 1 == 1


@jit
def _in_order(key, at, n):
    """Sort the cells ``at[:n]`` of a table by their keys."""
    if n > 48:
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
    # Counters of those whom one reviewer met, in a table that stays in cache however many reviewers the log has.
    room = 1024
    key = np.empty(room, np.int32)
    times = np.zeros(room, np.int32)
    seen = np.zeros(room, np.int32)
    row_of = np.empty(room, np.int32)
    touched = np.empty(room, np.int32)
    capacity = BLOCK
    lo, hi, one = np.empty(capacity, np.int32), np.empty(capacity, np.int32), np.empty(capacity, np.int32)
    field = np.zeros((len(rate), kinds), np.float64)
    mean = np.empty(kinds, np.float64)
    strata = np.empty(len(rate), np.int32)
    by_kind = np.zeros((64, kinds + 2), np.int32)
    a, b, places = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, np.int32)
    nats = np.empty(1024 if least_surprise > 0.0 else 0, np.int32)
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
                lo, hi, one = np.empty(capacity, np.int32), np.empty(capacity, np.int32), np.empty(capacity, np.int32)
            for k in range(m):
                i = slots[base + k]
                counts = span_kind(span, i) <= limit
                lo[k] = span_lo(span, i) if counts else i
                hi[k] = span_hi(span, i) if counts else i
            # Read ahead of need, one crowd independent of the other, so that the waits overlap.
            for k in range(m):
                one[k] = who[lo[k]]
        begin, end = indptr[u] - base, indptr[u + 1] - base
        total = 0
        for e in range(begin, end):
            total += hi[e] - lo[e]
        if 2 * total > room:
            while 2 * total > room:
                room *= 2
            key = np.empty(room, np.int32)
            times = np.zeros(room, np.int32)
            seen = np.zeros(room, np.int32)
            row_of = np.empty(room, np.int32)
            touched = np.empty(room, np.int32)
        mask = 63
        while mask + 1 < 2 * total:
            mask = 2 * mask + 1
        count = 0
        here = 0
        for e in range(begin, end):
            if not _joined(joined, base + e):
                here += 1
            for j in range(lo[e], hi[e]):
                v = who[j]
                if v <= u or v >= n_met or span_kind(span, j) > limit:
                    continue
                at = bucket(v, mask)
                while times[at] != 0 and key[at] != v:
                    at = (at + 1) & mask
                if times[at] == 0:
                    key[at] = v
                    touched[count] = at
                    count += 1
                elif seen[at] == here:
                    continue
                seen[at] = here
                times[at] += 1
        kept = 0
        for c in range(count):
            at = touched[c]
            row_of[at] = -1
            if times[at] >= at_least:
                touched[c] = touched[kept]
                touched[kept] = at
                kept += 1
        _in_order(key, touched, kept)
        for c in range(kept):
            row_of[touched[c]] = c
        spread = 0
        if kept and least_surprise > 0.0:
            while kept > len(by_kind):
                by_kind = np.zeros((2 * len(by_kind), kinds + 2), np.int32)
            by_kind[:kept, :] = 0
            here = 0
            for e in range(begin, end):
                i = slots[base + e]
                if not _joined(joined, base + e):
                    here += 1
                for j in range(lo[e], hi[e]):
                    v = who[j]
                    if v <= u or v >= n_met or span_kind(span, j) > limit:
                        continue
                    at = bucket(v, mask)
                    while key[at] != v or times[at] == 0:
                        at = (at + 1) & mask
                    if row_of[at] < 0:
                        continue
                    k = max(span_kind(span, i), span_kind(span, j))
                    row = by_kind[row_of[at]]
                    if row[kinds] == here:
                        if k < row[kinds + 1]:
                            row[row[kinds + 1]] -= 1
                            row[k] += 1
                            row[kinds + 1] = k
                        continue
                    row[kinds] = here
                    row[kinds + 1] = k
                    row[k] += 1
            spread = _spread(act_indptr, act_strata, act_counts, u, rate, reach, field, strata)
        for c in range(kept):
            v = key[touched[c]]
            surprise = 0.0
            if least_surprise > 0.0:
                mean[:] = 0.0
                for e in range(act_indptr[v], act_indptr[v + 1]):
                    if field[act_strata[e], kinds - 1] > 0.0:
                        for k in range(kinds):
                            mean[k] += act_counts[e] * field[act_strata[e], k]
                met = 0.0
                for k in range(kinds):
                    met += by_kind[c, k]
                    surprise = max(surprise, chernoff(met, mean[k]))
            if surprise >= least_surprise:
                if filled == len(a):
                    a, b, places = _doubled(a), _doubled(b), _doubled(places)
                    if least_surprise > 0.0:
                        nats = _doubled(nats)
                a[filled], b[filled], places[filled] = u, v, times[touched[c]]
                if least_surprise > 0.0:
                    nats[filled] = np.int32(np.rint(min(surprise, 1e6) * 1024.0))
                filled += 1
        for c in range(spread):
            field[strata[c], :] = 0.0
        for c in range(count):
            times[touched[c]] = 0
            seen[touched[c]] = 0
    return a[:filled], b[:filled], places[:filled], nats[: filled if least_surprise > 0.0 else 0]
