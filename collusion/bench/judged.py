"""What is recorded about a simulated world: its rings, found or missed, its flags, and its honest groups that were listed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from collusion.bench.metrics import TRUE

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FOUND",
    "LEVELS",
    "PASSED",
    "TOGETHER",
    "FlaggedRing",
    "HonestGroup",
    "Judged",
    "NullCount",
    "PValue",
    "PlantedRing",
    "at_level",
]

LEVELS = (0.05, 0.1)
"""False-discovery rates at which rings are counted. A scan is made at the largest."""

FOUND = 0.5
"""Member-F1 from which a group counts as found, and share of its members from which a ring contains it."""

PASSED = frozenset({"flagged", "coordinated", "explained"})
"""Statuses of rings whose score passes: the members acted together, for whatever reason."""

TOGETHER = frozenset({"flagged", "coordinated"})
"""Statuses of rings that acted together and that no innocent explanation accounts for."""


def at_level(q: float | None, level: float) -> bool:
    """Return whether a status counts at one of `LEVELS`: always at the largest, below it where the q-value is at most the level.

    A scan is made at the largest level, and its statuses are those at that level. For a lower one this is near enough, but not the same as
    a scan at that level: its thresholds for innocent explanations would be higher.
    """
    return level == max(LEVELS) or (q is not None and q <= level)


@dataclass(frozen=True)
class PlantedRing:
    """A planted ring and what became of it.

    Parameters
    ----------
    f1_05, f1_10 : float
        Largest agreement of a ring flagged at that level, 0 where none is: its member-F1 with the planted ring, or with that and the ring
        it shares accounts with taken together, where it contains at least half of the planted ring.
    together_05, together_10 : float
        The same of rings flagged or coordinated.
    match, match_f1, match_status, match_q
        The listed ring with the largest agreement, whatever its status, with the explanation where it has one: ``explained by launches``.
        Empty where none has a member in common.
    """

    world: str
    ring: str
    shape: str
    camouflage: str
    reviewers: int
    products: int
    f1_05: float
    f1_10: float
    together_05: float
    together_10: float
    match: str
    match_f1: float
    match_status: str
    match_q: float | None

    def agreement(self, level: float, *, coordinated: bool = False) -> float:
        """Return the largest agreement of a ring flagged at one of `LEVELS`; with ``coordinated``, of one flagged or coordinated."""
        flagged = (self.f1_05, self.f1_10)
        return ((self.together_05, self.together_10) if coordinated else flagged)[LEVELS.index(level)]

    def found(self, level: float, *, coordinated: bool = False) -> bool:
        """Return whether the agreement is at least `FOUND`."""
        return self.agreement(level, coordinated=coordinated) >= FOUND


@dataclass(frozen=True)
class FlaggedRing:
    """A ring flagged at the largest of `LEVELS`.

    ``q`` is the larger of the q-values of both questions, ``planted_share`` the share of its reviewers who belong to planted rings.
    ``honest`` is the class of the honest group with the largest share of its reviewers, ``honest_share``; ``none`` where no group has two
    of them.
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
class HonestGroup:
    """An honest group of which a listed ring contains at least half, or that agrees with one; rings of planted accounts do not count.

    Parameters
    ----------
    held : bool
        Whether a listed ring contains at least half of it, and two of its members.
    flagged_05, flagged_10 : bool
        Whether a ring that is flagged at that level contains as much.
    match, match_f1, status, score, q
        The listed ring with the largest member-F1, where that is at least `FOUND`, and the larger of its two q-values; otherwise empty.
    p_values : mapping of str to float
        Of that ring's evidence, by signal.
    """

    world: str
    group: str
    kind: str
    reviewers: int
    products: int
    held: bool
    flagged_05: bool
    flagged_10: bool
    match: str = ""
    match_f1: float = 0.0
    status: str = ""
    score: float | None = None
    q: float | None = None
    p_values: Mapping[str, float] = field(default_factory=dict)

    def flagged(self, level: float) -> bool:
        """Return whether a ring that is flagged at one of `LEVELS` contains at least half of it."""
        return (self.flagged_05, self.flagged_10)[LEVELS.index(level)]

    @property
    def passes(self) -> bool:
        """Whether it was found as a group that acted together."""
        return self.status in PASSED


@dataclass(frozen=True)
class PValue:
    """A single test of a group chosen in advance, where its null holds (`collusion.bench.single_tests`)."""

    world: str
    signal: str
    p_value: float


@dataclass(frozen=True)
class NullCount:
    """Groups per held-out permutation whose predicted count is at most ``predicted`` (`collusion.bench.held_out`)."""

    world: str
    predicted: float
    actual: float


@dataclass(frozen=True)
class Judged:
    """One world: what is in its log, what a scan listed, and what became of rings, flags and honest groups.

    Parameters
    ----------
    columns : str
        Name of the kind of log (`collusion.bench.columns.COLUMNS`).
    seed, reviews, planted : int
        Of the simulation; reviews are all there are in the log, planted ones included.
    honest : mapping of str to int
        Honest groups in the log by class, found or not.
    listed : int
        Rings in the case, whatever their status.
    seconds : float
        Of the scan; the one figure that differs from run to run.
    error : str
        What went wrong; empty where nothing did.
    """

    world: str
    kind: str
    seed: int
    columns: str = "full"
    reviews: int = 0
    planted: int = 0
    honest: Mapping[str, int] = field(default_factory=dict)
    listed: int = 0
    replicates: int = 0
    seconds: float = 0.0
    error: str = ""
    rings: tuple[PlantedRing, ...] = ()
    flagged: tuple[FlaggedRing, ...] = ()
    groups: tuple[HonestGroup, ...] = ()
    p_values: tuple[PValue, ...] = ()
    null_counts: tuple[NullCount, ...] = ()

    def flags(self, level: float) -> list[FlaggedRing]:
        """Return the rings flagged at one of `LEVELS`."""
        return [ring for ring in self.flagged if at_level(ring.q, level)]

    def false_share(self, level: float) -> float:
        """Return the false share of what is flagged at one of `LEVELS`; 0 where nothing is, as the false-discovery rate counts it."""
        flags = self.flags(level)
        return sum(ring.false for ring in flags) / max(len(flags), 1)

    @property
    def acting(self) -> int:
        """Honest groups that were found to act together, each ring counted once; copies over variants do not count."""
        return len({group.match for group in self.groups if group.passes and group.kind != "variants"})

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Judged:
        """Return the world of a JSON object, which `dataclasses.asdict` makes."""
        parts: dict[str, Any] = {
            "rings": PlantedRing,
            "flagged": FlaggedRing,
            "groups": HonestGroup,
            "p_values": PValue,
            "null_counts": NullCount,
        }
        of_parts: dict[str, Any] = {name: tuple(kind(**row) for row in value[name]) for name, kind in parts.items()}
        return cls(**{f.name: value[f.name] for f in fields(cls) if f.name not in parts}, **of_parts)
