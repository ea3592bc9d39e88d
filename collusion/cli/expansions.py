"""``collusion bench expansion``: what is found from a few known accounts, of rings and of honest people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from collusion.base.errors import ConfigError, did_you_mean
from collusion.cli.board import FirstSeed, Jobs, at_least
from collusion.cli.options import Json, Quiet, Verbose, words
from collusion.cli.terminal import Terminal

__all__ = ["expansion"]


def expansion(
    *,
    seeds: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[,...]",
            help="From whom the seeds are drawn: workforce, sparse, dense, drip, throwaway (rings); anybody, fans, launches, promotions, "
            "early, households, locals, bundles, boxes, followers, plain_followers, cohorts, programmes (honest).  [default: all]",
            show_default=False,
        ),
    ] = None,
    markets: Annotated[int, typer.Option(metavar="N", help="Markets for each kind of seeds.")] = 5,
    reviews: Annotated[int, typer.Option(metavar="N", help="Ordinary reviews of a market.")] = 50_000,
    replicates: Annotated[int, typer.Option(metavar="B", help="Shuffled logs of each expansion.")] = 20,
    fdr: Annotated[float, typer.Option(metavar="RATE", help="False-discovery rate over accounts.")] = 0.1,
    seed: FirstSeed = 0,
    jobs: Jobs = 1,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Expand three accounts of simulated markets, and show who is found.

    Seeds are three members of one planted ring, or of one honest group. The oracle has the same seeds and p-values, and knows the ring: it
    cuts the ranking of each round where the share of strangers is RATE.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    at_least(markets=(markets, 1), reviews=(reviews, 10_000), replicates=(replicates, 0), seed=(seed, 0), jobs=(jobs, 1))

    from collusion.bench.expansion import (  # noqa: PLC0415  # numpy, which `--help` must not load
        HONEST,
        RINGS,
        ExpansionMarket,
        expansion_rows,
        run_expansions,
    )

    kinds = words(seeds) or [*RINGS, *HONEST]
    if wrong := [
        f"--seeds: there is no {kind!r}; {did_you_mean(kind, (*RINGS, *HONEST))}" for kind in kinds if kind not in (*RINGS, *HONEST)
    ]:
        raise ConfigError("\n".join(wrong))
    planned = [ExpansionMarket(kind, seed + k, reviews, fdr, replicates) for kind in kinds for k in range(markets)]
    with terminal.progress() as progress:
        found = run_expansions(planned, jobs=jobs, progress=progress)
    rows = expansion_rows(found)
    terminal.table(
        tuple(rows[0]),
        [tuple("" if cell is None else f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row.values()) for row in rows],
        to_stdout=not as_json,
    )
    if as_json:
        terminal.result({"seeds": rows, "markets": [asdict(one) for one in found]})
    return 0
