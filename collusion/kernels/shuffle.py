"""Permutation of reviewers within segments, and the repair of what a permutation must not bring together.

All random numbers are counter-based (`collusion.kernels.hashing.below`), so any part of the work can be done anywhere and in any order.
"""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.colours import rating_word
from collusion.kernels.hashing import below, bucket, cells_for
from collusion.kernels.sorting import sort_range

__all__ = ["permute_segments", "place_reviewers", "place_reviews", "repair", "repeated", "rows_and_repeats"]

AHEAD = 16
"""Entries ahead for which memory is asked; twice as many for what leads there."""


@jit
def place_reviews(products, indptr, of, time, dated, bits, rated, cursor, order):
    """Fill ``order`` (int32[n]) with the reviews of each segment: by product, in the order given, by date and by rating.

    The reviews of product p are ``indptr[p]:indptr[p + 1]``, by date; ``of`` is the segment of each review. ``cursor`` (int64) is where
    each segment starts, and where it ends afterwards. Reviews of one product, date and rating stay in their order. O(n) but for the sort
    of those of one product and date.
    """
    longest = np.int64(0)
    for p in range(len(indptr) - 1):
        longest = max(longest, indptr[p + 1] - indptr[p])
    key = np.empty(longest if rated else 0, np.int64)
    last = len(products) - 1
    for k in range(len(products)):
        prefetch(indptr, products[min(k + 2 * AHEAD, last)])
        ahead = indptr[products[min(k + AHEAD, last)]]
        prefetch(of, ahead)
        if dated:
            prefetch(time, ahead)
        if rated:
            prefetch(bits, ahead)
        p = products[k]
        s, end = indptr[p], indptr[p + 1]
        while s < end:
            next_day = s + 1
            while next_day < end and (not dated or time[next_day] == time[s]):
                next_day += 1
            several = rated and next_day > s + 1
            if several:
                for i in range(s, next_day):
                    key[i - s] = ((rating_word(bits[i]) - 2**31) << 32) | (i - s)
                sort_range(key, np.int64(0), next_day - s)
            for i in range(s, next_day):
                at = s + (key[i - s] & 0xFFFFFFFF) if several else i
                order[cursor[of[at]]] = at
                cursor[of[at]] += 1
            s = next_day


@bare
def place_reviewers(reviewers, indptr, slots, of, cursor, members):
    """Fill ``members`` (int32[n]) with the reviewers of each segment, in the order given and as often as they have reviews there.

    Reviewer u wrote ``slots[indptr[u]:indptr[u + 1]]``; ``of`` and ``cursor`` as in `place_reviews`. O(n).
    """
    last = len(reviewers) - 1 if len(slots) else -1
    for k in range(last + 1):
        prefetch(indptr, reviewers[min(k + 3 * AHEAD, last)])
        prefetch(slots, indptr[reviewers[min(k + 2 * AHEAD, last)]])
        prefetch(of, slots[min(indptr[reviewers[min(k + AHEAD, last)]], len(slots) - 1)])
        u = reviewers[k]
        for i in range(indptr[u], indptr[u + 1]):
            s = of[slots[i]]
            members[cursor[s]] = u
            cursor[s] += 1


@bare
def permute_segments(members, indptr, order, seed, first, last, out):
    """Permute ``members[indptr[s]:indptr[s + 1]]`` uniformly for each segment s from ``first`` up to ``last``, in place.

    ``out[order[i]]`` becomes member i. Fisher and Yates; a segment uses size - 1 random numbers, which follow those of the segments before
    it, so segments can be permuted in any parts and any order. No segment is empty. O(n).
    """
    for s in range(first, last):
        start = indptr[s]
        # Segments before s have start reviews, and so use start - s numbers.
        used = start - s
        for i in range(indptr[s + 1] - 1, start, -1):
            prefetch(out, order[max(i - AHEAD, start)])
            j = start + below(seed, used, i + 1 - start)
            used += 1
            members[i], members[j] = members[j], members[i]
            out[order[i]] = members[i]
        out[order[start]] = members[start]


@jit
def rows_and_repeats(reviewer, product_indptr, cursor, start, slots):
    """Fill ``slots`` (int32[n]) with the reviews of each reviewer, ascending; return those of a product that the reviewer has before.

    Reviewer u's reviews go to ``start[u]`` and after; ``cursor`` is a copy of ``start``, and where they end afterwards. O(n).
    """
    found, n_found = np.empty(64, np.int32), 0
    last = len(reviewer) - 1
    for p in range(len(product_indptr) - 1):
        begin = product_indptr[p]
        for s in range(begin, product_indptr[p + 1]):
            ahead = reviewer[min(s + 2 * AHEAD, last)]
            prefetch(cursor, ahead)
            prefetch(start, ahead)
            prefetch(slots, cursor[reviewer[min(s + AHEAD, last)]])
            u = reviewer[s]
            at = cursor[u]
            if at > start[u] and slots[at - 1] >= begin:
                if n_found == len(found):
                    more = np.empty(2 * n_found, np.int32)
                    more[:n_found] = found
                    found = more
                found[n_found] = s
                n_found += 1
            slots[at] = s
            cursor[u] = at + 1
    return found[:n_found]


