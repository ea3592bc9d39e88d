"""How many of the ring's products its reviewers covered, against what their activity by stratum explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammainc

from collusion.evidence.words import of_stratum, p_text
from collusion.graph.membership import slots_of
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.graph.strata import Strata

__all__ = ["density"]

STEPS = 50
"""Newton's steps at most: a handful, but where nearly all products are nearly certain."""

EXACT = 1e-6
"""Relative size of the step that is the last."""


def density(graph: ReviewGraph, strata: Strata, reviewers: NDArray[np.int32], products: NDArray[np.int32], n_products: int) -> Evidence:
    """Count the ring's reviews against their mean under N1.

    Parameters
    ----------
    graph : ReviewGraph
    strata : Strata
    reviewers, products : int32 arrays
        The ring's; products ascending.
    n_products : int
        Products as the log names them, of which several may be variants of one listing.

    Notes
    -----
    The mean is the sum over members, strata and products of the chance that a member who wrote so many reviews in the stratum holds the
    product (`_chances`); the p-value is Poisson's. It takes the group as given: the search that chose the group is accounted for by the
    q-value alone. O(reviews of the members and of the products), after O(n_reviews) once a log.
    """
    every = slots_of(graph, reviewers)
    slots = every[np.isin(graph.product[every], products)]
    there = np.unique(np.concatenate([strata.of[graph.product_indptr[p] : graph.product_indptr[p + 1]] for p in products]))
    stratum = strata.of[every]
    inside = np.isin(stratum, there)
    # How many members wrote how many reviews in each of those strata.
    who, wrote = np.unique(np.stack([stratum[inside], graph.reviewer[every[inside]]]), axis=1, return_counts=True)
    alike, members = np.unique(np.stack([who[0], wrote]), axis=1, return_counts=True)
    expected = 0.0
    for s, reviews, times in zip(*alike.tolist(), members.tolist(), strict=True):
        held = _held(graph, strata, s)
        expected += times * float(_chances(held, reviews, held.of(products)).sum())
    p_value = float(gammainc(len(slots), expected)) if expected > 0 else None
    statement = (
        f"{len(reviewers):,} reviewers wrote {len(slots):,} reviews of {n_products:,} products, "
        f"{len(slots) / max(len(reviewers) * n_products, 1):.0%} of all pairs; "
        f"{expected:.1f} are expected when reviewers are dealt anew {of_stratum(strata)} "
        f"(N1; {p_text(p_value)} for this group taken as given)."
    )
    return Evidence(
        signal="density",
        statement=statement,
        observed=float(len(slots)),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(int(row) for row in np.sort(graph.row[slots])),
        stance="for" if len(slots) > expected else "against",
    )


@dataclass(frozen=True, eq=False)
class _Held:
    """How many slots each product has in one stratum."""

    product: NDArray[np.int32]
    """Ascending."""
    slots: NDArray[np.int64]
    size: NDArray[np.int64]
    """The different numbers of slots, and how many products have each."""
    times: NDArray[np.int64]

    @classmethod
    def count(cls, product: NDArray[np.int32]) -> _Held:
        """Count the slots by their products."""
        which, slots = np.unique(product, return_counts=True)
        return cls(which, slots, *np.unique(slots, return_counts=True))

    def of(self, products: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the slots of those of the products that have any here."""
        at = np.minimum(np.searchsorted(self.product, products), len(self.product) - 1)
        held: NDArray[np.int64] = self.slots[at[self.product[at] == products]]
        return held


def _held(graph: ReviewGraph, strata: Strata, s: int) -> _Held:
    """Return how many slots each product has in a stratum; counted once, since hundreds of groups ask for the same strata."""
    counted: dict[int, _Held] = graph.shared.setdefault(("held", strata.days), {})
    if s not in counted:
        indptr, within = strata.slots
        counted[s] = _Held.count(graph.product[within[indptr[s] : indptr[s + 1]]])
    return counted[s]


def _chances(held: _Held, reviews: int, own: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the chances that a reviewer, dealt so many slots of a stratum, is on products that hold ``own`` of its slots.

    One slot falls on a product by its share of the slots. Of several no two may be of one product, which sends them to rarer ones:
    inclusion is 1 - exp(-k share), with the k at which the chances over all products sum to the number of reviews (successive
    sampling; Rosen, Ann. Math. Statist. 1972).
    """
    total = int((held.size * held.times).sum())
    if reviews == 1 or reviews >= len(held.product):
        return own / total if reviews == 1 else np.ones(len(own))
    times, share = held.times, held.size / total
    # The expectation is concave in k, so that Newton's steps from below stay below.
    k = float(reviews)
    for _ in range(STEPS):
        left = np.exp(-k * share)
        step = (reviews - float((times * (1.0 - left)).sum())) / float((times * share * left).sum())
        k += step
        if step <= EXACT * k:
            break
    chances: NDArray[np.float64] = -np.expm1(-k * own / total)
    return chances
