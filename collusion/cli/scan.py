"""``collusion scan``: a log in, a folder of rings out."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collusion.case.write import DEFAULT_FORMATS, check_output, write_case
from collusion.cli.folder import check_folder
from collusion.cli.options import (
    Columns,
    Config,
    Delimiter,
    Dialect,
    Inputs,
    Json,
    Link,
    Map,
    Memory,
    Out,
    Overwrite,
    Quiet,
    Quote,
    Threads,
    TimeFormat,
    TimeUnit,
    Verbose,
    existing,
    pairs,
    scan_config,
    words,
)
from collusion.cli.spool import spooled
from collusion.cli.terminal import Terminal
from collusion.errors import ConfigError, did_you_mean
from collusion.report.formatting import count, score
from collusion.report.statuses import beyond_chance, counted, counts
from collusion.report.summary import rejected

if TYPE_CHECKING:
    from pathlib import Path

    from collusion.case import Case, Ring
    from collusion.model import Status

__all__ = ["FAIL_ON", "scan"]

FAILED_ON = 4

FAIL_ON: dict[str, tuple[Status, ...]] = {
    "flagged": ("flagged",),
    "coordinated": ("flagged", "coordinated"),
    "candidate": ("flagged", "coordinated", "candidate"),
}
"""What ``--fail-on`` takes, and the statuses that meet it."""

SHOWN = 20
"""Most rings in the table of the summary; all are in the files."""

WIDE = 96
"""Characters of a line from which on the table names the rings, too."""


def scan(
    inputs: Inputs,
    *,
    out: Out,
    columns: Map = None,
    link: Link = None,
    dialect: Dialect = None,
    time_unit: TimeUnit = None,
    time_format: TimeFormat = None,
    delimiter: Delimiter = None,
    quote: Quote = None,
    header: Columns = None,
    config: Config = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of all draws.  [default: 0]", show_default=False)] = None,
    fdr: Annotated[
        float | None,
        typer.Option(metavar="RATE", help="False-discovery rate of each question.  [default: 0.05]", show_default=False),
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            metavar="B", help="Shuffled logs to compare with, at most; with 0 nothing is flagged.  [default: 40]", show_default=False
        ),
    ] = None,
    null_models: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N0|N3[,...]",
            help="Further ways to shuffle, for diagnosis: N0 over the whole log, N3 the dates of each product.",
            show_default=False,
        ),
    ] = None,
    threads: Threads = None,
    memory: Memory = None,
    detector: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[,...]", help="Detectors to run (see `collusion detectors`).  [default: lockstep]", show_default=False),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="NAME[,...]", help=f"What to write.  [default: {','.join(DEFAULT_FORMATS)}]", show_default=False),
    ] = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="Begin CSV files with a UTF-8 mark, so that Excel shows accents and other scripts.")
    ] = False,
    keyfile: Annotated[
        Path | None,
        typer.Option(
            "--pseudonymise",
            metavar="KEYFILE",
            help="Replace all names of the log by pseudonyms made with this key (see `collusion key`), and leave out review texts.",
            show_default=False,
        ),
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Keep review texts beside pseudonyms. What people write can identify them.")
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="flagged|coordinated|candidate",
            help="Exit with 4 if a group of that status is found. `coordinated` includes flagged groups, `candidate` both.",
            show_default=False,
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Find groups of reviewers who act together, with the evidence.

    Every group gets a status. flagged: they acted together, and they behave unlike other reviewers of the same products. coordinated: they
    acted together, and nothing more is shown. explained: an innocent explanation accounts for it. candidate: cannot be distinguished from
    chance. A group is a lead for review, not a verdict.
    """
    terminal = Terminal(quiet=quiet, verbose=verbose)
    terminal.configure_logging()
    if fail_on is not None and fail_on not in FAIL_ON:
        raise ConfigError(f"--fail-on: there is no status {fail_on!r}; {did_you_mean(fail_on, FAIL_ON)}")
    if with_text and keyfile is None:
        raise ConfigError("--with-text: has no effect without --pseudonymise; texts are kept then")
    chosen = words(formats) or list(DEFAULT_FORMATS)
    if excel:
        if not {"csv", "csv-excel"} & set(chosen):
            raise ConfigError("--excel: has no effect, since csv is not among the formats")
        chosen = ["csv-excel" if name == "csv" else name for name in chosen]
    seen = check_folder(out, overwrite=overwrite, needed=(*inputs, *([] if config is None else [config])))
    check_output(out, chosen, overwrite=overwrite)
    settings = scan_config(
        config,
        pairs("--map", columns),
        link=words(link),
        dialect=dialect,
        time_unit=time_unit,
        time_format=time_format,
        delimiter=delimiter,
        quote=quote,
        columns=words(header),
        seed=seed,
        fdr=fdr,
        replicates=replicates,
        null_models=words(null_models),
        threads=threads,
        memory=memory,
        detectors=words(detector),
    )
    key = None if keyfile is None else _key(keyfile, out)
    from collusion import pipeline  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load

    with spooled(inputs) as paths, terminal.progress() as progress:
        case = pipeline.scan(existing(paths), config=settings, progress=progress)
        if key is not None:
            from collusion.privacy.case import pseudonymise  # noqa: PLC0415  # as above

            case = pseudonymise(case, key, text=with_text)
        progress("write", 0, None)
        write_case(case, out, chosen, overwrite=overwrite, seen=seen)
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
    rows = case.accounting
    terminal.say(
        f"Read {count(rows.rows_in, 'row')}: {rows.counted:,} used, {count(rows.repeated, 'repeat review')} and "
        f"{count(rows.copies, 'copy', 'copies')} across product variants merged, {rows.set_aside:,} rejected."
    )
    if (warning := rejected(case)) is not None:
        terminal.complain(f"warning: {warning}")
    for note in case.notes:
        terminal.say(f"note: {note}")
    terminal.say(counted(case.rings))
    _table(case, terminal)


