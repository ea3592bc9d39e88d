"""Which decisions of earlier scans hold for a ring, and how the ring differs from the one that was decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collusion.decisions.entry import Decision, Subject, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Difference", "Lines", "Related"]

SHOWN_IDS = 3
"""Ids that a sentence names."""


@dataclass(frozen=True)
class Difference:
    """What came to a ring, and what left it, since a decision; ids, sorted."""

    reviewers_came: tuple[str, ...] = ()
    reviewers_left: tuple[str, ...] = ()
    products_came: tuple[str, ...] = ()
    products_left: tuple[str, ...] = ()

    @classmethod
    def of(cls, decided: Subject, ring: Subject) -> Difference:
        """Return the difference of a ring from the one that was decided."""
        pairs = ((set(decided.reviewers), set(ring.reviewers)), (set(decided.products), set(ring.products)))
        return cls(*(tuple(sorted(part)) for old, new in pairs for part in (new - old, old - new)))

    def __str__(self) -> str:
        parts = (
            ("reviewer", self.reviewers_came, "came"),
            ("reviewer", self.reviewers_left, "left"),
            ("product", self.products_came, "came"),
            ("product", self.products_left, "left"),
        )
        return ", ".join(f"{len(ids):,} {noun}{'' if len(ids) == 1 else 's'} {verb} ({_listed(ids)})" for noun, ids, verb in parts if ids)


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - SHOWN_IDS:,} more" if len(ids) > SHOWN_IDS else ""
    return ", ".join(shown(one, 40) for one in ids[:SHOWN_IDS]) + more


@dataclass(frozen=True)
class Lines:
    """The earlier scans of a case.

    Parameters
    ----------
    logs : tuple of str
        Digests of their inputs, the latest first.
    unbroken : mapping of str to int
        By ring id: over how many of them no review of the ring's members was lost (`collusion.base.lineage.Change.unbroken`).
    """

    logs: tuple[str, ...] = ()
    unbroken: Mapping[str, int] = field(default_factory=dict)

    def back(self, log: str) -> int | None:
        """Return how many scans ago a log was scanned; None where it is no earlier one."""
        return self.logs.index(log) + 1 if log in self.logs else None

    def carries(self, decided: Subject, ring: Subject) -> bool:
        """Whether a decision of an earlier scan holds for a ring.

        The reviewers are the same. Then the products are the same too; or no review of the members was lost since, and more than half of
        the products that the decision was about are still in the ring, whatever was added.
        """
        back = self.back(decided.log)
        if back is None or set(decided.reviewers) != set(ring.reviewers):
            return False
        old, new = set(decided.products), set(ring.products)
        return old == new or (back <= self.unbroken.get(ring.ring_id, 0) and 2 * len(old & new) > len(old))

    def in_order(self, decisions: Iterable[Decision], own: str) -> list[Decision]:
        """Return decisions on other logs first, then those on earlier scans, the latest last, then those on this log.

        So what was decided on a later scan replaces what was decided on an earlier one, whichever file or clock it comes from. Within one
        scan the order of the journal stays.
        """
        places = {log: -k for k, log in enumerate(self.logs, 1)} | {own: 0}
        return sorted(decisions, key=lambda one: places.get(one.ring.log, -len(self.logs) - 1))


class Related:
    """Rings by their reviewers: which of them hold most of a given ring, or are mostly held by it (more than half, in either direction)."""

    def __init__(self, rings: Iterable[Subject]) -> None:
        self._rings = list(rings)
        self._of: dict[str, list[int]] = defaultdict(list)
        for k, ring in enumerate(self._rings):
            for name in set(ring.reviewers):
                self._of[name].append(k)

    def to(self, ring: Subject) -> list[int]:
        """Return the positions of related rings, ascending."""
        names = set(ring.reviewers)
        shared = Counter(k for name in names for k in self._of.get(name, ()))
        return sorted(k for k, common in shared.items() if 2 * common > min(len(names), len(set(self._rings[k].reviewers))))
