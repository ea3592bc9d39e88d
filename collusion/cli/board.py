"""``collusion bench run``, ``table``, ``plot``, ``adapt``, ``data`` and ``peers``: compare methods on logs whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collusion.base.errors import CollusionError, ConfigError, InputError, did_you_mean
from collusion.cli.options import Json, Quiet, Verbose, existing, words
from collusion.cli.terminal import Terminal
from collusion.export import check_free

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.bench.board.record import Row

__all__ = ["DataFolder", "FirstSeed", "Formats", "Jobs", "add_to", "at_least", "table_formats"]

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of `collusion bench run`.", show_default=False)]
FirstSeed = Annotated[int, typer.Option(metavar="N", help="First seed.")]
Jobs = Annotated[int, typer.Option(metavar="N", help="Processes at a time; results are identical.")]
DataFolder = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of local copies of public data.  [default: that of COLLUSION_DATA]", show_default=False),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME[,...]",
        help="Formats of the tables: csv, md, latex (booktabs). May be repeated.  [default: csv,md]",
        show_default=False,
    ),
]


def add_to(bench: typer.Typer) -> None:
    """Register the commands."""
    for command in (run, table, plot, adapt, data, peers):
        bench.command()(command)


def run(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write, cell by cell.", show_default=False)],
    methods: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[,...]",
            help="Methods: scan (the full pipeline), scan:DETECTOR, peer:NAME, and the names of `collusion detectors`, plug-ins "
            "included; degree and minus-degree are always added.  [default: scan and all that are built in]",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[,...]",
            help="Logs: market, market:REVIEWS, and the names of `collusion bench data`.  [default: market,movielens-small,"
            "amazon-2018-all-beauty,yelpchi]",
            show_default=False,
        ),
    ] = None,
    attacks: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[,...]",
            help="What is planted into each log.  [default: by kind of log: every shape of ring, a mixture of rings, or published attacks]",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Number of logs of each kind.")] = 10,
    seed: FirstSeed = 0,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="Parameters of methods: [detector.NAME], as in `collusion scan --config`.", show_default=False
        ),
    ] = None,
    tune: Annotated[
        int,
        typer.Option(metavar="N", help="Settings tried for each method and kind of log, on other seeds; the best one has its own row."),
    ] = 0,
    tune_seeds: Annotated[int, typer.Option(metavar="N", help="Logs that each setting is tried on.")] = 1,
    seconds: Annotated[float, typer.Option(metavar="S", help="Limit of time for a method on one log.")] = 300.0,
    memory: Annotated[float, typer.Option(metavar="GIB", help="Limit of memory for its process.")] = 4.0,
    jobs: Annotated[int, typer.Option(metavar="N", help="Processes at a time; results are identical, except for times.")] = 2,
    data_folder: DataFolder = None,
    peer_folder: Annotated[
        Path | None,
        typer.Option("--peers", metavar="DIR", help="Folder of `collusion bench peers`, for methods named peer:NAME.", show_default=False),
    ] = None,
    formats: Formats = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Run methods on logs with planted rings, and show how well each finds them, compared with degree and minus-degree.

    Each method runs on each log in a process with limits of time and memory; a run that fails or exceeds a limit is a row, too. Each row is
    recorded (results.jsonl) as soon as it is known: if a run is interrupted, the same command continues it. Writes tables, pictures and
    index.html, a page that opens offline. For papers: --format latex.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    at_least(jobs=(jobs, 1))
    existing([folder for folder in (data_folder, peer_folder) if folder is not None])
    wanted = table_formats(formats)
    values = {} if config is None else _parameters(config)

    from collusion.bench.board.grid import Grid, run_grid  # noqa: PLC0415  # numpy, which `--help` must not load
    from collusion.bench.board.tables import write_tables  # noqa: PLC0415  # as above

    chosen: dict[str, Any] = {"methods": words(methods), "data": words(data), "attacks": words(attacks)}
    grid = Grid(
        **{name: tuple(names) for name, names in chosen.items() if names},
        seeds=seeds,
        seed=seed,
        values=values,
        tune=tune,
        tune_seeds=tune_seeds,
        seconds=seconds,
        memory=memory * 1024,
        peers=peer_folder,
    )
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out}: is a file; name a folder")
    out.mkdir(exist_ok=True)
    with terminal.progress() as progress:
        rows = run_grid(grid, out, jobs=jobs, data_folder=data_folder, progress=progress)
        progress("report", 0, None)
        write_tables(rows, out, wanted)
        _pictures(rows, out)
    _show(terminal, rows, as_json=as_json)
    terminal.say(f"Written to {out}")
    return 0


def table(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of `collusion bench run` or `collusion bench calibration`.", show_default=False)
    ],
    *,
    formats: Formats = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Show the results in a benchmark folder, complete or not, and write its tables again."""
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    wanted = table_formats(formats)
    existing([folder])
    from collusion.bench.calibration import SETTINGS, recorded  # noqa: PLC0415  # as above

    if (folder / SETTINGS).exists():
        from collusion.bench import calibration_report  # noqa: PLC0415  # as above

        worlds = recorded(folder)
        names = calibration_report.write_tables(worlds, folder, *calibration_report.read_real(folder), wanted)
        if as_json:
            terminal.result({"worlds": len(worlds), "files": names})
    else:
        from collusion.bench.board.tables import write_tables  # noqa: PLC0415  # as above

        rows = _rows(folder)
        names = write_tables(rows, folder, wanted)
        _show(terminal, rows, as_json=as_json)
    terminal.say(f"{', '.join(names)} written to {folder}")
    return 0


