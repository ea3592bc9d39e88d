"""Draws of a log, each review from its number alone: any part of the log can be drawn by itself, in any order, on any thread."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare
from collusion.kernels.hashing import GOLDEN, MIX1, MIX2, finalise

__all__ = ["draw_for", "draw_reviews", "write_ids"]

ONE = 1.0 / (1 << 53)

FAVOURITE = 0.6
"""Share of a reviewer's reviews that lie in one of three categories of their own."""

SITTING = 0.35
"""Share of reviews written by somebody who wrote another one within the hour."""

BURST = 0.02
"""Share of reviews that a sale or a mention brings to one product within two weeks."""


@bare
def _unit(key, k):
    """Return the k-th draw of a key, uniform in (0, 1)."""
    return (np.float64(finalise(key + np.uint64(k) * GOLDEN) >> np.uint64(11)) + 0.5) * ONE


@bare
def _heavy(v):
    """Return v ** 2.25 of a uniform v, without a call of pow: of the members of a block the k-th is drawn with density k ** -.56."""
    return v * v * np.sqrt(np.sqrt(v))


@bare
def _key(seed, kind, number):
    return finalise(finalise(seed + np.uint64(kind) * MIX2) + np.uint64(number) * GOLDEN)


@bare
def _place(edges, guide, x, categories):
    """Return the block that holds x: the last edge at or below it. The guide tells where to begin: O(1) on average."""
    per_category = len(guide) // categories
    at = guide[min(np.int64(x * per_category), len(guide) - 1)]
    while at + 1 < len(edges) and edges[at + 1] <= x:
        at += 1
    return at


@bare
def _age(key, k, u, short, shorter, lengths):
    """Return when, on the log's clock from 0 to 1, what is reviewed at u began: just before, some time ago, or at any time before."""
    v = _unit(key, k)
    e = -np.log(_unit(key, k + 1))
    if v < shorter:
        at = u - lengths[0] * e
    elif v < short:
        at = u - lengths[1] * e
    else:
        at = -1.0
    return at if at >= 0.0 else u * _unit(key, k + 2)


@bare
def _reviewer(seed, i, n, edges, guide, block):
    key = _key(seed, 1, i)
    u = (i + 0.5) / n
    at = _place(edges, guide, _age(key, 1, u, 0.5, 0.1, (0.004, 0.06)), 1)
    return at * block + np.int64(block * _heavy(_unit(key, 4)))


@bare
def _category(v, share):
    c = 0
    while c + 1 < len(share) and share[c] <= v:
        c += 1
    return c


@bare
def _taste(seed, key, reviewer, share):
    """Return the category of a review: one of the reviewer's own three, mostly the first, or any."""
    v = _unit(key, 5)
    if v >= FAVOURITE:
        return _category(_unit(key, 6), share)
    which = 0 if v < 0.6 * FAVOURITE else 1 if v < 0.85 * FAVOURITE else 2
    return _category(_unit(_key(seed, 2, reviewer), which), share)


@bare
def _product(seed, key, u, reviewer, share, edges, guide, block):
    """Return the product and the category of a review written at u."""
    c = _taste(seed, key, reviewer, share)
    at = _place(edges, guide, c + min(_age(key, 7, u, 0.7, 0.3, (0.004, 0.05)), 1.0 - 1e-9), len(share))
    return at * block + np.int64(block * _heavy(_unit(key, 10))), c


@bare
def _burst(seed, key, u, windows, beside, share, edges, guide, block):
    """Return the product and the category of a review that one of the bursts of its time brought."""
    window = np.int64(u * windows)
    which = np.int64(beside * _unit(key, 11) ** 2)
    of = _key(seed, 3, window * beside + which)
    c = _category(_unit(of, 0), share)
    at = _place(edges, guide, c + _unit(of, 1) * window / windows, len(share))
    return at * block + np.int64(block * _heavy(_unit(of, 2))), c


