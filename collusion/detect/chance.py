"""Random scores: the baseline that knows nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from collusion.base.model import Scored, Scores
from collusion.graph.null import canonical_colours
from collusion.kernels.refine import combine

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s, UInt64s

__all__ = ["Chance"]


@dataclass(frozen=True)
class Chance:
    """Baseline: a random number from 0 to 1 for each reviewer, product and review.

    Notes
    -----
    The number is a hash of the seed and of the surroundings of the node (three rounds of colour refinement over times, ratings and
    structure), so renaming changes nothing. Nodes with the same surroundings share a number. O(n_reviews).
    """

    name: ClassVar[str] = "random"
    ranks: ClassVar[tuple[Scored, ...]] = ("reviewers", "products", "reviews")

    def score(self, graph: ReviewGraph, rng: np.random.Generator) -> Scores:
        """Return random numbers."""
        seed = int(rng.integers(2**62))
        users, products = canonical_colours(graph)
        return Scores(
            self.name,
            reviewers=_uniform(seed, users),
            products=_uniform(seed, products),
            reviews=_uniform(seed, users[graph.reviewer], products[graph.product]),
        )


def _uniform(seed: int, *colours: UInt64s) -> Float64s:
    hashed = combine(np.full(len(colours[0]), seed), *colours)
    return (hashed >> np.uint64(11)).astype(np.float64) * 2.0**-53
