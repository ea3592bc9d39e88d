"""What people decided, as plain values for the pages of a decided report.

This room knows nothing of the journal: `collusion.case.decided` reads it and fills in these types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collusion.base.glossary import definitions
from collusion.report.formatting import count, name
from collusion.report.sanitize import elide, sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collusion.case import Case

__all__ = ["Decided", "Entry", "RingDecision", "decided_index", "decided_line", "decided_ring", "listed", "printed"]

NOTE = 10_000
"""Characters of a note on the page of a ring; a note may be a megabyte."""

SHORT_NOTE = 160
"""Characters of a note in the table of rings."""


@dataclass(frozen=True)
class Entry:
    """One decision: ISO 8601 in UTC, status, who (empty if not given) and note."""

    time: str
    status: str
    by: str
    note: str


@dataclass(frozen=True)
class RingDecision:
    """What was decided about one ring.

    Parameters
    ----------
    status, counts_as : str
        The current decision, and what it counts as (an appeal as ``open``).
    history : tuple of Entry
        All decisions on this ring in this log, the first one first.
    people : tuple of str
        Who works on it now, or decided it last.
    similar : tuple of str
        Decisions on similar rings, in words, where nothing was decided on this one.
    carried : str or None
        Where the decision was made on an earlier scan: the products that came and left since, in words, or nothing.
    """

    status: str
    counts_as: str
    history: tuple[Entry, ...] = ()
    people: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    carried: str | None = None


@dataclass(frozen=True)
class Decided:
    """What was decided about the rings of a case.

    Parameters
    ----------
    rings : mapping of str to RingDecision
        One for each ring of the case, by id.
    gone : mapping of str to RingDecision
        Rings of this log that were decided, and that this scan did not find.
    asked : tuple of str
        The report lists only rings with these decisions; all where empty.
    journal, digest : str
        Name of the file, and the SHA-256 of its bytes; the digest is empty where there is no file.
    said : tuple of str
        Sentences on precision and appeals.
    notes : tuple of str
        On the journal: lines that are not counted, decisions on other logs.
    """

    rings: Mapping[str, RingDecision]
    gone: Mapping[str, RingDecision]
    asked: tuple[str, ...]
    journal: str
    digest: str
    said: tuple[str, ...]
    notes: tuple[str, ...]

    def asks(self, one: RingDecision) -> bool:
        """Return whether a ring is listed. A status finds those that count as it, too."""
        return not self.asked or one.status in self.asked or one.counts_as in self.asked


def listed(case: Case, decided: Decided | None) -> set[str]:
    """Return the ids of the rings that the pages list."""
    return {ring.id for ring in case.rings if decided is None or decided.asks(decided.rings[ring.id])}


def printed(case: Case, decided: Decided) -> list[str]:
    """Return the ids of the rings that get pages in the PDF: those asked for, or the flagged and the decided ones."""
    wanted = listed(case, decided)
    return [
        ring.id for ring in case.rings if ring.id in wanted and (decided.asked or ring.flagged or decided.rings[ring.id].status != "open")
    ]


def decided_index(case: Case, decided: Decided) -> dict[str, Any]:
    """Return what the section on decisions of the first page needs."""
    meanings, shown = definitions("decision"), listed(case, decided)
    # Each ring once, under its current decision.
    found = {status: sum(one.status == status for one in decided.rings.values()) for status in meanings}
    times = [entry.time for one in (*decided.rings.values(), *decided.gone.values()) for entry in one.history]
    return {
        "statuses": [
            {"status": status, "key": _key(status), "count": count(n), "meaning": meanings[status]} for status, n in found.items() if n
        ],
        "said": [sanitize(one, prose=True) for one in decided.said],
        "only": _only(len(shown), len(case.rings), decided.asked),
        "gone": [{"id": name(ring), **_line(one)} for ring, one in decided.gone.items() if decided.asks(one)],
        "journal": name(decided.journal),
        "digest": decided.digest,
        "last": _time(max(times)) if times else "",
        "notes": [sanitize(one, prose=True) for one in decided.notes],
    }


def decided_line(decided: Decided | None, ring_id: str) -> dict[str, Any] | None:
    """Return the cell of one ring in the table of rings."""
    return None if decided is None else _line(decided.rings[ring_id])


def decided_ring(decided: Decided | None, ring_id: str) -> dict[str, Any] | None:
    """Return the section of the page of one ring: every decision on it, the first one first."""
    if decided is None:
        return None
    one = decided.rings[ring_id]
    return {
        **_line(one),
        "meaning": definitions("decision")[one.status],
        "history": [
            {"time": _time(each.time), "status": each.status, "key": _key(each.status), "by": name(each.by), "note": _note(each.note, NOTE)}
            for each in one.history
        ],
        "similar": [sanitize(each, prose=True) for each in one.similar],
    }


def _line(one: RingDecision) -> dict[str, Any]:
    last = one.history[-1] if one.history else None
    return {
        "status": one.status,
        "key": _key(one.status),
        "classes": " ".join(f"decided-{_key(status)}" for status in dict.fromkeys((one.status, one.counts_as))),
        "by": name(", ".join(one.people)),
        "time": "" if last is None else name(last.time[:10]),
        "note": "" if last is None else _note(" ".join(last.note.split()), SHORT_NOTE),
        "carried": _carried(one),
        "offered": "" if last is not None or not one.similar else sanitize(one.similar[0], prose=True),
    }


def _carried(one: RingDecision) -> str:
    if one.carried is None:
        return ""
    since = f" Since then {sanitize(one.carried, prose=True)}." if one.carried else ""
    return f"This was decided on an earlier scan, about the same reviewers.{since}"


def _only(shown: int, of: int, asked: tuple[str, ...]) -> str:
    if not asked:
        return ""
    return (
        f"Only groups whose decision is or counts as {' or '.join(asked)} are listed and have pages: {count(shown)} of {count(of)}. The "
        "summary and the figures are of all groups."
    )


def _key(status: str) -> str:
    return status.replace(" ", "-")


def _time(text: str) -> str:
    return name(text[:19].replace("T", " "))


def _note(text: str, most: int) -> str:
    return sanitize(elide(text, most), prose=True)
