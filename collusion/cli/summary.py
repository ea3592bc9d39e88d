"""What `collusion scan` says of the case it made: on stderr for people, on stdout as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from collusion.report.formatting import count, score
from collusion.report.statuses import beyond_chance, counted, counts
from collusion.report.summary import rejected

if TYPE_CHECKING:
    from pathlib import Path

    from collusion.base.model import Accounting
    from collusion.case import Case, Ring
    from collusion.cli.terminal import Terminal

__all__ = ["as_json", "read_rows", "show_summary"]

SHOWN = 20
"""Most rings in the table of the summary; all are in the files."""

SHOWN_OPERATIONS = 5
"""Most operations that the summary names."""

WIDE = 96
"""Characters of a line from which on the table names the rings, too."""


def show_summary(case: Case, terminal: Terminal) -> None:
    """Show how many rows were read, the notes, and the groups that score higher than chance."""
    terminal.paragraph(read_rows(case.accounting))
    if (warning := rejected(case)) is not None:
        terminal.warn(warning)
    for note in case.notes:
        terminal.paragraph(note, "note: ")
    terminal.say(counted(case.rings), **counts(case.rings))
    _table(case, terminal)
    _operations(case, terminal)


def read_rows(rows: Accounting) -> str:
    """Return how many rows were read, and what became of them."""
    return (
        f"Read {count(rows.rows_in, 'row')}: {rows.counted:,} used, {count(rows.repeated, 'repeat review')} and "
        f"{count(rows.copies, 'copy', 'copies')} across product variants merged, {rows.set_aside:,} rejected."
    )


def _table(case: Case, terminal: Terminal) -> None:
    """Show the groups that score higher than chance, by rank: all flagged ones first of all, then those of the highest ranks."""
    notable = [ring for ring in case.rings if beyond_chance(ring, case.provenance)]
    shown = sorted(sorted(notable, key=lambda ring: not ring.flagged)[:SHOWN], key=lambda ring: ring.rank)
    if not shown:
        if case.rings:
            terminal.say(f"None scores above chance. {_in_files(len(case.rings), 'group')}")
        return
    wide = terminal.width() >= WIDE
    header = ("rank", "status", "score", "q1", "q2", "reviewers", "products", "first", "last", *(("ring",) if wide else ()))
    numbers = {"rank", "score", "q1", "q2", "reviewers", "products"}
    terminal.table(header, [_row(ring, wide=wide) for ring in shown], numbers=numbers, gap=1)
    if terminal.is_json:
        return
    if (more := len(case.rings) - len(shown)) > 0:
        terminal.say(_in_files(more, "more group"))
    terminal.paragraph(
        "Groups are ranked by score, whatever their status. q1 and q2 are false-discovery estimates of two questions: did they act "
        "together (q1), and do they behave unlike other reviewers of the same products (q2)?"
    )


def _operations(case: Case, terminal: Terminal) -> None:
    """Say which groups are joined to operations."""
    if not case.operations:
        return
    shown = ", ".join(
        f"{one.id} ({count(len(one.rings), 'group')}, {count(len(one.core), 'core worker')})" for one in case.operations[:SHOWN_OPERATIONS]
    )
    left = len(case.operations) - SHOWN_OPERATIONS
    more = f", and {left:,} more in operations.csv" if left > 0 else ""
    joined = sum(len(one.rings) for one in case.operations)
    terminal.paragraph(
        f"{count(joined, 'group')} share more than chance and are joined to {count(len(case.operations), 'operation')}: {shown}{more}."
    )


def _in_files(n: int, noun: str) -> str:
    return f"{count(n, noun)} {'is' if n == 1 else 'are'} in the files."


def _row(ring: Ring, *, wide: bool) -> tuple[str, ...]:
    return (
        str(ring.rank),
        ring.status,
        score(ring.score),
        _short(ring.q_value),
        _short(ring.q_paid),
        f"{len(ring.reviewers):,}",
        f"{len(ring.products):,}",
        ring.first_review or "",
        ring.last_review or "",
        *((ring.id,) if wide else ()),
    )


def _short(q: float | None) -> str:
    """Return a q-value with two digits, so that nine columns fit into 80 characters; the files have all of them."""
    return "" if q is None else f"{q:.2g}"


def as_json(case: Case, out: Path, exit_code: int) -> dict[str, Any]:
    """Return what ``--json`` prints.

    ``out``; the number of groups by status (``flagged``, ``coordinated``, ``candidates``, ``explained``); ``accounting`` of rows; ``rings``
    with their main figures; ``operations`` with their rings and core workers; ``warnings`` and ``notes``; ``run``, the content of
    ``run.json`` (version, seconds by stage and in total, peak memory in MiB); ``exit_code``.
    """
    return {
        "out": str(out),
        **{"candidates" if status == "candidate" else status: n for status, n in counts(case.rings).items()},
        "accounting": asdict(case.accounting),
        "rings": [_ring(ring) for ring in case.rings],
        "operations": [
            {"operation_id": one.id, "rank": one.rank, "rings": list(one.rings), "core": list(one.core)} for one in case.operations
        ],
        "warnings": [] if (warning := rejected(case)) is None else [warning],
        "notes": list(case.notes),
        # Read from the file, so that the two never differ.
        "run": json.loads((out / "run.json").read_text(encoding="ascii")),
        "exit_code": exit_code,
    }


def _ring(ring: Ring) -> dict[str, Any]:
    return {
        "ring_id": ring.id,
        "rank": ring.rank,
        "status": ring.status,
        "explained_by": ring.explained_by,
        "score": ring.score,
        "residual": ring.residual,
        "residual_of": ring.residual_of,
        "q_value": ring.q_value,
        "q_paid": ring.q_paid,
        "n_reviewers": len(ring.reviewers),
        "n_products": len(ring.products),
        "n_reviews": ring.n_reviews,
        "n_doubtful": len(ring.doubtful),
    }
