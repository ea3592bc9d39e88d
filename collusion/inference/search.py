"""Find, refine, score and merge: what every permutation of the log repeats in full."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Group
from collusion.detect import Context, Detector, find_groups
from collusion.detect.lockstep import Lockstep
from collusion.graph.graph import ReviewGraph
from collusion.graph.membership import GroupReviews, refine_memberships
from collusion.graph.pairs import Count, Key, Pairs, count_ahead
from collusion.graph.projection import CoReviews
from collusion.graph.strata import Strata
from collusion.graph.windows import DEGREE_BOUNDS, N_DEGREE_BINS
from collusion.inference.merge import OVERLAP_SHARE, connected_parts, merge
from collusion.inference.score import Score, score_groups
from collusion.inference.stages import Candidate, Scored

__all__ = ["Measure", "Search"]

FANS = Lockstep(windows=(7, 21), unit="product", singles=False)
"""How fans of one seller are searched for: they come within weeks of a launch, and co-review again and again, so pairs with a single
co-review are left out."""


@runtime_checkable
class Measure(Protocol):
    """A detector that defines in which windows, and once per what, co-reviews count. The first one scores all groups of a scan."""

    @property
    def unit(self) -> Literal["seller", "product"]:
        """What a pair's co-reviews count once per."""
        ...

    def co_reviews(self, graph: ReviewGraph, unit: Literal["seller", "product"], threads: int = 1) -> tuple[CoReviews, ...]:
        """Return the co-reviews of a log, one per window."""
        ...


@runtime_checkable
class PairDetector(Protocol):
    """A detector that searches counted pairs, and so can have them counted together with those of others."""

    def counts(self, graph: ReviewGraph, threads: int = 1) -> list[Count]:
        """Return which pairs of reviewers it asks for."""
        ...


