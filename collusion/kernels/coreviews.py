"""Pairs of reviewers who co-review again and again: all windows in one pass, a reviewer at a time, with counters that stay in cache."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.hashing import bucket, cell, cells_for
from collusion.kernels.meetings import chernoff
from collusion.kernels.reach import BIN_BITS, NO_BINS, NOWHERE, after, bins, day, first
from collusion.kernels.sorting import SHORT

__all__ = ["count_pairs"]

BLOCK = 1024
"""Edges whose neighbours are looked up together, so that the waits for memory overlap; what they bring fits into the cache."""

CELLS = 16
"""Cells for each edge near a reviewer's: few reviewers share one with another."""

SHIFTS = (32, 44)
"""The lowest bits of the hash that choose a cell, first and again: two reviewers who share a cell seldom share the other one too."""

STRATA_A_STEP = 8
"""Strata of a reviewer that are added to what is expected before it is compared with what is asked for."""

LINE = 8
"""Numbers of 64 bits in a line of the cache."""

ROUNDING = 1e-6
"""Nats by which rounding may change a surprise, generously."""

STATE = 3
"""Columns at the end of a pair's counters: co-reviews seen, the last unit, and the bins counted there."""


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
def _look_up(edges, base, n, reach, who, lo, hi):
    """Fill the neighbours ``lo[k]:hi[k]`` of ``edges[base + k]`` in all windows, and ask for their ends in memory."""
    for k in range(n):
        i = edges[base + k]
        lo[k] = first(reach, i)
        hi[k] = after(reach, i)
        prefetch(who, lo[k])
        prefetch(who, hi[k])


@bare
def _gather(u, begin, end, lo, hi, who, n_counted, near, name, start):
    """Fill ``near`` with the edges ``lo[e]:hi[e]`` whose reviewers come after u and before ``n_counted``; return how many.

    ``name`` takes their reviewers; those of edge e begin at ``start[e - begin]``. Without a branch, since none could be foretold.
    """
    n = np.uint64(0)
    for e in range(begin, end):
        start[e - begin] = n
        for j in range(np.uint64(lo[e]), np.uint64(hi[e])):
            v = who[j]
            near[n] = np.int32(j)
            name[n] = v
            n += np.uint64((v > u) & (v < n_counted))
    start[end - begin] = n
    return np.int64(n)


@bare
def _repeated(near, name, start, n_edges, at_least, cells, shift):
    """Leave in ``near``, ``name`` and ``start`` those only who may have come ``at_least`` times; return how many are left.

    Counted by cell: reviewers who share one are told apart later, most cells holding one reviewer once. A cell holds as many ones
    as it was met, up to eight. ``shift`` chooses the bits of the hash.
    """
    mask = len(cells) - 1
    for c in range(np.uint64(start[n_edges])):
        at = cell(name[c], mask, shift)
        cells[at] = (cells[at] << np.uint8(1)) | np.uint8(1)
    enough = np.uint8((1 << min(at_least, 8)) - 1)
    n = np.uint64(0)
    begin = np.uint64(start[0])
    for e in range(n_edges):
        end = np.uint64(start[e + 1])
        for c in range(begin, end):
            at = cell(name[c], mask, shift)
            near[n] = near[c]
            name[n] = name[c]
            n += np.uint64(cells[at] >= enough)
        begin = end
        start[e + 1] = n
    return np.int64(n)


@bare
def _cell(v, key, row, mask):
    """Return the cell of reviewer v in a table of rows by key, or the free one (row -1) that is to be v's."""
    at = bucket(v, mask)
    while row[at] >= 0 and key[at] != v:
        at = (at + 1) & mask
    return at


@bare
def _add(counts, r, here, w, own, other, per_unit, per_edge, kinds):
    """Count a co-review in the windows from w on in row r: once a unit, the rarest, and once a product."""
    state = counts.shape[1] - STATE
    counts[r, state] += 1
    if counts[r, state + 1] != here:
        counts[r, state + 1], counts[r, state + 2] = here, NO_BINS
    best = np.int64(counts[r, state + 2])
    for x in range(w, len(per_unit)):
        shift = BIN_BITS * x
        k = max((own >> shift) & NOWHERE, (other >> shift) & NOWHERE)
        if k == NOWHERE:
            continue
        if per_edge[x] >= 0:
            counts[r, per_edge[x] * kinds + k] += 1
        old = (best >> shift) & NOWHERE
        if per_unit[x] >= 0 and k < old:
            if old < NOWHERE:
                counts[r, per_unit[x] * kinds + old] -= 1
            counts[r, per_unit[x] * kinds + k] += 1
            best += (k - old) << shift
    counts[r, state + 2] = best


@bare
def _count(begin, n_edges, base, edges, joined, near, name, start, reach, days, per_unit, per_edge, kinds, key, row, mask, at_row, counts):
    """Fill a row of ``counts`` for each reviewer near: co-reviews by bin, for each measure; return how many rows.

    The cell of a row in (key, row) goes to ``at_row``.
    """
    n = 0
    here = 0
    for e in range(n_edges):
        if not _joined(joined, base + begin + e):
            here += 1
        if start[e] == start[e + 1]:
            continue
        word = reach[edges[base + begin + e]]
        own, when = bins(word), day(word)
        for c in range(start[e], start[e + 1]):
            word = reach[near[c]]
            gap = abs(day(word) - when)
            w = 0
            while w < len(days) and days[w] < gap:
                w += 1
            at = _cell(name[c], key, row, mask)
            r = row[at]
            if r < 0:
                key[at], row[at], at_row[n] = name[c], n, at
                counts[n, :] = 0
                r = n
                n += 1
            _add(counts, r, here, w, own, bins(word), per_unit, per_edge, kinds)
    return n


@bare
def _keep(at_row, counts, n, measures, kinds, at_least):
    """Bring to the front of ``at_row`` those of n rows that co-review often enough by a measure; return how many they are.

    How often goes behind the counters, a column a measure.
    """
    kept = 0
    for c in range(n):
        if counts[c, counts.shape[1] - STATE] < at_least:
            continue
        enough = False
        for m in range(measures):
            times = 0
            for k in range(kinds):
                times += counts[c, m * kinds + k]
            counts[c, measures * kinds + m] = times
            enough |= times >= at_least
        if enough:
            at_row[c], at_row[kept] = at_row[kept], at_row[c]
            kept += 1
    return kept


@bare
def _set_own(indptr, strata, counts, u, reach, own, close):
    """Write how many reviews reviewer u has by stratum into ``own``, and 1 into ``close`` up to ``reach`` months away; both hold 0s."""
    for e in range(indptr[u], indptr[u + 1]):
        s = np.int64(strata[e])
        own[s] = counts[e]
        for t in range(max(s - reach, 0), min(s + reach + 1, len(close))):
            close[t] = 1


@bare
def _clear_own(indptr, strata, u, reach, own, close):
    """Undo `_set_own`."""
    for e in range(indptr[u], indptr[u + 1]):
        s = np.int64(strata[e])
        own[s] = 0
        for t in range(max(s - reach, 0), min(s + reach + 1, len(close))):
            close[t] = 0


@bare
def _expect(begin, end, w, strata, counts, own, close, rate, flat, reach, part, mean):
    """Add to ``mean[k]`` the co-reviews in bins up to k that are expected of ``own`` and ``counts[begin:end]``, in window w.

    ``flat`` is ``rate`` in one dimension; its rows are asked for in memory before the first is needed. ``part`` is scratch.
    """
    n, kinds = len(own), len(mean)
    width = (2 * reach + 1) * kinds
    for e in range(begin, end):
        if close[strata[e]]:
            for at in range(0, width, LINE):
                prefetch(flat, (w * n + strata[e]) * width + at)
    for e in range(begin, end):
        t = np.int64(strata[e])
        if not close[t]:
            continue
        part[:] = 0.0
        for s in range(max(t - reach, 0), min(t + reach + 1, n)):
            if own[s] > 0:
                for k in range(kinds):
                    part[k] += own[s] * rate[w, t, reach + s - t, k]
        for k in range(kinds):
            mean[k] += counts[e] * part[k]


@bare
def _surprise(counts, r, m, mean):
    """Return the largest bound over all bins for as many co-reviews in bins up to that one as row r counts by measure m."""
    surprise = 0.0
    seen = 0.0
    for k in range(len(mean)):
        own = counts[r, m * len(mean) + k]
        # Where no co-review is added the mean can only grow, and the surprise fall.
        if own > 0:
            seen += own
            surprise = max(surprise, chernoff(seen, mean[k]))
    return surprise


