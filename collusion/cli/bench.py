"""``collusion bench``: how well methods find rings, how often the program errs, and what it costs."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from pathlib import Path  # noqa: TC003  # typer reads the annotations when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from collusion.base.errors import ConfigError, did_you_mean
from collusion.cli.board import FirstSeed, Formats, add_to, at_least, table_formats
from collusion.cli.brokers import operations
from collusion.cli.expansions import expansion
from collusion.cli.fuzz import fuzz
from collusion.cli.nights import nights
from collusion.cli.options import Inputs, Json, Quiet, Verbose, existing, pairs, whole_number, words
from collusion.cli.terminal import Terminal
from collusion.export import check_free

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.bench.calibration_summary import Measure
    from collusion.bench.judged import Judged

__all__ = ["bench"]

REAL = ("amazon_all_beauty_5.jsonl.gz", "ml_latest_small_ratings.csv.gz", "yelpchi_stripped.txt.gz")
"""Real logs that placebos are drawn from, by the names of their files; attacks are planted into the last."""

ATTACKS = "nash_detect_yelpchi_training.csv"
"""Nash-Detect's training attacks (Dou et al., KDD 2020)."""

PLACEBOS = 50
"""Placebos of each real log."""

REPORT_SECONDS = 60.0
"""Between two reports on a calibration that is running."""

bench = typer.Typer(help="Benchmarks: methods, error rates, costs.", no_args_is_help=True, rich_markup_mode=None)


add_to(bench)
bench.command()(fuzz)
bench.command()(operations)
bench.command()(expansion)
bench.command()(nights)


