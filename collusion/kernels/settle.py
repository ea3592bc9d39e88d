"""Who belongs to a group and which products do, core by core, on scratch arrays that are made once."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.hashing import cell, cells_for
from collusion.kernels.spans import BITS, LARGEST, words_of
from collusion.kernels.tails import binomial_tail, largest_discovery

__all__ = ["settle_cores"]

SLOT = np.int64((1 << 32) - 1)
"""The half of a word that tells a review; the other half is its reviewer."""

CELLS = 8
"""Cells for each visit to a group's places."""


@bare
def _merge(values, begin, middle, end, out):
    """Write the ascending ``values[begin:middle]`` and ``values[middle:end]`` into ``out[begin:end]``, ascending; no branch a value."""
    i, j, k = begin, middle, begin
    while i < middle and j < end:
        one, other = values[i], values[j]
        out[k] = min(one, other)
        i += one <= other
        j += one > other
        k += 1
    for e in range(i, middle):
        out[k] = values[e]
        k += 1
    for e in range(j, end):
        out[e] = values[e]


@jit
def _merge_rows(values, ends):
    """Return the values ascending; those up to each of ``ends`` ascend from the end before. O(n log rows); both arrays are scratch."""
    other = np.empty_like(values)
    n = len(ends)
    while n > 1:
        begin = np.int64(0)
        left = 0
        for r in range(0, n, 2):
            end = ends[min(r + 1, n - 1)]
            _merge(values, begin, ends[r], end, other)
            ends[left] = end
            begin = end
            left += 1
        n = left
        values, other = other, values
    return values


@jit
def _slots_of(members, indptr, slots, span, product, stratum):
    """Return the edges of the members, ascending, and ask for what is known of them."""
    n = np.int64(0)  # not once more for a constant: see `jit`
    for u in members:
        n += indptr[u + 1] - indptr[u]
    own = np.empty(n, np.int64)
    ends = np.empty(len(members), np.int64)
    n = np.int64(0)
    for k in range(len(members)):
        u = members[k]
        for e in range(indptr[u], indptr[u + 1]):
            own[n] = slots[e]
            if len(span):
                prefetch(span, slots[e])
            prefetch(product, slots[e])
            prefetch(stratum, slots[e])
            n += 1
        ends[k] = n
    return _merge_rows(own, ends)


@jit
def _open(own, window, limit):
    """Return the edges within the window of a co-review among ``own`` (ascending) as disjoint ranges, and which of ``own`` have one.

    ``window`` is what `words_of` takes.
    """
    n = len(own)
    word = np.empty(n, np.uint32)
    words_of(own, *window, word)
    met = np.zeros(n, np.bool_)
    before = -1
    for i in range(n):
        if np.int64(word[i] >> np.uint32(2 * BITS)) > limit:
            continue
        # Edges of a product are consecutive and in time order, so the nearest other is a neighbour.
        if before >= 0 and own[before] + np.int64((word[before] >> np.uint32(BITS)) & np.uint32(LARGEST)) > own[i]:
            met[before] = True
            met[i] = True
        before = i
    begin, end = np.empty(n, np.int32), np.empty(n, np.int32)
    filled = 0
    for i in range(n):
        if not met[i]:
            continue
        first = own[i] - np.int64(word[i] & np.uint32(LARGEST))
        if filled == 0 or first >= end[filled - 1]:
            begin[filled] = first
            filled += 1
        end[filled - 1] = own[i] + np.int64((word[i] >> np.uint32(BITS)) & np.uint32(LARGEST))
    return begin[:filled].copy(), end[:filled].copy(), met


@bare
def _run_end(values, start, end):
    """Return where the run of equal values that begins at ``start`` ends, values ascending up to ``end``. O(log)."""
    here = values[start]
    if values[end - 1] == here:
        return end
    low, high = start + 1, end - 1
    while low < high:
        middle = (low + high) // 2
        if values[middle] == here:
            low = middle + 1
        else:
            high = middle
    return low


