"""Meetings: two reviewers in slots of one product within a window of days. One pass a reviewer, counters that stay in cache."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import jit

__all__ = [
    "BITS",
    "EDGE",
    "LARGEST",
    "count_wedges",
    "expected_rates",
    "fill_spans",
    "fill_who",
    "groups_meetings",
    "meet_pairs",
    "move_rows",
    "opened",
    "sort_rows",
    "span_hi",
    "span_kind",
    "span_lo",
]

EDGE = np.dtype([("a", np.int32), ("b", np.int32), ("meetings", np.int32), ("surprise", np.int32)])
"""A surviving pair: reviewers a < b, places met at, surprise in 1/1024 nat."""

BITS = 13
"""Bits for how far a crowd reaches before a slot, and for how far behind it. With the kind above them, a slot's window is one word: whoever
walks through the slots of a reviewer, which lie all over the log, waits for memory once a slot."""

LARGEST = (1 << BITS) - 1
"""The largest crowd that a word holds."""

BLOCK = 4096
"""Slots whose crowds are looked up together, so that the waits for memory overlap; what they bring fits into the cache."""

GOLDEN = 0x9E3779B1
"""2**32 over the golden ratio: multiplying by it spreads codes over a table (Knuth)."""


@jit
def span_lo(span, i):
    """Return the first slot of the crowd around slot i."""
    return i - np.int64(span[i] & LARGEST)


@jit
def span_hi(span, i):
    """Return the slot after the last of the crowd around slot i; i where it does not count."""
    return i + np.int64((span[i] >> BITS) & LARGEST)


@jit
def span_kind(span, i):
    """Return how crowded slot i is; the number of kinds where it does not count."""
    return np.int64(span[i] >> (2 * BITS))


@jit
def _around(time, dated, window, i, left, right, end):
    """Move the ends of a crowd on to that of slot i, of a product whose slots end before ``end``."""
    if not dated:
        return left, end
    while time[left] < time[i] - window:
        left += 1
    while right < end and time[right] <= time[i] + window:
        right += 1
    return left, right


@jit
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
            left, right = _around(time, dated, window, i, left, right, end)
            if right - left < len(wedges):
                wedges[right - left] += right - i - 1


@jit
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
            left, right = _around(time, dated, window, i, left, right, end)
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


@jit
def opened(span, wedges):
    """Add to ``wedges[k]`` the wedges that slots of kind k open, and return it. O(n)."""
    for i in range(len(span)):
        wedges[span_kind(span, i)] += span_hi(span, i) - i - 1
    return wedges


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
def fill_who(span, limit, reviewer, rank, n, who):
    """Fill the rank of who fills each slot; -1 for ranks from n and for places of a kind above ``limit``. O(slots)."""
    for i in range(len(span)):
        who[i] = -1
        if span_kind(span, i) <= limit:
            r = rank[reviewer[i]]
            if r < n:
                who[i] = r


@jit
def move_rows(order, indptr, slots, product, place_of, out):
    """Fill ``out`` with the rows of (indptr, slots) in the order given, slots inverted where another place begins. O(n)."""
    filled = 0
    for u in order:
        last = np.int64(-1)
        for e in range(indptr[u], indptr[u + 1]):
            here = place_of[product[slots[e]]]
            out[filled] = ~slots[e] if here != last else slots[e]
            last = here
            filled += 1


@jit
def meet_pairs(
    first,
    last,
    indptr,
    slots,
    who,
    span,
    limit,
    act_indptr,
    act_strata,
    act_counts,
    rate,
    reach,
    at_least,
    least_surprise,
    edge,
):
    """Return the pairs a < b, a in [first, last), that met at ``at_least`` places or more and whose surprise reaches ``least_surprise``.

    Row u of (indptr, slots) holds the slots of reviewer u grouped by place, and ``~slot`` where a place begins: a pair counts one meeting
    a place, the rarest. ``who`` is the reviewer in each slot, -1 for slots to pass over; places of a kind above ``limit`` do not count.
    The surprise is the largest over all kinds of the bound for meetings at places of that kind or rarer. ``edge`` is an empty
    array of the record type. O(sum of crowds) time, O(crowds of one reviewer + pairs) memory.
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
    out = np.empty(1024, edge.dtype)
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
                if i < 0:
                    i = ~i
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
            if slots[base + e] < 0:
                here += 1
            for j in range(lo[e], hi[e]):
                v = who[j]
                if v <= u:
                    continue
                at = ((np.int64(v) * GOLDEN) >> 20) & mask
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
            if times[at] >= at_least:
                row_of[at] = kept
                touched[c] = touched[kept]
                touched[kept] = at
                kept += 1
            else:
                row_of[at] = -1
        if kept and least_surprise > 0.0:
            while kept > len(by_kind):
                by_kind = np.zeros((2 * len(by_kind), kinds + 2), np.int32)
            by_kind[:kept, :] = 0
            here = 0
            for e in range(begin, end):
                i = slots[base + e]
                if i < 0:
                    here += 1
                    i = ~i
                for j in range(lo[e], hi[e]):
                    v = who[j]
                    if v <= u:
                        continue
                    at = ((np.int64(v) * GOLDEN) >> 20) & mask
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
                mean[:] = 0.0
                for e in range(act_indptr[v], act_indptr[v + 1]):
                    if field[act_strata[e], kinds - 1] > 0.0:
                        for k in range(kinds):
                            mean[k] += act_counts[e] * field[act_strata[e], k]
                met = 0.0
                surprise = 0.0
                for k in range(kinds):
                    met += by_kind[c, k]
                    surprise = max(surprise, chernoff(met, mean[k]))
                if surprise >= least_surprise:
                    if filled == len(out):
                        out = np.concatenate((out, np.empty(filled, edge.dtype)))
                    out[filled].a = u
                    out[filled].b = v
                    out[filled].meetings = times[touched[c]]
                    out[filled].surprise = np.int32(np.rint(min(surprise, 1e6) * 1024.0))
                    filled += 1
            for c in range(spread):
                field[strata[c], :] = 0.0
        elif kept:
            for c in range(kept):
                if filled == len(out):
                    out = np.concatenate((out, np.empty(filled, edge.dtype)))
                out[filled].a = u
                out[filled].b = key[touched[c]]
                out[filled].meetings = times[touched[c]]
                out[filled].surprise = 0
                filled += 1
        for c in range(count):
            times[touched[c]] = 0
            seen[touched[c]] = 0
    return out[:filled].copy()


