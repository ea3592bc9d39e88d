"""How often chance makes a co-review: rates by stratum when reviewers are permuted, and the score of a count against its mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from collusion.graph.strata import Strata
from collusion.graph.windows import N_DEGREE_BINS
from collusion.kernels import unit_rows

__all__ = ["capped_rates", "chance_threshold", "co_review_rates", "likelihood_ratio"]


def chance_threshold(n: int, size: int) -> float:
    """Return ln C(n, size) / size: the nats per member that the best of all groups of this size may reach by chance (Bonferroni)."""
    return float(gammaln(n + 1) - gammaln(size + 1) - gammaln(n - size + 1)) / size if 0 < size < n else 0.0


def likelihood_ratio(count: NDArray[np.int64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x ln(x / mean) - x + mean where x exceeds the mean, else 0: Chernoff's bound on -ln P(X >= x) for independent terms."""
    x = count.astype(np.float64)
    above = x > mean
    ratio = np.zeros(x.shape)
    ratio[above] = x[above] * np.log(x[above] / mean[above]) - x[above] + mean[above]
    return ratio


def co_review_rates(
    strata: Strata, span: NDArray[np.uint32], reach: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return `CoReviews.rate`, `CoReviews.parent` and `CoReviews.parent_pairs`. O(wedges).

    A rate is the mean over all pairs of distinct edges of two strata. A reviewer with n edges in one and another with m edges in the other
    are expected to have ``n * m`` times the rate as co-reviews when reviewers are permuted within strata.
    """
    later = np.zeros((strata.n, reach + 1, N_DEGREE_BINS + 1), np.int64)
    unit_rows.count_wedges(span, strata.of, later)
    np.cumsum(later, axis=2, out=later)
    rate, pairs = np.zeros((strata.n, 2 * reach + 1, N_DEGREE_BINS)), np.zeros((strata.n, 2 * reach + 1))
    for d in range(min(reach, strata.n - 1) + 1):
        here, there = slice(strata.n - d), slice(d, None)
        # Seen from both ends; within a stratum both are added at the same index.
        rate[here, reach + d] += later[here, d, :N_DEGREE_BINS]
        rate[there, reach - d] += later[here, d, :N_DEGREE_BINS]
        pairs[here, reach + d] = strata.size[here] * (strata.size[there] - float(d == 0))
        pairs[there, reach - d] = pairs[here, reach + d]
    first = np.arange(0, strata.n, strata.span)
    # Sums of whole numbers, which do not depend on their order.
    parent, parent_pairs = np.add.reduceat(rate, first), np.add.reduceat(pairs, first)
    parent /= np.maximum(parent_pairs, 1.0)[:, :, None]
    rate /= np.maximum(pairs, 1.0)[:, :, None]
    return rate, parent, parent_pairs


def capped_rates(strata: Strata, rate: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Cap each rate at the median over its category's months, each month weighing as much as it has reviews.

    Two months weigh as the smaller of them, so that a rate and its mirror image are capped alike.
    """
    usual = rate.copy()
    padded = np.concatenate([np.zeros(reach, np.int64), strata.size, np.zeros(reach, np.int64)])
    for d in range(2 * reach + 1):
        weight = np.minimum(strata.size, padded[d : d + strata.n])
        for first in range(0, strata.n, strata.span):
            rows = slice(first, min(first + strata.span, strata.n))
            for k in range(rate.shape[2]):
                order = np.argsort(rate[rows, d, k], kind="stable")
                mass = np.cumsum(weight[rows][order])
                if mass[-1]:
                    median = rate[rows, d, k][order[np.searchsorted(mass, mass[-1] / 2)]]
                    usual[rows, d, k] = np.minimum(rate[rows, d, k], median)
    return usual
