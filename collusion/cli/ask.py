"""``collusion ask``: what a case and its log say of one account, product or seller."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads it at run time
from typing import TYPE_CHECKING, Annotated, cast

import typer

from collusion.cli.neutral import neutral
from collusion.cli.options import Json, Quiet, Verbose, existing
from collusion.cli.terminal import Terminal

if TYPE_CHECKING:
    from collusion.base.answer import Role

__all__ = ["ask"]


def ask(
    case: Annotated[Path, typer.Argument(metavar="CASE_DIR", help="Folder written by `collusion scan`.", show_default=False)],
    name: Annotated[str, typer.Argument(metavar="ID", help="An account, a product or a seller, by its id in the log.", show_default=False)],
    *,
    role: Annotated[
        str | None,
        typer.Option(metavar="reviewer|product|seller", help="What the id is, if it is several.", show_default=False),
    ] = None,
    log: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="The log that was scanned, if it has moved. May be repeated.", show_default=False),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Ask about one account, product or seller.

    Says in which groups it is and why; if in none, which group is nearest and what keeps it out. Lists its strongest co-reviewers, with
    the number that activity leads to expect, and compares its behaviour with that of comparable ones. The log is read again from where
    it was, if it has not changed. Without the log, the answer says what is unavailable.
    """
    terminal = Terminal(quiet, verbose)
    terminal.configure_logging()
    from collusion.base.hints import for_command_line  # noqa: PLC0415  # what `--help` need not load
    from collusion.pipeline import read_case  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load
    from collusion.report.answer import text  # noqa: PLC0415  # as above

    found = read_case(case, existing(log) if log else None).ask(name, cast("Role | None", role))
    if as_json:
        terminal.result(found.to_dict())
    else:
        terminal.text(neutral(text(found, for_command_line)))
    return 0
