"""Reviews into slots: the order (product, time, reviewer) by one counting sort and short sorts within products."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.csr import group_by
from collusion.kernels.threads import in_threads, shares

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["count_repeats", "order_slots", "relabel", "take", "where"]

BLOCK = 16
"""Entries that are sorted by insertion, before blocks are merged."""

AHEAD = 16
"""Slots ahead for which memory is asked."""

LONG = 1 << 16
"""Entries from which a column is worth more than one thread."""

SIGN = np.uint64(1 << 31)
"""Turns the order of signed times into that of unsigned ones."""

LOW = np.uint64(0xFFFFFFFF)


@bare
def _sort(key, row, spare_key, spare_row, n):
    """Sort ``key[:n]`` and ``row`` with it: a stable merge sort that leaves what is in order alone, as most of a log by time is."""
    for first in range(0, n, BLOCK):
        for k in range(first + 1, min(first + BLOCK, n)):
            own, at = key[k], row[k]
            j = k
            while j > first and key[j - 1] > own:
                key[j], row[j] = key[j - 1], row[j - 1]
                j -= 1
            key[j], row[j] = own, at
    width = BLOCK
    while width < n:
        for first in range(0, n - width, 2 * width):
            middle, last = first + width, min(first + 2 * width, n)
            if key[middle - 1] <= key[middle]:
                continue
            for k in range(first, middle):
                spare_key[k], spare_row[k] = key[k], row[k]
            a, b, to = first, middle, first
            while a < middle:
                if b < last and key[b] < spare_key[a]:
                    key[to], row[to] = key[b], row[b]
                    b += 1
                else:
                    key[to], row[to] = spare_key[a], spare_row[a]
                    a += 1
                to += 1
        width *= 2


@jit
def _order(first, last, indptr, rows, time, reviewer, times, reviewers):
    most = 0
    for p in range(first, last):
        most = max(most, indptr[p + 1] - indptr[p])
    key, spare_key = np.empty(most, np.uint64), np.empty(most, np.uint64)
    spare_row = np.empty(most, np.int32)
    end = indptr[last] - 1
    for p in range(first, last):
        start, n = indptr[p], indptr[p + 1] - indptr[p]
        own = rows[start : start + n]
        for k in range(n):
            ahead = rows[min(start + k + AHEAD, end)]
            prefetch(time, ahead)
            prefetch(reviewer, ahead)
            i = own[k]
            key[k] = (((np.uint64(time[i]) & LOW) ^ SIGN) << np.uint64(32)) | np.uint64(reviewer[i])
        _sort(key, own, spare_key, spare_row, n)
        for k in range(n):
            reviewers[start + k] = np.int32(key[k] & LOW)
        if len(times):
            for k in range(n):
                times[start + k] = np.int32(np.uint32((key[k] >> np.uint64(32)) ^ SIGN))


def order_slots(
    columns: list[Any], n_products: int, threads: int = 1, counted: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32] | None]:
    """Order rows by (product, time, reviewer): the reviewer breaks ties so that the order of rows does not matter.

    Parameters
    ----------
    columns : list of (int32[n], int32[n], int32[n] or None)
        Reviewer, product and time; codes from 0, not checked. The list is emptied, so that a column may go when it was used.
    n_products : int
    threads : int, default 1
        Share the products among them; changes no result.
    counted : bool[n], optional
        Which rows have a slot; all where None.

    Returns
    -------
    indptr : int64[n_products + 1]
    rows : int32[slots]
        The slots of product p hold ``rows[indptr[p]:indptr[p + 1]]``.
    reviewer, time : int32[slots]
        In the order of the slots.

    Notes
    -----
    O(n log d) with d the reviews of a product, O(n) where the log is in the order of time.
    """
    indptr, rows = group_by(columns.pop(1), n_products, counted)
    time, reviewer = columns.pop(), columns.pop()
    reviewers = np.empty(len(rows), np.int32)
    times = np.empty(0 if time is None else len(rows), np.int32)
    # Kernels know no None; zeros that are only read take no memory.
    when = np.zeros(len(reviewer), np.int32) if time is None else time
    in_threads(threads, [partial(_order, *part, indptr, rows, when, reviewer, times, reviewers) for part in shares(indptr, threads)])
    return indptr, rows, reviewers, None if time is None else times


@bare
def _take(begin, end, column, rows, out):
    for k in range(begin, end):
        out[k] = column[rows[k]]


def take(column: NDArray[Any], rows: NDArray[np.integer], dtype: DTypeLike | None = None, threads: int = 1) -> NDArray[Any]:
    """Return ``column[rows]``, of another type where one is given; numpy would first make rows of 32 bits 64 bits wide.

    Threads share long columns; they change no result.
    """
    out = np.empty(len(rows), column.dtype if dtype is None else dtype)
    in_threads(threads, [partial(_take, begin, end, column, rows, out) for begin, end in pairwise(_ends(len(rows), threads))])
    return out


@bare
def _where(mask, out):
    n = 0
    for i in range(len(mask)):
        if mask[i]:
            out[n] = i
            n += 1


def where(mask: NDArray[np.bool_]) -> NDArray[np.int32] | NDArray[np.int64]:
    """Return the positions of what is true, ascending; 32 bits wide where that is enough. numpy would first make them 64 bits wide."""
    out: NDArray[Any] = np.empty(np.count_nonzero(mask), np.int32 if len(mask) < 2**31 else np.int64)
    _where(mask, out)
    return out


def relabel(rank: NDArray[np.int32], codes: NDArray[np.int32], threads: int = 1) -> NDArray[np.int32]:
    """Return ``rank[codes]``, in the memory of the codes. Threads change no result."""
    codes.flags.writeable = True
    in_threads(threads, [partial(_take, begin, end, rank, codes, codes) for begin, end in pairwise(_ends(len(codes), threads))])
    return codes


def _ends(n: int, threads: int) -> list[int]:
    """Return where the parts of a column begin, and where the last one ends."""
    ends: list[int] = np.linspace(0, n, (threads if n > LONG else 1) + 1).astype(np.int64).tolist()
    return ends


@bare
def _count_repeats(begin, end, indptr, slots, product):
    repeats = 0
    for u in range(begin, end):
        for k in range(indptr[u] + 1, indptr[u + 1]):
            repeats += product[slots[k]] == product[slots[k - 1]]
    return repeats


def count_repeats(indptr: NDArray[np.int64], slots: NDArray[np.int32], product: NDArray[np.int32], threads: int = 1) -> int:
    """Return how many of each reviewer's slots are of the same product as the one before."""
    return sum(in_threads(threads, [partial(_count_repeats, *part, indptr, slots, product) for part in shares(indptr, threads)]))
