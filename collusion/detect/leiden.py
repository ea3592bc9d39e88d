"""Leiden communities of the bipartite graph or of its windowed co-review projection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from collusion.base.checks import number, one_of, refuse, whole
from collusion.base.model import Group
from collusion.detect.checks import at_least, best_first
from collusion.detect.group_products import by_label, co_reviewed_products
from collusion.graph.communities import leiden
from collusion.graph.projection import co_review_pairs
from collusion.kernels.refine import canonical_order, combine, refine

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Int32s, Int64s, UInt64s

__all__ = ["Leiden"]

On = Literal["projection", "bipartite"]
Objective = Literal["CPM", "modularity"]

REFINEMENT_ROUNDS = 4
"""Rounds of colour refinement before the order of nodes is fixed."""

RESOLUTION: dict[tuple[str, str], float] = {
    ("projection", "CPM"): 0.5,
    ("bipartite", "CPM"): 0.05,
    ("projection", "modularity"): 1.0,
    ("bipartite", "modularity"): 1.0,
}
"""The resolution where none is given."""


@dataclass(frozen=True)
class Leiden:
    """Communities found by the Leiden algorithm.

    Parameters
    ----------
    on : {"projection", "bipartite"}
        "projection": the graph of reviewers with co-reviews of at least ``at_least`` products within ``window`` days, weighted by their
        number. "bipartite": the reviews themselves, each of weight 1.
    objective : {"CPM", "modularity"}
        Modularity has a resolution limit: in a large graph it merges small communities. CPM has none.
    resolution : float or None
        CPM: the mean weight of all pairs that a community must exceed. Modularity: the factor of the expectation. None takes 0.5 for CPM on
        the projection, 0.05 for CPM on the reviews (where no two reviewers and no two products are linked) and 1 for modularity.
    window : int or None
        Days. None: any two reviews of one product are a co-review. Not used on the reviews.
    at_least : int
        Number of products with co-reviews that links a pair. Not used on the reviews.
    min_reviewers, min_products : int
        Smaller communities are left out.

    Notes
    -----
    A group's score is its surplus per member: the weight inside minus what the objective expects there, over the number of members (on the
    reviews with modularity, Barber's expectation: reviews of the reviewers times reviews of the products over all reviews). On the
    projection, the products of a group are those with a co-review of two members. Near linear in the edges. Nodes are visited in an order
    that does not depend on names, and the random numbers come from ``rng``.

    Limits: on the reviews a ring stays whole inside a community of thousands, which narrows the search but detects nothing. Every node with
    edges is in a community, with or without rings. Symmetric parts of the graph that refinement cannot distinguish may be split in another
    of their equivalent ways after renaming.

    References
    ----------
    V. A. Traag, L. Waltman, N. J. van Eck: From Louvain to Leiden: guaranteeing well-connected communities. Scientific Reports 9, 2019.
    M. J. Barber: Modularity and community detection in bipartite networks. Physical Review E 76, 2007.
    """

    on: On = "projection"
    objective: Objective = "CPM"
    resolution: float | None = None
    window: int | None = 7
    at_least: int = 2
    min_reviewers: int = 3
    min_products: int = 2

    name: ClassVar[str] = "leiden"

    def __post_init__(self) -> None:
        wrong = one_of("on", self.on, On) + one_of("objective", self.objective, Objective)
        if self.resolution is not None:
            wrong += number("resolution", self.resolution, 0.0)
        wrong += whole("window", self.window, 0, optional=True) + at_least(self, at_least=1, min_reviewers=1, min_products=1)
        refuse(self.name, wrong)

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:
        """Return the communities that are large enough, by surplus per member."""
        if not graph.n_reviews:
            return []
        seed = int(rng.integers(2**31))
        found = self._on_reviews(graph, seed) if self.on == "bipartite" else self._on_projection(graph, seed)
        large = [g for g in found if len(g.reviewers) >= self.min_reviewers and len(g.products) >= self.min_products]
        return best_first(large)

    @property
    def _gamma(self) -> float:
        return RESOLUTION[self.on, self.objective] if self.resolution is None else float(self.resolution)

    def _on_reviews(self, graph: ReviewGraph, seed: int) -> list[Group]:
        n, m = graph.n_reviewers + graph.n_products, graph.n_reviews
        ends = (graph.reviewer, (graph.product + graph.n_reviewers).astype(np.int32))
        order = canonical_order(n, *ends, *_colours(graph), REFINEMENT_ROUNDS)
        label = self._communities(n, *ends, np.ones(m, dtype=np.int64), order, seed)
        of_reviewer, of_product = label[: graph.n_reviewers], label[graph.n_reviewers :]
        count = int(label.max()) + 1
        inside = np.bincount(of_reviewer[graph.reviewer][of_reviewer[graph.reviewer] == of_product[graph.product]], minlength=count)
        size = np.bincount(label, minlength=count)
        if self.objective == "CPM":
            expected = self._gamma * size * (size - 1) / 2
        else:
            written = np.bincount(of_reviewer[graph.reviewer], minlength=count)
            received = np.bincount(of_product[graph.product], minlength=count)
            expected = self._gamma * written * received / m
        score = (inside - expected) / np.maximum(size, 1)
        reviewers, products = by_label(of_reviewer, count), by_label(of_product, count)
        return [
            Group(reviewers[c], products[c], float(score[c]), self.name) for c in range(count) if len(reviewers[c]) and len(products[c])
        ]

    def _on_projection(self, graph: ReviewGraph, seed: int) -> list[Group]:
        pairs = co_review_pairs(graph, self.window, self.at_least)
        if not len(pairs.a):
            return []
        linked = np.unique(np.concatenate((pairs.a, pairs.b)))
        ends = (np.searchsorted(linked, pairs.a).astype(np.int32), np.searchsorted(linked, pairs.b).astype(np.int32))
        edge_colour, node_colour = _colours(graph)
        shifted = (graph.product + graph.n_reviewers).astype(np.int32)
        colour = refine(graph.n_reviewers + graph.n_products, graph.reviewer, shifted, edge_colour, node_colour, REFINEMENT_ROUNDS)[linked]
        order = canonical_order(len(linked), *ends, combine(pairs.co_reviews), colour, REFINEMENT_ROUNDS)
        weight = pairs.co_reviews.astype(np.int64)
        label = self._communities(len(linked), *ends, weight, order, seed)
        count = int(label.max()) + 1
        same = label[ends[0]] == label[ends[1]]
        inside = np.zeros(count, dtype=np.int64)
        np.add.at(inside, label[ends[0]][same], weight[same])
        size = np.bincount(label, minlength=count)
        if self.objective == "CPM":
            expected = self._gamma * size * (size - 1) / 2
        else:
            strength = np.zeros(count, dtype=np.int64)
            np.add.at(strength, label[ends[0]], weight)
            np.add.at(strength, label[ends[1]], weight)
            expected = self._gamma * strength.astype(np.float64) ** 2 / (4 * int(weight.sum()))
        score = (inside - expected) / np.maximum(size, 1)
        of_reviewer = np.full(graph.n_reviewers, -1, dtype=np.int64)
        of_reviewer[linked] = label
        products = co_reviewed_products(graph, of_reviewer, count, self.window)
        return [Group(linked[members], products[c], float(score[c]), self.name) for c, members in enumerate(by_label(label, count))]

    def _communities(self, n: int, a: Int32s, b: Int32s, weight: Int64s, order: Int32s, seed: int) -> Int32s:
        """Return the communities, with nodes numbered by their position in the order, so that ties do not depend on names.

        The search sorts nodes by colours of its own, and equal colours by name: twins, equal branches and the like, which are many here.
        """
        position = np.empty(n, dtype=np.int32)
        position[order] = np.arange(n, dtype=np.int32)
        found = leiden(n, position[a], position[b], weight, objective=self.objective, resolutions=(self._gamma,), seed=seed)[0]
        return found[position]


def _colours(graph: ReviewGraph) -> tuple[UInt64s, UInt64s]:
    """Return colours that distinguish reviews (by day and rating) and nodes (by side), without their names."""
    columns = [column for column in (graph.time, graph.rating) if column is not None]
    edge = combine(*columns) if columns else np.zeros(graph.n_reviews, dtype=np.uint64)
    side = np.zeros(graph.n_reviewers + graph.n_products, dtype=np.uint64)
    side[graph.n_reviewers :] = 1
    return edge, side
