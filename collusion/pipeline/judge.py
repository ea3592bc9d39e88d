"""From described candidates to rings with q-values, Gamma*, a status and a rank."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.meetings import meetings
from collusion.evidence.robustness import robustness
from collusion.evidence.significance import Scores, chance_counts
from collusion.pipeline.describe import Described, explained
from collusion.pipeline.ladder import Ladder, q_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.config import ScanConfig
    from collusion.graph.graph import ReviewGraph
    from collusion.graph.log import Log
    from collusion.model import Ring
    from collusion.pipeline.search import Search
    from collusion.rings.merge import Candidate

__all__ = ["rings_of"]

LEAST_Q = 1e-6
"""The smallest q-value that is told: what tails say beyond this is a guess, and nothing is certain."""

STEPS = 100
"""Steps from nothing to a group's score in which the level is looked for at which it is no longer significant."""

MANY = 10_000
"""Groups whose levels are looked for together; bounds memory."""


def rings_of(
    log: Log,
    search: Search,
    found: Sequence[Candidate],
    described: Sequence[Described],
    codes: dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]],
    ladder: Ladder,
    config: ScanConfig,
) -> tuple[list[Ring], list[str]]:
    """Return the rings in the order of their ranks, baskets of variants among them, and notes on what is left out of them.

    ``codes`` gains the members of the baskets.
    """
    rings = _judge(log.graph, described, ladder, search, config)
    baskets = log.baskets[: config.max_candidates]
    for ring, members in explained(log, search, baskets):
        rings.append(ring)
        codes[ring.id] = members
    notes = []
    if len(found) > len(described):
        notes.append(
            f"{len(found) - len(described):,} groups that score no better than chance are left out "
            f"(max_candidates = {config.max_candidates})."
        )
    if len(log.baskets) > config.max_candidates:
        notes.append(
            f"{len(log.baskets) - len(baskets):,} smaller baskets of variants are left out (max_candidates = {config.max_candidates})."
        )
    order = {"flagged": 0, "candidate": 1, "explained": 2}
    rings.sort(key=lambda ring: (order[ring.status], -ring.score, -len(ring.reviewers), ring.id))
    return [replace(ring, rank=rank) for rank, ring in enumerate(rings, start=1)], notes


def _judge(graph: ReviewGraph, described: Sequence[Described], ladder: Ladder, search: Search, config: ScanConfig) -> list[Ring]:
    """Give each ring its q-values, Gamma* and status. An explained group is no discovery, so it does not count as one."""
    open_ = np.array([d.ring.status != "explained" for d in described], dtype=bool)
    q = {rung: q_of(described, open_, held, plain=rung != "N2") for rung, held in ladder.found.items()}
    best = np.array(ladder.best)
    judged = []
    levels = _levels(ladder.found.get("N2", ladder.found.get("N1", ())), [d.candidate for d in described], config.fdr)
    for k, d in enumerate(described):
        size = len(d.candidate.reviewers)
        values = {rung: max(round(float(of_rung[k]), 6), LEAST_Q) for rung, of_rung in q.items()}
        passes = "N1" in values and max(values[rung] for rung in ("N1", "N2") if rung in values) <= config.fdr
        flagged = d.candidate.score > d.bar and passes
        exceeding = (int((best >= d.candidate.score).sum()), len(best)) if len(best) else None
        gamma, robust = robustness(d.score, graph, size, levels[k])
        evidence = (
            meetings(d.score, search.strata, d.ring.rows, by_seller=search.by_seller, exceeding=exceeding),
            *d.ring.evidence,
            robust,
        )
        judged.append(replace(d.ring, q_values=values, status="flagged" if flagged else d.ring.status, evidence=evidence, gamma=gamma))
    return judged


def _levels(null: Sequence[Scores], candidates: Sequence[Candidate], fdr: float) -> list[float]:
    """Return the score, of at least 0, at which a group of the size of each candidate alone would no longer be significant."""
    levels = [0.0] * len(candidates)
    asked = [k for k, candidate in enumerate(candidates) if null and candidate.score > 0]
    # Many at once, since the laws of chance are fitted in every call.
    for first in range(0, len(asked), MANY):
        some = asked[first : first + MANY]
        steps = np.stack([np.linspace(0.0, candidates[k].score, STEPS + 1) for k in some])
        sizes = np.repeat([len(candidates[k].reviewers) for k in some], STEPS + 1).astype(np.int64)
        counts = chance_counts(Scores(steps.ravel(), sizes), null).reshape(steps.shape)
        for k, own, count in zip(some, steps, counts, strict=True):
            levels[k] = float(own[np.searchsorted(-count, -fdr)]) if count[-1] <= fdr else float(candidates[k].score)
    return levels
