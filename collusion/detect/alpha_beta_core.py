"""The (alpha, beta)-core: reviewers with at least alpha reviews, products with at least beta, among themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from collusion.base.checks import refuse, whole
from collusion.base.model import Group
from collusion.detect.checks import best_first
from collusion.detect.degree_core import degree_core
from collusion.detect.densest import components
from collusion.detect.fraudar import adjacency

if TYPE_CHECKING:
    from collusion.detect.peel import Adjacency
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Int64s

__all__ = ["AlphaBetaCore", "alpha_beta_core"]


@dataclass(frozen=True)
class AlphaBetaCore:
    """Connected components of the (alpha, beta)-core of reviewers and products.

    The (alpha, beta)-core is the largest set in which every reviewer wrote at least alpha reviews of its products and every product has at
    least beta reviews by its reviewers.

    Parameters
    ----------
    alpha, beta : int or None, default None
        At least 1. None is chosen as large as possible: with both None, the largest d such that the (d, d)-core is not empty; with one
        None, the largest value such that the core with the given other value is not empty.

    Notes
    -----
    A group's score is its reviews over its reviewers and products. O(m) for given alpha and beta; O(m + d n') where they are chosen, with
    n' the nodes left after the first core. The core is unique, so nothing depends on names.

    Limits: a ring is found only if its degrees are as high as those of the natural core of the log. A chosen core always exists where there
    is a review. Times and ratings are not used.

    References
    ----------
    D. Ding, H. Li, Z. Huang, N. Mamoulis: Efficient fault-tolerant group recommendation using alpha-beta-core. CIKM 2017.
    """

    alpha: int | None = None
    beta: int | None = None

    name: ClassVar[str] = "core"

    def __post_init__(self) -> None:
        refuse(self.name, whole("alpha", self.alpha, 1, optional=True) + whole("beta", self.beta, 1, optional=True))

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the connected components of the core, the densest first."""
        links = adjacency(graph, "none")
        degree = alpha_beta_core(links, self.alpha, self.beta)
        found = []
        for nodes in components(links, degree >= 0):
            reviewers, products = nodes[nodes < links.light], nodes[nodes >= links.light]
            score = int(degree[reviewers].sum()) / len(nodes)
            found.append(Group(reviewers=reviewers, products=products - links.light, score=score, detector=self.name))
        return best_first(found)


def alpha_beta_core(graph: Adjacency, alpha: int | None, beta: int | None) -> Int64s:
    """Return each node's degree inside the (alpha, beta)-core, -1 outside; None is chosen as in `AlphaBetaCore`."""
    degree = degree_core(graph, _least(graph, alpha or 1, beta or 1))
    if alpha is not None and beta is not None:
        return degree
    while True:
        inside = np.flatnonzero(degree >= 0)
        if not len(inside):
            return degree
        free = inside[((inside < graph.light) & (alpha is None)) | ((inside >= graph.light) & (beta is None))]
        # This core has the smallest degree of the free side, so the next different core needs one more.
        more = int(degree[free].min()) + 1
        further = degree_core(graph, _least(graph, alpha or more, beta or more), degree)
        if not (further >= 0).any():
            return degree
        degree = further


def _least(graph: Adjacency, alpha: int, beta: int) -> Int64s:
    return np.where(np.arange(len(graph)) < graph.light, max(alpha, 1), max(beta, 1)).astype(np.int64)
