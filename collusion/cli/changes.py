"""What `collusion scan --since` says of the changes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from collusion.base.errors import CollusionError
from collusion.report.changes_page import counted, headline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.base.lineage import Change, Since
    from collusion.case import Case, Ring
    from collusion.cli.terminal import Terminal

__all__ = ["as_json", "show_changes"]

SHOWN = 20
"""Most lines of the table; all are in the files."""


def show_changes(case: Case, terminal: Terminal) -> tuple[Ring, ...]:
    """Show what changed since the earlier case, and return the flagged groups that are new and not decided."""
    from collusion.case.since import new_flags  # noqa: PLC0415  # only where there is an earlier case

    since: Since = case.since  # type: ignore[assignment]  # asked only where there is one
    for text in headline(since):
        terminal.paragraph(text)
    ranks = {ring.id: ring.rank for ring in case.rings}
    # Candidates come and go with every row, and mean nothing yet.
    news = [one for one in since.changes if one.kind != "unchanged" and ({one.status, one.status_before} & {"flagged", "coordinated"})]
    rows = [_row(one, ranks) for one in news[:SHOWN]]
    if rows:
        terminal.say("Changes of flagged and coordinated groups:")
        terminal.table(
            ("rank", "change", "before", "now", "reviewers", "came", "left", "line"), rows, numbers={"rank", "came", "left"}, gap=1
        )
    if len(news) > SHOWN:
        terminal.say(f"{len(news) - SHOWN:,} more are in the files.")
    try:
        new = new_flags(case)
    except CollusionError as error:
        # The case is written; what was decided is not known, so every group that was not flagged before counts.
        terminal.warn(str(error))
        new = new_flags(case, decided=False)
    terminal.say(f"Flagged, not flagged before, and not decided: {len(new):,}.")
    return new


def _row(one: Change, ranks: dict[str, int]) -> tuple[str, ...]:
    reviewers = f"{one.n_before:,} to {one.n_reviewers:,}" if one.before else f"{one.n_reviewers:,}"
    return (
        str(ranks[one.ring_id]) if one.ring_id in ranks else "",
        one.kind,
        one.status_before or "",
        one.status or "",
        reviewers,
        f"{len(one.came):,}",
        f"{len(one.left):,}",
        one.lineage_id,
    )


def as_json(case: Case, new: Sequence[Ring]) -> dict[str, Any]:
    """Return what ``--json`` adds: ``since`` with the growth of the log, the changes and how many are of each kind, and ``new_flagged``."""
    since: Since = case.since  # type: ignore[assignment]  # as above
    return {
        "since": {
            "growth": since.growth,
            "counted_before": since.counted,
            "changes_by_kind": counted(since),
            "changes": [asdict(one) for one in since.changes],
            "new_flagged": [ring.id for ring in new],
        }
    }
