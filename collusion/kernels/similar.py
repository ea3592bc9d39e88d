"""Pairs of reviews of one product that are alike in time and rating, and how many products two reviewers have in common."""

from __future__ import annotations

import math

import numpy as np

from collusion.kernels.arrays import Float32s, Float64s, Int32s, Int64s
from collusion.kernels.door import call, kernel

__all__ = ["count_in_common", "similar_pairs"]


ROOT = 1 / math.sqrt(2.0)


def similar_pairs(
    indptr: Int64s,
    time: Int32s,
    rating: Float32s | None,
    reviewer: Int32s,
    *,
    no_time: int,
    days: float,
    stars: float,
    threshold: float,
    pairs_per_review: int,
) -> tuple[Int32s, Int32s, Float64s, int]:
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
    degree: Int64s = call("similar_degrees", *log)
    # A review of local degree k opens at most k - 1 pairs, each of which two reviews open.
    opened = np.cumsum(np.bincount(degree, weights=np.maximum(degree - 1, 0) / 2))
    most = int(np.searchsorted(opened, pairs_per_review * len(reviewer) + 1_000_000, side="right")) - 1
    rates = np.empty(0, np.float32) if rating is None else rating
    a, b, similarity = call("similar_pairs", *log, rates, reviewer, degree, most, by_day, stars, threshold)
    return a, b, similarity, int(np.count_nonzero(degree > most))


@kernel("count_in_common")
def count_in_common(
    one: Int32s, other: Int32s, indptr: Int64s, edges: Int32s, product: Int32s, time: Int32s, no_time: int, window: int, counts: Int32s
) -> None:
    """Add to ``counts[k]`` the products that reviewers ``one[k]`` and ``other[k]`` both reviewed, at most ``window`` days apart.

    Row u of (indptr, edges) contains the edges of reviewer u, ascending by product. ``time`` is empty where no window is asked for; a
    review of day ``no_time`` is near none. O(reviews of the pairs).
    """
