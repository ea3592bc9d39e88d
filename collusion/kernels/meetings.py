"""Meetings: two reviewers in slots of one product within a window of days. One pass a reviewer, counters that stay in cache."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import jit

__all__ = ["EDGE", "count_wedges", "expected_rates", "meet_pairs", "members_meetings", "sort_rows", "window_bounds"]

EDGE = np.dtype([("a", np.int32), ("b", np.int32), ("meetings", np.int32), ("weight", np.int64), ("surprise", np.int32)])
"""A surviving pair: reviewers a < b, places met at, summed fixed-point weight, surprise in 1/1024 nat."""


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
def expected_rates(lo, hi, weight, stratum, reach, size, rate):
    """Fill ``rate[s, reach + d]``: the mean weight of a meeting between a slot of stratum s and one of stratum s + d.

    The mean is over all pairs of distinct slots of the two strata, so a reviewer with n slots in s and another with m slots in
    s + d have an expected meeting weight of ``n * m * rate[s, reach + d]`` when reviewers are permuted within strata. O(wedges).
    """
    for i in range(len(lo)):
        if weight[i] == 0:
            continue
        for j in range(i + 1, hi[i]):
            w = min(weight[i], weight[j])
            d = stratum[j] - stratum[i]
            rate[stratum[i], reach + d] += w
            rate[stratum[j], reach - d] += w
    for s in range(len(size)):
        for d in range(-reach, reach + 1):
            t = s + d
            if 0 <= t < len(size) and rate[s, reach + d] > 0:
                pairs = float(size[s]) * (float(size[t]) - (1.0 if d == 0 else 0.0))
                rate[s, reach + d] /= pairs


@jit
def _spread(indptr, strata, counts, u, rate, reach, field, touched):
    """Scatter what reviewer u is expected to meet in each stratum; return how many strata were touched."""
    n = 0
    for e in range(indptr[u], indptr[u + 1]):
        s = strata[e]
        for d in range(-reach, reach + 1):
            t = s + d
            if 0 <= t < len(field) and rate[s, reach + d] > 0.0:
                if field[t] == 0.0:
                    touched[n] = t
                    n += 1
                field[t] += counts[e] * rate[s, reach + d]
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
    weight,
    place,
    act_indptr,
    act_strata,
    act_counts,
    rate,
    reach,
    unit,
    at_least,
    least_surprise,
    edge,
):
    """Return the pairs a < b, a in [first, last), that met at ``at_least`` places or more and whose surprise reaches ``least_surprise``.

    ``slots`` of one reviewer must be grouped by place: a pair counts one meeting a place, the rarest. ``reviewer`` holds -1 for
    slots to pass over. ``edge`` is an empty array of the record type. O(sum of crowds) time, O(n_reviewers + pairs) memory.
    """
    n = len(indptr) - 1
    # One cache line a reviewer: places met, summed weight, last place, weight there.
    cell = np.zeros((n, 4), np.int32)
    touched = np.empty(n, np.int32)
    field = np.zeros(len(rate), np.float64)
    strata = np.empty(len(rate), np.int32)
    out = np.empty(1024, edge.dtype)
    filled = 0
    for u in range(first, last):
        count = 0
        for e in range(indptr[u], indptr[u + 1]):
            i = slots[e]
            if weight[i] == 0:
                continue
            here = place[i]
            for j in range(lo[i], hi[i]):
                v = reviewer[j]
                if v <= u:
                    continue
                w = min(weight[i], weight[j])
                if w == 0:
                    continue
                if cell[v, 0] == 0:
                    touched[count] = v
                    count += 1
                elif cell[v, 2] == here:
                    if w > cell[v, 3]:
                        cell[v, 1] += w - cell[v, 3]
                        cell[v, 3] = w
                    continue
                cell[v, 0] += 1
                cell[v, 1] += w
                cell[v, 2] = here
                cell[v, 3] = w
        kept = 0
        for k in range(count):
            v = touched[k]
            if cell[v, 0] >= at_least:
                touched[kept] = v
                kept += 1
            else:
                cell[v, 0] = 0
                cell[v, 1] = 0
        if kept == 0:
            continue
        touched[:kept].sort()
        spread = _spread(act_indptr, act_strata, act_counts, u, rate, reach, field, strata)
        for k in range(kept):
            v = touched[k]
            mean = 0.0
            for e in range(act_indptr[v], act_indptr[v + 1]):
                mean += act_counts[e] * field[act_strata[e]]
            surprise = chernoff(cell[v, 1] / unit, mean / unit)
            if surprise >= least_surprise:
                if filled == len(out):
                    grown = np.empty(2 * filled, edge.dtype)
                    grown[:filled] = out
                    out = grown
                out[filled].a = u
                out[filled].b = v
                out[filled].meetings = cell[v, 0]
                out[filled].weight = cell[v, 1]
                out[filled].surprise = np.int32(np.rint(min(surprise, 1e6) * 1024.0))
                filled += 1
            cell[v, 0] = 0
            cell[v, 1] = 0
        for k in range(spread):
            field[strata[k]] = 0.0
    return out[:filled].copy()


@jit
def members_meetings(members, indptr, slots, reviewer, lo, hi, weight, place):
    """Return (meetings, weight) summed over all pairs of members, one meeting a pair and place, the rarest.

    ``members`` ascends; row k of (indptr, slots) holds the slots of member k, grouped by place. O(sum of the members' crowds, each times
    the log of the number of members).
    """
    n = len(members)
    seen = np.full(n, -1, np.int32)
    best = np.zeros(n, np.int32)
    stamp = np.full(n, -1, np.int32)
    meetings = 0
    total = 0
    for k in range(n):
        for e in range(indptr[k], indptr[k + 1]):
            i = slots[e]
            if weight[i] == 0:
                continue
            here = place[i]
            for j in range(lo[i], hi[i]):
                v = reviewer[j]
                if v <= members[k]:
                    continue
                m = np.searchsorted(members, v)
                if m == n or members[m] != v:
                    continue
                w = min(weight[i], weight[j])
                if w == 0:
                    continue
                if stamp[m] != k or seen[m] != here:
                    stamp[m] = k
                    seen[m] = here
                    best[m] = w
                    meetings += 1
                    total += w
                elif w > best[m]:
                    total += w - best[m]
                    best[m] = w
    return meetings, total
