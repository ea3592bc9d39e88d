"""``collusion scan``: a log in, a folder of rings out."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collusion.base.errors import ConfigError, did_you_mean
from collusion.base.hints import for_command_line
from collusion.case.write import DEFAULT_FORMATS, check_output, write_case
from collusion.cli.changes import as_json as changes_of
from collusion.cli.changes import show_changes
from collusion.cli.folder import check_folder
from collusion.cli.options import (
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
from collusion.cli.outputs import Excel, FlaggedOnly, Formats, PdfRings, chosen_formats, chosen_rings
from collusion.cli.run import read_run
from collusion.cli.spool import spooled
from collusion.cli.summary import as_json as summary_of
from collusion.cli.summary import show_summary
from collusion.cli.terminal import Terminal
from collusion.cli.timeout import time_limit
from collusion.decisions.journal import journal_beside

if TYPE_CHECKING:
    from collusion.base.model import Status
    from collusion.case import Case

__all__ = ["FAIL_ON", "scan"]

FAILED_ON = 4

FAIL_ON: dict[str, tuple[Status, ...]] = {
    "flagged": ("flagged",),
    "coordinated": ("flagged", "coordinated"),
    "candidate": ("flagged", "coordinated", "candidate"),
}
"""What ``--fail-on`` takes, and the statuses that meet it."""

NEW = "new"
"""What it takes besides: flagged groups that are new since the earlier case."""


@reads_logs
def scan(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="INPUT", help="Logs, folders of logs, or one folder made by `collusion encode`.", show_default=False),
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder to write; appears whole or not at all.", show_default=False)
    ] = None,
    reading: Reading,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml",
            help="Parameters of the scan, and under [run] input, out, formats, fail_on, timeout and since; options on the command line "
            "override them.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of the random numbers.  [default: 0]", show_default=False)] = None,
    fdr: Annotated[
        float | None,
        typer.Option(metavar="RATE", help="False-discovery rate of each question.  [default: 0.05]", show_default=False),
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            metavar="B",
            help="Largest number of shuffled logs to compare with; with 0 nothing is flagged.  [default: 40]",
            show_default=False,
        ),
    ] = None,
    null_models: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N0|N3[,...]",
            help="More ways to shuffle, for diagnosis: N0 across the whole log, N3 the dates within each product.",
            show_default=False,
        ),
    ] = None,
    threads: Threads = None,
    memory: Memory = None,
    detector: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[,...]", help="Detectors to run (see `collusion detectors`).  [default: lockstep]", show_default=False),
    ] = None,
    formats: Formats = None,
    excel: Excel = False,
    keyfile: Annotated[
        Path | None,
        typer.Option(
            "--pseudonymise",
            metavar="KEYFILE",
            help="Replace all ids and names with pseudonyms made from this key (see `collusion key`), and leave out review texts.",
            show_default=False,
        ),
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Keep review texts with --pseudonymise. Texts can identify people.")
    ] = False,
    since: Annotated[
        Path | None,
        typer.Option(
            metavar="CASE_DIR",
            help="Folder of an earlier scan of this log: say what changed, and keep the decisions on groups whose members are the same.",
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="flagged|coordinated|candidate|new",
            help="Exit with 4 if a group of that status is found. `coordinated` includes flagged groups, `candidate` both. `new`: a "
            "flagged group that was not flagged before and is not decided (needs --since).",
            show_default=False,
        ),
    ] = None,
    rank_by: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="How products and sellers are ranked with and without the reviews of groups: bayes (Bayesian average), mean (mean rating) "
            "or count (number of reviews).  [default: bayes]",
            show_default=False,
        ),
    ] = None,
    flagged_only: FlaggedOnly = False,
    pdf_rings: PdfRings = None,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="End with an error after this time: 90 (seconds), 30m, 2h.", show_default=False),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON object to stdout: groups by status, figures of each, seconds, peak memory, version, exit code."
        ),
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    log_format: LogFormat = "text",
) -> int:
    """Find groups of reviewers who act together, with the evidence.

    Every group gets a status. flagged: they acted together, and they behave unlike other reviewers of the same products. coordinated: they
    acted together, and nothing more is shown. explained: an innocent explanation accounts for it. candidate: cannot be distinguished from
    chance. A group is a lead for review, not a verdict.
    """
    terminal = Terminal(quiet, verbose, log_format)
    terminal.configure_logging()
    run = read_run(config)
    inputs, out = inputs or [*map(Path, run.input)], out or (None if run.out is None else Path(run.out))
    fail_on, timeout = fail_on or run.fail_on, timeout or run.timeout
    wrong = [] if inputs else ["INPUT: name a log, or write input = [...] under [run] in the file of --config"]
    wrong += [] if out else ["--out: name a folder to write, or write out = ... under [run] in the file of --config"]
    since = since or (None if run.since is None else Path(run.since))
    if fail_on is not None and fail_on not in (*FAIL_ON, NEW):
        wrong.append(f"--fail-on: there is no status {fail_on!r}; {did_you_mean(fail_on, (*FAIL_ON, NEW))}")
    if fail_on == NEW and since is None:
        wrong.append("--fail-on new: needs the earlier case, as in --since CASE_DIR")
    if with_text and keyfile is None:
        wrong.append("--with-text: has no effect without --pseudonymise; texts are kept then")
    if wrong or out is None:
        raise ConfigError("\n".join(wrong))
    chosen = chosen_formats(words(formats) or list(run.formats or DEFAULT_FORMATS), excel=excel, flagged_only=flagged_only)
    selection = chosen_rings(pdf_rings, chosen)
    seen = check_folder(out, overwrite=overwrite, needed=(*inputs, *([] if config is None else [config])))
    check_output(out, chosen, overwrite=overwrite)
    settings = scan_config(
        config,
        reading,
        seed=seed,
        fdr=fdr,
        replicates=replicates,
        null_models=words(null_models),
        threads=threads,
        memory=memory,
        detectors=words(detector),
        rank_by=rank_by,
    )
    key = None if keyfile is None else _key(keyfile, out)
    earlier = None if since is None else _earlier(since, key)
    from collusion import pipeline  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load

    with time_limit(timeout, terminal.complain), spooled(inputs) as paths, terminal.progress() as progress:
        case = pipeline.scan(existing(paths), config=settings, progress=progress)
        case = replace(case, notes=tuple(map(for_command_line, case.notes)))
        if key is not None:
            from collusion.privacy.case import pseudonymise  # noqa: PLC0415  # as above

            case = pseudonymise(case, key, text=with_text)
        if earlier is not None:
            from collusion.case.since import compared  # noqa: PLC0415  # as above

            case = compared(case, earlier).with_journal(journal_beside(out))
        progress("write", 0, None)
        with pipeline.progress.Clock().stage("write"):
            write_case(case, out, chosen, overwrite=overwrite, seen=seen, flagged_only=flagged_only, pdf_rings=selection)
    show_summary(case, terminal)
    new = () if case.since is None else show_changes(case, terminal)
    terminal.say(f"Written to {out}{f'; open {out}/report/index.html' if 'report' in chosen else ''}")
    _show_decisions(out, terminal)
    met = bool(new) if fail_on == NEW else any(ring.status in FAIL_ON.get(fail_on or "", ()) for ring in case.rings)
    code = FAILED_ON if met else 0
    if as_json:
        terminal.result(summary_of(case, out, code) | ({} if case.since is None else changes_of(case, new)))
    return code


def _show_decisions(out: Path, terminal: Terminal) -> None:
    from collusion.decisions import journal_path  # noqa: PLC0415  # what `--help` need not load

    # The decisions of a case are listed from its case.json.
    if journal_path(out).exists() and (out / "case.json").exists():
        terminal.say(f"Decisions of earlier runs: collusion decisions {shlex.quote(str(out))}")


def _earlier(folder: Path, key: bytes | None) -> Case:
    """Read the earlier case before any work is done: it may be the folder that the scan replaces."""
    from collusion.case.since import check_since, earlier_case  # noqa: PLC0415  # numpy, which `--help` must not load

    try:
        earlier = earlier_case(folder)
        if key is None:
            check_since(earlier, None)
        else:
            from collusion.privacy.names import fingerprint  # noqa: PLC0415  # hashes, as above

            check_since(earlier, fingerprint(key))
    except ConfigError as error:
        raise ConfigError(f"--{error}") from error
    return earlier


def _key(keyfile: Path, out: Path) -> bytes:
    """Read a key before any work is done; a key inside the folder would be handed out with it, or overwritten."""
    from collusion.privacy.keys import read_key  # noqa: PLC0415  # hashes, which `--help` need not load

    if keyfile.resolve().is_relative_to(out.resolve()):
        raise ConfigError(f"--pseudonymise: {keyfile} is in {out}, the folder to hand out; keep the key elsewhere")
    return read_key(keyfile)
