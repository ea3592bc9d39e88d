"""Groups from singular vectors, and among the reviewers whom the leading ones do not see (fBox)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from collusion.base.checks import number, refuse, whole
from collusion.base.model import Group
from collusion.detect.checks import at_least, best_first
from collusion.detect.group_products import by_label
from collusion.detect.spectrum import DIGITS, matrix_of, sides, subspaces

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Bools, Float64s, Int64s

__all__ = ["Spectral", "badly_reconstructed", "reconstructed"]


EDGE = 10.0 ** (1 - DIGITS)
"""Entries up to this are taken as 0."""


@dataclass(frozen=True)
class Spectral:
    """Dense parts that singular vectors of the log point to, and dense parts among reviewers that the leading vectors miss.

    First, the vectors of the normalised log, where a review weighs 1 / sqrt((d_u + mean d_u) (d_p + mean d_p)). Without normalisation,
    popular products and busy reviewers fill the leading vectors; without the means, tiny components do. Second, fBox: attacks too small for
    the leading vectors of the plain log are those whose reviewers these vectors reconstruct badly for their number of reviews. The
    normalised vectors of the reviews of such reviewers are taken.

    Parameters
    ----------
    components : int
        Number of singular values of either matrix that are used.
    share : float
        Share of the worst reconstructed reviewers per octave of activity; tau in fBox.
    least_reviews : int
        Reviewers with fewer reviews are not tested for how well they are reconstructed.
    min_reviewers, min_products : int
        Smaller groups are left out.

    Notes
    -----
    Each side of a vector is swept: reviewers and products join by descending entry, relative to the largest of their side. The densest of
    the sets on the way (reviews inside over its nodes) is cut into connected components, each a group with that density as its score. The
    sweep and the components are additions; fBox names reviewers only. Where singular values are equal, rows of the whole space are used in
    place of entries, so that nothing depends on the solver's basis or on names. O(m) per sweep, plus the decomposition: 2 x ``components``
    values by ARPACK.

    Limits: a vector shows one dense part, or a mixture of equally dense parts. Rings beyond the leading values of both matrices are not
    seen. Every log has vectors, with or without rings. Times and ratings are not used. In logs too large to decompose whole, parts that are
    exactly alike may be mixed otherwise after renaming.

    References
    ----------
    N. Shah, A. Beutel, B. Gallagher, C. Faloutsos: Spotting Suspicious Link Behavior with fBox: An Adversarial Perspective. ICDM 2014.
    B. A. Prakash, A. Sridharan, M. Seshadri, S. Machiraju, C. Faloutsos: EigenSpokes: Surprising Patterns and Scalable Community Chipping
    in Large Graphs. PAKDD 2010.
    """

    components: int = 20
    share: float = 0.1
    least_reviews: int = 4
    min_reviewers: int = 3
    min_products: int = 2

    name: ClassVar[str] = "spectral"

    def __post_init__(self) -> None:
        wrong = [
            *whole("components", self.components, 1),
            *number("share", self.share, 0, 1),
            *at_least(self, least_reviews=1, min_reviewers=1, min_products=1),
        ]
        refuse(self.name, wrong)

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the groups of both steps, the densest first, each once."""
        every = np.ones(graph.n_reviews, np.bool_)
        hidden = badly_reconstructed(graph, self.components, self.share, self.least_reviews)
        found: dict[tuple[bytes, bytes], Group] = {}
        for kept in (every, hidden[graph.reviewer]):
            for group in self._groups(graph, kept):
                found[group.reviewers.tobytes(), group.products.tobytes()] = group
        return best_first(found.values())

    def _groups(self, graph: ReviewGraph, kept: Bools) -> list[Group]:
        """Return the groups of the reviews kept."""
        # Renumbered: the fewer rows and columns, the faster the decomposition.
        who, u = np.unique(graph.reviewer[kept], return_inverse=True)
        where, p = np.unique(graph.product[kept], return_inverse=True)
        if not len(u):
            return []
        weight = 1.0 / np.sqrt(_damped(u)[u] * _damped(p)[p])
        groups = []
        for space in subspaces(csr_array((weight, (u, p)), shape=(len(who), len(where))), self.components):
            for left, right in sides(space):
                members, targets = _sweep(u, p, left, right)
                groups += [
                    Group(who[group.reviewers], where[group.products], group.score, self.name)
                    for group in self._parts(u, p, members, targets)
                ]
        return groups

    def _parts(self, u: Int64s, p: Int64s, members: Bools, targets: Bools) -> list[Group]:
        """Return the connected parts of a set of reviewers and products that are large enough."""
        inside = np.flatnonzero(members[u] & targets[p])
        nodes, ends = np.unique(np.concatenate((u[inside], p[inside] + len(members))), return_inverse=True)
        a, b = np.split(ends, 2)
        links = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(len(nodes), len(nodes)))
        count, label = connected_components(links, directed=False)
        reviews = np.bincount(label[a], minlength=count)
        groups = []
        for c, part in enumerate(by_label(label, count)):
            own = nodes[part]
            reviewers, products = own[own < len(members)], own[own >= len(members)] - len(members)
            if len(reviewers) >= self.min_reviewers and len(products) >= self.min_products:
                groups.append(Group(reviewers, products, int(reviews[c]) / len(own), self.name))
        return groups


