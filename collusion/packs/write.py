"""The door to a pack: a case, some rings and an addressee to one file, which appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, OutputError
from collusion.case import Ring
from collusion.packs.bag import MOST_BYTES, MOST_FILES, TAG_MANIFEST, archive, tags
from collusion.packs.content import payload
from collusion.packs.fields import Fields, read_fields
from collusion.packs.hidden import case_for, names_of
from collusion.packs.journal import damaged_lines, decisions_on
from collusion.packs.render import check_templates
from collusion.packs.signature import read_secret_key
from collusion.packs.subject import subject_of
from collusion.packs.verify import SIGNATURE, SIGNING_KEY
from collusion.privacy.keys import key_of
from collusion.report.formatting import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collusion.case import Case
    from collusion.packs.signature import SecretKey
    from collusion.packs.subject import Addressee, Subject

__all__ = ["Packed", "check_out", "pack"]


@dataclass(frozen=True)
class Packed:
    """What was written.

    Parameters
    ----------
    path : Path
    rings : mapping of str to str
        Id of each ring in the case, and the id that the pack calls it.
    not_taken : tuple of str
        Ids of other rings of the case that the account or the seller is in.
    not_stated : tuple of str
        Fields that the statement reads and that have no value.
    damaged : int
        Lines of the journal that cannot be read, so that a decision may be missing.
    signed_by : str or None
        The public key that checks the pack, as minisign writes it.
    files, bytes : int
    """

    path: Path
    rings: Mapping[str, str] = field(default_factory=dict)
    not_taken: tuple[str, ...] = ()
    not_stated: tuple[str, ...] = ()
    damaged: int = 0
    signed_by: str | None = None
    files: int = 0
    bytes: int = 0


def pack(
    case: Case,
    rings: Sequence[Ring | str] | Ring | str,
    out: str | os.PathLike[str],
    *,
    addressee: Addressee = "regulator",
    who: str | None = None,
    key: bytes | str | os.PathLike[str] | None = None,
    sign: str | os.PathLike[str] | None = None,
    templates: str | os.PathLike[str] | None = None,
    fields: Mapping[str, object] | str | os.PathLike[str] | None = None,
    real_ids: bool = False,
    name_deciders: bool | None = None,
    overwrite: bool = False,
) -> Packed:
    """Write a file for due process: what was found of some rings, how, how often that is wrong, and how to object.

    Parameters
    ----------
    case : Case
    rings : Ring, id, or sequence of these
        Rings, ids, starts of ids, or ranks as text. Empty: those that the account or the seller is in and that are flagged, coordinated or
        confirmed.
    out : path
        The zip archive to write. A bag (RFC 8493): the same case, arguments and decisions give the same bytes.
    addressee : {"account-holder", "seller", "regulator"}
    who : str, optional
        The account (a reviewer's id) or the seller, by its id in the log.
    key : bytes or path, optional
        The key of the pseudonyms (`collusion.make_key`) for the ids of others. Needed unless ``real_ids``, or the case has pseudonyms.
    sign : path, optional
        A secret key (`collusion.make_signing_key`) to sign with.
    templates : path, optional
        A folder with templates that go before the built-in ones (`collusion pack --write-templates`).
    fields : mapping or path, optional
        What only the sender knows, as text or a TOML file. A field without a value reads "not stated".
    real_ids : bool, default False
        Leave all ids as they are in the log; for a regulator alone.
    name_deciders : bool, optional
        Whether decisions name the people who took them, or number them. By default only a regulator's pack names them.
    overwrite : bool, default False
        Replace a file that is there.

    Returns
    -------
    Packed

    Raises
    ------
    ConfigError
        When an argument, a template or a field is wrong, or the file exists.
    InputError
        When the journal cannot be read.
    OutputError
        When it cannot be written; nothing is left behind.

    Notes
    -----
    Texts of reviews are left out: they can name people. About half a second per ring, for its pictures.
    """
    target, folder = Path(out), None if templates is None else Path(templates)
    check_out(target, overwrite=overwrite)
    named = [rings] if isinstance(rings, (str, Ring)) else list(rings)
    subject = subject_of(case, named, addressee, who)
    secret = _secret(case, subject, key, real_ids=real_ids)
    signing = None if sign is None else read_secret_key(sign)
    if folder is not None:
        check_templates(folder, subject.addressee)
    names = names_of(case, subject, secret)
    given = read_fields(fields, names)
    part = case_for(case, subject, secret)
    called = {old.id: new.id for old, new in zip(subject.rings, part.rings, strict=True)}
    told = subject.addressee == "regulator" if name_deciders is None else name_deciders
    decisions, damaged = decisions_on(case, subject, called, names, name_deciders=told), damaged_lines(case)
    files = payload(part, subject, decisions, damaged, given, folder)
    files = _tagged(files, subject, given, signing)
    if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
        raise ConfigError(f"rings: the pack would be larger than {MOST_BYTES >> 20} MiB or {MOST_FILES:,} files; make one for fewer rings")
    raw = archive(files)
    _write(target, raw, overwrite=overwrite)
    signed = None if signing is None else str(signing.public)
    return Packed(target, called, subject.not_taken, tuple(given.not_stated), damaged, signed, len(files), len(raw))


def _secret(case: Case, subject: Subject, key: bytes | str | os.PathLike[str] | None, *, real_ids: bool) -> bytes | None:
    """Return the key of the pseudonyms; None where the ids of the case stay."""
    if real_ids and subject.addressee != "regulator":
        raise ConfigError(f"real_ids: a pack for {subject.addressee} must not hold the ids of others; leave it out and give a key")
    hidden = case.provenance.pseudonymised is not None
    if (hidden or real_ids) and key is not None:
        why = "the case has pseudonyms already" if hidden else "real ids need none"
        raise ConfigError(f"key: leave the key out, since {why}")
    if hidden and real_ids:
        raise ConfigError("real_ids: the case has pseudonyms; begin with the case that names the log's ids")
    if hidden or real_ids:
        return None
    if key is None:
        more = ", or allow real ids" if subject.addressee == "regulator" else ""
        raise ConfigError(f"key: the ids of others need a key for their pseudonyms; make one with `collusion key KEYFILE`{more}")
    return key_of(key)


def _tagged(files: Mapping[str, bytes], subject: Subject, fields: Fields, signing: SecretKey | None) -> dict[str, bytes]:
    """Return the files of the bag: the payload, its tag files and the signature."""
    info = [("External-Description", f"Statement of reasons for {subject.addressee}: {count(len(subject.rings), 'group')} of reviews")]
    info += [("Source-Organization", fields.get("sender", ""))] if "sender" in fields.given else []
    info += [("Bagging-Date", fields["date"])] if re.fullmatch(r"\d{4}-\d{2}-\d{2}", fields.get("date", "")) else []
    info += [("Bag-Software-Agent", f"collusion {version('collusion')}")]
    info += [] if signing is None else [(SIGNING_KEY, str(signing.public))]
    made = tags(files, info)
    signed = {} if signing is None else {SIGNATURE: signing.sign(made[TAG_MANIFEST], f"file:{TAG_MANIFEST}")}
    return {**files, **made, **signed}


def check_out(out: Path, *, overwrite: bool = False) -> None:
    """Raise before any work is done where the file cannot be made.

    Raises
    ------
    ConfigError
        When there is something of that name that may not be replaced.
    OutputError
        When its folder is missing, or cannot be written.
    """
    if out.is_symlink() or (out.exists() and not out.is_file()):
        raise ConfigError(f"{out}: exists and is not a file; name another")
    if out.exists() and not overwrite:
        raise ConfigError(f"{out}: exists; name another, or allow to overwrite it")
    if not out.parent.is_dir():
        raise OutputError(f"{out}: its folder {out.parent} is not there; make it first")


def _write(out: Path, raw: bytes, *, overwrite: bool) -> None:
    part = out.with_name(f".{out.name}.{secrets.token_hex(6)}.part")
    try:
        with part.open("xb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        if overwrite:
            part.replace(out)
        else:
            _link(part, out)
    except FileExistsError as error:
        raise ConfigError(f"{out}: appeared while this run was working, and was left as it is; name another file") from error
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror or error}); nothing was left behind") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _link(part: Path, out: Path) -> None:
    """Give a file its name, unless something has it: a rename would replace that."""
    try:
        out.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if out.exists():
            raise FileExistsError from None
        part.rename(out)
