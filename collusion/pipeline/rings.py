"""From tested groups to rings: built once, at the end, with the names of the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.model import Doubt
from collusion.case import Ring, ring_id
from collusion.graph.graph import NO_TIME, ReviewGraph
from collusion.graph.membership import edges_between
from collusion.inference.score import breakdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.graph.log import Log
    from collusion.inference.score import Score
    from collusion.inference.search import Search
    from collusion.inference.stages import Left, Tested
    from collusion.inference.variants import VariantGroup

__all__ = ["Built", "dates_of", "iso", "rings_of"]

Codes = tuple["NDArray[np.int32]", "NDArray[np.int32]"]


@dataclass(frozen=True, eq=False)
class Built:
    """Rings in the order of their ranks, and the codes of their members and products by ring id."""

    rings: tuple[Ring, ...]
    codes: dict[str, Codes]


@dataclass(frozen=True, eq=False)
class _Named:
    """What a ring is made of, before it has a rank."""

    id: str
    score: Score
    reviewers: tuple[str, ...]
    products: tuple[str, ...]
    codes: Codes
    edges: NDArray[np.int64]
    tested: Tested | None
    basket: VariantGroup | None


def rings_of(log: Log, search: Search, tested: Sequence[Tested], scores: Sequence[Score], baskets: Sequence[VariantGroup]) -> Built:
    """Return the rings of tested groups, with their scores, and of baskets of variants, by score: the status is a badge, not an order."""
    named = [_group(log, one, score) for one, score in zip(tested, scores, strict=True)]
    named += [_basket(log, one) for one in baskets]
    named.sort(key=lambda one: (-_score(one), -len(one.reviewers), one.id))
    rings = tuple(_ring(log, search, one, rank) for rank, one in enumerate(named, start=1))
    return Built(rings, {one.id: one.codes for one in named})


def dates_of(graph: ReviewGraph, edges: NDArray[np.int64]) -> tuple[str | None, str | None]:
    """Return the first and the last ISO date of some edges; None where none has one."""
    days = graph.time[edges].astype(np.int64) if graph.time is not None else np.empty(0, np.int64)
    days = days[days != NO_TIME]
    return (iso(days.min()), iso(days.max())) if len(days) else (None, None)


def iso(day: np.integer) -> str:
    """Return a day as an ISO date."""
    return str(np.datetime64(int(day), "D"))


def _group(log: Log, tested: Tested, score: Score) -> _Named:
    scored = tested.scored
    edges = edges_between(log.graph, scored.reviewers, scored.products)
    people = tuple(sorted(log.reviewers.take(scored.reviewers)))
    products = tuple(sorted(log.products.take(np.unique(log.variant[edges]))))
    return _Named(ring_id(people, products), score, people, products, (scored.reviewers, scored.products), edges, tested, None)


def _basket(log: Log, group: VariantGroup) -> _Named:
    people = tuple(sorted(log.reviewers.take(group.basket.reviewers)))
    products = tuple(sorted(log.products.take(group.basket.products)))
    return _Named(ring_id(people, products), group.score, people, products, (group.basket.reviewers, group.nodes), group.edges, None, group)


def _score(named: _Named) -> float:
    """Return what a ring is ranked by."""
    return named.score.value if named.tested is None else named.tested.scored.score


def _ring(log: Log, search: Search, named: _Named, rank: int) -> Ring:
    tested, basket = named.tested, named.basket
    first, last = dates_of(log.graph, named.edges)
    left = _smallest(tested.left) if tested is not None else None
    return Ring(
        id=named.id,
        rank=rank,
        status="explained" if tested is None else tested.status,
        reviewers=named.reviewers,
        products=named.products,
        score=_score(named),
        q_values={} if tested is None else tested.q_values,
        rows=tuple(np.sort(log.graph.row[named.edges]).tolist()),
        density=round(len(named.edges) / max(len(named.reviewers) * len(named.products), 1), 6),
        first_review=first,
        last_review=last,
        detectors=("variants",) if tested is None else tested.scored.candidate.detectors,
        evidence=(basket.evidence,) if basket is not None else () if tested is None else tested.evidence,
        explained_by="variants" if tested is None else tested.explained_by,
        gamma=None if tested is None else tested.gamma,
        breakdown=breakdown(named.score, log.graph, len(named.codes[0]), by_seller=search.by_seller),
        q_paid=None if tested is None else tested.q_paid,
        residual=None if left is None else round(left.score, 6),
        residual_of=None if left is None else left.name,
        doubtful=() if tested is None else _doubts(log, tested),
    )


def _smallest(left: Sequence[Left]) -> Left | None:
    return min(left, key=lambda one: one.score, default=None)


def _doubts(log: Log, tested: Tested) -> tuple[Doubt, ...]:
    if not tested.doubtful:
        return ()
    names = log.reviewers.take(np.array([one.reviewer for one in tested.doubtful], np.int32))
    return tuple(sorted((Doubt(name, one.reason) for name, one in zip(names, tested.doubtful, strict=True)), key=lambda one: one.reviewer))
