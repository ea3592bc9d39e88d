"""Meetings: two reviewers in slots of one product within a window of days. One pass a reviewer, counters that stay in cache."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import jit

__all__ = ["EDGE", "count_wedges", "expected_rates", "groups_meetings", "meet_pairs", "sort_rows", "window_bounds"]

EDGE = np.dtype([("a", np.int32), ("b", np.int32), ("meetings", np.int32), ("surprise", np.int32)])
"""A surviving pair: reviewers a < b, places met at, surprise in 1/1024 nat."""


@jit
def window_bounds(indptr, time, window, no_time, lo, hi):
    """Fill the half-open range of slots of the same product within ``window`` days of each slot.

    Times ascend within a product; a slot without a time meets nobody. O(n).
    """
    for p in range(len(indptr) - 1):
        start, end = indptr[p], indptr[p + 1]
        left = start
        while left < end and time[left] == no_time:
            lo[left] = left
            hi[left] = left + 1
            left += 1
        right = left
        for i in range(left, end):
            while time[left] < time[i] - window:
                left += 1
            while right < end and time[right] <= time[i] + window:
                right += 1
            lo[i] = left
            hi[i] = right


@jit
def sort_rows(indptr, slots, key):
    """Order the slots of each row by ``key[slot]``, in place. Rows are short, so insertion; long ones by argsort."""
    for u in range(len(indptr) - 1):
        start, end = indptr[u], indptr[u + 1]
        if end - start > 48:
            row = slots[start:end].copy()
            by = np.argsort(key[row], kind="mergesort")
            slots[start:end] = row[by]
            continue
        for e in range(start + 1, end):
            slot = slots[e]
            k = key[slot]
            f = e
            while f > start and key[slots[f - 1]] > k:
                slots[f] = slots[f - 1]
                f -= 1
            slots[f] = slot


@jit
def count_wedges(lo, hi):
    """Return histogram of crowd sizes weighted by wedges: entry k is the number of wedges that slots with a crowd of k open. O(n)."""
    largest = 0
    for i in range(len(lo)):
        largest = max(largest, hi[i] - lo[i])
    wedges = np.zeros(largest + 1, np.int64)
    for i in range(len(lo)):
        wedges[hi[i] - lo[i]] += hi[i] - i - 1
    return wedges


@jit
def expected_rates(lo, hi, kind, kinds, stratum, reach, size, rate):
    """Fill ``rate[s, reach + d, k]``: the chance that a slot of stratum s and one of stratum s + d meet at a place of kind k or rarer.

    The mean is over all pairs of distinct slots of the two strata, so a reviewer with n slots in s and another with m slots in
    s + d are expected to meet ``n * m * rate[s, reach + d, k]`` times when reviewers are permuted within strata. O(wedges).
    """
    for i in range(len(lo)):
        if kind[i] == kinds:
            continue
        for j in range(i + 1, hi[i]):
            k = max(kind[i], kind[j])
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
def meet_pairs(
    first,
    last,
    indptr,
    slots,
    reviewer,
    lo,
    hi,
    kind,
    kinds,
    place,
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

    ``slots`` of one reviewer must be grouped by place: a pair counts one meeting a place, the rarest. ``reviewer`` holds -1 for
    slots to pass over, ``kind`` holds ``kinds`` for places to pass over. The surprise is the largest over all kinds of the bound for
    meetings at places of that kind or rarer. ``edge`` is an empty array of the record type. O(sum of crowds) time,
    O(n_reviewers + pairs) memory.
    """
    n = len(indptr) - 1
    # Eight bytes a reviewer, places met and the last of them, stay in cache; what is counted by kind is counted for few.
    cell = np.zeros((n, 2), np.int32)
    touched = np.empty(n, np.int32)
    field = np.zeros((len(rate), kinds), np.float64)
    mean = np.empty(kinds, np.float64)
    strata = np.empty(len(rate), np.int32)
    by_kind = np.zeros((64, kinds + 2), np.int32)
    out = np.empty(1024, edge.dtype)
    filled = 0
    for u in range(first, last):
        count = 0
        for e in range(indptr[u], indptr[u + 1]):
            i = slots[e]
            if kind[i] == kinds:
                continue
            here = place[i]
            for j in range(lo[i], hi[i]):
                v = reviewer[j]
                if v <= u or kind[j] == kinds:
                    continue
                if cell[v, 0] == 0:
                    touched[count] = v
                    count += 1
                elif cell[v, 1] == here:
                    continue
                cell[v, 0] += 1
                cell[v, 1] = here
        kept = 0
        for c in range(count):
            v = touched[c]
            if cell[v, 0] >= at_least:
                touched[kept] = v
                kept += 1
            else:
                cell[v, 0] = 0
        if kept == 0:
            continue
        touched[:kept].sort()
        spread = 0
        if least_surprise > 0.0:
            while kept > len(by_kind):
                by_kind = np.zeros((2 * len(by_kind), kinds + 2), np.int32)
            by_kind[:kept, :] = 0
            for c in range(kept):
                by_kind[c, kinds] = -1
                # Below 0: where the reviewer's counts by kind are.
                cell[touched[c], 1] = cell[touched[c], 0]
                cell[touched[c], 0] = -1 - c
            for e in range(indptr[u], indptr[u + 1]):
                i = slots[e]
                if kind[i] == kinds:
                    continue
                here = place[i]
                for j in range(lo[i], hi[i]):
                    v = reviewer[j]
                    if v <= u or cell[v, 0] >= 0 or kind[j] == kinds:
                        continue
                    k = max(kind[i], kind[j])
                    row = by_kind[-1 - cell[v, 0]]
                    if row[kinds] == here:
                        if k < row[kinds + 1]:
                            row[row[kinds + 1]] -= 1
                            row[k] += 1
                            row[kinds + 1] = k
                        continue
                    row[kinds] = here
                    row[kinds + 1] = k
                    row[k] += 1
            for c in range(kept):
                cell[touched[c], 0] = cell[touched[c], 1]
            spread = _spread(act_indptr, act_strata, act_counts, u, rate, reach, field, strata)
        for c in range(kept):
            v = touched[c]
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
                if filled == len(out):
                    grown = np.empty(2 * filled, edge.dtype)
                    grown[:filled] = out
                    out = grown
                out[filled].a = u
                out[filled].b = v
                out[filled].meetings = cell[v, 0]
                out[filled].surprise = np.int32(np.rint(min(surprise, 1e6) * 1024.0))
                filled += 1
            cell[v, 0] = 0
        for c in range(spread):
            field[strata[c], :] = 0.0
    return out[:filled].copy()


