"""A directory that appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from collusion.errors import ConfigError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["atomic_directory", "check_free"]


def check_free(out: Path, *, overwrite: bool = False) -> None:
    """Raise before any work is done where the directory cannot be made.

    Raises
    ------
    ConfigError
        When it exists, is not empty, and may not be overwritten; or is a file.
    OutputError
        When its parent is missing or cannot be written.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise ConfigError(f"{out}: exists and is no directory; name another")
    if out.is_dir() and any(out.iterdir()) and not overwrite:
        raise ConfigError(f"{out}: exists and is not empty; name another, or allow to overwrite it")
    parent = out.absolute().parent
    if not parent.is_dir():
        raise OutputError(f"{out}: its parent {parent} is no directory; make it first")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"{out}: {parent} cannot be written; name another place")


@contextmanager
def atomic_directory(out: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a hidden directory beside ``out`` that becomes ``out`` when the block ends well, and is removed when it does not.

    Parameters
    ----------
    out : Path
    overwrite : bool, default False
        Replace a directory that is there, as a whole; it stays until the new one is complete.

    Raises
    ------
    ConfigError, OutputError
        See `check_free`; OutputError also when writing fails, as on a full disk.
    """
    check_free(out, overwrite=overwrite)
    target = out.absolute()
    work = target.parent / f".{target.name}.{secrets.token_hex(6)}.part"
    try:
        work.mkdir(mode=0o755)
        yield work
        _sync(work)
        aside = None
        if target.exists():
            aside = target.parent / f".{target.name}.{secrets.token_hex(6)}.old"
            target.rename(aside)
        try:
            work.rename(target)
        except BaseException:
            if aside is not None and not target.exists():
                aside.rename(target)
            raise
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)  # what was asked for is there; a remnant of the old is no failure
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error}); nothing was left behind") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Bring the files to the disk before the name that promises them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    with contextlib.suppress(OSError):  # a system without directory handles
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
