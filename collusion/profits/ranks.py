"""Ranks by a stated rule, with and without some reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.base.profits import RankRule
    from collusion.profits.sums import Sums

__all__ = ["Prior", "prior_of", "ranks", "scores"]

DIGITS = 9
"""Decimals by which scores are compared: equal ones must be equal whatever the order of the sums."""


@dataclass(frozen=True, eq=False)
class Prior:
    """What is assumed of a product before anybody rates it.

    Parameters
    ----------
    mean : float64 array
        Mean rating of its category, one element per product.
    weight : float
        How many ratings this counts as: the variance of ratings of one product over the variance of products' means.
    spread : float
        Standard deviation of the ratings of one product.
    """

    mean: NDArray[np.float64]
    weight: float
    spread: float


def prior_of(sums: Sums, category: NDArray[np.integer]) -> Prior:
    """Estimate the prior by moments (one-way analysis of variance, products within categories). O(n_products).

    Parameters
    ----------
    sums : Sums
        Without the reviews of groups, which must not decide what is usual.
    category : int array
        From 0, one element per product.

    Notes
    -----
    Where products differ no more than chance lets them, the weight is the number of ratings, so all averages are nearly those of the
    categories. Where the ratings of one product never differ, it is 0.

    References
    ----------
    Searle, Casella and McCulloch, Variance Components, 1992, section 3.6; Efron and Morris 1977 for the average.
    """
    size = int(category.max(initial=0)) + 1
    rated = sums.rated.astype(np.float64)
    n, total = np.bincount(category, rated, minlength=size), np.bincount(category, sums.total, minlength=size)
    everything = rated.sum()
    overall = sums.total.sum() / everything if everything else 0.0
    mean = np.divide(total, n, out=np.full(size, overall), where=n > 0)[category]
    own = np.divide(sums.total, rated, out=np.zeros(len(rated)), where=rated > 0)
    inside = max(float((sums.squares - rated * own**2).sum()), 0.0)
    between = float((rated * (own - mean) ** 2).sum())
    products, categories = np.count_nonzero(rated), np.count_nonzero(n)
    within = inside / max(everything - products, 1)
    # Expected: (products - categories) within + room * variance of the means.
    room = everything - float(np.divide(np.bincount(category, rated**2, minlength=size), n, out=np.zeros(size), where=n > 0).sum())
    means = (between - (products - categories) * within) / room if room > 0 else 0.0
    weight = 0.0 if within == 0 else min(within / means, everything) if means > 0 else float(everything)
    return Prior(mean, round(weight, DIGITS), round(within**0.5, DIGITS))


def scores(sums: Sums, prior: Prior, rule: RankRule) -> NDArray[np.float64]:
    """Return what is ranked, higher for better; nan for what has no rank: without a rating, or by ``count`` without a review."""
    if rule == "count":
        return np.where(sums.n > 0, sums.n.astype(np.float64), np.nan)
    weight = prior.weight if rule == "bayes" else 0.0
    n = sums.rated + weight
    found: NDArray[np.float64] = np.divide(
        sums.total + weight * prior.mean, n, out=np.full(len(n), np.nan), where=(sums.rated > 0) & (n > 0)
    )
    return np.round(found, DIGITS)


def ranks(score: NDArray[np.float64], category: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ranks within categories, from 1 for the highest score, and how many have one there; 0 for what has no rank.

    Equal scores have the rank of the first of them. O(n log n).
    """
    there = np.flatnonzero(~np.isnan(score))
    order = there[np.lexsort((-score[there], category[there]))]
    group, value, place = category[order], score[order], np.arange(len(order))
    starts = np.append(True, group[1:] != group[:-1])[: len(order)]
    begins = np.maximum.accumulate(np.where(starts, place, 0))
    new = starts | np.append(True, value[1:] != value[:-1])[: len(order)]
    rank = np.zeros(len(score), np.int64)
    rank[order] = np.maximum.accumulate(np.where(new, place, 0)) - begins + 1
    count = np.bincount(group, minlength=int(category.max(initial=0)) + 1)
    return rank, count[category]
