"""Arrow strings: ids to codes by a hash table over their bytes, in the order of first appearance; which are empty; another order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from collusion.kernels.arrays import Bools, Int32s, Int64s, UInt8s, UInt64s
from collusion.kernels.door import call, kernel

__all__ = ["UNSEEN", "Coder", "first_seen", "gather_strings", "hash_strings", "unset_empty"]


UNSEEN = -2
"""Of an entry of a dictionary: no row has led to it so far."""


@kernel("hash_strings")
def hash_strings(offsets: NDArray[np.int32 | np.int64], data: UInt8s, out: UInt64s) -> None:
    """Fill ``out`` (uint64[n]) with a hash of each string, as `Coder.code` takes them; 0 is the hash of the empty string only. O(bytes)."""


@kernel("first_seen")
def first_seen(index: Int32s, lookup: Int32s, out: Int32s) -> int:
    """Fill ``out`` with the entries of ``lookup`` that are `UNSEEN` and that rows lead to, in the order of the rows; return how many.

    These entries become another number below 0, so that each is found once. O(rows).
    """


class Coder:
    """Gives each distinct string the next code, over any number of batches.

    Equal hashes are distinguished by the bytes themselves. About 25 ns per string beyond the cache; memory is the distinct names and
    16 bytes a cell of a table at most half full.

    Parameters
    ----------
    width : int, default 64
        Bits of the hash; fewer only to force collisions in tests.
    """

    def __init__(self, width: int = 64) -> None:
        self._width = width
        self._known = 0
        self._table = np.zeros(2 * 1024, np.uint64)
        self._offsets = np.zeros(1024, np.int64)
        self._data = np.empty(1 << 14, np.uint8)

    def __len__(self) -> int:
        return self._known

    def code(self, offsets: NDArray[np.int32 | np.int64], data: UInt8s, valid: Bools) -> Int32s:
        """Return the code of each string; -1 where it is not valid.

        Parameters
        ----------
        offsets : int32[n + 1] or int64[n + 1]
            String i is ``data[offsets[i]:offsets[i + 1]]``.
        data : uint8 array
        valid : bool[n]

        Raises
        ------
        ValueError
            If offsets descend or are beyond the bytes, as in a damaged table.
        """
        n = len(valid)
        # Where the offsets are sound, strings have no more bytes than there are; the kernel says where they are not.
        size = min(int(offsets[-1]) - int(offsets[0]), len(data)) if n else 0
        self._room(self._known + n, int(self._offsets[self._known]) + size)
        out = np.empty(n, np.int32)
        # A cell of the table is two words on one line of the cache.
        self._known = call("code_strings", offsets, data, valid, self._table, self._offsets, self._data, self._known, self._width, out)
        return out

    def names(self, first: int = 0) -> tuple[Int64s, UInt8s]:
        """Return the names in the order of their codes from the ``first`` on, as (offsets, bytes); all of them as views, not copies."""
        offsets = self._offsets[first : self._known + 1]
        data = self._data[offsets[0] : offsets[-1]]
        return (offsets - offsets[0] if first else offsets), data

    def _room(self, names: int, size: int) -> None:
        if names + 1 > len(self._offsets):
            grown = np.empty(max(2 * len(self._offsets), names + 1), np.int64)
            grown[: self._known + 1] = self._offsets[: self._known + 1]
            self._offsets = grown
        if size > len(self._data):
            used = int(self._offsets[self._known])
            bytes_ = np.empty(max(2 * len(self._data), size), np.uint8)
            bytes_[:used] = self._data[:used]
            self._data = bytes_
        cells = len(self._table) // 2
        while cells < 2 * names:
            cells *= 2
        if 2 * cells > len(self._table):
            table = np.zeros(2 * cells, np.uint64)
            call("rehash", self._table, table)
            self._table = table


@kernel("gather_strings")
def gather_strings(offsets: Int64s, data: UInt8s, order: Int32s) -> tuple[Int64s, UInt8s]:
    """Return the packed strings (offsets, bytes) of the codes given, in their order. O(bytes).

    Parameters
    ----------
    offsets : int64[n + 1]
        String i is ``data[offsets[i]:offsets[i + 1]]``.
    data : uint8 array
    order : int32[m]
        Codes below n, in any order, as often as wanted.
    """


@kernel("unset_empty")
def unset_empty(offsets: NDArray[np.int32 | np.int64], data: UInt8s, valid: Bools, visible: int, beyond: int, out: Int32s) -> int:
    """Unset ``valid`` of empty strings; fill ``out`` with those that begin with a byte below ``visible`` or not below ``beyond``.

    Returns how many these are; ``out`` (int32[n]) has room for all. O(n).
    """
