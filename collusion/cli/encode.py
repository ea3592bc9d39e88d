"""``collusion encode``: a log in, a folder in a fast binary format out."""

from __future__ import annotations

from dataclasses import asdict

from collusion.base.hints import for_command_line
from collusion.cli.folder import check_folder
from collusion.cli.options import (
    Config,
    Inputs,
    Json,
    LogFormat,
    Memory,
    Out,
    Overwrite,
    Quiet,
    Reading,
    Threads,
    Verbose,
    existing,
    reads_logs,
    scan_config,
)
from collusion.cli.spool import spooled
from collusion.cli.summary import read_rows
from collusion.cli.terminal import Terminal
from collusion.export import atomic_directory

__all__ = ["encode"]


@reads_logs
def encode(
    inputs: Inputs,
    *,
    out: Out,
    reading: Reading,
    config: Config = None,
    threads: Threads = None,
    memory: Memory = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    log_format: LogFormat = "text",
) -> int:
    """Convert a log to a fast binary format for repeated scans.

    Give the folder to `collusion scan` instead of the log, and add new files by `collusion append`. Review texts are not stored; the
    values of linking columns are.
    """
    terminal = Terminal(quiet, verbose, log_format)
    terminal.configure_logging()
    seen = check_folder(out, overwrite=overwrite, needed=(*inputs, *([] if config is None else [config])))
    settings = scan_config(config, reading, threads=threads, memory=memory)
    from collusion import pipeline  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load

    with (
        spooled(inputs) as paths,
        atomic_directory(out, overwrite=overwrite, seen=seen) as folder,
        terminal.progress() as progress,
    ):
        log = pipeline.encode(existing(paths), folder, settings, progress)
    rows = log.accounting
    terminal.paragraph(read_rows(rows))
    notes = list(map(for_command_line, log.notes))
    for note in notes:
        terminal.paragraph(note, "note: ")
    terminal.say(f"Written to {out}")
    if as_json:
        terminal.result({"out": str(out), "accounting": asdict(rows), "notes": notes})
    return 0
