"""The search repeated on permuted logs, as often as the answer needs, and the q-values that follow.

Three null models permute reviewers (`collusion.graph.null`): N0 over the whole log, N1 within category and month, N3 within a product. N2
is N1 with co-reviews counted once per seller.
"""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.null import Null
from collusion.inference.residual import residuals
from collusion.inference.significance import Scores, chance_counts, q_of_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.inference.search import Search
    from collusion.inference.stages import Scored

__all__ = ["Permutations", "StrongestNull", "by_product", "by_seller", "permute", "q_values_of", "run_permutations"]


@dataclass(frozen=True)
class StrongestNull:
    """The group that scored highest, by the score that rings are ranked by, in the permutations of the default null model.

    ``replicate`` counts from 0; of equal scores the first.
    """

    replicate: int
    score: float


@dataclass(frozen=True, eq=False)
class Permutations:
    """What the permuted logs held.

    Parameters
    ----------
    found : mapping of str to sequence of Scores
        One `Scores` per permutation, by null model.
    left : mapping of str to sequence of Scores
        The same groups by what is left of their scores, by explanation.
    replicates : int
        Permutations of the default null model.
    strongest : StrongestNull or None
        None where the permutations held no group, or none was run.
    """

    found: Mapping[str, Sequence[Scores]]
    left: Mapping[str, Sequence[Scores]] = field(default_factory=dict)
    replicates: int = 0
    strongest: StrongestNull | None = None

    @property
    def default(self) -> Sequence[Scores]:
        """Scores by which rings are ranked, under the default null model."""
        return self.found.get("N2", self.found.get("N1", self.found.get("N0", ())))

    @property
    def best(self) -> list[float]:
        """The best score of each permutation under the default null model."""
        return [float(one.value.max(initial=-np.inf)) for one in self.default]

    @property
    def groups(self) -> int:
        """Number of groups in all permutations of the default null model."""
        return sum(len(one.value) for one in self.default)


BATCH = 10
"""Permutations after which the scan checks whether more would change what is flagged."""

DIAGNOSTIC = 2
"""Permutations of the null models that flag nothing, at most."""

CLEAR = 4.0
"""A q-value this many times below or above the false-discovery rate is taken as decided: half as many permutations as `BATCH` estimate a
rate to well within that."""


def run_permutations(  # noqa: C901  # one loop, with what ends it
    search: Search,
    graph: ReviewGraph,
    found: Sequence[Scored],
    *,
    replicates: int,
    seed: int,
    fdr: float,
    threads: int,
    progress: Callable[[str, int, int | None], None],
) -> Permutations:
    """Repeat the search on permuted logs: of the default null model until more would not change what passes, of the others a few."""
    if not replicates:
        return Permutations({})
    dated = graph.time is not None
    # Without times there are no months to keep: the default null model keeps degrees and categories alone.
    default, null = "N1" if dated else "N0", Null.of(graph, "N1")
    others: dict[str, Null] = {"N0": Null.of(graph, "N0"), "N3": Null.of(graph, "N3")} if dated else {}
    diagnostic = [(name, b) for name in others for b in range(min(DIAGNOSTIC, replicates))]
    total = replicates + len(diagnostic)
    progress("null", 0, total)
    search.meets[0].activity(graph)  # shared by all permutations of the default model: computed once, before threads ask for it
    if dated and found:
        residuals(graph, search.meets, [found[0].reviewers], [found[0].products], variants=False)  # as above

    def replicate(null: Null, b: int) -> tuple[list[Scored], dict[str, Scores]]:
        permuted = permute(null, seed, b)
        groups = search.find(permuted, 1 + b)
        return groups, _left(permuted, search, groups) if null.rung == "N1" else {}

    scores: dict[str, list[Scores]] = {default: [], "N2": [], **{name: [] for name in others}}
    left: dict[str, list[Scores]] = {}
    drawn, strongest = 0, None
    pool = ThreadPoolExecutor(threads)
    try:
        while drawn < replicates:
            batch = range(drawn, min(drawn + BATCH, replicates))
            for groups, granted in pool.map(replicate, repeat(null), batch):
                # Without times there is one q-value, of the score by which rings are ranked.
                scores[default].append(by_product(groups) if dated else by_seller(groups))
                scores["N2"].append(by_seller(groups))
                for name, one in granted.items():
                    left.setdefault(name, []).append(one)
                best = max((group.score for group in groups), default=None)
                if best is not None and (strongest is None or best > strongest.score):
                    strongest = StrongestNull(drawn, best)
                drawn += 1
                progress("null", drawn, total)
            if dated and _decided(found, scores, fdr):
                break
        for k, (groups, _) in enumerate(pool.map(lambda job: replicate(others[job[0]], job[1]), diagnostic)):
            scores[diagnostic[k][0]].append(by_product(groups))
            progress("null", drawn + k + 1, total)
    finally:
        # Whoever interrupts waits for the permutations that run, not for those in the queue.
        pool.shutdown(cancel_futures=True)
    if not dated or not search.by_seller:
        scores.pop("N2", None)
    progress("null", total, total)
    return Permutations(scores, left, drawn, strongest)


def permute(null: Null, seed: int, replicate: int) -> ReviewGraph:
    """Return a permuted log, counted from 0: the same graph whenever it is asked for."""
    graph, _ = null.draw(np.random.default_rng([seed, zlib.crc32(null.rung.encode()), replicate]))
    return graph


def by_product(groups: Sequence[Scored]) -> Scores:
    """Return sizes and scores with co-reviews counted once per product."""
    return _scores([group.by_product for group in groups], groups)


def by_seller(groups: Sequence[Scored]) -> Scores:
    """Return sizes and scores by which rings are ranked: with co-reviews counted once per seller, where the log names sellers."""
    return _scores([group.score for group in groups], groups)


def _scores(values: Sequence[float], groups: Sequence[Scored]) -> Scores:
    return Scores(value=np.array(values, dtype=np.float64), size=np.array([group.size for group in groups], dtype=np.int64))


def _left(graph: ReviewGraph, search: Search, groups: Sequence[Scored]) -> dict[str, Scores]:
    """Return what is left of the scores of a permutation's groups. Variants are not granted: there are none, so the score is left."""
    granted = residuals(graph, search.meets, [group.reviewers for group in groups], [group.products for group in groups], variants=False)
    names = {*(("rating sessions", "launches") if graph.time is not None else ()), *(("one seller",) if search.by_seller else ())}
    return {
        "variants": by_seller(groups),
        **{
            name: _scores([one[name].value if name in one else group.score for one, group in zip(granted, groups, strict=True)], groups)
            for name in names
        },
    }


def q_values_of(observed: Scores, null: Sequence[Scores]) -> NDArray[np.float64]:
    """Return the q-value of each group among all: the share of those at or above it that chance is expected to make."""
    if not len(observed.value):
        return np.empty(0)
    return q_of_counts(chance_counts(observed, null))


def _decided(found: Sequence[Scored], scores: Mapping[str, Sequence[Scores]], fdr: float) -> bool:
    """Return whether every group that stands out is far from the rate asked for, on either side."""
    able = np.array([group.score > 0 for group in found], dtype=bool)
    if not able.any():
        return True
    for name, observed in (("N1", by_product(found)), ("N2", by_seller(found))):
        q = q_values_of(observed, scores[name])[able]
        if ((q > fdr / CLEAR) & (q < min(fdr * CLEAR, 1.0))).any():
            return False
    return True
