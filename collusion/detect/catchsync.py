"""CatchSync: reviewers whose products are like each other and unlike everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from collusion.base.checks import number, refuse
from collusion.base.model import Group
from collusion.detect.checks import at_least, best_first
from collusion.detect.group_products import by_label

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Bools, Float64s, Int64s

__all__ = ["Catchsync", "Closeness", "closeness", "distance", "least_synchronicity", "product_cells"]

HITS_ROUNDS = 20
"""Rounds of HITS. A fixed number gives the same values under any names, where convergence within a space of equal eigenvalues would not."""

FAINTEST = 20
"""Octaves below the largest authority that are distinguished: products below them share one bin."""


class Closeness(NamedTuple):
    """Synchronicity and normality of each reviewer, float64[n_reviewers], nan without reviews; and the background's synchronicity."""

    synchronicity: Float64s
    normality: Float64s
    background: float


@dataclass(frozen=True)
class Catchsync:
    """Groups of reviewers that are far more synchronised than is usual for reviewers of equally common products.

    Each product is in a cell of a grid of two features: its number of reviews and its authority (HITS), both in logarithmic bins.
    Synchronicity is the probability that two of a reviewer's reviews, drawn with replacement, are in one cell. Normality is the probability
    that one of the reviewer's reviews and a random product are in one cell. For a given normality, synchronicity cannot be below a
    parabola; reviewers far above it are suspicious.

    Parameters
    ----------
    deviations : float, default 2
        How far above the median the distance of a suspicious reviewer from the parabola is, in standard deviations.
    bins : int, default 1
        Bins per octave of either feature.
    least_reviews : int, default 5
        Reviewers with fewer reviews are skipped: a reviewer with one review has the largest synchronicity there is.
    min_reviewers : int, default 3
        Smaller groups are left out.

    Notes
    -----
    Two things differ from the paper, whose accounts follow hundreds of others and are mostly honest. A review is not paired with itself:
    with few reviews most pairs would be such pairs, and chance would look synchronised. And the usual distance is measured by the median
    and the median absolute deviation, which suspicious reviewers move less than the mean and the standard deviation of the paper. The
    groups are an addition, too: suspicious reviewers are grouped by the cell that has most of their reviews (by each of several that tie),
    and each group is one connected component of them with the products of the cell that two of them reviewed. A group's score is the mean
    distance above the parabola. O(m) per round of HITS, 20 rounds.

    Limits: the targets must be alike in popularity. A ring hired for a wide range of products is spread over the grid and looks normal, and
    so does any ring whose targets are as common as everybody's. Times and ratings are not used.

    References
    ----------
    M. Jiang, P. Cui, A. Beutel, C. Faloutsos, S. Yang: CatchSync: Catching Synchronized Behavior in Large Directed Graphs. KDD 2014.
    """

    deviations: float = 2.0
    bins: int = 1
    least_reviews: int = 5
    min_reviewers: int = 3

    name: ClassVar[str] = "catchsync"

    def __post_init__(self) -> None:
        wrong = [*number("deviations", self.deviations, 0), *at_least(self, bins=1, least_reviews=2, min_reviewers=1)]
        refuse(self.name, wrong)

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the groups of suspicious reviewers, the most synchronised first."""
        looked_at = np.diff(graph.indptr) >= self.least_reviews
        if not looked_at.any():
            return []
        cell = product_cells(graph, self.bins)
        above = np.zeros(graph.n_reviewers)
        above[looked_at] = distance(graph, cell)[looked_at]
        suspicious = looked_at & (above > _usual(above[looked_at], self.deviations) + 1e-9)
        found: list[Group] = []
        who, where = _favourite_cells(graph, cell, suspicious)
        for c in np.unique(where):
            found += self._parts(graph, who[where == c], cell == c, above)
        return best_first(found)

    def _parts(self, graph: ReviewGraph, reviewers: Int64s, products: Bools, above: Float64s) -> list[Group]:
        """Return the connected parts of some reviewers over those of the products that two of them reviewed."""
        inside = np.zeros(graph.n_reviewers, np.bool_)
        inside[reviewers] = True
        edges = np.flatnonzero(inside[graph.reviewer] & products[graph.product])
        shared = np.bincount(graph.product[edges], minlength=graph.n_products) >= 2
        edges = edges[shared[graph.product[edges]]]
        u, p = graph.reviewer[edges], graph.product[edges] + graph.n_reviewers
        n = graph.n_reviewers + graph.n_products
        _, label = connected_components(coo_array((np.ones(len(u), np.int8), (u, p)), shape=(n, n)), directed=False)
        kept, name = np.unique(label[u], return_inverse=True)
        groups = []
        for own in by_label(name, len(kept)):
            members, targets = np.unique(u[own]), np.unique(graph.product[edges[own]])
            if len(members) >= self.min_reviewers:
                groups.append(Group(members, targets, float(np.sort(above[members]).mean()), self.name))
        return groups


def closeness(graph: ReviewGraph, cell: ArrayLike) -> Closeness:
    """Return synchronicity and normality of each reviewer.

    ``cell`` is that of each product; -1 for those without reviews, which are no part of the background.
    """
    cells = np.asarray(cell, dtype=np.int64)
    count = int(cells.max(initial=-1)) + 1
    background = np.bincount(cells[cells >= 0], minlength=count)
    products = max(int(background.sum()), 1)
    written = np.diff(graph.indptr).astype(np.float64)
    written[written == 0] = np.nan
    own, n_edges = np.unique(graph.reviewer.astype(np.int64) * max(count, 1) + cells[graph.product], return_counts=True)
    # Whole numbers are summed, which have no order.
    alike, usual = np.zeros(graph.n_reviewers, np.int64), np.zeros(graph.n_reviewers, np.int64)
    np.add.at(alike, own // max(count, 1), n_edges**2)
    np.add.at(usual, own // max(count, 1), n_edges * background[own % max(count, 1)])
    return Closeness(alike / written**2, usual / (written * products), float((background**2).sum()) / products**2)


def distance(graph: ReviewGraph, cell: Int64s) -> Float64s:
    """Return each reviewer's synchronicity, no review paired with itself, above the least for their normality; nan below two reviews."""
    close = closeness(graph, cell)
    written = np.diff(graph.indptr).astype(np.float64)
    written[written < 2] = np.nan
    others = (close.synchronicity * written - 1) / (written - 1)
    return np.round(others - least_synchronicity(close.normality, int(cell.max(initial=0)) + 1, close.background), 9)


