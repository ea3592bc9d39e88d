"""Pairs of reviews of one product that are alike in time and rating."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels.door import call

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["shared_products", "similar_pairs"]

ROOT = 1 / math.sqrt(2.0)


def similar_pairs(
    indptr: NDArray[np.int64],
    time: NDArray[np.int32],
    rating: NDArray[np.float32] | None,
    reviewer: NDArray[np.int32],
    *,
    no_time: int,
    days: float,
    stars: float,
    threshold: float,
    pairs_per_review: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], int]:
    """Return pairs of reviewers of one product whose reviews are similar, a pair once per product.

    Parameters
    ----------
    indptr : int64[n_products + 1]
        Reviews of each product, in the order of time.
    time : int32[n_reviews]
        Days; reviews at ``no_time`` are in no pair.
    rating : float32[n_reviews] or None
        Where there are none, only times count; a review without a rating among others is in no pair.
    reviewer : int32[n_reviews]
    no_time : int
    days, stars : float
        Standard deviations: the similarity is ``4 Phi(-dt / days) Phi(-dr / stars)``, 1 for the same day and rating.
    threshold : float
        The least similarity of a pair, above 0 and at most 1.
    pairs_per_review : int
        Reviews of the largest local degrees (reviews of the product within as many days as may still be similar) are passed over, such
        that at most so many pairs per review are looked at, and a million more.

    Returns
    -------
    a, b : int32 arrays
        Reviewers, a < b.
    similarity : float64 array
    passed_over : int
        Reviews of too large a local degree.

    Notes
    -----
    O(n_reviews + pairs looked at), 16 bytes per pair.
    """
    dated = time[time != no_time]
    span = int(dated.max()) - int(dated.min()) if len(dated) else 0
    window = 0
    while window < span and math.erfc((window + 1) / days * ROOT) >= threshold:
        window += 1
    by_day = np.array([math.erfc(day / days * ROOT) for day in range(window + 1)])
    log = (indptr, time, no_time, window)
    degree: NDArray[np.int64] = call("similar_degrees", *log)
    # A review of local degree k opens at most k - 1 pairs, each of which two reviews open.
    opened = np.cumsum(np.bincount(degree, weights=np.maximum(degree - 1, 0) / 2))
    most = int(np.searchsorted(opened, pairs_per_review * len(reviewer) + 1_000_000, side="right")) - 1
    rates = np.empty(0, np.float32) if rating is None else rating
    a, b, similarity = call("similar_pairs", *log, rates, reviewer, degree, most, by_day, stars, threshold)
    return a, b, similarity, int(np.count_nonzero(degree > most))


def shared_products(
    indptr: NDArray[np.int64],
    edges: NDArray[np.int32],
    product: NDArray[np.int32],
    n_products: int,
    a: NDArray[np.int32],
    b: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return how many products the reviewers of each pair have both reviewed: int32[n_pairs].

    ``edges[indptr[u]:indptr[u + 1]]`` are the edges of reviewer u, ``product`` is that of an edge; pairs of one ``a`` are adjacent.
    O(sum over the pairs of the reviews of b).
    """
    shared: NDArray[np.int32] = call("similar_shared", indptr, edges, product, a, b, np.empty(n_products, np.int32))
    return shared
