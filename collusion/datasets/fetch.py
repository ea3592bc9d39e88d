"""Public sets fetched from where they are published: the only file of the package that opens a connection, and only when asked."""

from __future__ import annotations

import hashlib
import shutil
import urllib.error
import urllib.request
import zipfile
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from collusion.base.errors import CollusionError, ConfigError, InputError, OutputError
from collusion.datasets.catalogue import dataset, local, record_of, recorded
from collusion.reviews.source import sha256 as digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[str, int, int | None], None]

__all__ = ["download", "fetch"]

SCHEMES: dict[str, type[urllib.request.BaseHandler]] = {"https": urllib.request.HTTPSHandler}
"""Schemes of addresses that may be opened, with what opens them."""

BLOCK_BYTES = 1 << 20

TIMEOUT_SECONDS = 60.0
"""Seconds without a byte after which the connection is closed."""

FIRST_BYTES = {".gz": b"\x1f\x8b", ".jsonl": b"{"}
"""First bytes by the end of a file's name: an error page of a server must not be recorded as the set."""


def fetch(name: str, folder: Path, *, progress: Progress | None = None) -> Path:
    """Fetch a set into a folder, and return its file; nothing is fetched where the folder has a copy already.

    Parameters
    ----------
    name : str
    folder : Path
        Created where it is missing; `collusion.datasets.catalogue.fetched_folder` is searched without being named.
    progress : callable, optional
        Called with ("fetch", bytes done, bytes in all or None).

    Raises
    ------
    ConfigError
        When there is no such set.
    InputError
        When the set cannot be fetched, with how to get it; or the copy in the folder differs from its card.
    CollusionError
        When the server cannot be reached, ends early, or sends other bytes than were published, or than were fetched first.
    OutputError
        When it cannot be written.

    Notes
    -----
    Over https alone, redirections included. Bytes go to ``NAME.part``, are verified, and are renamed when all is well; otherwise no file is
    left, and an earlier attempt is not resumed. The SHA-256 of the bytes is written to ``NAME.sha256``; as long as
    that file exists, no other bytes are accepted, even where the card has no SHA-256.
    """
    data = dataset(name)
    if data.url is None:
        raise InputError(f"{name}: cannot be fetched. {data.by_hand}")
    copy = local(data, folder)
    target = Path(folder) / data.files[0]
    if copy is None:
        download(data.url, target, sha256=data.sha256, member=data.member, progress=progress)
    return copy or target


def download(url: str, target: Path, *, sha256: str | None = None, member: str | None = None, progress: Progress | None = None) -> None:
    """Fetch one file and record its SHA-256 beside it; see `fetch`, also for the errors.

    Parameters
    ----------
    url : str
    target : Path
        Replaced where it exists.
    sha256 : str, optional
        Of the file at the address.
    member : str, optional
        The address is that of a zip archive, of which this file is kept.

    Raises ConfigError when the address is of another scheme than `SCHEMES`; nothing was opened.
    """
    if urlsplit(url).scheme not in SCHEMES:
        raise ConfigError(f"{url}: is not fetched: addresses must begin with {' or '.join(f'{one}://' for one in SCHEMES)}")
    before = recorded(target)
    part = target.with_name(target.name + ".part")
    archive = target.with_name(target.name + ".zip.part")
    with _only_whole(part, archive):
        got = _stream(url, part if member is None else archive, progress)
        if sha256 is not None and got != sha256:
            raise CollusionError(
                f"{url}: has the SHA-256 {got}, not {sha256} as published: it was changed there or on the way; nothing was saved"
            )
        if member is not None:
            _unpack(archive, member, part, url)
            got = digest_of(part)
        elif sha256 is None:
            _check_beginning(part, target.name, url)
        if before is not None and got != before:
            raise CollusionError(
                f"{url}: has the SHA-256 {got}, but {record_of(target)} says {before}: it is not the edition that was fetched first; "
                "nothing was saved; remove that file if the new one is wanted"
            )
        # Before the file itself: if work ends between the two, the record is there and the next attempt must agree with it.
        record_of(target).write_text(f"{got}  {target.name}\n", encoding="utf-8")
        part.replace(target)


@contextmanager
def _only_whole(*parts: Path) -> Iterator[None]:
    """Create the folder of partial files, and remove these whatever happens."""
    try:
        parts[0].parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise OutputError(f"{parts[0].parent}: cannot be written to ({error}); nothing was saved") from error
    finally:
        for part in parts:
            with suppress(OSError):  # where the folder could not be made, there is none
                part.unlink(missing_ok=True)


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens addresses of `SCHEMES` and no other, redirections included."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        *(handler() for handler in SCHEMES.values()),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", f"collusion/{version('collusion')}")]
    return opener


def _stream(url: str, path: Path, progress: Progress | None) -> str:
    """Write the file at an address to a path; return its SHA-256."""
    digest = hashlib.sha256()
    done = 0
    with _reached(url):
        response = _opener().open(url, timeout=TIMEOUT_SECONDS)
    with response, path.open("wb") as file:
        length = response.headers.get("Content-Length")
        total = int(length) if length is not None and length.isdigit() else None
        while True:
            with _reached(url):
                block = response.read(BLOCK_BYTES)
            if not block:
                break
            file.write(block)
            digest.update(block)
            done += len(block)
            if progress is not None:
                progress("fetch", done, total)
    # Read in blocks, a connection that ends early looks like the end of the file.
    if total is not None and done != total:
        raise CollusionError(f"{url}: ended after {done:,} of {total:,} bytes; nothing was saved; fetch it again")
    return digest.hexdigest()


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        # Of many kinds: no network, no such host, no such page, a certificate that has expired, a server that breaks the protocol.
        raise CollusionError(
            f"{url}: cannot be fetched ({error}); nothing was saved; is there a network? Otherwise get it by other means and put it into a "
            "data folder"
        ) from error


def _check_beginning(path: Path, name: str, url: str) -> None:
    expected = next((begin for end, begin in FIRST_BYTES.items() if name.endswith(end)), b"")
    with path.open("rb") as file:
        found = file.read(64)
    if not found.startswith(expected):
        raise CollusionError(f"{url}: does not send {name} but what begins with {found[:20]!r}; nothing was saved; open it in a browser")


def _unpack(archive: Path, member: str, path: Path, url: str) -> None:
    try:
        with zipfile.ZipFile(archive) as packed, packed.open(member) as stream, path.open("wb") as file:
            shutil.copyfileobj(stream, file, BLOCK_BYTES)
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise CollusionError(f"{url}: is not a zip archive with {member} ({error}); nothing was saved") from error
