"""BIRDNEST: reviewers whose ratings and pace are surprising, given those of all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.special import gammaln, psi

from collusion.base.checks import refuse, whole
from collusion.base.model import Scored, Scores
from collusion.graph.graph import NO_TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s, Int32s, Int64s

__all__ = ["Birdnest", "expected_surprise", "fit_dirichlet", "gap_counts", "rating_counts"]

LEVELS = 21
"""Number of distinct ratings; where a log has more, its ratings are put into as many equal bins."""

MAX_STEPS = 100
"""Steps of the fixed point for a Dirichlet distribution, at most, and rounds of assigning reviewers to clusters."""

TOLERANCE = 0.01
"""A fit ends when its parameters move by less than this in all."""


@dataclass(frozen=True)
class Birdnest:
    """Bayesian surprise: how unlikely a reviewer's ratings and times between reviews are, given those of all reviewers.

    BIRD: each reviewer belongs to a cluster. The reviewer's distribution over ratings and the one over lengths of gaps are drawn from the
    two Dirichlet distributions of the cluster, and the reviews are drawn from these. NEST: the score is the expected surprise of the two
    distributions given the reviews, each divided by its standard deviation, and added. Few reviews give little surprise.

    Parameters
    ----------
    clusters : int, default 2
        Reviewers start in clusters by mean rating and move to the most likely cluster until none moves.

    Notes
    -----
    Gaps are binned by powers of two of days (0, 1, 2 to 3, 4 to 7, ...), since times in the graph are days: bursts within a day are not
    seen. The parameters are fitted by the fixed point of the leave-one-out likelihood (Minka) plus one. Surprise is measured against the
    cluster that fits least, as in the authors' program; its expectation is E[-ln Dir(p; b)] over the posterior of p, with the exponents
    b - 1 (the program uses b). Products are scored in the same way, by the ratings and gaps that they received. The smallest surprise is
    subtracted from all, and each half is 0 where the log has no ratings, or no times. O(n_reviews log n_reviews
    + clusters x (n_reviewers + n_products) x bins).

    Limits: each reviewer is judged by their own ratings and pace only. Members of a ring who rate and pace themselves like others do not
    stand out, and very active honest reviewers do.

    References
    ----------
    B. Hooi, N. Shah, A. Beutel, S. Gunnemann, L. Akoglu, M. Kumar, D. Makhija, C. Faloutsos: BIRDNEST: Bayesian Inference for
    Ratings-Fraud Detection. SDM 2016. T. Minka: Estimating a Dirichlet distribution. 2000.
    """

    clusters: int = 2

    name: ClassVar[str] = "birdnest"
    ranks: ClassVar[tuple[Scored, ...]] = ("reviewers", "products")

    def __post_init__(self) -> None:
        refuse(self.name, whole("clusters", self.clusters, 1))

    def score(self, graph: ReviewGraph, rng: np.random.Generator) -> Scores:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the normalised expected surprise of each reviewer and product."""
        return Scores(
            self.name,
            reviewers=self.surprise(graph, graph.reviewer, graph.n_reviewers),
            products=self.surprise(graph, graph.product, graph.n_products),
        )

    def surprise(self, graph: ReviewGraph, node: Int32s, n: int) -> Float64s:
        """Return the score of each of ``n`` nodes, ``node`` naming that of each edge; 0 for nodes without reviews."""
        there = np.bincount(node, minlength=n) > 0
        counts = [table[there] for table in (rating_counts(graph, node, n), gap_counts(graph, node, n)) if table.shape[1]]
        total = np.zeros(n)
        if not counts or not there.any():
            return total
        alphas = self._fit(counts)
        for table, (own, of_clusters) in zip(counts, alphas, strict=True):
            surprise = np.max([expected_surprise(table + own, alpha) for alpha in of_clusters], axis=0)
            # Sorted, so that the sums behind it do not depend on names.
            spread = float(np.std(np.sort(surprise)))
            if spread > 0:
                total[there] += (surprise - surprise.min()) / spread
        return total

    def _fit(self, counts: list[Int64s]) -> list[tuple[Float64s, Float64s]]:
        """Return for each table of counts the parameters of each row's cluster and those of all clusters."""
        n = len(counts[0])
        mean = counts[0] @ np.arange(counts[0].shape[1]) / np.maximum(counts[0].sum(axis=1), 1)
        # Quantiles of the values, not of the rows: equal rows stay together.
        cuts = np.quantile(np.unique(mean), np.arange(1, self.clusters) / self.clusters)
        cluster = np.searchsorted(cuts, mean, side="right")
        for _ in range(MAX_STEPS):
            alphas = [np.array([fit_dirichlet(table[cluster == k]) for k in range(self.clusters)]) for table in counts]
            likely = np.zeros((n, self.clusters))
            for table, alpha in zip(counts, alphas, strict=True):
                for k in range(self.clusters):
                    likely[:, k] += _log_likelihood(table, alpha[k])
            nearest = likely.argmax(axis=1)
            if (nearest == cluster).all():
                break
            cluster = nearest
        return [(alpha[cluster], alpha) for alpha in alphas]


