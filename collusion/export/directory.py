"""A directory that appears whole or not at all."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from collusion.base.errors import ConfigError, OutputError
from collusion.base.folders import made_here

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Seen", "atomic_directory", "check_free", "is_abandoned", "mark_unfinished", "put_back"]

logger = logging.getLogger(__name__)

Seen = tuple[int, int]
"""Device and number of a directory: whether it is the same directory as before, whatever its content."""

ABSENT: Seen = (-1, -1)
"""No directory."""

MARKER = ".collusion-part"
"""File inside an unfinished directory. The process that writes the directory locks it."""

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Names the running system: a lock says something about processes of the same system only."""

ABANDONED_SECONDS = 86_400
"""Age after which an unlocked unfinished directory of another machine is taken for abandoned: no scan leaves its marker for a day."""


def check_free(out: Path, *, overwrite: bool = False) -> Seen:
    """Raise before any work is done where the directory cannot be made; return which directory is there now.

    Raises
    ------
    ConfigError
        When it exists, is not empty, and may not be overwritten; is a file; or is or contains the current folder.
    OutputError
        When its parent is missing or cannot be written.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise ConfigError(f"{out}: exists and is not a directory; name another")
    target = out.resolve()
    if out.is_dir() and _holds_current(target):
        raise ConfigError(
            f"{out}: is or contains the current folder, and the output replaces its folder as a whole; "
            "name a new folder in it, as in ./case"
        )
    if out.is_dir() and any(out.iterdir()) and not overwrite:
        raise ConfigError(f"{out}: exists and is not empty; name another, or allow to overwrite it")
    parent = target.parent
    if not parent.is_dir():
        raise OutputError(f"{out}: its parent {parent} is not a directory; make it first")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"{out}: {parent} cannot be written; name another place")
    return _seen(target)


@contextmanager
def atomic_directory(out: Path, *, overwrite: bool = False, seen: Seen | None = None) -> Iterator[Path]:
    """Yield a hidden directory beside ``out`` that becomes ``out`` when the block ends well, and is removed when it does not.

    What a killed process left unfinished for the same ``out`` is removed first, and logged: only directories of this program and this user
    that no running process has locked.

    Parameters
    ----------
    out : Path
    overwrite : bool, default False
        Replace the directory that is there, as a whole; it stays until the new one is complete. One that appears later is not replaced.
    seen : tuple of int, optional
        What `check_free` returned before the work began; by default what is there now.

    Raises
    ------
    ConfigError
        See `check_free`; also when a directory appears while the block runs.
    OutputError
        See `check_free`; also when writing fails, as on a full disk.
    """
    now = check_free(out, overwrite=overwrite)
    if seen is not None and now != seen and _filled(out):
        raise _appeared(out)
    target = out.resolve()
    replaced = now if overwrite and _filled(target) else None
    _remove_remnants(target)
    work = target.parent / f".{target.name}.{secrets.token_hex(6)}.part"
    lock: IO[str] | None = None
    try:
        work.mkdir(mode=0o755)
        lock = mark_unfinished(work)
        yield work
        _sync(work)
        _place(work, target, out, replaced)
        (target / MARKER).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error}); nothing was left behind") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if lock is not None:
            lock.close()


def _place(work: Path, target: Path, out: Path, replaced: Seen | None) -> None:
    """Give a complete directory its name; what is replaced is the directory that was there at the start, and no other."""
    if replaced is None or not target.exists():
        _rename_to_free(work, target, out)
        return
    aside = target.parent / f".{target.name}.{secrets.token_hex(6)}.old"
    target.rename(aside)
    if _seen(aside) != replaced:
        aside.rename(target)
        raise _appeared(out)
    try:
        _rename_to_free(work, target, out)
    except BaseException:
        if not target.exists():
            aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)  # the new directory is there; a remnant of the old one is no failure


def _rename_to_free(work: Path, target: Path, out: Path) -> None:
    """Rename a directory to a name that nothing or an empty directory has: the system refuses any other in the same step."""
    if os.name == "nt":
        with contextlib.suppress(OSError):  # there, an empty directory is no free name
            target.rmdir()
    try:
        work.rename(target)
    except OSError as error:
        if os.path.lexists(target) and (not target.is_dir() or _filled(target)):
            raise _appeared(out) from error
        raise


def _appeared(out: Path) -> ConfigError:
    return ConfigError(
        f"{out}: appeared while this run was working, and was left as it is; nothing was written; run again with another --out"
    )


def _filled(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _seen(folder: Path) -> Seen:
    try:
        found = folder.stat()
    except FileNotFoundError:
        return ABSENT
    return found.st_dev, found.st_ino


def _holds_current(target: Path) -> bool:
    try:
        return Path.cwd().resolve().is_relative_to(target)
    except OSError:  # the current folder was removed
        return False


def mark_unfinished(work: Path) -> IO[str]:
    """Put the marker into an unfinished directory, and hold a lock on it for as long as the stream that is returned is open."""
    hidden = work / f"{MARKER}.new"
    stream = hidden.open("w", encoding="ascii")
    stream.write(f"collusion\n{_boot()}\n")
    stream.flush()
    with contextlib.suppress(ImportError, OSError):  # a system or file system without locks
        import fcntl  # noqa: PLC0415  # Unix only

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    hidden.rename(work / MARKER)
    return stream


def _boot() -> str:
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _remove_remnants(target: Path) -> None:
    """Remove what killed processes of this user left of ``target``."""
    name = re.compile(re.escape(f".{target.name}.") + r"[0-9a-f]{12}\.(part|old)")
    for path in list(target.parent.iterdir()):
        found = name.fullmatch(path.name)
        # An old directory is removed only where a new one is in its place: until then it is the only result there is.
        if found and (is_abandoned(path) if found[1] == "part" else _own_folder(path) and target.exists() and made_here(path)):
            shutil.rmtree(path, ignore_errors=True)
            logger.info("removed %s, which an earlier run left", path)


def put_back(out: Path) -> None:
    """Give a directory its name back where a process was killed after the old one gave way and before the new one was in its place.

    Nothing is done where there is anything of that name, or nothing that this program and this user set aside for it.
    """
    target = out.resolve()
    if os.path.lexists(target) or not target.parent.is_dir():
        return
    name = re.compile(re.escape(f".{target.name}.") + r"[0-9a-f]{12}\.old")
    with contextlib.suppress(OSError):
        aside = [path for path in target.parent.iterdir() if name.fullmatch(path.name) and _own_folder(path) and made_here(path)]
        if aside:
            max(aside, key=lambda path: path.stat().st_mtime_ns).rename(target)
            logger.warning("%s was put back: an earlier run was killed while it replaced it", out)


def _own_folder(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.is_dir() and not path.is_symlink() and (not hasattr(os, "geteuid") or path.stat().st_uid == os.geteuid())
    return False


def is_abandoned(part: Path) -> bool:
    """Return whether a directory of this user has the marker and no running process has locked it."""
    if not _own_folder(part):
        return False
    try:
        import fcntl  # noqa: PLC0415  # Unix only

        with (part / MARKER).open("r+", encoding="ascii") as stream:
            first, boot, *_ = [*stream.read(200).split("\n"), "", ""]
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            here = boot != "" and boot == _boot()
            return first == "collusion" and (here or time.time() - (part / MARKER).stat().st_mtime > ABANDONED_SECONDS)
    except (ImportError, OSError, ValueError):  # no marker, locked, or a system without locks
        return False


def _sync(folder: Path) -> None:
    """Write the files to the disk before the directory gets its name."""
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
