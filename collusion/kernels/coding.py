"""Ids to codes: a hash table over the bytes of Arrow strings, in the order of first appearance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels._words import copy_bytes, load_word, same_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["UNSEEN", "Coder", "first_seen", "hash_strings"]

SEED = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x9FB21C651E98DF25)


@bare
def _hashes(offsets, data, first, last, width, out):
    """Fill ``out`` with hashes of the strings, eight bytes at a time; of ``width`` bits, fewer than 64 only to force collisions."""
    # A loop within, not a call for each: a call with several ways through has the references to arrays counted, which takes longer.
    safe = len(data) - 8
    for i in range(first, last):
        at, stop = offsets[i], offsets[i + 1]
        h = SEED ^ np.uint64(stop - at)
        word = np.uint64(0)
        if stop - at >= 8:
            while at < stop - 8:
                h = (h ^ load_word(data, at)) * PRIME
                h ^= h >> np.uint64(29)
                at += 8
            # The last eight, some of them for the second time: no loop over single bytes.
            word = load_word(data, stop - 8)
        elif stop > at and at <= safe:
            word = load_word(data, at) << np.uint64(64 - 8 * (stop - at))
        else:
            for k in range(at, stop):
                word = word >> np.uint64(8) | np.uint64(data[k]) << np.uint64(56)
        h = (h ^ word) * PRIME
        h ^= h >> np.uint64(29)
        h *= PRIME
        h ^= h >> np.uint64(32)
        out[i - first] = h >> np.uint64(64 - width) if width < 64 else h


@bare
def hash_strings(offsets, data, out):
    """Fill ``out`` (uint64) with a hash of each string; 0 stands for the empty string alone."""
    _hashes(offsets, data, 0, len(out), 64, out)
    for i in range(len(out)):
        out[i] = np.uint64(0) if offsets[i] == offsets[i + 1] else max(out[i], np.uint64(1))


UNSEEN = -2
"""Of an entry of a dictionary: no row has led to it so far."""


@bare
def first_seen(index, lookup, out):
    """Fill ``out`` with the entries of ``lookup`` that are `UNSEEN` and that rows lead to, in the order of the rows; return how many."""
    n = 0
    for i in range(len(index)):
        if lookup[index[i]] == UNSEEN:
            lookup[index[i]] = UNSEEN - 1
            out[n] = index[i]
            n += 1
    return n


# Unsigned positions: numba then looks for no negative ones.
ONE, TWO, LOW = np.uint64(1), np.uint64(2), np.uint64(0xFFFFFFFF)

BLOCK = 64
"""Strings that are looked up beside each other: enough to hide the wait for memory, few enough that their 12 KiB stay in cache."""

LONG = (1 << 24) - 1
"""Lengths from here on do not fit a slot; the offsets of the names tell them."""


@jit
def _code(offsets, data, valid, table, name_offsets, name_data, known, width, out):
    """Code each string; the caller has made room for all of them to be new. Return the number of names.

    A slot is two words on one line of the cache: (low half of the hash, code + 1), 0 when free, and (start of the name, its length).
    """
    mask = np.uint64(len(table) // 2 - 1)
    block, places = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint64)
    for first in range(0, len(out), BLOCK):
        last = min(first + BLOCK, len(out))
        # Hashes, then the slots, then the names they point to: each step's cache misses overlap. The last loop finds all of it near.
        _hashes(offsets, data, first, last, width, block)
        for k in range(last - first):
            block[k] &= LOW
            prefetch(table, TWO * (block[k] & mask))
        for k in range(last - first):
            at = block[k] & mask
            while table[TWO * at] != 0 and table[TWO * at] >> np.uint64(32) != block[k]:
                at = (at + ONE) & mask
            places[k] = at
            where = table[TWO * at + ONE]
            prefetch(name_data, where >> np.uint64(24))
            prefetch(name_data, (where >> np.uint64(24)) + (where & np.uint64(LONG)))
        for i in range(first, last):
            if not valid[i]:
                out[i] = -1
                continue
            h = block[i - first]
            start, length = offsets[i], offsets[i + 1] - offsets[i]
            # Slots before this one were taken by other hashes, and still are.
            at = places[i - first]
            while True:
                slot = table[TWO * at]
                if slot == 0:
                    end = name_offsets[known]
                    copy_bytes(name_data, end, data, start, length)
                    name_offsets[known + 1] = end + length
                    table[TWO * at] = h << np.uint64(32) | np.uint64(known + 1)
                    table[TWO * at + ONE] = np.uint64(end) << np.uint64(24) | np.uint64(min(length, LONG))
                    out[i] = known
                    known += 1
                    break
                if slot >> np.uint64(32) == h:
                    code = np.int64(slot & LOW) - 1
                    where = table[TWO * at + ONE]
                    begin, size = np.int64(where >> np.uint64(24)), np.int64(where & np.uint64(LONG))
                    if size == LONG:
                        size = name_offsets[code + 1] - begin
                    same = size == length
                    if same and 8 <= length <= 16:
                        # Two words, which may overlap, say as much as a call.
                        same = load_word(data, start) == load_word(name_data, begin)
                        same &= load_word(data, start + length - 8) == load_word(name_data, begin + length - 8)
                    elif same:
                        same = same_bytes(data, start, name_data, begin, length)
                    if same:
                        out[i] = code
                        break
                at = (at + ONE) & mask
    return known


@bare
def _rehash(table, new):
    mask = np.int64(len(new) // 2 - 1)
    for i in range(len(table) // 2):
        if table[2 * i] != 0:
            at = np.int64(table[2 * i] >> np.uint64(32)) & mask
            while new[2 * at] != 0:
                at = (at + 1) & mask
            new[2 * at] = table[2 * i]
            new[2 * at + 1] = table[2 * i + 1]


class Coder:
    """Gives each distinct string the next code, over any number of batches.

    Equal hashes are told apart by the bytes themselves. About 25 ns a string beyond the cache; memory is the distinct names and
    16 bytes a slot of a table at most half full.

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

    def code(self, offsets: NDArray[np.integer], data: NDArray[np.uint8], valid: NDArray[np.bool_]) -> NDArray[np.int32]:
        """Return the code of each string; -1 where it is not valid.

        Parameters
        ----------
        offsets : int32[n + 1] or int64[n + 1]
            String i is ``data[offsets[i]:offsets[i + 1]]``.
        data : uint8 array
        valid : bool[n]
        """
        n = len(valid)
        self._room(self._known + n, int(self._offsets[self._known]) + int(offsets[-1] - offsets[0]) if n else 0)
        out = np.empty(n, np.int32)
        known = _code(
            offsets,
            data,
            valid,
            self._table,
            self._offsets,
            self._data,
            self._known,
            self._width,
            out,
        )
        self._known = int(known)
        return out

    def names(self, first: int = 0) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
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
        slots = len(self._table) // 2
        while slots < 2 * names:
            slots *= 2
        if 2 * slots > len(self._table):
            table = np.zeros(2 * slots, np.uint64)
            _rehash(self._table, table)
            self._table = table