def plot(folder: Folder, *, quiet: Quiet = False, verbose: Verbose = 0) -> int:
    """Draw the results in a benchmark folder, complete or not: pictures as SVG, and the page with all of it."""
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    rows = _rows(folder)
    names = _pictures(rows, folder)
    terminal.say(f"{', '.join(f'{name}.svg' for name in names)} and index.html written to {folder}")
    return 0


def adapt(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write.", show_default=False)],
    methods: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[,...]", help="As in `collusion bench run`.  [default: scan,lockstep,fraudar,degree]", show_default=False
        ),
    ] = None,
    data: Annotated[
        list[str] | None, typer.Option(metavar="NAME[,...]", help="As in `collusion bench run`.  [default: market]", show_default=False)
    ] = None,
    rounds: Annotated[int, typer.Option(metavar="N", help="Rounds of each attack.")] = 6,
    seeds: Annotated[int, typer.Option(metavar="N", help="Attacks on each method and log.")] = 3,
    seed: FirstSeed = 0,
    jobs: Jobs = 2,
    data_folder: DataFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Test methods against a spammer who sees whom they flag and adapts.

    In each round the spammer writes the same number of paid reviews of the same targets. Flagged accounts are replaced by new or hijacked
    ones, and schedule, density and camouflage follow what worked. scan flags the members of its flagged rings; any other method flags as
    many reviewers as the spammer has. Writes adaptive.csv and adaptive.svg.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    existing([] if data_folder is None else [data_folder])
    at_least(seed=(seed, 0))
    check_free(out, overwrite=False)

    from dataclasses import asdict  # noqa: PLC0415  # as below

    from collusion.bench.board.adaptive_attacks import adaptive_attacks, means, write_rounds  # noqa: PLC0415  # numpy and matplotlib, as above

    with terminal.progress() as progress:
        outcomes = adaptive_attacks(
            words(methods) or ["scan", "lockstep", "fraudar", "degree"],
            words(data) or ["market"],
            rounds=rounds,
            seeds=seeds,
            seed=seed,
            jobs=jobs,
            data_folder=data_folder,
            progress=progress,
        )
    out.mkdir(exist_ok=True)
    write_rounds(outcomes, out)
    header = ["data", "method", *(f"round {k}" for k in range(1, rounds + 1))]
    terminal.say("Share of paid reviews left:")
    terminal.table(
        header, [[*key, *(f"{share:.2f}" for share in shares)] for key, shares in means(outcomes).items()], to_stdout=not as_json
    )
    if as_json:
        terminal.result({"rounds": [asdict(one) for one in outcomes]})
    terminal.say(f"Written to {out}")
    return 0


