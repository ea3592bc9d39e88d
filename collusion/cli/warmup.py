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
        done = warm_up(progress)
    if done.cache is None:
        terminal.say(f"{done.seconds:.1f} s; nothing was kept: set NUMBA_CACHE_DIR to a folder that can be written, and run this again")
    else:
        terminal.say(f"{done.seconds:.1f} s; {done.kernels:,} compiled kernels in the cache, {done.compiled:,} of them new: {done.cache}")
    if as_json:
        cache = None if done.cache is None else str(done.cache)
        terminal.result({"seconds": done.seconds, "cache": cache, "kernels": done.kernels, "compiled": done.compiled})
    return 0