def _table(case: Case, terminal: Terminal) -> None:
    """Show the groups that score higher than chance, by rank: all flagged ones first of all, then those of the highest ranks."""
    notable = [ring for ring in case.rings if beyond_chance(ring, case.provenance)]
    shown = sorted(sorted(notable, key=lambda ring: not ring.flagged)[:SHOWN], key=lambda ring: ring.rank)
    if not shown:
        return
    wide = terminal.width() >= WIDE
    header = ("rank", "status", "score", "q1", "q2", "reviewers", "products", "first", "last", *(("ring",) if wide else ()))
    numbers = {"rank", "score", "q1", "q2", "reviewers", "products"}
    terminal.table(header, [_row(ring, wide=wide) for ring in shown], numbers=numbers, gap=1)
    if len(notable) > len(shown):
        terminal.say(f"and {len(notable) - len(shown):,} more in the files")
    terminal.say("q1: did they act together? q2: do they behave unlike other reviewers?")


def _row(ring: Ring, *, wide: bool) -> tuple[str, ...]:
    return (
        str(ring.rank),
        ring.status,
        score(ring.score),
        _short(ring.q_value),
        _short(ring.q_paid),
        f"{len(ring.reviewers):,}",
        f"{len(ring.products):,}",
        ring.first_review or "",
        ring.last_review or "",
        *((ring.id,) if wide else ()),
    )


def _short(q: float | None) -> str:
    """Return a q-value with two digits, so that nine columns fit into 80 characters; the files have all of them."""
    return "" if q is None else f"{q:.2g}"


def _as_json(case: Case, out: str) -> dict[str, object]:
    return {
        "out": out,
        **{"candidates" if status == "candidate" else status: n for status, n in counts(case.rings).items()},
        "accounting": asdict(case.accounting),
        "rings": [
            {
                "ring_id": ring.id,
                "rank": ring.rank,
                "status": ring.status,
                "explained_by": ring.explained_by,
                "score": ring.score,
                "residual": ring.residual,
                "residual_of": ring.residual_of,
                "q_value": ring.q_value,
                "q_paid": ring.q_paid,
                "n_reviewers": len(ring.reviewers),
                "n_products": len(ring.products),
                "n_reviews": ring.n_reviews,
                "n_doubtful": len(ring.doubtful),
            }
            for ring in case.rings
        ],
        "warnings": [] if (warning := rejected(case)) is None else [warning],
        "notes": list(case.notes),
    }
