"""ColluEagle: belief propagation among reviewers who review alike at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from collusion.base.checks import number, one_of, refuse
from collusion.base.model import Scored, Scores
from collusion.detect.beliefs import Beliefs, propagate
from collusion.detect.checks import spread
from collusion.detect.metadata import SURE, node_features, priors
from collusion.graph.graph import NO_TIME
from collusion.kernels.similar import count_in_common, similar_pairs

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s, Int32s

__all__ = ["ColluEagle", "similarity_edges", "tightness"]

Prior = Literal["tightness", "metadata", "flat", "even"]

PAIRS_PER_REVIEW = 10
"""Pairs looked at per review, above which the busiest reviews are skipped: it keeps the cost linear in the log."""

FLAT = 0.2
"""Probability of fraud of those of whom the prior knows nothing, as in the authors' program."""


@dataclass(frozen=True)
class ColluEagle:
    """Belief propagation between reviewers with similar reviews: neighbours of fraudsters are likely fraudsters.

    Two reviewers of a product, ``dt`` days and ``dr`` stars apart, have the similarity ``w = 4 Phi(-dt / days) Phi(-dr / stars)``, the
    largest over the products they share. They are linked where it reaches the threshold. The potential is exp(w) for the same state and
    exp(-w) for different ones.

    Parameters
    ----------
    days, stars : float, default 90 and 3
        Above 0.
    threshold : float, default 0.6
        Above 0 and at most 1.
    prior : {"tightness", "metadata", "flat", "even"}, default "tightness"
        The prior of each reviewer. "tightness": that of their tightest link, ``J / (1 + exp(1 - n))`` with n the products that both
        reviewed and J = n / (products that either reviewed); 0.2 without links. "metadata": by behaviour, as in `SpEagle`. "flat": 0.2 for
        all, the default of the authors' program. "even": 0.5, with which all scores are 0.
    damping, rounds, tolerance : float, int, float; default 0.5, 200 and 1e-6
        See `collusion.detect.beliefs.propagate`. A warning is logged where it does not converge.

    Notes
    -----
    Scores are log-odds of fraud. The paper's prior is a neighbour tightness too. Its formula was not available; the one here is the Jaccard
    similarity of a pair with a logistic penalty for few products. Without times there are no links, and the scores are the priors; without
    ratings only times count. At very busy products all reviewers would be linked to all others, so reviews there are skipped once 10 pairs
    per review have been looked at, the busiest first. O(rounds x pairs), about 90 bytes per pair.

    Limits: a link counts the same for two reviewers who share one launch and for two who share thirty products. Potentials are attractive
    and strong, so a large component gets one state as a whole, by its mean prior: with a flat prior those with the most neighbours come out
    as the most honest. The authors' evaluation leaves out reviewers without neighbours; here they are ranked by their prior.

    References
    ----------
    Z. Wang, R. Hu, Q. Chen, P. Gao, X. Xu: ColluEagle: Collusive Review Spammer Detection Using Markov Random Fields. Data Mining and
    Knowledge Discovery 34, 2020.
    """

    days: float = 90.0
    stars: float = 3.0
    threshold: float = 0.6
    prior: Prior = "tightness"
    damping: float = 0.5
    rounds: int = 200
    tolerance: float = 1e-6

    name: ClassVar[str] = "collueagle"
    ranks: ClassVar[tuple[Scored, ...]] = ("reviewers",)

    def __post_init__(self) -> None:
        wrong = number("days", self.days, 0.0) + number("stars", self.stars, 0.0)
        wrong += number("threshold", self.threshold, 0.0, 1.0)
        wrong += spread(self.damping, self.rounds, self.tolerance)
        wrong += one_of("prior", self.prior, Prior)
        refuse(self.name, wrong)

    def score(self, graph: ReviewGraph, rng: np.random.Generator) -> Scores:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the log-odds of fraud of each reviewer."""
        return Scores(self.name, reviewers=self.beliefs(graph).log_odds)

    def beliefs(self, graph: ReviewGraph) -> Beliefs:
        """Return the beliefs of the reviewers, and whether they converged."""
        a, b, similarity = similarity_edges(graph, self.days, self.stars, self.threshold)
        levels, kind = np.unique(similarity, return_inverse=True)
        potentials = np.exp(levels[:, np.newaxis, np.newaxis] * np.array([[1.0, -1.0], [-1.0, 1.0]]))
        return propagate(
            a, b, kind, potentials, self._log_odds(graph, a, b), damping=self.damping, rounds=self.rounds, tolerance=self.tolerance
        )

    def _log_odds(self, graph: ReviewGraph, a: Int32s, b: Int32s) -> Float64s:
        if self.prior == "metadata":
            fraud = priors(node_features(graph, graph.reviewer, graph.n_reviewers, short_term=True), graph.n_reviewers)
        elif self.prior == "tightness":
            fraud = np.clip(tightness(graph, a, b), 1 - SURE, SURE)
        else:
            fraud = np.full(graph.n_reviewers, FLAT if self.prior == "flat" else 0.5)
        return np.log(fraud / (1 - fraud))


def tightness(graph: ReviewGraph, a: Int32s, b: Int32s) -> Float64s:
    """Return how tight the tightest tie of each reviewer is, 0 to 1; `FLAT` without ties.

    The Jaccard similarity of the products that the two reviewed, times the penalty 1 / (1 + exp(1 - products both reviewed)).
    """
    shared = np.zeros(len(a), np.int32)
    count_in_common(a, b, graph.indptr, graph.edges, graph.product, np.empty(0, np.int32), NO_TIME, 0, shared)
    written = np.diff(graph.indptr)
    tight = shared / (written[a] + written[b] - shared) / (1 + np.exp(1.0 - shared))
    tightest = np.full(graph.n_reviewers, -1.0)
    np.maximum.at(tightest, a, tight)
    np.maximum.at(tightest, b, tight)
    return np.where(tightest < 0, FLAT, tightest)


def similarity_edges(graph: ReviewGraph, days: float, stars: float, threshold: float) -> tuple[Int32s, Int32s, Float64s]:
    """Return the tied pairs of reviewers a < b, each once, in the order of their codes, and their largest similarity."""
    if graph.time is None:
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0)
    a, b, similarity, _ = similar_pairs(
        graph.product_indptr,
        graph.time,
        graph.rating,
        graph.reviewer,
        no_time=NO_TIME,
        days=days,
        stars=stars,
        threshold=threshold,
        pairs_per_review=PAIRS_PER_REVIEW,
    )
    order = np.lexsort((-similarity, b, a))
    a, b, similarity = a[order], b[order], similarity[order]
    first = np.concatenate(([True], (a[1:] != a[:-1]) | (b[1:] != b[:-1])))[: len(a)]
    return a[first], b[first], similarity[first]
