"""One writer at a time: a lock on the file itself, or a lock file beside it where the system has none."""

from __future__ import annotations

import errno
import importlib
import importlib.util
import os
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["WAIT", "locked"]

# A system without it, such as Windows, has lock files instead.
fcntl: Any = importlib.import_module("fcntl") if importlib.util.find_spec("fcntl") else None

WAIT = 30.0
"""Seconds to wait for another writer, which needs milliseconds: after that it is suspended or has failed."""

_PAUSE = 0.002

# A pipe or device of that name must not block: whether it is a file is known once it is open.
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def locked(path: Path, wait: float = WAIT) -> Iterator[int]:
    """Yield a descriptor of a file, open to read and append, locked against other writers. The file is made if there is none.

    Parameters
    ----------
    path : Path
    wait : float
        Seconds to wait for another writer.

    Raises
    ------
    OSError
        When it cannot be opened, is not a file, or another writer locks it for longer than that.
    """
    deadline = time.monotonic() + wait
    if fcntl is None:
        with _lock_file(path, deadline):
            descriptor = _opened(path)
            try:
                yield descriptor
            finally:
                os.close(descriptor)
        return
    descriptor = _held(path, deadline)
    try:
        yield descriptor
    finally:
        # Closing alone does not release the lock while a process that was forked meanwhile has the file open.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _opened(path: Path) -> int:
    descriptor = os.open(path, _FLAGS, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is not a regular file")
    return descriptor


def _held(path: Path, deadline: float) -> int:
    """Return a descriptor whose file is locked and still has that name."""
    while True:
        descriptor = _opened(path)
        try:
            _lock(descriptor, deadline)
            # While this writer waited, the file may have been moved away.
            if _same(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int, deadline: float) -> None:
    while True:
        try:
            # flock, not lockf: it belongs to this opening of the file, so that threads of one process exclude each other, too.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OSError(errno.EAGAIN, "another program has it locked; end that program, or try again") from None
            time.sleep(_PAUSE)
        else:
            return


def _same(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def _lock_file(path: Path, deadline: float) -> Iterator[None]:
    """Hold ``PATH.lock``. One that a killed writer left is never removed: it looks like one in use."""
    beside = path.with_name(path.name + ".lock")
    while True:
        try:
            os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            break
        except FileExistsError:
            if time.monotonic() > deadline:
                raise OSError(errno.EAGAIN, f"{beside.name} says that another program writes; remove it if none does") from None
            time.sleep(_PAUSE)
    try:
        yield
    finally:
        beside.unlink()
