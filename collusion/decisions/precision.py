"""The precision of the scans, by the decisions so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.decisions.appeals import COUNTS_AS
from collusion.decisions.entry import APPEALS
from collusion.decisions.history import LEAST_JACCARD, SimilarRings, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collusion.decisions.entry import Decision, Subject

__all__ = ["CONFIDENCE", "Precision", "Share", "exact_interval", "precision_of"]

CONFIDENCE = 0.95

KINDS = ("all", "status", "detector", "explanation", "q-value", "second q-value")
"""Kinds of shares, in the order in which they are listed."""

FOUND = ("flagged", "coordinated", "candidate", "explained")
"""Statuses of a scan, in the order in which they are listed; others, and none, come last."""

_VERDICTS = {"confirmed", "dismissed"}

BANDS = ((0.01, "at most 0.01"), (0.05, "0.01 to 0.05"), (0.10, "0.05 to 0.10"), (1.0, "over 0.10"))
"""Bands of q-values: upper ends, which belong to them, and what they are called."""


@dataclass(frozen=True)
class Share:
    """The share of confirmed rings among the decided ones of one kind.

    Parameters
    ----------
    kind : {"all", "status", "detector", "explanation", "q-value", "second q-value"}
        What the rings have in common: the status that the scan gave them, a detector that found them, the innocent explanation it found,
        the bands of the q-values of the first and of the second question; all as they were when they were decided.
    name : str
    confirmed, dismissed : int
        Rings that are ``upheld`` count as confirmed, those that are ``overturned`` as dismissed.
    value : float or None
        ``confirmed / (confirmed + dismissed)``.
    low, high : float
        The exact 95 % interval.
    """

    kind: str
    name: str
    confirmed: int
    dismissed: int
    value: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Precision:
    """Precision so far. A ring with several detectors is counted under each.

    Parameters
    ----------
    shares : tuple of Share
        That of all rings first.
    disputed : int
        Rings that were both confirmed and dismissed; the last decision counts.
    repeated : int
        Decisions that are left out because a similar ring (Jaccard index of reviewers and of products of 0.5 or more) was decided later, as
        after another run on a longer log: one ring is not counted twice.
    appealed, upheld, overturned : int
        Rings with an appeal that is pending, which count as open; and rings whose appeals were answered so, over all logs.
    """

    shares: tuple[Share, ...]
    disputed: int
    repeated: int
    appealed: int = 0
    upheld: int = 0
    overturned: int = 0

    @property
    def appeals(self) -> str:
        """The appeals, in a plain sentence; empty where there are none."""
        if not self.appealed + self.upheld + self.overturned:
            return ""
        return f"Appeals: {self.appealed:,} pending, {self.upheld:,} upheld, {self.overturned:,} overturned."

    @property
    def statement(self) -> str:
        """The precision of all, in a plain sentence."""
        total = self.shares[0]
        if total.value is None:
            return "No ring is confirmed or dismissed yet, so the precision is not known."
        return (
            f"Precision so far: {total.confirmed:,} of {_rings(total.confirmed + total.dismissed)} confirmed, "
            f"{total.value:.2f} (95 % interval {total.low:.2f} to {total.high:.2f}). "
            "Note: this reflects only the rings you chose to review."
        )


def _rings(n: int) -> str:
    return f"{n:,} decided {'ring is' if n == 1 else 'rings are'}"


def precision_of(decisions: Sequence[Decision]) -> Precision:
    """Return the precision by the decisions of a journal, over all rings and by what rings have in common.

    Rings whose last decision counts as ``confirmed`` or ``dismissed`` count, over all logs of the journal. O(members of all decided rings).
    """
    verdicts: dict[tuple[str, str], set[str]] = {}
    for one in decisions:
        if (verdict := _counted(one)) in _VERDICTS:
            verdicts.setdefault((one.ring.log, one.ring.ring_id), set()).add(verdict)
    folded = fold(decisions).values()
    current = [one.decision for one in folded if one.decision is not None]
    last = [one for one in current if _counted(one) in _VERDICTS]
    counted, near, repeated = [], SimilarRings(), 0
    for decision in sorted(last, key=lambda one: -one.line):
        if any(other.products >= LEAST_JACCARD for other in near.similar_to(decision.ring)):
            repeated += 1
        else:
            counted.append(decision)
            near.add(decision)
    counts: dict[tuple[str, str], list[int]] = {("all", "all"): [0, 0]}
    for decision in counted:
        for kind in _kinds(decision.ring):
            counts.setdefault(kind, [0, 0])[_counted(decision) == "dismissed"] += 1
    return Precision(
        tuple(_share(kind, name, confirmed, dismissed) for (kind, name), (confirmed, dismissed) in sorted(counts.items(), key=_order)),
        sum(len(said) > 1 for said in verdicts.values()),
        repeated,
        *(sum(one.standing == status for one in folded) for status in APPEALS),
    )


def _counted(decision: Decision) -> str:
    return COUNTS_AS.get(decision.status, decision.status)


def exact_interval(hits: int, n: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share (Clopper and Pearson 1934); (0, 1) where there is nothing to take a share of."""
    from scipy.special import betaincinv  # noqa: PLC0415  # only where a precision is asked for

    tail = (1 - CONFIDENCE) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high


def _share(kind: str, name: str, confirmed: int, dismissed: int) -> Share:
    n = confirmed + dismissed
    return Share(kind, name, confirmed, dismissed, confirmed / n if n else None, *exact_interval(confirmed, n))


def _kinds(ring: Subject) -> Iterator[tuple[str, str]]:
    yield "all", "all"
    yield "status", ring.found or "unknown"
    for name in dict.fromkeys(ring.detectors):
        yield "detector", name
    yield "explanation", ring.explained_by or "none"
    yield "q-value", _band(ring.q_value)
    yield "second q-value", _band(ring.q_paid)


def _band(q_value: float | None) -> str:
    return "none" if q_value is None else next((name for end, name in BANDS if q_value <= end), BANDS[-1][1])


def _order(item: tuple[tuple[str, str], object]) -> tuple[int, int, str]:
    (kind, name), _ = item
    bands = [*(band for _, band in BANDS), "none"]
    names = {"status": FOUND, "q-value": bands, "second q-value": bands}.get(kind, ())
    return KINDS.index(kind), names.index(name) if name in names else len(names), name
