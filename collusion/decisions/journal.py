"""The journal: a file with one decision per line, which only grows.

A line is one ``write`` at the end of the file, under a lock, and on the disk before it is acknowledged. However the writer ends, a line is
complete or its digest shows that it is not; the next writer starts a new line.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, InputError, OutputError
from collusion.base.folders import JOURNAL_SUFFIX
from collusion.decisions.entry import HEAD, Decision, decode, encode
from collusion.decisions.locks import WAIT, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["SUFFIX", "Damaged", "Journal", "journal_beside", "journal_path"]

SUFFIX = JOURNAL_SUFFIX
"""The journal of the case directory ``DIR`` is ``DIR.decisions.jsonl``: beside it, since the directory is replaced as a whole."""

_START = 4096
"""Bytes at the start by which a journal is recognised."""


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

    def append(self, decision: Decision, *, wait: float = WAIT, check: Callable[[], None] | None = None) -> None:
        """Write a decision at the end; when this returns, it is on the disk.

        ``check`` is called once no other writer can write; if it raises, nothing is recorded. Safe beside other writers, in threads,
        processes and, where the file system keeps locks between machines, there. O(length of the line), whatever the length of the
        journal, if there is no check.

        Raises
        ------
        InputError
            When the file is no journal; it is left as it is.
        OutputError
            When it cannot be written, as on a full disk: nothing is recorded, and the journal is as it was.
        """

        def line() -> bytes:
            if check is not None:
                check()
            return encode(decision) + b"\n"

        self._append(line, wait)

    def adopt(self, decisions: Iterable[Decision], *, wait: float = WAIT) -> None:
        """Write the decisions of other journals that this one does not have, at the end and in their order, in one step.

        Each keeps its time, its author and the digest of the log that it was made on. O(length of the journal). Raises as `append` does.
        """
        wanted = [replace(one, line=0) for one in decisions]

        def missing() -> bytes:
            held = {replace(one, line=0) for one in self.read()[0]}
            return b"".join(encode(one) + b"\n" for one in dict.fromkeys(wanted) if one not in held)

        if wanted:
            self._append(missing, wait)

    def _append(self, lines: Callable[[], bytes], wait: float) -> None:
        """Write what a function returns once the file is locked."""
        try:
            with locked(self.path, wait) as descriptor:
                data = lines()
                if not data:
                    return
                size = os.fstat(descriptor).st_size
                _check_head(self.path, _part(descriptor, 0, _START))
                if size and _part(descriptor, size - 1, 1) != b"\n":
                    data = b"\n" + data  # the last writer was stopped within its line
                _write(descriptor, data, size)
                _sync_folder(self.path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError(
                f"{self.path}: the decision cannot be written ({reason}); nothing was recorded. Make room, allow writing there, or "
                "name another journal"
            ) from error

    def content(self) -> bytes:
        """Return the bytes of the file; none if there is no file yet. Raises InputError as `read` does."""
        try:
            with self.path.open("rb") as stream:
                start = stream.read(_START)
                _check_head(self.path, start)
                return start + stream.read()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise InputError(f"{self.path}: decisions cannot be read ({error.strerror or error}); allow reading it") from error

    def digest(self) -> str:
        """Return the SHA-256 of the file, in hexadecimal digits; empty if there is none yet."""
        content = self.content()
        return hashlib.sha256(content).hexdigest() if content else ""

    def at_once(self) -> Journal:
        """Return the journal as it is now, to be read only."""
        return _Copy(self.path, self.content())

    def read(self) -> tuple[tuple[Decision, ...], tuple[Damaged, ...]]:
        """Return the decisions in the order of the file, and the damaged lines; both empty if there is no file yet.

        Takes no lock: a line that is being written is complete or counts as damaged.

        Raises
        ------
        InputError
            When the file cannot be read or is no journal.
        """
        decisions, damaged = [], []
        for number, line in enumerate(self.content().split(b"\n"), 1):
            if line:
                try:
                    decisions.append(decode(line, number))
                except ValueError as error:
                    damaged.append(Damaged(number, str(error)))
        return tuple(decisions), tuple(damaged)


@dataclass(frozen=True)
class _Copy(Journal):
    """What a journal held when it was read."""

    held: bytes

    def content(self) -> bytes:
        return self.held

    def append(self, decision: Decision, *, wait: float = WAIT, check: Callable[[], None] | None = None) -> None:  # noqa: ARG002  # as a journal
        raise ConfigError(f"{self.path}: is a copy to be read only; decide on the case itself")


def journal_path(place: str | os.PathLike[str]) -> Path:
    """Return the path of a journal: the file named, or the one beside the case directory named.

    Raises
    ------
    ConfigError
        When it is neither a directory nor a name that ends in ``.jsonl``.
    """
    path = Path(place)
    if path.is_dir():
        # One directory has one journal, whatever links lead to it.
        if not Path(os.path.realpath(path)).name:
            raise ConfigError(f"{path}: has no parent folder for a journal; name a case directory, or a file that ends in .jsonl")
        return journal_beside(path)
    if path.suffix != ".jsonl":
        raise ConfigError(f"{path}: is not a case directory, and the name of a journal ends in .jsonl")
    return path


def journal_beside(directory: Path) -> Path:
    """Return the path of the journal of a case directory that need not be there yet."""
    real = Path(os.path.realpath(directory))
    return real.with_name(real.name + SUFFIX)


def _check_head(path: Path, start: bytes) -> None:
    """Refuse a file that collusion did not make. A line that was cut off within its first bytes is accepted."""
    lines = [line[: len(HEAD)] for line in start.split(b"\n")]
    if start and (not lines[0] or not all(HEAD.startswith(line) for line in lines)):
        raise InputError(f"{path}: is not a journal of decisions; name another file, which need not exist yet")


def _part(descriptor: int, offset: int, length: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)  # writes go to the end all the same
    return os.read(descriptor, length)


def _write(descriptor: int, data: bytes, size: int) -> None:
    """Append and write to the disk, or leave the file at its ``size``."""
    try:
        _write_at_once(descriptor, data)
        os.fsync(descriptor)
    except BaseException:
        # The lock is held, and this line was not acknowledged. If even this fails, its digest shows that the line is incomplete.
        with suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def _write_at_once(descriptor: int, data: bytes) -> None:
    written = os.write(descriptor, data)
    if written != len(data):
        raise OSError(errno.ENOSPC, f"there is room for only {written:,} of {len(data):,} bytes")


def _sync_folder(path: Path) -> None:
    """Write the file's name to the disk. Each time, since the process that made the file may have ended before this."""
    with suppress(OSError):  # a system without directory handles
        descriptor = os.open(os.path.dirname(os.path.realpath(path)), os.O_RDONLY)  # noqa: PTH120  # of the file behind a link
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
