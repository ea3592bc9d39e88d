"""``collusion bench``: what the program costs, measured here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from collusion.cli.options import Json, Quiet, Verbose  # noqa: TC001  # typer reads the annotations when it runs
from collusion.cli.terminal import Terminal
from collusion.errors import ConfigError

__all__ = ["bench"]

bench = typer.Typer(help="Measure the program.", no_args_is_help=True, rich_markup_mode=None)


@bench.callback()
def _bench() -> None:
    """Measure the program."""


@bench.command()
def speed(
    *,
    reviews: Annotated[int, typer.Option(metavar="N", help="Ordinary reviews of the generated log.")] = 10_000_000,
    runs: Annotated[int, typer.Option(metavar="N", help="Runs that count, after one that compiles and warms.")] = 3,
    replicates: Annotated[int, typer.Option(metavar="B", help="Null replicates of each scan.")] = 0,
    threads: Annotated[int, typer.Option(metavar="N", help="Threads of each scan.")] = 2,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the log.")] = 0,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Generate a log as Parquet, scan it, and print time and peak memory by stage beside pyarrow's decoding alone in the same run.

    The log is written to the system's folder for temporary files (about 25 MB a million reviews) and removed.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    least = {"reviews": (reviews, 1000), "runs": (runs, 1), "replicates": (replicates, 0), "threads": (threads, 1), "seed": (seed, 0)}
    wrong = [f"--{name} must be at least {low}, not {value}" for name, (value, low) in least.items() if value < low]
    if wrong:
        raise ConfigError("\n".join(wrong))

    from collusion.bench.speed import measure  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load

    with terminal.progress() as progress:
        told = measure(reviews, seed=seed, runs=runs, replicates=replicates, threads=threads, progress=progress)
    rows = [(m.stage, f"{m.seconds:.2f}", f"{m.ratio:.2f}", f"{m.peak:,.0f}") for m in told.stages]
    terminal.say(
        f"{told.reviews:,} reviews, {told.file_bytes / 2**20:,.0f} MiB of Parquet, {told.replicates} replicates, {threads} threads; "
        f"medians of {told.runs} runs; the planted ring came first and whole: {'yes' if told.found else 'no'}"
    )
    terminal.table(("stage", "seconds", "x decoding", "peak MiB so far"), rows, to_stdout=not as_json)
    if as_json:
        terminal.result(asdict(told))
    return 0
