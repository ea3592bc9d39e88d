"""CatchSync: reviewers whose products are like each other and unlike everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from collusion.checks import number, refuse, whole
from collusion.detect.checks import best_first
from collusion.detect.group_products import by_label
from collusion.model import Group

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["Catchsync", "Closeness", "closeness", "distance", "least_synchronicity", "product_cells"]

HITS_ROUNDS = 20
"""Rounds of HITS. A fixed number gives the same values under any names, where convergence within a space of equal eigenvalues would not."""

FAINTEST = 20
"""Octaves below the largest authority that are told apart: further products are all alike, far from whatever is central."""


class Closeness(NamedTuple):
    """What CatchSync says of each reviewer: float64[n_reviewers], nan for those without reviews; and the background's share."""

    synchronicity: NDArray[np.float64]
    normality: NDArray[np.float64]
    background: float


@dataclass(frozen=True)
class Catchsync:
    """Groups of reviewers that are far more synchronised than is usual for reviewers of products that common.

    Each product lies in a cell of a grid of two features: its number of reviews and its authority (HITS), both in logarithmic bins.
    Synchronicity is the chance that two of a reviewer's reviews, drawn with replacement, lie in one cell; normality that one of his and
    a random product do. For its normality a reviewer's synchronicity cannot be below a parabola; suspicious are those far above it.

    Parameters
    ----------
    deviations : float
        How far above the median a suspicious reviewer's distance from the parabola is, in standard deviations.
    bins : int
        Bins an octave of either feature.
    least_reviews : int
        Reviewers with fewer reviews are not looked at: those of one review are as synchronised as can be.
    min_reviewers : int
        Smaller groups are left out.

    Notes
    -----
    Two things differ from the paper, whose accounts follow hundreds and of which few are fake. A review is not paired with itself: of
    few reviews the pairs with themselves are most of all pairs, and chance would look synchronised. And what is usual is told by the median
    and the median distance from it, which suspicious reviewers do not move as they move the mean and the standard deviation of the paper.
    The groups are ours, too: suspicious reviewers are taken together whose reviews lie in the same cell most of all (in each of several
    that tie), and each group is one connected part of them with the cell's products that two of them reviewed. A group's score is the mean
    distance above the parabola. O(m) a round of HITS, 20 rounds; nothing is passed over.

    What it cannot do: it needs targets alike in popularity. A ring hired for products of all kinds is spread over the grid and looks
    normal; so does any ring among targets as common as everybody's. Times and ratings are not looked at.

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
        refuse(
            self.name,
            [
                *number("deviations", self.deviations, 0),
                *whole("bins", self.bins, 1),
                *whole("least_reviews", self.least_reviews, 2),
                *whole("min_reviewers", self.min_reviewers, 1),
            ],
        )

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

    def _parts(
        self, graph: ReviewGraph, reviewers: NDArray[np.int64], products: NDArray[np.bool_], above: NDArray[np.float64]
    ) -> list[Group]:
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
            members, places = np.unique(u[own]), np.unique(graph.product[edges[own]])
            if len(members) >= self.min_reviewers:
                groups.append(Group(members, places, float(np.sort(above[members]).mean()), self.name))
        return groups


def closeness(graph: ReviewGraph, cell: ArrayLike) -> Closeness:
    """Return synchronicity and normality of each reviewer.

    Parameters
    ----------
    graph : ReviewGraph
    cell : int[n_products]
        Cell of each product; -1 for those without reviews, which are no part of the background.
    """
    cells = np.asarray(cell, dtype=np.int64)
    count = int(cells.max(initial=-1)) + 1
    background = np.bincount(cells[cells >= 0], minlength=count)
    products = max(int(background.sum()), 1)
    written = np.diff(graph.indptr).astype(np.float64)
    written[written == 0] = np.nan
    own, held = np.unique(graph.reviewer.astype(np.int64) * max(count, 1) + cells[graph.product], return_counts=True)
    # Whole numbers are summed, which have no order.
    alike, usual = np.zeros(graph.n_reviewers, np.int64), np.zeros(graph.n_reviewers, np.int64)
    np.add.at(alike, own // max(count, 1), held**2)
    np.add.at(usual, own // max(count, 1), held * background[own % max(count, 1)])
    return Closeness(alike / written**2, usual / (written * products), float((background**2).sum()) / products**2)


def distance(graph: ReviewGraph, cell: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each reviewer's synchronicity, no review paired with itself, above the least for his normality; nan below two reviews."""
    close = closeness(graph, cell)
    written = np.diff(graph.indptr).astype(np.float64)
    written[written < 2] = np.nan
    others = (close.synchronicity * written - 1) / (written - 1)
    return np.round(others - least_synchronicity(close.normality, int(cell.max(initial=0)) + 1, close.background), 9)


def least_synchronicity(normality: ArrayLike, cells: int, background: float) -> NDArray[np.float64]:
    """Return the least synchronicity for a normality: (-M n^2 + 2 n - s) / (1 - M s) with M cells and the background's synchronicity s.

    Where all cells are as common, every normality is 1 / M and so is the bound.
    """
    n = np.asarray(normality, dtype=np.float64)
    below = 1.0 - cells * background
    if below > -1e-12:
        return np.full(n.shape, 1.0 / cells)
    bound: NDArray[np.float64] = (-cells * n**2 + 2 * n - background) / below
    return bound


def product_cells(graph: ReviewGraph, bins: int = 1) -> NDArray[np.int64]:
    """Return the cell of each product in the grid of log2 reviews and log2 authority; -1 for products without reviews.

    Parameters
    ----------
    graph : ReviewGraph
    bins : int
        An octave.
    """
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


def _usual(values: NDArray[np.float64], deviations: float) -> float:
    """Return the median and so many standard deviations, told from the median distance; from the mean one where most values are equal."""
    middle = float(np.median(values))
    off = np.abs(values - middle)
    # A normal variable is .6745 standard deviations from its median in the median, .7979 in the mean.
    spread = float(np.median(off)) / 0.6745 or float(np.sort(off).mean()) / 0.7979
    return middle + deviations * spread


def _favourite_cells(
    graph: ReviewGraph, cell: NDArray[np.int64], suspicious: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each suspicious reviewer with the cell that holds most of his reviews, once for each cell that ties."""
    edges = np.flatnonzero(suspicious[graph.reviewer])
    count = int(cell.max(initial=0)) + 1
    own, held = np.unique(graph.reviewer[edges].astype(np.int64) * count + cell[graph.product[edges]], return_counts=True)
    most = np.zeros(graph.n_reviewers, np.int64)
    np.maximum.at(most, own // count, held)
    favourite = held == most[own // count]
    return own[favourite] // count, own[favourite] % count
