"""How tightly groups of reviewers hang together: what they share, and how alike their days and ratings are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["tightness"]

HELD = 1 << 18
"""Pairs of reviewers whose share is held, a power of two: 4 MB."""

MIX = np.int64(-7046029254386353131)
"""The golden ratio in 64 bits, as Fibonacci hashing has it (Knuth, The Art of Computer Programming 3, 6.4)."""

SHIFT = np.int64(40)


@bare
def _at(p, low, high, product):
    """Return where a product stands in a reviewer's list, -1 where it does not."""
    end = high
    while low < high:
        middle = (low + high) // 2
        if product[middle] < p:
            low = middle + 1
        else:
            high = middle
    return low if low < end and product[low] == p else -1


@bare
def _both(i, i_end, j, j_end, product):
    """Count the products of both of two lists."""
    both = 0
    while i < i_end and j < j_end:
        both += product[i] == product[j]
        first = product[i]
        i += product[i] <= product[j]
        j += product[j] <= first
    return both


@bare
def _alike(group, indptr, product, known, shares):
    """Return the mean over pairs of members of the products of both over those of either.

    Summed in fixed point, so that names have no say. Groups overlap, so the shares of pairs seen before are looked up where they are still
    held: ``known`` has the pair that each entry of ``shares`` is of.
    """
    pairs = len(group) * (len(group) - 1) // 2
    # As many bits as leave room for the sum.
    bits = 62
    left = pairs
    while left > 0:
        bits -= 1
        left >>= 1
    unit = 2.0 ** min(bits, 52)
    total = np.int64(0)
    for k in range(len(group)):
        i, i_end = indptr[group[k]], indptr[group[k] + 1]
        for other in range(k + 1, len(group)):
            pair = np.int64(group[k]) << 32 | np.int64(group[other])
            # After multiplication both names of the pair decide upon the high bits.
            at = (pair * MIX) >> SHIFT & (len(known) - 1)
            if known[at] != pair:
                j, j_end = indptr[group[other]], indptr[group[other] + 1]
                both = _both(i, i_end, j, j_end, product)
                known[at], shares[at] = pair, both / (i_end - i + j_end - j - both)
            total += np.int64(np.rint(shares[at] * unit))
    return total / unit / pairs


@jit
def _variance(values):
    """Return the variance, the same in whatever order the values come."""
    ordered = np.sort(values)
    mean = ordered.sum() / len(ordered)
    return ((ordered - mean) ** 2).sum() / len(ordered)


@jit
def _mean(values):
    return np.sort(values).sum() / len(values) if len(values) else np.nan


@jit
def _tightness(ends, members, p_ends, products, indptr, product, received, day, no_day, rating, span, told):
    count, touched = np.zeros(len(received), np.int32), np.empty(len(received), np.int32)
    known, shares = np.full(HELD, -1, np.int64), np.empty(HELD)
    for g in range(len(ends) - 1):
        group, places = members[ends[g] : ends[g + 1]], products[p_ends[g] : p_ends[g + 1]]
        n = 0
        for u in group:
            for e in range(indptr[u], indptr[u + 1]):
                if count[product[e]] == 0:
                    touched[n] = product[e]
                    n += 1
                count[product[e]] += 1
        common = 0
        for i in range(n):
            common += count[touched[i]] == len(group)
        held = 0
        ratio = 0.0
        for p in places:
            held += count[p]
            ratio = max(ratio, count[p] / received[p])
        for i in range(n):
            count[touched[i]] = 0
        told[g, 0] = held / (len(group) * len(places))
        told[g, 1] = _alike(group, indptr, product, known, shares)
        told[g, 2] = common / n
        told[g, 4] = ratio

        varies, steady = np.empty(len(places)), np.empty(len(places))
        n_rated, n_dated = 0, 0
        stars, days = np.empty(len(group)), np.empty(len(group))
        for p in places:
            n_stars, n_days = 0, 0
            for u in group:
                e = _at(p, indptr[u], indptr[u + 1], product)
                if e < 0:
                    continue
                if len(rating) and not np.isnan(rating[e]):
                    stars[n_stars] = rating[e]
                    n_stars += 1
                if len(day) and day[e] != no_day:
                    days[n_days] = day[e]
                    n_days += 1
            if n_stars:
                varies[n_rated] = _variance(stars[:n_stars])
                n_rated += 1
            if n_days:
                steady[n_dated] = max(1.0 - np.sqrt(_variance(days[:n_days])) / span, 0.0)
                n_dated += 1
        told[g, 3] = _mean(varies[:n_rated])
        told[g, 5] = _mean(steady[:n_dated])


def tightness(
    ends: NDArray[np.int64],
    members: NDArray[np.int32],
    p_ends: NDArray[np.int64],
    products: NDArray[np.int32],
    indptr: NDArray[np.int64],
    product: NDArray[np.int32],
    received: NDArray[np.int64],
    day: NDArray[np.int32],
    no_day: int,
    rating: NDArray[np.float32],
    span: int,
) -> NDArray[np.float64]:
    """Return float64[n_groups, 6]: what the members of each group have in common.

    The columns: the share of pairs of a member and a product of the group that hold a review; the mean over pairs of members of the
    products that both reviewed over those that either did; the products that all members reviewed over those that any did; the variance of
    the members' ratings of a product, on average; the largest share that members are of the reviewers of a product; 1 - standard deviation
    of the members' days on a product / span, at least 0, on average. nan where no day or rating is known.

    Parameters
    ----------
    ends, members : int64[n_groups + 1], int32 array
        Two members or more of each group.
    p_ends, products : int64[n_groups + 1], int32 array
        One product or more of each group, reviewed by someone.
    indptr, product : int64[n_reviewers + 1], int32[n_reviews]
        Products of each reviewer, ascending.
    received : int64[n_products]
        Reviews of each product.
    day, rating : int32[n_reviews], float32[n_reviews]
        Of the same reviews; empty where the log has none.
    no_day : int
        The day of a review that has none.
    span : int
        Days.

    Notes
    -----
    Exactly the same whatever the codes. O(sum over groups of pairs of members x their reviews + members x products); a pair whose share is
    still held (`HELD`) is looked up.
    """
    told = np.empty((len(ends) - 1, 6))
    _tightness(ends, members, p_ends, products, indptr, product, received, day, no_day, rating, span, told)
    return told
