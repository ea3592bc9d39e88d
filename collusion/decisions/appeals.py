"""Appeals: which decision may follow which, and what an answered appeal counts as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.decisions.entry import APPEALS, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from collusion.decisions.entry import DecisionStatus

__all__ = ["COUNTS_AS", "faults_of_step", "matches"]

COUNTS_AS: Mapping[str, DecisionStatus] = {"appealed": "open", "upheld": "confirmed", "overturned": "dismissed"}
"""What a status counts as; the others count as themselves."""

_WORDS = {"open": "withdrawn"}


def matches(status: str, wanted: Collection[str]) -> bool:
    """Return whether a status is one of those wanted, or counts as one: ``upheld`` is found where ``confirmed`` is wanted."""
    return status in wanted or COUNTS_AS.get(status, status) in wanted


def faults_of_step(ring_id: str, status: str, before: DecisionStatus | None, note: object) -> list[str]:
    """Return why a decision cannot follow the one ``before`` on the same ring; empty where it can.

    Parameters
    ----------
    ring_id : str
    status : str
        The new one.
    before : str or None
        The one that stands, claims apart (`RingStatus.standing`).
    note : object
        Appeals and the answers to them need a reason.
    """
    problems = []
    if status in APPEALS and not (isinstance(note, str) and note.strip()):
        problems.append(f"note: {status!r} needs a reason, as in note='the account holder sent an invoice'")
    has = "has no decision" if before is None else f"is {_WORDS.get(before, before)}"
    ring = shown(ring_id)
    if status == "appealed" and before not in {"confirmed", "upheld"}:
        again = "; an appeal is pending, and its answer is 'upheld' or 'overturned'" if before == "appealed" else ""
        problems.append(f"status: {ring} {has}, and only a ring that is confirmed or upheld can be appealed{again}")
    elif status in {"upheld", "overturned"} and before != "appealed":
        problems.append(f"status: {ring} {has}, and {status!r} answers an appeal; record the appeal first, as 'appealed'")
    elif status in {"confirmed", "dismissed"} and before == "appealed":
        answer = "upheld" if status == "confirmed" else "overturned"
        problems.append(f"status: an appeal of {ring} is pending; answer it with {answer!r}, which counts as {status}")
    return problems
