"""``collusion bench operations``: whether groups of one workforce are joined, and nobody else's."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from collusion.cli.board import FirstSeed, Jobs, at_least
from collusion.cli.options import Json, Quiet, Verbose  # as above
from collusion.cli.terminal import Terminal

__all__ = ["operations"]


def operations(
    *,
    markets: Annotated[int, typer.Option(metavar="N", help="Markets with a broker, and as many without one.")] = 20,
    reviews: Annotated[int, typer.Option(metavar="N", help="Ordinary reviews of a market.")] = 30_000,
    groups: Annotated[int, typer.Option(metavar="N", help="Groups of a broker.")] = 3,
    shared: Annotated[float, typer.Option(metavar="SHARE", help="Share of each group's workers who are in all of its groups.")] = 0.15,
    seed: FirstSeed = 0,
    jobs: Jobs = 1,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Simulate markets with and without a broker, scan them, and show what is joined to operations.

    A broker's groups share some workers and no product. Each market also has three rings that have nothing to do with each other, every
    class of honest look-alikes, and six honest crowds that act together. Nothing of these may be joined with anything else.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    at_least(markets=(markets, 1), reviews=(reviews, 10_000), groups=(groups, 2), seed=(seed, 0), jobs=(jobs, 1))

    from collusion.bench.brokers import BrokerMarket, run_markets, shares  # noqa: PLC0415  # numpy, which `--help` must not load

    planned = [
        BrokerMarket(seed + k, reviews=reviews, groups=n, shared=shared)
        for first, n in ((0, groups), (markets, 0))
        for k in range(first, first + markets)
    ]
    with terminal.progress() as progress:
        found = run_markets(planned, jobs=jobs, progress=progress)
    rows = shares(found)
    terminal.table(
        ("what", "of", "share", "95% interval"),
        [
            (one.what, f"{one.n:,} of {one.of:,}", "" if one.share is None else f"{one.share:.3f}", f"{one.low:.3f} to {one.high:.3f}")
            for one in rows
        ],
        to_stdout=not as_json,
    )
    if as_json:
        terminal.result({"shares": [asdict(one) for one in rows], "markets": [asdict(one) for one in found]})
    return 0
