"""Ties between products that the same reviewers return to, and what the reviewers of a product review at other times."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.hashing import mix64
from collusion.kernels.sorting import sort_range

__all__ = ["BITS", "add_ties", "colour_products", "label_products", "mark_periods", "sum_by_reviewer", "tie_reviews"]

BITS = 8
"""Periods are told apart by their number modulo this: the bits of a byte."""

AHEAD = 24
"""Reviews ahead for which memory is asked, so that the waits for it overlap."""

POSITION = np.uint64(20)
"""Bits of a position within a reviewer's reviews, of which there are fewer than 2**20 on the core products."""


@bare
def colour_products(indptr, products, reviewer, time, first, colours, out):
    """Fill ``out`` with a hash of each given product's reviews, in any order: reviewers' ``colours`` and days since ``first``. O(n)."""
    for i in range(len(products)):
        p = products[i]
        total = np.uint64(0)
        for s in range(indptr[p], indptr[p + 1]):
            total += mix64(colours[reviewer[s]] ^ mix64(np.uint64(np.int64(time[s]) - first)))
        out[i] = total


@jit
def tie_reviews(order, indptr, colours, product, day, apart, steps, key, ties):
    """Tie reviews of one reviewer that are more than ``apart`` days apart; return the number of ties.

    Each reviewer's reviews are put in a circle in the order of a hash, and each is tied to the ``steps`` that follow it.

    Parameters
    ----------
    order : int64[reviewers]
        Order in which reviewers are visited.
    indptr : int64[reviewers + 1]
        The reviews of reviewer u are ``indptr[u]:indptr[u + 1]``.
    colours : uint64[reviewers]
        Hash of each reviewer, which depends on no name.
    product, day : int32[reviews]
    apart, steps : int
    key : uint64[reviews]
        Scratch.
    ties : int32[steps * reviews, 3]
        The positions of both reviews, and the reviewer; a reviewer's ties are neighbours.

    Notes
    -----
    O(reviews * (steps + log of the longest row)).
    """
    n = 0
    for u in order:
        begin, m = indptr[u], indptr[u + 1] - indptr[u]
        for i in range(begin, begin + m):
            word = mix64(colours[u] ^ mix64(np.uint64(product[i])))
            key[i] = word >> POSITION << POSITION | np.uint64(i - begin)
        sort_range(key, begin, begin + m)
        for step in range(1, min(steps, m // 2) + 1):
            # Half a circle away, each pair would be met twice.
            for i in range(step if 2 * step == m else m):
                s = begin + np.int64(key[begin + i] & ((np.uint64(1) << POSITION) - np.uint64(1)))
                t = begin + np.int64(key[begin + (i + step) % m] & ((np.uint64(1) << POSITION) - np.uint64(1)))
                if abs(np.int64(day[s]) - np.int64(day[t])) > apart:
                    ties[n, 0], ties[n, 1], ties[n, 2] = s, t, u
                    n += 1
    return n


@bare
def add_ties(ties, product, month, between, inside, across, months):
    """Count ties, each in both directions.

    Parameters
    ----------
    ties : int32[n, 3]
        As `tie_reviews` makes them.
    product, month : int32[reviews]
    between : float64[products, products]
        Gets the ties from one product to another.
    inside, across : float64[products, months]
        Get the ties from a product, by the month of the review there and by that of the other review.
    months : float64[months, months]
        Gets the ties from one month to another.
    """
    for i in range(len(ties)):
        for way in range(2):
            s, t = ties[i, way], ties[i, 1 - way]
            between[product[s], product[t]] += 1.0
            inside[product[s], month[s]] += 1.0
            across[product[s], month[t]] += 1.0
            months[month[s], month[t]] += 1.0


@bare
def sum_by_reviewer(ties, product, month, value, mean, own, total, square):
    """Sum the products of both ends' values, less the means of their months, over each reviewer's ties.

    Parameters
    ----------
    ties : int32[n, 3]
        As `tie_reviews` makes them.
    product, month : int32[reviews]
    value : float64[products, k]
    mean : float64[months, k]
        What is expected of a review of each month.
    own : float64[k]
        Scratch.
    total, square : float64[k]
        Get the sum over all reviewers, and the sum of the squares of what each reviewer adds to it.
    """
    k = len(total)
    for j in range(k):
        own[j] = total[j] = square[j] = 0.0
    for i in range(len(ties)):
        s, t = ties[i, 0], ties[i, 1]
        for j in range(k):
            own[j] += (value[product[s], j] - mean[month[s], j]) * (value[product[t], j] - mean[month[t], j])
        if i + 1 == len(ties) or ties[i + 1, 2] != ties[i, 2]:
            for j in range(k):
                total[j] += own[j]
                square[j] += own[j] * own[j]
                own[j] = 0.0


@bare
def mark_periods(indptr, slots, product, time, none, first, days, label, marks):
    """Mark in which periods each reviewer reviewed each category: a busy week is marked once.

    Parameters
    ----------
    indptr, slots : int64[reviewers + 1], int32[reviews]
        Slots of each reviewer.
    product, time : int32[reviews]
        By slot; ``none`` is the time of a review without one, which is not marked.
    first, days : int
        The day on which periods begin, and their length.
    label : int8[products]
        Category of each product, -1 for none.
    marks : uint8[reviewers, k]
        Filled. Bit q stands for all periods whose number is q modulo `BITS`.
    """
    last = len(slots) - 1
    for u in range(len(indptr) - 1):
        for c in range(marks.shape[1]):
            marks[u, c] = 0
        for e in range(indptr[u], indptr[u + 1]):
            ahead = slots[min(e + 2 * AHEAD, last)]
            prefetch(product, ahead)
            prefetch(time, ahead)
            prefetch(label, product[slots[min(e + AHEAD, last)]])
            s = slots[e]
            c = label[product[s]]
            if c >= 0 and time[s] != none:
                marks[u, c] |= 1 << ((np.int64(time[s]) - first) // days % BITS)


@jit
def label_products(indptr, reviewer, time, none, first, days, open_, marks, worth, burst, score, out):
    """Give each product the category that its reviewers' reviews at other times speak for most, the lowest of equals.

    Reviews of one product in one period are not independent, since groups come together. n of them count as sqrt(n), so that a group that
    reviews many products at once does not give them all its own category.

    Parameters
    ----------
    indptr : int64[products + 1]
        The slots of product p are ``indptr[p]:indptr[p + 1]``.
    reviewer, time : int32[reviews]
        By slot. Reviews whose time is ``none`` say nothing.
    first, days : int
        As for `mark_periods`.
    open_ : bool[products]
        Which products get one; the others keep what ``out`` holds.
    marks : uint8[reviewers, k]
        As made by `mark_periods`.
    worth : int32[BITS, 256, k]
        How much all marks of each category speak for it, to a review in a period of each number modulo `BITS`; at least 0.
    burst, score : int64[k], float64[k]
        Scratch.
    out : int8[products]
        -1 where nothing speaks for any.
    """
    k = len(score)
    last = len(reviewer) - 1
    flat = marks.reshape(-1)
    for p in range(len(indptr) - 1):
        if not open_[p]:
            continue
        for j in range(k):
            score[j] = 0.0
            burst[j] = 0
        n = 0
        begin, end = indptr[p], indptr[p + 1]
        following = (np.int64(time[begin]) - first) // days if begin < end else 0
        for s in range(begin, end):
            prefetch(flat, np.int64(reviewer[min(s + AHEAD, last)]) * k)
            period = following
            following = (np.int64(time[s + 1]) - first) // days if s + 1 < end else period + 1
            if time[s] == none:
                continue
            u, bit = reviewer[s], period % BITS
            for j in range(k):
                burst[j] += worth[bit, marks[u, j], j]
            n += 1
            if following != period:
                weight = 1.0 / np.sqrt(n)
                for j in range(k):
                    score[j] += burst[j] * weight
                    burst[j] = 0
                n = 0
        best = 0
        for j in range(1, k):
            if score[j] > score[best]:
                best = j
        out[p] = best if score[best] > 0 else -1
