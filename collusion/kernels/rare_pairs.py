"""Pairs with a co-review at low local degrees: listed edge by edge, since nearly all edges have only a few co-reviews."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from collusion.kernels.arrays import Int32s, Int64s, UInt8s, UInt32s
from collusion.kernels.door import call, kernel

__all__ = ["PairRows", "as_columns", "closed_pairs", "committed", "rare_pairs", "strengths"]


class PairRows(NamedTuple):
    """Pairs of reviewers by the first of them: those of reviewer u are ``pair[starts[u]:starts[u + 1]]``."""

    starts: Int64s
    pair: Int64s
    """The second reviewer, and the unit of the two's co-reviews or the number of units."""


def rare_pairs(span: UInt32s, limit: int, who: Int32s, n: int, product: Int32s, unit_of: Int32s) -> PairRows:
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
        What is counted once per pair.

    Notes
    -----
    O(n_edges + co-reviews log co-reviews of a reviewer); 8 bytes a co-review and a reviewer.
    """
    rows = PairRows(*call("rare_pairs", span, limit, who, n, product, unit_of))
    for column in rows:
        column.flags.writeable = False  # so that the next kernels need not look at all of it again
    return rows


@kernel("committed_reviewers")
def committed(span: UInt32s, limit: int, who: Int32s, reviews: Int64s, share: float) -> UInt8s:
    """Return 1 for each reviewer of the largest set whose members have co-reviews with other members at a share of their reviews.

    Co-reviews are those in local-degree bins of at most ``limit``; each member has them at two and ``share`` of the reviews or more. Honest
    reviewers have some with strangers, who have theirs with others: nearly all are removed, round by round. The k-core (S. Seidman, Social
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
    O(reviews that are left) per round until nobody leaves, about ten rounds in logs of millions.
    4 bytes per review that counts, 5 per reviewer.
    """


@kernel("closed_pairs")
def closed_pairs(rows: PairRows, inside: UInt8s) -> UInt8s:
    """Return 1 for each pair of two reviewers inside, and each that closes a triangle over at least two units.

    The co-reviews of the three pairs of such a triangle are not all at one unit. The customers of one product are full of triangles; chance
    leaves few others, and accounts that work together have many.

    Notes
    -----
    O(sum over pairs of the pairs of the less active of the two) where low codes are those of most reviews, since a review adds no more
    pairs than its local degree (T. Schank, D. Wagner: Finding, Counting and Listing All Triangles in Large Graphs. WEA 2005). 4 bytes a
    reviewer, 1 a pair.
    """


@kernel("pair_strengths")
def strengths(rows: PairRows) -> Int64s:
    """Return the units of all pairs of each reviewer: int64[n]."""


def as_columns(rows: PairRows, kept: UInt8s | None = None) -> tuple[Int32s, Int32s, Int32s]:
    """Return the pairs kept, or all, sorted: (a, b, number of units), int32 each."""
    none = np.empty(0, dtype=np.uint8)
    columns: tuple[Int32s, Int32s, Int32s] = call("pair_columns", rows, none if kept is None else kept, kept is None)
    return columns
