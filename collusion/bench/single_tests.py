"""p-values of single tests where their null holds: of groups picked beforehand, in replicates dealt under that null.

A test that is listed beside a ring takes the group as given, so this is where its p-values must be even, or err upwards; those of groups
that a search has chosen lie low whatever is done, and it is for the q-value to make up for the choice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.world import stream
from collusion.evidence.density import density
from collusion.evidence.fans import fans
from collusion.evidence.rating import rating_skew
from collusion.evidence.synchrony import synchrony
from collusion.graph.membership import slots_of
from collusion.graph.null import Null
from collusion.graph.strata import strata_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.model import Evidence

__all__ = ["NULLS", "single_tests"]

NULLS = {
    "density": "reviewers permuted within category and month (N1)",
    "synchrony": "dates permuted within each product (N3)",
    "fans": "dates permuted within each product (N3), sellers left out",
    "rating": "ratings permuted within each product",
}
"""By signal, what its replicates keep."""

PRODUCTS, REVIEWERS = 20, 60
"""Of a group: so many that most counts are above 1, and so few that two groups are different ones."""

WINDOW = 7
"""Days."""


def single_tests(graph: ReviewGraph, seed: int, groups: int = 5) -> Iterator[tuple[str, float]]:
    """Yield signal and p-value of each single test of groups picked from the observed graph, in a replicate of the test's own null.

    Few groups, so that those of one replicate hardly overlap. Each is `PRODUCTS` products and `REVIEWERS` draws of those who reviewed one
    of them.

    Parameters
    ----------
    graph : ReviewGraph
        With times.
    seed : int
    groups : int
    """
    rng = stream(seed, "single tests")
    picked = [_pick(graph, rng) for _ in range(groups)]
    strata = strata_of(graph)
    dealt, _ = Null.of(graph, "N1").draw(rng)
    dated, _ = Null.of(graph, "N3").draw(rng)
    unsold = replace(dated, seller=None)
    rated = replace(graph, rating=_within_products(graph, rng), shared={}, own={}) if graph.rating is not None else None
    for reviewers, products in picked:
        found: list[Evidence | None] = [density(dealt, strata, reviewers, products, len(products))]
        slots = _held(dated, reviewers, products)
        found += [synchrony(dated, slots, WINDOW, rng), fans(unsold, slots, 0.0, 0.0)]
        if rated is not None:
            found.append(rating_skew(rated, _held(rated, reviewers, products)))
        yield from ((evidence.signal, evidence.p_value) for evidence in found if evidence is not None and evidence.p_value is not None)


def _pick(graph: ReviewGraph, rng: np.random.Generator) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    reviewed = np.flatnonzero(np.diff(graph.product_indptr))
    products = np.sort(rng.choice(reviewed, min(PRODUCTS, len(reviewed)), replace=False))
    there = np.concatenate([graph.reviewer[graph.product_indptr[p] : graph.product_indptr[p + 1]] for p in products])
    return np.unique(rng.choice(there, REVIEWERS)).astype(np.int32), products.astype(np.int32)


def _held(graph: ReviewGraph, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> NDArray[np.int64]:
    slots = slots_of(graph, reviewers)
    return slots[np.isin(graph.product[slots], products)]


def _within_products(graph: ReviewGraph, rng: np.random.Generator) -> NDArray[np.float32]:
    assert graph.rating is not None  # noqa: S101  # asked for where the log has ratings
    order = np.lexsort((rng.random(graph.n_reviews), graph.product))
    return graph.rating[order]