@bench.command()
def speed(
    *,
    reviews: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N[,...]", help="Reviews of each generated log: 1M, 571M, 50K. May be repeated.  [default: 10M]", show_default=False
        ),
    ] = None,
    runs: Annotated[int, typer.Option(metavar="N", help="Runs that count, after one that warms up.")] = 3,
    logs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[,...]",
            help="Kinds of log: full; bare (the same without categories and sellers); powerlaw (power-law ids, uniform times, "
            "no categories). May be repeated.  [default: full]",
            show_default=False,
        ),
    ] = None,
    replicates: Annotated[
        list[str] | None,
        typer.Option(
            metavar="B[,...]",
            help="Null replicates: each log is scanned with each of these numbers; with 0 nothing is flagged. May be repeated.  "
            "[default: 0]",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[int, typer.Option(metavar="N", help="Threads of each scan, and of peers that have such an option.")] = 2,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the logs.")] = 0,
    peers: Annotated[bool, typer.Option("--peers/--no-peers", help="Whether other libraries do the same work, for comparison.")] = True,
    peer_seconds: Annotated[float, typer.Option(metavar="S", help="Limit of time for a peer.")] = 300.0,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder for tables and pictures; updated after each size.", show_default=False),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Folder where logs are kept for later runs.", show_default=False)
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Generate logs with planted rings, scan them, and show what each stage costs and which rings were found.

    Shows wall and processor seconds, busy processors, peak memory and bytes per review by stage, beside decoding by pyarrow and a copy of
    memory in the same round, and beside other libraries (where installed) that do the same work on the full log. The logs take about 15
    bytes per review, in the system's folder for temporary files without --data. Writes speed.csv, speed.md and pictures of cost and memory
    against size.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    sizes = tuple(whole_number("--reviews", word) for word in words(reviews) or ["10M"])
    counts = tuple(whole_number("--replicates", word) for word in words(replicates) or ["0"])
    at_least(reviews=(min(sizes), 10_000), runs=(runs, 1), threads=(threads, 1), seed=(seed, 0))
    if data is not None:
        existing([data])
    if out is not None:
        check_free(out, overwrite=False)

    from collusion.bench.speed import LOGS, Plan, Speed, label, measure  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load
    from collusion.bench.speed_report import tables, write_report  # noqa: PLC0415  # matplotlib, as above
    from collusion.reviews.wording import plural  # noqa: PLC0415  # as above

    kinds = tuple(words(logs) or ["full"])
    if wrong := [kind for kind in kinds if kind not in LOGS]:
        raise ConfigError("\n".join(f"--logs: there is no kind {kind!r}; {did_you_mean(kind, LOGS)}" for kind in wrong))
    plan = Plan(sizes, kinds, counts, seed=seed, runs=runs, threads=threads, peers=peers, peer_seconds=peer_seconds)
    if out is not None:
        out.mkdir(exist_ok=True)
    found: list[Speed] = []
    with terminal.progress() as progress:
        for one in measure(plan, data, progress):
            found.append(one)
            if out is not None:
                # Scan by scan: the largest takes longest, and may not end.
                write_report(found, plan, out)
    measured = ", ".join(dict.fromkeys(label(one.reviews) for one in found))
    terminal.say(f"{measured} reviews; {plural(threads, 'thread')}; medians of {plural(runs, 'run')}")
    for head, header, rows in tables(found):
        terminal.say(f"{head}:")
        terminal.table(header, rows, to_stdout=not as_json)
    if out is not None:
        terminal.say(f"Written to {out}")
    if as_json:
        terminal.result({"logs": [asdict(one) for one in found]})
    return 0


@bench.command()
def calibration(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write, world by world.", show_default=False)],
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[,...]",
            help="Kinds of log: full, no-ratings, five-star (nearly everybody gives five stars); and no-sellers, no-categories, "
            "no-ratings-sellers, no-ratings-categories, no-sellers-categories, no-ratings-sellers-categories.  [default: all]",
            show_default=False,
        ),
    ] = None,
    ring_free: Annotated[int, typer.Option(metavar="N", help="Worlds without rings for each of the first three kinds.")] = 200,
    ringed: Annotated[int, typer.Option(metavar="N", help="Worlds with rings for each of the first three kinds.")] = 50,
    other_ring_free: Annotated[int, typer.Option(metavar="N", help="Worlds without rings for each other kind.")] = 50,
    other_ringed: Annotated[int, typer.Option(metavar="N", help="Worlds with rings for each other kind.")] = 12,
    reviews: Annotated[int, typer.Option(metavar="N", help="Ordinary reviews of a world with rings.")] = 170_000,
    ring_free_reviews: Annotated[
        str, typer.Option(metavar="LOW..HIGH", help="Ordinary reviews of a world without rings, drawn for each.")
    ] = "30000..100000",
    rings: Annotated[
        str | None,
        typer.Option(
            metavar="SHAPE=COUNT[,...]",
            help="What is planted in each world with rings.  [default: dense=4, medium=3, drip=2, tiny=2, and one of each other shape of "
            "`collusion simulate`]",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="First seed; each kind of log has a thousand of its own. Settings are chosen with --seed 1, which uses seeds below "
            "10,000; reports are made with seeds from 20,000 on.",
        ),
    ] = 20_000,
    replicates: Annotated[
        int | None,
        typer.Option(metavar="B", help="Null replicates of each scan; that of `collusion scan` where not given.", show_default=False),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Folder of real logs: the report then covers placebos of each, and Nash-Detect's attacks planted into YelpChi's graph.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(metavar="N", help="Worlds at a time, each in its own process; results are identical.")] = 2,
    formats: Formats = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Simulate markets (worlds) with and without rings, scan each, and report what was flagged wrongly and what was found.

    Each world has every class of honest group. Rings are flagged at false-discovery rates of 0.05 and 0.10. Writes summary.md, tables
    (summary, worlds, rings, flagged, false, honest, p_values, and with --data placebo and attacks) and pictures. Each world is recorded
    (worlds.jsonl) as soon as it is known: if a run is interrupted, the same command continues it, and runs the worlds that failed again.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    from collusion.bench.calibration import calibrate  # noqa: PLC0415  # numpy, which `--help` must not load
    from collusion.bench.columns import COLUMNS  # noqa: PLC0415  # as above
    from collusion.bench.worlds import RINGS, Calibration  # noqa: PLC0415  # as above

    low, high = _span("--ring-free-reviews", ring_free_reviews)
    planted = RINGS if rings is None else _counts("--rings", pairs("--rings", [rings]) or {})
    kinds = tuple(COLUMNS) if columns is None else tuple(words([columns]) or ())
    plan = Calibration(
        ring_free=ring_free,
        ringed=ringed,
        ring_free_reviews=(low, high),
        ringed_reviews=reviews,
        rings=planted,
        seed=seed,
        replicates=replicates,
        columns=kinds,
        other_ring_free=other_ring_free,
        other_ringed=other_ringed,
    )
    at_least(jobs=(jobs, 1))
    check_free(out, overwrite=True)
    wanted = table_formats(formats)
    logs = [] if data is None else existing([data / name for name in (*REAL, ATTACKS)])

    from collusion.bench.attacks import attacks  # noqa: PLC0415  # as above
    from collusion.bench.calibration_plots import write_plots  # noqa: PLC0415  # matplotlib, for which a wrong option need not wait
    from collusion.bench.calibration_report import brief, real_tables, write_tables  # noqa: PLC0415  # scipy, as above
    from collusion.bench.calibration_summary import summary  # noqa: PLC0415  # as above
    from collusion.bench.placebo import placebos  # noqa: PLC0415  # as above

    last = -math.inf

    def written(worlds: Sequence[Judged]) -> None:
        # The figures of a thousand worlds take seconds: a report now and then is enough for who watches.
        nonlocal last
        if time.monotonic() - last > REPORT_SECONDS:
            write_tables(worlds, out)
            last = time.monotonic()

    out.mkdir(exist_ok=True)
    with terminal.progress() as progress:
        worlds = calibrate(plan, out, jobs=jobs, progress=progress, finished=written)
        shuffled = [one for log in logs[:-1] for one in placebos(log, PLACEBOS, seed=seed, jobs=jobs, progress=progress)]
        planted_attacks = attacks(logs[-2], logs[-1], seed=seed, jobs=jobs, progress=progress) if logs else []
        progress("report", 0, None)
        write_tables(worlds, out, shuffled, planted_attacks, wanted)
        write_plots(worlds, out)
    figures = summary(worlds)
    for head, header, rows in (*brief(figures), *real_tables(shuffled, planted_attacks)):
        terminal.say(f"{head}:{'' if rows else ' none'}")
        if rows:
            terminal.table(header, rows, to_stdout=not as_json)
    failed = sum(bool(one.error) for one in worlds)
    outcome = f"{failed:,} of {len(worlds):,} worlds failed" if failed else f"All {len(worlds):,} worlds completed"
    terminal.say(f"{outcome}. Written to {out}; all figures have their intervals in the tables there")
    if as_json:
        terminal.result({"out": str(out), "worlds": len(worlds), "failed": failed, "summary": [_plain(m) for m in figures]})
    return 0


