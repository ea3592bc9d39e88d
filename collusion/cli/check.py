"""``collusion check``: how a scan would read a log, in a second."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from collusion.base.hints import for_command_line
from collusion.cli.neutral import neutral
from collusion.cli.options import Inputs, Json, Reading, existing, reads_logs
from collusion.cli.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check"]

REJECTED = 3


@reads_logs
def check(
    inputs: Inputs,
    *,
    reading: Reading,
    as_json: Json = False,
) -> int:
    """Show how a scan would read a log.

    Prints its format, its columns, its first rows and its problems. Only the first rows of a log above 32 MiB are read. Exits with 3 if
    a scan would reject the log.
    """
    from collusion.reviews.check import check as look  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load

    terminal = Terminal()
    paths = existing(inputs)
    if len(paths) == 1 and paths[0].is_dir():
        from collusion.graph.store import is_store  # noqa: PLC0415  # scipy, which a file does not need

        if is_store(paths[0]):
            return _coded(paths[0], terminal, as_json=as_json)
    found = look([str(path) for path in paths], **reading)
    notes, problems = (tuple(map(for_command_line, said)) for said in (found.notes, found.problems))
    found = replace(found, notes=notes, problems=problems)
    if as_json:
        terminal.result(found.to_dict())
    else:
        for line in found.lines():
            terminal.text(neutral(line, keep=""))
    for problem in found.problems:
        terminal.complain(f"Error: {problem}")
    return 0 if found.ok else REJECTED


def _coded(path: Path, terminal: Terminal, *, as_json: bool) -> int:
    """Report a folder that was read before."""
    from collusion.graph.store import load  # noqa: PLC0415  # as above

    log = load(path)
    if as_json:
        sources = [{"name": one.name, "format": one.format, "rows": one.rows} for one in log.sources]
        figures = {"rows": log.accounting.rows_in, "accepted": log.accounting.accepted, "notes": list(map(for_command_line, log.notes))}
        terminal.result({"ok": True, "sources": sources, **figures, "problems": []})
        return 0
    terminal.text(
        neutral(f"{path}: a folder made by `collusion encode`, {log.accounting.accepted:,} of {log.accounting.rows_in:,} rows accepted")
    )
    for note in map(for_command_line, log.notes):
        terminal.text(neutral(f"note: {note}", keep=""))
    return 0
