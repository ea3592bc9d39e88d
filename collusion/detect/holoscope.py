"""HoloScope: reviewers whose products are theirs above all, in bursts, and rated unlike others rate them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array

from collusion.base.checks import flag, number, refuse
from collusion.base.model import Group
from collusion.detect.bursts import bursts_and_drops
from collusion.detect.checks import at_least, best_first
from collusion.detect.contrast import CLASSES, shave
from collusion.detect.spectrum import sides, subspaces
from collusion.graph.graph import NO_TIME

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s, Int64s

__all__ = ["Holoscope", "Signals"]

UNIT = 1024
"""What 1.0 is in the integers of a review's weight."""

LARGEST_SEED = 2000
"""Reviewers to start a descent with: its cost may grow with their square."""


@dataclass(frozen=True)
class Holoscope:
    """Sets of reviewers of the highest contrast suspiciousness.

    HS(A) = sum f_A(v) P(v|A) / (|A| + sum P(v|A)) over the products v that A reviewed, with P(v|A) = b**(signals - number of signals). The
    signals, each from 0 to 1: the share of the product's reviews that A wrote; the share of its bursts that A made; and how far A's ratings
    of it diverge from the others'. f_A(v) counts A's reviews of v; where times are used, each weighs 1 + ln(1 + drop), by the drop after
    v's highest burst.

    Parameters
    ----------
    base : float
        b; 32 in the paper.
    components : int
        Number of singular values whose vectors give sets to start from.
    days : int
        Width of a time bin.
    topology, times, ratings : bool
        Whether each signal is used. The one of times (bursts and drops) is left out where the log has no times, that of ratings where it
        has no ratings. If no signal is left, P is 1 and HS is a density.

    Notes
    -----
    Descents start from both sides of each leading singular vector of the matrix of reviewers and products (x time bin x rating class, where
    these signals are used), with the reviewers whose entry exceeds 1 / sqrt(n), or the `LARGEST_SEED` largest of them. From a start, the
    reviewers with the smallest sum of f P are removed, ties at once. The best set on the way is kept, with the products that do not lower
    HS: those of f_A(v) >= HS. Bursts rise from the awakening to the peak and weigh rise times slope; drops fall to the dying point
    (`collusion.detect.bursts`). Ratings are put into three classes. Their divergence is that of Kullback and Leibler, each class with one
    added, times the balance of A's and the others' reviews, divided by the largest at the start. Probabilities are whole numbers of 2**-20,
    weights of 2**-10, so nothing depends on names.

    Limits: the search does not start from a ring that is in no leading vector. Launches and promotions are bursts too.

    References
    ----------
    S. Liu, B. Hooi, C. Faloutsos: HoloScope: Topology-and-Spike Aware Fraud Detection. CIKM 2017.
    """

    base: float = 32.0
    components: int = 20
    days: int = 7
    topology: bool = True
    times: bool = True
    ratings: bool = True

    name: ClassVar[str] = "holoscope"

    def __post_init__(self) -> None:
        wrong = [
            *number("base", self.base, 1),
            *at_least(self, components=1, days=1),
            *(problem for key in ("topology", "times", "ratings") for problem in flag(key, getattr(self, key))),
        ]
        if not wrong and not (self.topology or self.times or self.ratings):
            wrong.append("topology, times and ratings are all switched off; leave one on")
        refuse(self.name, wrong)

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the best set of each start, each once, the most suspicious first."""
        signals = Signals.of(graph, self)
        found: dict[bytes, Group] = {}
        for space in subspaces(signals.matrix(graph), self.components):
            for left, _ in sides(space):
                members, score = signals.descend(graph, _largest(left), self)
                if len(members) and (members.tobytes() not in found or found[members.tobytes()].score < score):
                    products = signals.targets(graph, members, score)
                    found[members.tobytes()] = Group(members, products, score, self.name)
        return best_first(found.values())


@dataclass(frozen=True, eq=False)
class Signals:
    """What HoloScope reads off a log once.

    Parameters
    ----------
    bins : int64[n_reviews] or None
        Bin of time of each review, -1 for none; None where times are not looked at.
    burst : int64[n_reviews]
        Weight of the bursts around each review.
    level : int64[n_reviews]
        Class of its rating, -1 for none or where ratings are not looked at.
    worth : int64[n_products]
        Weight of a review of each product, in units of `UNIT`.
    times, ratings : bool
        Whether the log has them and they are looked at.
    """

    bins: Int64s | None
    burst: Int64s
    level: Int64s
    worth: Int64s
    times: bool
    ratings: bool

    @classmethod
    def of(cls, graph: ReviewGraph, detector: Holoscope) -> Signals:
        """Read the signals that are switched on and that the log has."""
        bins, burst = None, np.zeros(graph.n_reviews, np.int64)
        drop = np.zeros(graph.n_products)
        times = detector.times and graph.time is not None
        if detector.times and graph.time is not None:
            dated = graph.time != NO_TIME
            first = int(graph.time[dated].min()) if dated.any() else 0
            bins = np.where(dated, (graph.time.astype(np.int64) - first) // detector.days, -1)
            burst, drop = bursts_and_drops(graph.product_indptr, bins)
        level = np.full(graph.n_reviews, -1, np.int64)
        ratings = detector.ratings and graph.rating is not None
        if detector.ratings and graph.rating is not None:
            rated = ~np.isnan(graph.rating)
            if rated.any():
                low, high = float(graph.rating[rated].min()), float(graph.rating[rated].max())
                # Of five stars: below 2.5, below 4, the rest.
                position = (graph.rating[rated] - low) / max(high - low, 1e-9)
                level[rated] = np.digitize(position, (0.375, 0.75))
        return cls(bins, burst, level, np.rint(UNIT * (1.0 + np.log1p(drop))).astype(np.int64), times, ratings)

    def matrix(self, graph: ReviewGraph) -> csr_array:
        """Return reviewers x (product, bin of time, class of rating), each review with its weight."""
        column = graph.product.astype(np.int64)
        if self.bins is not None:
            column = column * (int(self.bins.max(initial=-1)) + 2) + self.bins + 1
        column = column * (CLASSES + 1) + self.level + 1
        names, code = np.unique(column, return_inverse=True)
        weight = self.worth[graph.product] / UNIT
        return csr_array((weight, (graph.reviewer, code)), shape=(graph.n_reviewers, len(names)))

    def descend(self, graph: ReviewGraph, start: Int64s, detector: Holoscope) -> tuple[Int64s, float]:
        """Return the best set of reviewers on the way from a start (ascending codes), and its suspiciousness."""
        position = np.full(graph.n_reviewers, -1, np.int32)
        position[start] = np.arange(len(start), dtype=np.int32)
        edges = np.flatnonzero(position[graph.reviewer] >= 0)
        if not len(edges):
            return start[:0], 0.0
        products, local = np.unique(graph.product[edges], return_inverse=True)
        row = np.full(graph.n_products, -1, np.int64)
        row[products] = np.arange(len(products))
        around = np.flatnonzero(row[graph.product] >= 0)
        of = row[graph.product[around]]
        bursts = np.zeros(len(products), np.int64)
        np.add.at(bursts, of, self.burst[around])
        rated = self.level[around] >= 0
        levels = np.bincount(of[rated] * CLASSES + self.level[around][rated], minlength=len(products) * CLASSES)
        kept, value = shave(
            position[graph.reviewer[edges]],
            local.astype(np.int32),
            self.burst[edges],
            self.level[edges],
            self.worth[products],
            np.bincount(of, minlength=len(products)).astype(np.int64),
            bursts,
            levels.reshape(-1, CLASSES).astype(np.int64),
            base=float(detector.base),
            topology=detector.topology,
            times=self.times,
            ratings=self.ratings,
        )
        return start[kept], value / UNIT

    def targets(self, graph: ReviewGraph, members: Int64s, score: float) -> Int64s:
        """Return the products of a set that do not lower its suspiciousness."""
        inside = np.zeros(graph.n_reviewers, np.bool_)
        inside[members] = True
        count = np.bincount(graph.product[inside[graph.reviewer]], minlength=graph.n_products)
        return np.flatnonzero((count > 0) & (count * self.worth / UNIT >= score - 1e-9))


def _largest(entries: Float64s) -> Int64s:
    """Return who has an entry above the average of a vector of length 1; the largest where these are too many, without those that tie."""
    start = np.flatnonzero(entries > 1.0 / np.sqrt(max(len(entries), 1)) + 1e-6)
    if len(start) > LARGEST_SEED:
        bar = np.sort(entries[start])[-LARGEST_SEED - 1]
        start = start[entries[start] > bar]
    return start
