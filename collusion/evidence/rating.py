"""Whether members favoured or harmed the ring's products: rated them unlike everyone else who reviewed them.

Reviews are sold to move ratings. A group that meets again and again but rates like everybody else moves none: bargain hunters, members
of an early-reviewer programme and neighbours do so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import betaln, fdtrc, ndtr

from collusion.evidence.words import p_text
from collusion.kernels.held import sums_of_runs
from collusion.kernels.timelines import rated as ratings_of
from collusion.kernels.variance import ALIKE, LEFT, RATING, extremes, sums_by
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["rating_skew", "ratings_tell"]

LEVEL = 0.05
"""Level at which ratings speak for a ring."""

CLEAR = 1.96
"""Standard deviations by which a campaign would have to stand out, before its absence explains anything: those of `LEVEL`."""

HALF = 0.5
"""Share of the way from everybody's ratings to a campaign's, below which a group rates like everybody else."""


def rating_skew(graph: ReviewGraph, slots: NDArray[np.int64]) -> Evidence | None:
    """Compare the ring's ratings with everybody else's of the same products.

    None without ratings.

    Parameters
    ----------
    graph : ReviewGraph
    slots : int64 array, ascending
        The ring's reviews.

    Notes
    -----
    What is expected of a product is what others gave it, drawn to the mean of the log where they are few, by as much as products of this
    log differ (empirical Bayes; Robbins 1956). A good product is so not held against the ring, and a ring that wrote most of its products'
    reviews is not compared with itself. Three figures are tested, and the p-value is three times the smallest of theirs (Bonferroni): the
    mean, taken for normal, two-sided; and how often the best rating of the log was given, and the worst, by sums of beta-binomial
    counts, since a campaign that gives nothing but the best stands out by that first.

    Some people are lenient throughout, so ratings of one reviewer are not independent: with design effect d (`_design_effect`) they tell as
    much as a d-th of their number, and p-values are raised to the power 1 / d.

    A campaign gives the best rating throughout, or the worst. Ratings nearer to what is expected than to that explain the group, where
    a campaign would have shown: where it would lie `CLEAR` standard deviations from what is expected, and where ratings tell products
    apart at all.
    """
    if graph.rating is None:
        return None
    given = graph.rating[slots].astype(np.float64)
    rated, given = slots[~np.isnan(given)], given[~np.isnan(given)]
    if not len(rated):
        return None
    ways = _ways(graph)
    best, worst = ways.best.rating, ways.worst.rating
    products = _rated_products(graph, rated, given, best, worst)
    total, mean, variance = 0.0, 0.0, 0.0
    prior = ways.mean
    for k, others, own, every in zip(*(of.tolist() for of in products[:4]), strict=True):
        total += own
        # Sums of ratings, which are short decimals, do not depend on their order beyond the last bits.
        mean += k * (prior.weight * prior.rating + every - own) / (prior.weight + others)
        variance += ways.spread * (k + k * k / (prior.weight + others))
    n, others = products[:2]
    laws, times = {}, {}
    for share, (alike, held) in ((ways.best, products[4:6]), (ways.worst, products[6:8])):
        yes = share.weight * share.share + held - alike
        law = np.ones(1)
        for one in _beta_binomials(n, yes, share.weight + others - yes):
            law = np.convolve(law, one)
        laws[share.rating], times[share.rating] = law, int(alike.sum())
    observed, expected, deviation = total / len(rated), mean / len(rated), float(np.sqrt(variance)) / len(rated)
    tails = [float(2.0 * ndtr(-abs(observed - expected) / deviation)) if deviation > 1e-9 else 1.0]
    tails += [float(law[times[rating] :].sum()) for rating, law in laws.items() if best > worst]
    effect = _design_effect(ways.leniency, np.unique(graph.reviewer[rated], return_counts=True)[1])
    p_value = min(1.0, len(tails) * min(tails) ** (1.0 / effect))
    campaign = best if observed >= expected else worst
    shows = abs(campaign - expected) > CLEAR * deviation * effect**0.5 and ratings_tell(graph)
    like_others = shows and abs(observed - expected) < HALF * abs(campaign - expected)
    stance: Literal["for", "explains", "neutral"] = "explains" if like_others else "for" if p_value <= LEVEL else "neutral"
    statement = (
        f"The ring's {len(rated):,} ratings average {observed:.2f}, and {times[campaign]:,} of them are {campaign:g}; an average of "
        f"{expected:.2f} is expected from everybody else's ratings of the same products ({p_text(p_value)} for the mean, the best "
        "and the worst rating together)."
        + (
            f" That is nearer to everybody else than to a campaign of {campaign:g} throughout: it hardly moves ratings, as paid reviews do."
            if like_others
            else ""
        )
    )
    return Evidence(
        signal="rating",
        statement=statement,
        observed=round(observed, 6),
        expected=round(expected, 6),
        p_value=float(f"{p_value:.6g}"),
        rows=tuple(np.sort(graph.row[rated]).tolist()),
        stance=stance,
    )


def _rated_products(
    graph: ReviewGraph, rated: NDArray[np.int64], given: NDArray[np.float64], best: float, worst: float
) -> tuple[NDArray[Any], ...]:
    """Return by product: the ring's ratings, those of others, the sums of the ring's and of all, and the best and the worst of each."""
    product = graph.product[rated].astype(np.int64)
    start = np.flatnonzero(np.diff(product, prepend=-1))
    indptr = np.append(start, len(rated))
    lo, hi = graph.product_indptr[product[start]], graph.product_indptr[product[start] + 1]
    every = np.empty(int((hi - lo).sum()))
    bounds, alike = ratings_of(graph.rating, lo, hi, given, indptr, best, worst, every)
    own, all_of = np.empty(len(lo)), np.empty(len(lo))
    sums_of_runs(given, indptr, own)
    sums_of_runs(every, bounds, all_of)
    k = np.diff(indptr)
    return k, np.diff(bounds) - k, own, all_of, *alike


def _beta_binomials(n: NDArray[np.int64], a: NDArray[np.float64], b: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the probabilities of 0 to n for each triple (as scipy.stats.betabinom, which takes a hundred times as long to check them)."""
    start = np.concatenate(([0], np.cumsum(n + 1)))
    which = np.repeat(np.arange(len(n)), n + 1)
    k, n_, a_, b_ = np.arange(start[-1]) - start[which].astype(np.float64), n[which], a[which], b[which]
    some = (a_ != 0) & (b_ != 0)
    # Elsewhere everybody gives this rating, or nobody does.
    law = np.where(k == np.where(a_ != 0, n_, 0), 1.0, 0.0)
    k, n_, a_, b_ = k[some], n_[some], a_[some], b_[some]
    law[some] = np.exp(-np.log(n_ + 1) - betaln(n_ - k + 1, k + 1) + betaln(k + a_, n_ - k + b_) - betaln(a_, b_))
    return [law[i:j] for i, j in zip(start[:-1].tolist(), start[1:].tolist(), strict=True)]


def ratings_tell(graph: ReviewGraph) -> bool:
    """Return whether ratings differ between products beyond chance, as quality makes them (F-test of one-way analysis of variance).

    Where they do not, ratings are noise or a constant, and rating like everybody else speaks for nobody. O(n_reviews), once a log.
    """
    if "ratings_tell" not in graph.shared:
        graph.shared["ratings_tell"] = _ratings_tell(graph)
    found: bool = graph.shared["ratings_tell"]
    return found


def _ratings_tell(graph: ReviewGraph) -> bool:
    if graph.rating is None:
        return False
    sums = _Sums.of(graph, graph.product, graph.n_products)
    groups, n = len(sums.count), sums.n
    if groups < 2 or n <= groups:
        return False
    explained, within = sums.among - sums.every**2 / n, sums.squares - sums.among
    if within <= 1e-9 * n:
        return explained > 1e-9 * n
    return bool(fdtrc(groups - 1, n - groups, (explained / (groups - 1)) / (within / (n - groups))) < LEVEL)


@dataclass(frozen=True)
class _Mean:
    """The mean rating of the log, and the number of ratings that it weighs as much as for one product."""

    rating: float
    weight: float


@dataclass(frozen=True)
class _Share:
    """The share of one rating in the log, and the number of ratings that it weighs as much as for one product."""

    rating: float
    share: float
    weight: float


@dataclass(frozen=True)
class _Ways:
    """How a log is rated: by products, and by how lenient its reviewers are."""

    mean: _Mean
    best: _Share
    worst: _Share
    spread: float
    """Variance of ratings of one product."""
    leniency: float
    """Correlation, within a reviewer, of what is left of ratings after the mean of their product."""


def _ways(graph: ReviewGraph) -> _Ways:
    """Estimate how the log is rated, by one-way analyses of variance. O(n_reviews), once a log."""
    if "ways" not in graph.shared:
        graph.shared["ways"] = _estimated(graph)
    found: _Ways = graph.shared["ways"]
    return found


def _estimated(graph: ReviewGraph) -> _Ways:
    assert graph.rating is not None  # noqa: S101  # asked for where the log has ratings
    product, n_products = graph.product, graph.n_products
    least, largest, rated = extremes(graph.rating)
    shares = []
    for rating in (largest, least):
        alike = _Sums.of(graph, product, n_products, ALIKE, rating)
        shares.append(_Share(rating, round(alike.every / rated, 9), _weight(alike.correlation()[0])))
    count, total = np.zeros(n_products, np.int32), np.zeros(n_products)
    every, squares = _sums(graph, product, count, total)
    correlation, spread = _Sums(count, total, every, squares).correlation()
    several = count > 1
    # In place: these are as long as there are products.
    np.divide(total, count, out=total, where=count > 0)
    left = _Sums.of(graph, graph.reviewer, graph.n_reviewers, LEFT, mean=total, several=several)
    return _Ways(
        mean=_Mean(round(every / rated, 9), _weight(correlation)),
        best=shares[0],
        worst=shares[1],
        spread=spread,
        leniency=left.correlation()[0],
    )


LEAST_ALIKE = 0.01
"""Least correlation within a product: a hundred ratings of others outweigh the log, however alike its products seem."""


def _weight(correlation: float) -> float:
    return (1.0 - correlation) / correlation if correlation > LEAST_ALIKE else (1.0 - LEAST_ALIKE) / LEAST_ALIKE


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
        one: float = 0.0,
        mean: NDArray[np.float64] | None = None,
        several: NDArray[np.bool_] | None = None,
    ) -> _Sums:
        """Sum what is asked of the rated reviews (`collusion.kernels.variance`)."""
        count, total = np.zeros(n_groups, np.int32), np.zeros(n_groups)
        every, squares = _sums(graph, group, count, total, what, one, mean, several)
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

    def correlation(self) -> tuple[float, float]:
        """Return the intraclass correlation of the values and their variance within groups."""
        n, groups = float(self.n), int(np.count_nonzero(self.count))
        if groups < 2 or n <= groups:
            return 0.0, self.squares / n - (self.every / n) ** 2 if n else 0.0
        between = (self.among - self.every**2 / n) / (groups - 1)
        within = max(self.squares - self.among, 0.0) / (n - groups)
        usual = (n - float((self.count.astype(np.float64) ** 2).sum()) / n) / (groups - 1)
        spread = between + (usual - 1.0) * within
        # Rounded, since sums of floats depend on the order of reviews.
        return round(min(max((between - within) / spread, 0.0), 1.0 - LEAST_ALIKE), 9) if spread > 0 else 0.0, round(within, 9)


def _sums(
    graph: ReviewGraph,
    group: NDArray[np.int32],
    count: NDArray[np.int32],
    total: NDArray[np.float64],
    what: int = RATING,
    one: float = 0.0,
    mean: NDArray[np.float64] | None = None,
    several: NDArray[np.bool_] | None = None,
) -> tuple[float, float]:
    none, nothing = np.empty(0), np.empty(0, bool)
    found: tuple[float, float] = sums_by(
        group, graph.rating, what, one, graph.product, none if mean is None else mean, nothing if several is None else several, count, total
    )
    return found


def _design_effect(correlation: float, counts: NDArray[np.int64]) -> float:
    """Return by how much the variance of a mean of ratings, so many of each reviewer, exceeds that of independent ones (Kish 1965)."""
    counts = counts.astype(np.float64)
    return 1.0 + correlation * max(float((counts**2).sum() / counts.sum()) - 1.0, 0.0)
