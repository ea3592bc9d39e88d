"""Columns that batches fill: one allocation where the number of rows is known before reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.kernels.mapped import drop_pages, new_column

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["Filling", "Sparing"]

LEAST = 1 << 12
"""Entries of a column whose rows are not known before reading."""

DROPPED = 1 << 26
"""Bytes of a memory-mapped column that are written before its pages are dropped."""


class Filling:
    """An array that is filled from the front.

    Where ``rows`` is None, or more come, the array doubles. A large column lies in a temporary file (`new_column`): nobody looks at it
    while it is filled, and the tables of ids need the memory.
    """

    def __init__(self, rows: int | None, dtype: DTypeLike) -> None:
        # Pages of fresh memory take none until they are written, so room that is never used costs nothing.
        self._array = new_column(LEAST if rows is None else rows, dtype)
        self._n = self._dropped = 0

    def __len__(self) -> int:
        return self._n

    def add(self, values: NDArray[Any]) -> None:
        """Put values behind those that are there."""
        self._room(len(values))[:] = values
        self._drop()

    def fill(self, n: int, value: object) -> None:
        """Put one value ``n`` times behind those that are there."""
        self._room(n)[:] = value
        self._drop()

    def whole(self) -> NDArray[Any]:
        """Return what was filled; no copy."""
        return self._array[: self._n]

    def _room(self, n: int) -> NDArray[Any]:
        need = self._n + n
        if need > len(self._array):
            grown = new_column(max(2 * len(self._array), need), self._array.dtype)
            grown[: self._n] = self.whole()
            self._array = grown
        room = self._array[self._n : need]
        self._n = need
        return room

    def _drop(self) -> None:
        if (self._n - self._dropped) * self._array.itemsize > DROPPED:
            drop_pages(self._array)
            self._dropped = self._n


class Sparing:
    """A column that takes no memory while all of its entries are equal; ``rows`` is how many will come, where that is known."""

    def __init__(self, rows: int | None, dtype: DTypeLike) -> None:
        self._rows = rows
        self._dtype = np.dtype(dtype)
        self._n = 0
        self._same: int | None = None
        self._filled: Filling | None = None

    def __len__(self) -> int:
        return self._n

    def fill(self, n: int, value: int | None) -> None:
        """Put one value ``n`` times behind those that are there; None stands for any value, such as the one that is there."""
        if self._filled is None and value is not None and self._same is not None and value != self._same:
            self._differ()
        if self._filled is not None:
            self._filled.fill(n, 0 if value is None else value)
        elif self._same is None:
            self._same = value
        self._n += n

    def add(self, values: NDArray[Any]) -> None:
        """Put values behind those that are there."""
        if self._filled is None and len(values):
            low, high = int(values.min()), int(values.max())
            if low == high:
                self.fill(len(values), low)
                return
            self._differ()
        if self._filled is not None:
            self._filled.add(values)
        self._n += len(values)

    def whole(self) -> NDArray[Any] | np.generic:
        """Return what was filled; the one value where all entries are equal, and 0 where there is none."""
        if self._filled is not None:
            return self._filled.whole()
        same: np.generic = self._dtype.type(self._same or 0)
        return same

    def _differ(self) -> None:
        self._filled = Filling(self._rows, self._dtype)
        self._filled.fill(self._n, self._same or 0)
