"""Pairs with a co-review at low local degrees: read off edge after edge, since hardly an edge opens more than a few co-reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.sorting import sort_range
from collusion.kernels.spans import BITS, LARGEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PairRows", "as_columns", "closed_pairs", "committed", "rare_pairs", "strengths"]

UNIT = np.int64((1 << 32) - 1)
"""The half of a co-review that tells the unit; the other half is the second reviewer."""

SEVERAL = np.int64(1 << 31)
"""Marks a pair with co-reviews at several units, whose number stands in place of the unit."""


@bare
def _co_reviews(span, limit, who, product, unit_of, ends, seen):
    """Count the co-reviews of each first reviewer in ``ends`` where ``seen`` is empty, else write them into the rows that end there.

    Rows are filled from their ends, so that ``ends`` holds the starts afterwards.
    """
    counts = len(seen) == 0
    most = np.uint32(limit)
    for i in range(len(span)):
        word = span[i]
        if word >> np.uint32(2 * BITS) > most:
            continue
        for j in range(i + 1, i + np.int64((word >> np.uint32(BITS)) & np.uint32(LARGEST))):
            if span[j] >> np.uint32(2 * BITS) > most or who[i] == who[j]:
                continue
            a, b = min(who[i], who[j]), max(who[i], who[j])
            if counts:
                ends[a] += 1
            else:
                ends[a] -= 1
                seen[ends[a]] = (np.int64(b) << 32) | np.int64(unit_of[product[i]])


@jit
def _merge(starts, seen):
    """Sort each row and leave each second reviewer in it once, with the unit or the number of units; return how many are left."""
    filled = 0
    for u in range(len(starts) - 1):
        begin, end = starts[u], starts[u + 1]
        sort_range(seen, begin, end)
        first = filled
        last = np.int64(-1)
        for e in range(begin, end):
            here = seen[e]
            if filled == first or seen[filled - 1] >> 32 != here >> 32:
                seen[filled] = here
                filled += 1
            elif here != last:
                pair = seen[filled - 1]
                seen[filled - 1] = pair + 1 if pair & SEVERAL else (pair & ~UNIT) | SEVERAL | 2
            last = here
        starts[u] = first
    starts[-1] = filled
    return filled


@bare
def _counting(span, limit, edges):
    """Return how many edges count, and list them in ``edges`` where that has room."""
    n = 0
    for i in range(len(span)):
        if span[i] >> np.uint32(2 * BITS) <= np.uint32(limit):
            if len(edges):
                edges[n] = i
            n += 1
    return n


@bare
def _has_other(i, span, most, who, inside):
    """Return whether edge i forms a co-review with a reviewer who is still inside."""
    word = span[i]
    for j in range(i - np.int64(word & np.uint32(LARGEST)), i + np.int64((word >> np.uint32(BITS)) & np.uint32(LARGEST))):
        if span[j] >> np.uint32(2 * BITS) <= most and who[j] != who[i] and inside[who[j]]:
            return True
    return False


@bare
def _remaining(edges, n, span, limit, who, inside, shared):
    """Keep the first n ``edges`` that form a co-review inside, counted by reviewer in ``shared``; return how many are left."""
    most = np.uint32(limit)
    left = 0
    for k in range(n):
        i = edges[k]
        if inside[who[i]] and _has_other(i, span, most, who, inside):
            shared[who[i]] += 1
            edges[left] = i
            left += 1
    return left


@bare
def _leave(shared, reviews, share, inside):
    """Put out those with too few shared reviews, and set their numbers back to 0; return how many were put out."""
    out = 0
    for u in range(len(inside)):
        if inside[u] and shared[u] < max(2.0, share * reviews[u]):
            inside[u] = 0
            out += 1
        shared[u] = 0
    return out


@bare
def _mark_inside(starts, pair, inside, closed):
    for u in range(len(starts) - 1):
        if inside[u]:
            for e in range(starts[u], starts[u + 1]):
                closed[e] |= inside[pair[e] >> 32]


@bare
def _triangles(starts, pair, at, closed):
    """Mark the pairs of triangles whose co-reviews are not all at one unit; ``at`` is scratch, zeros.

    Each triangle is found once, from its first reviewer.
    """
    for u in range(len(starts) - 1):
        begin, end = starts[u], starts[u + 1]
        if end - begin < 2:
            continue
        for e in range(begin, end):
            prefetch(starts, pair[e] >> 32)
            at[pair[e] >> 32] = e - begin + 1
        for e in range(begin, end):
            prefetch(pair, starts[pair[e] >> 32])
        for e in range(begin, end):
            v = pair[e] >> 32
            for f in range(starts[v], starts[v + 1]):
                if at[pair[f] >> 32] == 0:
                    continue
                g = begin + at[pair[f] >> 32] - 1
                one = pair[e] & UNIT
                if one & SEVERAL or one != pair[f] & UNIT or one != pair[g] & UNIT:
                    closed[e] = closed[f] = closed[g] = 1
        for e in range(begin, end):
            at[pair[e] >> 32] = 0


@bare
def _columns(starts, pair, kept, a, b, units):
    """Write the pairs kept (all, where ``kept`` is empty) as columns."""
    n = 0
    for u in range(len(starts) - 1):
        for e in range(starts[u], starts[u + 1]):
            if len(kept) == 0 or kept[e]:
                a[n], b[n] = u, pair[e] >> 32
                units[n] = pair[e] & (SEVERAL - 1) if pair[e] & SEVERAL else 1
                n += 1


@bare
def _strengths(starts, pair, out):
    for u in range(len(starts) - 1):
        for e in range(starts[u], starts[u + 1]):
            units = pair[e] & (SEVERAL - 1) if pair[e] & SEVERAL else 1
            out[u] += units
            out[pair[e] >> 32] += units


class PairRows(NamedTuple):
    """Pairs of reviewers by the first of them: those of reviewer u are ``pair[starts[u]:starts[u + 1]]``."""

    starts: NDArray[np.int64]
    pair: NDArray[np.int64]
    """The second reviewer, and the unit of the two's co-reviews or the number of units."""


