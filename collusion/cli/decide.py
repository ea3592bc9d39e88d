"""``collusion decide`` and ``collusion decisions``: what people decided about the rings of a case, and the precision so far."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collusion.cli.options import Json, words
from collusion.cli.terminal import Terminal
from collusion.errors import ConfigError

if TYPE_CHECKING:
    from collusion.decisions import Decision, Docket, Precision, Standing

__all__ = ["decide", "decisions"]

CaseDirectory = Annotated[Path, typer.Argument(metavar="CASE_DIR", help="Folder written by `collusion scan`.", show_default=False)]


def decide(
    case: CaseDirectory,
    ring: Annotated[str, typer.Argument(metavar="RING", help="Id of the ring, as in rings.csv.", show_default=False)],
    status: Annotated[
        str, typer.Argument(metavar="STATUS", help="confirmed, dismissed, in-progress (claims the ring) or open.", show_default=False)
    ],
    *,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why; any text.", show_default=False)] = "",
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides.  [default: the user's name on this machine]", show_default=False)
    ] = None,
    as_json: Json = False,
) -> int:
    """Record a decision on a ring.

    Decisions are added to the journal CASE_DIR.decisions.jsonl beside the folder, which stays when a scan replaces the folder.
    """
    from collusion.decisions import docket_of_directory  # noqa: PLC0415  # what `--help` need not load

    terminal = Terminal()
    terminal.configure_logging()
    docket = docket_of_directory(case)
    standing = docket.decide(ring, _spaced(status), note=note, by=_user() if by is None else by)
    terminal.say(f"{standing.ring_id} {standing}")
    terminal.say(f"Written to {docket.journal.path}")
    if as_json:
        terminal.result({"journal": str(docket.journal.path), **_standing(standing)})
    return 0


def decisions(
    case: CaseDirectory,
    *,
    status: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATUS[,...]", help="Only rings with this status: open, in-progress, confirmed, dismissed.", show_default=False
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Rings that NAME works on or decided last; with --ring, NAME's decisions.", show_default=False),
    ] = None,
    ring: Annotated[str | None, typer.Option(metavar="RING", help="All decisions on this ring.", show_default=False)] = None,
    as_json: Json = False,
) -> int:
    """List current decisions for a case, all decisions on one of its rings, and the precision so far.

    Without --status, rings without a decision are left out. `--status open,in-progress --by NAME` lists what NAME still has to do. A new
    scan of the same log keeps decisions on rings with exactly the same members; decisions on similar rings are shown for you to confirm.
    """
    from collusion.decisions import docket_of_directory  # noqa: PLC0415  # what `--help` need not load

    terminal = Terminal()
    terminal.configure_logging()
    docket = docket_of_directory(case)
    wanted = [_spaced(one) for one in words(status) or []] or None
    history = docket.history(ring, wanted if ring is not None else None, by if ring is not None else None)
    if ring is not None and not history and ring not in {one.ring_id for one in docket.rings}:
        raise ConfigError(f"--ring: neither the case nor its journal has a ring {ring!r}; rings.csv lists the rings")
    standings = [one for one in docket.select(wanted, by) if ring in {None, one.ring_id}]
    vanished = [one for one in docket.vanished() if (wanted is None or one.status in wanted) and (by is None or by in one.people)]
    vanished = [one for one in vanished if ring in {None, one.ring_id}]
    precision = docket.precision()
    if as_json:
        listed = {(docket.log, one.ring_id) for one in (*standings, *vanished)}
        terminal.result(
            {
                "journal": str(docket.journal.path),
                "log": docket.log,
                "rings": [_standing(one) for one in standings],
                "not_found_by_this_scan": [_standing(one) for one in vanished],
                "history": [_decision(one) for one in history if ring is not None or (one.ring.log, one.ring.ring_id) in listed],
                "precision": _precision(precision),
                "notes": list(docket.notes()),
            }
        )
        return 0
    if ring is not None:
        lines = [(one.time[:19], one.status, one.by or "", one.note, _log(one.ring.log, docket)) for one in history]
        terminal.table(("time (UTC)", "status", "by", "note", "log"), lines, to_stdout=True)
    else:
        undecided = wanted is not None
        shown = [one for one in standings if undecided or one.decision is not None or one.earlier]
        ranks = {one.ring_id: str(number) for number, one in enumerate(docket.rings, 1)}
        rows = [(ranks.get(one.ring_id, "not found"), one.ring_id, str(one), _note(one)) for one in [*shown, *vanished]]
        terminal.table(("rank", "ring", "decision", "note"), rows, to_stdout=True)
        _tell_precision(precision, terminal)
    for text in docket.notes():
        terminal.say(f"note: {text}")
    return 0


def _spaced(status: str) -> str:
    return status.replace("-", " ").replace("_", " ")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise ConfigError("--by: the system knows no user name; say who decides, as in --by NAME") from error


def _note(standing: Standing) -> str:
    from collusion.decisions.entry import shown  # noqa: PLC0415  # loaded by now

    return "" if standing.decision is None else shown(standing.decision.note)


def _log(log: str, docket: Docket) -> str:
    return "this" if log == docket.log else "another"


def _tell_precision(precision: Precision, terminal: Terminal) -> None:
    terminal.say(precision.statement)
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


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "ring": standing.ring_id,
        "status": standing.status,
        "decision": None if standing.decision is None else _decision(standing.decision),
        "claims": [_decision(claim) for claim in standing.claims],
        "earlier": [
            {
                "decision": _decision(one.decision),
                "jaccard_reviewers": one.reviewers,
                "jaccard_products": one.products,
                "same_log": one.same_log,
            }
            for one in standing.earlier
        ],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    """Return a decision without the members of its ring, which would drown it."""
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