@jit
def _attach(own, size_of_group, product, window, limit, stratum, size, false_products, marginal, by_stratum):
    """Return the products where members met and which more of them reviewed than activity explains, ascending.

    ``own`` holds the members' slots, ascending. O(members' slots log crowd): of the crowds only the ends of their months are looked for.
    """
    begin, end, _ = _open(own, window, limit)
    chosen = np.empty(0, np.int32)
    if len(begin) == 0:
        return chosen
    reviewed = np.int64(0)  # as above
    for i in range(len(own)):
        by_stratum[stratum[own[i]]] += 1
        if i == 0 or product[own[i]] != product[own[i - 1]]:
            reviewed += 1
    n = 1
    for i in range(1, len(begin)):
        # Ranges of one product may touch; those of two products never share a slot.
        if product[begin[i]] != product[begin[i - 1]]:
            n += 1
    products = np.empty(n, np.int32)
    count = np.zeros(n, np.int64)
    trials = np.zeros(n, np.int64)
    tail = np.empty(n, np.float64)
    p = 0
    at = 0
    r = 0
    while r < len(begin):
        here = product[begin[r]]
        products[p] = here
        mean = 0.0
        # Outside the product: what its own crowd is made of must not raise the chance that explains it. Strata of a product are months,
        # which ascend with its slots.
        start = begin[r]
        while r < len(begin) and product[begin[r]] == here:
            s = stratum[start]
            run = 0
            taken = 0
            while r < len(begin) and product[begin[r]] == here and stratum[start] == s:
                until = _run_end(stratum, start, end[r])
                while at < len(own) and own[at] < start:
                    at += 1
                while at < len(own) and own[at] < until:
                    taken += 1
                    at += 1
                run += until - start
                start = until
                if start == end[r]:
                    r += 1
                    if r < len(begin):
                        start = begin[r]
            mean += run * (by_stratum[s] - taken) / max(size[s] - run, 1)
            count[p] += taken
            trials[p] += run
        tail[p] = binomial_tail(count[p], trials[p], mean / trials[p])
        p += 1
    for i in range(len(own)):
        by_stratum[stratum[own[i]]] = 0
    bound = largest_discovery(tail, reviewed, false_products)
    joint = np.zeros(n, np.bool_)
    visits = 0
    for p in range(n):
        # Most of the members on one product say enough, even where they fill its stratum and so explain each other.
        joint[p] = count[p] >= 2 and (tail[p] <= bound or 2 * count[p] >= size_of_group)
        if joint[p]:
            visits += count[p]
    if visits == 0:
        return chosen
    # Camouflage brings few members together; where the members' visits go to products of many members, those of few are left out.
    held = np.empty(visits, np.int64)
    filled = 0
    for p in range(n):
        if joint[p]:
            held[filled : filled + count[p]] = count[p]
            filled += count[p]
    least = marginal * np.median(held)
    chosen = np.empty(n, np.int32)
    filled = 0
    for p in range(n):
        if joint[p] and count[p] >= least:
            chosen[filled] = products[p]
            filled += 1
    return chosen[:filled].copy()


