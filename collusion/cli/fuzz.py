"""``collusion bench fuzz``: whether the reader loses records of damaged files, hangs, or fails without a clear error."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path  # noqa: TC003  # typer reads the annotations when it runs
from typing import Annotated

import typer

from collusion.cli.board import Jobs, at_least
from collusion.cli.options import Json, Quiet, Verbose  # as above
from collusion.cli.terminal import Terminal
from collusion.export import check_free

__all__ = ["fuzz"]


def fuzz(
    *,
    files: Annotated[int, typer.Option(metavar="N", help="Damaged files.")] = 20_000,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the files.")] = 0,
    only: Annotated[
        int | None, typer.Option(metavar="N", help="Read only the file with this number, as shown for failures.", show_default=False)
    ] = None,
    seconds: Annotated[float, typer.Option(metavar="S", help="Limit of time for one file, above which it hangs.")] = 20.0,
    jobs: Jobs = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder for the files that failed, and for tables.", show_default=False),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Damage small logs of every format, read each, and check the result.

    Reading must end with a clear error, or with a table whose rows add up and in which every record is one row. It must not hang
    or leave files behind. Exits with 1 if a file fails.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    at_least(files=(files, 1), seed=(seed, 0), jobs=(jobs, 1), only=(only or 0, 0), seconds=(seconds, 0.1))
    if out is not None:
        check_free(out, overwrite=False)

    from collusion.bench import fuzz as bench  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load

    outcomes = []
    numbers = range(files) if only is None else range(only, only + 1)
    with terminal.progress() as progress:
        for outcome in bench.fuzz(numbers, seed, seconds=seconds, jobs=jobs, progress=progress):
            outcomes.append(outcome)
            if out is not None and outcome.failed:
                bench.keep(outcome, seed, out)
    outcomes.sort(key=lambda outcome: outcome.number)
    for title, header, rows in bench.tables(outcomes):
        terminal.say(f"{title}:{'' if rows else ' none'}")
        if rows:
            terminal.table(header, rows, to_stdout=not as_json)
    if out is not None:
        bench.write_tables(outcomes, out)
    counts = Counter(outcome.result for outcome in outcomes)
    failures = [outcome for outcome in outcomes if outcome.failed]
    terminal.say(
        f"{len(outcomes):,} files: {counts[bench.REFUSED]:,} ended with a clear error, {counts[bench.TABLE]:,} with a correct table, "
        f"{len(failures):,} failed"
    )
    if as_json:
        terminal.result({"files": len(outcomes), "results": dict(sorted(counts.items())), "failures": [asdict(one) for one in failures]})
    return int(bool(failures))
