"""The four statuses of a group: what they are called, how many groups have each, and what one means for one group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.report import formatting
from collusion.report.signals import is_basket, question, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collusion.base.model import Provenance, Status
    from collusion.case import Case, Ring

__all__ = ["STATUSES", "behaves_unlike", "beyond_chance", "counted", "counts", "false_discovery_rate", "status_statement"]

STATUSES: tuple[Status, ...] = ("flagged", "coordinated", "candidate", "explained")
"""In the order in which they are counted."""


def counts(rings: Iterable[Ring]) -> dict[Status, int]:
    """Return how many rings have each status, in the order of `STATUSES`."""
    found = dict.fromkeys(STATUSES, 0)
    for ring in rings:
        found[ring.status] += 1
    return found


def counted(rings: Iterable[Ring]) -> str:
    """Return the numbers in words: ``3 flagged, 1 coordinated, 80 candidates, 6 explained``."""
    return ", ".join(
        formatting.count(n, status) if status == "candidate" else f"{formatting.count(n)} {status}" for status, n in counts(rings).items()
    )


def beyond_chance(ring: Ring, provenance: Provenance) -> bool:
    """Whether the score of the group is above what shuffled logs reach.

    Of an explained group it need not be: copies across the variants of a listing are explained whatever they score.
    """
    rate = false_discovery_rate(provenance)
    if ring.status in {"flagged", "coordinated"}:
        return True
    return rate is not None and ring.q_value is not None and ring.q_value <= rate


def behaves_unlike(ring: Ring) -> bool:
    """Whether the answer to the second question is yes."""
    return ring.flagged or (ring.status == "coordinated" and ring.explained_by is not None)


def false_discovery_rate(provenance: Provenance) -> float | None:
    """Return the false-discovery rate that was set; None where the configuration does not hold it."""
    rate = provenance.config.get("fdr")
    return rate if isinstance(rate, float) else None


def status_statement(ring: Ring, case: Case | None) -> str:
    """Return what the status of a ring means, for this ring, in plain words."""
    return f"{ring.status.capitalize()}. {_SAID[ring.status](ring, case)}"


def _flagged(ring: Ring, _case: Case | None) -> str:
    return (
        f"The members acted together: {_score_stands(ring)}. They also behave unlike other reviewers of the same "
        f"products{_estimate(ring.q_paid)}. This is a reason to look further. It is not a finding against any person."
    )


def _coordinated(ring: Ring, case: Case | None) -> str:
    if ring.explained_by is not None:
        return (
            f"An innocent explanation accounts for the score ({_named(ring.explained_by, case)}). Nothing is left of it once that is "
            f"granted. But the members behave unlike other reviewers of the same products{_estimate(ring.q_paid)}, which that does not "
            "explain. So the group is listed as coordinated and not as explained. It is a coincidence to look into, never an accusation."
        )
    paid = (
        "Whether they behave unlike other reviewers of the same products could not be asked"
        if ring.q_paid is None
        else f"Nothing shows that they behave unlike other reviewers of the same products{_estimate(ring.q_paid)}"
    )
    return (
        f"The members acted together: {_score_stands(ring)}. {paid}. People who share an event, a course or a newsletter can look "
        "like this. It is a coincidence to look into, never an accusation."
    )


def _explained(ring: Ring, case: Case | None) -> str:
    paid = (
        "Whether the members behave unlike other reviewers of the same products could not be asked."
        if ring.q_paid is None
        else f"Nothing shows that the members behave unlike other reviewers of the same products{_estimate(ring.q_paid)}."
    )
    if is_basket(ring):
        return (
            "The products are variants of one listing, whose reviews count once, so the group was not compared with chance. "
            f"{paid} The group is listed so that nobody mistakes it for a ring."
        )
    return (
        f"Nothing is left of the score once an innocent explanation is granted ({_named(ring.explained_by or '', case)}). {paid} The "
        "group is listed so that nobody mistakes it for a ring."
    )


def _candidate(ring: Ring, case: Case | None) -> str:
    if not ring.q_values:
        why = "" if case is None or case.provenance.replicates else "No shuffled log was searched, so "
        return f"{why}{'T' if not why else 't'}he group was not compared with chance. Nothing can be said for or against it yet."
    rate, q = None if case is None else false_discovery_rate(case.provenance), ring.q_value
    if rate is None or q is None or q <= rate:
        return "The group cannot be distinguished from chance."
    return (
        "The group cannot be distinguished from chance: its false-discovery estimate of "
        f"{formatting.percent(q)} is above the {formatting.percent(rate)} that was set."
    )


_SAID = {"flagged": _flagged, "coordinated": _coordinated, "candidate": _candidate, "explained": _explained}


def _score_stands(ring: Ring) -> str:
    above = f"their score of {formatting.score(ring.score)} is above what shuffled logs reach{_estimate(ring.q_value)}"
    if ring.residual is None:
        return f"{above}; no innocent explanation could be tested"
    left = f"{formatting.score(ring.residual)} of it is left when the explanation that takes most of it is granted"
    return f"{above}, and {left}" + ("" if ring.residual_of is None else f" ({formatting.name(ring.residual_of)})")


def _named(signal: str, case: Case | None) -> str:
    """Return a signal with its question."""
    asked = question(signal, case)
    return formatting.name(signal) if asked == shortened(signal) else f"{formatting.name(signal)}: {asked}"


def _estimate(q: float | None) -> str:
    return "" if q is None else f" (false-discovery estimate {formatting.percent(q)})"
