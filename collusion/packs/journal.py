"""What people decided about the rings of a pack, from the journal of the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.decisions.entry import shown
from collusion.packs.hidden import LEFT_OUT

if TYPE_CHECKING:
    from collusion.case import Case
    from collusion.decisions import Decision
    from collusion.packs.hidden import Names
    from collusion.packs.subject import Subject

__all__ = ["COLUMNS", "Decided", "damaged_lines", "decisions_on"]

COLUMNS = ("ring_id", "time", "status", "by", "note")

NOTE_LENGTH = 10_000
"""Characters of a note that a pack has; a note may be a megabyte."""


@dataclass(frozen=True)
class Decided:
    """One decision, as the addressee may read it. ``time`` is ISO 8601 in UTC; ``by`` and ``note`` are empty where there is none."""

    ring: str
    time: str
    status: str
    by: str
    note: str


def decisions_on(case: Case, subject: Subject, called: dict[str, str], names: Names, *, name_deciders: bool) -> dict[str, list[Decided]]:
    """Return the decisions on each ring, by the id that the pack calls it, in the order of the journal.

    Only decisions that count for these members are taken: on this log, and carried from earlier scans. Those of an account holder's and a
    seller's pack number the people who decided (``person 1``), unless ``name_deciders``. Ids of others in notes become pseudonyms; a note
    that writes one in another way is left out, and so is every note of a case that was pseudonymised before, whose names are not known
    here.
    """
    recorded = case.decisions
    known = {ring.id: recorded.applied(ring.id) for ring in subject.rings}
    numbers: dict[str, int] = {}
    for one in sorted((one for some in known.values() for one in some), key=lambda one: one.line):
        if one.by is not None:
            numbers.setdefault(one.by, len(numbers) + 1)
    secret_notes = case.provenance.pseudonymised is not None

    def told(ring: str, one: Decision) -> Decided:
        by = "" if one.by is None else shown(names.hide(one.by)) if name_deciders else f"person {numbers[one.by]}"
        note = LEFT_OUT if one.note and secret_notes else names.hide(one.note)
        return Decided(called[ring], one.time, one.status, by, " ".join(shown(note, NOTE_LENGTH).split()))

    return {called[ring]: [told(ring, one) for one in some] for ring, some in known.items()}


def damaged_lines(case: Case) -> int:
    """Return how many lines of the journal cannot be read, so that a decision may be missing."""
    return len(case.decisions.journal.read()[1])
