"""Orders of codes that make searches fast; results do not depend on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from collusion.kernels.csr import group_by

__all__ = ["busiest_first", "ranks", "sellers_together", "units_of"]


def busiest_first(reviews: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return reviewers by falling number of reviews (of equals the lower code first). O(reviewers + the largest number).

    The busiest reviewers are looked up most often: their entries are adjacent, and stay in cache.
    """
    most = int(reviews.max(initial=0))
    return group_by((most - reviews).astype(np.int32), most + 1)[1]


def sellers_together(seller: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return products by seller, those of unknown sellers (-1) each by itself: a reviewer's edges are then in the order of sellers too."""
    return group_by(units_of(seller), len(seller))[1]


def units_of(seller: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the unit of each product: the lowest product of its seller; the product itself where the seller is unknown."""
    own = np.arange(len(seller), dtype=np.int32)
    first = np.full(int(seller.max(initial=-1)) + 1, len(seller), dtype=np.int32)
    known = seller >= 0
    # Backwards, so that the lowest is written last.
    first[seller[known][::-1]] = own[known][::-1]
    own[known] = first[seller[known]]
    return own


def ranks(order: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the position of each code in an order of all codes."""
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank
