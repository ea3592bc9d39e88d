"""``collusion reveal``: pseudonyms back to the names of a log, with the key."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads it at run time
from typing import Annotated

import typer

from collusion.base.errors import InputError
from collusion.cli.options import Config, Json, LogFormat, Quiet, Reading, Threads, Verbose, existing, reads_logs, scan_config
from collusion.cli.terminal import Terminal

__all__ = ["reveal"]

SHOWN = 20
"""Most unknown pseudonyms that are named on stderr."""


@reads_logs
def reveal(
    given: Annotated[
        list[str],
        typer.Argument(metavar="FILE|ID...", help="Pseudonyms, or files and folders of a pseudonymised case.", show_default=False),
    ],
    *,
    keyfile: Annotated[Path, typer.Option("--key", metavar="KEYFILE", help="The key of the pseudonyms.", show_default=False)],
    log: Annotated[
        list[Path], typer.Option("--log", metavar="INPUT", help="The log, as it was scanned; may be repeated.", show_default=False)
    ],
    reading: Reading,
    config: Config = None,
    threads: Threads = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE.csv", help="Write names to this file (readable only by you).", show_default=False),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    log_format: LogFormat = "text",
) -> int:
    """Turn pseudonyms back into real names.

    Recomputes every pseudonym from the log and the key, and matches them. Prints pseudonym, role and id; --out writes them to a file.
    """
    terminal = Terminal(quiet, verbose, log_format)
    terminal.configure_logging()
    settings = scan_config(config, reading, threads=threads)
    paths = existing(log)

    from collusion.privacy import reveal as names  # noqa: PLC0415  # hashes, which `--help` need not load
    from collusion.privacy.keys import read_key  # noqa: PLC0415  # as above
    from collusion.privacy.names import fingerprint  # noqa: PLC0415  # as above

    key = read_key(keyfile)
    if out is not None:
        names.check_new(out)
    pseudonyms = names.gathered(given)
    with terminal.progress() as progress:
        revealed = names.reveal(pseudonyms, paths, key, **settings.reading(), threads=settings.threads, progress=progress)
    known = [one for one in revealed if one.name is not None]
    unknown = [one.pseudonym for one in revealed if one.name is None]
    if not known:
        raise InputError("no pseudonym matches a name of this log; check that the log and the key are the ones of the scan")
    if out is not None:
        names.write_mapping(revealed, out)
        terminal.say(f"Written to {out}")
    if unknown:
        more = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
        terminal.warn(f"the log has no name for {len(unknown):,} of {len(revealed):,} pseudonyms: {', '.join(unknown[:SHOWN])}{more}")
    if not settings.link and any(one.role == "link" and one.name is None for one in revealed):
        terminal.warn("to reveal values of linking columns, name the columns with --link, as for the scan")
    if as_json:
        terminal.result(
            {
                "key": fingerprint(key),
                "revealed": [{"pseudonym": one.pseudonym, "role": one.role, "id": one.name} for one in known],
                "unknown": unknown,
            }
        )
    elif out is None:
        terminal.table(("pseudonym", "role", "id"), [(one.pseudonym, one.role, one.name or "") for one in known], to_stdout=True)
    return 0
