"""``collusion export``: files of a finished case, without another scan."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads it at run time
from typing import TYPE_CHECKING, Annotated

import typer

from collusion.base.errors import ConfigError
from collusion.case.write import DEFAULT_FORMATS, check_output, write_case
from collusion.cli.folder import check_folder
from collusion.cli.options import Json, Out, Overwrite, Quiet, Verbose, existing, words
from collusion.cli.outputs import Excel, FlaggedOnly, Formats, chosen_formats, chosen_rings
from collusion.cli.terminal import Terminal

if TYPE_CHECKING:
    from collusion.case import Case

__all__ = ["export"]


def export(
    case: Annotated[Path, typer.Argument(metavar="CASE_DIR", help="Folder written by `collusion scan`.", show_default=False)],
    *,
    out: Out,
    formats: Formats = None,
    excel: Excel = False,
    flagged_only: FlaggedOnly = False,
    pdf_rings: Annotated[
        list[str] | None,
        typer.Option(
            "--pdf-rings",
            metavar="flagged|all|RING[,...]",
            help="Groups with pages in the PDF: the flagged ones, all, or these, by rank (3), id, or the start of the id (R-2e).  "
            "[default: flagged]",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="The log that was scanned, if it is needed and has moved. May be repeated.", show_default=False),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Write files of a finished case, without another scan.

    Reads case.json in CASE_DIR, which stays as it is. The log is needed only if the case does not hold the reviews around a very large
    group, or an earlier version wrote it. The result is the same as if the scan had written these formats.
    """
    terminal = Terminal(quiet, verbose)
    terminal.configure_logging()
    chosen = chosen_formats(words(formats) or list(DEFAULT_FORMATS), excel=excel, flagged_only=flagged_only)
    rings = chosen_rings(pdf_rings, chosen)
    seen = check_folder(out, overwrite=overwrite, needed=(case, *(log or ())))
    check_output(out, chosen, overwrite=overwrite)
    from collusion.pipeline import read_case  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load

    found = read_case(case, existing(log) if log else None)
    named = rings if isinstance(rings, str) else [_ring_id(found, one) for one in rings]
    write_case(found, out, chosen, overwrite=overwrite, seen=seen, flagged_only=flagged_only, pdf_rings=named)
    terminal.say(f"Written to {out}")
    if as_json:
        terminal.result({"out": str(out), "formats": chosen, "groups": len(found.rings)})
    return 0


def _ring_id(case: Case, text: str) -> str:
    try:
        return case.find(text).id
    except ConfigError as error:
        raise ConfigError(f"--pdf-rings: {error}") from error
