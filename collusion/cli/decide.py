"""``collusion decide`` and ``collusion decisions``: decisions on the rings of a case, and the precision so far."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collusion.base.errors import ConfigError
from collusion.cli.options import Json, words
from collusion.cli.terminal import Terminal

if TYPE_CHECKING:
    from collusion.decisions import CaseDecisions, Decision, Precision, RingStatus

__all__ = ["decide", "decisions"]

CaseDirectory = Annotated[Path, typer.Argument(metavar="CASE_DIR", help="Folder written by `collusion scan`.", show_default=False)]


def decide(
    case: CaseDirectory,
    ring: Annotated[
        str, typer.Argument(metavar="RING", help="Rank of the ring (3), its id, or the start of its id (R-2e).", show_default=False)
    ],
    status: Annotated[
        str,
        typer.Argument(
            metavar="STATUS",
            help="confirmed, dismissed, in-progress (you claim the ring), open (withdraws a decision), appealed (somebody contests a "
            "confirmed ring), upheld or overturned (the answer to an appeal).",
            show_default=False,
        ),
    ],
    *,
    note: Annotated[
        str, typer.Option(metavar="TEXT", help="The reason, in your own words. Appeals and answers to them need one.", show_default=False)
    ] = "",
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides.  [default: your user name on this machine]", show_default=False)
    ] = None,
    as_json: Json = False,
) -> int:
    """Record a decision on a ring.

    Decisions are added to the journal CASE_DIR.decisions.jsonl next to the folder. The journal stays when a scan replaces the folder.
    """
    from collusion.case.read import read_folder  # noqa: PLC0415  # numpy, which `--help` must not load

    terminal = Terminal()
    terminal.configure_logging()
    recorded = read_folder(case).decisions
    current = recorded.decide(ring, _spaced(status), note=note, by=_user() if by is None else by)
    terminal.say(f"{current.ring_id} {current}")
    terminal.say(f"Written to {recorded.journal.path}")
    if as_json:
        terminal.result({"journal": str(recorded.journal.path), **_ring_status(current)})
    return 0


def decisions(
    case: CaseDirectory,
    *,
    status: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATUS[,...]",
            help="Only rings with this status: open, in-progress, confirmed, dismissed, appealed, upheld, overturned. open "
            "includes appealed, confirmed includes upheld, and dismissed includes overturned.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Only rings that NAME works on or decided last; with --ring, decisions by NAME.", show_default=False
        ),
    ] = None,
    ring: Annotated[
        str | None,
        typer.Option(metavar="RING", help="All decisions on this ring: its rank, its id, or the start of its id.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> int:
    """List current decisions for a case, and the precision so far.

    With --ring, all decisions on one ring. Without --status, rings without a decision are left out. `--status open,in-progress --by
    NAME` lists what NAME still has to do. A new scan of the same log keeps decisions on rings with exactly the same members, and one with
    --since those on rings with the same reviewers; decisions on similar rings are shown for you to confirm.
    """
    from collusion.case.read import read_folder  # noqa: PLC0415  # numpy, which `--help` must not load
    from collusion.decisions import matches  # noqa: PLC0415  # as above

    terminal = Terminal()
    terminal.configure_logging()
    recorded = read_folder(case).decisions
    wanted = [_spaced(one) for one in words(status) or []] or None
    ring = None if ring is None else recorded.find(ring)
    history = recorded.history(ring, wanted if ring is not None else None, by if ring is not None else None)
    statuses = [one for one in recorded.select(wanted, by) if ring in {None, one.ring_id}]
    vanished = [one for one in recorded.vanished() if (wanted is None or matches(one.status, wanted)) and (by is None or by in one.people)]
    vanished = [one for one in vanished if ring in {None, one.ring_id}]
    precision = recorded.precision()
    if as_json:
        listed = {(recorded.log, one.ring_id) for one in (*statuses, *vanished)}
        terminal.result(
            {
                "journal": str(recorded.journal.path),
                "log": recorded.log,
                "rings": [_ring_status(one) for one in statuses],
                "not_found_by_this_scan": [_ring_status(one) for one in vanished],
                "history": [_decision(one) for one in history if ring is not None or (one.ring.log, one.ring.ring_id) in listed],
                "precision": _precision(precision),
                "notes": list(recorded.notes()),
            }
        )
        return 0
    if ring is not None:
        lines = [(one.time[:19], one.status, one.by or "", one.note, _log(one.ring.log, recorded)) for one in history]
        terminal.table(("time (UTC)", "status", "by", "note", "log"), lines, to_stdout=True)
        if not lines:
            terminal.say(f"There is no such decision on {ring}.")
    else:
        undecided = wanted is not None
        shown = [one for one in statuses if undecided or one.decision is not None or one.earlier]
        ranks = {one.ring_id: str(number) for number, one in enumerate(recorded.rings, 1)}
        rows = [(ranks.get(one.ring_id, "not found"), one.ring_id, str(one), _note(one)) for one in [*shown, *vanished]]
        terminal.table(("rank", "ring", "decision", "note"), rows, to_stdout=True)
        _show_precision(precision, terminal)
    for text in recorded.notes():
        terminal.say(f"note: {text}")
    return 0


def _spaced(status: str) -> str:
    return status.replace("-", " ").replace("_", " ")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise ConfigError("--by: the system has no user name; say who decides, as in --by NAME") from error


def _note(current: RingStatus) -> str:
    from collusion.decisions.entry import shown  # noqa: PLC0415  # loaded by now

    return "" if current.decision is None else shown(current.decision.note)


def _log(log: str, recorded: CaseDecisions) -> str:
    return "this" if log == recorded.log else "another" if recorded.lines.back(log) is None else "an earlier scan"


def _show_precision(precision: Precision, terminal: Terminal) -> None:
    terminal.say(precision.statement)
    if precision.appeals:
        terminal.say(precision.appeals)
    if precision.repeated:
        terminal.say(f"Not counted, because a similar ring was decided later: {precision.repeated:,}.")
    if precision.disputed:
        terminal.say(f"Both confirmed and dismissed (the last decision counts): {precision.disputed:,}.")
    if precision.shares[0].value is not None:
        rows = [
            (one.kind, one.name, f"{one.confirmed:,}", f"{one.dismissed:,}", f"{one.value:.2f}", f"{one.low:.2f} to {one.high:.2f}")
            for one in precision.shares
            if one.value is not None
        ]
        terminal.table(("by", "of", "confirmed", "dismissed", "precision", "95 % interval"), rows, to_stdout=True)


def _ring_status(current: RingStatus) -> dict[str, Any]:
    return {
        "ring": current.ring_id,
        "status": current.status,
        "counts_as": current.counts_as,
        "decision": None if current.decision is None else _decision(current.decision),
        "claims": [_decision(claim) for claim in current.claims],
        "carried": None if current.carried is None else asdict(current.carried),
        "earlier": [
            {
                "decision": _decision(one.decision),
                "jaccard_reviewers": one.reviewers,
                "jaccard_products": one.products,
                "same_log": one.same_log,
                "changed": None if one.changed is None else asdict(one.changed),
            }
            for one in current.earlier
        ],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    """Return a decision without the members of its ring, which can be thousands."""
    return {
        "line": decision.line,
        "time": decision.time,
        "ring": decision.ring.ring_id,
        "log": decision.ring.log,
        "status": decision.status,
        "by": decision.by,
        "note": decision.note,
    }


def _precision(precision: Precision) -> dict[str, Any]:
    return {**asdict(precision), "statement": precision.statement}
