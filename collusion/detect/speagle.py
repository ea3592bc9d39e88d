"""SpEagle: belief propagation over reviewers, reviews and products from their metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from collusion.base.checks import flag, number, refuse
from collusion.base.model import Scored, Scores
from collusion.detect.beliefs import Beliefs, propagate
from collusion.detect.checks import spread
from collusion.detect.fraudeagle import signs
from collusion.detect.metadata import node_features, priors, review_features

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s

__all__ = ["SpEagle"]


@dataclass(frozen=True)
class SpEagle:
    """Belief propagation between reviewers, their reviews and the products, from priors by metadata.

    A reviewer is a spammer if their reviews are fake, and the reverse, except for a share ``slip``. A genuine review rates a good product
    up and a bad one down except for a share ``epsilon``; a fake one does the opposite.

    Parameters
    ----------
    epsilon : float, default 0.1
        Above 0 and below 0.5.
    slip : float, default 0.00001
        Above 0 and below 0.5. It is so small that a reviewer and their reviews get one state.
    metadata : bool, default True
        Whether there are priors. Without any, all log-odds are 0.
    neutral : float, default 3
        Ratings above are positive, those below negative. Reviews with this rating, or without one, have no effect on their product.
    damping, rounds, tolerance : float, int, float; default 0.5, 200 and 1e-6
        See `collusion.detect.beliefs.propagate`. A warning is logged where it does not converge.

    Notes
    -----
    Scores are log-odds: of being a spammer, of being bad (as a product with fake praise is), of being fake. The priors are the behavioural
    features of the paper, computed from ids, times and ratings (`collusion.detect.metadata`). Features of texts (lengths, similarity,
    wording) are left out, since the graph has no texts; so are those of times or ratings where the log has none. O(rounds x n_reviews),
    four messages per review and round, 180 bytes per review.

    Limits: by metadata, a reviewer with few reviews, in a burst, of extreme ratings is suspicious, as in Yelp's filter. Accounts of a ring
    that write more, and over months, are not.

    References
    ----------
    S. Rayana, L. Akoglu: Collective Opinion Spam Detection: Bridging Review Networks and Metadata. KDD 2015.
    """

    epsilon: float = 0.1
    slip: float = 1e-5
    metadata: bool = True
    neutral: float = 3.0
    damping: float = 0.5
    rounds: int = 200
    tolerance: float = 1e-6

    name: ClassVar[str] = "speagle"
    ranks: ClassVar[tuple[Scored, ...]] = ("reviewers", "products", "reviews")

    def __post_init__(self) -> None:
        wrong = number("epsilon", self.epsilon, 0.0, below=0.5) + number("slip", self.slip, 0.0, below=0.5)
        wrong += number("neutral", self.neutral)
        wrong += spread(self.damping, self.rounds, self.tolerance)
        wrong += flag("metadata", self.metadata)
        refuse(self.name, wrong)

    def score(self, graph: ReviewGraph, rng: np.random.Generator) -> Scores:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the log-odds of each reviewer, product and review."""
        odds = self.beliefs(graph).log_odds
        reviews = graph.n_reviewers + graph.n_products
        return Scores(self.name, reviewers=odds[: graph.n_reviewers], products=odds[graph.n_reviewers : reviews], reviews=odds[reviews:])

    def beliefs(self, graph: ReviewGraph) -> Beliefs:
        """Return the beliefs of the reviewers, then the products, then the reviews by edge, and whether they converged."""
        sign = signs(graph, self.neutral)
        said = np.flatnonzero(sign)
        review = np.arange(graph.n_reviews, dtype=np.int32) + np.int32(graph.n_reviewers + graph.n_products)
        e, s = self.epsilon, self.slip
        return propagate(
            np.concatenate((review, review[said])),
            np.concatenate((graph.reviewer, graph.product[said] + np.int32(graph.n_reviewers))),
            # 0 of a review and its author, 1 of one that pans its product, 2 of one that praises it.
            np.concatenate((np.zeros(graph.n_reviews, np.int32), np.where(sign[said] > 0, 2, 1))),
            np.array([[[1 - s, s], [s, 1 - s]], [[e, 1 - e], [1 - e, e]], [[1 - e, e], [e, 1 - e]]]),
            self.prior(graph),
            damping=self.damping,
            rounds=self.rounds,
            tolerance=self.tolerance,
        )

    def prior(self, graph: ReviewGraph) -> Float64s:
        """Return the log-odds of the reviewers, products and reviews by metadata only."""
        if not self.metadata:
            return np.zeros(graph.n_reviewers + graph.n_products + graph.n_reviews)
        spam = np.concatenate(
            (
                priors(node_features(graph, graph.reviewer, graph.n_reviewers, short_term=True), graph.n_reviewers),
                priors(node_features(graph, graph.product, graph.n_products, short_term=False), graph.n_products),
                priors(review_features(graph), graph.n_reviews),
            )
        )
        return np.log(spam / (1 - spam))
