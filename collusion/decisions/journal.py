"""The journal: a file of one decision a line, which only grows.

A line is one ``write`` at the end of the file, under a lock, and on the disk before it is acknowledged. Whatever ends the writer, a line
stands whole or is told from a whole one by its digest; the next writer begins a line of its own.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from collusion.decisions.entry import HEAD, Decision, decode, encode
from collusion.decisions.locks import WAIT, locked
from collusion.errors import ConfigError, InputError, OutputError
from collusion.folders import JOURNAL_SUFFIX

__all__ = ["SUFFIX", "Damaged", "Journal", "journal_path"]

SUFFIX = JOURNAL_SUFFIX
"""The journal of the case directory ``DIR`` is ``DIR.decisions.jsonl``: beside it, since the directory is replaced as a whole."""

_START = 4096
"""Bytes at the front by which a journal is told from any other file."""


@dataclass(frozen=True)
class Damaged:
    """A line that is not counted: its number from 1, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Journal:
    """A file of decisions.

    Parameters
    ----------
    path : Path
        Made by the first decision.
    """

    path: Path

    def append(self, decision: Decision, *, wait: float = WAIT) -> None:
        """Write a decision at the end; when this returns, it is on the disk.

        Safe beside other writers, in threads, processes and, where the file system keeps locks between machines, there. O(length of the
        line), whatever the length of the journal.

        Raises
        ------
        InputError
            When the file is no journal; it is left as it is.
        OutputError
            When it cannot be written, as on a full disk: nothing is recorded, and the journal is as it was.
        """
        data = encode(decision) + b"\n"
        try:
            with locked(self.path, wait) as descriptor:
                size = os.fstat(descriptor).st_size
                _check_head(self.path, _part(descriptor, 0, _START))
                if size and _part(descriptor, size - 1, 1) != b"\n":
                    data = b"\n" + data  # the last writer was ended within its line
                _write(descriptor, data, size)
                _sync_folder(self.path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError(
                f"{self.path}: the decision cannot be written ({reason}); nothing was recorded. Make room or give leave to write there, "
                "or name another journal"
            ) from error

    def read(self) -> tuple[tuple[Decision, ...], tuple[Damaged, ...]]:
        """Return the decisions in the order of the file, and the lines that hold none; both empty where there is no file yet.

        Takes no lock: a line that is being written is told as torn, or seen whole.

        Raises
        ------
        InputError
            When the file cannot be read or is no journal.
        """
        try:
            with self.path.open("rb") as stream:
                start = stream.read(_START)
                _check_head(self.path, start)
                raw = start + stream.read()
        except FileNotFoundError:
            return (), ()
        except OSError as error:
            raise InputError(f"{self.path}: decisions cannot be read ({error.strerror or error}); give leave to read it") from error
        decisions, damaged = [], []
        for number, line in enumerate(raw.split(b"\n"), 1):
            if line:
                try:
                    decisions.append(decode(line, number))
                except ValueError as error:
                    damaged.append(Damaged(number, str(error)))
        return tuple(decisions), tuple(damaged)


def journal_path(place: str | os.PathLike[str]) -> Path:
    """Return the path of a journal: the file named, or the one beside the case directory named.

    Raises
    ------
    ConfigError
        When it is neither a directory nor a name that ends in ``.jsonl``, so that no other file is taken for a journal.
    """
    path = Path(place)
    if path.is_dir():
        # One directory has one journal, whatever links lead to it.
        directory = Path(os.path.realpath(path))
        if not directory.name:
            raise ConfigError(f"{path}: has no place beside it for a journal; name a case directory, or a file that ends in .jsonl")
        return directory.with_name(directory.name + SUFFIX)
    if path.suffix != ".jsonl":
        raise ConfigError(f"{path}: is no case directory, and a journal of decisions has a name that ends in .jsonl")
    return path


def _check_head(path: Path, start: bytes) -> None:
    """Refuse a file that was not begun by us. Lines of ours that were torn within their head count as ours."""
    lines = [line[: len(HEAD)] for line in start.split(b"\n")]
    if start and (not lines[0] or not all(HEAD.startswith(line) for line in lines)):
        raise InputError(f"{path}: is no journal of decisions; name another file, which need not exist yet")


def _part(descriptor: int, offset: int, length: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)  # writes go to the end all the same
    return os.read(descriptor, length)


def _write(descriptor: int, data: bytes, size: int) -> None:
    """Write at the end and bring it to the disk, or leave the file at its ``size``."""
    try:
        _write_at_once(descriptor, data)
        os.fsync(descriptor)
    except BaseException:
        # Nobody else writes meanwhile, and nobody was told of this line. Should even this fail, its digest tells it from a whole one.
        with suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def _write_at_once(descriptor: int, data: bytes) -> None:
    written = os.write(descriptor, data)
    if written != len(data):
        raise OSError(errno.ENOSPC, f"there is room for {written:,} of {len(data):,} bytes only")


def _sync_folder(path: Path) -> None:
    """Bring the file's name to the disk. Each time: whoever made the file may have been ended before this."""
    with suppress(OSError):  # a system without directory handles
        descriptor = os.open(os.path.dirname(os.path.realpath(path)), os.O_RDONLY)  # noqa: PTH120  # of the file behind a link
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
