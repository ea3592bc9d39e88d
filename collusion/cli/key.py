"""``collusion key``: a new key, for pseudonyms or for signatures."""

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
    signing: Annotated[
        bool,
        typer.Option("--signing", help="Make a key that signs files of `collusion pack`; the public key is written to KEYFILE.pub."),
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Make a key for `collusion scan --pseudonymise` and `collusion pack --key`.

    Writes 32 random bytes as hex digits to a file that only you can read. Anybody who has the key and the log can reveal every name;
    without the key nobody can. If the key is lost, names cannot be recovered. Keep it in another place than the case.
    """
    terminal = Terminal(quiet=quiet)
    if signing:
        return _signing(keyfile, terminal, as_json=as_json)

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


def _signing(keyfile: Path, terminal: Terminal, *, as_json: bool) -> int:
    from collusion.packs.signature import make_signing_key  # noqa: PLC0415  # an extra, only where it is asked for

    public = make_signing_key(keyfile)
    terminal.say(
        f"Written to {keyfile}: a key that signs. Anybody who has it can sign in your name. Give {keyfile}.pub, or this text, to those who"
        f" check: {public}"
    )
    if as_json:
        terminal.result({"file": str(keyfile), "public_file": f"{keyfile}.pub", "public_key": public})
    return 0