def least_synchronicity(normality: ArrayLike, cells: int, background: float) -> Float64s:
    """Return the least synchronicity for a normality: (-M n^2 + 2 n - s) / (1 - M s) with M cells and the background's synchronicity s.

    Where all cells are as common, every normality is 1 / M and so is the bound.
    """
    n = np.asarray(normality, dtype=np.float64)
    below = 1.0 - cells * background
    if below > -1e-12:
        return np.full(n.shape, 1.0 / cells)
    return (-cells * n**2 + 2 * n - background) / below


def product_cells(graph: ReviewGraph, bins: int = 1) -> Int64s:
    """Return the cell of each product in the grid of log2 reviews and log2 authority, ``bins`` per octave; -1 for those without reviews."""
    received = np.diff(graph.product_indptr)
    known = received > 0
    cell = np.full(graph.n_products, -1, np.int64)
    if known.any():
        authority = np.ones(graph.n_products)
        for _ in range(HITS_ROUNDS):
            hub = np.bincount(graph.reviewer, authority[graph.product], graph.n_reviewers)
            authority[:] = np.bincount(graph.product, hub[graph.reviewer], graph.n_products)
            authority /= authority.max()
        below = np.minimum(-np.log2(np.maximum(authority[known], 1e-300)), FAINTEST)
        # Lifted a little: sums in another order must not fall on the other side of a border. The largest is of its octave, not below it.
        popular = np.floor(np.log2(received[known]) * bins + 1e-6).astype(np.int64)
        central = np.floor(below * bins + 1e-6).astype(np.int64)
        cell[known] = np.unique(popular * (FAINTEST * bins + 1) + central, return_inverse=True)[1]
    return cell


def _usual(values: Float64s, deviations: float) -> float:
    """Return the median plus some standard deviations, by the median absolute deviation, or the mean one where most values are equal."""
    middle = float(np.median(values))
    off = np.abs(values - middle)
    # A normal variable is 0.6745 standard deviations from its median in the median, 0.7979 in the mean.
    spread = float(np.median(off)) / 0.6745 or float(np.sort(off).mean()) / 0.7979
    return middle + deviations * spread


def _favourite_cells(graph: ReviewGraph, cell: Int64s, suspicious: Bools) -> tuple[Int64s, Int64s]:
    """Return each suspicious reviewer with the cell that contains most of their reviews, once for each cell that ties."""
    edges = np.flatnonzero(suspicious[graph.reviewer])
    count = int(cell.max(initial=0)) + 1
    own, n_edges = np.unique(graph.reviewer[edges].astype(np.int64) * count + cell[graph.product[edges]], return_counts=True)
    most = np.zeros(graph.n_reviewers, np.int64)
    np.maximum.at(most, own // count, n_edges)
    favourite = n_edges == most[own // count]
    return own[favourite] // count, own[favourite] % count
