"""``collusion warmup``: kept for scripts of earlier versions; hidden from the list of commands."""

from __future__ import annotations

from collusion.cli.options import Json, Quiet, Verbose  # typer reads the annotations when it runs
from collusion.cli.terminal import Terminal

__all__ = ["warmup"]


def warmup(*, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = 0) -> int:
    """Do nothing: the kernels are compiled when the package is installed.

    Earlier versions compiled them on first use, and scripts ran this command to do it in advance. Such scripts still work.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    terminal.say("Nothing to do: the kernels were compiled when the package was installed.")
    if as_json:
        terminal.result({"compiled": 0})
    return 0
