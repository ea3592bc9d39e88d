"""Whether a seller has more reviews by members of groups than chance gives it, and whether groups rate a product unlike others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtrc, betaincinv, ndtr

from collusion.graph.strata import strata_of
from collusion.profits.sums import CHUNK

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["exact_intervals", "rating_test", "seller_test"]

CONFIDENCE = 0.95

DIGITS = 9

MOST_LEVELS = 11
"""Different ratings that the exact test distinguishes: ten half stars and zero. Finer scales are cut into as many classes."""

MOST_EXACT = 60
"""Ratings of a group up to which the test is exact: beyond that, the normal approximation is as good, and its sums would overflow."""


def exact_intervals(hits: NDArray[np.int64], n: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the exact 95 % intervals of shares (Clopper and Pearson 1934); every n is at least 1."""
    tail = (1 - CONFIDENCE) / 2
    low = np.where(hits > 0, betaincinv(np.maximum(hits, 1), n - hits + 1, tail), 0.0)
    high = np.where(hits < n, betaincinv(hits + 1, np.maximum(n - hits, 1), 1 - tail), 1.0)
    return low, high


def seller_test(
    graph: ReviewGraph, seller: NDArray[np.int32], size: int, members: NDArray[np.int64], of_groups: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return per seller the reviews by members of groups, how many are expected, and the p-value of so many or more.

    Parameters
    ----------
    graph : ReviewGraph
    seller : int32[n_products]
        -1 where unknown.
    size : int
        Number of sellers.
    members : int64 array
        All reviews of the members: of any product, whether the group has it or not.
    of_groups : int64 array
        Those of them that are the reviews of a group.

    Notes
    -----
    The null hypothesis: members of groups review this seller as often as they review others outside of what their groups were listed for.
    Within a stratum (category and period, as where reviewers are shuffled), each of its reviews is by a member with the probability
    ``(members' other reviews + 1) / (all other reviews + 1)``. So the seller is compared with sellers of as many reviews in the same
    categories and periods. Reviews of groups are left out, since a group that fills its category and month would make itself usual there.
    The added one keeps strata in which members wrote nothing else from making every review a surprise. All of the members' reviews of the
    seller count: the search picks products because several members reviewed them.

    The number is a sum of independent trials of unequal probability. A binomial variable with as many trials and the same mean has the
    larger upper tail, from one above the mean on: the p-value is at most too large.

    O(n_reviews), `CHUNK` reviews at a time.

    References
    ----------
    Hoeffding, On the distribution of the number of successes in independent trials, 1956.
    """
    strata = strata_of(graph)
    by_any, by_groups = (np.bincount(strata.of[edges], minlength=strata.n) for edges in (members, of_groups))
    rate: NDArray[np.float64] = np.where(by_any > 0, (by_any - by_groups + 1) / (strata.size - by_groups + 1), 0.0)
    trials, mean = np.zeros(graph.n_products), np.zeros(graph.n_products)
    for begin in range(0, graph.n_reviews, CHUNK):
        part = slice(begin, begin + CHUNK)
        product, chance = graph.product[part], rate[strata.of[part]]
        first, last = int(product[0]), int(product[-1]) + 1
        mean[first:last] += np.bincount(product - first, chance, minlength=last - first)
        trials[first:last] += np.bincount(product - first, chance > 0, minlength=last - first)
    known = seller >= 0

    def summed(values: NDArray[Any]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.bincount(seller[known], values[known].astype(np.float64), minlength=size).astype(np.float64)
        return found

    by_members = summed(np.bincount(graph.product[members], minlength=graph.n_products)).astype(np.int64)
    n, expected = summed(trials).astype(np.int64), np.round(summed(np.round(mean, DIGITS)), DIGITS)
    share = np.divide(expected, n, out=np.zeros(size), where=n > 0)
    p_value: NDArray[np.float64] = np.where(by_members > 0, bdtrc(np.clip(by_members - 1, 0, n), n, np.minimum(share, 1.0)), 1.0)
    return by_members, expected, p_value


def rating_test(own: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[float, float]:
    """Return the chance that a group rates as low as it did, or lower; and as high, or higher.

    The ratings of the product are permuted: any of its reviewers could have been the group. Ratings count by their place on the scale, so
    that one far from all others is one step away. Exact up to `MOST_EXACT` ratings of the group (or of others), and otherwise by the normal
    approximation with the variance of the permutation.

    Parameters
    ----------
    own, others : float64 arrays
        Ratings, at least one each.
    """
    level = _levels(np.concatenate([own, others]))
    k, n, observed = len(own), len(level), int(level[: len(own)].sum())
    total = int(level.sum())
    # The fewer are drawn; the others' sum says the same.
    drawn, statistic, flipped = (k, observed, False) if k <= n - k else (n - k, total - observed, True)
    low, high = (_exact if drawn <= MOST_EXACT else _normal)(np.bincount(level), drawn, statistic)
    return (high, low) if flipped else (low, high)


def _levels(ratings: NDArray[np.float64]) -> NDArray[np.int64]:
    values, level = np.unique(ratings, return_inverse=True)
    if len(values) > MOST_LEVELS:
        cuts = np.quantile(ratings, np.linspace(0, 1, MOST_LEVELS + 1)[1:-1])
        level = np.searchsorted(cuts, ratings, side="right")
    return np.asarray(level, np.int64)


def _exact(counts: NDArray[np.int64], drawn: int, observed: int) -> tuple[float, float]:
    """Return P(sum <= observed) and P(sum >= observed) for ``drawn`` of the ratings, ``counts`` of each level.

    The coefficients of prod over levels of sum_j C(count, j) x^(j level) y^j, at y^drawn: O(levels drawn^3 levels).
    """
    width = drawn * (len(counts) - 1) + 1
    ways = np.zeros((drawn + 1, width))
    ways[0, 0] = 1.0
    for level, count in enumerate(counts.tolist()):
        added, choose = np.zeros_like(ways), 1.0
        for j in range(min(count, drawn) + 1):
            shift = j * level
            added[j:, shift:] += choose * ways[: drawn + 1 - j, : width - shift]
            choose *= (count - j) / (j + 1)
        # Only proportions count; kept in range, as there are 1e300 ways and more to draw 60 of a million.
        ways = added / added.max()
    chance = ways[drawn] / ways[drawn].sum()
    return min(float(chance[: observed + 1].sum()), 1.0), min(float(chance[observed:].sum()), 1.0)


def _normal(counts: NDArray[np.int64], drawn: int, observed: int) -> tuple[float, float]:
    level, n = np.arange(len(counts)), int(counts.sum())
    mean = float((counts * level).sum()) / n
    variance = float((counts * (level - mean) ** 2).sum()) / (n - 1) * drawn * (n - drawn) / n
    if variance == 0:
        return 1.0, 1.0
    # Sums are whole numbers: half a step of continuity.
    low, high = ((observed - drawn * mean + step) / variance**0.5 for step in (0.5, -0.5))
    return float(ndtr(low)), float(ndtr(-high))