def rare_pairs(
    span: NDArray[np.uint32], limit: int, who: NDArray[np.int32], n: int, product: NDArray[np.int32], unit_of: NDArray[np.int32]
) -> PairRows:
    """Return all pairs a < b with a co-review in a local-degree bin of at most ``limit``.

    Parameters
    ----------
    span : uint32[n_edges]
        The windows of all edges (`collusion.kernels.spans`).
    limit : int
    who : int32[n_edges]
        The reviewer of each edge, below ``n``.
    n : int
    product : int32[n_edges]
    unit_of : int32[n_products]
        What is counted once a pair.

    Notes
    -----
    O(n_edges + co-reviews log co-reviews of a reviewer); 8 bytes a co-review and a reviewer.
    """
    ends = np.zeros(n + 1, dtype=np.int64)
    _co_reviews(span, limit, who, product, unit_of, ends, np.empty(0, dtype=np.int64))
    np.cumsum(ends, out=ends)
    seen = np.empty(int(ends[-1]), dtype=np.int64)
    if len(seen):
        _co_reviews(span, limit, who, product, unit_of, ends, seen)
    return PairRows(ends, seen[: _merge(ends, seen)])


def committed(span: NDArray[np.uint32], limit: int, who: NDArray[np.int32], reviews: NDArray[np.int64], share: float) -> NDArray[np.uint8]:
    """Return 1 for each reviewer of the largest set whose members have co-reviews with other members at a share of their reviews.

    Co-reviews are those in local-degree bins of at most ``limit``; each member has them at two and ``share`` of the reviews or more.
    Honest reviewers have some with strangers, who have theirs with others: round by round nearly all leave. The k-core (S. Seidman, Social
    Networks 5, 1983) with a k of each node's own.

    Parameters
    ----------
    span, limit, who
        As `rare_pairs` takes them.
    reviews : int64[n]
        How many reviews each reviewer wrote.
    share : float

    Notes
    -----
    O(reviews that are left) a round until nobody leaves, about ten rounds in logs of millions. 4 bytes a review that counts, 5 a reviewer.
    """
    left = _counting(span, limit, np.empty(0, dtype=np.int32))
    edges = np.empty(left, dtype=np.int32)
    _counting(span, limit, edges)
    inside, shared = np.ones(len(reviews), dtype=np.uint8), np.zeros(len(reviews), dtype=np.int32)
    while True:
        left = _remaining(edges, left, span, limit, who, inside, shared)
        if not _leave(shared, reviews, share, inside):
            return inside


def closed_pairs(rows: PairRows, inside: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return 1 for each pair of two reviewers inside, and each that closes a triangle over at least two units.

    The co-reviews of the three pairs of such a triangle are not all at one unit. The customers of one product are full of triangles; chance
    leaves few others, and accounts that work together have many.

    Notes
    -----
    O(sum over pairs of the pairs of the less active of the two) where low codes are those of most reviews, since a review adds no more
    pairs than its local degree (T. Schank, D. Wagner: Finding, Counting and Listing All Triangles in Large Graphs. WEA 2005). 4 bytes a
    reviewer, 1 a pair.
    """
    closed = np.zeros(len(rows.pair), dtype=np.uint8)
    _triangles(rows.starts, rows.pair, np.zeros(len(rows.starts) - 1, dtype=np.int32), closed)
    _mark_inside(rows.starts, rows.pair, inside, closed)
    return closed


def strengths(rows: PairRows) -> NDArray[np.int64]:
    """Return the units of all pairs of each reviewer: int64[n]."""
    out = np.zeros(len(rows.starts) - 1, dtype=np.int64)
    _strengths(rows.starts, rows.pair, out)
    return out


def as_columns(rows: PairRows, kept: NDArray[np.uint8] | None = None) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the pairs kept, or all, sorted: (a, b, number of units), int32 each."""
    count = len(rows.pair) if kept is None else int(np.count_nonzero(kept))
    a, b, units = (np.empty(count, dtype=np.int32) for _ in range(3))
    _columns(rows.starts, rows.pair, np.empty(0, dtype=np.uint8) if kept is None else kept, a, b, units)
    return a, b, units