@bare
def _first(indptr, slots, u, least):
    """Return the place of reviewer u's first review that is ``least`` or later."""
    low, high = indptr[u], indptr[u + 1]
    while low < high:
        middle = (low + high) // 2
        if slots[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@bare
def _copies(indptr, slots, product_indptr, u, p):
    """Return how many reviews of product p reviewer u has; 2 stands for more."""
    at, end = _first(indptr, slots, u, product_indptr[p]), product_indptr[p + 1]
    copies = 0
    while copies < 2 and at + copies < indptr[u + 1] and slots[at + copies] < end:
        copies += 1
    return copies


@bare
def _later(a, b, time, dated, bits, rated):
    """Whether review a comes after b by date and rating."""
    if dated and time[a] != time[b]:
        return time[a] > time[b]
    return rated and rating_word(bits[a]) > rating_word(bits[b])


@jit
def repeated(found, reviewer, product, product_indptr, indptr, slots, time, dated, bits, rated):
    """Return which reviews to move, so that each reviewer keeps one of each product: the first by date and rating.

    ``found`` are the reviews that `rows_and_repeats` returned; as many are returned, in another order.
    """
    out, n_out = np.empty(len(found), np.int32), 0
    for k in range(len(found)):
        s = found[k]
        u, p = reviewer[s], product[s]
        first, end = _first(indptr, slots, u, product_indptr[p]), product_indptr[p + 1]
        at = first
        kept = slots[first]
        while at < indptr[u + 1] and slots[at] < end:
            if _later(kept, slots[at], time, dated, bits, rated):
                kept = slots[at]
            at += 1
        # All copies are listed once: for the last of them.
        if slots[at - 1] == s:
            for i in range(first, at):
                if slots[i] != kept:
                    out[n_out] = slots[i]
                    n_out += 1
    return out[:n_out]


@bare
def _claimed(keys, key):
    """Enter a key into an open-addressing table; return whether it was there before."""
    mask = len(keys) - 1
    at = bucket(key, mask)
    while keys[at] != -1 and keys[at] != key:
        at = (at + 1) & mask
    there = keys[at] == key
    keys[at] = key
    return there


@bare
def _exchange(indptr, slots, u, old, new):
    """Put a review of reviewer u in the place of another one, and the row in order again."""
    at = _first(indptr, slots, u, old)
    while at + 1 < indptr[u + 1] and slots[at + 1] < new:
        slots[at] = slots[at + 1]
        at += 1
    while at > indptr[u] and slots[at - 1] > new:
        slots[at] = slots[at - 1]
        at -= 1
    slots[at] = new


@jit
def repair(order, starts, sizes, of, reviewer, product, product_indptr, indptr, slots, repeats, seed, tries):
    """Swap away repeated (reviewer, product) pairs within their segments, in rounds; return how many are left.

    In each round every repeat that is still one proposes to swap its reviewer with that of a random review of its segment. A proposal is
    legal where neither of the two pairs that it makes is there already. It is carried out unless it shares a review or a new pair with a
    legal proposal of lower rank. Round t of repeat i uses random number ``i * tries + t``, so proposals can be made in any order.

    Parameters
    ----------
    order : the reviews of each segment; segment g is ``order[starts[g]:starts[g] + sizes[g]]``; ``of`` the segment of each review.
    reviewer : the reviewer of each review; changed in place, as are the rows.
    product, product_indptr : the product of each review, and where the reviews of each product start.
    indptr, slots : the reviews of each reviewer, ascending.
    repeats : the reviews to move, by rank.
    tries : rounds.
    """
    n, n_products = np.int64(len(reviewer)), np.int64(len(product_indptr) - 1)
    owner, still, partner = np.empty(len(repeats), np.int32), np.arange(len(repeats)), np.empty(len(repeats), np.int64)
    for i in range(len(repeats)):
        owner[i] = reviewer[repeats[i]]
    table = np.empty(cells_for(8 * len(repeats)), np.int64)
    left = len(repeats)
    # One look more than there are rounds, to count what is left.
    for t in range(tries + 1):
        before, left = left, 0
        for k in range(before):
            i = still[k]
            s = repeats[i]
            if reviewer[s] == owner[i] and _copies(indptr, slots, product_indptr, owner[i], product[s]) > 1:
                still[left] = i
                left += 1
        if left == 0 or t == tries:
            break
        keys = table[: cells_for(8 * left)]
        keys[:] = -1
        for k in range(left):
            i = still[k]
            s = repeats[i]
            u, p, g = owner[i], product[s], of[s]
            j = np.int64(order[starts[g] + below(seed, i * tries + t, sizes[g])])
            v, q = reviewer[j], product[j]
            partner[k] = -1
            if u == v or p == q:
                continue
            if _copies(indptr, slots, product_indptr, u, q) or _copies(indptr, slots, product_indptr, v, p):
                continue
            # Reviews and new pairs as keys of one table. Each is entered, whatever became of the others.
            taken = _claimed(keys, np.int64(s))
            taken |= _claimed(keys, j)
            taken |= _claimed(keys, n + np.int64(u) * n_products + q)
            taken |= _claimed(keys, n + np.int64(v) * n_products + p)
            if not taken:
                partner[k] = j
        for k in range(left):
            j = partner[k]
            if j >= 0:
                s = np.int64(repeats[still[k]])
                u, v = reviewer[s], reviewer[j]
                reviewer[s], reviewer[j] = v, u
                _exchange(indptr, slots, u, s, j)
                _exchange(indptr, slots, v, j, s)
    return left
