"""Who belongs to a group and which products do, core by core, on scratch arrays that are made once."""

from __future__ import annotations

from math import lgamma

import numpy as np

from collusion.kernels._jit import jit

__all__ = ["binomial_tails", "settle_cores"]


@jit
def _binomial_tail(count, trials, chance):
    """Return P(X >= count) for X ~ Binomial(trials, chance): the first term by logarithms, the others by their ratios."""
    if count <= 0:
        return 1.0
    if chance <= 0.0:
        return 0.0
    if chance >= 1.0:
        return 1.0
    upper = count > trials * chance
    # Terms fall off on the side that leads away from the mode.
    k = count if upper else count - 1
    term = np.exp(lgamma(trials + 1.0) - lgamma(k + 1.0) - lgamma(trials - k + 1.0) + k * np.log(chance) + (trials - k) * np.log1p(-chance))
    odds = chance / (1.0 - chance)
    total = 0.0
    while term > 0.0 and 0 <= k <= trials:
        total += term
        if term < total * 1e-17:
            break
        if upper:
            term *= (trials - k) / (k + 1.0) * odds
            k += 1
        else:
            term *= k / ((trials - k + 1.0) * odds)
            k -= 1
    return min(total, 1.0) if upper else max(1.0 - total, 0.0)


@jit
def binomial_tails(count, trials, chance, tail):
    """Fill ``tail`` with P(X >= count) for X ~ Binomial(trials, chance), element by element."""
    for i in range(len(count)):
        tail[i] = _binomial_tail(count[i], trials[i], chance[i])


@jit
def _bound(tail, tested, rate):
    """Return the largest p-value that passes at a false-discovery rate (Benjamini and Hochberg 1995) out of ``tested``; -1 for none."""
    order = np.sort(tail)
    m = max(tested, len(order))
    for i in range(len(order) - 1, -1, -1):
        if order[i] <= rate * (i + 1) / m:
            return order[i]
    return -1.0


@jit
def _slots_of(members, indptr, slots):
    n = 0
    for u in members:
        n += indptr[u + 1] - indptr[u]
    own = np.empty(n, np.int64)
    n = 0
    for u in members:
        for e in range(indptr[u], indptr[u + 1]):
            own[n] = slots[e]
            n += 1
    own.sort()
    return own


@jit
def _open(own, lo, hi, kind, limit):
    """Return the slots within the window of a meeting among ``own`` (ascending), ascending, and which of ``own`` met."""
    n = len(own)
    met = np.zeros(n, np.bool_)
    before = -1
    for i in range(n):
        if kind[own[i]] > limit:
            continue
        # Slots of a product are consecutive and in time order, so the nearest other is a neighbour.
        if before >= 0 and hi[own[before]] > own[i]:
            met[before] = True
            met[i] = True
        before = i
    total = 0
    for i in range(n):
        if met[i]:
            total += hi[own[i]] - lo[own[i]]
    opened = np.empty(total, np.int64)
    filled = 0
    end = -1
    for i in range(n):
        if met[i]:
            for s in range(max(lo[own[i]], end), hi[own[i]]):
                opened[filled] = s
                filled += 1
            end = max(end, hi[own[i]])
    return opened[:filled], met


