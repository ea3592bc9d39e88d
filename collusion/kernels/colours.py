"""Hashes of the surroundings of each product and reviewer, which do not depend on names or on the order of rows. One pass each, no sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels.door import call

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ODD", "add_reviewers", "colour_reviewers", "colour_reviews", "colour_timelines"]

ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9), np.uint64(0x27D4EB2F165667C5))
"""Odd multipliers for dates, ratings, reviewers and products."""


def colour_reviews(
    time: NDArray[np.int32],
    first: int,
    dated: bool,  # in the order of the columns
    bits: NDArray[np.uint32],
    rated: bool,  # as above
    colours: NDArray[np.uint64],
) -> None:
    """Fill ``colours`` (uint64, by review) with a hash of each review's date and rating. Columns as in `colour_timelines`. O(n)."""
    call("colour_reviews", time, first, dated, bits, rated, colours)


def colour_timelines(
    indptr: NDArray[np.int64],
    time: NDArray[np.int32],
    first: int,
    dated: bool,  # in the order of the columns
    bits: NDArray[np.uint32],
    rated: bool,  # in the order of the columns
    colours: NDArray[np.uint64],
) -> None:
    """Fill ``colours`` (uint64, by product) with a hash of the dates and ratings of each product's reviews.

    ``time`` is used where ``dated``, as days since ``first``; ``bits`` are those of float32 ratings, used where ``rated``. O(n).
    """
    call("colour_timelines", indptr, time, first, dated, bits, rated, colours)


def colour_reviewers(
    indptr: NDArray[np.int64],
    reviewer: NDArray[np.int32],
    time: NDArray[np.int32],
    first: int,
    dated: bool,  # in the order of the columns
    bits: NDArray[np.uint32],
    rated: bool,  # in the order of the columns
    products: NDArray[np.uint64],
    colours: NDArray[np.uint64],
) -> None:
    """Add to ``colours`` (uint64, by reviewer) a hash of each review's date, rating and product, which is known by its colour. O(n)."""
    call("colour_reviewers", indptr, reviewer, time, first, dated, bits, rated, products, colours)


def add_reviewers(indptr: NDArray[np.int64], reviewer: NDArray[np.int32], users: NDArray[np.uint64], products: NDArray[np.uint64]) -> None:
    """Mix into ``products`` (uint64, by product) the colours of those who reviewed each. O(n)."""
    call("add_reviewers", indptr, reviewer, users, products)
