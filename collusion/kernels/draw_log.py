"""Draws of a log, each review from its number only: any part of the log can be drawn separately, in any order, on any thread."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from collusion.kernels.arrays import Float64s, Int32s, Int64s, Seed, UInt8s
from collusion.kernels.door import kernel

__all__ = ["draw_for", "draw_reviews", "write_ids"]


@kernel("draw_reviews")
def draw_reviews(
    seed: Seed,
    start: int,
    n: int,
    sitting: float,
    bursts: tuple[int, int],
    people: tuple[Float64s, Int32s, int],
    products: tuple[Float64s, Int32s, int],
    share: Float64s,
    sellers: Int64s,
    out: tuple[NDArray[Any], ...],
) -> None:
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
        Edges of the blocks, ascending; where in them to begin to look; and members per block. The blocks of accounts are on [0, 1), those
        of products of category c on [c, c + 1).
    share : float64[c]
        Cumulated shares of the categories, 127 at most.
    sellers : int64[c + 1]
        First seller of each category.
    out : tuple of (reviewer int64[m], product int64[m], when float64[m], rating int8[m], category int8[m], seller int64[m])
        ``when`` on the log's clock from 0 to 1, ascending.
    """


@kernel("draw_for")
def draw_for(
    seed: Seed,
    start: int,
    reviewer: Int64s,
    u: Float64s,
    products: tuple[Float64s, Int32s, int],
    share: Float64s,
    sellers: Int64s,
    out: tuple[NDArray[Any], ...],
) -> None:
    """Draw ordinary reviews for given reviewers at given times (u: the share of the log's reviews before), as `draw_reviews` does.

    ``start`` must be beyond all reviews drawn otherwise, for draws of their own; ``out`` is (product int64[m], rating int8[m], category
    int8[m], seller int64[m]).
    """


@kernel("write_ids")
def write_ids(numbers: Int64s, digits: int, prefix: UInt8s, alphabet: UInt8s, text: UInt8s) -> None:
    """Write each number as an id: the prefix, then so many digits of five bits; different numbers have different ids.

    Parameters
    ----------
    numbers : int64[n]
        Below 32 ** digits.
    digits : int
        From 1 to 12.
    prefix : uint8[p]
    alphabet : uint8[32]
    text : uint8[n, p + digits]
    """
