"""Keys: made at random, kept in a file that only its owner reads, never shown."""

from __future__ import annotations

import logging
import os
import secrets
import stat
from pathlib import Path

from collusion.base.errors import ConfigError, OutputError

__all__ = ["BYTES", "check_key", "is_open_to_others", "key_of", "make_key", "read_key", "write_secret"]

_LOG = logging.getLogger(__name__)

BYTES = 32
"""Bytes of a key, and least bytes of one that is taken: as many as SHA-256 has."""

LARGEST = 4096
"""Bytes of a file beyond which it is no key: somebody named the log."""

DISTINCT = 12
"""Least different bytes of a key. Of 32 drawn at random about 30 are; with fewer than 12 it was typed, or is all zeros."""


def make_key(path: str | os.PathLike[str]) -> bytes:
    """Make a key and write it into a new file that only its owner may read: 64 hex digits.

    Raises
    ------
    ConfigError
        When there is a file of that name already: if a key is lost, names cannot be recovered.
    OutputError
        When the file cannot be written; nothing is left behind.
    """
    key = secrets.token_bytes(BYTES)
    write_secret(Path(path), key.hex() + "\n")
    return key


def write_secret(file: Path, text: str) -> None:
    """Write a key, as text, into a new file that only its owner may read; raises as `make_key` does."""
    try:
        # Made with these rights, not given them afterwards: there is no moment at which others can read it.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigError(f"{file}: exists, and a key is never overwritten; name another file") from error
    except OSError as error:
        raise OutputError(f"{file}: the key cannot be written ({error.strerror or error}); name another file") from error
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException as error:
        file.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(f"{file}: the key cannot be written ({error.strerror or error}); nothing was left behind") from error
        raise


def read_key(path: str | os.PathLike[str]) -> bytes:
    """Read the key of a file; warns in the log where others than its owner may read it.

    Raises
    ------
    ConfigError
        When there is no such file, or it does not hold a key, or one that is too short or too simple. Its content is never shown.
    """
    file = Path(path)
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ConfigError(f"{file}: is not a file; name the file of a key, or make one with `collusion key KEYFILE`")
        held = file.read_bytes() if status.st_size <= LARGEST else b""
    except FileNotFoundError as error:
        raise ConfigError(f"{file}: there is no such file; make a key with `collusion key {file}`") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: the key cannot be read ({getattr(error, 'strerror', None) or error})") from error
    try:
        key = bytes.fromhex(held.decode("ascii"))
    except ValueError:
        key = b""
    if not key:
        raise ConfigError(f"{file}: holds no key, which is {2 * BYTES} hex digits; make one with `collusion key KEYFILE`")
    try:
        check_key(key)
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from error
    if is_open_to_others(status):
        _LOG.warning("%s: others may read this key, and with it and the log every name; `chmod 600` it", file)
    return key


def is_open_to_others(status: os.stat_result) -> bool:
    """Return whether others than its owner may read a file."""
    return os.name == "posix" and status.st_mode & 0o077 != 0


def check_key(key: bytes) -> None:
    """Raise ConfigError where a key can be guessed: it is too short, or hardly varies."""
    if len(key) < BYTES:
        raise ConfigError(f"the key has {len(key)} bytes, and at least {BYTES} are needed; make one with `collusion key KEYFILE`")
    if len(set(key)) < DISTINCT:
        raise ConfigError("the key is too simple to be random; make one with `collusion key KEYFILE`")


def key_of(key: bytes | str | os.PathLike[str]) -> bytes:
    """Return a key that was given as bytes, or as the path of its file; raises ConfigError as `read_key` does."""
    if not isinstance(key, bytes):
        return read_key(key)
    check_key(key)
    return key
