"""Find, refine, score and merge: what every permutation of the log repeats in full."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import numpy as np

from collusion.detect import Context, find_groups
from collusion.detect.lockstep import Lockstep
from collusion.graph.groups import GroupReviews
from collusion.graph.membership import refine_memberships
from collusion.graph.pairs import count_ahead
from collusion.graph.windows import DEGREE_BOUNDS, N_DEGREE_BINS
from collusion.inference.connected import connected_parts
from collusion.inference.merge import OVERLAP_SHARE, merge
from collusion.inference.score import score_groups
from collusion.inference.stages import Candidate, Scored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.detect import Detector
    from collusion.graph.graph import ReviewGraph
    from collusion.graph.pairs import Count, Key, Pairs
    from collusion.graph.projection import CoReviews
    from collusion.graph.strata import Strata
    from collusion.inference.score import Score
    from collusion.model import Group

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
    meets, by_product : tuple of CoReviews
        Co-reviews, one per window, counted once per seller and once per product; the same object where the log names no sellers.
    """

    detectors: Sequence[Detector]
    seed: int
    meets: tuple[CoReviews, ...]
    by_product: tuple[CoReviews, ...]

    @classmethod
    def of(cls, graph: ReviewGraph, detectors: Sequence[Detector], seed: int, threads: int = 1) -> Search:
        """Prepare the co-reviews of a graph, by which its permutations are searched as well."""
        measure: Measure = next((one for one in detectors if isinstance(one, Measure)), Lockstep())
        meets = measure.co_reviews(graph, measure.unit, threads)
        sellers = measure.unit == "seller" and graph.seller is not None
        return cls(
            detectors=detectors, seed=seed, meets=meets, by_product=measure.co_reviews(graph, "product", threads) if sellers else meets
        )

    @property
    def by_seller(self) -> bool:
        """Whether a pair's co-reviews count once per seller."""
        return self.by_product is not self.meets

    @property
    def strata(self) -> Strata:
        """The strata within which reviewers are permuted."""
        return self.meets[0].strata

    def at(self, score: Score) -> CoReviews:
        """Return the co-reviews that a score was counted from."""
        meet = next(meet for meet in self.meets if meet.window == score.window)
        return meet if score.crowd is None else meet.rarer(DEGREE_BOUNDS.index(score.crowd))

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
        longest = None if any(meet.window is None for meet in self.meets) else max(meet.window or 0 for meet in self.meets)
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
        members = GroupReviews.of(graph, [candidate.reviewers for candidate in candidates], self.meets)
        scores = [score.value for score in score_groups(graph, self.meets, members, threads)]
        by_product = [score.value for score in score_groups(graph, self.by_product, members, threads)] if self.by_seller else scores
        return merge([Scored(*one) for one in zip(candidates, scores, by_product, strict=True)])

    def fans(self, graph: ReviewGraph, found: Sequence[Scored], threads: int, counted: Mapping[Key, Pairs] | None = None) -> list[Scored]:
        """Return groups, apart from those found, whose co-reviews are all at one seller's: nothing is left of them once per seller."""
        if not self.by_seller:
            return []
        groups = FANS.find_in(graph, np.random.default_rng(self.seed), Context(threads, counted or {}))
        if not groups:
            return []
        members = GroupReviews.of(graph, [group.reviewers for group in groups], self.meets)
        once = {
            group.reviewers.tobytes(): score.value
            for group, score in zip(groups, score_groups(graph, self.meets, members, threads), strict=True)
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
        scores = score_groups(graph, self.meets, [group.reviewers for group in groups], threads) if groups else []
        refined: dict[int, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}
        for meet in self.meets:
            own = [g for g, score in enumerate(scores) if score.window == meet.window and g not in refined]
            kinds = [N_DEGREE_BINS - 1 if (crowd := scores[g].crowd) is None else DEGREE_BOUNDS.index(crowd) for g in own]
            refined.update(
                zip(own, refine_memberships(graph, meet, [groups[g].reviewers for g in own], kinds, threads) if own else (), strict=True)
            )
        able = [g for g in range(len(groups)) if len(refined[g][0]) > 1 and len(refined[g][1])]
        again = score_groups(graph, self.meets, [refined[g][0] for g in able], threads) if able else []
        better = {g for g, score in zip(able, again, strict=True) if score.value >= scores[g].value}
        for g, group in enumerate(groups):
            yield replace(group, reviewers=refined[g][0], products=refined[g][1]) if g in better else group
