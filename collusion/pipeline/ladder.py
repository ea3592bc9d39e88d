"""The null replicates of each rung, as many as the answer needs, and the q-values that follow."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.significance import Scores, chance_counts, q_of_counts
from collusion.graph.null import Null

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.config import ScanConfig
    from collusion.graph.graph import ReviewGraph
    from collusion.pipeline.describe import Described
    from collusion.pipeline.progress import Progress
    from collusion.pipeline.search import Search
    from collusion.rings.merge import Candidate

__all__ = ["Ladder", "Strongest", "climb", "dealt", "q_of", "scores_of"]


@dataclass(frozen=True)
class Strongest:
    """The group that scored highest, by the score that rings are ranked by, in the replicates of the default rung.

    ``replicate`` counts from 0; of equal scores the first.
    """

    replicate: int
    score: float


@dataclass(frozen=True, eq=False)
class Ladder:
    """What the replicates of each rung held."""

    found: Mapping[str, Sequence[Scores]]
    replicates: int
    strongest: Strongest | None = None
    """None where the replicates held no group, or none was run."""

    @property
    def best(self) -> list[float]:
        """The best score of each replicate of the default rung."""
        return [float(one.value.max(initial=-np.inf)) for one in self.found.get("N1", self.found.get("N0", ()))]


BATCH = 10
"""Replicates after which it is asked whether more would change what is flagged."""

SIDE = 2
"""Replicates of the rungs that flag nothing, at most."""

CLEAR = 4.0
"""A q-value this many times below or above the rate asked for is not changed by more replicates: half as many as `BATCH`, split in
halves, tell a rate to well within that."""


def climb(search: Search, graph: ReviewGraph, described: Sequence[Described], config: ScanConfig, progress: Progress) -> Ladder:
    """Rerun the search on null replicates: of the default rung until more would not change what is flagged, of the others a few."""
    if not config.replicates:
        return Ladder({}, 0)
    dated = graph.time is not None
    # Without times there are no months to keep: the default rung keeps degrees and categories alone.
    default, null = "N1" if dated else "N0", Null.of(graph, "N1")
    others: dict[str, Null] = {"N0": Null.of(graph, "N0"), "N3": Null.of(graph, "N3")} if dated else {}
    aside = [(rung, b) for rung in others for b in range(min(SIDE, config.replicates))]
    total = config.replicates + len(aside)
    progress("null", 0, total)
    search.meets[0].activity(graph)  # shared by all replicates of the default rung: made once, before threads ask for it

    def replicate(null: Null, b: int) -> list[Candidate]:
        return search.find(dealt(null, config.seed, b), 1 + b)

    found: dict[str, list[Scores]] = {default: [], "N2": [], **{rung: [] for rung in others}}
    drawn, strongest = 0, None
    pool = ThreadPoolExecutor(config.threads)
    try:
        while drawn < config.replicates:
            batch = range(drawn, min(drawn + BATCH, config.replicates))
            for candidates in pool.map(replicate, repeat(null), batch):
                found[default].append(scores_of(candidates, plain=True))
                found["N2"].append(scores_of(candidates, plain=False))
                best = max((candidate.score for candidate in candidates), default=None)
                if best is not None and (strongest is None or best > strongest.score):
                    strongest = Strongest(drawn, best)
                drawn += 1
                progress("null", drawn, total)
            if dated and _decided(described, found, config.fdr):
                break
        for k, candidates in enumerate(pool.map(lambda job: replicate(others[job[0]], job[1]), aside)):
            found[aside[k][0]].append(scores_of(candidates, plain=True))
            progress("null", drawn + k + 1, total)
    finally:
        # Whoever interrupts waits for the replicates that run, not for those that queue.
        pool.shutdown(cancel_futures=True)
    if not dated:
        found.pop("N2")
    if not search.by_seller:
        found.pop("N2", None)
    progress("null", total, total)
    return Ladder(found, drawn, strongest)


def dealt(null: Null, seed: int, replicate: int) -> ReviewGraph:
    """Return a replicate, counted from 0: the same graph whenever it is asked for."""
    graph, _ = null.draw(np.random.default_rng([seed, zlib.crc32(null.rung.encode()), replicate]))
    return graph


def scores_of(candidates: Sequence[Candidate], *, plain: bool) -> Scores:
    """Return scores and sizes: with meetings counted once a product (``plain``) or once a seller."""
    return Scores(
        value=np.array([c.plain if plain else c.score for c in candidates], dtype=np.float64),
        size=np.array([len(c.reviewers) for c in candidates], dtype=np.int64),
    )


def _decided(described: Sequence[Described], found: Mapping[str, Sequence[Scores]], fdr: float) -> bool:
    """Return whether every group that may be flagged is far from the rate asked for, on either side."""
    able = np.array([d.candidate.score > d.bar for d in described], dtype=bool)
    open_ = np.array([d.ring.status != "explained" for d in described], dtype=bool)
    if not able.any():
        return True
    for rung in ("N1", "N2"):
        q = q_of(described, open_, found[rung], plain=rung == "N1")[able]
        if ((q > fdr / CLEAR) & (q < min(fdr * CLEAR, 1.0))).any():
            return False
    return True


def q_of(described: Sequence[Described], open_: NDArray[np.bool_], null: Sequence[Scores], *, plain: bool) -> NDArray[np.float64]:
    """Return q-values: of open groups among themselves, of an explained one as if it were one of them."""
    if not described:
        return np.empty(0)
    counts = chance_counts(scores_of([d.candidate for d in described], plain=plain), null)
    q = np.ones(len(described))
    q[open_] = q_of_counts(counts[open_])
    # With one more among them each open group beyond it has one more before it; equal ones count together.
    ascending, own = np.sort(counts[open_]), counts[~open_]
    rate = ascending / (np.searchsorted(ascending, ascending, side="right") + 1)
    beyond = np.append(np.minimum.accumulate(rate[::-1])[::-1], 1.0)
    before = np.searchsorted(ascending, own, side="right")
    q[~open_] = np.minimum(np.minimum(own / (before + 1), beyond[before]), 1.0)
    return q
