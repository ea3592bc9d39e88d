"""REV2: fair reviewers, reliable ratings and good products define each other."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from collusion.base.checks import number, refuse, whole
from collusion.base.model import Scored, Scores
from collusion.detect.birdnest import Birdnest
from collusion.kernels.fixed import fixed_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s, Int64s

__all__ = ["Quality", "Rev2"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Quality:
    """The fixed point.

    Parameters
    ----------
    fairness : float64[n_reviewers]
        0 to 1.
    goodness : float64[n_products]
        -1 to 1.
    reliability : float64[n_reviews]
        0 to 1, by edge.
    rounds : int
    change : float
        The largest in the last round.
    """

    fairness: Float64s
    goodness: Float64s
    reliability: Float64s
    rounds: int
    change: float


@dataclass(frozen=True)
class Rev2:
    """A rating is reliable if its author is fair and it is near the goodness of the product; both are means over reliabilities.

    With ratings s from -1 to 1, F the fairness of a reviewer, G the goodness of a product, R the reliability of a review:
    R = (gamma1 F + gamma2 (1 - |s - G| / 2)) / (gamma1 + gamma2); F = (alpha1 m + alpha2 (1 - B) + sum R) / (alpha1 + alpha2 + number of
    ratings); G = (beta1 m' + beta2 (1 - 2 B') + sum R s) / (beta1 + beta2 + number of ratings), m and m' the medians of F and G, and B and
    B' the scores of `Birdnest`, scaled from 0 to 1.

    Parameters
    ----------
    alpha1, beta1 : float, default 1
        Number of prior ratings of a median reviewer, or product, so that a single rating has little effect.
    alpha2, beta2 : float, default 1
        Number of ratings that behaviour counts as. With 0 `Birdnest` is not run.
    gamma1, gamma2 : float, default 1
        Weight of the author and of the agreement; not both 0.
    lowest, highest : float, default 1 and 5
        The scale of the ratings; ratings outside count as its ends.
    rounds : int, default 200
        The largest number of rounds.
    tolerance : float, default 1e-6
        The rounds end when nothing changes by more; otherwise a warning is logged.

    Notes
    -----
    Reviewers are ranked by (median F - F) ln(1 + ratings), as in the authors' program, so that among the unfair the busiest come first;
    reviews by 1 - R. The paper's third term of R, from the texts of reviews, is left out: the graph has no texts. The authors' program is
    run with several weights; these are one choice. Reviews without a rating do not count and are as reliable as their author. Products are
    not ranked: low goodness is no suspicion. O(rounds x n_reviews).

    Limits: the majority is believed, as in `FraudEagle`. Members of a ring that outnumbers honest reviewers come out as fair.

    References
    ----------
    S. Kumar, B. Hooi, D. Makhija, M. Kumar, C. Faloutsos, V. S. Subrahmanian: REV2: Fraudulent User Prediction in Rating Platforms.
    WSDM 2018.
    """

    alpha1: float = 1.0
    alpha2: float = 1.0
    beta1: float = 1.0
    beta2: float = 1.0
    gamma1: float = 1.0
    gamma2: float = 1.0
    lowest: float = 1.0
    highest: float = 5.0
    rounds: int = 200
    tolerance: float = 1e-6

    name: ClassVar[str] = "rev2"
    ranks: ClassVar[tuple[Scored, ...]] = ("reviewers", "reviews")

    def __post_init__(self) -> None:
        weights = ("alpha1", "alpha2", "beta1", "beta2", "gamma1", "gamma2")
        wrong = [problem for key in weights for problem in number(key, getattr(self, key), least=0.0)]
        wrong += number("lowest", self.lowest) + number("highest", self.highest)
        wrong += number("tolerance", self.tolerance, least=0.0) + whole("rounds", self.rounds, 1)
        if not wrong and self.gamma1 == self.gamma2 == 0:
            wrong.append("gamma1 and gamma2 must not both be 0")
        if not wrong and not self.lowest < self.highest:
            wrong.append(f"lowest must be below highest, not {self.lowest!r} and {self.highest!r}")
        refuse(self.name, wrong)

    def score(self, graph: ReviewGraph, rng: np.random.Generator) -> Scores:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return how unfair each reviewer and how unreliable each review is."""
        found = self.quality(graph)
        if found.change > self.tolerance:
            _log.warning("rev2 has not converged: scores change by %.2g after %d rounds", found.change, found.rounds)
        ratings = np.bincount(graph.reviewer[_rated(graph)], minlength=graph.n_reviewers)
        below = _median(found.fairness, ratings) - found.fairness
        return Scores(self.name, reviewers=below * np.log1p(ratings), reviews=1 - found.reliability)

    def quality(self, graph: ReviewGraph) -> Quality:
        """Return the fixed point."""
        rated = _rated(graph)
        u, p = graph.reviewer[rated], graph.product[rated]
        sign = self._signs(graph, rated)
        given, received = np.bincount(u, minlength=graph.n_reviewers), np.bincount(p, minlength=graph.n_products)
        # Halves with a weight of 0 are not computed.
        nest = Birdnest()
        usual = 1 - _scaled(nest.surprise(graph, graph.reviewer, graph.n_reviewers)) if self.alpha2 else np.zeros(graph.n_reviewers)
        unusual = 1 - 2 * _scaled(nest.surprise(graph, graph.product, graph.n_products)) if self.beta2 else np.zeros(graph.n_products)
        fairness, goodness = np.ones(graph.n_reviewers), np.ones(graph.n_products)
        reliability = np.ones(len(rated))
        done, change = 0, 0.0
        while done < self.rounds:
            m = _median(goodness, received)
            good = _mean(
                self.beta1 * m + self.beta2 * unusual + fixed_sums(p, reliability * sign, len(goodness)), received + self.beta1 + self.beta2
            )
            agrees = 1 - np.abs(sign - good[p]) / 2
            reliable = (self.gamma1 * fairness[u] + self.gamma2 * agrees) / (self.gamma1 + self.gamma2)
            m = _median(fairness, given)
            fair = _mean(self.alpha1 * m + self.alpha2 * usual + fixed_sums(u, reliable, len(fairness)), given + self.alpha1 + self.alpha2)
            done += 1
            change = max(
                float(np.abs(new - old).max(initial=0.0)) for new, old in ((fair, fairness), (good, goodness), (reliable, reliability))
            )
            fairness, goodness, reliability = fair, good, reliable
            if change <= self.tolerance:
                break
        of_all = fairness[graph.reviewer]
        of_all[rated] = reliability
        return Quality(fairness, goodness, of_all, done, change)

    def _signs(self, graph: ReviewGraph, rated: Int64s) -> Float64s:
        if graph.rating is None:
            return np.zeros(0)
        middle, half = (self.highest + self.lowest) / 2, (self.highest - self.lowest) / 2
        return np.clip((graph.rating[rated].astype(np.float64) - middle) / half, -1, 1)


def _rated(graph: ReviewGraph) -> Int64s:
    return np.empty(0, np.int64) if graph.rating is None else np.flatnonzero(np.isfinite(graph.rating))


def _median(values: Float64s, ratings: Int64s) -> float:
    """Return the median over those with ratings; 0 without any."""
    rated = values[ratings > 0]
    return float(np.median(rated)) if len(rated) else 0.0


def _mean(total: Float64s, weight: NDArray[Any]) -> Float64s:
    mean: Float64s = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return mean


def _scaled(scores: Float64s) -> Float64s:
    """Return scores stretched to 0 to 1; zeros where all are equal."""
    least, most = scores.min(initial=np.inf), scores.max(initial=-np.inf)
    return (scores - least) / (most - least) if most > least else np.zeros_like(scores)
