"""Footprint: products that share their reviewers as products that buy reviews do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import rankdata

from collusion.base.checks import refuse
from collusion.base.model import Scored, Scores
from collusion.detect.checks import at_least
from collusion.kernels.fixed import fixed_sums
from collusion.kernels.triangles import count_triangles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s, Int32s, Int64s

__all__ = ["Footprint", "Network", "product_network", "rank_sum"]

MAX_STEPS = 200
"""Steps of the power iterations, at most."""

TOLERANCE = 1e-7
"""They end when no entry, the largest being 1, moves by more."""

JUMP = 0.85
"""Share of PageRank that follows the edges."""


@dataclass(frozen=True, eq=False)
class Network:
    """Features of each product in the network of products that share reviewers; an edge weighs the number of shared reviewers.

    Parameters
    ----------
    degree : int64[n_products]
        Products with which it shares a reviewer.
    weighted_degree : float64[n_products]
        Reviewers shared, summed over those.
    clustering : float64[n_products]
        Share of the pairs of its neighbours that are neighbours; 0 where there are less than two.
    eigenvector : float64[n_products]
        Eigenvector centrality in the weighted network, the largest being 1; 0 outside the leading component.
    pagerank : float64[n_products]
        PageRank of the weighted network; sums to 1.
    """

    degree: Int64s
    weighted_degree: Float64s
    clustering: Float64s
    eigenvector: Float64s
    pagerank: Float64s


@dataclass(frozen=True)
class Footprint:
    """Products whose neighbours share reviewers with each other: sellers who buy reviews buy them from the same people.

    The score of a product is the sum of its two ranks by clustering coefficient and by eigenvector centrality, in the network of products
    that share a reviewer, over twice the number of products: 0 to 1.

    Parameters
    ----------
    at_least : int, default 1
        Number of shared reviewers that links two products; 1 in the paper.
    busiest : int, default 1000
        Reviewers of more products are skipped: each would link all of their products to each other.

    Notes
    -----
    No labels are used. With labels, the paper gives the features (`product_network`) to a random forest. Times and ratings are not used.
    O(sum over reviewers of (products reviewed)**2 + edges**1.5), 12 bytes per edge and direction.

    Limits: it scores products, not accounts. The network of the paper consists of products that were seen to buy reviews, and of their
    competitors. In a whole market, products that busy honest reviewers of one category share are clustered and central as well.

    References
    ----------
    S. He, B. Hollenbeck, G. Overgoor, D. Proserpio, A. Tosyali: Detecting Fake-Review Buyers Using Network Structure: Direct Evidence from
    Amazon. PNAS 119(47), 2022.
    """

    at_least: int = 1
    busiest: int = 1000

    name: ClassVar[str] = "footprint"
    ranks: ClassVar[tuple[Scored, ...]] = ("products",)

    def __post_init__(self) -> None:
        refuse(self.name, at_least(self, at_least=1, busiest=2))

    def score(self, graph: ReviewGraph, rng: np.random.Generator) -> Scores:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the rank sum of each product."""
        shared = _Shared.of(graph, self.at_least, self.busiest)
        _, clustering = _clustering(shared)
        return Scores(self.name, products=rank_sum(clustering, _eigenvector(shared)))


def rank_sum(*features: NDArray[Any]) -> Float64s:
    """Return the mean over the features of (rank from 1, ties at their mean rank) / n: above 0, at most 1."""
    total: Float64s = np.sum([rankdata(feature) for feature in features], axis=0)
    return total / max(len(features) * len(total), 1)


def product_network(graph: ReviewGraph, at_least: int = 1, busiest: int = 1000) -> Network:
    """Return the features of each product in the network of products that share ``at_least`` reviewers of at most ``busiest`` products."""
    shared = _Shared.of(graph, at_least, busiest)
    degree, clustering = _clustering(shared)
    return Network(degree, shared.weighted_degree, clustering, _eigenvector(shared), _pagerank(shared))


@dataclass(frozen=True, eq=False)
class _Shared:
    """The weighted network: both directions of its edges, by product."""

    product: Int32s
    neighbour: Int32s
    reviewers: Int32s
    n_products: int
    reviews: tuple[Int32s, Int32s, int] | None
    """Reviewer and product of each review and the number of reviewers, where all who share a reviewer are tied."""

    @classmethod
    def of(cls, graph: ReviewGraph, at_least: int, busiest: int) -> _Shared:
        kept = np.flatnonzero(np.diff(graph.indptr)[graph.reviewer] <= busiest)
        reviewer, product, n = graph.reviewer[kept], graph.product[kept], graph.n_products
        table = csr_array((np.ones(len(kept), np.int32), (product, reviewer)), shape=(n, graph.n_reviewers))
        both = table @ table.T
        rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(both.indptr))
        tied = (rows != both.indices) & (both.data >= at_least)
        return cls(
            product=rows[tied],
            neighbour=both.indices[tied].astype(np.int32, copy=False),
            reviewers=both.data[tied],
            n_products=n,
            reviews=(reviewer, product, graph.n_reviewers) if at_least == 1 else None,
        )

    @property
    def weighted_degree(self) -> Float64s:
        return fixed_sums(self.product, self.reviewers, self.n_products)

    def times(self, x: Float64s) -> Float64s:
        """Multiply by the adjacency matrix."""
        if self.reviews is None:
            return fixed_sums(self.product, self.reviewers * x[self.neighbour], self.n_products)
        # Through the reviewers, of whose reviews there are far less than of edges.
        reviewer, product, n_reviewers = self.reviews
        of_reviewer = fixed_sums(reviewer, x[product], n_reviewers)
        return fixed_sums(product, of_reviewer[reviewer] - x[product], self.n_products)


def _clustering(shared: _Shared) -> tuple[Int64s, Float64s]:
    n = shared.n_products
    degree = np.bincount(shared.product, minlength=n)
    triangles = count_triangles(np.concatenate(([0], np.cumsum(degree))), shared.neighbour)
    pairs = degree * (degree - 1) / 2
    return degree, np.divide(triangles, pairs, out=np.zeros(n), where=pairs > 0)


def _eigenvector(shared: _Shared) -> Float64s:
    x = (shared.weighted_degree > 0).astype(np.float64)
    if not x.any():
        return x
    for _ in range(MAX_STEPS):
        # Half of the old: a network of two sides would swing between them.
        after = shared.times(x)
        after = after / after.max() + x
        after /= after.max()
        moved = float(np.abs(after - x).max())
        x = after
        if moved <= TOLERANCE:
            break
    return x


def _pagerank(shared: _Shared) -> Float64s:
    n = shared.n_products
    if n == 0:
        return np.zeros(0)
    weighted = shared.weighted_degree
    tied = weighted > 0
    x = np.full(n, 1 / n)
    for _ in range(MAX_STEPS):
        # Sums are of sorted terms, so that they do not depend on names.
        lost = float(np.sort(x[~tied]).sum())
        after = JUMP * (shared.times(np.divide(x, weighted, out=np.zeros(n), where=tied)) + lost / n) + (1 - JUMP) / n
        moved = float(np.abs(after - x).max()) * n
        x = after
        if moved <= TOLERANCE:
            break
    return x / float(np.sort(x).sum())
