"""The search repeated on permuted logs, as often as the answer needs, and the q-values that follow.

Three null models permute reviewers (`collusion.graph.null`): N0 over the whole log, N1 within category and month, N3 within a product. N2
is N1 with co-reviews counted once per seller.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from collusion.graph.graph import ReviewGraph
from collusion.graph.null import Buffers, Null, NullModel
from collusion.graph.projection import MATERIALIZED_REVIEWS
from collusion.inference.residual import residuals
from collusion.inference.search import Search
from collusion.inference.significance import Scores, chance_counts, q_of_counts
from collusion.inference.stages import Scored

__all__ = ["Permutations", "StrongestNull", "by_product", "by_seller", "permute", "q_values_of", "run_permutations", "side_by_side"]


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


LEAST_REPLICATES = 4
"""Permutations of any log, at least. What one half estimates is applied to the other (`collusion.inference.significance`). At 10 million
reviews a rate fitted to two was 1.3 to 1.7 times too low where 0.05 groups are predicted, and one fitted to four 0.98 to 1.00 times
(`collusion bench permutations --fitted 2` and `--fitted 4`, 22 to 64 permutations)."""

LEAST_GROUPS = 150
"""Null groups, in all permutations together, that a rate is estimated from: its tail is fitted to the largest 20 of each half
(`collusion.inference.significance.EXCEEDANCES`), which must be a small share of them. A log of millions of reviews has as many in four
permutations."""

FIRST_BATCH = 10
"""Permutations that are enough for a first look however few groups they hold."""

DECIDED_RATIO = 4.0
"""A q-value this many times below or above the false-discovery rate is taken as decided: half as many permutations as
`FIRST_BATCH` estimate a rate to well within that."""


def run_permutations(
    search: Search,
    graph: ReviewGraph,
    found: Sequence[Scored],
    *,
    replicates: int,
    seed: int,
    fdr: float,
    threads: int,
    progress: Callable[[str, int, int | None], None],
    null_models: Sequence[NullModel] = (),
) -> Permutations:
    """Repeat the search on permuted logs of the default null model until more would not change what passes.

    Parameters
    ----------
    found : sequence of Scored
        Groups of the log.
    replicates : int
        Permutations at most.
    threads : int
        Permutations at a time or, for a large log, threads of the one that is searched (`side_by_side`); changes no result.
    null_models : sequence of {"N0", "N3"}
        Further null models, as many permutations of each as of the default one. They flag nothing. A log without times has none.

    Notes
    -----
    One search per permutation: first as many as contain `LEAST_GROUPS` groups, at least `LEAST_REPLICATES` and at most `FIRST_BATCH`; then
    twice as many, again and again, for as long as a group that stands out has a q-value near ``fdr``.
    """
    if not replicates:
        return Permutations({})
    dated = graph.time is not None
    # Without times there are no months to keep: the default null model keeps degrees and categories alone.
    default, others = ("N1", tuple(null_models)) if dated else ("N0", ())
    total = replicates * (1 + len(others))
    progress("null", 0, total)
    in_parallel = side_by_side(graph.n_reviews, threads)
    runs = _Runs(search, graph, seed, threads, in_parallel, dated=dated)
    pool = ThreadPoolExecutor(in_parallel)
    try:
        goal = min(LEAST_REPLICATES, replicates)
        while runs.drawn < goal:
            for groups, left in pool.map(partial(runs.replicate, "N1"), range(runs.drawn, goal)):
                runs.keep(default, groups, left)
                progress("null", runs.drawn, total)
            goal = _goal(runs, found, replicates, fdr)
        for k, name in enumerate(others, 1):
            runs.nulls[name] = Null.of(graph, name, threads)
            for b, (groups, _) in enumerate(pool.map(partial(runs.replicate, name), range(runs.drawn)), 1):
                runs.found.setdefault(name, []).append(by_product(groups))
                progress("null", k * runs.drawn + b, total)
    finally:
        # Whoever interrupts waits for the permutations that run, not for those in the queue.
        pool.shutdown(cancel_futures=True)
    progress("null", total, total)
    return Permutations(runs.found, runs.left, runs.drawn, runs.strongest)


def side_by_side(n_reviews: int, threads: int) -> int:
    """Return how many permutations of a log are searched at a time: of a large one a single one, since each takes its own memory."""
    return threads if n_reviews <= MATERIALIZED_REVIEWS else 1


class _Runs:
    """The permutations of one log that were searched, and what they held."""

    def __init__(self, search: Search, graph: ReviewGraph, seed: int, threads: int, in_parallel: int, *, dated: bool) -> None:
        self.search, self.graph, self.seed, self.threads, self.dated = search, graph, seed, threads // in_parallel, dated
        self.nulls: dict[NullModel, Null] = {"N1": Null.of(graph, "N1", threads)}
        self.found: dict[str, list[Scores]] = {}
        self.left: dict[str, list[Scores]] = {}
        self.drawn = 0
        # One replicate a thread is in memory at a time.
        self.memory = threading.local()
        self.strongest: StrongestNull | None = None

    def replicate(self, model: NullModel, b: int) -> tuple[list[Scored], dict[str, Scores]]:
        """Return the groups of one permutation and, under the default null model, what is left of their scores."""
        if not hasattr(self.memory, "buffers"):
            self.memory.buffers = Buffers.of(self.graph)
        permuted = permute(self.nulls[model], self.seed, b, self.memory.buffers)
        groups = self.search.find(permuted, 1 + b, self.threads)
        return groups, _left(permuted, self.search, groups, self.threads) if model == "N1" else {}

    def keep(self, default: str, groups: list[Scored], left: dict[str, Scores]) -> None:
        """Take note of one more permutation of the default null model."""
        # Without times there is one q-value, of the score by which rings are ranked.
        self.found.setdefault(default, []).append(by_product(groups) if self.dated else by_seller(groups))
        if self.dated and self.search.by_seller:
            self.found.setdefault("N2", []).append(by_seller(groups))
        for name, one in left.items():
            self.left.setdefault(name, []).append(one)
        best = max((group.score for group in groups), default=None)
        if best is not None and (self.strongest is None or best > self.strongest.score):
            self.strongest = StrongestNull(self.drawn, best)
        self.drawn += 1


def _goal(runs: _Runs, found: Sequence[Scored], replicates: int, fdr: float) -> int:
    """Return how many permutations are needed by what those drawn so far held; no more than were drawn when they are enough."""
    groups = sum(len(one.value) for one in runs.found["N1" if runs.dated else "N0"])
    if groups < LEAST_GROUPS and runs.drawn < FIRST_BATCH:
        expected = -(-LEAST_GROUPS * runs.drawn // groups) if groups else FIRST_BATCH
        return min(max(expected, runs.drawn + 1), FIRST_BATCH, replicates)
    return runs.drawn if _decided(found, runs.found, fdr) else min(2 * runs.drawn, replicates)


def permute(null: Null, seed: int, replicate: int, into: Buffers | None = None) -> ReviewGraph:
    """Return a permuted log, counted from 0: the same graph whenever it is asked for.

    With ``into`` it holds until the next one is drawn into the same memory.
    """
    graph, _ = null.draw(np.random.default_rng([seed, zlib.crc32(null.model.encode()), replicate]), into)
    return graph


def by_product(groups: Sequence[Scored]) -> Scores:
    """Return sizes and scores with co-reviews counted once per product."""
    return _scores([group.by_product for group in groups], groups)


def by_seller(groups: Sequence[Scored]) -> Scores:
    """Return sizes and scores by which rings are ranked: with co-reviews counted once per seller, where the log names sellers."""
    return _scores([group.score for group in groups], groups)


def _scores(values: Sequence[float], groups: Sequence[Scored]) -> Scores:
    return Scores(value=np.array(values, dtype=np.float64), size=np.array([group.size for group in groups], dtype=np.int64))


def _left(graph: ReviewGraph, search: Search, groups: Sequence[Scored], threads: int) -> dict[str, Scores]:
    """Return what is left of the scores of a permutation's groups. Variants are not granted: there are none, so the score is left."""
    members, products = [group.reviewers for group in groups], [group.products for group in groups]
    granted = residuals(graph, search.by_window, members, products, threads, variants=False)
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


def _decided(found: Sequence[Scored], null: Mapping[str, Sequence[Scores]], fdr: float) -> bool:
    """Return whether every group that stands out is far from the rate that was set, on either side, by each score that must pass."""
    able = np.array([group.score > 0 for group in found], dtype=bool)
    if not able.any():
        return True
    for name, permuted in null.items():
        q = q_values_of(by_product(found) if name == "N1" else by_seller(found), permuted)[able]
        if ((q > fdr / DECIDED_RATIO) & (q < min(fdr * DECIDED_RATIO, 1.0))).any():
            return False
    return True
