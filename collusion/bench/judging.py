"""What a scan of a simulated log found, held against the truth: rings found and missed, false rings and what they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from collusion.bench.metrics import TRUE, f1, false_discovery_proportion, planted_share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collusion.bench.market import TrueGroup
    from collusion.model import Ring

__all__ = ["LEVELS", "FlaggedRing", "Judged", "PValue", "PlantedRing", "Truth", "judge", "q_of"]

LEVELS = (0.05, 0.1)
"""False-discovery rates at which flags are counted; a scan is made at the largest, since its q-values tell what the others would flag."""

FOUND = 0.5
"""Member-F1 from which a planted ring counts as found, and share of its members from which it is held by a ring that tells two as one."""


@dataclass(frozen=True)
class Truth:
    """A planted ring.

    Parameters
    ----------
    group : TrueGroup
    shape : str
        Of `collusion.bench.shapes`.
    camouflage : str
    kin : frozenset of str
        Its reviewers and those of the ring planted with it that shares some; its own alone where there is no such ring.
    """

    group: TrueGroup
    shape: str
    camouflage: str
    kin: frozenset[str]


@dataclass(frozen=True)
class PlantedRing:
    """A planted ring and what became of it.

    Parameters
    ----------
    world, ring, shape, camouflage : str
    reviewers, products : int
        Sizes.
    f1_05, f1_10 : float
        Largest agreement of a ring flagged at that rate, 0 where none is: its member-F1 with the planted ring, or with that and the ring it
        shares accounts with taken together, where it holds at least half of the planted ring.
    match : str
        Id of the listed ring, flagged or not, with the largest agreement; empty where none has a member in common.
    match_f1 : float
    match_status : str
        Its status, with the explanation where it has one: ``explained by rating``.
    match_q : float or None
    """

    world: str
    ring: str
    shape: str
    camouflage: str
    reviewers: int
    products: int
    f1_05: float
    f1_10: float
    match: str
    match_f1: float
    match_status: str
    match_q: float | None

    @property
    def found_05(self) -> bool:
        """Whether `f1_05` is at least `FOUND`."""
        return self.f1_05 >= FOUND

    @property
    def found_10(self) -> bool:
        """Whether `f1_10` is at least `FOUND`."""
        return self.f1_10 >= FOUND


@dataclass(frozen=True)
class FlaggedRing:
    """A ring flagged at the largest of `LEVELS`.

    Parameters
    ----------
    world, ring : str
    reviewers, products : int
        Sizes.
    q : float
    planted_share : float
        Share of its reviewers who belong to planted rings.
    honest : str
        Class of the honest group that holds the largest share of its reviewers; ``none`` where no group holds two of them.
    honest_share : float
    """

    world: str
    ring: str
    reviewers: int
    products: int
    q: float
    planted_share: float
    honest: str
    honest_share: float

    @property
    def false(self) -> bool:
        """Whether less than `TRUE` of its reviewers are planted."""
        return self.planted_share < TRUE


@dataclass(frozen=True)
class PValue:
    """A single test of a group picked beforehand, where its null holds (`collusion.bench.single_tests`)."""

    world: str
    signal: str
    p_value: float


@dataclass(frozen=True)
class Judged:
    """One world.

    Parameters
    ----------
    world : str
    kind : {"ring-free", "ringed"}
    seed, reviews, planted : int
        Of the simulation; reviews are all there are in the log, planted ones included.
    listed : int
        Rings in the case, whatever their status.
    replicates : int
    seconds : float
        Of the scan; the one figure that differs from run to run.
    error : str
        What went wrong; empty where nothing did.
    rings, flagged, p_values : tuples of PlantedRing, FlaggedRing, PValue
    """

    world: str
    kind: str
    seed: int
    reviews: int = 0
    planted: int = 0
    listed: int = 0
    replicates: int = 0
    seconds: float = 0.0
    error: str = ""
    rings: tuple[PlantedRing, ...] = ()
    flagged: tuple[FlaggedRing, ...] = ()
    p_values: tuple[PValue, ...] = ()

    def flags(self, level: float) -> list[FlaggedRing]:
        """Return the rings flagged at a rate of at most the largest of `LEVELS`."""
        return [ring for ring in self.flagged if ring.q <= level]

    def proportion(self, level: float) -> float:
        """Return the false share of what is flagged at a rate; 0 where nothing is."""
        return float(false_discovery_proportion([ring.false for ring in self.flagged], [ring.q for ring in self.flagged], [level])[0])

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` makes an equal one of."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Judged:
        """Return the world of a JSON object."""
        parts: dict[str, Any] = {"rings": PlantedRing, "flagged": FlaggedRing, "p_values": PValue}
        of_parts: dict[str, Any] = {name: tuple(kind(**row) for row in value[name]) for name, kind in parts.items()}
        return cls(**{f.name: value[f.name] for f in fields(cls) if f.name not in parts}, **of_parts)


def q_of(ring: Ring) -> float | None:
    """Return the largest of the q-values by which a ring is flagged, those of N1 and N2; None where it has none."""
    values = [ring.q_values[rung] for rung in ("N1", "N2") if rung in ring.q_values]
    return max(values, default=None)


def judge(
    world: str, rings: Sequence[Ring], planted: Sequence[Truth], honest: Sequence[TrueGroup]
) -> tuple[tuple[PlantedRing, ...], tuple[FlaggedRing, ...]]:
    """Return what became of each planted ring, and what each flagged ring is.

    Parameters
    ----------
    world : str
        Name for the rows.
    rings : sequence of Ring
        Of a scan at the largest of `LEVELS`.
    planted : sequence of Truth
    honest : sequence of TrueGroup
    """
    anyone = frozenset[str]().union(*(truth.group.reviewers for truth in planted))
    flagged = [ring for ring in rings if ring.flagged]
    return (
        tuple(_planted(world, truth, rings, flagged) for truth in planted),
        tuple(_flagged(world, ring, anyone, honest) for ring in flagged),
    )


def _planted(world: str, truth: Truth, rings: Sequence[Ring], flagged: Sequence[Ring]) -> PlantedRing:
    best = {
        level: max((_agreement(truth, ring) for ring in flagged if (q := q_of(ring)) is not None and q <= level), default=0.0)
        for level in LEVELS
    }
    # Of equally good matches the first by rank.
    match = max(rings, key=lambda ring: _agreement(truth, ring), default=None)
    agreement = 0.0 if match is None else _agreement(truth, match)
    if agreement == 0:
        match = None
    status = "" if match is None else match.status
    return PlantedRing(
        world=world,
        ring=truth.group.id,
        shape=truth.shape,
        camouflage=truth.camouflage,
        reviewers=len(truth.group.reviewers),
        products=len(truth.group.products),
        f1_05=round(best[0.05], 6),
        f1_10=round(best[0.1], 6),
        match="" if match is None else match.id,
        match_f1=round(agreement, 6),
        match_status=f"{status} by {match.explained_by}" if match is not None and match.explained_by else status,
        match_q=None if match is None else q_of(match),
    )


def _agreement(truth: Truth, ring: Ring) -> float:
    alone = f1(truth.group.reviewers, ring.reviewers)
    held = len(set(truth.group.reviewers).intersection(ring.reviewers)) / len(truth.group.reviewers)
    # Two rings told as one are both found; a ring that is left out is not, however much of the other was told.
    return max(alone, f1(truth.kin, ring.reviewers)) if held >= FOUND else alone


def _flagged(world: str, ring: Ring, anyone: frozenset[str], honest: Sequence[TrueGroup]) -> FlaggedRing:
    members = frozenset(ring.reviewers)
    share = float(planted_share([anyone], [members])[0])
    held = [len(members.intersection(group.reviewers)) for group in honest]
    most = max(held, default=0)
    return FlaggedRing(
        world=world,
        ring=ring.id,
        reviewers=len(ring.reviewers),
        products=len(ring.products),
        q=q if (q := q_of(ring)) is not None else 1.0,
        planted_share=round(share, 6),
        # One member in a group is no group in the ring: busy accounts are in many groups by chance.
        honest=honest[held.index(most)].kind if most >= 2 else "none",
        honest_share=round(most / len(members), 6) if most >= 2 else 0.0,
    )
