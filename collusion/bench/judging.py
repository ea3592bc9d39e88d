"""Judging a scan of a simulated log by the truth: rings found and missed, false rings, and honest groups listed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collusion.bench.judged import FOUND, LEVELS, TOGETHER, FlaggedRing, HonestGroup, PlantedRing, at_level
from collusion.bench.metrics import TRUE, f1, planted_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.case import Ring
    from collusion.simulate.market import TrueGroup

__all__ = ["Truth", "Verdict", "judge"]


@dataclass(frozen=True)
class Verdict:
    """What a ring of a case is at each of `LEVELS` (`collusion.bench.judged.at_level`).

    ``q`` is the larger of the q-values of both questions, or that of the first alone where the second was not asked.
    """

    q: float | None
    flagged: tuple[bool, ...]
    together: tuple[bool, ...]

    @classmethod
    def of(cls, ring: Ring) -> Verdict:
        """Return the verdict on a ring of a scan at the largest of `LEVELS`."""
        first, second = ring.q_value, ring.q_paid
        q = max((value for value in (first, second) if value is not None), default=None)
        flagged, together = (ring.status in statuses for statuses in (("flagged",), TOGETHER))
        return cls(
            q,
            tuple(flagged and at_level(q, level) for level in LEVELS),
            tuple(together and at_level(first, level) for level in LEVELS),
        )


@dataclass(frozen=True)
class Truth:
    """A planted ring: its group, its shape (`collusion.simulate.shapes`) and its camouflage.

    ``kin`` are its reviewers and those of the ring planted with it that shares some; its own alone where there is no such ring.
    """

    group: TrueGroup
    shape: str
    camouflage: str
    kin: frozenset[str]


def judge(
    world: str, rings: Sequence[Ring], planted: Sequence[Truth], honest: Sequence[TrueGroup]
) -> tuple[tuple[PlantedRing, ...], tuple[FlaggedRing, ...], tuple[HonestGroup, ...]]:
    """Return what became of each planted ring, what each flagged ring is, and the honest groups that were found.

    ``rings`` are those of a scan at the largest of `LEVELS`; ``world`` names the rows.
    """
    anyone = frozenset[str]().union(*(truth.group.reviewers for truth in planted))
    found = [(ring, Verdict.of(ring)) for ring in rings]
    share = planted_share([anyone], [ring.reviewers for ring in rings]).tolist()
    false = [one for one, planted in zip(found, share, strict=True) if planted < TRUE]
    return (
        tuple(_planted(world, truth, found) for truth in planted),
        tuple(_flagged(world, *one, of, honest) for one, of in zip(found, share, strict=True) if one[0].flagged),
        _honest(world, false, honest),
    )


Found = tuple["Ring", Verdict]


def _planted(world: str, truth: Truth, found: Sequence[Found]) -> PlantedRing:
    agreement = [_agreement(truth, ring) for ring, _ in found]

    def best(k: int, *, coordinated: bool) -> float:
        counted = ((verdict.together if coordinated else verdict.flagged)[k] for _, verdict in found)
        return round(max((a for a, counts in zip(agreement, counted, strict=True) if counts), default=0.0), 6)

    # Of equally good matches the first by rank.
    most = max(agreement, default=0.0)
    match, verdict = found[agreement.index(most)] if most > 0 else (None, None)
    status = "" if match is None else match.status
    return PlantedRing(
        world=world,
        ring=truth.group.id,
        shape=truth.shape,
        camouflage=truth.camouflage,
        reviewers=len(truth.group.reviewers),
        products=len(truth.group.products),
        f1_05=best(0, coordinated=False),
        f1_10=best(1, coordinated=False),
        together_05=best(0, coordinated=True),
        together_10=best(1, coordinated=True),
        match="" if match is None else match.id,
        match_f1=round(most, 6),
        match_status=f"{status} by {match.explained_by}" if match is not None and match.explained_by else status,
        match_q=None if verdict is None else verdict.q,
    )


def _agreement(truth: Truth, ring: Ring) -> float:
    alone = f1(truth.group.reviewers, ring.reviewers)
    share = len(set(truth.group.reviewers).intersection(ring.reviewers)) / len(truth.group.reviewers)
    # Two rings that are listed as one are both found; one of which less than half is listed is not.
    return max(alone, f1(truth.kin, ring.reviewers)) if share >= FOUND else alone


def _flagged(world: str, ring: Ring, verdict: Verdict, share: float, honest: Sequence[TrueGroup]) -> FlaggedRing:
    members = frozenset(ring.reviewers)
    shared = [len(members.intersection(group.reviewers)) for group in honest]
    most = max(shared, default=0)
    return FlaggedRing(
        world=world,
        ring=ring.id,
        reviewers=len(ring.reviewers),
        products=len(ring.products),
        q=1.0 if verdict.q is None else verdict.q,
        planted_share=round(share, 6),
        # One member is not enough: busy accounts are in many groups by chance.
        honest=honest[shared.index(most)].kind if most >= 2 else "none",
        honest_share=round(most / len(members), 6) if most >= 2 else 0.0,
    )


def _honest(world: str, found: Sequence[Found], honest: Sequence[TrueGroup]) -> tuple[HonestGroup, ...]:
    """Return the honest groups that rings of a case contain, or agree with."""
    containing: dict[str, list[int]] = {}
    for k, (ring, _) in enumerate(found):
        for name in ring.reviewers:
            containing.setdefault(name, []).append(k)
    rows = []
    for group in honest:
        common = Counter(k for name in group.reviewers for k in containing.get(name, ()))
        # One member is not enough, as in `_flagged`.
        agreement = {k: 2 * n / (len(group.reviewers) + len(found[k][0].reviewers)) for k, n in sorted(common.items()) if n >= 2}
        holders = [found[k][1] for k in agreement if common[k] >= FOUND * len(group.reviewers)]
        # Of equally good matches the first by rank.
        best = max(agreement, key=agreement.__getitem__, default=None)
        matched = best is not None and agreement[best] >= FOUND
        if holders or matched:
            flagged = [any(verdict.flagged[k] for verdict in holders) for k in range(len(LEVELS))]
            sizes = len(group.reviewers), len(group.products)
            match: dict[str, Any] = {}
            if best is not None and matched:
                ring, verdict = found[best]
                match = {
                    "match": ring.id,
                    "match_f1": round(agreement[best], 6),
                    "status": ring.status,
                    "score": float(ring.score),
                    "q": verdict.q,
                    "p_values": {one.signal: float(one.p_value) for one in ring.evidence if one.p_value is not None},
                }
            rows.append(HonestGroup(world, group.id, group.kind, *sizes, bool(holders), flagged[0], flagged[1], **match))
    return tuple(rows)