def reconstructed(graph: ReviewGraph, components: int) -> Float64s:
    """Return the squared length of each reviewer's row as the leading singular values reconstruct it; of the row itself it is the degree.

    Values equal to the last of the ``components`` are taken with it (`collusion.detect.spectrum.subspaces`).
    """
    length = np.zeros(graph.n_reviewers)
    for space in subspaces(matrix_of(graph), components):
        length += space.value**2 * (space.left**2).sum(axis=1)
    return length


def badly_reconstructed(graph: ReviewGraph, components: int, share: float, least_reviews: int) -> Bools:
    """Return the share of the reviewers of each octave of activity whom the leading singular values reconstruct worst for their degree.

    Rounded down, so that an octave of a few gives none; all that tie with the last are taken.
    """
    degree = np.diff(graph.indptr)
    asked = np.flatnonzero(degree >= least_reviews)
    worst = np.zeros(graph.n_reviewers, np.bool_)
    if not len(asked):
        return worst
    seen = np.round(reconstructed(graph, components)[asked] / degree[asked], DIGITS)
    octave = np.floor(np.log2(degree[asked])).astype(np.int64)
    for o in np.unique(octave):
        own = np.flatnonzero(octave == o)
        few = int(share * len(own) + 1e-9)
        if few:
            bar = np.partition(seen[own], few - 1)[few - 1]
            worst[asked[own[seen[own] <= bar]]] = True
    return worst


def _damped(codes: Int64s) -> Float64s:
    """Return each node's degree plus the mean degree; codes without gaps."""
    degree = np.bincount(codes)
    damped: Float64s = degree + degree.mean()
    return damped


def _sweep(u: Int64s, p: Int64s, left: Float64s, right: Float64s) -> tuple[Bools, Bools]:
    """Return the densest set of those with the largest entries, the largest of equally dense ones; ties join together."""
    open_u, open_p = left > EDGE, right > EDGE
    if not open_u.any() or not open_p.any():
        return np.zeros(len(left), np.bool_), np.zeros(len(right), np.bool_)
    # Both relative to the largest of their side, rounded to digits that the solver's error does not reach.
    order_u = np.where(open_u, np.round(left / left.max(), DIGITS - 2), -1.0)
    order_p = np.where(open_p, np.round(right / right.max(), DIGITS - 2), -1.0)
    levels, rank = np.unique(-np.concatenate((order_u, order_p)), return_inverse=True)
    rank_u, rank_p = rank[: len(left)], rank[len(left) :]
    last = len(levels) if min(order_u.min(), order_p.min()) >= 0 else len(levels) - 1
    nodes = np.cumsum(np.bincount(rank, minlength=len(levels)))[:last]
    reviews = np.cumsum(np.bincount(np.maximum(rank_u[u], rank_p[p]), minlength=len(levels)))[:last]
    density = reviews / nodes
    best = last - 1 - int(np.argmax(density[::-1]))
    return (open_u & (rank_u <= best)), (open_p & (rank_p <= best))
