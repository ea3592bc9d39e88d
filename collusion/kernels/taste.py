"""Ties between products that the same reviewers return to, and what the reviewers of a product review at other times."""

from __future__ import annotations

from collusion.kernels.arrays import Bools, Float64s, Int8s, Int32s, Int64s, UInt8s, UInt64s
from collusion.kernels.door import kernel

__all__ = ["BITS", "add_ties", "colour_products", "label_products", "mark_periods", "sum_by_reviewer", "tie_reviews"]

BITS = 8
"""Periods are distinguished by their number modulo this: the bits of a byte."""


@kernel("colour_products")
def colour_products(indptr: Int64s, products: Int64s, reviewer: Int32s, time: Int32s, first: int, colours: UInt64s, out: UInt64s) -> None:
    """Fill ``out`` with a hash of each given product's reviews, in any order: reviewers' ``colours`` and days since ``first``. O(n)."""


@kernel("tie_reviews")
def tie_reviews(
    order: Int64s, indptr: Int64s, colours: UInt64s, product: Int32s, day: Int32s, apart: int, steps: int, key: UInt64s, ties: Int32s
) -> int:
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


@kernel("add_ties")
def add_ties(ties: Int32s, product: Int32s, month: Int32s, between: Float64s, inside: Float64s, across: Float64s, months: Float64s) -> None:
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


@kernel("sum_by_reviewer")
def sum_by_reviewer(
    ties: Int32s, product: Int32s, month: Int32s, value: Float64s, mean: Float64s, own: Float64s, total: Float64s, square: Float64s
) -> None:
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


@kernel("mark_periods")
def mark_periods(
    indptr: Int64s, edges: Int32s, product: Int32s, time: Int32s, none: int, first: int, days: int, label: Int8s, marks: UInt8s
) -> None:
    """Mark in which periods each reviewer reviewed each category: a busy week is marked once.

    Parameters
    ----------
    indptr, edges : int64[reviewers + 1], int32[reviews]
        The reviews of each reviewer.
    product, time : int32[reviews]
        By review; ``none`` is the time of a review without one, which is not marked.
    first, days : int
        The day on which periods begin, and their length.
    label : int8[products]
        Category of each product, -1 for none.
    marks : uint8[reviewers, k]
        Filled. Bit q stands for all periods whose number is q modulo `BITS`.
    """


@kernel("label_products")
def label_products(
    indptr: Int64s,
    reviewer: Int32s,
    time: Int32s,
    none: int,
    first: int,
    days: int,
    open_: Bools,
    marks: UInt8s,
    worth: Int32s,
    burst: Int64s,
    score: Float64s,
    out: Int8s,
) -> None:
    """Give each product the category that its reviewers' reviews at other times support most, the lowest of equals.

    Reviews of one product in one period are not independent, since groups come together. n of them count as sqrt(n), so that a group that
    reviews many products at once does not give them all its own category.

    Parameters
    ----------
    indptr : int64[products + 1]
        The reviews of product p are ``indptr[p]:indptr[p + 1]``.
    reviewer, time : int32[reviews]
        By review. Reviews whose time is ``none`` are skipped.
    first, days : int
        As for `mark_periods`.
    open_ : bool[products]
        Which products get one; the others keep what ``out`` contains.
    marks : uint8[reviewers, k]
        As made by `mark_periods`.
    worth : int32[BITS, 256, k]
        How much all marks of each category support it, for a review in a period of each number modulo `BITS`; at least 0.
    burst, score : int64[k], float64[k]
        Scratch.
    out : int8[products]
        -1 where nothing supports any.
    """
