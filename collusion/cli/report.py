"""``collusion report``: the report of a case with what people decided."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads it at run time
from typing import Annotated

import typer

from collusion.cli.folder import check_folder
from collusion.cli.options import Json, Overwrite, Quiet, Verbose, existing, words
from collusion.cli.terminal import Terminal

__all__ = ["report"]


def report(
    case: Annotated[Path, typer.Argument(metavar="CASE_DIR", help="Folder written by `collusion scan`.", show_default=False)],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder to write.  [default: CASE_DIR.report, next to CASE_DIR]", show_default=False
        ),
    ] = None,
    decision: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATUS[,...]",
            help="List only groups with this decision: open, in-progress, confirmed, dismissed, appealed, upheld, overturned. open "
            "includes appealed, confirmed includes upheld, and dismissed includes overturned.",
            show_default=False,
        ),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Also write report.pdf, with pages of the flagged and the decided groups.")] = False,
    log: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="The log that was scanned, if it is needed and has moved. May be repeated.", show_default=False),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Write the report of a case with what people decided.

    Writes the pages that a scan writes (index.html, a page per group, and so on), with the decisions; and decisions.csv: status, note,
    who and when. Decisions are read from the journal of CASE_DIR (`collusion decide`). CASE_DIR stays as it is. Without --decision, all
    groups are listed.
    """
    terminal = Terminal(quiet, verbose)
    terminal.configure_logging()
    from collusion.case.decided import check_report, report_path, write_decided  # noqa: PLC0415  # templates, which `--help` must not load
    from collusion.decisions import asked_statuses, journal_path  # noqa: PLC0415  # as above
    from collusion.pipeline import read_case  # noqa: PLC0415  # numpy and pyarrow, as above

    spaced = [one.replace("-", " ").replace("_", " ") for one in words(decision) or []]
    asked = asked_statuses(spaced, "--decision") or None
    folder = report_path(case) if out is None else out
    seen = check_folder(folder, overwrite=overwrite, needed=(case, journal_path(case), *(log or ())))
    check_report(folder, pdf=pdf, overwrite=overwrite)
    found = read_case(case, existing(log) if log else None)
    written, listed = write_decided(found, folder, decision=asked, pdf=pdf, overwrite=overwrite, seen=seen)
    terminal.say(f"Written to {written}: {listed:,} of {len(found.rings):,} groups")
    if as_json:
        files = ["index.html", "decisions.csv", *(["report.pdf"] if pdf else [])]
        terminal.result({"out": str(written), "files": files, "groups": len(found.rings), "listed": listed})
    return 0
