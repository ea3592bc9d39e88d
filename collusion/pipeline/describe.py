"""From candidates to rings with everything that can be said for and against them; none of them judged yet."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.crowd import crowd
from collusion.evidence.density import density
from collusion.evidence.early import early_reviewers
from collusion.evidence.fans import fans
from collusion.evidence.habit import Asked, asked
from collusion.evidence.households import households
from collusion.evidence.own_time import own_time
from collusion.evidence.promotion import promotion
from collusion.evidence.rating import rating_skew
from collusion.evidence.score import Score, breakdown, score_groups
from collusion.evidence.sittings import sittings
from collusion.evidence.synchrony import synchrony
from collusion.evidence.variants import undeclared, variants
from collusion.graph.graph import NO_TIME, ReviewGraph
from collusion.graph.membership import slots_of
from collusion.model import Evidence, Ring, ring_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from collusion.config import ScanConfig
    from collusion.graph.log import Basket, Log
    from collusion.pipeline.progress import Progress
    from collusion.pipeline.search import Search
    from collusion.rings.merge import Candidate

__all__ = ["Described", "describe_all", "described", "explained", "iso", "own_slots"]


@dataclass(frozen=True, eq=False)
class Described:
    """A ring before it is judged, and what it was made from."""

    ring: Ring
    candidate: Candidate
    score: Score
    bar: float = 0.0
    """What the score must exceed for a flag (`_with_bars`); infinite for a group that is explained."""


def describe_all(
    log: Log, search: Search, found: Sequence[Candidate], config: ScanConfig, progress: Progress
) -> tuple[list[Described], dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]]]:
    """Describe the candidates that may be flagged or are worth showing, fans too; and return the codes of their members by ring id."""
    # Whatever may be flagged is described; of the rest, the best.
    shown = max(sum(candidate.score > 0 for candidate in found), min(len(found), config.max_candidates))
    described: list[Described] = []

    def describe(candidates: Sequence[Candidate]) -> None:
        scores = score_groups(log.graph, search.meets, [c.reviewers for c in candidates]) if candidates else []
        total = len(described) + len(candidates)
        rings = _rings(log, search, candidates, scores, config)
        for candidate, score in zip(candidates, scores, strict=True):
            progress("evidence", len(described), total)
            described.append(Described(next(rings), candidate, score))

    with ThreadPoolExecutor(1) as pool:
        # The search for fans is compiled code for the most part, describing is not and ends much sooner in a large log: so the search
        # takes as many threads as there are, or it would be left with one processor when the other is done.
        fans_found = pool.submit(search.fans, log.graph, found[:shown], config.threads) if config.threads > 1 else None
        describe(found[:shown])
        describe(fans_found.result() if fans_found else search.fans(log.graph, found[:shown], 1))
    codes = {d.ring.id: (d.candidate.reviewers, d.candidate.products) for d in described}
    return _with_bars(log.graph, described, config.fdr), codes


def _rings(log: Log, search: Search, candidates: Sequence[Candidate], scores: Sequence[Score], config: ScanConfig) -> Iterator[Ring]:
    """Yield the ring of each candidate, in their order, described beside each other."""

    def ring(k: int) -> Ring:
        return _ring(log, search, candidates[k], scores[k], config)

    if not candidates:
        return
    # The first alone: what is computed once a log, for all groups, is asked for by it.
    yield ring(0)
    if config.threads == 1 or len(candidates) < 3:
        yield from map(ring, range(1, len(candidates)))
        return
    pool = ThreadPoolExecutor(config.threads)
    try:
        yield from pool.map(ring, range(1, len(candidates)))
    finally:
        # Whoever interrupts waits for the groups that are being described, not for those that queue.
        pool.shutdown(cancel_futures=True)


def _with_bars(graph: ReviewGraph, described: Sequence[Described], fdr: float) -> list[Described]:
    """Set what each group's score must exceed."""
    groups = [
        Asked(len(d.candidate.reviewers), d.candidate.score, next((e for e in d.ring.evidence if e.signal == "rating"), None))
        for d in described
    ]
    return [
        replace(
            d,
            ring=replace(d.ring, evidence=(*d.ring.evidence, said)) if d.candidate.score > 0 else d.ring,
            bar=np.inf if d.ring.status == "explained" else least,
        )
        for d, (least, said) in zip(described, asked(graph, groups, fdr), strict=True)
    ]


