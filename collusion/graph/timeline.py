"""What a permutation keeps: when and how each product was reviewed, without who wrote the reviews."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import NO_TIME
from collusion.graph.memo import Memo

__all__ = ["NO_TIME", "Columns", "Timeline", "product_starts", "read_only"]


@dataclass(frozen=True, eq=False)
class Timeline:
    """The reviews of all products in (product, time) order, without their reviewers. The arrays are read-only.

    A null model (`collusion.graph.null`) permutes the reviewers and keeps the timeline. What is computed from the timeline alone (strata,
    windows, launches) is kept in its `memo`, so that a log and all its replicates compute it once.

    Parameters
    ----------
    n_products : int
    product_indptr : int64[n_products + 1]
        The reviews of product p are ``product_indptr[p]:product_indptr[p + 1]`` (`product_starts`).
    product : int32[n_reviews]
        Ascending.
    time : int32[n_reviews] or None
        Days since 1970-01-01 UTC, ascending within a product; `NO_TIME` where a review has none; None where the log has none.
    rating : float32[n_reviews] or None
        nan where a review has none; None where the log has none.
    row : int32[n_reviews] or int64[n_reviews]
        Row in the source; 64 bits wide where 32 are not enough.
    category : int32[n_products] or None
        Code of the product's category (x marketplace), -1 where unknown; None where the log has none.
    seller : int32[n_products] or None
        Code of the product's seller or brand, -1 where unknown; None where the log has none.
    inferred : bool
        Whether the categories were inferred from the graph (`collusion.graph.categories`): the log names none.
    """

    n_products: int
    product_indptr: NDArray[np.int64]
    product: NDArray[np.int32]
    time: NDArray[np.int32] | None
    rating: NDArray[np.float32] | None
    row: NDArray[np.int32] | NDArray[np.int64]
    category: NDArray[np.int32] | None = None
    seller: NDArray[np.int32] | None = None
    inferred: bool = False
    memo: Memo = field(default_factory=Memo, init=False, repr=False)
    """What was computed from the timeline alone. Not for users."""

    def __post_init__(self) -> None:
        for name in ("product_indptr", "product", "time", "rating", "row", "category", "seller"):
            array = getattr(self, name)
            if array is not None:
                array.flags.writeable = False

    def __repr__(self) -> str:
        return f"<Timeline: {len(self.product):,} reviews of {self.n_products:,} products>"

    @property
    def n_reviews(self) -> int:
        """Number of reviews."""
        return len(self.product)


class Columns(TypedDict, total=False):
    """Columns of a `Timeline` that can be replaced."""

    product: NDArray[np.int32]
    time: NDArray[np.int32] | None
    rating: NDArray[np.float32] | None
    row: NDArray[np.int32] | NDArray[np.int64]
    category: NDArray[np.int32] | None
    seller: NDArray[np.int32] | None
    inferred: bool


def product_starts(product: NDArray[np.int32], n_products: int) -> NDArray[np.int64]:
    """Return where the reviews of each product start, int64[n_products + 1], from the products of all reviews, ascending."""
    # Of the same type as the products: else all of them are converted first.
    return np.searchsorted(product, np.arange(n_products + 1, dtype=np.int32)).astype(np.int64)


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array, made read-only."""
    array.flags.writeable = False
    return array