@jit
def count_pairs(
    begin_u,
    end_u,
    indptr,
    edges,
    joined,
    who,
    n_counted,
    reach,
    days,
    per_unit,
    per_edge,
    act_indptr,
    act_strata,
    act_counts,
    rate,
    months,
    at_least,
    least_surprise,
):
    """Return the pairs a < b, a in [begin_u, end_u), that co-review ``at_least`` times with a surprise of ``least_surprise``, by measure.

    Each pair of edges of one product within the longest window is visited once; the shortest window that holds it follows from the days
    between. Two edges are a co-review in a window if they lie within it and both count there (`collusion.kernels.reach`), in the larger of
    their local-degree bins.

    Parameters
    ----------
    begin_u, end_u : int
    indptr, edges : int64[n + 1], int32[n_edges]
        The edges of each reviewer, those of a unit (a seller or a product) side by side.
    joined : uint8 array
        The bits of `mark_joined`; empty where each edge of a reviewer is at a unit of its own.
    who : int32[n_edges]
        The reviewer of each edge. Those from ``n_counted`` on are passed over; edges that count in no window must be theirs (`hide`).
    n_counted : int
    reach : uint64[n_edges]
    days : int64[n_windows]
        Ascending. The largest number where there is one window, whose extents are exact.
    per_unit, per_edge : int64[n_windows]
        The measure that counts a pair once a unit in this window, the rarest co-review; the one that counts once a product. -1 for none.
    act_indptr, act_strata, act_counts : arrays
        How many reviews each reviewer has in each stratum.
    rate : float64[n_windows, n_strata, 2 * months + 1, n_bins]
        Chance that an edge of a stratum and one so many months later are a co-review in a bin or a rarer one. Seen from the later one it is
        the same: ``rate[w, s, months + d] == rate[w, s + d, months - d]``.
    months : int
    at_least : int
    least_surprise : float
        The surprise is the largest over bins of the bound for the co-reviews in bins up to that one. 0: none is asked for.

    Returns
    -------
    tuple of arrays
        a, b (int32), measure (uint8), co-reviews (int32) and surprise in 1/1024 nat (int32, empty where none is asked for), by (a, b).

    Notes
    -----
    O(sum of local degrees) time, O(edges near one reviewer + pairs) memory.
    """
    windows, kinds = rate.shape[0], rate.shape[3]
    measures = max(per_unit.max(), per_edge.max()) + 1
    asked = least_surprise > 0.0
    room, capacity = 1024, BLOCK
    lo, hi, start = np.empty(capacity, np.int32), np.empty(capacity, np.int32), np.empty(capacity + 1, np.int64)
    # What is known of those near one reviewer stays in cache, however many reviewers the log has.
    near, name, at_row = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    cells = np.zeros(CELLS * room, np.uint8)
    key, row = np.empty(2 * room, np.int32), np.full(2 * room, -1, np.int32)
    width = measures * (kinds + 1) + STATE
    counts = np.empty((64, width), np.int32)
    # What reviewer u has by stratum; few enough bytes to stay in the nearest cache.
    own, close = np.zeros(rate.shape[1], act_counts.dtype), np.zeros(rate.shape[1], np.uint8)
    flat, part, mean = rate.reshape(-1), np.empty(kinds, np.float64), np.empty(kinds, np.float64)
    a, b, times = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, np.int32)
    measure = np.empty(1024, np.uint8)
    nats = np.empty(1024 if asked else 0, np.int32)
    filled = 0
    block_end = begin_u
    base = np.int64(0)
    for u in range(begin_u, end_u):
        if u == block_end:
            block_end = u + 1
            while block_end < end_u and indptr[block_end + 1] - indptr[u] <= BLOCK:
                block_end += 1
            base = indptr[u]
            m = indptr[block_end] - base
            if m > capacity:
                capacity = m
                lo, hi, start = np.empty(capacity, np.int32), np.empty(capacity, np.int32), np.empty(capacity + 1, np.int64)
            _look_up(edges, base, m, reach, who, lo, hi)
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
        n = _gather(u, begin, end, lo, hi, who, n_counted, near, name, start)
        for shift in SHIFTS:
            if n >= at_least > 1:
                used = cells_for(CELLS * n)
                n = _repeated(near, name, start, end - begin, at_least, cells[:used], shift)
                cells[:used] = 0
        if n < at_least:
            continue
        if n > len(counts):
            counts = np.empty((2 * n, width), np.int32)
        mask = cells_for(2 * n) - 1
        n = _count(
            begin,
            end - begin,
            base,
            edges,
            joined,
            near,
            name,
            start,
            reach,
            days,
            per_unit,
            per_edge,
            kinds,
            key,
            row,
            mask,
            at_row,
            counts,
        )
        kept = _keep(at_row, counts, n, measures, kinds, at_least)
        _in_order(key, at_row, kept)
        if asked and kept:
            for c in range(kept):
                prefetch(act_indptr, key[at_row[c]])
            _set_own(act_indptr, act_strata, act_counts, u, months, own, close)
            for c in range(kept):
                prefetch(act_strata, act_indptr[key[at_row[c]]])
                prefetch(act_counts, act_indptr[key[at_row[c]]])
        while filled + kept * measures > len(a):
            a, b, times, measure = _doubled(a), _doubled(b), _doubled(times), _doubled(measure)
            if asked:
                nats = _doubled(nats)
        for c in range(kept):
            v = key[at_row[c]]
            r = row[at_row[c]]
            last = act_indptr[v + 1] if asked else 0
            for w in range(windows):
                mean[:] = 0.0
                at = act_indptr[v] if asked else 0
                for m in (per_unit[w], per_edge[w]):
                    if m < 0 or counts[r, measures * kinds + m] < at_least:
                        continue
                    # What is expected only grows with each stratum, and the surprise falls: most pairs are left early.
                    while asked:
                        until = min(at + STRATA_A_STEP, last)
                        _expect(at, until, w, act_strata, act_counts, own, close, rate, flat, months, part, mean)
                        at = until
                        surprise = _surprise(counts, r, m, mean)
                        if at == last or surprise < least_surprise - ROUNDING:
                            break
                    if asked:
                        if surprise < least_surprise:
                            continue
                        nats[filled] = np.int32(np.rint(min(surprise, 1e6) * 1024.0))
                    a[filled], b[filled], times[filled], measure[filled] = u, v, counts[r, measures * kinds + m], m
                    filled += 1
        if asked and kept:
            _clear_own(act_indptr, act_strata, u, months, own, close)
        for c in range(n):
            row[at_row[c]] = -1
    return a[:filled], b[:filled], measure[:filled], times[:filled], nats[: filled if asked else 0]
