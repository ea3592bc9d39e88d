"""``collusion pack`` and ``collusion verify``: a file for due process, and its check."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads it at run time
from typing import Annotated

import typer

from collusion.base.errors import ConfigError
from collusion.cli.options import Json, Quiet, Verbose, existing
from collusion.cli.terminal import Terminal

__all__ = ["pack", "verify"]

FAILED = 1


def _write_templates(folder: Path | None) -> None:
    """Write the templates and end."""
    if folder is not None:
        from collusion.packs.render import write_templates  # noqa: PLC0415  # templates, which `--help` must not load

        names = write_templates(folder)
        Terminal().say(f"Written to {folder}: {', '.join(names)}")
        raise typer.Exit


def pack(
    case: Annotated[Path, typer.Argument(metavar="CASE_DIR", help="Folder written by `collusion scan`.", show_default=False)],
    rings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RING",
            help="Groups by rank (3), id, or the start of the id (R-2e); an operation (O-5c) means its groups.  "
            "[default: those of --who that are flagged, coordinated or confirmed]",
            show_default=False,
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.zip", help="File to write.", show_default=False)],
    addressee: Annotated[
        str, typer.Option("--for", metavar="WHOM", help="For whom the file is: account-holder, seller or regulator.")
    ] = "regulator",
    who: Annotated[
        str | None, typer.Option("--who", metavar="ID", help="The account or the seller, by its id in the log.", show_default=False)
    ] = None,
    keyfile: Annotated[
        Path | None,
        typer.Option("--key", metavar="KEYFILE", help="Key for pseudonyms of the ids of others (`collusion key`).", show_default=False),
    ] = None,
    sign: Annotated[
        Path | None,
        typer.Option("--sign", metavar="SECRET_KEY", help="Sign with this key (`collusion key --signing`).", show_default=False),
    ] = None,
    fields: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml",
            help='What only you know, such as the measure and how to object. What is missing reads "not stated".',
            show_default=False,
        ),
    ] = None,
    templates: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of your own texts, which replace the built-in ones of the same name.", show_default=False),
    ] = None,
    real_ids: Annotated[bool, typer.Option("--real-ids", help="Leave all ids as in the log. For a regulator only.")] = False,
    name_deciders: Annotated[
        bool | None,
        typer.Option(
            "--name-deciders/--number-deciders",
            help="Name the people who took decisions, or number them.  [default: named for a regulator, else numbered]",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="The log that was scanned, if it is needed and has moved. May be repeated.", show_default=False),
    ] = None,
    write_templates: Annotated[  # noqa: ARG001  # its callback does it
        Path | None,
        typer.Option(
            metavar="DIR",
            callback=_write_templates,
            is_eager=True,
            help="Write the built-in texts and an example for --fields into a new folder, to be edited, and exit.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Write a file for due process.

    A statement of reasons for one addressee: what was found of some groups, how, how often the method is wrong, what would change the
    result, and how to object; with tables, pictures, decisions and provenance. The file is a zip archive (BagIt, SHA-256). Ids of others
    are pseudonyms, and texts of reviews are left out.
    """
    terminal = Terminal(quiet, verbose)
    terminal.configure_logging()
    from collusion.packs.write import check_out  # noqa: PLC0415  # templates, which `--help` must not load
    from collusion.packs.write import pack as write_pack  # noqa: PLC0415  # as above
    from collusion.pipeline import read_case  # noqa: PLC0415  # numpy and pyarrow, as above

    check_out(out, overwrite=overwrite)
    found = read_case(case, existing(log) if log else None)
    made = write_pack(
        found,
        rings or [],
        out,
        addressee=addressee,  # type: ignore[arg-type]  # any text is checked
        who=who,
        key=keyfile,
        sign=sign,
        templates=templates,
        fields=fields,
        real_ids=real_ids,
        name_deciders=name_deciders,
        overwrite=overwrite,
    )
    terminal.say(f"Written to {out}: {', '.join(f'{old} as {new}' if old != new else old for old, new in made.rings.items())}")
    if made.not_taken:
        terminal.say(f"Not in the file, since they are neither flagged, coordinated, confirmed nor named: {', '.join(made.not_taken)}")
    if made.not_stated:
        terminal.warn(f'the statement says "not stated" for {", ".join(made.not_stated)}; give them with --fields FILE.toml')
    if made.damaged:
        terminal.warn(
            f"lines of the journal that cannot be read: {made.damaged:,}. The statement says so; `collusion decisions` names them"
        )
    terminal.say("Not signed." if made.signed_by is None else f"Signed; the public key is {made.signed_by}")
    if as_json:
        terminal.result(
            {
                "out": str(out),
                "for": addressee,
                "rings": [{"id": old, "id_in_pack": new} for old, new in made.rings.items()],
                "not_taken": list(made.not_taken),
                "not_stated": list(made.not_stated),
                "damaged_lines_of_the_journal": made.damaged,
                "signed_by": made.signed_by,
                "files": made.files,
                "bytes": made.bytes,
            }
        )
    return 0


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="File written by `collusion pack`.", show_default=False)],
    *,
    key: Annotated[
        str | None,
        typer.Option(
            "--public-key",
            metavar="KEY",
            help="The sender's public key: a file, or the text that begins with RW. Get it by a way that you trust.",
            show_default=False,
        ),
    ] = None,
    allow_unsigned: Annotated[bool, typer.Option("--allow-unsigned", help="Accept a file without a signature, if it is whole.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Check a file of `collusion pack`, offline.

    Checks that the archive is safe to unpack, that no file in it is missing, changed or added, and that its signature is valid. Exit code 0
    if nothing is wrong, 1 if something is. Without --public-key, anybody may have signed.
    """
    terminal = Terminal(quiet)
    terminal.configure_logging()
    if key is not None and allow_unsigned:
        raise ConfigError("--allow-unsigned: with --public-key the file must be signed; leave one of the two out")
    from collusion.packs.verify import verify as check  # noqa: PLC0415  # hashes, which `--help` need not load

    found = check(file, key, allow_unsigned=allow_unsigned)
    for problem in found.problems:
        terminal.complain(problem)
    if found.ok:
        terminal.say(str(found))
    if as_json:
        terminal.result(
            {
                "file": str(file),
                "ok": found.ok,
                "problems": list(found.problems),
                "files": found.files,
                "signed_by": found.signed_by,
                "key_checked": found.key_checked,
            }
        )
    return 0 if found.ok else FAILED
