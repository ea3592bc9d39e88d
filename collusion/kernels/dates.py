"""Dates drawn for the reviews of a group, product by product, and how many pairs of them lie near each other."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.hashing import below, mix64, random_word
from collusion.kernels.sorting import insert_range, sort_range

__all__ = ["draw_from_product", "draw_own_times", "near_pairs", "product_key"]

DIGITS, UPPER = np.uint64(11), np.uint64(32)
"""Bits of a word that are no digits of a number from 0 to 1, and those below its upper half."""

TOP = np.int64(2**53)
"""What no number from 0 to 1 reaches, in units of 2 ** -53."""


@bare
def product_key(seed, time, lo, hi, own, begin, end):
    """Return what the draws of a product are keyed by: the seed, the dates ``time[lo:hi]``, and of these the group's ``own[begin:end]``.

    A product is known by its dates, counted from its first, so that neither its name nor its place among the others has a say. O(dates).
    """
    first = np.int64(time[lo])
    every, ours = np.uint64(0), np.uint64(0)
    # Sums of hashes, which need not wait for each other.
    for i in range(lo, hi):
        every += mix64(np.uint64(np.int64(time[i]) - first))
    for i in range(begin, end):
        ours += mix64(np.uint64(np.int64(own[i]) - first))
    return mix64(mix64(np.uint64(seed) ^ every) ^ ours)


@bare
def near_pairs(values, n, window):
    """Return how many pairs of the first n values, ascending, lie within ``window`` of each other. O(n)."""
    first = 0
    found = 0
    for i in range(n):
        while values[i] - values[first] > window:
            first += 1
        found += i - first
    return found


@bare
def _numbers(key, start, words):
    """Fill ``words`` with the digits of so many numbers from 0 to 1, in units of 2 ** -53: those from ``start`` on of a key. O(n)."""
    for i in range(len(words)):
        words[i] = np.int64(random_word(key, start + i) >> DIGITS)


@bare
def _reached(word, limit):
    """Return how many numbers are ``limit`` or smaller. O(n), several at a time."""
    found = 0
    for i in range(len(word)):
        found += word[i] <= limit
    return found


@bare
def _limit(word, k):
    """Return a number that k of those given do not exceed: which are the k smallest of them, k below n. O(n), a few times."""
    low, high, few, many = np.int64(-1), TOP, 0, len(word)
    while high - low > 1:
        # Numbers are even, so the one asked for lies between the bounds where its rank lies between theirs.
        step = np.int64((high - low) * ((k - few + 0.5) / (many - few + 1.0)))
        limit = low + min(max(step, np.int64(1)), high - low - np.int64(1))
        found = _reached(word, limit)
        if found == k:
            return limit
        if found < k:
            low, few = limit, found
        else:
            high, many = limit, found
    return high


@bare
def _nearest(time, lo, hi, window, near):
    """Fill ``near[i]`` with the first place from ``lo`` on whose date lies within ``window`` before that of place i. O(n)."""
    first = lo
    for i in range(lo, hi):
        while np.int64(time[i]) - np.int64(time[first]) > window:
            first += 1
        near[i - lo] = first - lo


@bare
def _pairs_below(word, limit, near, before):
    """Return how many pairs of places with a number of at most ``limit`` are near each other, by the `_nearest` of each. O(n)."""
    found, chosen = np.int64(0), np.int64(0)
    for i in range(len(word)):
        before[i] = chosen
        # Without a branch, which nobody could foresee.
        one = np.int64(word[i] <= limit)
        found += one * (chosen - before[near[i]])
        chosen += one
    return found


@bare
def _replaced(key, start, n, k, places, count, chosen):
    """Draw k places of n, each as likely whatever was drawn before: fill ``chosen``, ascending. O(k).

    By the numbers from ``start`` on of a key. ``count`` holds k + 1 zeros, and does so again afterwards.
    """
    # About as many buckets as places, so that insertion is left with next to nothing.
    scale = np.uint64((k << 32) // n)
    for i in range(k):
        places[i] = np.uint64(below(key, start + i, n))
        count[((places[i] * scale) >> UPPER) + np.uint64(1)] += 1
    for b in range(k):
        count[b + 1] += count[b]
    for i in range(k):
        b = (places[i] * scale) >> UPPER
        chosen[count[b]] = np.int64(places[i])
        count[b] += 1
    count[: k + 1] = 0
    insert_range(chosen, np.int64(0), k)  # not once more for a constant: see `jit`


@jit
def draw_from_product(time, lo, hi, own, o_indptr, window, seed, long, drawn):
    """Add to ``drawn[d]`` the near pairs of the dates of draw d; return those of the group's own dates.

    The dates of product j are ``time[lo[j]:hi[j]]``, ascending, of which the group's are ``own[o_indptr[j]:o_indptr[j + 1]]``; as many are
    drawn from them, without replacement up to ``long`` dates, by the random numbers of its `product_key`. O(draws x dates of products that
    have ``long`` of them at most, and draws x the group's dates of the others).
    """
    room = np.int64(0)
    for j in range(len(lo)):
        room = max(room, min(hi[j] - lo[j], max(long, o_indptr[j + 1] - o_indptr[j])))
    places, chosen = np.empty(room, np.uint64), np.empty(room, np.int64)
    words, near, before = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    count, dates = np.zeros(room + 1, np.int64), np.empty(room, np.int64)
    observed = 0
    for j in range(len(lo)):
        start, n = lo[j], hi[j] - lo[j]
        k = o_indptr[j + 1] - o_indptr[j]
        observed += near_pairs(own[o_indptr[j] :], k, window)
        if k == n:
            drawn += near_pairs(own[o_indptr[j] :], k, window)
            continue
        key = product_key(seed, time, start, hi[j], own, o_indptr[j], o_indptr[j + 1])
        if n <= long:
            some = words[:n]
            _nearest(time, start, hi[j], window, near)
            for d in range(len(drawn)):
                _numbers(key, d * n, some)
                drawn[d] += _pairs_below(some, _limit(some, k), near, before)
            continue
        for d in range(len(drawn)):
            _replaced(key, d * k, n, k, places, count, chosen)
            for i in range(k):
                dates[i] = time[start + chosen[i]]
            drawn[d] += near_pairs(dates, k, window)
    return observed


@bare
def _dates_of_others(time, lo, hi, own, others):
    """Fill ``others`` with the dates of the slots ``lo:hi`` that are none of the group's ``own``, both ascending."""
    filled, mine = 0, 0
    for i in range(lo, hi):
        if mine < len(own) and own[mine] == i:
            mine += 1
        else:
            others[filled] = time[i]
            filled += 1


@bare
def _placed(time, lo, gap, n, chosen, dates):
    """Fill the dates at those of the chosen places, ascending, that are below n; return how many.

    Places are among the slots from ``lo`` on without the group's, before each of which lie ``gap - lo`` of these. O(k).
    """
    mine = 0
    for i in range(len(chosen)):
        if chosen[i] >= n:
            return i
        while mine < len(gap) and gap[mine] <= lo + chosen[i]:
            mine += 1
        dates[i] = time[lo + chosen[i] + mine]
    return len(chosen)


@jit
def _merge(dates, m, more):
    """Put more dates, which are sorted for it, among the first m, which ascend."""
    sort_range(more, np.int64(0), len(more))  # as above
    i, j = m - 1, len(more) - 1
    while j >= 0:
        if i >= 0 and dates[i] > more[j]:
            dates[i + j + 1] = dates[i]
            i -= 1
        else:
            dates[i + j + 1] = more[j]
            j -= 1


@jit
def _own_times(key, time, lo, hi, own, window, long, drawn):
    """Draw the dates of one product (`draw_own_times`)."""
    n, k = hi - lo, len(own)
    begin, end = np.int64(time[lo]), np.int64(time[hi - 1])
    anywhere = np.empty((len(drawn), k), np.int64)
    for d in range(len(drawn)):
        for i in range(k):
            anywhere[d, i] = begin + below(key, d * k + i, end - begin + 1)
    used, few = len(drawn) * k, n <= long
    words, others, gap = np.empty(n if few else 0, np.int64), np.empty(n if few else 0, np.int64), own - np.arange(k)
    places, chosen, count = np.empty(k, np.uint64), np.empty(k, np.int64), np.zeros(k + 1, np.int64)
    # One more than the group's: what is not chosen is written and then overwritten, without a branch that nobody could foresee.
    dates = np.empty(max(n if few else 0, k) + 1, np.int64)
    if few:
        _dates_of_others(time, lo, hi, own, others)
    for d in range(len(drawn)):
        m = 0
        if few and k < n:
            _numbers(key, used + d * n, words)
            limit = _limit(words, k)
            for i in range(n - k):
                dates[m] = others[i]
                m += words[i] <= limit
        elif k < n:
            _replaced(key, used + d * k, n, k, places, count, chosen)
            m = _placed(time, lo, gap, n - k, chosen, dates)
        _merge(dates, m, anywhere[d, m:])
        drawn[d] += near_pairs(dates, k, window)


@jit
def draw_own_times(time, lo, hi, own, days, o_indptr, window, seed, long, drawn):
    """Add to ``drawn[d]`` the near pairs of the dates of draw d, of members each in his own time; return those of the group's own dates.

    The dates of product j are those of the slots ``lo[j]:hi[j]``, ascending, of which the group's are ``own[o_indptr[j]:o_indptr[j + 1]]``
    with dates ``days``. As many places as these are drawn among as many as there are slots, without replacement up to ``long``. The first
    places are the others' dates; for each place beyond them comes any day between the product's first and last. Keyed as in
    `draw_from_product`. O(draws x dates of products that have ``long`` of them at most, and draws x the group's dates of the others).
    """
    observed = 0
    for j in range(len(lo)):
        start, end = o_indptr[j], o_indptr[j + 1]
        observed += near_pairs(days[start:end], end - start, window)
        key = product_key(seed, time, lo[j], hi[j], days, start, end)
        _own_times(key, time, lo[j], hi[j], own[start:end], window, long, drawn)
    return observed
