"""A year of nights: a simulated market that grows week by week, each scan compared with the one before.

What is counted is known from the market, not from the matching: a line is right if the group that holds most of a planted ring keeps its
lineage id from one scan to the next. A person decides once on each flagged or coordinated group,
and again where its members changed.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collusion.decisions.lines import Related
from collusion.pipeline import scan
from collusion.simulate.market import Market, simulate
from collusion.simulate.shapes import draw_shapes
from collusion.simulate.writing import to_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from collusion.case import Case, Ring
    from collusion.decisions import Decision, RingStatus
    from collusion.simulate.market import TrueGroup

__all__ = ["SHAPES", "Nights", "Plan", "run_nights"]

SHAPES = ("dense", "medium", "drip", "overlapping", "workforce", "hijacked", "mixed", "patient")
"""Shapes of the planted rings, one of each."""

WEEK = 7


@dataclass(frozen=True)
class Plan:
    """What is run: a market of ``weeks`` weeks before the first scan and as many after it, and one scan each week.

    ``reviews`` counts the ordinary reviews of the whole log, ``replicates`` the shuffled logs of each scan.
    """

    weeks: int = 52
    reviews: int = 20_000
    replicates: int = 20
    seed: int = 0
    threads: int = 2


@dataclass
class Nights:
    """What was found; all numbers are over all nights so far.

    Parameters
    ----------
    nights : int
        Scans that were compared with an earlier one.
    planted, found : int
        Planted rings, and how many of them some scan found: a group most of whose reviewers are the ring's.
    followed : int
        Pairs of scans, one after the other, that both found a planted ring.
    kept : int
        How many of these gave it the same lineage id.
    shared : int
        Lineage ids that two groups of one scan had.
    joined : int
        Times that one group held most of several planted rings: one line is all that it can have.
    gaps : int
        Scans that did not find a planted ring which the scan before had found.
    decided, again : int
        Decisions made, and how many of them again since the members had changed.
    held : int
        Times that an earlier decision held for a group of a scan.
    misapplied : int
        How many of these were made on other reviewers.
    lost : int
        Times that the last decision on a line was neither held, nor offered, nor listed among those not found, nor answered by a later
        decision on a group that has most of its members.
    reopened : int
        Times that a group whose reviewers and products are those of a decided one was open.
    scan_seconds, compare_seconds : list of float
        Of each scan without the comparison; of the comparison and the lookup of decisions.
    """

    nights: int = 0
    planted: int = 0
    found: int = 0
    followed: int = 0
    kept: int = 0
    shared: int = 0
    joined: int = 0
    gaps: int = 0
    decided: int = 0
    again: int = 0
    held: int = 0
    misapplied: int = 0
    lost: int = 0
    reopened: int = 0
    scan_seconds: list[float] = field(default_factory=list, repr=False)
    compare_seconds: list[float] = field(default_factory=list, repr=False)

    @property
    def ratio(self) -> float:
        """The cost of a night as a multiple of one scan of the same log: the median over the nights."""
        return statistics.median(1 + extra / alone for alone, extra in zip(self.scan_seconds, self.compare_seconds, strict=True))


def run_nights(plan: Plan, journal: Path, progress: Callable[[str, int, int | None], None]) -> Iterator[Nights]:
    """Yield the figures after each night. ``journal`` is a file of decisions that is not there yet."""
    shapes = tuple(one for drawn in draw_shapes(SHAPES, plan.seed) for one in drawn)
    log = simulate(Market(reviews=plan.reviews, days=2 * plan.weeks * WEEK, rings=shapes), plan.seed)
    table: Any = to_table(log).to_pandas()
    planted = [group for group in log.groups if group.kind == "ring"]
    day = (table["timestamp"] - table["timestamp"].min()).dt.days
    found, case = Nights(planted=len(planted)), None
    lines: dict[str, str] = {}
    ever: set[str] = set()
    for night in range(plan.weeks + 1):
        progress("nights", night, plan.weeks)
        rows = table[day < (plan.weeks + night) * WEEK]
        begun = time.perf_counter()
        now = scan(rows, seed=plan.seed, replicates=plan.replicates, threads=plan.threads, since=case)
        took = time.perf_counter() - begun
        now = now.with_journal(journal)
        begun = time.perf_counter()
        statuses = now.decisions.statuses()
        looked = time.perf_counter() - begun
        if case is not None:
            found.nights += 1
            alone = sum(now.provenance.seconds.values())
            found.scan_seconds.append(alone)
            found.compare_seconds.append(max(took - alone, 0.0) + looked)
            _check(now, statuses, found)
        lines = _follow(now, planted, lines, found)
        ever |= lines.keys()
        found.found = len(ever)
        _decide(now, statuses, found)
        case = now
        yield found


def _follow(case: Case, planted: list[TrueGroup], before: dict[str, str], found: Nights) -> dict[str, str]:
    """Return the lineage id of each planted ring that the scan found, and count how many are as before."""
    holders = {group.id: ring for group in planted if (ring := _holder(case, set(group.reviewers))) is not None}
    lines = {name: ring.lineage_id for name, ring in holders.items()}
    found.joined += len(holders) - len({ring.id for ring in holders.values()})
    found.followed += len(both := before.keys() & lines.keys())
    found.kept += sum(before[one] == lines[one] for one in both)
    found.gaps += len(before.keys() - lines.keys())
    found.shared += len(case.rings) - len({ring.lineage_id for ring in case.rings})
    return lines


def _holder(case: Case, people: set[str]) -> Ring | None:
    """Return the ring that has most of some people, among those most of whose reviewers they are."""
    shared = [(len(people & {*ring.reviewers}), -ring.rank, ring) for ring in case.rings]
    close = [one for one in shared if 2 * one[0] > len(one[2].reviewers)]
    return max(close, key=lambda one: one[:2])[2] if close else None


def _check(case: Case, statuses: tuple[RingStatus, ...], found: Nights) -> None:
    """Count decisions that hold, those that are lost, and those that hold for other people."""
    rings = {ring.id: ring for ring in case.rings}
    held = [one for one in statuses if one.decision is not None]
    found.held += len(held)
    found.misapplied += sum({*one.decision.ring.reviewers} != {*rings[one.ring_id].reviewers} for one in held if one.decision is not None)
    past = case.decisions.history()
    members = {(frozenset(one.ring.reviewers), frozenset(one.ring.products)) for one in past}
    found.reopened += sum(
        one.decision is None and (frozenset(rings[one.ring_id].reviewers), frozenset(rings[one.ring_id].products)) in members
        for one in statuses
    )
    shown = {one.decision.line for one in (*held, *case.decisions.vanished()) if one.decision is not None}
    shown |= {earlier.decision.line for one in statuses for earlier in one.earlier}
    # Of a line that was decided again, only the last decision need be shown: its note has the line.
    last = {one.note: one for one in past}
    found.lost += sum(one.line not in shown and not _answered(one, held) for one in last.values())


def _answered(decision: Decision, held: list[RingStatus]) -> bool:
    """Whether somebody decided later on a ring that has most of the members: the decision was offered then."""
    later = [one.decision.ring for one in held if one.decision is not None and one.decision.line > decision.line]
    return bool(Related(later).to(decision.ring))


def _decide(case: Case, statuses: tuple[RingStatus, ...], found: Nights) -> None:
    for ring, status in zip(case.rings, statuses, strict=True):
        if ring.status in {"flagged", "coordinated"} and status.decision is None:
            found.decided += 1
            found.again += any(one.changed is not None for one in status.earlier)
            case.decide(ring, "confirmed" if ring.rank % 2 else "dismissed", note=ring.lineage_id, by="Ann")
