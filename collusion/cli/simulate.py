"""``collusion simulate``: a market with rings whose truth is known."""

from __future__ import annotations

import shlex
from itertools import chain
from typing import Annotated

import typer

from collusion.cli.folder import check_folder
from collusion.cli.options import Json, Out, Overwrite, Quiet, Verbose, pairs, words
from collusion.cli.terminal import Terminal
from collusion.errors import ConfigError
from collusion.export import atomic_directory

__all__ = ["simulate"]


def simulate(
    *,
    out: Out,
    reviews: Annotated[int, typer.Option(metavar="N", help="Ordinary reviews; honest groups and rings come on top.")] = 30_000,
    days: Annotated[int, typer.Option(metavar="N", help="Length of the log.")] = 1095,
    start: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="First day of the log.")] = "2021-01-01",
    categories: Annotated[int, typer.Option(metavar="N", help="Categories of products.")] = 12,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of all draws.")] = 0,
    ring: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RING",
            help="A ring to plant, 50x20@0.8[:KEY=VALUE...]: reviewers x products at a density; keys: days, campaign (days "
            "of each product's own), launch (days after the launch of each product), even (yes, no), camouflage (other reviews per paid "
            "one), camouflage_kind (random, popular), aged (days), start, rating, mixed (share of other ratings), attacked (share of "
            "products with the opposite rating), like_others (yes, no), targets (random, popular, category, own), hijacked, shared, "
            "overlap (shares of accounts taken over from others, and of accounts and of targets from the ring before), devices (share of "
            "accounts that share one), reuse (share of texts used again), reworded (share of their words that are exchanged). May be "
            "repeated.  [default without --shape: 20x10@0.8, 12x8@0.7, 8x5@1]",
            show_default=False,
        ),
    ] = None,
    shape: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A ring, or two that belong together, of a shape, its numbers drawn: dense, medium, drip, sparse, overlapping, workforce, "
            "hijacked, mixed, patient, tiny, throwaway, boost-attack, launch, attack-launch, lesser, like-others, workforce-200, blitz. "
            "May be repeated; planted after those of --ring.",
            show_default=False,
        ),
    ] = None,
    no_rings: Annotated[bool, typer.Option("--no-rings", help="Plant no ring.")] = False,
    honest: Annotated[
        str,
        typer.Option(
            metavar="all|none|NAME=COUNT[,...]",
            help="Honest look-alikes: fans, launches, promotions, early, households, locals, variants, and, where a count is given, "
            "evenings, bundles, boxes, followers, plain_followers, cohorts, programmes. `all` brings some of each of the former by the "
            "size of the market; names with counts change those.",
        ),
    ] = "all",
    five_star: Annotated[bool, typer.Option("--five-star", help="A market where nearly everybody gives five stars.")] = False,
    links: Annotated[bool, typer.Option("--links", help="Write the device and the address of each review into columns.")] = False,
    without: Annotated[
        str | None,
        typer.Option(metavar="COLUMN[,...]", help="Columns left out: rating, timestamp, category, seller, ...", show_default=False),
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="NAME", help="csv.gz, csv, parquet, jsonl or jsonl.gz.")] = "csv.gz",
    listing: Annotated[bool, typer.Option("--listing", help="Name the listing of each variant in a column.")] = False,
    text: Annotated[bool, typer.Option("--text/--no-text", help="Whether reviews have a text.")] = True,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Simulate a log whose rings are known.

    Writes reviews.*, truth.csv (rings), classes.csv (honest groups) and market.json (parameters, seed, versions, command).
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    seen = check_folder(out, overwrite=overwrite)
    if no_rings and (ring or shape):
        raise ConfigError(f"{'--ring' if ring else '--shape'} and --no-rings: give one of them")

    from collusion.simulate.market import EXAMPLE_RINGS, Market, with_honest  # noqa: PLC0415  # numpy, which `--help` must not load
    from collusion.simulate.market import simulate as run  # noqa: PLC0415  # as above
    from collusion.simulate.plan import RingPlan  # noqa: PLC0415  # as above
    from collusion.simulate.shapes import draw_shapes  # noqa: PLC0415  # as above
    from collusion.simulate.world import FIVE_STARS, STARS  # noqa: PLC0415  # as above
    from collusion.simulate.writing import check_columns, check_format, write_market  # noqa: PLC0415  # as above

    log_form = check_format(form)
    asked = (*map(RingPlan.parse, ring or ()), *chain(*draw_shapes(shape or (), seed)))
    rings = () if no_rings else asked or EXAMPLE_RINGS
    counts: dict[str, str] | None = {} if honest == "all" else None if honest == "none" else pairs("--honest", [honest])
    # The folder's own name is left out: the same market has the same files wherever it is written.
    command = [
        "collusion",
        "simulate",
        f"--reviews={reviews}",
        f"--days={days}",
        f"--start={start}",
        f"--categories={categories}",
        f"--seed={seed}",
    ]
    command += ["--no-rings"] if no_rings else [*(f"--ring={one}" for one in ring or ()), *(f"--shape={one}" for one in shape or ())]
    command += [f"--honest={honest}", *(["--five-star"] if five_star else []), *(["--links"] if links else [])]
    command += [
        *([f"--without={without}"] if without else []),
        f"--format={form}",
        *(["--listing"] if listing else []),
        *([] if text else ["--no-text"]),
    ]
    stars = FIVE_STARS if five_star else STARS
    market = Market(reviews=reviews, days=days, start=start, categories=categories, stars=stars, links=links, rings=rings)
    market = with_honest(market, counts)
    left_out = words([without]) or [] if without else []
    check_columns(left_out)
    with atomic_directory(out, overwrite=overwrite, seen=seen) as folder, terminal.progress() as progress:
        progress("simulate", 0, None)
        log = run(market, seed)
        progress("write", 0, None)
        write_market(log, folder, log_form, text=text, listing=listing, without=left_out, command=command)
    terminal.say(f"reviews: {len(log):,}; planted rings: {len(log.rings):,}; honest groups: {len(log.honest):,}")
    terminal.say(f"Written to {out}")
    if as_json:
        terminal.result(
            {"out": str(out), "reviews": len(log), "rings": len(log.rings), "honest": len(log.honest), "command": shlex.join(command)}
        )
    return 0
