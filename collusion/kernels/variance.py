"""Sums for one-way analyses of variance of ratings, without a column of values."""

from __future__ import annotations

from collusion.kernels.arrays import Bools, Float32s, Float64s, Int32s
from collusion.kernels.door import kernel

__all__ = ["LEFT", "RATING", "sums_by"]

RATING, LEFT = 0, 1
"""What is summed: ratings; what is left of ratings after the mean of their product."""


@kernel("sums_by")
def sums_by(
    group: Int32s, rating: Float32s, what: int, product: Int32s, mean: Float64s, several: Bools, count: Int32s, total: Float64s
) -> tuple[float, float]:
    """Add to ``count`` and ``total`` (by group) the values of rated reviews; return the sum and the sum of squares of all values.

    What is left is computed only for products with ``several`` ratings; ``mean`` has theirs; else both are empty. O(n).
    """
