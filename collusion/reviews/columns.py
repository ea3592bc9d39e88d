"""Columns that batches fill: one allocation where the number of rows is known before reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["Filling"]

LEAST = 1 << 12
"""Entries of a column whose rows are not known before reading."""


class Filling:
    """An array that is filled from the front.

    Parameters
    ----------
    rows : int or None
        How many entries will come; where None, or more come, the array doubles.
    dtype : dtype
    """

    def __init__(self, rows: int | None, dtype: DTypeLike) -> None:
        # Pages of fresh memory take none until they are written, so room that is never used costs nothing.
        self._array: NDArray[Any] = np.empty(LEAST if rows is None else rows, dtype)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def add(self, values: NDArray[Any]) -> None:
        """Put values behind those that are there."""
        self._room(len(values))[:] = values

    def fill(self, n: int, value: object) -> None:
        """Put one value ``n`` times behind those that are there."""
        self._room(n)[:] = value

    def whole(self) -> NDArray[Any]:
        """Return what was filled; no copy."""
        return self._array[: self._n]

    def _room(self, n: int) -> NDArray[Any]:
        need = self._n + n
        if need > len(self._array):
            grown = np.empty(max(2 * len(self._array), need), self._array.dtype)
            grown[: self._n] = self.whole()
            self._array = grown
        room = self._array[self._n : need]
        self._n = need
        return room
