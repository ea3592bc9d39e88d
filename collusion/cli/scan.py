"""``collusion scan``: a log in, a folder of rings out."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collusion.cli.folder import check_folder
from collusion.cli.options import (
    Config,
    Dialect,
    Inputs,
    Json,
    Map,
    Memory,
    Out,
    Overwrite,
    Quiet,
    Threads,
    TimeUnit,
    Verbose,
    existing,
    pairs,
    scan_config,
    words,
)
from collusion.cli.terminal import Terminal
from collusion.errors import ConfigError, did_you_mean
from collusion.report.words import q_value, score
from collusion.write import DEFAULT_FORMATS, check_output, write_case

if TYPE_CHECKING:
    from pathlib import Path

    from collusion.model import Case, Ring

__all__ = ["FAIL_ON", "scan"]

FAILED_ON = 4

FAIL_ON = {"flagged": ("flagged",), "candidate": ("flagged", "candidate")}
"""What ``--fail-on`` takes, and the statuses that meet it."""

SHOWN = 20
"""Flagged rings in the table of the summary; all are in the files."""


def scan(
    inputs: Inputs,
    *,
    out: Out,
    columns: Map = None,
    dialect: Dialect = None,
    time_unit: TimeUnit = None,
    config: Config = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of all draws.  [default: 0]", show_default=False)] = None,
    fdr: Annotated[
        float | None,
        typer.Option(metavar="RATE", help="False-discovery rate at which a ring is flagged.  [default: 0.05]", show_default=False),
    ] = None,
    replicates: Annotated[
        int | None, typer.Option(metavar="B", help="Null replicates; with 0 nothing is flagged.  [default: 40]", show_default=False)
    ] = None,
    threads: Threads = None,
    memory: Memory = None,
    detector: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[,...]", help="Methods to run (see `collusion detectors`).  [default: lockstep]", show_default=False),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="NAME[,...]", help=f"What to write.  [default: {','.join(DEFAULT_FORMATS)}]", show_default=False),
    ] = None,
    keyfile: Annotated[
        Path | None,
        typer.Option(
            "--pseudonymise",
            metavar="KEYFILE",
            help="Write pseudonyms made with this key (see `collusion key`) in place of all names of the log, and no review text.",
            show_default=False,
        ),
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Keep the texts of reviews beside pseudonyms; what people write identifies them.")
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(metavar="flagged|candidate", help="Exit with 4 when a ring of that status (or above) is found.", show_default=False),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Find the rings of a log, with their evidence.

    A ring is a lead for review, not a verdict.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    if fail_on is not None and fail_on not in FAIL_ON:
        raise ConfigError(f"--fail-on: there is no status {fail_on!r}; {did_you_mean(fail_on, FAIL_ON)}")
    if with_text and keyfile is None:
        raise ConfigError("--with-text: has no effect without --pseudonymise; texts are kept then")
    chosen = words(formats) or DEFAULT_FORMATS
    check_folder(out, overwrite=overwrite)
    check_output(out, chosen, overwrite=overwrite)
    settings = scan_config(
        config,
        pairs("--map", columns),
        dialect=dialect,
        time_unit=time_unit,
        seed=seed,
        fdr=fdr,
        replicates=replicates,
        threads=threads,
        memory=memory,
        detectors=words(detector),
    )
    key = None if keyfile is None else _key(keyfile, out)
    paths = existing(inputs)

    from collusion import pipeline  # noqa: PLC0415  # numpy, numba and pyarrow, which `--help` must not load

    with terminal.progress() as progress:
        case = pipeline.scan(paths, config=settings, progress=progress)
        if key is not None:
            from collusion.privacy.case import pseudonymise  # noqa: PLC0415  # as above

            case = pseudonymise(case, key, text=with_text)
        progress("write", 0, None)
        write_case(case, out, chosen, overwrite=overwrite)
    _summary(case, terminal)
    terminal.say(f"Written to {out}")
    _tell_decisions(out, terminal)
    if as_json:
        terminal.result(_as_json(case, str(out)))
    met = fail_on is not None and any(ring.status in FAIL_ON[fail_on] for ring in case.rings)
    return FAILED_ON if met else 0


def _tell_decisions(out: Path, terminal: Terminal) -> None:
    from collusion.decisions import journal_path  # noqa: PLC0415  # what `--help` need not load

    if journal_path(out).exists():
        terminal.say(f"Decisions of earlier runs: collusion decisions {shlex.quote(str(out))}")


def _key(keyfile: Path, out: Path) -> bytes:
    """Read a key before any work is done; one inside the folder would go with what it was to be kept from, or be overwritten."""
    from collusion.privacy.keys import read_key  # noqa: PLC0415  # hashes, which `--help` need not load

    if keyfile.resolve().is_relative_to(out.resolve()):
        raise ConfigError(f"--pseudonymise: {keyfile} is in {out}, which is handed out; keep the key elsewhere")
    return read_key(keyfile)


def _summary(case: Case, terminal: Terminal) -> None:
    told = case.accounting
    terminal.say(f"rows in {told.rows_in:,} = accepted {told.accepted:,} + set aside {told.set_aside:,}")
    terminal.say(f"accepted {told.accepted:,} = counted {told.counted:,} + repeated {told.repeated:,} + copies {told.copies:,}")
    for note in case.notes:
        terminal.say(f"note: {note}")
    terminal.say(", ".join(f"{_count(case, status):,} {status}" for status in ("flagged", "candidate", "explained")))
    if case.flagged:
        header = ("rank", "ring", "q", "score", "members", "reviews", "first", "last")
        terminal.table(header, [_row(ring) for ring in case.flagged[:SHOWN]])
        if len(case.flagged) > SHOWN:
            terminal.say(f"and {len(case.flagged) - SHOWN:,} more")


def _row(ring: Ring) -> tuple[str, ...]:
    return (
        str(ring.rank),
        ring.id,
        q_value(ring),
        score(ring.score),
        f"{len(ring.reviewers)} x {len(ring.products)}",
        f"{ring.n_reviews:,}",
        ring.first_review or "",
        ring.last_review or "",
    )


def _count(case: Case, status: str) -> int:
    return sum(1 for ring in case.rings if ring.status == status)


def _as_json(case: Case, out: str) -> dict[str, object]:
    return {
        "out": out,
        "flagged": _count(case, "flagged"),
        "candidates": _count(case, "candidate"),
        "explained": _count(case, "explained"),
        "accounting": asdict(case.accounting),
        "rings": [
            {
                "ring_id": ring.id,
                "rank": ring.rank,
                "status": ring.status,
                "q_value": ring.q_value,
                "score": ring.score,
                "n_reviewers": len(ring.reviewers),
                "n_products": len(ring.products),
                "n_reviews": ring.n_reviews,
            }
            for ring in case.rings
        ],
        "notes": list(case.notes),
    }