@jit
def _meet_here(own, start, end, reviewer, hi, kind, among, row):
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
                if own[j] >= hi[own[i]]:
                    break
                row[max(kind[own[i]], kind[own[j]])] += 1
        return
    n = 0
    for i in range(start, end):
        for j in range(i + 1, end):
            if own[j] >= hi[own[i]]:
                break
            n += 1
    met = np.empty((n, 2), np.int64)
    n = 0
    for i in range(start, end):
        u = reviewer[own[i]]
        for j in range(i + 1, end):
            if own[j] >= hi[own[i]]:
                break
            v = reviewer[own[j]]
            if u != v:
                met[n, 0] = (np.int64(min(u, v)) << 32) | np.int64(max(u, v))
                met[n, 1] = max(kind[own[i]], kind[own[j]])
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
    hi,
    kind,
    kinds,
    place,
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
    counts one meeting a place, the rarest. Only the members' own slots are looked at, not the crowds around them:
    O(r log r + meetings) time a group with r reviews, O(n_reviewers + n_strata) memory.
    """
    among = np.zeros(len(indptr) - 1, np.bool_)
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
                if kind[i] < kinds:
                    key[n] = (np.int64(place[i]) << 32) | np.int64(i)
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
                _meet_here(own, first, last, reviewer, hi, kind, among, met[g])
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
