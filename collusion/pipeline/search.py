"""Find, refine, score and merge: what a null replicate reruns whole."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.detect.lockstep import Lockstep
from collusion.evidence.score import Score, score_groups
from collusion.graph.membership import settle_all
from collusion.graph.projection import CROWDS, KINDS, Meetings
from collusion.rings.merge import OVERLAP, Candidate, merge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from collusion.detect import Detector
    from collusion.graph.graph import ReviewGraph
    from collusion.graph.strata import Strata
    from collusion.model import Group

__all__ = ["Search"]

FANS = (7, 21)
"""Windows, in days, in which fans of one seller are looked for: they come within weeks of a launch. They meet there again and again, so
pairs that met once say nothing of them."""


@dataclass(frozen=True, eq=False)
class Search:
    """Find, refine, score and merge: what a null replicate reruns whole."""

    detectors: Sequence[Detector]
    seed: int
    meets: tuple[Meetings, ...]
    plain: tuple[Meetings, ...]
    """The same with meetings counted once a product; the same object where the log has no sellers."""

    @classmethod
    def of(cls, graph: ReviewGraph, detectors: Sequence[Detector], seed: int) -> Search:
        """Prepare the meetings of a graph, in which its null replicates are searched as well."""
        ruler = next((d for d in detectors if isinstance(d, Lockstep)), Lockstep())
        meets = ruler.meetings(graph)
        by_seller = ruler.place == "seller" and graph.seller is not None
        return cls(
            detectors=detectors, seed=seed, meets=meets, plain=replace(ruler, place="product").meetings(graph) if by_seller else meets
        )

    @property
    def by_seller(self) -> bool:
        """Whether a pair's meetings are counted once a seller."""
        return self.plain is not self.meets

    @property
    def strata(self) -> Strata:
        """The strata within which the null permutes reviewers."""
        return self.meets[0].strata

    def at(self, score: Score) -> Meetings:
        """Return the meetings that a score was counted from."""
        meet = next(meet for meet in self.meets if meet.window == score.window)
        return meet if score.crowd is None else meet.rarer(CROWDS.index(score.crowd))

    def find(self, graph: ReviewGraph, replicate: int = 0) -> list[Candidate]:
        """Return the candidates of a graph; ``replicate`` is 0 for the log, and keeps the random numbers of replicates apart."""
        groups: list[Group] = []
        for detector in self.detectors:
            rng = np.random.default_rng([self.seed, zlib.crc32(detector.name.encode()), replicate])
            found = detector.find(graph, rng)
            # Lockstep settles its groups itself, by the same meetings.
            groups += found if isinstance(detector, Lockstep) else self._settled(graph, found)
        if not groups:
            return []
        members = [group.reviewers for group in groups]
        scores = [score.value for score in score_groups(graph, self.meets, members)]
        plain = [score.value for score in score_groups(graph, self.plain, members)] if self.by_seller else scores
        return merge(
            [
                Candidate(group.reviewers, group.products, score, (group.detector,), by_product)
                for group, score, by_product in zip(groups, scores, plain, strict=True)
            ]
        )

    def fans(self, graph: ReviewGraph, found: Sequence[Candidate], threads: int) -> list[Candidate]:
        """Return groups, apart from those found, that meet at one seller's alone: nothing that could be flagged (`evidence.fans`)."""
        if not self.by_seller:
            return []
        groups = Lockstep(windows=FANS, place="product", singles=False, threads=threads).find(graph, np.random.default_rng(self.seed))
        if not groups:
            return []
        members = [group.reviewers for group in groups]
        once = {group.tobytes(): score.value for group, score in zip(members, score_groups(graph, self.meets, members), strict=True)}
        candidates = [
            Candidate(group.reviewers, group.products, by_product.value, (group.detector,), by_product.value)
            for group, by_product in zip(groups, score_groups(graph, self.plain, members), strict=True)
            if once[group.reviewers.tobytes()] <= 0 < by_product.value
        ]
        taken = np.unique(np.concatenate([np.empty(0, np.int32), *(candidate.reviewers for candidate in found if candidate.score > 0)]))
        return [
            replace(candidate, score=once[candidate.reviewers.tobytes()])
            for candidate in merge(candidates)
            if np.isin(candidate.reviewers, taken).mean() < OVERLAP
        ]

    def _settled(self, graph: ReviewGraph, groups: Sequence[Group]) -> Iterator[Group]:
        """Yield each group as it is, and settled where that scores higher."""
        scores = score_groups(graph, self.meets, [group.reviewers for group in groups]) if groups else []
        settled: dict[int, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}
        for meet in self.meets:
            own = [g for g, score in enumerate(scores) if score.window == meet.window and g not in settled]
            kinds = [KINDS - 1 if (crowd := scores[g].crowd) is None else CROWDS.index(crowd) for g in own]
            settled.update(zip(own, settle_all(graph, meet, [groups[g].reviewers for g in own], kinds) if own else (), strict=True))
        able = [g for g in range(len(groups)) if len(settled[g][0]) > 1 and len(settled[g][1])]
        again = score_groups(graph, self.meets, [settled[g][0] for g in able]) if able else []
        better = {g for g, score in zip(able, again, strict=True) if score.value >= scores[g].value}
        for g, group in enumerate(groups):
            yield replace(group, reviewers=settled[g][0], products=settled[g][1]) if g in better else group
