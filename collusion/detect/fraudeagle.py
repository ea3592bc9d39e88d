"""FraudEagle: fraudsters go against honest people's verdict on good and bad products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from collusion.base.checks import number, refuse
from collusion.base.model import Scored, Scores
from collusion.detect.beliefs import Beliefs, propagate
from collusion.detect.checks import spread

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Int8s

__all__ = ["FraudEagle", "signs"]


@dataclass(frozen=True)
class FraudEagle:
    """Belief propagation between reviewers (honest or fraud) and products (good or bad) over signed reviews.

    An honest reviewer rates good products up and bad ones down except for a share ``epsilon``; a fraudster does the opposite except for a
    share of ``2 epsilon``.

    Parameters
    ----------
    epsilon : float, default 0.1
        Above 0 and below 0.5.
    neutral : float, default 3
        Ratings above are positive, those below negative. Reviews with this rating, or without one, are left out.
    damping, rounds, tolerance : float, int, float; default 0.5, 200 and 1e-6
        See `collusion.detect.beliefs.propagate`. A warning is logged where it does not converge.

    Notes
    -----
    Potentials of a positive review: honest and good 1 - e, honest and bad e, fraud and good 2 e, fraud and bad 1 - 2 e; of a negative one:
    e, 1 - e, 1 - 2 e, 2 e. Priors are even. Scores are log-odds of fraud and of bad. O(rounds x n_reviews), 56 bytes per review.

    Limits: the majority is believed. A ring that outnumbers the honest reviewers of its products makes them good and itself honest, so it
    ranks below chance. Without ratings all scores are 0. Times are not used. The grouping by cross-associations that follows the ranking in
    the paper is not included.

    References
    ----------
    L. Akoglu, R. Chandy, C. Faloutsos: Opinion Fraud Detection in Online Reviews by Network Effects. ICWSM 2013.
    """

    epsilon: float = 0.1
    neutral: float = 3.0
    damping: float = 0.5
    rounds: int = 200
    tolerance: float = 1e-6

    name: ClassVar[str] = "fraudeagle"
    ranks: ClassVar[tuple[Scored, ...]] = ("reviewers", "products")

    def __post_init__(self) -> None:
        wrong = number("epsilon", self.epsilon, 0.0, below=0.5)
        wrong += number("neutral", self.neutral)
        wrong += spread(self.damping, self.rounds, self.tolerance)
        refuse(self.name, wrong)

    def score(self, graph: ReviewGraph, rng: np.random.Generator) -> Scores:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the log-odds of fraud of each reviewer and of bad of each product."""
        odds = self.beliefs(graph).log_odds
        return Scores(self.name, reviewers=odds[: graph.n_reviewers], products=odds[graph.n_reviewers :])

    def beliefs(self, graph: ReviewGraph) -> Beliefs:
        """Return the beliefs of the reviewers, then the products, and whether they converged."""
        sign = signs(graph, self.neutral)
        said = np.flatnonzero(sign)
        e = self.epsilon
        return propagate(
            graph.reviewer[said],
            graph.product[said] + np.int32(graph.n_reviewers),
            (sign[said] > 0).astype(np.int32),
            np.array([[[e, 1 - e], [1 - 2 * e, 2 * e]], [[1 - e, e], [2 * e, 1 - 2 * e]]]),
            np.zeros(graph.n_reviewers + graph.n_products),
            damping=self.damping,
            rounds=self.rounds,
            tolerance=self.tolerance,
        )


def signs(graph: ReviewGraph, neutral: float) -> Int8s:
    """Return +1 for each review rated above ``neutral``, -1 for one rated below, 0 for the rest; int8[n_reviews], by edge."""
    if graph.rating is None:
        return np.zeros(graph.n_reviews, np.int8)
    # A comparison with nan is false.
    return (graph.rating > neutral).astype(np.int8) - (graph.rating < neutral).astype(np.int8)
