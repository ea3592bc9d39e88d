"""``collusion key``: a new key for pseudonyms."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads it at run time
from typing import Annotated

import typer

from collusion.cli.options import Json, Quiet  # noqa: TC001  # typer reads it at run time
from collusion.cli.terminal import Terminal

__all__ = ["key"]


def key(
    keyfile: Annotated[Path, typer.Argument(metavar="KEYFILE", help="File to make; never overwritten.", show_default=False)],
    *,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Make a key for `collusion scan --pseudonymise`.

    32 random bytes as hex digits, in a file that its owner alone may read. Whoever has it and the log can reveal every name; without it
    nobody can. Keep it apart from what it pseudonymises.
    """
    terminal = Terminal(quiet=quiet)

    from collusion.privacy.keys import make_key  # noqa: PLC0415  # hashes, which `--help` need not load
    from collusion.privacy.names import fingerprint  # noqa: PLC0415  # as above

    print_of = fingerprint(make_key(keyfile))
    terminal.say(f"Written to {keyfile}: key {print_of}. Whoever has it and the log can reveal every name; keep it apart from the case.")
    if as_json:
        terminal.result({"file": str(keyfile), "key": print_of})
    return 0
