"""What the page "What changed" of a report says: the lines of rings since an earlier scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collusion.base.glossary import definitions
from collusion.base.lineage import KINDS
from collusion.report.formatting import count, name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.base.lineage import Change, ChangeKind, Growth, Since
    from collusion.case import Case

__all__ = ["change_of", "changes_page", "counted", "headline"]

NAMES = 20
"""Most ids that a line of the page names; the others are in ``case.json``."""

LISTED = 500
"""Most lines of one kind on the page."""

GROWTH: dict[Growth, str] = {
    "files": "Every input of the earlier scan is an input of this one, with the same digest: the log grew by whole files.",
    "rows": "Not every input of the earlier scan is here unchanged, and no fewer rows were accepted. So each group was checked by its "
    "reviews: where all of those by its members are still in the log, its line is unbroken.",
    "other": "The log has fewer rows than that of the earlier scan, so it is not that log with rows added. Lines of groups are shown, and "
    "decisions are kept only on groups with exactly the same reviewers and products.",
}


def counted(since: Since) -> dict[ChangeKind, int]:
    """Return how many changes are of each kind, in the order in which they are listed."""
    return since.counts()


def headline(since: Since) -> tuple[str, str]:
    """Return the number of changes of each kind in words, and whether the log is the earlier one with rows added."""
    found = [f"{count(n)} {kind}" for kind, n in counted(since).items() if n]
    return f"Since the earlier scan: {', '.join(found) or 'no group then or now'}.", GROWTH[since.growth]


def changes_page(case: Case, since: Since) -> dict[str, Any]:
    """Return what the template ``changes.html.j2`` needs."""
    meanings, by_kind = definitions("change"), {kind: [one for one in since.changes if one.kind == kind] for kind in KINDS}
    ranks = {ring.id: ring.rank for ring in case.rings}
    said, growth = headline(since)
    before = f"{count(since.counted, 'counted review')}{'' if since.span is None else f' from {since.span[0]} to {since.span[1]}'}"
    now = f"{count(case.accounting.counted, 'counted review')}{'' if case.span is None else f' from {case.span[0]} to {case.span[1]}'}"
    return {
        "headline": said,
        "growth": growth,
        "logs": f"The earlier log had {before}. This one has {now}.",
        "kinds": [
            {
                "kind": kind,
                "count": count(len(found)),
                "meaning": meanings[kind],
                "lines": [_line(one, ranks) for one in found[:LISTED]],
                "more": f"{count(len(found) - LISTED, 'more group is', 'more groups are')} in changes.csv." if len(found) > LISTED else "",
            }
            for kind, found in by_kind.items()
            if found
        ],
    }


def change_of(case: Case, ring_id: str) -> dict[str, str] | None:
    """Return what became of one ring since the earlier scan, for its page; None where no earlier scan was given."""
    one = None if case.since is None else case.since.of(ring_id)
    if one is None:
        return None
    line = "" if one.lineage_id == ring_id else f" Its line began with {one.lineage_id}."
    before = f" It was {one.status_before} then." if one.status_before not in {None, one.status} else ""
    return {"kind": one.kind, "said": f"Since the earlier scan: {one.kind}. {_became(one)}{before}{line}"}


def _became(one: Change) -> str:
    """Return in words how the members of a ring changed."""
    if not one.before:
        return "No earlier group continues in it."
    moves = [
        f"{count(len(ids), noun)} {verb}"
        for noun, ids, verb in (
            ("reviewer", one.came, "came"),
            ("reviewer", one.left, "left"),
            ("product", one.products_came, "came"),
            ("product", one.products_left, "left"),
        )
        if ids
    ]
    came_from = f"It comes from {' and '.join(one.before)}. " if len(one.before) > 1 or one.kind == "split" else ""
    return f"{came_from}{', '.join(moves) or 'It has the same reviewers and products'}."


def _line(one: Change, ranks: dict[str, int]) -> dict[str, Any]:
    parts = (
        ("Reviewers who came", one.came),
        ("Reviewers who left", one.left),
        ("Products that came", one.products_came),
        ("Products that left", one.products_left),
    )
    return {
        "lineage_id": one.lineage_id,
        "ring_id": one.ring_id or "",
        "rank": count(ranks[one.ring_id]) if one.ring_id in ranks else "",
        "status": one.status or "",
        "status_before": one.status_before or "",
        "size": " to ".join(dict.fromkeys(count(n) for n in ((one.n_before, one.n_reviewers) if one.before else (one.n_reviewers,)))),
        "before": list(one.before),
        # Of a ring that is new or gone, all members are: its line says so.
        "parts": [] if one.kind in {"new", "gone"} else [_names(said, ids) for said, ids in parts if ids],
    }


def _names(said: str, ids: Sequence[str]) -> dict[str, Any]:
    left = len(ids) - NAMES
    more = f"and {count(left)} more" if left > 0 else ""
    return {"said": said, "count": count(len(ids)), "ids": [name(one) for one in ids[:NAMES]], "more": more}
