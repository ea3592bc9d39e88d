"""Columns of large logs that are rarely looked at: in temporary files, mapped into memory while they are used."""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["COLUMN_BYTES", "LARGE_COLUMN_BYTES", "drop_pages", "in_memory", "memory_mapped", "new_column"]

COLUMN_BYTES = 1 << 28
"""Bytes from which a column is worth a file."""

LARGE_COLUMN_BYTES = 1 << 30
"""Bytes from which a column is stored in a file that is used now and then, in whole passes."""

PART = 1 << 24
"""Entries written at a time."""


def memory_mapped(array: NDArray[Any], *, min_bytes: int | None = None) -> NDArray[Any]:
    """Return a large array as a read-only map of a temporary file (in ``TMPDIR``).

    The system can drop its pages from memory and read them again, and so can `drop_pages`. The file has no name and goes with the array,
    whatever happens. Arrays of less than ``min_bytes`` bytes (`COLUMN_BYTES` where None) are returned as they are, and so are those that
    are mapped already and those for which the disk has no room.
    """
    if array.nbytes < (COLUMN_BYTES if min_bytes is None else min_bytes) or _map_of(array) is not None:
        return array
    try:
        with tempfile.TemporaryFile(prefix="collusion-") as file:
            for start in range(0, len(array), PART):
                file.write(np.ascontiguousarray(array[start : start + PART]).data)
            file.flush()
            mapped = _map(file.fileno(), len(array), array.dtype)
    except OSError:
        return array
    mapped.flags.writeable = False
    return mapped


def new_column(n: int, dtype: DTypeLike) -> NDArray[Any]:
    """Return memory for a rarely used column of ``n`` entries: from `COLUMN_BYTES` on a map of a temporary file (`memory_mapped`).

    The disk is asked for the room at once, since a write to a map for which it has none would end the process.
    """
    kind = np.dtype(dtype)
    if n * kind.itemsize >= COLUMN_BYTES and n and hasattr(os, "posix_fallocate"):
        with contextlib.suppress(OSError), tempfile.TemporaryFile(prefix="collusion-") as file:
            os.posix_fallocate(file.fileno(), 0, n * kind.itemsize)
            return _map(file.fileno(), n, kind)
    return np.empty(n, kind)


def in_memory(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array that is not mapped: a copy of one that is."""
    if _map_of(array) is None:
        return array
    out = np.empty(array.shape, array.dtype)
    for start in range(0, len(array), PART):
        out[start : start + PART] = array[start : start + PART]
        # As it goes, so that the two never are in memory adjacent.
        drop_pages(array)
    return out


def drop_pages(*arrays: NDArray[Any] | None) -> None:
    """Let the pages of mapped arrays go from this process's memory; the values stay in the file, and are read from there when needed.

    Arrays that are not mapped are unchanged, as are all arrays on systems that cannot do it.
    """
    for array in arrays:
        found = None if array is None else _map_of(array)
        if found is not None and hasattr(mmap, "MADV_DONTNEED"):
            found.madvise(mmap.MADV_DONTNEED)


def _map(descriptor: int, n: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    return np.ndarray((n,), dtype, buffer=mmap.mmap(descriptor, n * dtype.itemsize))


def _map_of(array: NDArray[Any]) -> mmap.mmap | None:
    """Return the map that contains an array or what it is a view of, if any."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return base if isinstance(base, mmap.mmap) else None
