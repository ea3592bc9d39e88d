"""Ties between products that the same reviewers return to, and what the reviewers of a product review at other times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BITS", "add_ties", "colour_products", "label_products", "mark_periods", "sum_by_reviewer", "tie_reviews"]

BITS = 8
"""Periods are distinguished by their number modulo this: the bits of a byte."""


def colour_products(
    indptr: NDArray[np.int64],
    products: NDArray[np.int64],
    reviewer: NDArray[np.int32],
    time: NDArray[np.int32],
    first: int,
    colours: NDArray[np.uint64],
    out: NDArray[np.uint64],
) -> None:
    """Fill ``out`` with a hash of each given product's reviews, in any order: reviewers' ``colours`` and days since ``first``. O(n)."""
    call("colour_products", indptr, products, reviewer, time, first, colours, out)


def tie_reviews(
    order: NDArray[np.int64],
    indptr: NDArray[np.int64],
    colours: NDArray[np.uint64],
    product: NDArray[np.int32],
    day: NDArray[np.int32],
    apart: int,
    steps: int,
    key: NDArray[np.uint64],
    ties: NDArray[np.int32],
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
    n: int = call("tie_reviews", order, indptr, colours, product, day, apart, steps, key, ties)
    return n


def add_ties(
    ties: NDArray[np.int32],
    product: NDArray[np.int32],
    month: NDArray[np.int32],
    between: NDArray[np.float64],
    inside: NDArray[np.float64],
    across: NDArray[np.float64],
    months: NDArray[np.float64],
) -> None:
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
    call("add_ties", ties, product, month, between, inside, across, months)


def sum_by_reviewer(
    ties: NDArray[np.int32],
    product: NDArray[np.int32],
    month: NDArray[np.int32],
    value: NDArray[np.float64],
    mean: NDArray[np.float64],
    own: NDArray[np.float64],
    total: NDArray[np.float64],
    square: NDArray[np.float64],
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
    call("sum_by_reviewer", ties, product, month, value, mean, own, total, square)


def mark_periods(
    indptr: NDArray[np.int64],
    edges: NDArray[np.int32],
    product: NDArray[np.int32],
    time: NDArray[np.int32],
    none: int,
    first: int,
    days: int,
    label: NDArray[np.int8],
    marks: NDArray[np.uint8],
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
    call("mark_periods", indptr, edges, product, time, none, first, days, label, marks)


def label_products(
    indptr: NDArray[np.int64],
    reviewer: NDArray[np.int32],
    time: NDArray[np.int32],
    none: int,
    first: int,
    days: int,
    open_: NDArray[np.bool_],
    marks: NDArray[np.uint8],
    worth: NDArray[np.int32],
    burst: NDArray[np.int64],
    score: NDArray[np.float64],
    out: NDArray[np.int8],
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
    call("label_products", indptr, reviewer, time, none, first, days, open_, marks, worth, burst, score, out)