def _ring(log: Log, search: Search, candidate: Candidate, score: Score, config: ScanConfig) -> Ring:
    graph, meet = log.graph, search.at(score)
    slots = own_slots(graph, candidate.reviewers, candidate.products)
    size = (len(candidate.reviewers), len(np.unique(log.variant[slots])))
    # Seeded by size, not by names: renaming changes no draw.
    rng = np.random.default_rng([config.seed, zlib.crc32(b"evidence"), len(slots), *size])
    days = meet.window if meet.window is not None else 0
    evidence: list[Evidence | None] = []
    if len(slots):
        rating = rating_skew(graph, slots)
        evidence += [
            density(graph, meet.strata, candidate.reviewers, candidate.products, size[1]),
            synchrony(graph, slots, days, rng),
            rating,
            undeclared(graph, candidate.reviewers, candidate.products),
            fans(graph, slots, candidate.score, candidate.plain),
            crowd(graph, meet, candidate.reviewers, candidate.products),
            promotion(graph, candidate.reviewers, candidate.products, rating),
            early_reviewers(graph, slots, rating),
            households(graph, meet, candidate.reviewers),
            sittings(graph, candidate.reviewers, slots, days, rng),
            own_time(graph, slots, days, rng),
        ]
    ring = described(log, search, candidate.reviewers, slots, score, candidate.detectors, tuple(e for e in evidence if e is not None))
    # A habit that is known by name says more than ratings like everybody else's, which go with all of them.
    explaining = sorted((e.signal for e in ring.evidence if e.stance == "explains"), key=lambda signal: signal == "rating")
    explanation = explaining[0] if explaining else None
    return replace(ring, status="explained", explained_by=explanation) if explanation else ring


def explained(log: Log, search: Search, baskets: Sequence[Basket]) -> list[tuple[Ring, tuple[NDArray[np.int32], NDArray[np.int32]]]]:
    """Describe baskets of variants, which are explained from the start; and return the codes of the members of each."""
    if not baskets:
        return []
    scores = score_groups(log.graph, search.meets, [basket.reviewers for basket in baskets])
    return [
        (_basket(log, search, basket, nodes, score), (basket.reviewers, nodes))
        for basket, nodes, score in zip(baskets, _nodes(log, baskets), scores, strict=True)
    ]


def _nodes(log: Log, baskets: Sequence[Basket]) -> list[NDArray[np.int32]]:
    """Return the node of the graph that the products of each basket stand as: they are of one listing, which its reviewers reviewed."""
    own = [slots_of(log.graph, basket.reviewers) for basket in baskets]
    nodes = [
        np.unique(log.graph.product[slots[np.isin(log.variant[slots], basket.products)]])
        for slots, basket in zip(own, baskets, strict=True)
    ]
    left = [k for k, found in enumerate(nodes) if not len(found)]
    if left:
        # Theirs were counted as reviews of other products of the listing: one pass over the log for all such baskets.
        sold = np.flatnonzero(np.isin(log.variant, np.concatenate([baskets[k].products for k in left])))
        for k in left:
            nodes[k] = np.unique(log.graph.product[sold[np.isin(log.variant[sold], baskets[k].products)]])
    return nodes


def _basket(log: Log, search: Search, basket: Basket, nodes: NDArray[np.int32], score: Score) -> Ring:
    slots = own_slots(log.graph, basket.reviewers, nodes)
    ring = described(log, search, basket.reviewers, slots, score, ("variants",), (variants(basket, len(slots)),))
    products = tuple(sorted(log.products.take(basket.products)))
    return replace(
        ring,
        id=ring_id(ring.reviewers, products),
        status="explained",
        explained_by="variants",
        products=products,
        density=round(len(slots) / (len(ring.reviewers) * len(products)), 6),
    )


def described(
    log: Log,
    search: Search,
    reviewers: NDArray[np.int32],
    slots: NDArray[np.int64],
    score: Score,
    detectors: tuple[str, ...],
    evidence: tuple[Evidence, ...],
) -> Ring:
    """Return a group as a ring, a candidate as yet, without rank and q-values.

    Parameters
    ----------
    log : Log
    search : Search
        In whose meetings it was scored.
    reviewers : int32 array
    slots : int64 array
        Of the group's own reviews (`own_slots`).
    score : Score
    detectors : tuple of str
    evidence : tuple of Evidence
    """
    graph = log.graph
    people = tuple(sorted(log.reviewers.take(reviewers)))
    products = tuple(sorted(log.products.take(np.unique(log.variant[slots]))))
    days = graph.time[slots].astype(np.int64) if graph.time is not None else np.empty(0, np.int64)
    days = days[days != NO_TIME]
    return Ring(
        id=ring_id(people, products),
        rank=0,
        status="candidate",
        reviewers=people,
        products=products,
        score=score.value,
        q_values={},
        rows=tuple(np.sort(graph.row[slots]).tolist()),
        density=round(len(slots) / max(len(people) * len(products), 1), 6),
        first_review=iso(days.min()) if len(days) else None,
        last_review=iso(days.max()) if len(days) else None,
        detectors=detectors,
        evidence=evidence,
        breakdown=breakdown(score, graph, len(reviewers), by_seller=search.by_seller),
    )


def own_slots(graph: ReviewGraph, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the slots of these reviewers on these products, ascending."""
    slots = slots_of(graph, reviewers)
    return slots[np.isin(graph.product[slots], products)]


def iso(day: np.integer) -> str:
    """Return a day as an ISO date."""
    return str(np.datetime64(int(day), "D"))
