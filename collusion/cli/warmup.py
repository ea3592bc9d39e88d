"""``collusion warmup``: nothing to do any more."""

from __future__ import annotations

from collusion.cli.options import Json, Quiet, Verbose  # noqa: TC001  # typer reads the annotations when it runs
from collusion.cli.terminal import Terminal

__all__ = ["warmup"]


def warmup(*, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = 0) -> int:
    """Do nothing: the kernels are compiled when the package is built.

    Earlier versions compiled them when they first ran, and scripts called this command to have it done ahead. They go on working.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    terminal.say("nothing to do: the kernels were compiled when the package was built")
    if as_json:
        terminal.result({"compiled": 0})
    return 0