@bare
def _rating(seed, key, reviewer, product):
    """Return 1 to 5: mostly 5, by the product, by how lenient the reviewer is, and by chance."""
    lean = 0.9 * (_unit(_key(seed, 4, product), 0) - 0.5) + 0.5 * (_unit(_key(seed, 5, reviewer), 0) - 0.5)
    v = _unit(key, 12) * (1.0 + lean)
    if v < 0.085:
        return 1
    if v < 0.13:
        return 2
    if v < 0.19:
        return 3
    return 4 if v < 0.32 else 5


@bare
def _seller(seed, product, c, sellers):
    """Return the seller of a product: few products each, but for some large ones."""
    first, end = sellers[c], sellers[c + 1]
    return first + np.int64((end - first) * _heavy(_unit(_key(seed, 6, product), 0)))


@bare
def draw_reviews(seed, start, n, sitting, bursts, people, products, share, sellers, out):
    """Draw the reviews ``start`` to ``start + len(reviewer)`` of n, in the order of time, into arrays.

    Parameters
    ----------
    seed : uint64
    start, n : int
    sitting : float
        Reviews of the whole log in half an hour at its end.
    bursts : tuple of (int, int)
        Spans of the log that have bursts of their own, and bursts in each.
    people, products : tuple of (float64[b], int32[g], int)
        Edges of the blocks, where to begin to look, and members a block; products by category, each of which has a unit of the line.
    share : float64[c]
        Cumulated shares of the categories.
    sellers : int64[c + 1]
        First seller of each category.
    out : tuple of (reviewer int64[m], product int64[m], when float64[m], rating int8[m], category int8[m], seller int64[m])
        ``when`` on the log's clock from 0 to 1, ascending.
    """
    reviewer, product, when, rating, category, seller = out
    for k in range(len(reviewer)):
        i = start + k
        key = _key(seed, 0, i)
        # The clock runs such that reviews a day grow in proportion to time.
        when[k] = np.sqrt((i + _unit(key, 0)) / n)
        u = (i + 0.5) / n
        source = i
        if _unit(key, 1) < SITTING:
            source = max(0, i - 1 - np.int64(-np.log(_unit(key, 2)) * max(1.0, sitting * np.sqrt(u))))
        r = _reviewer(seed, source, n, people[0], people[1], people[2])
        if _unit(key, 3) < BURST:
            p, c = _burst(seed, key, u, bursts[0], bursts[1], share, products[0], products[1], products[2])
        else:
            p, c = _product(seed, key, u, r, share, products[0], products[1], products[2])
        reviewer[k], product[k], category[k] = r, p, c
        rating[k] = _rating(seed, key, r, p)
        seller[k] = _seller(seed, p, c, sellers)


@bare
def draw_for(seed, start, reviewer, u, products, share, sellers, out):
    """Draw ordinary reviews for given reviewers at given times (u: the share of the log's reviews before), as `draw_reviews` does.

    ``start`` must be beyond all reviews drawn otherwise, for draws of their own.
    """
    product, rating, category, seller = out
    for k in range(len(reviewer)):
        key = _key(seed, 0, start + k)
        p, c = _product(seed, key, u[k], reviewer[k], share, products[0], products[1], products[2])
        product[k], category[k] = p, c
        rating[k] = _rating(seed, key, reviewer[k], p)
        seller[k] = _seller(seed, p, c, sellers)


@bare
def write_ids(numbers, digits, prefix, alphabet, text):
    """Write each number as an id: the prefix, then so many digits of five bits; different numbers have different ids.

    Parameters
    ----------
    numbers : int64[n]
        Below 32 ** digits.
    digits : int
    prefix : uint8[p]
    alphabet : uint8[32]
    text : uint8[n, p + digits]
    """
    bits = np.uint64(5 * digits)
    mask = (np.uint64(1) << bits) - np.uint64(1)
    half = bits // np.uint64(2) + np.uint64(1)
    p = len(prefix)
    for k in range(len(numbers)):
        # Odd factors and shifts to the right can be undone: no two numbers meet, and neighbours do not look alike.
        x = (np.uint64(numbers[k]) * MIX1) & mask
        x ^= x >> half
        x = (x * MIX2) & mask
        x ^= x >> half
        for j in range(p):
            text[k, j] = prefix[j]
        for j in range(digits):
            text[k, p + j] = alphabet[x & np.uint64(31)]
            x >>= np.uint64(5)
