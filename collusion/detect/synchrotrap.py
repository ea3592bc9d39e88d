"""SynchroTrap: accounts whose actions match within a window of time, clustered by the share that matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from collusion.base.checks import number, refuse, whole
from collusion.base.model import Group
from collusion.detect.checks import at_least, best_first
from collusion.detect.group_products import by_label, co_reviewed_products
from collusion.graph.projection import co_review_pairs

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.graph.projection import Pairs
    from collusion.kernels.arrays import Float64s

__all__ = ["Synchrotrap", "similarity"]


@dataclass(frozen=True)
class Synchrotrap:
    """Clusters of accounts with reviews of the same products within the same days.

    Two reviews match when they are of one product and at most ``window`` days apart. The similarity of two accounts is the Jaccard index of
    their reviews, with matching reviews counted once. Accounts are joined by single linkage: the clusters are the connected components of
    the pairs whose similarity reaches the threshold.

    Parameters
    ----------
    window : int or None
        Days. None, or a log without times, lets reviews match at any distance.
    threshold : float
        The smallest similarity of a pair that is joined, above 0 and at most 1.
    at_least : int
        The smallest number of matching reviews of a pair that is joined: two accounts with one review each, of one product, have a
        similarity of 1.
    min_reviewers : int
        Smaller clusters are left out.

    Notes
    -----
    A group's score is the number of matching reviews per member, over the pairs joined in it; its products are those that two members
    reviewed within the window. The paper partitions the actions by day to distribute the work; here the windowed projection does it in one
    pass, O(sum of the local degrees of the reviews). At most `graph.projection.WEDGES_PER_REVIEW` pairs per review are looked at; reviews
    on the busiest products are skipped first. They do not match, but stay in the union.

    Limits: similarity is over all reviews of an account, so camouflage and an honest past dilute it. A ring of which each account takes
    some of the targets stays below the threshold. Single linkage chains: one honest account between two clusters joins them.

    References
    ----------
    Q. Cao, X. Yang, J. Yu, C. Palow: Uncovering Large Groups of Active Malicious Accounts in Online Social Networks. CCS 2014.
    """

    window: int | None = 7
    threshold: float = 0.2
    at_least: int = 3
    min_reviewers: int = 5

    name: ClassVar[str] = "synchrotrap"

    def __post_init__(self) -> None:
        wrong = [
            *whole("window", self.window, 0, optional=True),
            *number("threshold", self.threshold, 0, 1),
            *at_least(self, at_least=1, min_reviewers=2),
        ]
        refuse(self.name, wrong)

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the clusters, those with the most matching reviews per member first."""
        pairs = co_review_pairs(graph, self.window, self.at_least)
        kept = similarity(graph, pairs) >= self.threshold
        a, b, matches = pairs.a[kept], pairs.b[kept], pairs.co_reviews[kept].astype(np.int64)
        if not len(a):
            return []
        n = graph.n_reviewers
        _, label = connected_components(coo_array((np.ones(len(a), np.int8), (a, b)), shape=(n, n)), directed=False)
        size = np.bincount(label)
        large = np.flatnonzero(size >= self.min_reviewers)
        position = np.full(len(size), -1)
        position[large] = np.arange(len(large))
        owner = position[label]
        n_matches = np.zeros(len(size), np.int64)
        np.add.at(n_matches, label[a], matches)
        products = co_reviewed_products(graph, owner, len(large), self.window)
        return best_first(
            Group(members, products[c], int(n_matches[large[c]]) / len(members), self.name)
            for c, members in enumerate(by_label(owner, len(large)))
        )


def similarity(graph: ReviewGraph, pairs: Pairs) -> Float64s:
    """Return the Jaccard index of each pair's reviews: those that match over those of either, what matches counted once."""
    written = np.diff(graph.indptr)
    return pairs.co_reviews / (written[pairs.a] + written[pairs.b] - pairs.co_reviews)
