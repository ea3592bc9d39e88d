"""Inputs: which files there are, of which format, and their bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import unquote

import pyarrow as pa

from collusion.base.errors import InputError
from collusion.base.folders import Spooled, is_result
from collusion.reviews.content import content_of
from collusion.reviews.failures import OF_DATA

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Input", "expand", "opened", "partitions", "sha256", "visible"]

FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "txt",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
"""What stands in the name of a folder for an absent value."""

BLOCK = 1 << 20
KNOWN = ", ".join(FORMATS)


@dataclass(frozen=True)
class Input:
    """One file to read."""

    path: Path
    format: str
    compression: str | None
    folders: tuple[tuple[str, str | None], ...] = ()
    """Columns that its folders hold, and the value of each (`partitions`)."""

    @property
    def name(self) -> str:
        """The path as it was given."""
        return visible(self.path)


def visible(path: str | os.PathLike[str]) -> str:
    """Return a path as text that can be printed, bytes of its name that are no UTF-8 escaped."""
    shown = path.shown if isinstance(path, Spooled) else os.fspath(path)
    return shown.encode("utf-8", "backslashreplace").decode()


def expand(paths: Sequence[str | os.PathLike[str]]) -> tuple[list[Input], list[str]]:
    """Return the files of paths and folders, those of a folder sorted by name, and the files of folders that are of no known format.

    Hidden files and folders inside a folder, and those that begin with ``_`` (markers of Spark and Hadoop), are no part of a log. Nor are
    cases, coded logs and journals of this program.

    Raises
    ------
    InputError
        Naming every path that is missing, given twice, or of a format that is not read, or a folder without a known file.
    """
    problems: list[str] = []
    found: list[Input] = []
    unread: list[str] = []
    for given in paths:
        path, name = given if isinstance(given, Path) else Path(given), visible(given)
        try:
            if path.is_dir():
                if (path / "case.json").is_file() and is_result(path):
                    problems.append(f"{name}: is a case, not a log; name the log, or read the case with collusion.read_case")
                    continue
                inside = _inside(path)
                read = [_input(one, one.relative_to(path), problems) for one in inside if _format(one)[0]]
                unread += [visible(one) for one in inside if not _format(one)[0]]
                if not read:
                    problems.append(f"{name}: holds no file of a known format ({KNOWN}; text also as .gz or .zst)")
                found += read
            elif not path.exists():
                problems.append(f"{name}: there is no such file or folder")
            elif not path.is_file():
                problems.append(
                    f"{name}: is a pipe or a device, and its rows are read more than once; save the log to a file and name that"
                )
            else:
                found.append(_input(path, path, problems))
        except (OSError, ValueError) as error:
            problems.append(f"{name}: cannot be accessed ({error})")
    problems += _twice(found)
    if problems:
        raise InputError(problems)
    return found, unread


def _input(path: Path, within: Path, problems: list[str]) -> Input:
    """Return a file with its format, by its bytes where its name says nothing or something else; note what cannot be read."""
    form, compression = _format(path)
    if path.is_file():
        form, compression, problem = content_of(path, form, compression)
        if problem is not None:
            problems.append(f"{visible(path)}: {problem}")
    return Input(path, form or "txt", compression, partitions(within))


def _inside(path: Path) -> list[Path]:
    """Return the files of a folder that may be part of a log."""
    own: dict[Path, bool] = {}
    files = [one for one in sorted(path.rglob("*")) if one.is_file() and not _hidden(one.relative_to(path))]
    return [one for one in files if not _of_result(one, path, own)]


def _twice(found: Sequence[Input]) -> list[str]:
    """Name the files that are given twice."""
    problems = []
    first: dict[Path, Input] = {}
    for one in found:
        same = first.setdefault(one.path.resolve(), one)
        if same is not one:
            problems.append(f"{one.name}: is given twice{'' if one.name == same.name else f', also as {same.name}'}; name it once")
    return problems


def _hidden(path: Path) -> bool:
    # As Spark has it: a folder that holds a column is no marker, whatever the column is called.
    return any(part.startswith((".", "_")) and "=" not in part for part in path.parts)


def partitions(path: Path) -> tuple[tuple[str, str | None], ...]:
    """Return the columns of folders such as ``category=books``, as Hive, Spark and others write them, outermost first."""
    found: dict[str, str | None] = {}
    for part in path.parts[:-1]:
        name, equals, value = part.partition("=")
        if equals and name:
            found[unquote(name)] = None if value in ("", NO_VALUE) else unquote(value)
    return tuple(found.items())


def _of_result(path: Path, top: Path, own: dict[Path, bool]) -> bool:
    """Return whether a file is a result of this program or lies in one; ``own`` keeps what was found of each folder."""
    for folder in path.parents:
        if folder == top:
            break
        if folder not in own:
            own[folder] = is_result(folder)
        if own[folder]:
            return True
    return is_result(path)


def _format(path: Path) -> tuple[str, str | None]:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compression = COMPRESSIONS.get(suffixes[-1]) if suffixes else None
    if compression:
        suffixes = suffixes[:-1]
    form = FORMATS.get(suffixes[-1], "") if suffixes else ""
    return ("", None) if form == "parquet" and compression else (form, compression)


def opened(source: Input) -> BinaryIO:
    """Open a file for reading its decompressed bytes; one that is damaged or cut short raises OSError on the way."""
    if source.compression == "gzip":
        return cast("BinaryIO", io.BufferedReader(_Decoded(gzip.open(source.path, "rb")), BLOCK))
    if source.compression == "zstd":
        return cast("BinaryIO", io.BufferedReader(_Decoded(_zstd(source.path)), BLOCK))
    return source.path.open("rb")


def _zstd(path: Path) -> Any:  # noqa: ANN401  # pyarrow has no types
    return pa.CompressedInputStream(pa.OSFile(os.fspath(path), "rb"), "zstd")


class _Decoded(io.RawIOBase):
    """A decompressed stream; whatever is wrong with the compressed bytes is an OSError."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401  # a gzip file or pyarrow's stream
        self._stream = stream

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes."""
        try:
            chunk = self._stream.read(len(buffer))
        except (EOFError, zlib.error, *OF_DATA) as error:
            raise OSError(str(error)) from error
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Close the file below."""
        self._stream.close()
        super().close()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