@dataclass(frozen=True, eq=False)
class Search:
    """Find, refine, score and merge: what every permutation of the log repeats in full.

    Parameters
    ----------
    detectors : sequence of Detector
    seed : int
    by_window, by_product : tuple of CoReviews
        Co-reviews, one per window, counted once per seller and once per product; the same object where the log names no sellers.
    """

    detectors: Sequence[Detector]
    seed: int
    by_window: tuple[CoReviews, ...]
    by_product: tuple[CoReviews, ...]

    @classmethod
    def of(cls, graph: ReviewGraph, detectors: Sequence[Detector], seed: int, threads: int = 1) -> Search:
        """Prepare the co-reviews of a graph, by which its permutations are searched as well."""
        measure: Measure = next((one for one in detectors if isinstance(one, Measure)), Lockstep())
        by_window = measure.co_reviews(graph, measure.unit, threads)
        sellers = measure.unit == "seller" and graph.seller is not None
        return cls(
            detectors=detectors,
            seed=seed,
            by_window=by_window,
            by_product=measure.co_reviews(graph, "product", threads) if sellers else by_window,
        )

    @property
    def by_seller(self) -> bool:
        """Whether a pair's co-reviews count once per seller."""
        return self.by_product is not self.by_window

    @property
    def strata(self) -> Strata:
        """The strata within which reviewers are permuted."""
        return self.by_window[0].strata

    def at(self, score: Score) -> CoReviews:
        """Return the co-reviews that a score was counted from."""
        co_reviews = next(co_reviews for co_reviews in self.by_window if co_reviews.window == score.window)
        return co_reviews if score.max_degree is None else co_reviews.rarer(DEGREE_BOUNDS.index(score.max_degree))

    def count(self, graph: ReviewGraph, threads: int = 1) -> dict[Key, Pairs]:
        """Return the pairs of reviewers that `find` and `fans` will both ask for, in one pass; empty without sellers."""
        counting = [one for one in (*self.detectors, FANS) if isinstance(one, PairDetector)] if self.by_seller else []
        return count_ahead(graph, [count for one in counting for count in one.counts(graph, threads)], threads)

    def find(self, graph: ReviewGraph, replicate: int = 0, threads: int = 1, counted: Mapping[Key, Pairs] | None = None) -> list[Scored]:
        """Return the scored groups of a graph.

        Parameters
        ----------
        graph : ReviewGraph
            The log, or a permutation of it.
        replicate : int
            0 for the log, from 1 for permutations; part of the seed.
        threads : int
            Changes no result.
        counted : mapping, optional
            What `count` returned for this graph.
        """
        groups: list[Group] = []
        for detector in self.detectors:
            rng = np.random.default_rng([self.seed, zlib.crc32(detector.name.encode()), replicate])
            found = find_groups(detector, graph, rng, Context(threads, counted or {}))
            groups += [group for group in found if group.refined]
            groups += self._refined(graph, [group for group in found if not group.refined], threads)
        windows = [co_reviews.window for co_reviews in self.by_window]
        longest = None if None in windows else max(window or 0 for window in windows)
        return self.scored(
            graph,
            [
                Candidate(reviewers, products, (group.detector,))
                for group in groups
                for reviewers, products in connected_parts(graph, group.reviewers, group.products, longest)
            ],
            threads,
        )

    def scored(self, graph: ReviewGraph, candidates: Sequence[Candidate], threads: int = 1) -> list[Scored]:
        """Score candidates, and keep the best of those that overlap, highest score first."""
        if not candidates:
            return []
        members = GroupReviews.of(graph, [candidate.reviewers for candidate in candidates], self.by_window)
        scores = [score.value for score in score_groups(graph, self.by_window, members, threads)]
        by_product = [score.value for score in score_groups(graph, self.by_product, members, threads)] if self.by_seller else scores
        return merge([Scored(*one) for one in zip(candidates, scores, by_product, strict=True)])

    def fans(self, graph: ReviewGraph, found: Sequence[Scored], threads: int, counted: Mapping[Key, Pairs] | None = None) -> list[Scored]:
        """Return groups, apart from those found, whose co-reviews are all at one seller's: nothing is left of them once per seller."""
        if not self.by_seller:
            return []
        groups = FANS.find_in(graph, np.random.default_rng(self.seed), Context(threads, counted or {}))
        if not groups:
            return []
        members = GroupReviews.of(graph, [group.reviewers for group in groups], self.by_window)
        once = {
            group.reviewers.tobytes(): score.value
            for group, score in zip(groups, score_groups(graph, self.by_window, members, threads), strict=True)
        }
        # Merged by their score per product: per seller none of them has any.
        fans = merge(
            [
                Scored(Candidate(group.reviewers, group.products, (group.detector,)), score.value, score.value)
                for group, score in zip(groups, score_groups(graph, self.by_product, members, threads), strict=True)
                if once[group.reviewers.tobytes()] <= 0 < score.value
            ]
        )
        taken = np.unique(np.concatenate([np.empty(0, np.int32), *(one.reviewers for one in found if one.score > 0)]))
        return [replace(one, score=once[one.reviewers.tobytes()]) for one in fans if np.isin(one.reviewers, taken).mean() < OVERLAP_SHARE]

    def _refined(self, graph: ReviewGraph, groups: Sequence[Group], threads: int) -> Iterator[Group]:
        """Yield each group as it is, or with its membership refined where that scores higher."""
        scores = score_groups(graph, self.by_window, [group.reviewers for group in groups], threads) if groups else []
        refined: dict[int, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}
        for co_reviews in self.by_window:
            own = [g for g, score in enumerate(scores) if score.window == co_reviews.window and g not in refined]
            bins = [N_DEGREE_BINS - 1 if (bound := scores[g].max_degree) is None else DEGREE_BOUNDS.index(bound) for g in own]
            members = [groups[g].reviewers for g in own]
            refined.update(zip(own, refine_memberships(graph, co_reviews, members, bins, threads) if own else (), strict=True))
        able = [g for g in range(len(groups)) if len(refined[g][0]) > 1 and len(refined[g][1])]
        again = score_groups(graph, self.by_window, [refined[g][0] for g in able], threads) if able else []
        better = {g for g, score in zip(able, again, strict=True) if score.value >= scores[g].value}
        for g, group in enumerate(groups):
            yield replace(group, reviewers=refined[g][0], products=refined[g][1]) if g in better else group
