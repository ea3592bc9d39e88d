"""The current status of each ring by the journal: its last decision, who works on it, and decisions on similar rings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.decisions.appeals import COUNTS_AS
from collusion.decisions.entry import Decision, DecisionStatus, Subject, shown
from collusion.decisions.lines import Difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["LEAST_JACCARD", "Earlier", "Key", "RingStatus", "SimilarRings", "fold", "jaccard"]

Key = tuple[str, str]
"""Log and ring: a decision applies to the next run only where both are the same."""

LEAST_JACCARD = 0.5
"""Least Jaccard index of reviewers at which an earlier decision is offered. Rings of one run share fewer (`collusion.inference.merge`)."""


@dataclass(frozen=True)
class Earlier:
    """A decision on another ring, or on this ring in another log. It is shown, and never applied automatically.

    Parameters
    ----------
    decision : Decision
        The latest on that ring.
    reviewers, products : float
        Jaccard indices of the two rings' members, 0 to 1.
    same_log : bool
    people : tuple of str
        Those who work on that ring, or who decided it.
    changed : Difference or None
        Where the decision was made on an earlier scan (``--since``): who came and who left since.
    """

    decision: Decision
    reviewers: float
    products: float
    same_log: bool
    people: tuple[str, ...] = ()
    changed: Difference | None = None

    def __str__(self) -> str:
        if self.changed is not None:
            others = self.changed.reviewers_came or self.changed.reviewers_left
            on = "other members" if others else "the same members and other products or reviews"
            since = f"; since then {self.changed}" if str(self.changed) else ""
            return f"decided before, on {on}: {_decided(self.decision, self.people)}{since}"
        alike = f"Jaccard {self.reviewers:.2f} of reviewers, {self.products:.2f} of products"
        log = "" if self.same_log else ", in another log"
        verb = "is" if self.decision.status == "in progress" else "was"
        return f"{verb} {_decided(self.decision, self.people)} as {shown(self.decision.ring.ring_id)} ({alike}{log})"


@dataclass(frozen=True)
class RingStatus:
    """The current status of one ring.

    Parameters
    ----------
    ring_id : str
    status : {"open", "in progress", "confirmed", "dismissed", "appealed", "upheld", "overturned"}
        ``open`` where nothing was decided.
    decision : Decision or None
        The latest, which set this status.
    claims : tuple of Decision
        Of everybody who works on it now, the earliest first.
    earlier : tuple of Earlier
        Where nothing was decided: decisions on similar rings, the most similar first. Where an older decision holds: later ones that say
        the same of other members of the line.
    standing : str or None
        The last status that is not a claim: who works on a ring changes nothing of what was decided about it, and ends no appeal. None
        where there is none.
    carried : Difference or None
        Where the decision was made on an earlier scan (``--since``), on the same reviewers: the products that came and left since.
    """

    ring_id: str
    status: DecisionStatus = "open"
    decision: Decision | None = None
    claims: tuple[Decision, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    standing: DecisionStatus | None = None
    carried: Difference | None = None

    @property
    def counts_as(self) -> DecisionStatus:
        """What the status counts as: that of an appeal as ``open``, ``confirmed`` or ``dismissed``, any other as itself."""
        return COUNTS_AS.get(self.status, self.status)

    @property
    def people(self) -> tuple[str, ...]:
        """Those who work on it, or who decided it."""
        if self.claims:
            return tuple(claim.by for claim in self.claims if claim.by is not None)
        return () if self.decision is None or self.decision.by is None else (self.decision.by,)

    def __str__(self) -> str:
        if self.decision is not None:
            return _decided(self.decision, self.people) + _carried(self.carried)
        return str(self.earlier[0]) if self.earlier else self.status


def _own_key(decision: Decision) -> Key:
    return decision.ring.log, decision.ring.ring_id


def fold(decisions: Iterable[Decision], key_of: Callable[[Decision], Key] = _own_key) -> dict[Key, RingStatus]:
    """Return the status of each log and ring after the decisions, in the order of the file.

    ``confirmed``, ``dismissed`` and the statuses of appeals end all claims. ``in progress`` claims the ring for its author, beside others
    who do. ``open`` ends the author's own claim where others have claims too, and otherwise opens the ring again. ``key_of`` says which
    ring a decision counts for, if not for that which it names.
    """
    current: dict[Key, RingStatus] = {}
    for one in decisions:
        key = key_of(one)
        before = current.get(key, RingStatus(key[1]))
        claims = {claim.by: claim for claim in before.claims}
        if one.status == "in progress":
            claims.setdefault(one.by, one)
            current[key] = RingStatus(key[1], one.status, one, tuple(claims.values()), standing=before.standing)
        elif one.status == "open" and one.by in claims and len(claims) > 1:
            del claims[one.by]
            left = tuple(claims.values())
            current[key] = RingStatus(key[1], "in progress", left[-1], left, standing=before.standing)
        else:
            current[key] = RingStatus(key[1], one.status, one, standing=one.status)
    return current


class SimilarRings:
    """Decided rings by their reviewers, so that rings similar to a given one are found without comparing all."""

    def __init__(self, decided: Mapping[Key, RingStatus] | None = None) -> None:
        self._rings: list[tuple[Decision, tuple[str, ...]]] = []
        self._of: dict[str, list[int]] = {}
        for current in (decided or {}).values():
            if current.decision is not None and current.status != "open":
                self.add(current.decision, current.people)

    def add(self, decision: Decision, people: tuple[str, ...] = ()) -> None:
        """Add a decision, and the people who made it."""
        for name in set(decision.ring.reviewers):
            self._of.setdefault(name, []).append(len(self._rings))
        self._rings.append((decision, people))

    def similar_to(self, ring: Subject) -> list[Earlier]:
        """Return decisions on rings with a Jaccard index of reviewers of `LEAST_JACCARD` or more: the most similar first."""
        reviewers, products = set(ring.reviewers), set(ring.products)
        shared = Counter(index for name in reviewers for index in self._of.get(name, ()))
        found = []
        for index, common in shared.items():
            decision, people = self._rings[index]
            other = decision.ring
            alike = common / (len(reviewers) + len(set(other.reviewers)) - common)
            if alike >= LEAST_JACCARD:
                found.append(Earlier(decision, alike, jaccard(products, set(other.products)), other.log == ring.log, people))
        return sorted(found, key=lambda one: (-one.reviewers, -one.products, -one.decision.line))


def jaccard(one: set[str], other: set[str]) -> float:
    """Return the shared members of two sets as a share of all members of both; 1 for two empty sets."""
    return len(one & other) / len(one | other) if one or other else 1.0


def _decided(decision: Decision, people: tuple[str, ...]) -> str:
    """Return what was decided, by whom and on which day."""
    status = "opened again" if decision.status == "open" else decision.status
    return " ".join([status, *([f"by {', '.join(people)}"] if people else []), f"({shown(decision.time[:10])})"])


def _carried(difference: Difference | None) -> str:
    if difference is None:
        return ""
    return f", on an earlier scan{f'; since then {difference}' if str(difference) else ''}"
