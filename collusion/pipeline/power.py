"""What a log without a flag would have shown."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.habit import bar
from collusion.evidence.power import DAYS, DENSITY, ENOUGH, PRODUCTS, SIZES, planted
from collusion.evidence.significance import chance_counts
from collusion.pipeline.ladder import Ladder, scores_of
from collusion.pipeline.search import Search

if TYPE_CHECKING:
    from collusion.config import ScanConfig
    from collusion.graph.graph import ReviewGraph
    from collusion.pipeline.progress import Progress

__all__ = ["power_statement"]

POWER = 0.8
"""Share of planted rings that must be shown for a size to count as one that the log would have shown."""


def power_statement(graph: ReviewGraph, search: Search, ladder: Ladder, config: ScanConfig, progress: Progress) -> str:
    """Say which planted rings the same search would have told from chance: the smallest of which it shows at least `POWER`."""
    what = f"whose accounts each reviewed {DENSITY:.0%} of the same {PRODUCTS} products within {DAYS} days"
    null = ladder.found.get("N2", ladder.found.get("N1"))
    if null is None or planted(graph, SIZES[0], np.random.default_rng(0)) is None:
        return "Nothing is flagged, and this log is too small, or without dates, to say which rings it would have shown."

    def shown(size: int) -> float:
        hits: list[bool] = []
        while len(hits) < ENOUGH:
            trial = planted(graph, size, np.random.default_rng([config.seed, zlib.crc32(b"power"), size, len(hits)]))
            if trial is None:
                return 0.0
            found = Search.of(trial.graph, search.detectors, config.seed).find(trial.graph)
            counts = chance_counts(scores_of(found, plain=False), null, config.replicates)
            # Where the log has ratings the trial's are taken to favour, as a campaign's do.
            told = [
                c.reviewers
                for c, count in zip(found, counts, strict=True)
                if count <= config.fdr and c.score > bar(graph, len(c.reviewers), favours=graph.rating is not None)
            ]
            hits += [any(2 * np.isin(own, ring).sum() > max(len(own), len(ring)) for own in told) for ring in trial.rings]
        return float(np.mean(hits))

    # From the smallest on: a large ring that fills its own months may be seen less well than a small one.
    for step, size in enumerate(SIZES, start=1):
        progress("power", step, len(SIZES))
        if shown(size) >= POWER:
            return (
                f"Nothing is flagged. A ring of {size} {what} would have stood out from chance with a probability of {POWER} or more, as "
                "rings planted into this log did; smaller or slower ones may have gone unseen."
            )
    return (
        f"Nothing is flagged, but this log holds too little to tell: no ring of up to {SIZES[-1]} {what} would have stood out from chance."
    )
