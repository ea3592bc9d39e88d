"""``collusion expand``: who else acts together with known accounts, or at known products."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads it at run time
from typing import Annotated

import typer

from collusion.cli.folder import check_folder
from collusion.cli.neutral import neutral
from collusion.cli.options import (
    Inputs,
    Json,
    LogFormat,
    Memory,
    Overwrite,
    Quiet,
    Reading,
    Threads,
    Verbose,
    existing,
    reads_logs,
    scan_config,
    words,
)
from collusion.cli.spool import spooled
from collusion.cli.terminal import Terminal

__all__ = ["expand"]


@reads_logs
def expand(
    inputs: Inputs,
    *,
    reviewers: Annotated[
        list[str] | None, typer.Option(metavar="ID[,...]", help="Accounts to start from, by their ids in the log.", show_default=False)
    ] = None,
    products: Annotated[
        list[str] | None, typer.Option(metavar="ID[,...]", help="Products to start from, by their ids in the log.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="A table with a column reviewer_id or product_id, or one account per line.",
            show_default=False,
        ),
    ] = None,
    ring: Annotated[
        str | None,
        typer.Option(
            metavar="RING", help="Start from the members of a group of --case: its rank (3), its id, or its start.", show_default=False
        ),
    ] = None,
    case: Annotated[
        Path | None, typer.Option(metavar="CASE_DIR", help="Folder written by `collusion scan`, for --ring.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Also write expansion.json and tables (CSV) into this folder.", show_default=False),
    ] = None,
    reading: Reading,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml",
            help="Parameters of a scan, such as how to read the log; its fdr and replicates do not count here.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of the random numbers.  [default: 0]", show_default=False)] = None,
    fdr: Annotated[
        float | None, typer.Option(metavar="RATE", help="False-discovery rate over accounts.  [default: 0.1]", show_default=False)
    ] = None,
    replicates: Annotated[
        int | None, typer.Option(metavar="B", help="Number of shuffled logs to compare with.  [default: 20]", show_default=False)
    ] = None,
    threads: Threads = None,
    memory: Memory = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    log_format: LogFormat = "text",
) -> int:
    """Find who else acts together with known accounts.

    Start from accounts, products, a file of both, or a group of a case. Each account is tested: does it have more co-reviews with these
    seeds than its activity leads to expect? Those found join the group, and the next round asks again. Shuffled logs go through the same
    rounds. Then the group is asked whether it behaves unlike others. The result is a list of leads, not a verdict.
    """
    terminal = Terminal(quiet, verbose, log_format)
    terminal.configure_logging()
    needed = (*inputs, *(one for one in (config, file, case) if one is not None))
    seen = None if out is None else check_folder(out, overwrite=overwrite, needed=needed)
    settings = scan_config(config, reading, seed=seed, threads=threads, memory=memory)
    from collusion import pipeline  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load
    from collusion.base.hints import for_command_line  # noqa: PLC0415  # what `--help` need not load
    from collusion.export.expansion import write_expansion  # noqa: PLC0415  # as above
    from collusion.report.expansion import text  # noqa: PLC0415  # as above

    with spooled(inputs) as paths, terminal.progress() as progress:
        found = pipeline.expand(
            existing(paths),
            reviewers=words(reviewers),
            products=words(products),
            file=file,
            ring=ring,
            case=case,
            config=settings,
            progress=progress,
            fdr=fdr,
            replicates=replicates,
        )
        if out is not None:
            progress("write", 0, None)
            write_expansion(found, out, overwrite=overwrite, seen=seen)
    if as_json:
        terminal.result(found.to_dict())
    else:
        terminal.text(neutral(text(found, for_command_line)))
    if out is not None:
        terminal.say(f"Written to {out}")
    return 0
