"""Sums for one-way analyses of variance of ratings, without a column of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LEFT", "RATING", "sums_by"]

RATING, LEFT = 0, 1
"""What is summed: ratings; what is left of ratings after the mean of their product."""


def sums_by(
    group: NDArray[np.int32],
    rating: NDArray[np.float32],
    what: int,
    product: NDArray[np.int32],
    mean: NDArray[np.float64],
    several: NDArray[np.bool_],
    count: NDArray[np.int32],
    total: NDArray[np.float64],
) -> tuple[float, float]:
    """Add to ``count`` and ``total`` (by group) the values of rated reviews; return the sum and the sum of squares of all values.

    What is left is computed only for products with ``several`` ratings; ``mean`` has theirs; else both are empty. O(n).
    """
    sums: tuple[float, float] = call("sums_by", group, rating, what, product, mean, several, count, total)
    return sums
