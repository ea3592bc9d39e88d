"""What the rows of a product name besides it, such as its seller: counted by product as rows come, without keeping a code per row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.kernels.owners import add_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from collusion.reviews.table import Names

__all__ = ["ByProduct"]

PENDING = 1 << 22
"""Rows at odds with their product's first that are noted one by one, before they are counted together."""


class ByProduct:
    """The codes that the rows of each product hold: its first, how many rows agree with that, and what the others hold.

    Memory: 8 bytes a product, 8 a code, and 16 for each further code of a product. `add` takes O(rows), `majority` O(products) and a sort
    of the products whose rows disagree.
    """

    def __init__(self) -> None:
        self._first = np.full(1024, -1, np.int32)
        self._times = np.zeros(1024, np.int32)
        self._total = np.zeros(1024, np.int64)
        self._pending: list[NDArray[np.int64]] = []
        self._other: tuple[NDArray[np.int64], NDArray[np.int64]] = (np.empty(0, np.int64), np.empty(0, np.int64))

    def add(self, product: NDArray[np.int32], code: NDArray[np.int32], ok: NDArray[np.bool_], products: int, codes: int) -> None:
        """Take the rows that are ``ok``; a code below 0 is none. ``products`` and ``codes`` are how many of each are known by now."""
        self._first = _room(self._first, products, -1)
        self._times = _room(self._times, products, 0)
        self._total = _room(self._total, codes, 0)
        other = np.empty(len(product), np.int64)
        n = add_codes(product, code, ok, self._first, self._times, self._total, other)
        if n:
            self._pending.append(other[:n].copy())
            if sum(map(len, self._pending)) > max(PENDING, len(self._other[0])):
                self._others()

    @property
    def known(self) -> bool:
        """Whether any row held a code."""
        return bool(self._total.any())

    def counts(self, products: int, codes: int) -> dict[str, NDArray[Any]]:
        """Return what was counted as arrays, of so many products and codes, for `of`."""
        pair, times = self._others()
        own = {"first": _room(self._first, products, -1)[:products], "times": _room(self._times, products, 0)[:products]}
        return {**own, "total": _room(self._total, codes, 0)[:codes], "other": pair, "other_times": times}

    @classmethod
    def of(cls, counts: Mapping[str, NDArray[Any]]) -> ByProduct:
        """Go on from what `counts` returned."""
        found = cls()
        first, times, total = (np.array(counts[name]) for name in ("first", "times", "total"))
        found._first, found._times, found._total = first, times, total
        found._other = np.array(counts["other"]), np.array(counts["other_times"])
        return found

    def majority(self, n: int, names: Names, of: NDArray[np.int32] | None = None) -> NDArray[np.int32]:
        """Return each product's most frequent code (-1: none); of equals the one with more rows in all, then the first by name.

        With ``of`` given (int32[n]), rows of product p belong to ``of[p]``, and products that stand for none have no code.
        """
        own = np.arange(n, dtype=np.int32)
        of = own if of is None else of
        # Room for products that no row has been seen of since.
        first = _room(self._first, n, -1)[:n]
        times = _room(self._times, n, 0)[:n]
        key, count = self._others()
        owner, code = (key >> 32).astype(np.int32), (key & 0xFFFFFFFF).astype(np.int32)
        mixed = np.zeros(n, bool)
        mixed[of[owner]] = True
        mixed[of[of != own]] = True
        best = np.where(~mixed & (of == own), first, np.int32(-1))
        at = np.flatnonzero(mixed[of] & (first >= 0))
        if not len(at):
            return best
        who = np.concatenate([of[at], of[owner]]).astype(np.int64)
        pair, where = np.unique(who * len(names) + np.concatenate([first[at], code]), return_inverse=True)
        held = np.zeros(len(pair), np.int64)
        np.add.at(held, where.ravel(), np.concatenate([times[at], count]))
        who, what = pair // len(names), (pair % len(names)).astype(np.int32)
        order = np.lexsort((names.rank(what), -self._total[what], -held, who))
        last = np.ones(len(order), bool)
        last[1:] = who[order[1:]] != who[order[:-1]]
        best[who[order[last]]] = what[order[last]]
        return best

    def _others(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (product << 32 | code) of codes that are not their product's first, and how many rows hold each."""
        if self._pending:
            fresh, count = np.unique(np.concatenate(self._pending), return_counts=True)
            self._pending = []
            key, where = np.unique(np.concatenate([self._other[0], fresh]), return_inverse=True)
            held = np.zeros(len(key), np.int64)
            np.add.at(held, where.ravel(), np.concatenate([self._other[1], count]))
            self._other = key, held
        return self._other


def _room(array: NDArray[Any], n: int, nothing: int) -> NDArray[Any]:
    """Return an array of at least n entries that begins as the one given."""
    if n <= len(array):
        return array
    grown = np.full(max(n, 2 * len(array)), nothing, array.dtype)
    grown[: len(array)] = array
    return grown
