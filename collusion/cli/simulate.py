"""``collusion simulate``: a market with injected rings, so that the truth is known."""

from __future__ import annotations

import shlex
from itertools import chain
from typing import Annotated

import typer

from collusion.base.errors import ConfigError
from collusion.cli.folder import check_folder
from collusion.cli.options import Json, LogFormat, Out, Overwrite, Quiet, Verbose, pairs, words
from collusion.cli.terminal import Terminal
from collusion.export import atomic_directory
from collusion.report.formatting import count

__all__ = ["simulate"]


def simulate(
    *,
    out: Out,
    reviews: Annotated[
        int, typer.Option(metavar="N", help="Number of ordinary reviews; those of honest groups and rings are added.")
    ] = 30_000,
    days: Annotated[int, typer.Option(metavar="N", help="Length of the log in days.")] = 1095,
    start: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="First day of the log.")] = "2021-01-01",
    categories: Annotated[int, typer.Option(metavar="N", help="Number of product categories.")] = 12,
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed: the same seed gives the same files.")] = 0,
    ring: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RING",
            help="Plant a ring, 50x20@0.8[:KEY=VALUE...]: 50 reviewers x 20 products at a density of 0.8. Time: days, start, campaign "
            "(days per product), launch (days after the launch of each product). Ratings: rating, mixed (share of ratings towards "
            "the middle), attacked (share of products with the opposite rating), like_others (yes, no). Products: targets (random, "
            "popular, category, own). Accounts: hijacked (share taken over from others), aged (days), even (yes, no: equally many "
            "reviews each), devices (share that uses shared devices). From the previous ring: shared (share of its accounts), overlap "
            "(share of its products). Other reviews: camouflage (per paid review), camouflage_kind (random, popular). Texts: reuse "
            "(share used again), reworded (share of their words that differ). May be repeated.  [default without --shape: 20x10@0.8, "
            "12x8@0.7, 8x5@1]",
            show_default=False,
        ),
    ] = None,
    shape: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Plant a ring of a shape, or two that belong together; its numbers are drawn. Shapes: dense, medium, drip, sparse, "
            "overlapping, workforce, hijacked, mixed, patient, tiny, throwaway, boost-attack, launch, attack-launch, lesser, "
            "like-others, workforce-200, blitz. May be repeated; planted after those of --ring.",
            show_default=False,
        ),
    ] = None,
    no_rings: Annotated[bool, typer.Option("--no-rings", help="Plant no rings but those of brokers.")] = False,
    brokers: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Plant brokers: each has several groups, which share workers and no product. brokers.csv names their rings, core "
            "workers and sellers. Planted after --ring and --shape, also with --no-rings.",
        ),
    ] = 0,
    broker: Annotated[
        str | None,
        typer.Option(
            metavar="BROKER",
            help="What each broker does: a group, as for --ring, and clients, sellers (of each client), waves (one group per client in "
            "each), gap (days between waves), shared (share of a group's accounts from the pool of workers), drawn (share of the pool "
            "that a group draws).  [default: 20x8@0.6:days=21:clients=3:sellers=8:waves=1:gap=60:shared=0.15:drawn=1]",
            show_default=False,
        ),
    ] = None,
    honest: Annotated[
        str,
        typer.Option(
            metavar="all|none|NAME=COUNT[,...]",
            help="Honest groups that look like rings. `all`: fans, launches, promotions, early, households, locals and variants, as many "
            "as suit the size of the market. NAME=COUNT changes a number, and adds evenings, bundles, boxes, followers, "
            "plain_followers, cohorts or programmes.",
        ),
    ] = "all",
    five_star: Annotated[bool, typer.Option("--five-star", help="Let nearly everybody give five stars.")] = False,
    links: Annotated[bool, typer.Option("--links", help="Add the columns `device` and `ip`: from where each review was written.")] = False,
    without: Annotated[
        str | None,
        typer.Option(metavar="COLUMN[,...]", help="Columns to leave out: rating, timestamp, category, seller, ...", show_default=False),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="Format of the log: csv.gz, csv, parquet, jsonl or jsonl.gz.")
    ] = "csv.gz",
    listing: Annotated[bool, typer.Option("--listing", help="Add a column with the listing of each variant.")] = False,
    text: Annotated[bool, typer.Option("--text/--no-text", help="Whether reviews have texts.")] = True,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    log_format: LogFormat = "text",
) -> int:
    """Simulate a review log with known rings.

    Writes reviews.*, truth.csv (the rings), classes.csv (the honest groups), brokers.csv (where there are any) and market.json
    (parameters, seed, versions, command).
    """
    terminal = Terminal(quiet, verbose, log_format)
    terminal.configure_logging()
    seen = check_folder(out, overwrite=overwrite)
    if no_rings and (ring or shape):
        raise ConfigError(f"{'--ring' if ring else '--shape'} and --no-rings: give one of them")
    if broker and not brokers:
        raise ConfigError("--broker says what brokers do; --brokers N says how many there are")

    from collusion.simulate.broker_plan import BrokerPlan  # noqa: PLC0415  # numpy, which `--help` must not load
    from collusion.simulate.market import EXAMPLE_RINGS, Market, with_honest  # noqa: PLC0415  # as above
    from collusion.simulate.market import simulate as run  # noqa: PLC0415  # as above
    from collusion.simulate.plan import RingPlan  # noqa: PLC0415  # as above
    from collusion.simulate.shapes import draw_shapes  # noqa: PLC0415  # as above
    from collusion.simulate.world import FIVE_STARS, STARS  # noqa: PLC0415  # as above
    from collusion.simulate.writing import check_columns, check_format, write_market  # noqa: PLC0415  # as above

    log_form = check_format(form)
    asked = (*map(RingPlan.parse, ring or ()), *chain(*draw_shapes(shape or (), seed)))
    rings = () if no_rings else asked or EXAMPLE_RINGS
    counts: dict[str, str] | None = {} if honest == "all" else None if honest == "none" else pairs("--honest", [honest])
    # The name of the folder is left out: the same market has the same files wherever it is written.
    command = ["collusion", "simulate", f"--reviews={reviews}", f"--days={days}", f"--start={start}", f"--categories={categories}"]
    command += [f"--seed={seed}", *(["--no-rings"] if no_rings else [])]
    command += [*(f"--ring={one}" for one in ring or ()), *(f"--shape={one}" for one in shape or ())]
    command += [*([f"--brokers={brokers}"] if brokers else []), *([f"--broker={broker}"] if broker else []), f"--honest={honest}"]
    command += [*(["--five-star"] if five_star else []), *(["--links"] if links else []), *([f"--without={without}"] if without else [])]
    command += [f"--format={form}", *(["--listing"] if listing else []), *([] if text else ["--no-text"])]
    stars = FIVE_STARS if five_star else STARS
    operations = (BrokerPlan.parse(broker) if broker else BrokerPlan(),) * brokers
    market = Market(
        reviews=reviews, days=days, start=start, categories=categories, stars=stars, links=links, rings=rings, brokers=operations
    )
    market = with_honest(market, counts)
    left_out = words([without]) or [] if without else []
    check_columns(left_out)
    with atomic_directory(out, overwrite=overwrite, seen=seen) as folder, terminal.progress() as progress:
        progress("simulate", 0, None)
        log = run(market, seed)
        progress("write", 0, None)
        write_market(log, folder, log_form, text=text, listing=listing, without=left_out, command=command)
    terminal.say(f"{count(len(log), 'review')}, {count(len(log.rings), 'injected ring')}, {count(len(log.honest), 'honest group')}")
    if log.brokers:
        terminal.say(f"{count(len(log.brokers), 'broker')} with {count(sum(plan.groups for plan in operations), 'ring')}")
    terminal.say(f"Written to {out}")
    if as_json:
        terminal.result(
            {"out": str(out), "reviews": len(log), "rings": len(log.rings), "honest": len(log.honest)}
            | ({"brokers": len(log.brokers)} if log.brokers else {})
            | {"command": shlex.join(command)}
        )
    return 0
