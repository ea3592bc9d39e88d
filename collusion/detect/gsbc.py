"""GSBC: biconnected parts of the co-review graph."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from collusion.base.checks import refuse, whole
from collusion.base.model import Group
from collusion.detect.biconnected import biconnected
from collusion.detect.checks import at_least, best_first
from collusion.detect.group_products import by_label, co_reviewed_by
from collusion.graph.graph import NO_TIME
from collusion.graph.membership import edges_of
from collusion.graph.projection import co_review_pairs

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Int32s, Int64s, Integers

__all__ = ["Gsbc", "size_factor", "spamicity"]


@dataclass(frozen=True)
class Gsbc:
    """Biconnected components of the graph of reviewers with co-reviews within a window.

    Two reviewers are linked where they have co-reviews of enough products. A biconnected component stays connected without any one of its
    members, so one honest reviewer between two rings does not join them. From a component that is too large the lightest links are removed,
    all with the same number of co-reviews at once, and the biconnected components of the rest are processed in the same way.

    Parameters
    ----------
    window : int or None
        Days. None, or a log without times: any two reviews of one product are a co-review.
    at_least : int
        Number of products with co-reviews that links a pair.
    min_reviewers, max_reviewers : int
        Smaller components are left out; larger ones are split.

    Notes
    -----
    A group's score is its size factor 1 / (1 + exp(3 - reviewers - products)) times the mean of: review tightness, the share of pairs of a
    member and a product that have a review; product tightness, the share of all products of its members that all of them reviewed; how
    short the time is from its first to its last review of a product, on average, 1 at 0 days and 0 from twice the window on; and how little
    its ratings of a product vary, 2 / (1 + exp(variance)). The last two are left out where the log has no times (or there is no window) or
    no ratings. The products of a group are those with a co-review of two members. The authors weight links by closeness of time and rating
    and by rarity of the product; here co-reviews are counted. They split large components by minimum cuts, which are not unique where links
    have equal weights, as the lightest links do. A component that is too large at one number of co-reviews and falls apart at the next is
    left out. O(co-reviews) for the links, at most `graph.projection.WEDGES_PER_REVIEW` per review, the busiest products skipped first; then
    linear in the links for each number of co-reviews.

    Limits: a ring in which hardly any pair has two co-reviews has no links. In a large log single links percolate, so splits must separate
    the ring from those around it.

    References
    ----------
    Z. Wang, S. Gu, X. Zhao, X. Xu: Graph-based review spammer group detection. Knowledge and Information Systems 55, 2018.
    """

    window: int | None = 7
    at_least: int = 2
    min_reviewers: int = 5
    max_reviewers: int = 200

    name: ClassVar[str] = "gsbc"

    def __post_init__(self) -> None:
        wrong = [*whole("window", self.window, 0, optional=True), *at_least(self, at_least=1, min_reviewers=2, max_reviewers=2)]
        if not wrong and self.max_reviewers < self.min_reviewers:
            wrong.append(f"max_reviewers must be at least min_reviewers ({self.min_reviewers}), not {self.max_reviewers}")
        refuse(self.name, wrong)

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the components of the sizes asked for, those of the highest spamicity first."""
        pairs = co_review_pairs(graph, self.window, self.at_least)
        found = []
        for members in _parts(graph.n_reviewers, pairs.a, pairs.b, pairs.co_reviews, self.min_reviewers, self.max_reviewers):
            products = co_reviewed_by(graph, members, self.window)
            found.append(Group(members, products, spamicity(graph, members, products, self.window), self.name))
        return best_first(found)


def size_factor(reviewers: int, products: int) -> float:
    """Return 1 / (1 + exp(3 - reviewers - products)): small groups come about by chance."""
    return 1.0 / (1.0 + exp(min(3 - reviewers - products, 700)))


def spamicity(graph: ReviewGraph, members: Integers, products: Integers, window: int | None) -> float:
    """Return the score of a group (see `Gsbc`), to nine decimals; days and ratings that are not known are left out."""
    written = edges_of(graph, members)
    reviewed = np.bincount(np.unique(graph.product[written], return_inverse=True)[1])
    edges = written[np.isin(graph.product[written], products)]
    parts = [len(edges) / (len(members) * len(products)), int((reviewed == len(members)).sum()) / len(reviewed)]
    first = np.flatnonzero(np.diff(graph.product[edges], prepend=-1))
    if graph.time is not None and window is not None:
        # Each of the products has a co-review, so there are times.
        undated, day = graph.time[edges] == NO_TIME, graph.time[edges].astype(np.float64)
        low = np.minimum.reduceat(np.where(undated, np.inf, day), first)
        high = np.maximum.reduceat(np.where(undated, -np.inf, day), first)
        parts.append(float(np.sort(np.maximum(1.0 - (high - low) / max(2 * window, 1), 0.0)).mean()))
    if graph.rating is not None:
        rating = graph.rating[edges].astype(np.float64)
        known = ~np.isnan(rating)
        count = np.maximum(np.add.reduceat(known.astype(np.float64), first), 1)
        value = np.where(known, rating, 0.0)
        mean = np.add.reduceat(value, first) / count
        variance = np.add.reduceat(value**2, first) / count - mean**2
        parts.append(2.0 / (1.0 + exp(max(float(np.sort(np.round(variance, 9)).mean()), 0.0))))
    return round(size_factor(len(members), len(products)) * float(np.mean(parts)), 9)


def _parts(n: int, a: Int32s, b: Int32s, weight: Int32s, least: int, most: int) -> list[Int64s]:
    """Return the nodes of each biconnected component of a size asked for, those too large split by their lightest edges."""
    found: list[Int64s] = []
    while len(a):
        count, label = biconnected(n, a, b)
        lightest = np.full(count, np.iinfo(np.int32).max, np.int64)
        np.minimum.at(lightest, label, weight)
        split = np.zeros(count, np.bool_)
        # But for a single link, a component has no fewer links than nodes.
        worth = np.flatnonzero(np.bincount(label, minlength=count) >= (least if least > 2 else 1))
        position = np.full(count, -1)
        position[worth] = np.arange(len(worth))
        for c, edges in zip(worth.tolist(), by_label(position[label], len(worth)), strict=True):
            nodes = np.unique(np.concatenate((a[edges], b[edges]))).astype(np.int64)
            if len(nodes) > most:
                split[c] = True
            elif len(nodes) >= least:
                found.append(nodes)
        kept = split[label] & (weight > lightest[label])
        a, b, weight = a[kept], b[kept], weight[kept]
    return found
