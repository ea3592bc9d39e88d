"""Hashes of the surroundings of each product and reviewer, which do not depend on names or on the order of rows. One pass each, no sort."""

from __future__ import annotations

import numpy as np

from collusion.kernels.arrays import Int32s, Int64s, UInt32s, UInt64s
from collusion.kernels.door import kernel

__all__ = ["MIX1", "MIX2", "ODD", "add_reviewers", "colour_reviewers", "colour_reviews", "colour_timelines"]


ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9), np.uint64(0x27D4EB2F165667C5))
"""Odd multipliers for dates, ratings, reviewers and products."""

MIX1, MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
"""Multipliers of the hash of 64-bit words that kernels use (SplitMix64; Steele, Lea and Flood, OOPSLA 2014; see `hash.hpp`)."""


@kernel("colour_reviews")
def colour_reviews(time: Int32s, first: int, dated: bool, bits: UInt32s, rated: bool, colours: UInt64s) -> None:
    """Fill ``colours`` (uint64, by review) with a hash of each review's date and rating. Columns as in `colour_timelines`. O(n)."""


@kernel("colour_timelines")
def colour_timelines(indptr: Int64s, time: Int32s, first: int, dated: bool, bits: UInt32s, rated: bool, colours: UInt64s) -> None:
    """Fill ``colours`` (uint64, by product) with a hash of the dates and ratings of each product's reviews.

    ``time`` is used where ``dated``, as days since ``first``; ``bits`` are those of float32 ratings, used where ``rated``. O(n).
    """


@kernel("colour_reviewers")
def colour_reviewers(
    indptr: Int64s, reviewer: Int32s, time: Int32s, first: int, dated: bool, bits: UInt32s, rated: bool, products: UInt64s, colours: UInt64s
) -> None:
    """Add to ``colours`` (uint64, by reviewer) a hash of each review's date, rating and product, which is known by its colour. O(n)."""


@kernel("add_reviewers")
def add_reviewers(indptr: Int64s, reviewer: Int32s, users: UInt64s, products: UInt64s) -> None:
    """Mix into ``products`` (uint64, by product) the colours of those who reviewed each. O(n)."""
