"""How near an account, product or seller is to each group, and what kept it out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.answer import Closeness
from collusion.graph.member_tests import MembershipTests, member_tests, product_tests
from collusion.graph.membership import edges_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.graph.log import Log
    from collusion.graph.projection import CoReviews, Unit
    from collusion.questions.ids import Asked

__all__ = ["Target", "closeness_of", "edges_on", "nearest_of", "nodes_of", "own_groups", "unit_of"]

NOBODY = np.empty(0, np.int32)


@dataclass(frozen=True, eq=False)
class Target:
    """A group of a case, in codes of the log.

    Parameters
    ----------
    ring_id : str
    reviewers, products : int32 arrays
        Codes, ascending; a product stands for its listing.
    co_reviews : CoReviews
        Those that the group was scored by: its window, and the largest local-degree bin that counts.
    beyond_chance : bool
        Whether it is flagged or coordinated.
    """

    ring_id: str
    reviewers: NDArray[np.int32]
    products: NDArray[np.int32]
    co_reviews: CoReviews
    beyond_chance: bool


def nodes_of(log: Log, asked: Asked) -> NDArray[np.int32]:
    """Return the nodes of the graph that are meant: the account, the product of the listing, or all products of the seller."""
    graph = log.graph
    if asked.role == "reviewer":
        return np.array([asked.code], np.int32)
    if asked.role == "product":
        return np.unique(graph.product[log.variant == asked.code]).astype(np.int32)
    assert graph.seller is not None  # noqa: S101  # otherwise there is no seller to ask about
    return np.flatnonzero((graph.seller == asked.code) & (np.diff(graph.product_indptr) > 0)).astype(np.int32)


def own_groups(asked: Asked, nodes: NDArray[np.int32], targets: Sequence[Target]) -> list[Target]:
    """Return the groups that it is in: a seller is in those that have one of its products."""
    held = [target.reviewers if asked.role == "reviewer" else target.products for target in targets]
    return [target for target, codes in zip(targets, held, strict=True) if np.isin(nodes, codes).any()]


def closeness_of(log: Log, asked: Asked, nodes: NDArray[np.int32], targets: Sequence[Target]) -> list[Closeness]:
    """Return how near it is to each group that has anything in common with it, in the order of the groups.

    Parameters
    ----------
    log : Log
    asked : Asked
    nodes : int32 array
        See `nodes_of`.
    targets : sequence of Target
    """
    return [_closeness(log, asked, nodes, *one) for one in _sharing(log, asked, nodes, targets)]


def nearest_of(log: Log, asked: Asked, nodes: NDArray[np.int32], targets: Sequence[Target]) -> Closeness | None:
    """Return the nearest group; None where none has anything in common with it.

    By how far what was observed exceeds what activity leads to expect, then by what is shared, then in the order of the groups.
    """
    best, least = None, (np.inf, 0)
    for target, shared in sorted(_sharing(log, asked, nodes, targets), key=lambda one: -one[1]):
        # At most what is shared is observed, so that no later group can be nearer. A member may review many products of a seller.
        if asked.role != "seller" and shared < -least[0]:
            break
        one = _closeness(log, asked, nodes, target, shared)
        key = (round((one.expected or 0.0) - (one.observed or 0), 6), -shared)
        if key < least:
            best, least = one, key
    return best


def _closeness(log: Log, asked: Asked, nodes: NDArray[np.int32], target: Target, shared: int) -> Closeness:
    measure = {"reviewer": _reviewer, "product": _product, "seller": _seller}[asked.role]
    return measure(log, nodes, target, _begun(log, asked, target, shared))


def _sharing(log: Log, asked: Asked, nodes: NDArray[np.int32], targets: Sequence[Target]) -> list[tuple[Target, int]]:
    """Return the groups of which an account reviewed a product, or of which a member reviewed the product or seller, and how many."""
    graph = log.graph
    if asked.role == "reviewer":
        there = np.zeros(graph.n_products, np.bool_)
        there[graph.product[edges_of(graph, nodes)]] = True
        counts = [int(there[target.products].sum()) for target in targets]
    else:
        there = np.zeros(graph.n_reviewers, np.bool_)
        there[graph.reviewer[edges_on(log, nodes)]] = True
        counts = [int(there[target.reviewers].sum()) for target in targets]
    return [(target, shared) for target, shared in zip(targets, counts, strict=True) if shared]


def _begun(log: Log, asked: Asked, target: Target, shared: int) -> Closeness:
    of = target.products if asked.role == "reviewer" else target.reviewers
    return Closeness(target.ring_id, shared, len(of), unit=unit_of(log, target.co_reviews), window=target.co_reviews.window)


def unit_of(log: Log, co_reviews: CoReviews) -> Unit:
    """Return what a pair counts once for: without sellers it is the product, whatever was asked for."""
    return "product" if log.graph.seller is None else co_reviews.by


def edges_on(log: Log, products: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the edges on some products, ascending."""
    indptr = log.graph.product_indptr
    return np.concatenate([np.empty(0, np.int64), *(np.arange(indptr[p], indptr[p + 1]) for p in products.tolist())])