def data(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Data sets to describe.", show_default=False)] = None,
    *,
    fetch: Annotated[bool, typer.Option("--fetch", help="Fetch them from their publishers: opens a network connection.")] = False,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of local copies.  [default: that of COLLUSION_DATA]", show_default=False)
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """List the public data sets that the benchmark can read, describe some, or fetch them.

    Without --fetch nothing leaves this machine: a local copy is used where there is one; otherwise a message says how to get one.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    from collusion.datasets.catalogue import DATASETS, card, find  # noqa: PLC0415  # pyarrow, which `--help` must not load
    from collusion.datasets.fetch import fetch as fetched  # noqa: PLC0415  # as above

    wrong = [f"no data set is called {name!r}; {did_you_mean(name, DATASETS)}" for name in names or () if name not in DATASETS]
    if fetch and (folder is None or not names):
        wrong.append("--fetch needs the names of data sets, and --folder DIR to put them into")
    if wrong:
        raise ConfigError("\n".join(wrong))
    found = []
    for name in names or DATASETS:
        if fetch and folder is not None:
            terminal.say(f"{name}: written to {fetched(name, folder)}")
        try:
            path, missing = str(find(name, folder)), ""
        except InputError as error:
            path, missing = "", str(error)
        found.append({"name": name, "title": DATASETS[name].title, "path": path, "missing": missing})
        if names:
            terminal.say(card(name))
    if as_json:
        terminal.result({"data": found})
    elif not names:
        terminal.table(["name", "local copy"], [[one["name"], one["path"] or "none"] for one in found], to_stdout=True)
    else:
        for one in found:
            terminal.say(one["path"] or one["missing"])
    return 0


def peers(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Methods named peer:NAME; without a name, all.", show_default=False)
    ] = None,
    *,
    folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder to make their environments in; opens a network connection.", show_default=False),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """List public implementations that the benchmark can compare with ours, or make their environments with --folder.

    Uses the package index that pip is configured for. Where one cannot be installed, the reason is shown and the others are made.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    from collusion.bench.board.environments import PEER_METHODS, environment_python, make_environment  # noqa: PLC0415  # numpy, as above

    wrong = [f"no peer is called {name!r}; {did_you_mean(name, PEER_METHODS)}" for name in names or () if name not in PEER_METHODS]
    if wrong:
        raise ConfigError("\n".join(wrong))
    found = []
    for name in names or PEER_METHODS:
        state = ""
        if folder is not None:
            folder.mkdir(exist_ok=True)
            try:
                make_environment(name, folder)
            except CollusionError as error:
                state = str(error)
            else:
                state = "ready" if environment_python(name, folder) is not None else "not ready"
            terminal.say(f"{name}: {state}")
        method = PEER_METHODS[name]
        found.append({"name": name, "requirements": list(method.requirements), "gives": list(method.gives), "state": state})
    if as_json:
        terminal.result({"peers": found})
    elif folder is None:
        rows = [[name, *map(", ".join, (PEER_METHODS[name].requirements, PEER_METHODS[name].gives))] for name in names or PEER_METHODS]
        terminal.table(["name", "packages", "gives"], rows, to_stdout=True)
    return 0


def _parameters(path: Path) -> dict[str, dict[str, Any]]:
    """Return parameters by method; lists become tuples, as detectors hold them."""
    from collusion.base.config import read_toml  # noqa: PLC0415  # its parser, which `--help` need not load

    found = read_toml(path)
    given = found.pop("detector", {})
    wrong = [f"{path}: {key} has no effect in a benchmark, which takes [detector.NAME] alone" for key in found]
    if not isinstance(given, dict):
        wrong.append(f"{path}: detector must be tables, such as [detector.fraudar]")
        given = {}
    wrong += [f"{path}: [detector.{name}] must be a table" for name, values in given.items() if not isinstance(values, dict)]
    if wrong:
        raise ConfigError("\n".join(wrong))
    return {
        name: {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()} for name, values in given.items()
    }


def _rows(folder: Path) -> list[Row]:
    existing([folder])
    from collusion.bench.board.record import RESULTS, latest, read_rows  # noqa: PLC0415  # as above

    rows = latest(read_rows(folder))
    if not rows:
        raise InputError(f"{folder}: has no results ({RESULTS}); `collusion bench run --out {folder}` makes them")
    return rows


def at_least(**given: tuple[float, float]) -> None:
    """Raise ConfigError where an option is below its least value; all of them at once."""
    wrong = [f"--{name} must be at least {least}, not {value}" for name, (value, least) in given.items() if value < least]
    if wrong:
        raise ConfigError("\n".join(wrong))


def table_formats(given: list[str] | None) -> list[str]:
    """Return the formats of tables; raises ConfigError where one is unknown."""
    from collusion.bench.formats import FORMATS  # noqa: PLC0415  # as above

    chosen = words(given) or ["csv", "md"]
    wrong = [f"--format: there is no format {name!r}; {did_you_mean(name, FORMATS)}" for name in chosen if name not in FORMATS]
    if wrong:
        raise ConfigError("\n".join(wrong))
    return chosen


def _pictures(rows: Sequence[Row], folder: Path) -> list[str]:
    from collusion.bench.board.page import provenance, write_page  # noqa: PLC0415  # matplotlib, as above
    from collusion.bench.board.plots import write_plots  # noqa: PLC0415  # as above

    names = write_plots(rows, folder)
    write_page(rows, folder, provenance(rows))
    return names


def _show(terminal: Terminal, rows: Sequence[Row], *, as_json: bool) -> None:
    from dataclasses import asdict  # noqa: PLC0415  # as below

    from collusion.bench.board.summaries import leads, summaries  # noqa: PLC0415  # scipy, as above
    from collusion.bench.board.tables import completed, overview  # noqa: PLC0415  # as above

    found = summaries(rows)
    for figure in ("ring_ap", "reviewers_ap"):
        head, header, body = overview(found, figure, intervals=False)
        if body:
            terminal.say(f"{head}:")
            kinds = header[1:-1]
            # Numbers stand for the kinds of logs, whose names would be cut where there are several.
            short = [str(k) for k in range(1, len(kinds) + 1)] if len(kinds) > 2 else kinds
            terminal.table([header[0], *short, header[-1]], body, to_stdout=not as_json)
            for number, kind in zip(short, kinds, strict=True):
                if number != kind:
                    terminal.say(f"{number}: {kind}")
            for lead in leads(rows, figure):
                terminal.say(str(lead))
    failed = [row for row in rows if row.status != "done"]
    terminal.say(completed(rows))
    if as_json:
        terminal.result({"cells": len(rows), "failed": len(failed), "rows": [asdict(row) for row in rows]})