def rating_counts(graph: ReviewGraph, node: Int32s, n: int) -> Int64s:
    """Return how often each node has each rating: int64[n, levels], levels ascending; no levels without ratings."""
    if graph.rating is None or not np.isfinite(graph.rating).any():
        return np.zeros((n, 0), np.int64)
    rated = np.isfinite(graph.rating)
    values = graph.rating[rated]
    levels = np.unique(values).astype(np.float64)
    if len(levels) > LEVELS:
        levels = np.linspace(levels[0], levels[-1], LEVELS + 1)[:-1]
    bins = np.searchsorted(levels, values, side="right") - 1
    return _table(node[rated], bins, n, len(levels))


def gap_counts(graph: ReviewGraph, node: Int32s, n: int) -> Int64s:
    """Return how many gaps between successive reviews each node has of 0, 1, 2 to 3, 4 to 7, ... days: int64[n, bins]; none without times.

    O(n_reviews log n_reviews).
    """
    if graph.time is None or not (graph.time != NO_TIME).any():
        return np.zeros((n, 0), np.int64)
    dated = graph.time != NO_TIME
    who, when = node[dated], graph.time[dated].astype(np.int64)
    order = np.lexsort((when, who))
    who, when = who[order], when[order]
    same = who[1:] == who[:-1]
    gap = np.diff(when)[same]
    # frexp(d)[1] is 0 for 0 and 1 + floor(log2 d) above.
    bins = np.frexp(gap.astype(np.float64))[1]
    return _table(who[1:][same], bins, n, int(bins.max(initial=0)) + 1)


def _table(row: NDArray[Any], column: NDArray[Any], n: int, columns: int) -> Int64s:
    return np.bincount(row.astype(np.int64) * columns + column, minlength=n * columns).reshape(n, columns)


def fit_dirichlet(counts: Int64s) -> Float64s:
    """Return one plus the parameters of the Dirichlet distribution behind rows of counts, by the leave-one-out fixed point.

    ``alpha[s] <- alpha[s] * sum(n_is / (n_is - 1 + alpha[s])) / sum(n_i / (n_i - 1 + sum(alpha)))``, from 3; ones where there are less
    than two rows. Rows are summed by how often a count occurs, so their order does not matter.
    """
    rows, bins = counts.shape
    if rows < 2 or not counts.any():
        return np.ones(bins)
    columns = [_spectrum(counts[:, s]) for s in range(bins)]
    whole = _spectrum(counts.sum(axis=1))
    alpha = np.full(bins, 3.0)
    for _ in range(MAX_STEPS):
        below = _share(*whole, float(alpha.sum()))
        after = np.array([alpha[s] * _share(*columns[s], float(alpha[s])) / below for s in range(bins)])
        moved = float(np.abs(after - alpha).sum())
        alpha = after
        if moved < TOLERANCE:
            break
    return alpha + 1.0


def _spectrum(counts: Int64s) -> tuple[Int64s, Int64s]:
    value, times = np.unique(counts[counts > 0], return_counts=True)
    return value, times


def _share(value: Int64s, times: Int64s, alpha: float) -> float:
    # Where only counts of one are left, alpha may fall to nothing; its limit is kept finite.
    return float((times * value / np.maximum(value - 1 + alpha, 1e-12)).sum())


def _log_likelihood(counts: Int64s, alpha: Float64s) -> Float64s:
    """Return ln of the Dirichlet-multinomial probability of each row, but for the multinomial factor, which all clusters share."""
    after = counts + alpha
    terms = (gammaln(after) - gammaln(alpha)).sum(axis=1)
    likely: Float64s = terms + gammaln(alpha.sum()) - gammaln(after.sum(axis=1))
    return likely


def expected_surprise(posterior: Float64s, alpha: Float64s) -> Float64s:
    """Return E[-ln Dir(p; alpha)] for p drawn from Dir(posterior), for each row of ``posterior``: float64[n, bins] to float64[n]."""
    log_p = psi(posterior) - psi(posterior.sum(axis=1))[:, np.newaxis]
    surprise: Float64s = gammaln(alpha).sum() - gammaln(alpha.sum()) - ((alpha - 1) * log_p).sum(axis=1)
    return surprise
