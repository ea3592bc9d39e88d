"""Pairs of reviews of one product that are alike in time and rating."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["shared_products", "similar_pairs"]

ROOT = 1 / math.sqrt(2.0)


@bare
def _crowds(indptr, time, no_time, window, crowd):
    for p in range(len(indptr) - 1):
        start, end = indptr[p], indptr[p + 1]
        while start < end and time[start] == no_time:
            start += 1
        left = right = start
        for i in range(start, end):
            while time[left] < time[i] - window:
                left += 1
            while right < end and time[right] <= time[i] + window:
                right += 1
            crowd[i] = right - left


@bare
def _pairs(indptr, time, no_time, rating, rated, reviewer, crowd, most, window, by_day, stars, threshold, write, a, b, similarity):
    n = 0
    for p in range(len(indptr) - 1):
        start, end = indptr[p], indptr[p + 1]
        while start < end and time[start] == no_time:
            start += 1
        for i in range(start, end):
            if crowd[i] > most:
                continue
            for j in range(i + 1, end):
                days = np.int64(time[j]) - np.int64(time[i])
                if days > window:
                    break
                if crowd[j] > most:
                    continue
                alike = by_day[days]
                if rated:
                    apart = abs(float(rating[i]) - float(rating[j]))
                    if np.isnan(apart):
                        continue
                    # Twice the normal tail beyond it, as for days.
                    alike *= math.erfc(apart / stars * ROOT)
                if alike < threshold:
                    continue
                if write:
                    a[n] = min(reviewer[i], reviewer[j])
                    b[n] = max(reviewer[i], reviewer[j])
                    similarity[n] = alike
                n += 1
    return n


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
    """Return pairs of reviewers of one product whose reviews are similar, a pair once a product.

    Parameters
    ----------
    indptr : int64[n_products + 1]
        Slots of each product, in the order of time.
    time : int32[n_reviews]
        Days; reviews at ``no_time`` meet nobody.
    rating : float32[n_reviews] or None
        Where there are none, times alone count; a review without a rating among others meets nobody.
    reviewer : int32[n_reviews]
    no_time : int
    days, stars : float
        Standard deviations: the similarity is ``4 Phi(-dt / days) Phi(-dr / stars)``, 1 for the same day and rating.
    threshold : float
        The least similarity of a pair, above 0 and at most 1.
    pairs_per_review : int
        Reviews in the largest crowds (reviews of the product within as many days as may still be similar) are passed over, such that at
        most so many pairs a review are looked at, and a million more.

    Returns
    -------
    a, b : int32 arrays
        Reviewers, a < b.
    similarity : float64 array
    passed_over : int
        Reviews in crowds too large.

    Notes
    -----
    O(n_reviews + pairs looked at), 16 bytes a pair.
    """
    dated = time[time != no_time]
    span = int(dated.max()) - int(dated.min()) if len(dated) else 0
    window = 0
    while window < span and math.erfc((window + 1) / days * ROOT) >= threshold:
        window += 1
    by_day = np.array([math.erfc(day / days * ROOT) for day in range(window + 1)])
    crowd = np.zeros(len(reviewer), np.int64)
    _crowds(indptr, time, no_time, window, crowd)
    # A review in a crowd of k opens at most k - 1 pairs, each of which two reviews open.
    opened = np.cumsum(np.bincount(crowd, weights=np.maximum(crowd - 1, 0) / 2))
    most = int(np.searchsorted(opened, pairs_per_review * len(reviewer) + 1_000_000, side="right")) - 1
    rates = np.zeros(0, np.float32) if rating is None else rating
    inputs = (indptr, time, no_time, rates, rating is not None, reviewer, crowd, most, window, by_day, stars, threshold)
    none = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))
    n = _pairs(*inputs, False, *none)
    a, b, similarity = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n)
    _pairs(*inputs, True, a, b, similarity)
    return a, b, similarity, int(np.count_nonzero(crowd > most))


@bare
def _shared(indptr, slots, product, a, b, seen, shared):
    for k in range(len(a)):
        u = a[k]
        if k == 0 or a[k - 1] != u:
            for e in range(indptr[u], indptr[u + 1]):
                seen[product[slots[e]]] = u
        v = b[k]
        for e in range(indptr[v], indptr[v + 1]):
            shared[k] += seen[product[slots[e]]] == u


def shared_products(
    indptr: NDArray[np.int64],
    slots: NDArray[np.int32],
    product: NDArray[np.int32],
    n_products: int,
    a: NDArray[np.int32],
    b: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return how many products the reviewers of each pair have both reviewed: int32[n_pairs].

    ``slots[indptr[u]:indptr[u + 1]]`` are reviewer u's, ``product`` is that of a slot; pairs of one ``a`` lie side by side. O(sum over the
    pairs of the reviews of b).
    """
    shared = np.zeros(len(a), np.int32)
    _shared(indptr, slots, product, a, b, np.full(n_products, -1, np.int32), shared)
    return shared
