"""Standard input and pipes as files: they can be read only once, and a scan reads its input several times."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from collusion.base.errors import InputError, OutputError
from collusion.base.folders import Spooled
from collusion.export.directory import is_abandoned, mark_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["spooled"]

STREAMS = re.compile(r"/dev/(stdin|fd/\d+)|/proc/self/fd/\d+")
"""Names of streams that are already open."""

NAMED = re.compile(r"\.(parquet|pq|csv|tsv|txt|jsonl|ndjson|json)(\.(gz|zst))?$", re.IGNORECASE)
"""Names that show the format; otherwise the first bytes do."""

PREFIX = "collusion-input-"
"""How the names of temporary folders begin."""

LEADING = 1 << 16
"""Bytes of the start by which a format is recognised."""


@contextmanager
def spooled(inputs: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield the inputs, with a file in place of each pipe and of ``-``. The files are removed at the end.

    Raises InputError where there is nothing to read from (a terminal, a closed stream, a device), and OutputError where the temporary
    folder cannot hold what is read.
    """
    if not any(_is_stream(path) for path in inputs):
        yield list(inputs)
        return
    for remnant in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):  # of a run that was killed
        if is_abandoned(remnant):
            shutil.rmtree(remnant, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder, mark_unfinished(Path(folder)):
        yield [_spool(path, Path(folder), k) if _is_stream(path) else path for k, path in enumerate(inputs)]


def _is_stream(path: Path) -> bool:
    if str(path) == "-" or STREAMS.fullmatch(str(path)):
        return True
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def _spool(path: Path, folder: Path, k: int) -> Path:
    name = "standard input" if str(path) in {"-", "/dev/stdin"} else str(path)
    raw = folder / f"{k}.raw"
    try:
        source = _opened(path, name)
    except OSError as error:
        raise InputError(f"{name}: cannot be opened ({error}); save the log to a file and name that") from error
    with source:
        try:
            with raw.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        except OSError as error:
            raise OutputError(
                f"{name}: cannot be stored in the temporary folder {folder.parent} ({error}); set TMPDIR to a folder with more space"
            ) from error
    if raw.stat().st_size == 0:
        raise InputError(f"{name}: is empty; check the command that writes to it, or save the log to a file and name that")
    named = NAMED.search(path.name)
    kept = Spooled(raw.with_name(f"{k}{named[0].lower() if named else _ending(raw)}"))
    kept.shown = name
    raw.rename(kept)
    return kept


def _opened(path: Path, name: str) -> IO[bytes]:
    standard = str(path) in {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}
    # Opened by its number: this user may not be allowed to open the name in /dev.
    stream = os.fdopen(os.dup(0), "rb") if standard else path.open("rb")
    if stream.isatty():
        stream.close()
        raise InputError(
            f"{name}: is a terminal, so there is nothing to read; pipe a log into it, as in `zcat log.csv.gz | collusion ... -`"
        )
    mode = os.fstat(stream.fileno()).st_mode
    if stat.S_ISCHR(mode) and not (standard and os.path.samestat(os.fstat(stream.fileno()), Path(os.devnull).stat())):
        stream.close()
        raise InputError(f"{name}: is a device and not a log; save the log to a file and name that")
    return stream


def _ending(raw: Path) -> str:
    """Return the ending that a file of this content has."""
    with raw.open("rb") as stream:
        start = stream.read(LEADING)
    packed = ".gz" if start.startswith(b"\x1f\x8b") else ".zst" if start.startswith(b"\x28\xb5\x2f\xfd") else ""
    if start.startswith(b"PAR1"):
        return ".parquet"
    if packed:
        start = _unpacked(raw, packed)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    first = text.partition(b"\n")[0]
    form = ".jsonl" if text[:1] in (b"{", b"[") else ".tsv" if first.count(b"\t") > first.count(b",") else ".csv"
    return form + packed


def _unpacked(raw: Path, packed: str) -> bytes:
    """Return the start of a compressed file; of a damaged one nothing, and reading it says what is wrong."""
    from collusion.reviews.source import Input, opened  # noqa: PLC0415  # pyarrow, only where it is needed

    try:
        with opened(Input(raw, "csv", {".gz": "gzip", ".zst": "zstd"}[packed])) as stream:
            return stream.read(LEADING)
    except OSError:
        return b""
