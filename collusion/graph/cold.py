"""Columns that are seldom looked at, on disk instead of in memory."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LARGE", "LEAST", "cold"]

LEAST = 1 << 28
"""Bytes from which a column is worth a file."""

LARGE = 1 << 30
"""Bytes from which a column goes there that is looked at now and then, by whole passes."""

PART = 1 << 24
"""Entries written at a time."""


def cold(array: NDArray[Any], least: int = LEAST) -> NDArray[Any]:
    """Return a large array as a map of a temporary file (in ``TMPDIR``), which the system can drop from memory and read again.

    The file has no name and goes with the array, whatever happens. Arrays of less than ``least`` bytes are returned as they are, and so
    are those for which the disk has no room.
    """
    if array.nbytes < least:
        return array
    try:
        with tempfile.TemporaryFile(prefix="collusion-") as file:
            for start in range(0, len(array), PART):
                file.write(np.ascontiguousarray(array[start : start + PART]).data)
            file.flush()
            mapped = np.memmap(file, dtype=array.dtype, mode="r", shape=array.shape)
    except OSError:
        return array
    return mapped.view(np.ndarray)