@jit
def _join(
    core,
    every,
    products,
    indptr,
    reviewer,
    product,
    n_products,
    window,
    limit,
    place_of,
    stratum,
    size,
    act_indptr,
    act_strata,
    act_counts,
    false_members,
    by_stratum,
    free,
    back,
    inside,
    attached,
):
    """Return everyone who was at more of the group's places, while they were open, than activity explains, ascending.

    ``every`` holds the slots of the core, ascending. O(members' slots + crowds around the meetings).
    """
    for p in products:
        attached[p] = True
    own = np.empty(len(every), np.int64)
    n = 0
    for s in every:
        if attached[product[s]]:
            own[n] = s
            n += 1
    for p in products:
        attached[p] = False
    own = own[:n]
    begin, end, met = _open(own, window, limit)
    joined = np.empty(0, np.int32)
    if len(begin) == 0:
        return joined
    own = own[met]
    for u in core:
        inside[u] = True
    for s in own:
        free[stratum[s]] -= 1
    for s in every:
        by_stratum[stratum[s]] += 1
    total = 0
    for r in range(len(begin)):
        prefetch(reviewer, begin[r])
        prefetch(reviewer, end[r] - 1)
        total += end[r] - begin[r]
    # Who came how often, counted by cell: a few come once and share theirs, and are told apart below.
    times = np.zeros(cells_for(CELLS * total), np.uint8)
    place = np.empty(total, np.uint32)
    k = 0
    for r in range(len(begin)):
        for s in range(begin[r], end[r]):
            at = cell(reviewer[s], len(times) - 1)
            times[at] = (times[at] << np.uint8(1)) | np.uint8(1)
            place[k] = at
            k += 1
        start = begin[r]
        while start < end[r]:
            until = _run_end(stratum, start, end[r])
            free[stratum[start]] += until - start
            start = until
    # Visits, once a place: only of those who may have been at two.
    n = 0
    for k in range(total):
        n += times[place[k]] > 1
    visits = np.empty(n, np.int64)
    n = 0
    k = 0
    for r in range(len(begin)):
        here = place_of[product[begin[r]]]
        for s in range(begin[r], end[r]):
            if times[place[k]] > 1:
                visits[n] = np.int64(reviewer[s]) * n_products + here
                n += 1
            k += 1
    visits.sort()
    # The core's own reviews at the meetings, by reviewer.
    filled = np.empty(len(own), np.int64)
    for k in range(len(own)):
        filled[k] = (np.int64(reviewer[own[k]]) << 32) | own[k]
    filled.sort()
    candidates = np.empty(n, np.int32)
    tail = np.empty(n, np.float64)
    found = 0
    m = 0
    i = 0
    while i < n:
        u = visits[i] // n_products
        places = 0
        last = np.int64(-1)
        while i < n and visits[i] // n_products == u:
            if visits[i] != last:
                places += 1
                last = visits[i]
            i += 1
        if places < 2:
            continue
        mean = 0.0
        trials = np.int64(0)  # as above
        while m < len(filled) and filled[m] >> 32 <= u:
            if filled[m] >> 32 == u:
                back[stratum[filled[m] & SLOT]] += 1
            m += 1
        for e in range(act_indptr[u], act_indptr[u + 1]):
            s = act_strata[e]
            trials += act_counts[e]
            # A core member's own reviews go back among the slots that were there to be filled.
            there = free[s] + back[s]
            if there == 0:
                continue
            back[s] = 0
            left = size[s] - by_stratum[s]
            if inside[u]:
                left += act_counts[e]
            mean += act_counts[e] * there / max(left, 1)
        candidates[found] = u
        tail[found] = binomial_tail(min(places, trials), trials, min(mean / trials, 1.0))
        found += 1
    # Tested: all reviewers who wrote twice or more in those strata.
    held = 0
    for r in range(len(begin)):
        start = begin[r]
        while start < end[r]:
            s = stratum[start]
            if free[s] > 0:
                held += size[s] - by_stratum[s]
            free[s] = 0
            start = _run_end(stratum, start, end[r])
    for s in every:
        by_stratum[stratum[s]] = 0
    for u in core:
        inside[u] = False
    candidates, tail = candidates[:found], tail[:found]
    bound = largest_discovery(tail, min(len(indptr) - 1, held // 2 + len(core)), false_members)
    return candidates[tail <= bound]


@jit
def settle_cores(
    g_indptr,
    cores,
    limits,
    indptr,
    slots,
    reviewer,
    product,
    n_products,
    window,
    place_of,
    stratum,
    size,
    act_indptr,
    act_strata,
    act_counts,
    false_members,
    false_products,
    marginal,
    rounds,
):
    """Attach products to each core and reviewers to the products in turn until neither changes.

    Core g is ``cores[g_indptr[g]:g_indptr[g + 1]]``, ascending; places of a kind above ``limits[g]`` do not count. ``window`` is what
    `words_of` takes. Returns (indptr, members, indptr, products), groups in the order of the cores, codes ascending.
    """
    n = len(g_indptr) - 1
    by_stratum = np.zeros(len(size), np.int64)
    free = np.zeros(len(size), np.int64)
    back = np.zeros(len(size), np.int64)
    inside = np.zeros(len(indptr) - 1, np.bool_)
    attached = np.zeros(n_products, np.bool_)
    m_indptr = np.zeros(n + 1, np.int64)
    p_indptr = np.zeros(n + 1, np.int64)
    out_m = np.empty(1024, np.int32)
    out_p = np.empty(1024, np.int32)
    for g in range(n):
        members = cores[g_indptr[g] : g_indptr[g + 1]]
        limit = limits[g]
        every = _slots_of(members, indptr, slots, window[0], product, stratum)
        products = _attach(every, len(members), product, window, limit, stratum, size, false_products, marginal, by_stratum)
        for _ in range(rounds):
            joined = _join(
                members,
                every,
                products,
                indptr,
                reviewer,
                product,
                n_products,
                window,
                limit,
                place_of,
                stratum,
                size,
                act_indptr,
                act_strata,
                act_counts,
                false_members,
                by_stratum,
                free,
                back,
                inside,
                attached,
            )
            if len(joined) == len(members) and (joined == members).all():
                break
            members = joined
            every = _slots_of(members, indptr, slots, window[0], product, stratum)
            products = _attach(every, len(members), product, window, limit, stratum, size, false_products, marginal, by_stratum)
        m_indptr[g + 1] = m_indptr[g] + len(members)
        while m_indptr[g + 1] > len(out_m):
            out_m = np.concatenate((out_m, np.empty(len(out_m), np.int32)))
        out_m[m_indptr[g] : m_indptr[g + 1]] = members
        p_indptr[g + 1] = p_indptr[g] + len(products)
        while p_indptr[g + 1] > len(out_p):
            out_p = np.concatenate((out_p, np.empty(len(out_p), np.int32)))
        out_p[p_indptr[g] : p_indptr[g + 1]] = products
    return m_indptr, out_m[: m_indptr[n]].copy(), p_indptr, out_p[: p_indptr[n]].copy()
