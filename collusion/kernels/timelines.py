"""Counts along the dates of products and of reviewers: what a few signals ask of a group's own part of a log."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit

__all__ = ["busiest_days", "circles", "count_around", "count_days", "count_until", "first_dates", "rated", "runs"]


@jit
def runs(values):
    """Return the different values of an ascending array and how often each comes."""
    distinct, times = np.empty(len(values), values.dtype), np.empty(len(values), np.int64)
    n = 0
    for i in range(len(values)):
        if i and values[i] == values[i - 1]:
            times[n - 1] += 1
        else:
            distinct[n], times[n] = values[i], 1
            n += 1
    return distinct[:n], times[:n]


@bare
def first_dates(indptr, time, no_time, first):
    """Fill the first date of each product, ``no_time`` where it has none. Those without stand first within a product. O(n) at most."""
    for p in range(len(indptr) - 1):
        first[p] = no_time
        for i in range(indptr[p], indptr[p + 1]):
            if time[i] != no_time:
                first[p] = time[i]
                break


@jit
def count_days(time, no_time):
    """Return the first date and how many there are of each day from it to the last. O(n + days)."""
    first, last, n = np.int64(0), np.int64(-1), 0
    for i in range(len(time)):
        if time[i] != no_time:
            first = min(first, np.int64(time[i])) if n else np.int64(time[i])
            last = max(last, np.int64(time[i])) if n else np.int64(time[i])
            n += 1
    times = np.zeros(last - first + 1, np.int64)
    for i in range(len(time)):
        if time[i] != no_time:
            times[time[i] - first] += 1
    return first, times


@bare
def _until(time, lo, hi, day):
    """Return how many of the ascending ``time[lo:hi]`` are ``day`` or earlier."""
    start = lo
    while lo < hi:
        middle = (lo + hi) // 2
        if time[middle] <= day:
            lo = middle + 1
        else:
            hi = middle
    return lo - start


@jit
def count_until(time, lo, hi, day):
    """Return for each product how many of its dates ``time[lo[j]:hi[j]]`` are ``day[j]`` or earlier."""
    found = np.empty(len(lo), np.int64)
    for j in range(len(lo)):
        found[j] = _until(time, lo[j], hi[j], day[j])
    return found


@jit
def count_around(time, lo, hi, own, indptr, opened, near, around):
    """Return for each product how many others came near the group's days and how many around them, and of how many days each is.

    The dates of product j are ``time[lo[j]:hi[j]]``, of which the group's are ``own[indptr[j]:indptr[j + 1]]``; both ascend. Near is
    within ``near`` days of one of the group's. Around is from ``around`` days before the first of those, but not before ``opened[j]``,
    until as many days after the last, but what is near. O(log of the dates) for each of the group's.
    """
    found = np.zeros((4, len(lo)), np.int64)
    for j in range(len(lo)):
        start, end, mine = lo[j], hi[j], indptr[j + 1] - indptr[j]
        first, last = max(opened[j], own[indptr[j]] - around), own[indptr[j + 1] - 1] + around
        close, inside, days = 0, 0, 0
        until = own[indptr[j]] - near - 1
        for e in range(indptr[j], indptr[j + 1]):
            # Days that were counted with the date before are not counted again.
            begin = max(until, own[e] - near - 1)
            until = own[e] + near
            if until > begin:
                days += until - begin
                upper = _until(time, start, end, until)
                close += upper - _until(time, start, end, begin)
                inside += upper - _until(time, start, end, max(begin, min(first - 1, until)))
        found[0, j] = close - mine
        found[1, j] = _until(time, start, end, last) - _until(time, start, end, first - 1) - inside
        found[2, j] = days
        found[3, j] = last - first + 1 - days
    return found


@bare
def _longest_run(values):
    """Return the length of the longest run of equal values, and its first value."""
    most, best, start = 0, 0, 0
    for i in range(len(values)):
        if values[i] != values[start]:
            start = i
        if i + 1 - start > most:
            most, best = i + 1 - start, values[i]
    return most, best


@jit
def busiest_days(reviewers, indptr, slots, time, no_time, among):
    """Return for each reviewer: dated reviews in the group, those of the busiest day and that day; dated reviews in all, those of its day.

    Row u of (indptr, slots) holds the slots of reviewer u; the group's are ``among``, ascending.
    """
    found = np.zeros((5, len(reviewers)), np.int64)
    for a in range(len(reviewers)):
        u = reviewers[a]
        n = indptr[u + 1] - indptr[u]
        own, every = np.empty(n, np.int64), np.empty(n, np.int64)
        within, dated = 0, 0
        for e in range(indptr[u], indptr[u + 1]):
            i = np.int64(slots[e])
            if time[i] == no_time:
                continue
            every[dated] = time[i]
            dated += 1
            at = np.searchsorted(among, i)
            if at < len(among) and among[at] == i:
                own[within] = time[i]
                within += 1
        own, every = own[:within], every[:dated]
        own.sort()
        every.sort()
        found[0, a] = within
        found[1, a], found[2, a] = _longest_run(own)
        found[3, a] = dated
        found[4, a] = _longest_run(every)[0]
    return found


@jit
def circles(n, one, other):
    """Return for each of n nodes the lowest of those that it is joined with, directly or by others."""
    of = np.arange(n)
    for e in range(len(one)):
        a, b = one[e], other[e]
        while of[a] != a:
            a = of[a]
        while of[b] != b:
            b = of[b]
        of[max(a, b)] = min(a, b)
    for a in range(n):
        of[a] = of[of[a]]
    return of


@jit
def rated(rating, lo, hi, own, indptr, best, worst, every):
    """Gather the ratings of products: fill ``every``, and return where each product's begin there and how many are best and worst.

    The ratings of product j are ``rating[lo[j]:hi[j]]``, nan where there is none; the group's are ``own[indptr[j]:indptr[j + 1]]``. The
    four rows count the best among the group's and among all, and the worst likewise. O(reviews of the products).
    """
    start = np.zeros(len(lo) + 1, np.int64)
    alike = np.zeros((4, len(lo)), np.int64)
    filled = 0
    for j in range(len(lo)):
        for i in range(lo[j], hi[j]):
            value = np.float64(rating[i])
            if not np.isnan(value):
                every[filled] = value
                filled += 1
                alike[1, j] += value == best
                alike[3, j] += value == worst
        for i in range(indptr[j], indptr[j + 1]):
            alike[0, j] += own[i] == best
            alike[2, j] += own[i] == worst
        start[j + 1] = filled
    return start, alike
