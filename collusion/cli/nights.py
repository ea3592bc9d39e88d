"""``collusion bench nights``: whether lines of rings and decisions last through a year of nights, and what a night costs."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from collusion.cli.board import FirstSeed, at_least
from collusion.cli.options import Json, Quiet, Verbose
from collusion.cli.terminal import Terminal

__all__ = ["nights"]


def nights(
    *,
    weeks: Annotated[int, typer.Option(metavar="N", help="Weekly scans; the market has as many weeks before the first.")] = 52,
    reviews: Annotated[int, typer.Option(metavar="N", help="Ordinary reviews of the whole market.")] = 20_000,
    replicates: Annotated[int, typer.Option(metavar="B", help="Largest number of shuffled logs of each scan.")] = 20,
    runs: Annotated[int, typer.Option(metavar="N", help="Markets, each with the next seed.")] = 1,
    seed: FirstSeed = 0,
    threads: Annotated[int, typer.Option(metavar="N", help="Threads of each scan.")] = 2,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Scan a simulated market that grows week by week, each scan compared with the one before.

    Shows how often a planted ring keeps its lineage id, what becomes of decisions, and the cost of a night as a multiple of one scan. Exits
    with 1 if a decision was lost or applied to other reviewers.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    at_least(weeks=(weeks, 1), reviews=(reviews, 1_000), replicates=(replicates, 1), runs=(runs, 1), seed=(seed, 0), threads=(threads, 1))

    from collusion.bench.nights import Plan, run_nights  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load

    results = []
    for one in range(seed, seed + runs):
        with tempfile.TemporaryDirectory() as folder, terminal.progress() as progress:
            *_, found = run_nights(Plan(weeks, reviews, replicates, one, threads), Path(folder) / "nights.jsonl", progress)
        results.append((one, found))
    counts = ("joined", "gaps", "decided", "again", "held", "reopened", "lost", "misapplied")
    header = ("seed", "found", "same line", *counts, "scan", "night")
    rows = [
        (
            str(one),
            f"{r.found} of {r.planted}",
            f"{r.kept:,} of {r.followed:,}",
            *(f"{getattr(r, name):,}" for name in counts),
            f"{statistics.median(r.scan_seconds):.1f} s",
            f"{r.ratio:.3f}",
        )
        for one, r in results
    ]
    terminal.table(header, rows, to_stdout=not as_json)
    if as_json:
        terminal.result({"runs": [{"seed": one, **asdict(r), "ratio": r.ratio} for one, r in results]})
    return int(any(r.lost or r.misapplied for _, r in results))