@jit
def _attach(members, indptr, slots, product, lo, hi, kind, limit, stratum, size, false_products, marginal, by_stratum):
    """Return the products where members met and which more of them reviewed than activity explains, ascending."""
    own = _slots_of(members, indptr, slots)
    opened, _ = _open(own, lo, hi, kind, limit)
    chosen = np.empty(0, np.int32)
    if len(opened) == 0:
        return chosen
    reviewed = 0
    for i in range(len(own)):
        by_stratum[stratum[own[i]]] += 1
        if i == 0 or product[own[i]] != product[own[i - 1]]:
            reviewed += 1
    n = 1
    for i in range(1, len(opened)):
        if product[opened[i]] != product[opened[i - 1]]:
            n += 1
    products = np.empty(n, np.int32)
    count = np.zeros(n, np.int64)
    trials = np.zeros(n, np.int64)
    tail = np.empty(n, np.float64)
    p = 0
    start = 0
    at = 0
    while start < len(opened):
        here = product[opened[start]]
        products[p] = here
        end = start
        mean = 0.0
        # Outside the product: what its own crowd is made of must not raise the chance that explains it. Strata of a product are months,
        # which ascend with its slots.
        while end < len(opened) and product[opened[end]] == here:
            s = stratum[opened[end]]
            run = 0
            taken = 0
            while end < len(opened) and product[opened[end]] == here and stratum[opened[end]] == s:
                while at < len(own) and own[at] < opened[end]:
                    at += 1
                if at < len(own) and own[at] == opened[end]:
                    taken += 1
                run += 1
                end += 1
            mean += run * (by_stratum[s] - taken) / max(size[s] - run, 1)
            count[p] += taken
            trials[p] += run
        tail[p] = _binomial_tail(count[p], trials[p], mean / trials[p])
        p += 1
        start = end
    for i in range(len(own)):
        by_stratum[stratum[own[i]]] = 0
    bound = _bound(tail, reviewed, false_products)
    joint = np.zeros(n, np.bool_)
    visits = 0
    for p in range(n):
        # Most of the members on one product say enough, even where they fill its stratum and so explain each other.
        joint[p] = count[p] >= 2 and (tail[p] <= bound or 2 * count[p] >= len(members))
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
    products,
    indptr,
    slots,
    reviewer,
    product,
    n_products,
    lo,
    hi,
    kind,
    limit,
    place,
    stratum,
    size,
    act_indptr,
    act_strata,
    act_counts,
    false_members,
    by_stratum,
    free,
    seen,
    inside,
    attached,
):
    """Return everyone who was at more of the group's places, while they were open, than activity explains, ascending."""
    for p in products:
        attached[p] = True
    every = _slots_of(core, indptr, slots)
    own = np.empty(len(every), np.int64)
    n = 0
    for s in every:
        if attached[product[s]]:
            own[n] = s
            n += 1
    for p in products:
        attached[p] = False
    own = own[:n]
    opened, met = _open(own, lo, hi, kind, limit)
    joined = np.empty(0, np.int32)
    if len(opened) == 0:
        return joined
    own = own[met]
    for u in core:
        inside[u] = True
    for s in opened:
        seen[reviewer[s]] += 1
        free[stratum[s]] += 1
    for s in own:
        free[stratum[s]] -= 1
    for s in every:
        by_stratum[stratum[s]] += 1
    # Visits, once a place: only of those who may have been at two.
    n = 0
    for s in opened:
        if seen[reviewer[s]] >= 2:
            n += 1
    visits = np.empty(n, np.int64)
    n = 0
    for s in opened:
        if seen[reviewer[s]] >= 2:
            visits[n] = np.int64(reviewer[s]) * n_products + place[s]
            n += 1
    visits.sort()
    candidates = np.empty(n, np.int32)
    tail = np.empty(n, np.float64)
    found = 0
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
        trials = 0
        for e in range(act_indptr[u], act_indptr[u + 1]):
            s = act_strata[e]
            left = size[s] - by_stratum[s]
            there = free[s]
            if inside[u]:
                # A core member's own reviews go back among the slots that were there to be filled.
                left += act_counts[e]
                for f in range(indptr[u], indptr[u + 1]):
                    slot = slots[f]
                    if stratum[slot] == s:
                        k = np.searchsorted(own, slot)
                        if k < len(own) and own[k] == slot:
                            there += 1
            mean += act_counts[e] * there / max(left, 1)
            trials += act_counts[e]
        candidates[found] = u
        tail[found] = _binomial_tail(min(places, trials), trials, min(mean / trials, 1.0))
        found += 1
    # Tested: all reviewers who wrote twice or more in those strata.
    held = 0
    for k in range(len(opened)):
        s = stratum[opened[k]]
        if free[s] > 0:
            held += size[s] - by_stratum[s]
            free[s] = -free[s]
    for k in range(len(opened)):
        free[stratum[opened[k]]] = 0
        seen[reviewer[opened[k]]] = 0
    for s in every:
        by_stratum[stratum[s]] = 0
    for u in core:
        inside[u] = False
    candidates, tail = candidates[:found], tail[:found]
    bound = _bound(tail, min(len(indptr) - 1, held // 2 + len(core)), false_members)
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
    lo,
    hi,
    kind,
    place,
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

    Core g is ``cores[g_indptr[g]:g_indptr[g + 1]]``, ascending; places of a kind above ``limits[g]`` do not count. Returns
    (indptr, members, indptr, products), groups in the order of the cores, codes ascending.
    """
    n = len(g_indptr) - 1
    by_stratum = np.zeros(len(size), np.int64)
    free = np.zeros(len(size), np.int64)
    seen = np.zeros(len(indptr) - 1, np.int32)
    inside = np.zeros(len(indptr) - 1, np.bool_)
    attached = np.zeros(n_products, np.bool_)
    m_indptr = np.zeros(n + 1, np.int64)
    p_indptr = np.zeros(n + 1, np.int64)
    out_m = np.empty(1024, np.int32)
    out_p = np.empty(1024, np.int32)
    for g in range(n):
        members = cores[g_indptr[g] : g_indptr[g + 1]]
        limit = limits[g]
        products = _attach(members, indptr, slots, product, lo, hi, kind, limit, stratum, size, false_products, marginal, by_stratum)
        for _ in range(rounds):
            joined = _join(
                members,
                products,
                indptr,
                slots,
                reviewer,
                product,
                n_products,
                lo,
                hi,
                kind,
                limit,
                place,
                stratum,
                size,
                act_indptr,
                act_strata,
                act_counts,
                false_members,
                by_stratum,
                free,
                seen,
                inside,
                attached,
            )
            if len(joined) == len(members) and (joined == members).all():
                break
            members = joined
            products = _attach(members, indptr, slots, product, lo, hi, kind, limit, stratum, size, false_products, marginal, by_stratum)
        m_indptr[g + 1] = m_indptr[g] + len(members)
        while m_indptr[g + 1] > len(out_m):
            out_m = np.concatenate((out_m, np.empty(len(out_m), np.int32)))
        out_m[m_indptr[g] : m_indptr[g + 1]] = members
        p_indptr[g + 1] = p_indptr[g] + len(products)
        while p_indptr[g + 1] > len(out_p):
            out_p = np.concatenate((out_p, np.empty(len(out_p), np.int32)))
        out_p[p_indptr[g] : p_indptr[g + 1]] = products
    return m_indptr, out_m[: m_indptr[n]].copy(), p_indptr, out_p[: p_indptr[n]].copy()
