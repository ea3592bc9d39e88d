"""p-values of single tests where their null holds: of groups picked beforehand, in logs permuted under that null.

A test that is listed beside a ring takes the group as given, so this is where its p-values must be uniform, or larger; those of groups
that a search has chosen are small whatever is done, and it is for the q-value to make up for the choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.facts import GroupFacts, LogFacts
from collusion.evidence.signals.density import Density
from collusion.evidence.signals.exclusivity import Exclusivity
from collusion.evidence.signals.rating import Rating
from collusion.evidence.signals.synchrony import Synchrony
from collusion.graph.null import Null
from collusion.graph.projection import co_reviews_of
from collusion.graph.strata import strata_of
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from collusion.evidence.signal import Signal
    from collusion.graph.graph import ReviewGraph

__all__ = ["NULLS", "single_tests"]

NULLS = {
    "density": "reviewers permuted within category and month (N1)",
    "synchrony": "dates permuted within each product (N3)",
    "exclusivity": "reviewers permuted within category and month (N1)",
    "rating": "ratings permuted within each product",
}
"""By signal, how its log is permuted."""

PRODUCTS, REVIEWERS = 20, 60
"""Of a group: enough for most counts to be above 1, and few enough for two groups to differ."""

WINDOW = 7
"""Days."""


def single_tests(graph: ReviewGraph, seed: int, groups: int = 5) -> Iterator[tuple[str, float]]:
    """Yield signal and p-value of each single test of groups picked from a graph with times, permuted under the test's own null.

    Few groups, so that those of one permuted log hardly overlap. Each is `PRODUCTS` products and `REVIEWERS` draws of those who reviewed
    one of them.
    """
    rng = stream(seed, "single tests")
    picked = [_pick(graph, rng) for _ in range(groups)]
    permuted, _ = Null.of(graph, "N1").draw(rng)
    dated, _ = Null.of(graph, "N3").draw(rng)
    tests: list[tuple[Signal, LogFacts]] = [
        (Density(), _facts(permuted, seed)),
        (Synchrony(), _facts(dated, seed)),
        (Exclusivity(), _facts(permuted, seed)),
    ]
    if graph.rating is not None:
        tests.append((Rating(), _facts(graph.with_columns(rating=_within_products(graph.rating, graph, rng)), seed)))
    for reviewers, products in picked:
        for signal, facts in tests:
            evidence = signal.test(GroupFacts(facts, reviewers, products, co_reviews_of(facts.graph, WINDOW, "product")))
            if evidence is not None and evidence.p_value is not None:
                yield evidence.signal, evidence.p_value


def _facts(graph: ReviewGraph, seed: int) -> LogFacts:
    return LogFacts(graph=graph, strata=strata_of(graph), variant=graph.product, seed=seed)


def _pick(graph: ReviewGraph, rng: np.random.Generator) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    reviewed = np.flatnonzero(np.diff(graph.product_indptr))
    products = np.sort(rng.choice(reviewed, min(PRODUCTS, len(reviewed)), replace=False))
    there = np.concatenate([graph.reviewer[graph.product_indptr[p] : graph.product_indptr[p + 1]] for p in products])
    return np.unique(rng.choice(there, REVIEWERS)).astype(np.int32), products.astype(np.int32)


def _within_products(rating: NDArray[np.float32], graph: ReviewGraph, rng: np.random.Generator) -> NDArray[np.float32]:
    order = np.lexsort((rng.random(graph.n_reviews), graph.product))
    return rating[order]
