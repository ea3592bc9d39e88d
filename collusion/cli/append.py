"""``collusion append``: further files to a folder made by ``collusion encode``."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collusion.base.errors import ConfigError, InputError
from collusion.base.hints import for_command_line
from collusion.cli.folder import check_folder
from collusion.cli.options import Json, LogFormat, Memory, Quiet, Threads, Verbose, existing, scan_config
from collusion.cli.spool import spooled
from collusion.cli.summary import read_rows
from collusion.cli.terminal import Terminal
from collusion.export import atomic_directory, put_back

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["append"]

MANIFEST = "collusion-graph.json"
"""The file of a coded log that is locked while rows are added to it."""

Store = Annotated[Path, typer.Argument(metavar="STORE", help="Folder made by `collusion encode`.", show_default=False)]
New = Annotated[list[Path], typer.Argument(metavar="NEW", help="Logs to add, or folders of logs.", show_default=False)]
Again = Annotated[bool, typer.Option("--again", help="Add a file even if one with the same content was added before.")]


def append(
    store: Store,
    new: New,
    *,
    again: Again = False,
    threads: Threads = None,
    memory: Memory = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    log_format: LogFormat = "text",
) -> int:
    """Add new files to an encoded log, without reading the old ones again.

    The result is the same, byte for byte, as `collusion encode` of all files in this order. New files are read with the options with
    which the log was encoded. The folder is replaced when all is done; until then the old one stays.
    """
    terminal = Terminal(quiet, verbose, log_format)
    terminal.configure_logging()
    with _locked(store), spooled(new) as paths:
        seen = check_folder(store, overwrite=True, needed=new)
        settings = scan_config(None, {}, threads=threads, memory=memory)
        from collusion import pipeline  # noqa: PLC0415  # numpy and pyarrow, which `--help` must not load

        with atomic_directory(store, overwrite=True, seen=seen) as folder, terminal.progress() as progress:
            added = pipeline.append(existing(paths), store, folder, settings, progress, again=again)
    log = added.log
    said = "1 file was added" if added.sources == 1 else f"{added.sources:,} files were added"
    terminal.paragraph(f"{said}: {added.rows:,} rows, of which {added.set_aside:,} were set aside. The whole log now:")
    terminal.paragraph(read_rows(log.accounting))
    notes = list(map(for_command_line, [*added.warnings, *log.notes]))
    for note in notes:
        terminal.paragraph(note, "note: ")
    terminal.say(f"Written to {store}")
    if as_json:
        own = {"sources": added.sources, "rows": added.rows, "set_aside": added.set_aside}
        terminal.result({"out": str(store), "added": own, "accounting": asdict(log.accounting), "notes": notes})
    return 0


@contextmanager
def _locked(store: Path) -> Iterator[None]:
    """Hold a lock on a coded log: of two runs that add to it at once, the one that ends last would undo the other."""
    put_back(store)
    try:
        stream = (store / MANIFEST).open("rb")
    except OSError as error:
        raise InputError(
            f"{store}: is not a folder made by `collusion encode` ({error.strerror or error}); name one, or make one from all files"
        ) from error
    with stream:
        try:
            import fcntl  # noqa: PLC0415  # Unix only

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"{store}: another run is adding to it; run again when that has ended") from error
        except (ImportError, OSError):
            pass  # a system or file system without locks
        yield