@bench.command()
def placebo(
    inputs: Inputs,
    *,
    runs: Annotated[int, typer.Option(metavar="N", help="Placebos of each log.")] = PLACEBOS,
    fdr: Annotated[
        float | None, typer.Option(metavar="Q", help="False-discovery rate of the scans.  [default: 0.05]", show_default=False)
    ] = None,
    seed: FirstSeed = 0,
    jobs: Annotated[int, typer.Option(metavar="N", help="Placebos at a time, each in its own process; results are identical.")] = 2,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Shuffle the reviewers of your own log within category and month, scan the result, and show how often a ring is flagged.

    There is no ring to be found, so the share should be at most the false-discovery rate that you set.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    at_least(runs=(runs, 1), seed=(seed, 0), jobs=(jobs, 1))
    logs = existing(inputs)

    from collusion.base.config import ScanConfig  # noqa: PLC0415  # as above
    from collusion.bench.calibration_report import real_tables  # noqa: PLC0415  # numpy, which `--help` must not load
    from collusion.bench.placebo import placebos  # noqa: PLC0415  # as above

    config = ScanConfig() if fdr is None else ScanConfig(fdr=fdr)  # which checks it
    with terminal.progress() as progress:
        found = [one for log in logs for one in placebos(log, runs, seed=seed, fdr=config.fdr, jobs=jobs, progress=progress)]
    for _, header, rows in real_tables(found, ()):
        terminal.table(header, rows, to_stdout=not as_json)
    if as_json:
        terminal.result({"fdr": config.fdr, "placebos": [asdict(one) for one in found]})
    return 0


@bench.command()
def permutations(
    inputs: Inputs,
    *,
    fitted: Annotated[int, typer.Option(metavar="B", help="Shuffled logs that each prediction is fitted to.")] = 4,
    draws: Annotated[int, typer.Option(metavar="N", help="Shuffled logs that are searched in all.")] = 40,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the shuffles.")] = 0,
    threads: Annotated[int, typer.Option(metavar="N", help="Shuffled logs at a time; changes no result.")] = 2,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Shuffle your own log many times, and show how well a few of the shuffled logs predict the groups of the others.

    A q-value rests on a predicted count: how many groups of a shuffled log reach a score by chance. The count is right where, on average,
    one group of a shuffled log has a predicted count of at most 1, a tenth of a group one of at most 0.1, and so on.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    at_least(fitted=(fitted, 1), draws=(draws, fitted + 1), seed=(seed, 0), threads=(threads, 1))

    from collusion.base.config import ScanConfig  # noqa: PLC0415  # as above
    from collusion.bench.held_out import held_out, permuted_scores  # noqa: PLC0415  # numpy, which `--help` must not load
    from collusion.detect.lockstep import Lockstep  # noqa: PLC0415  # as above
    from collusion.graph.categories import with_categories  # noqa: PLC0415  # as above
    from collusion.inference.search import Search  # noqa: PLC0415  # as above
    from collusion.pipeline import read_log  # noqa: PLC0415  # as above

    with terminal.progress() as progress:
        log, _ = read_log(existing(inputs), ScanConfig(seed=seed, threads=threads), progress)
        graph = with_categories(log.graph)
        scores = permuted_scores(Search.of(graph, [Lockstep()], seed, threads), graph, seed, draws, threads, progress)
    results = held_out(scores, fitted)
    groups = [len(one.value) for one in scores]
    terminal.say(
        f"{draws} shuffled logs of {graph.n_reviews:,} reviews with {min(groups):,} to {max(groups):,} groups each. Each of "
        f"{results[0].sets} predictions is fitted to {fitted} of them and checked on all the others"
    )
    rows = [
        (f"{one.predicted:g}", f"{one.actual:.3f}", f"{one.actual / one.predicted:.2f}", f"{one.low:.3f} to {one.high:.3f}")
        for one in results
    ]
    terminal.table(("predicted", "actual", "actual / predicted", "95% of predictions"), rows, to_stdout=not as_json)
    if as_json:
        terminal.result({"reviews": graph.n_reviews, "groups": groups, "held_out": [asdict(one) for one in results]})
    return 0


def _span(option: str, text: str) -> tuple[int, int]:
    low, dots, high = text.replace("_", "").replace(",", "").partition("..")
    if not low.isdecimal() or not (high.isdecimal() if dots else True):
        raise ConfigError(f"{option}: {text!r} is neither a whole number nor LOW..HIGH, such as 30000..100000")
    return int(low), int(high if dots else low)


def _counts(option: str, given: dict[str, str]) -> dict[str, int]:
    wrong = [f"{option}: the number of {name} must be a whole number, not {n!r}" for name, n in given.items() if not n.isdecimal()]
    if wrong:
        raise ConfigError("\n".join(wrong))
    return {name: int(n) for name, n in given.items()}


def _plain(m: Measure) -> dict[str, object]:
    """Return a figure as JSON can hold it."""
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in asdict(m).items()}
