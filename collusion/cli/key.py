"""``collusion key``: a new key for pseudonyms."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads it at run time
from typing import Annotated

import typer

from collusion.cli.options import Json, Quiet  # typer reads it at run time
from collusion.cli.terminal import Terminal

__all__ = ["key"]


def key(
    keyfile: Annotated[Path, typer.Argument(metavar="KEYFILE", help="File to write; never overwritten.", show_default=False)],
    *,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Make a key for `collusion scan --pseudonymise`.

    Writes 32 random bytes as hex digits to a file that only you can read. Anybody who has the key and the log can reveal every name;
    without the key nobody can. If the key is lost, names cannot be recovered. Keep it in another place than the case.
    """
    terminal = Terminal(quiet=quiet)

    from collusion.privacy.keys import make_key  # noqa: PLC0415  # hashes, which `--help` need not load
    from collusion.privacy.names import fingerprint  # noqa: PLC0415  # as above

    print_of = fingerprint(make_key(keyfile))
    terminal.say(
        f"Written to {keyfile}: key {print_of}. Anybody who has it and the log can reveal every name; keep it apart from the case."
        " If it is lost, names cannot be recovered."
    )
    if as_json:
        terminal.result({"file": str(keyfile), "key": print_of})
    return 0
