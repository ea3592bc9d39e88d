"""Public sets fetched from where they are published: the one file of the house that opens a connection, and only when asked."""

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

from collusion.datasets.catalogue import dataset, local, record_of, recorded
from collusion.errors import CollusionError, ConfigError, InputError, OutputError
from collusion.reviews.source import sha256 as digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from collusion.datasets.cards import Dataset

    Progress = Callable[[str, int, int | None], None]

__all__ = ["download", "fetch"]

SCHEMES = ("https",)

BLOCK = 1 << 20

PATIENCE = 60.0
"""Seconds without a byte after which a server is given up."""

BEGINS = {".gz": b"\x1f\x8b", ".jsonl": b"{"}
"""First bytes by the end of a file's name: a server's excuse, written as a page, must not be recorded as the set."""


def fetch(name: str, folder: Path, *, progress: Progress | None = None) -> Path:
    """Fetch a set into a folder, and return its file; nothing is fetched where the folder holds a copy already.

    Parameters
    ----------
    name : str
    folder : Path
        Made where it is missing; `collusion.datasets.catalogue.fetched_folder` is looked in without being named.
    progress : callable, optional
        Called with ("fetch", bytes done, bytes in all or None).

    Raises
    ------
    ConfigError
        When there is no such set.
    InputError
        When the set is not for fetching, with how to get it; or the copy in the folder is another than the one described.
    CollusionError
        When the server cannot be reached, ends early, or sends something else than was published, or than was fetched first.
    OutputError
        When it cannot be written.

    Notes
    -----
    Over https alone, redirections included. Bytes go to ``NAME.part``, are verified, and are renamed when all is well; otherwise no file is
    left, and what an earlier attempt left is not gone on with. The SHA-256 of what was fetched is written to ``NAME.sha256``; as long as
    that stands, no other bytes are accepted, even where none is on the card.
    """
    data = dataset(name)
    if data.url is None:
        raise InputError(f"{name}: is not for fetching. {data.by_hand}")
    held = local(data, folder)
    return held if held is not None else _fetch(data, data.url, Path(folder), progress=progress)


def _fetch(data: Dataset, url: str, folder: Path, *, progress: Progress | None = None, schemes: tuple[str, ...] = SCHEMES) -> Path:
    target = folder / data.files[0].name
    download(url, target, sha256=data.sha256, member=data.member, progress=progress, schemes=schemes)
    return target


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    member: str | None = None,
    progress: Progress | None = None,
    schemes: tuple[str, ...] = SCHEMES,
) -> None:
    """Fetch one file and record its SHA-256 beside it; see `fetch`.

    Parameters
    ----------
    url : str
    target : Path
        What is there is replaced.
    sha256 : str, optional
        Of what lies at the address.
    member : str, optional
        What lies there is a zip archive, of which this file is kept.
    progress : callable, optional
    schemes : tuple of str
        Of addresses that are opened.

    Raises
    ------
    ConfigError
        When the address is of no allowed scheme; nothing was opened.
    CollusionError, OutputError
        As `fetch` does.
    """
    scheme = urlsplit(url).scheme
    if scheme not in schemes:
        raise ConfigError(f"{url}: is not fetched: addresses must begin with {' or '.join(f'{one}://' for one in schemes)}")
    before = recorded(target)
    part = target.with_name(target.name + ".part")
    archive = target.with_name(target.name + ".zip.part")
    with _only_whole(part, archive):
        got = _stream(url, part if member is None else archive, schemes, progress)
        if sha256 is not None and got != sha256:
            raise CollusionError(
                f"{url}: has the SHA-256 {got}, not {sha256} as published: it was changed there or on the way; nothing was kept"
            )
        if member is not None:
            _unpack(archive, member, part, url)
            got = digest_of(part)
        elif sha256 is None:
            _check_beginning(part, target.name, url)
        if before is not None and got != before:
            raise CollusionError(
                f"{url}: has the SHA-256 {got}, but {record_of(target)} says {before}: it is another edition than the one fetched first; "
                "nothing was kept; remove that file if the new one is wanted"
            )
        # Before the file itself: if work ends between the two, the record stands and the next attempt must agree with it.
        record_of(target).write_text(f"{got}  {target.name}\n", encoding="utf-8")
        part.replace(target)


@contextmanager
def _only_whole(*parts: Path) -> Iterator[None]:
    """Make the folder of files in the making, and remove them whatever happens."""
    try:
        parts[0].parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise OutputError(f"{parts[0].parent}: cannot be written to ({error}); nothing was kept") from error
    finally:
        for part in parts:
            with suppress(OSError):  # where the folder could not be made, there is none
                part.unlink(missing_ok=True)


def _opener(schemes: tuple[str, ...]) -> urllib.request.OpenerDirector:
    """Return what opens addresses of these schemes and no other, wherever a server sends it."""
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.ProxyHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ]
    if "https" in schemes:
        handlers.append(urllib.request.HTTPSHandler())
    if "http" in schemes:
        handlers.append(urllib.request.HTTPHandler())
    opener = urllib.request.OpenerDirector()
    for handler in handlers:
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", f"collusion/{version('collusion')}")]
    return opener


def _stream(url: str, path: Path, schemes: tuple[str, ...], progress: Progress | None) -> str:
    """Write what lies at an address to a file; return its SHA-256."""
    told = hashlib.sha256()
    done = 0
    with _reached(url):
        response = _opener(schemes).open(url, timeout=PATIENCE)
    with response, path.open("wb") as file:
        length = response.headers.get("Content-Length")
        total = int(length) if length is not None and length.isdigit() else None
        while True:
            with _reached(url):
                block = response.read(BLOCK)
            if not block:
                break
            file.write(block)
            told.update(block)
            done += len(block)
            if progress is not None:
                progress("fetch", done, total)
    # Read in blocks, a connection that ends early looks like the end of the file.
    if total is not None and done != total:
        raise CollusionError(f"{url}: ended after {done:,} of {total:,} bytes; nothing was kept; fetch it again")
    return told.hexdigest()


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        # Of many kinds: no network, no such host, no such page, a certificate that has expired, a server that breaks the protocol.
        raise CollusionError(
            f"{url}: cannot be fetched ({error}); nothing was kept; is there a network? Otherwise get it by other means and put it into a "
            "data folder"
        ) from error


def _check_beginning(path: Path, name: str, url: str) -> None:
    expected = next((begin for end, begin in BEGINS.items() if name.endswith(end)), b"")
    with path.open("rb") as file:
        found = file.read(64)
    if not found.startswith(expected):
        raise CollusionError(f"{url}: sends no {name}: it begins with {found[:20]!r}; nothing was kept; look at the address in a browser")


def _unpack(archive: Path, member: str, path: Path, url: str) -> None:
    try:
        with zipfile.ZipFile(archive) as packed, packed.open(member) as stream, path.open("wb") as file:
            shutil.copyfileobj(stream, file, BLOCK)
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise CollusionError(f"{url}: is no zip archive that holds {member} ({error}); nothing was kept") from error