def _reviewer(log: Log, nodes: NDArray[np.int32], target: Target, begun: Closeness) -> Closeness:
    graph, co_reviews = log.graph, target.co_reviews
    tests = member_tests(graph, co_reviews, target.reviewers, target.products, nodes)
    with_it, without = np.union1d(target.reviewers, nodes), np.setdiff1d(target.reviewers, nodes)
    observed, expected = co_reviews.among(graph, [with_it.astype(np.int32), without.astype(np.int32)])
    counted, mean = (column[:, co_reviews.limit] for column in (observed, expected))
    return replace(
        _tested(tests, int(nodes[0]), begun),
        co_reviews=int(counted[0] - counted[1]),
        # What is expected is estimated without the group's own co-reviews, so that it can fall a little when one joins.
        co_reviews_expected=round(max(float(mean[0] - mean[1]), 0.0), 6),
    )


def _product(log: Log, nodes: NDArray[np.int32], target: Target, begun: Closeness) -> Closeness:
    tests = product_tests(log.graph, target.co_reviews, target.reviewers)
    if nodes[0] in tests.codes:
        return _tested(tests, int(nodes[0]), begun, most=-(-len(target.reviewers) // 2))
    return replace(begun, observed=0, expected=0.0, p_value=1.0, needed=2, passes=False)


def _tested(tests: MembershipTests, code: int, begun: Closeness, most: int | None = None) -> Closeness:
    """Return the numbers of one of the tests; ``most`` are enough whatever the test says."""
    at = int(np.searchsorted(tests.codes, code))
    observed, needed = int(tests.observed[at]), tests.needed(at)
    if most is not None:
        needed = max(tests.least, most if needed is None else min(needed, most))
    return replace(
        begun,
        observed=observed,
        expected=round(float(tests.expected[at]), 6),
        # Sums of floats depend on how strata happen to be numbered.
        p_value=float(f"{tests.p_values[at]:.6g}"),
        needed=needed,
        passes=needed is not None and observed >= needed,
    )


def _seller(log: Log, nodes: NDArray[np.int32], target: Target, begun: Closeness) -> Closeness:
    """Compare the members' share of the seller's reviews with their share of the same strata at other sellers."""
    graph, strata = log.graph, target.co_reviews.strata
    edges = edges_on(log, nodes)
    mine = np.isin(graph.reviewer[edges], target.reviewers)
    every, here, taken = (_by_stratum(strata, one) for one in (edges_of(graph, target.reviewers), edges, edges[mine]))
    chance = (every - taken) / np.maximum(strata.size - here, 1)
    return replace(begun, observed=int(mine.sum()), expected=round(float(here @ chance), 6))


def _by_stratum(strata: Any, edges: NDArray[np.int64]) -> NDArray[np.int64]:  # noqa: ANN401
    return np.bincount(strata.of[edges], minlength=strata.n)
