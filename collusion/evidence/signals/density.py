"""How many of the group's products its members covered, against what their activity by stratum explains."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.words import of_stratum, p_text
from collusion.graph.graph import ReviewGraph
from collusion.graph.membership import edges_of
from collusion.graph.memo import once
from collusion.graph.strata import Strata
from collusion.graph.timeline import Timeline
from collusion.kernels.activity import count_members, count_sizes, largest_sizes, runs_of

__all__ = ["Density", "density"]

NEWTON_STEPS = 50
"""Newton's steps at most: a handful, but where nearly all products are nearly certain."""

NEWTON_TOLERANCE = 1e-6
"""Relative size of the step that is the last."""


def density(graph: ReviewGraph, strata: Strata, reviewers: NDArray[np.int32], products: NDArray[np.int32], n_products: int) -> Evidence:
    """Count the ring's reviews against their mean under N1.

    Parameters
    ----------
    reviewers, products : int32 arrays
        The ring's; products ascending.
    n_products : int
        Products as the log names them, of which several may be variants of one listing.

    Notes
    -----
    The mean is the sum over members, strata and products of the chance that a member who wrote so many reviews in the stratum holds the
    product (`_chances`); the p-value is Poisson's. It takes the group as given: the search that chose the group is accounted for by the
    q-value alone. O(reviews of the members, and strata of the products), after O(n_reviews) once per log.
    """
    every = edges_of(graph, reviewers)
    edges = every[np.isin(graph.product[every], products)]
    expected = _expected(graph, strata, reviewers, products)
    # Beyond double precision the tail is not 0.
    p_value = max(float(gammainc(len(edges), expected)), 1e-300) if expected > 0 else None
    statement = (
        f"{len(reviewers):,} reviewers wrote {len(edges):,} reviews of {n_products:,} products, "
        f"{len(edges) / max(len(reviewers) * n_products, 1):.0%} of all pairs. If reviewers were shuffled at random {of_stratum(strata)}, "
        f"{expected:.1f} would be expected ({p_text(p_value)} if this group had been named in advance; it was searched for, so do not use "
        "this figure as proof)."
    )
    return Evidence(
        signal="density",
        statement=statement,
        observed=float(len(edges)),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(np.sort(graph.row[edges]).tolist()),
        stance="neutral" if len(edges) > expected else "against",
    )


def _expected(graph: ReviewGraph, strata: Strata, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> float:
    """Return the mean of the group's reviews under N1: the sum of chances over members, strata and products."""
    held = _held(graph.timeline, strata)
    where, own = runs_of(products, graph.product_indptr, strata.of)
    by = np.argsort(where, kind="stable")
    own = own[by]
    there, start = np.unique(where[by], return_index=True)
    which, reviews, times = count_members(reviewers, graph.indptr, graph.edges, strata.of, there)
    at = np.searchsorted(there, which)
    length = np.diff(start, append=len(own))[at]
    # One entry for each product that has edges in a stratum, for all who wrote as many reviews in it at once.
    indptr = np.concatenate(([0], np.cumsum(length)))
    total, alone = np.repeat(strata.size[which], length), np.repeat(reviews == 1, length)
    tilt = np.repeat(held.tilts(which, reviews), length)
    own = own[np.repeat(start[at] - indptr[:-1], length) + np.arange(indptr[-1])]
    # An exact sum, since how strata and products are numbered must change no bit.
    return math.fsum((np.repeat(times, length) * _chances(tilt, own, total, alone)).tolist())


@dataclass(frozen=True, eq=False)
class _Held:
    """How many products hold how many edges of each stratum."""

    first: NDArray[np.int64]
    """By stratum: ``times[first[s] + k - 1]`` products hold k edges of stratum s."""
    times: NDArray[np.int32]
    known: dict[int, float] = field(default_factory=dict)
    """What `_tilt` returned for a stratum and a number of reviews: hundreds of groups ask for the same."""

    @classmethod
    def of(cls, indptr: NDArray[np.int64], stratum: NDArray[np.integer], n_strata: int) -> _Held:
        """Count the edges of each product (row of ``indptr``), whose strata ascend. O(n)."""
        most = np.zeros(n_strata, np.int64)
        largest_sizes(indptr, stratum, most)
        first = np.concatenate(([0], np.cumsum(most)))
        times = np.zeros(first[-1], np.int32)
        count_sizes(indptr, stratum, first, times)
        return cls(first, times)

    def sizes(self, s: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the different numbers of edges that products hold of a stratum, ascending, and how many products hold each."""
        times = self.times[self.first[s] : self.first[s + 1]].astype(np.int64)
        some = np.flatnonzero(times)
        return some + 1, times[some]

    def tilts(self, strata: NDArray[np.int64], reviews: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return `_tilt` of each pair of a stratum and a number of reviews."""
        found = []
        for s, k in zip(strata.tolist(), reviews.tolist(), strict=True):
            tilt = self.known.get(s << 32 | k)
            if tilt is None:
                tilt = self.known[s << 32 | k] = _tilt(*self.sizes(s), k)
            found.append(tilt)
        return np.array(found, dtype=np.float64)


@once
def _held(timeline: Timeline, strata: Strata) -> _Held:
    """Count what products hold of the strata of a log; once for all its groups."""
    return _Held.of(timeline.product_indptr, strata.of, strata.n)


def _tilt(size: NDArray[np.int64], times: NDArray[np.int64], reviews: int) -> float:
    """Return the k at which the chances 1 - exp(-k share) of all products of a stratum sum to so many reviews; infinite where none is.

    Parameters
    ----------
    size, times : int64 arrays
        ``times`` products hold ``size`` edges each.
    """
    if reviews == 1:
        return 1.0
    if reviews >= int(times.sum()):
        return np.inf
    share = size / int((size * times).sum())
    # The expectation is concave in k, so that Newton's steps from below stay below.
    k = float(reviews)
    for _ in range(NEWTON_STEPS):
        left = np.exp(-k * share)
        step = (reviews - float((times * (1.0 - left)).sum())) / float((times * share * left).sum())
        k += step
        if step <= NEWTON_TOLERANCE * k:
            break
    return k


def _chances(tilt: NDArray[np.float64], own: NDArray[np.int64], total: NDArray[np.int64], alone: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the chances that a reviewer with some random reviews of a stratum is on a product that has ``own`` of its ``total`` reviews.

    One review (``alone``) falls on a product by its share of the reviews. Of several no two may be of one product, which sends them to
    rarer ones: inclusion is 1 - exp(-k share), with the k (``tilt``) at which the chances over all products sum to the number of reviews
    (successive sampling; Rosen, Ann. Math. Statist. 1972).
    """
    return np.where(alone, own / total, -np.expm1(-tilt * own / total))


@dataclass(frozen=True)
class Density:
    """How much of the group's products its members covered: shown, since the search chose the group by it."""

    name: ClassVar[str] = "density"
    question: ClassVar[str] = "Did they cover more of these products than their activity explains?"
    kind: ClassVar[SignalKind] = "remark"
    needs: ClassVar[tuple[str, ...]] = ()
    null: ClassVar[str] = "Reviewers are permuted within period, and within category if there are any (N1)."

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the remark; None where it cannot be made."""
        products = np.unique(group.log.variant[group.edges])
        return density(group.log.graph, group.log.strata, group.reviewers, group.products, len(products)) if len(products) else None
