"""How a log is rated: how alike a product's ratings are, how lenient reviewers are, how they use the scale, and how that changes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial.hermite_e import hermegauss, hermeval
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from collusion.evidence.facts import LogFacts
from collusion.graph.graph import ReviewGraph
from collusion.graph.memo import once
from collusion.graph.strata import Strata
from collusion.kernels.variance import LEFT, RATING, sums_by

__all__ = ["RatingModel", "design_effect", "latent_correlation", "model_of", "rating_model"]

LEAST_CORRELATION = 0.01
"""Least correlation within a product: a hundred ratings of others outweigh the log, however alike its products seem."""

MAX_LEVELS = 20
"""Different ratings up to which each is a level of its own; finer scales are cut into tenths of the log."""

RATINGS_AT_ONCE = 1 << 20
"""Ratings that are looked at together; bounds memory."""

MONTH_WEIGHT = 50.0
"""Ratings that the shares of the whole log weigh as much as in those of one month: about as many as determine a share to a few per cent."""

HERMITE_TERMS = 40
"""Terms of the Hermite series of a correlation; its k-th falls as the k-th power of the correlation."""


@dataclass(frozen=True, eq=False)
class RatingModel:
    """How a log is rated.

    Parameters
    ----------
    levels : float64[L]
        The ratings of the log, ascending; of a fine scale the mean of each tenth.
    cuts : float64[L - 1]
        A rating is of level k when k cuts are at or below it.
    counts : int64[L]
        How often each was given to products that were rated several times.
    months : int64[n_months, L]
        The same by month of the strata; one row where they know no time.
    weight : float
        How many ratings of a product the ratings of the whole log weigh as much as: (1 - r) / r with the correlation r within a product.
    leniency : float
        Correlation of the latent scores of two ratings of one reviewer, after their products: some people are lenient throughout.
    style : float
        How much more often two ratings of one reviewer are of the same level than leniency explains, as a share of what is possible: some
        use only part of the scale.
    """

    levels: NDArray[np.float64]
    cuts: NDArray[np.float64]
    counts: NDArray[np.int64]
    months: NDArray[np.int64]
    weight: float
    leniency: float
    style: float

    def coded(self, rating: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the level of each rating; none may be nan."""
        found: NDArray[np.int64] = np.searchsorted(self.cuts, rating.astype(np.float64), side="right")
        return found

    def shares(self, without: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Return the shares of the levels in the log, some ratings left out. A level that nobody else gave is rare, and not impossible."""
        left = self.counts if without is None else self.counts - without
        shares: NDArray[np.float64] = (left + 1.0 / len(self.levels)) / (left.sum() + 1.0)
        return shares

    def drift(self, without: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return by which factor the share of each level in each month differs from that in the log: float64[n_months, L].

        Scales and habits change in time (a site that introduces half stars, an inflation of fives); what others gave years before or after
        is corrected by this. ``without`` holds the ratings to leave out, by month and level.
        """
        shares = self.shares(without.sum(axis=0))
        left = self.months - without
        factor: NDArray[np.float64] = (left + MONTH_WEIGHT * shares) / (left.sum(axis=1, keepdims=True) + MONTH_WEIGHT) / shares
        return factor


def rating_model(graph: ReviewGraph, strata: Strata) -> RatingModel:
    """Estimate how a log is rated; it must have ratings. O(n_reviews).

    Ratings of products that were rated once are left out, unless the log has no others: there is nobody to compare them with. Otherwise an
    account that gives five stars to thousands of products of its own would make all other five stars look usual.
    """
    assert graph.rating is not None  # noqa: S101  # asked for where the log has ratings
    given = np.unique(
        np.concatenate([_distinct(graph.rating[k : k + RATINGS_AT_ONCE]) for k in range(0, len(graph.rating), RATINGS_AT_ONCE)])
    )
    cuts = given[1:].astype(np.float64)
    if len(given) > MAX_LEVELS:
        # Edges of a fine scale: tenths of the log.
        share = np.cumsum(_times(graph.rating, given)) / np.count_nonzero(~np.isnan(graph.rating))
        cuts = np.unique(given[np.minimum(np.searchsorted(share, np.arange(1, 10) / 10) + 1, len(given) - 1)]).astype(np.float64)
    n_levels = len(cuts) + 1
    level = np.searchsorted(cuts, given, side="right")
    times = _times(graph.rating, given)
    every_level = np.bincount(level, weights=times, minlength=n_levels)
    levels = np.round(np.bincount(level, weights=times * given, minlength=n_levels) / np.maximum(every_level, 1), 9)
    count, total = np.zeros(graph.n_products, np.int32), np.zeros(graph.n_products)
    every, squares = _sums(graph, graph.product, count, total)
    several, single = count > 1, total[count == 1]
    # A single rating of a product does not show how alike a product's ratings are.
    compared = _Sums(count[several], total[several], every - float(single.sum()), squares - float((single**2).sum()))
    alike = max(compared.correlation(), LEAST_CORRELATION)
    # In place: these are as long as there are products.
    np.divide(total, count, out=total, where=count > 0)
    left = _Sums.of(graph, graph.reviewer, graph.n_reviewers, LEFT, mean=total, several=several)
    coded = _coded(graph.rating, cuts)
    if several.any():
        for first in range(0, len(coded), RATINGS_AT_ONCE):
            some = slice(first, first + RATINGS_AT_ONCE)
            coded[some][~several[graph.product[some]]] = -1
    months, same = _by_month(strata, coded, n_levels), _agreement(graph, coded, n_levels)
    counts = months.sum(axis=0)
    shares = counts / counts.sum()
    leniency = latent_correlation(left.correlation(), shares, levels)
    return RatingModel(levels, cuts, counts, months, (1.0 - alike) / alike, leniency, _style(same, shares, leniency))


@once
def model_of(log: LogFacts) -> RatingModel:
    """Return how a log is rated; computed once."""
    return rating_model(log.graph, log.strata)


def design_effect(correlation: float, counts: NDArray[np.int64]) -> float:
    """Return by how much the variance of a mean of ratings, so many of each reviewer, exceeds that of independent ones (Kish 1965)."""
    weights = counts.astype(np.float64)
    return 1.0 + correlation * max(float((weights**2).sum() / weights.sum()) - 1.0, 0.0)


def latent_correlation(observed: float, shares: NDArray[np.float64], levels: NDArray[np.float64]) -> float:
    """Return the correlation of two normal scores whose ratings, cut from them with these shares, have the correlation observed.

    A few levels hide part of the correlation. The covariance of a step function of two normal scores with correlation r is the sum of
    r**k a_k**2 / k! over k, with its Hermite coefficients a_k.

    References
    ----------
    Olsson, Maximum likelihood estimation of the polychoric correlation coefficient, Psychometrika 1979, for the model.
    """
    if observed <= 0 or len(levels) < 2:
        return 0.0
    cuts, jumps = ndtri(np.clip(np.cumsum(shares)[:-1], 1e-9, 1 - 1e-9)), np.diff(levels)
    density = np.exp(-(cuts**2) / 2) / math.sqrt(2 * math.pi)
    terms = [
        float((jumps * hermeval(cuts, [0.0] * (k - 1) + [1.0]) * density).sum()) ** 2 / math.factorial(k)
        for k in range(1, HERMITE_TERMS + 1)
    ]
    # The sum of all terms, of which the first leave out a part: those of a step fall slowly.
    variance = float(shares @ levels**2 - (shares @ levels) ** 2)

    def excess(r: float) -> float:
        return sum(term * r**k for k, term in enumerate(terms, start=1)) / variance - observed

    most = 0.99
    # Rounded, since sums of floats depend on the order of reviews.
    return round(float(brentq(excess, 0.0, most)), 9) if excess(most) > 0 else most


def _style(same: float, shares: NDArray[np.float64], leniency: float) -> float:
    """Return the agreement of two ratings of one reviewer beyond that of scores so correlated, as a share of what is possible."""
    cuts = np.concatenate(([-np.inf], ndtri(np.clip(np.cumsum(shares)[:-1], 1e-9, 1 - 1e-9)), [np.inf]))
    nodes, weights = hermegauss(60)
    chances = np.diff(ndtr((cuts - math.sqrt(leniency) * nodes[:, None]) / math.sqrt(1.0 - leniency)), axis=1)
    usual = float((weights[:, None] * chances**2).sum() / weights.sum())
    return round(min(max((same - usual) / (1.0 - usual), 0.0), 1.0), 9) if usual < 1.0 else 0.0


def _coded(rating: NDArray[np.float32], cuts: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the level of each rating, -1 where a review has none; a byte each."""
    coded = np.full(len(rating), -1, np.int8)
    for first in range(0, len(rating), RATINGS_AT_ONCE):
        some = rating[first : first + RATINGS_AT_ONCE]
        given = ~np.isnan(some)
        coded[first : first + RATINGS_AT_ONCE][given] = np.searchsorted(cuts, some[given].astype(np.float64), side="right")
    return coded


def _agreement(graph: ReviewGraph, coded: NDArray[np.int8], n_levels: int) -> float:
    """Return how often two ratings of one reviewer are of the same level, each reviewer weighing as many ratings as there are."""
    every, same = np.zeros(graph.n_reviewers, np.int64), np.zeros(graph.n_reviewers)
    for k in range(n_levels):
        own = np.bincount(graph.reviewer[coded == k], minlength=graph.n_reviewers)
        every += own
        same += own * (own - 1.0)
    several = every > 1
    pairs = float(every[several].sum())
    # The mean over a reviewer's pairs, times the reviewer's ratings: a few busy ones do not outweigh all others.
    return round(float((same[several] / (every[several] - 1.0)).sum()) / pairs, 9) if pairs else 0.0


def _by_month(strata: Strata, coded: NDArray[np.int8], n_levels: int) -> NDArray[np.int64]:
    """Count the levels of each month; one row where the strata know no time."""
    n_months = strata.span if strata.days is not None else 1
    counts = np.zeros(n_months * n_levels, np.int64)
    for first in range(0, len(coded), RATINGS_AT_ONCE):
        level = coded[first : first + RATINGS_AT_ONCE]
        at = np.flatnonzero(level >= 0)
        counts += np.bincount(strata.month(first + at) * n_levels + level[at], minlength=len(counts))
    return counts.reshape(n_months, n_levels)


def _distinct(rating: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.unique(rating[~np.isnan(rating)])
    return found


def _times(rating: NDArray[np.float32], given: NDArray[np.float32]) -> NDArray[np.int64]:
    times = np.zeros(len(given), np.int64)
    for k in range(0, len(rating), RATINGS_AT_ONCE):
        some = rating[k : k + RATINGS_AT_ONCE]
        times += np.bincount(np.searchsorted(given, some[~np.isnan(some)]), minlength=len(given))
    return times


@dataclass(frozen=True, eq=False)
class _Sums:
    """What a one-way analysis of variance needs of values: their count and sum by group, of groups without any too, and sums over all."""

    count: NDArray[np.int32]
    total: NDArray[np.float64]
    every: float
    squares: float

    @classmethod
    def of(
        cls,
        graph: ReviewGraph,
        group: NDArray[np.int32],
        n_groups: int,
        what: int = RATING,
        mean: NDArray[np.float64] | None = None,
        several: NDArray[np.bool_] | None = None,
    ) -> _Sums:
        """Sum what is asked of the rated reviews (`collusion.kernels.variance`)."""
        count, total = np.zeros(n_groups, np.int32), np.zeros(n_groups)
        every, squares = _sums(graph, group, count, total, what, mean, several)
        some = count > 0
        return cls(count[some], total[some], every, squares)

    @property
    def n(self) -> int:
        """How many values there are."""
        return int(self.count.sum(dtype=np.int64))

    @cached_property
    def among(self) -> float:
        """The sum over groups of the squared sum over the count."""
        some = self.count > 0
        return float((self.total[some] ** 2 / self.count[some]).sum())

    def correlation(self) -> float:
        """Return the intraclass correlation of the values."""
        n, groups = float(self.n), int(np.count_nonzero(self.count))
        if groups < 2 or n <= groups:
            return 0.0
        between = (self.among - self.every**2 / n) / (groups - 1)
        within = max(self.squares - self.among, 0.0) / (n - groups)
        usual = (n - float((self.count.astype(np.float64) ** 2).sum()) / n) / (groups - 1)
        spread = between + (usual - 1.0) * within
        # Rounded, since sums of floats depend on the order of reviews.
        return round(min(max((between - within) / spread, 0.0), 1.0 - LEAST_CORRELATION), 9) if spread > 0 else 0.0


def _sums(
    graph: ReviewGraph,
    group: NDArray[np.int32],
    count: NDArray[np.int32],
    total: NDArray[np.float64],
    what: int = RATING,
    mean: NDArray[np.float64] | None = None,
    several: NDArray[np.bool_] | None = None,
) -> tuple[float, float]:
    assert graph.rating is not None  # noqa: S101  # asked for where the log has ratings
    mean = np.empty(0) if mean is None else mean
    several = np.empty(0, bool) if several is None else several
    return sums_by(group, graph.rating, what, graph.product, mean, several, count, total)