@jit
def _meet_here(own, start, end, reviewer, span, among, row):
    """Count the pairs of slots ``own[start:end]``, of one place, that lie within the window of each other, by kind, into ``row``.

    ``among`` holds 0 for every reviewer, and does so again afterwards. Slots ascend.
    """
    again = False
    for i in range(start, end):
        u = reviewer[own[i]]
        again |= among[u]
        among[u] = True
    for i in range(start, end):
        among[reviewer[own[i]]] = False
    if not again:
        # Nobody reviewed here twice, so no pair can meet twice.
        for i in range(start, end):
            for j in range(i + 1, end):
                if own[j] >= span_hi(span, own[i]):
                    break
                row[max(span_kind(span, own[i]), span_kind(span, own[j]))] += 1
        return
    n = 0
    for i in range(start, end):
        for j in range(i + 1, end):
            if own[j] >= span_hi(span, own[i]):
                break
            n += 1
    met = np.empty((n, 2), np.int64)
    n = 0
    for i in range(start, end):
        u = reviewer[own[i]]
        for j in range(i + 1, end):
            if own[j] >= span_hi(span, own[i]):
                break
            v = reviewer[own[j]]
            if u != v:
                met[n, 0] = (np.int64(min(u, v)) << 32) | np.int64(max(u, v))
                met[n, 1] = max(span_kind(span, own[i]), span_kind(span, own[j]))
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
    span,
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
    counts one meeting a place, the rarest; places of a kind above ``limit`` do not count. Only the members' own slots are looked at,
    not the crowds around them: O(r log r + meetings) time a group with r reviews, O(n_reviewers + n_strata) memory.
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
                if span_kind(span, i) <= limit:
                    key[n] = (np.int64(place_of[product[i]]) << 32) | np.int64(i)
                    n += 1
        key = key[:n]
        key.sort()
        own = (key & np.int64(0xFFFFFFFF)).astype(np.int32)
        first = 0
        while first < n:
            last = first + 1
            while last < n and key[last] >> 32 == key[first] >> 32:
                last += 1
            if last > first + 1:
                _meet_here(own, first, last, reviewer, span, among, met[g])
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
                    own = act_counts[e] * act_counts[f] * (0.5 if d == 0 else 1.0)
                    for k in range(kinds):
                        expected[g, k] -= own * rate[s, reach + d, k]
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
