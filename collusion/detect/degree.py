"""Degree and minus degree: the baselines to compare any ranking with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from collusion.base.model import Scored, Scores

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph

__all__ = ["Degree", "MinusDegree"]


@dataclass(frozen=True)
class Degree:
    """Baseline: the number of reviews of each reviewer and of each product.

    Notes
    -----
    O(n_reviews). Ring members write more than most reviewers, so this alone ranks them well by AUC where rings are planted: a method that
    does not beat it has found nothing but activity. Yelp's filter marks accounts with one review; there `MinusDegree` is the baseline.
    """

    name: ClassVar[str] = "degree"
    ranks: ClassVar[tuple[Scored, ...]] = ("reviewers", "products")

    def score(self, graph: ReviewGraph, rng: np.random.Generator) -> Scores:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the numbers of reviews."""
        return Scores(self.name, reviewers=np.diff(graph.indptr), products=np.diff(graph.product_indptr))


@dataclass(frozen=True)
class MinusDegree:
    """Baseline: the number of reviews of each reviewer and of each product, fewest first. See `Degree`; O(n_reviews)."""

    name: ClassVar[str] = "minus-degree"
    ranks: ClassVar[tuple[Scored, ...]] = ("reviewers", "products")

    def score(self, graph: ReviewGraph, rng: np.random.Generator) -> Scores:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the numbers of reviews, negated."""
        return Scores(self.name, reviewers=-np.diff(graph.indptr), products=-np.diff(graph.product_indptr))
