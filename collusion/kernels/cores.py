"""Temporally coherent near-bipartite cores, from each reviewer's reviews, by coordinate descent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["coherent_cores"]


@bare
def _first(time, low, high, least):
    """Return the first slot of [low, high), in time order, at ``least`` or later. O(log)."""
    while low < high:
        middle = (low + high) // 2
        if time[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@bare
def _window(p, begin, width, product_indptr, time, dated):
    """Return the slots of a product from the day ``begin`` to ``width`` days later; all of them where not dated."""
    low, high = product_indptr[p], product_indptr[p + 1]
    if not dated:
        return low, high
    low = _first(time, low, high, begin)
    return low, _first(time, low, high, begin + width + 1)


@jit
def _visitors(products, begin, width, product_indptr, time, dated, crowd, reviewer, count, seen):
    """Count the visits of each reviewer to the products within their windows.

    Returns the number of visitors and ``seen``, whose first entries they are; -1 where a window holds more than ``crowd`` reviews.
    Their counts must be set back to 0.
    """
    n = 0
    for k in range(len(products)):
        low, high = _window(products[k], begin[k], width, product_indptr, time, dated)
        if high - low > crowd:
            for i in range(n):
                count[seen[i]] = 0
            return -1, seen
        for s in range(low, high):
            u = reviewer[s]
            if count[u] == 0:
                if n == len(seen):
                    seen = np.concatenate((seen, np.empty(len(seen), np.int32)))
                seen[n] = u
                n += 1
            count[u] += 1
    return n, seen


@jit
def _frequent(seen, count, n, least):
    """Return the visitors of at least so many products, ascending, and their visits."""
    kept = np.empty(n, np.int32)
    found = 0
    visits = 0
    for k in range(n):
        if count[seen[k]] >= least:
            kept[found] = seen[k]
            visits += count[seen[k]]
            found += 1
    kept = kept[:found].copy()
    kept.sort()
    return kept, visits


@bare
def _best_window(times, width):
    """Return the first day of the earliest window that holds the most of the times (ascending), and how many it holds."""
    best, at = 0, times[0]
    low = 0
    for high in range(len(times)):
        while times[high] - times[low] > width:
            low += 1
        if high - low + 1 > best:
            best = high - low + 1
            at = times[low]
    return at, best


@jit
def _targets(users, indptr, slots, product, time, dated, width, no_time, share, least):
    """Return the products of which one window holds ``share`` of the users, and where it begins.

    Where these are fewer than ``least``, that many of the best, ties included; but none where a user is alone.
    """
    n = 0
    for u in users:
        n += indptr[u + 1] - indptr[u]
    key = np.empty(n, np.int64)
    n = 0
    for u in users:
        for e in range(indptr[u], indptr[u + 1]):
            if not dated or time[slots[e]] != no_time:
                key[n] = slots[e]
                n += 1
    # Slots ascend by product and, within one, by time.
    key = key[:n]
    key.sort()
    where = np.empty(n, np.int32)
    begin = np.empty(n, np.int64)
    held = np.empty(n, np.int64)
    times = np.zeros(n, np.int64)
    found = 0
    first = 0
    while first < n:
        last = first
        while last < n and product[key[last]] == product[key[first]]:
            if dated:
                times[last] = time[key[last]]
            last += 1
        begin[found], held[found] = _best_window(times[first:last], width)
        where[found] = product[key[first]]
        found += 1
        first = last
    held = held[:found]
    bar = max(int(np.ceil(share * len(users) - 1e-9)), 2)
    if (held >= bar).sum() < least and found >= least:
        bar = max(int(np.sort(held)[found - least]), 2)
    chosen = np.flatnonzero(held >= bar)
    return where[chosen], begin[chosen]


@jit
def _partners(seed, indptr, slots, reviewer, product, product_indptr, time, dated, width, no_time, crowd, users_least, least, count, seen):
    """Return who was with the seed at as many of his places as possible, ``least`` at most, if ``users_least`` were; and how many of his
    places are too crowded to look into.
    """  # noqa: D205  # one sentence
    n = 0
    passed = 0
    products = np.empty(indptr[seed + 1] - indptr[seed], np.int32)
    begin = np.empty(len(products), np.int64)
    for e in range(indptr[seed], indptr[seed + 1]):
        s = slots[e]
        if dated and time[s] == no_time:
            continue
        day = np.int64(time[s]) - width if dated else np.int64(0)
        low, high = _window(product[s], day, 2 * width, product_indptr, time, dated)
        if high - low > crowd:
            passed += 1
        else:
            products[n], begin[n] = product[s], day
            n += 1
    users = np.empty(0, np.int32)
    if n >= least:
        met, seen = _visitors(products[:n], begin[:n], 2 * width, product_indptr, time, dated, crowd, reviewer, count, seen)
        wanted = least
        while wanted >= 2:
            users, _ = _frequent(seen, count, met, wanted)
            if len(users) >= users_least:
                break
            wanted -= 1
        for k in range(met):
            count[seen[k]] = 0
    return users, passed, seen


@jit
def _search(
    indptr, slots, reviewer, product, product_indptr, time, dated, width, no_time, crowd, users_least, least, share, rounds, out_u, out_p
):
    count = np.zeros(len(indptr) - 1, np.int32)
    seen = np.empty(1024, np.int32)
    ends_u = np.zeros(1, np.int64)
    ends_p = np.zeros(1, np.int64)
    inside = np.zeros(0, np.int64)
    crowded = 0
    cores = 0
    for seed in range(len(indptr) - 1):
        if indptr[seed + 1] - indptr[seed] < least:
            continue
        users, passed, seen = _partners(
            seed, indptr, slots, reviewer, product, product_indptr, time, dated, width, no_time, crowd, users_least, least, count, seen
        )
        crowded += passed
        best_u, best_p, best = users[:0], users[:0], 0
        for _ in range(rounds):
            if len(users) < users_least:
                break
            products, begin = _targets(users, indptr, slots, product, time, dated, width, no_time, share, least)
            if len(products) < least:
                break
            met, seen = _visitors(products, begin, width, product_indptr, time, dated, crowd, reviewer, count, seen)
            if met < 0:
                crowded += 1
                break
            again, visits = _frequent(seen, count, met, int(np.ceil(share * len(products) - 1e-9)))
            for k in range(met):
                count[seen[k]] = 0
            if len(again) >= users_least and visits > best:
                best_u, best_p, best = again, products, visits
            if len(again) == len(users) and (again == users).all():
                break
            users = again
        if best:
            if cores + 1 == len(ends_u):
                ends_u = np.concatenate((ends_u, np.zeros(len(ends_u), np.int64)))
                ends_p = np.concatenate((ends_p, np.zeros(len(ends_p), np.int64)))
                inside = np.concatenate((inside, np.zeros(len(ends_u) - len(inside), np.int64)))
            inside[cores] = best
            cores += 1
            ends_u[cores] = ends_u[cores - 1] + len(best_u)
            ends_p[cores] = ends_p[cores - 1] + len(best_p)
            while ends_u[cores] > len(out_u):
                out_u = np.concatenate((out_u, np.empty(len(out_u), np.int32)))
            while ends_p[cores] > len(out_p):
                out_p = np.concatenate((out_p, np.empty(len(out_p), np.int32)))
            out_u[ends_u[cores - 1] : ends_u[cores]] = best_u
            out_p[ends_p[cores - 1] : ends_p[cores]] = best_p
    return ends_u[: cores + 1], out_u, ends_p[: cores + 1], out_p, inside[:cores], crowded


def coherent_cores(
    indptr: NDArray[np.int64],
    slots: NDArray[np.int32],
    reviewer: NDArray[np.int32],
    product: NDArray[np.int32],
    product_indptr: NDArray[np.int64],
    time: NDArray[np.int32] | None,
    *,
    width: int,
    no_time: int,
    crowd: int,
    min_reviewers: int,
    min_products: int,
    share: float,
    rounds: int,
) -> tuple[list[tuple[NDArray[np.int32], NDArray[np.int32], int]], int]:
    """Return the core to which the descent from each reviewer leads, each once, and how many windows were too crowded.

    Parameters
    ----------
    indptr, slots, reviewer, product, product_indptr, time
        As in `collusion.graph.graph.ReviewGraph`.
    width : int
        Days from the first to the last day of a window.
    no_time : int
    crowd : int
        Reviews beyond which a window is not looked into.
    min_reviewers, min_products : int
    share : float
    rounds : int
        Of descent.

    Returns
    -------
    cores : list of (int32 array, int32 array, int)
        Reviewers, products (both ascending), and reviews within the windows.
    crowded : int
    """
    dated = time is not None
    ends_u, users, ends_p, products, inside, crowded = _search(
        indptr,
        slots,
        reviewer,
        product,
        product_indptr,
        np.empty(0, np.int32) if time is None else time,
        dated,
        width,
        no_time,
        crowd,
        min_reviewers,
        min_products,
        share,
        rounds,
        np.empty(1024, np.int32),
        np.empty(1024, np.int32),
    )
    found: dict[tuple[bytes, bytes], tuple[NDArray[np.int32], NDArray[np.int32], int]] = {}
    for c in range(len(inside)):
        own, where = users[ends_u[c] : ends_u[c + 1]], products[ends_p[c] : ends_p[c + 1]]
        key = own.tobytes(), where.tobytes()
        # Two descents may end in other windows of the same products.
        if key not in found or found[key][2] < inside[c]:
            found[key] = own, where, int(inside[c])
    return list(found.values()), int(crowded)
