"""Sums over the reviews of each product, or of each seller: numbers of reviews, and moments of their ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["CHUNK", "Sums", "rating_range", "sums_of", "sums_of_all"]

CHUNK = 1 << 22
"""Reviews that are counted at a time, so that a large log needs no second copy of its columns."""

DIGITS = 6
"""Decimals to which sums of ratings are rounded: rows of one day may be in any order, and their sum must not depend on it."""


@dataclass(frozen=True, eq=False)
class Sums:
    """One array element per product or seller.

    Parameters
    ----------
    n : int64 array
        Reviews.
    rated : int64 array
        Those that have a rating.
    total, squares : float64 arrays
        Sums of the ratings and of their squares.
    """

    n: NDArray[np.int64]
    rated: NDArray[np.int64]
    total: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def zeros(cls, size: int) -> Sums:
        """Return the sums of no reviews."""
        return cls(np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size), np.zeros(size))

    def rounded(self) -> Sums:
        """Return the same with rounded sums of ratings."""
        return Sums(self.n, self.rated, np.round(self.total, DIGITS), np.round(self.squares, DIGITS))

    def by(self, owner: NDArray[np.int32], size: int) -> Sums:
        """Return the sums of owners, such as sellers; those whose owner is -1 are left out."""
        known = owner >= 0

        def summed(values: NDArray[Any]) -> NDArray[np.float64]:
            found: NDArray[np.float64] = np.bincount(owner[known], values[known].astype(np.float64), minlength=size).astype(np.float64)
            return found

        n, rated = (summed(one).astype(np.int64) for one in (self.n, self.rated))
        return Sums(n, rated, summed(self.total), summed(self.squares)).rounded()

    def less(self, other: Sums) -> Sums:
        """Return the sums without the reviews of others."""
        return Sums(
            self.n - other.n,
            self.rated - other.rated,
            np.round(self.total - other.total, DIGITS),
            np.round(self.squares - other.squares, DIGITS),
        )

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean rating; nan where there is none."""
        found: NDArray[np.float64] = np.divide(self.total, self.rated, out=np.full(len(self.n), np.nan), where=self.rated > 0)
        return found


def sums_of_all(graph: ReviewGraph) -> Sums:
    """Return the sums of every product. O(n_reviews), `CHUNK` reviews at a time."""
    found = Sums.zeros(graph.n_products)
    for begin in range(0, graph.n_reviews, CHUNK):
        part = slice(begin, begin + CHUNK)
        _add(found, graph.product[part], None if graph.rating is None else graph.rating[part])
    return found.rounded()


def sums_of(graph: ReviewGraph, edges: NDArray[np.int64]) -> Sums:
    """Return the sums of some reviews of every product. O(edges + n_products)."""
    found = Sums.zeros(graph.n_products)
    if len(edges):
        _add(found, graph.product[edges], None if graph.rating is None else graph.rating[edges])
    return found.rounded()


def rating_range(graph: ReviewGraph) -> tuple[float, float]:
    """Return the lowest and the highest rating of a log, the ends of its scale; (-inf, inf) without ratings. O(n_reviews)."""
    low, high = np.inf, -np.inf
    for begin in range(0, graph.n_reviews if graph.rating is not None else 0, CHUNK):
        assert graph.rating is not None  # noqa: S101  # the range is empty otherwise
        part = graph.rating[begin : begin + CHUNK]
        low, high = min(low, float(np.fmin.reduce(part))), max(high, float(np.fmax.reduce(part)))
    return (low, high) if low <= high else (-np.inf, np.inf)


def _add(to: Sums, product: NDArray[np.int32], rating: NDArray[np.float32] | None) -> None:
    """Add reviews, which are in the order of their products, so that only a stretch of the arrays is touched."""
    first, last = int(product[0]), int(product[-1]) + 1
    own, at = slice(first, last), product - first
    to.n[own] += np.bincount(at, minlength=last - first)
    if rating is not None:
        rated = np.isfinite(rating)
        at, value = at[rated], rating[rated].astype(np.float64)
        to.rated[own] += np.bincount(at, minlength=last - first)
        to.total[own] += np.bincount(at, value, minlength=last - first)
        to.squares[own] += np.bincount(at, value * value, minlength=last - first)
