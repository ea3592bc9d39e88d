"""A pack checked offline: whether it is safe to unpack, whole and unchanged, and who signed it."""

from __future__ import annotations

import hashlib
import io
import re
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, InputError
from collusion.packs.bag import BASE, DECLARATION, MANIFEST, MOST_BYTES, MOST_FILES, PAYLOAD, TAG_MANIFEST, archive
from collusion.packs.signature import BadSignatureError, parse_public_key, read_public_key
from collusion.report.sanitize import label

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from collusion.packs.signature import PublicKey

__all__ = ["SIGNATURE", "SIGNING_KEY", "Verification", "verify"]

SIGNATURE = f"{TAG_MANIFEST}.minisig"

SIGNING_KEY = "Signing-Key"
"""Label of `bag-info.txt` under which a pack names the public key that checks it."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

ENCRYPTED = 0x1

# Every path that `pack` writes is of these; so none leads outside, and none means two files on another system.
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_KEY = re.compile(rf"^{SIGNING_KEY}: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Verification:
    """What was found of a pack.

    Parameters
    ----------
    problems : tuple of str
        What is wrong, in words; empty where nothing is.
    files : int
        Files in the archive.
    signed_by : str or None
        The public key of a valid signature, as minisign writes it; None where there is no valid one.
    key_checked : bool
        Whether that is the key that was asked for. Where none was asked for, anybody may have signed.
    """

    problems: tuple[str, ...]
    files: int = 0
    signed_by: str | None = None
    key_checked: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        if self.problems:
            return "\n".join(self.problems)
        whole = f"The pack is whole and unchanged: {self.files:,} files."
        if self.signed_by is None:
            return f"{whole} It is not signed, so nothing shows who made it."
        if self.key_checked:
            return f"{whole} It is signed with the key that you named, {self.signed_by}."
        return f"{whole} It is signed with the key {self.signed_by}. Whose key that is was not checked; name the sender's public key."


class _UnsafeError(Exception):
    """The archive must not be read further."""


def verify(path: str | os.PathLike[str], public_key: str | os.PathLike[str] | None = None, *, allow_unsigned: bool = False) -> Verification:
    """Check a pack: that its archive is safe, that no file is missing, changed or added, and that its signature is valid. Offline.

    Parameters
    ----------
    path : path
        A file that `collusion.pack` wrote.
    public_key : path or str, optional
        The sender's public key, by a way that you trust: a file (PEM, or of minisign), or the text that begins with ``RW``.
    allow_unsigned : bool, default False
        Take a pack without a signature for fine, if it is whole.

    Returns
    -------
    Verification
        True where nothing is wrong. ``problems`` says what is: a changed, missing or added file, a wrong key, no signature.

    Raises
    ------
    InputError
        When there is no such file, or it cannot be read.
    ConfigError
        When ``public_key`` is no key, both it and ``allow_unsigned`` are given, or a signature needs the package ``cryptography``, which is
        not installed.

    Notes
    -----
    O(bytes), at most 256 MiB. Nothing is written.
    """
    if public_key is not None and allow_unsigned:
        raise ConfigError("a public key was given, so the pack must be signed; leave one of the two out")
    asked = None if public_key is None else read_public_key(public_key)
    raw = _read(Path(path))
    try:
        files = _files(raw)
    except _UnsafeError as error:
        return Verification(error.args)
    problems = list(_bag_problems(files))
    signed, wrong = _signature(files, asked, allow_unsigned=allow_unsigned)
    if not problems and archive(files) != raw:
        problems.append(
            "the archive differs from the one that was written, although its files are unchanged: it was packed again, or bytes outside "
            "its files were changed or added; ask for the original file"
        )
    return Verification((*problems, *wrong), len(files), signed, signed is not None and asked is not None)


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise InputError(f"{path}: there is no such file; name a file that `collusion pack` wrote")
        if path.stat().st_size > MOST_BYTES + MOST_FILES * 1024:
            raise InputError(f"{path}: is larger than any pack, which has at most {MOST_BYTES >> 20} MiB; it was not read")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error


def _files(raw: bytes) -> dict[str, bytes]:
    """Return the files of an archive by their paths in the bag; raises `_UnsafeError` where it would harm who unpacks it."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            entries = packed.infolist()
            wrong = list(_entry_problems(entries, len(raw)))
            if wrong:
                raise _UnsafeError(*wrong)
            return {entry.filename.removeprefix(BASE): _content(packed, entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError, RuntimeError) as error:
        raise _UnsafeError(f"the file is not a zip archive that can be read, or is damaged: {label(str(error), 200)}") from error


def _content(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with packed.open(entry) as stream:
        held = stream.read(entry.file_size + 1)
    if len(held) != entry.file_size:
        raise _UnsafeError(f"{label(entry.filename, 80)}: is not as long as the archive says")
    return held


def _entry_problems(entries: list[zipfile.ZipInfo], size: int) -> Iterator[str]:
    if len(entries) > MOST_FILES:
        yield f"the archive has {len(entries):,} files; a pack has at most {MOST_FILES:,}"
        return
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        yield f"the files of the archive would take more than {MOST_BYTES >> 20} MiB; it was not unpacked"
    if sum(entry.compress_size for entry in entries) > size:
        yield "files of the archive overlap; it was not unpacked"
    seen: set[str] = set()
    for entry in entries:
        yield from (f"{label(entry.filename, 80)}: {problem}" for problem in _entry_problem(entry, seen))
        seen.add(entry.filename.casefold())


def _entry_problem(entry: zipfile.ZipInfo, seen: set[str]) -> Iterator[str]:
    # Of the name as the archive has it: zipfile cuts it at a NUL, and other programs do not.
    if not entry.orig_filename.startswith(BASE) or not _PATH.fullmatch(entry.orig_filename.removeprefix(BASE)):
        yield f"is not a path that a pack has (it could lead outside of the folder); all are under {BASE}"
    if entry.filename.casefold() in seen:
        yield "is in the archive twice"
    if entry.flag_bits & ENCRYPTED or entry.compress_type not in METHODS:
        yield "is encrypted, or packed in a way that no pack is"
    if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG}:  # 0 where the archive does not say
        yield "is not a regular file"


def _bag_problems(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what is missing, changed or added."""
    if files.get("bagit.txt") != DECLARATION:
        yield "bagit.txt: is missing or was changed; this is not a pack that `collusion pack` wrote"
        return
    payload = {path for path in files if path.startswith(PAYLOAD)}
    beside = files.keys() - payload - {TAG_MANIFEST, SIGNATURE}
    yield from _manifest_problems(files, MANIFEST, payload)
    yield from _manifest_problems(files, TAG_MANIFEST, beside)


def _manifest_problems(files: Mapping[str, bytes], name: str, there: set[str]) -> Iterator[str]:
    if name not in files:
        yield f"{name}: is missing"
        return
    lines = files[name].decode("utf-8", "replace").splitlines()
    found = [_LINE.fullmatch(line) for line in lines]
    listed = {one[2]: one[1] for one in found if one}
    if len(listed) != len(lines):
        yield f"{name}: was changed: a line is not a digest and a path, or names a file a second time"
    for path in sorted(listed.keys() | there):
        if path not in there:
            yield f"{label(path, 80)}: is missing"
        elif path not in listed:
            yield f"{label(path, 80)}: was added; {name} does not list it"
        elif hashlib.sha256(files[path]).hexdigest() != listed[path]:
            yield f"{label(path, 80)}: was changed; its digest is not the one in {name}"


def _signature(files: Mapping[str, bytes], asked: PublicKey | None, *, allow_unsigned: bool) -> tuple[str | None, list[str]]:
    """Return the key of a valid signature, and what is wrong with it."""
    named = _KEY.search(files.get("bag-info.txt", b"").decode("utf-8", "replace"))
    if SIGNATURE not in files:
        if named is None and allow_unsigned:
            return None, []
        lost = "its signature was removed" if named else "it is not signed, so nothing shows who made it, or that nobody changed all of it"
        return None, [f"{SIGNATURE}: is missing: {lost}"]
    try:
        key = asked or _key_of(named)
        key.check(files[SIGNATURE], files.get(TAG_MANIFEST, b""))
    except BadSignatureError as error:
        return None, [f"{SIGNATURE}: {error}{_other(named, asked)}"]
    return str(key), []


def _key_of(named: re.Match[str] | None) -> PublicKey:
    key = None if named is None else parse_public_key(named[1])
    if key is None:
        raise BadSignatureError("cannot be checked: the pack names no key, and none was given")
    return key


def _other(named: re.Match[str] | None, asked: PublicKey | None) -> str:
    if named is None or asked is None or named[1] == str(asked):
        return ""
    return f": the pack says that it is signed with the key {label(named[1], 80)}, and the key that you named is {asked}"
