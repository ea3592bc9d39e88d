"""``collusion warmup``: compile once, before the first scan."""

from __future__ import annotations

from collusion.cli.options import Json, Quiet, Verbose  # noqa: TC001  # typer reads the annotations when it runs
from collusion.cli.terminal import Terminal

__all__ = ["warmup"]


def warmup(*, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = 0) -> int:
    """Compile the kernels of a default scan, so that the first scan need not.

    Scans three tiny logs that are made up for it. What numba compiles is kept for all later runs of this version on this machine, in the
    folder that the environment variable NUMBA_CACHE_DIR names, or else beside the program: in an image, or before the first of many
    jobs, run it as a user who can write there; every user of the same processor then reads what was kept.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()

    from collusion.bench.warmup import warm_up  # noqa: PLC0415  # numba, which `--help` must not load

    with terminal.progress() as progress:
        told = warm_up(progress)
    if told.cache is None:
        terminal.say(f"{told.seconds:.1f} s; nothing was kept: set NUMBA_CACHE_DIR to a folder that can be written, and run this again")
    else:
        terminal.say(f"{told.seconds:.1f} s; {told.kernels:,} compiled kernels in the cache, {told.compiled:,} of them new: {told.cache}")
    if as_json:
        cache = None if told.cache is None else str(told.cache)
        terminal.result({"seconds": told.seconds, "cache": cache, "kernels": told.kernels, "compiled": told.compiled})
    return 0
