"""The door from a case and its journal to a decided report: pages, PDF and ``decisions.csv`` in a folder beside the case."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError
from collusion.base.folders import REPORT_SUFFIX
from collusion.decisions import STATUSES, asked_statuses, journal_path
from collusion.export import atomic_directory, check_free
from collusion.report.decided import Decided, Entry, RingDecision, listed, printed
from collusion.report.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from collusion.case import Case
    from collusion.decisions import CaseDecisions, Decision, RingStatus
    from collusion.export import Seen

__all__ = ["COLUMNS", "check_report", "decided_of", "decision_rows", "report_path", "write_decided"]

logger = logging.getLogger(__name__)

COLUMNS = (
    "ring_id",
    "lineage_id",
    "rank",
    "status",
    "decision",
    "counts_as",
    "current",
    "by",
    "time",
    "note",
    "before",
    "similar",
)
"""Columns of ``decisions.csv``."""

_TEXTS = ("ring_id", "lineage_id", "by", "time", "note", "similar")
"""Those whose text people wrote, or that a changed journal could hold."""


def report_path(folder: str | os.PathLike[str]) -> Path:
    """Return the folder of the decided report: ``DIR.report`` beside the case directory ``DIR``.

    Raises
    ------
    ConfigError
        When it is no directory.
    """
    if not Path(folder).is_dir():
        raise ConfigError(f"out: there is no case folder {os.fspath(folder)!r} to put the report beside; name a folder for the report")
    directory = Path(os.path.realpath(folder))
    return directory.with_name(directory.name + REPORT_SUFFIX)


def check_report(out: Path, *, pdf: bool, overwrite: bool) -> Seen:
    """Raise before any work is done where `write_decided` would fail; return which directory is there now."""
    if pdf:
        from collusion.case.write import check_pdf  # noqa: PLC0415  # WeasyPrint, only where a PDF is asked for

        check_pdf()
    return check_free(out, overwrite=overwrite)


def write_decided(
    case: Case,
    out: str | os.PathLike[str] | None = None,
    *,
    decision: str | Iterable[str] | None = None,
    pdf: bool = False,
    overwrite: bool = False,
    seen: Seen | None = None,
) -> tuple[Path, int]:
    """Write the decided report (see `Case.report`) and return its folder, and how many rings it lists.

    The journal is read once, so that pages, PDF and table say the same while others decide.
    """
    asked = () if decision is None else asked_statuses(decision, "decision")
    if decision is not None and not asked:
        raise ConfigError("decision: name at least one, or leave it out to list all groups")
    folder = report_path(case.journal) if out is None else Path(out)
    seen = check_report(folder, pdf=pdf, overwrite=overwrite) if seen is None else seen
    begun = time.perf_counter()
    recorded = case.decisions.at_once()
    decided = decided_of(case, recorded, asked)
    with atomic_directory(folder, overwrite=overwrite, seen=seen) as work:
        _write(case, decided, work, pdf=pdf)
        from collusion.export.run import write_run  # noqa: PLC0415  # as the writers of the others

        write_run(case, work, time.perf_counter() - begun, flagged_only=False)
    for note in decided.notes:  # such as a damaged line, with a decision that is not counted
        logger.warning("%s", note)
    logger.info("wrote %s", folder)
    return folder, len(listed(case, decided))


def _write(case: Case, decided: Decided, work: Path, *, pdf: bool) -> None:
    from collusion.export.files import csv_lines  # noqa: PLC0415  # pyarrow, which `--help` must not load
    from collusion.report.pages import write_report  # noqa: PLC0415  # templates, as above

    write_report(case, work, decided=decided)
    with (work / "decisions.csv").open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(csv_lines(COLUMNS, decision_rows(case, decided), _TEXTS))
    if pdf:
        from collusion.report.pdf import write_pdf  # noqa: PLC0415  # WeasyPrint, as above

        write_pdf(case, work / "report.pdf", rings=printed(case, decided), decided=decided)


def decided_of(case: Case, recorded: CaseDecisions, asked: Iterable[str] = ()) -> Decided:
    """Return what was decided about the rings of a case, for its pages."""
    precision = recorded.precision()
    return Decided(
        rings={one.ring_id: _ring(one, _history(recorded, one)) for one in recorded.statuses()},
        gone={one.ring_id: _ring(one, _history(recorded, one)) for one in recorded.vanished()},
        asked=tuple(status for status in STATUSES if status in set(asked)),
        journal=journal_path(case.journal).name,
        digest=recorded.journal.digest(),
        said=tuple(one for one in (precision.statement, precision.appeals) if one),
        notes=recorded.notes(),
    )


def _history(recorded: CaseDecisions, one: RingStatus) -> tuple[Decision, ...]:
    """Return the decisions that count for a ring, in their order: on this log, and carried; of a ring that was not found, on its log."""
    if one.decision is None:
        return ()
    if any(ring.ring_id == one.ring_id for ring in recorded.rings):
        return recorded.applied(one.ring_id)
    return tuple(each for each in recorded.history(one.ring_id) if each.ring.log == one.decision.ring.log)


def _ring(one: RingStatus, history: Iterable[Decision]) -> RingDecision:
    entries = tuple(Entry(each.time, each.status, each.by or "", each.note) for each in history)
    carried = None if one.carried is None else str(one.carried)
    return RingDecision(one.status, one.counts_as, entries, one.people, tuple(map(str, one.earlier)), carried)


def decision_rows(case: Case, decided: Decided) -> Iterator[tuple[object, ...]]:
    """Yield the rows of ``decisions.csv``: by rank, the decisions on each ring in their order; one row where nothing was decided.

    ``before`` is the decision before this one. ``current`` marks the last one, whose status need not be its own: who releases a claim
    leaves those of others.
    """
    of = {ring.id: (ring.lineage_id, ring.rank, ring.status) for ring in case.rings}
    for ring_id, one in {**decided.rings, **decided.gone}.items():
        if decided.asks(one):
            head = ring_id, *of.get(ring_id, (None, None, "not found"))
            before = None
            for number, each in enumerate(one.history, 1):
                yield *head, *_cells(each, one, before, last=number == len(one.history)), None
                before = each.status
            if not one.history:
                yield *head, one.status, one.counts_as, True, None, None, None, None, one.similar[0] if one.similar else None


def _cells(each: Entry, ring: RingDecision, before: str | None, *, last: bool) -> tuple[object, ...]:
    from collusion.decisions import COUNTS_AS  # noqa: PLC0415  # loaded by now

    status = ring.status if last else each.status
    # Sheets and terminals show the file: what a reader cannot see is written out.
    note = sanitize(each.note, prose=True) or None
    return status, COUNTS_AS.get(status, status), last, each.by or None, each.time, note, before
