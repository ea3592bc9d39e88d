"""Which rings a log without a flag would have shown: the same search and the same two questions, on rings planted into it.

"Nothing found" and "too little data" are different answers.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from collusion.evidence.facts import LogFacts
from collusion.evidence.signal import Signal
from collusion.graph.blocks import draw_block, first_of_each
from collusion.graph.graph import NO_TIME, ReviewGraph, build_graph
from collusion.graph.null import product_colours
from collusion.inference.permutations import Permutations
from collusion.inference.score import score_groups
from collusion.inference.search import Search
from collusion.inference.stages import Tested
from collusion.inference.verdict import first_question, judge

__all__ = ["DAYS", "DENSITY", "LEAST_RINGS", "POWER", "PRODUCTS", "SIZES", "Trial", "planted", "power_statement", "shown"]

POWER = 0.8
"""Share of planted rings that must be shown for a size to count as one that the log would have shown."""


def power_statement(
    facts: LogFacts,
    search: Search,
    permutations: Permutations,
    signals: Sequence[Signal],
    fdr: float,
    progress: Callable[[str, int, int | None], None],
) -> str:
    """Say which planted rings the same scan would have shown: the smallest of which it shows `POWER`, as coordinated and as flagged."""
    graph = facts.graph
    if graph.time is None or planted(graph, SIZES[0], np.random.default_rng(0)) is None:
        return "Nothing is flagged, and this log is too small, or without dates, to say which rings it would have shown."
    least: dict[str, int] = {}
    # From the smallest on: a large ring that fills its own months may be seen less well than a small one.
    for step, size in enumerate(SIZES, start=1):
        progress("power", step, len(SIZES))
        shares = _shares(facts, search, permutations, signals, fdr, size)
        for status, share in shares.items():
            if share >= POWER:
                least.setdefault(status, size)
        if "flagged" in least:
            break
    how = f"each account reviewing {DENSITY:.0%} of the same {PRODUCTS} products within {DAYS} days and nothing else" + (
        ", with the best rating" if graph.rating is not None else ""
    )
    if not least:
        return (
            f"Nothing is flagged, but this log is too small, or too busy, to say much: no ring of up to {SIZES[-1]} accounts ({how}) would "
            f"have been shown with a probability of {POWER}."
        )
    if "flagged" not in least:
        return (
            f"Nothing is flagged. A ring of {least['coordinated']} accounts ({how}) would have been listed as coordinated with a "
            f"probability of {POWER} or more, as rings planted into this log were; none of up to {SIZES[-1]} would have been flagged."
        )
    smaller = least["coordinated"] < least["flagged"]
    return (
        f"Nothing is flagged. A ring of {least['flagged']} accounts ({how}) would have been flagged with a probability of {POWER} or more, "
        "as rings planted into this log were"
        + (f", and one of {least['coordinated']} listed as coordinated" if smaller else "")
        + "; smaller or slower ones may have gone unseen."
    )


def _shares(
    facts: LogFacts, search: Search, permutations: Permutations, signals: Sequence[Signal], fdr: float, size: int
) -> dict[str, float]:
    """Return the share of planted rings of a size that are at least coordinated, and of those that are flagged."""
    hits: list[tuple[bool, ...]] = []
    while len(hits) < LEAST_RINGS:
        trial = planted(facts.graph, size, np.random.default_rng([facts.seed, zlib.crc32(b"power"), size, len(hits)]))
        if trial is None:
            return {"coordinated": 0.0, "flagged": 0.0}
        hits += shown(facts, search, permutations, signals, fdr, trial)
    coordinated, flagged = np.mean(hits, axis=0).tolist()
    return {"coordinated": coordinated, "flagged": flagged}


def shown(
    facts: LogFacts, search: Search, permutations: Permutations, signals: Sequence[Signal], fdr: float, trial: Trial
) -> list[tuple[bool, ...]]:
    """Return for each ring of a trial whether it is at least coordinated, and whether it is flagged.

    The permutations are those of the log: a few planted reviews hardly change them. Columns that the planted reviews lack (texts,
    links, times of day) are not used.
    """
    graph = trial.graph
    again = Search.of(graph, search.detectors, search.seed)
    found = [group for group in again.find(graph) if group.score > 0]
    if not found:
        return [(False, False)] * len(trial.rings)
    log = replace(
        facts,
        graph=graph,
        strata=again.strata,
        variant=graph.product,
        links=(),
        second=None,
        verified=None,
        helpful=None,
        texts=None,
    )
    answers = first_question(log, again, found, [], permutations, fdr)
    scores = score_groups(graph, again.by_window, [group.reviewers for group in found])
    tested = judge(log, again, answers, scores, [signal for signal in signals if signal.kind != "remark"], permutations, fdr, 1)
    return [tuple(_shows(tested, ring, statuses) for statuses in (("coordinated", "flagged"), ("flagged",))) for ring in trial.rings]


def _shows(tested: Sequence[Tested], ring: NDArray[np.int32], statuses: tuple[str, ...]) -> bool:
    """Return whether a group of one of the statuses shares most of its members, and of the ring's, with the ring."""
    return any(2 * np.isin(one.scored.reviewers, ring).sum() > max(one.scored.size, len(ring)) for one in tested if one.status in statuses)


SIZES = (5, 6, 8, 10, 15, 20, 30, 50, 100)
"""Accounts of the rings that are tried."""

PRODUCTS, DENSITY, DAYS = 6, 0.7, 14
"""A ring of the trial: its number of products, the share of them that each account reviews, and the days within which it does."""

MOST_RINGS_AT_ONCE = 10
"""Rings planted at once, at most. More than one add at most a twentieth to the log, so that it hardly changes."""

LEAST_RINGS = 5
"""Rings that are planted in all, at least; where only one fits at a time, one after the other."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A log with planted rings, and the reviewers of each."""

    graph: ReviewGraph
    rings: tuple[NDArray[np.int32], ...]


def planted(graph: ReviewGraph, size: int, rng: np.random.Generator) -> Trial | None:
    """Return the log with rings of ``size`` new accounts on products of it, each within `DAYS`; None where it is too small or undated.

    Products are drawn evenly among those with a review, of different sellers where they are known, and the days within the log. The
    accounts write nothing else, and give the best rating of the log where it has ratings. O(n_reviews log n_reviews).

    Parameters
    ----------
    size : int
        Accounts of a ring.
    """
    if graph.time is None:
        return None
    dated = graph.time[graph.time != NO_TIME]
    reviewed = np.flatnonzero(np.diff(graph.product_indptr))
    # In an order that does not depend on names, so that the draw does not either.
    reviewed = reviewed[np.argsort(product_colours(graph)[reviewed], kind="stable")]
    per_ring = max(1, round(DENSITY * size * PRODUCTS))
    copies = min(MOST_RINGS_AT_ONCE, len(reviewed) // PRODUCTS, max(1, graph.n_reviews // (20 * per_ring)))
    if not copies or not len(dated) or int(dated.max()) - int(dated.min()) < DAYS:
        return None
    order = rng.permutation(reviewed)
    if graph.seller is not None:
        # A product without a known seller counts as a seller of its own.
        order = first_of_each(order, np.where(graph.seller[order] < 0, -1 - order, graph.seller[order]))
    reviewer, product, time, rings = [graph.reviewer], [graph.product], [graph.time], []
    best = None if graph.rating is None else np.float32(np.nanmax(graph.rating))
    for copy in range(copies):
        members = graph.n_reviewers + copy * size + np.arange(size, dtype=np.int32)
        targets = order[copy * PRODUCTS : (copy + 1) * PRODUCTS]
        row, column = draw_block(rng, size, PRODUCTS, per_ring)
        start = rng.integers(int(dated.min()), int(dated.max()) - DAYS + 1)
        reviewer.append(members[row])
        product.append(targets[column].astype(np.int32))
        time.append((start + rng.integers(0, DAYS, per_ring)).astype(np.int32))
        rings.append(members)
    whole = np.concatenate(reviewer)
    grown = build_graph(
        whole,
        np.concatenate(product),
        time=np.concatenate(time),
        rating=None if best is None else np.concatenate([graph.rating, np.full(len(whole) - graph.n_reviews, best, np.float32)]),
        category=graph.category,
        seller=graph.seller,
        n_reviewers=graph.n_reviewers + copies * size,
        n_products=graph.n_products,
    )
    return Trial(grown, tuple(rings))
