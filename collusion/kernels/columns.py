"""Reviews into the order (product, time, reviewer), by one counting sort and short sorts within products; and columns in that order."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.kernels.csr import group_by
from collusion.kernels.door import call, forget
from collusion.kernels.threads import in_threads, shares

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from collusion.kernels.arrays import Bools, Int32s, Int64s, Integers

__all__ = ["count_repeats", "order_edges", "relabel", "take", "where"]

BLOCK = 16
"""Entries that are sorted by insertion, before blocks are merged."""

LONG = 1 << 16
"""Entries from which a column is worth more than one thread."""


def order_edges(
    columns: list[Any], n_products: int, threads: int = 1, counted: Bools | None = None
) -> tuple[Int64s, Int32s, Int32s, Int32s | None]:
    """Order rows by (product, time, reviewer): the reviewer breaks ties so that the order of rows does not matter.

    Parameters
    ----------
    columns : list of (int32[n], int32[n], int32[n] or None)
        Reviewer, product and time; codes from 0. The list is emptied, so that a column may go when it was used.
    n_products : int
    threads : int, default 1
        Share the products among them; changes no result.
    counted : bool[n], optional
        Which rows become an edge; all where None.

    Returns
    -------
    indptr : int64[n_products + 1]
    rows : int32[edges]
        The edges of product p are ``rows[indptr[p]:indptr[p + 1]]``.
    reviewer, time : int32[edges]
        In the order of the edges; time is None where it was.

    Notes
    -----
    O(n log d) with d the reviews of a product, O(n) where the log is in the order of time.
    """
    indptr, rows = group_by(columns.pop(1), n_products, counted)
    time, reviewer = columns.pop(), columns.pop()
    reviewers = np.empty(len(rows), np.int32)
    times = np.empty(0 if time is None else len(rows), np.int32)
    when = np.empty(0, np.int32) if time is None else time
    arrays = (indptr, rows, when, reviewer, times, reviewers)
    in_threads(threads, [partial(call, "order_edges", *part, *arrays) for part in shares(indptr, threads)])
    return indptr, rows, reviewers, None if time is None else times


def take(column: NDArray[Any], rows: Integers, dtype: DTypeLike | None = None, threads: int = 1) -> NDArray[Any]:
    """Return ``column[rows]``, of another type where one is given; numpy would first make rows of 32 bits 64 bits wide.

    Rows below 0 count from the end. Threads share long columns; they change no result. O(rows).

    Raises
    ------
    ValueError
        If a row is not one of the column.
    """
    out = np.empty(len(rows), column.dtype)
    _take_into(out, column, rows, threads)
    return out if dtype is None else out.astype(dtype, copy=False)


def _take_into(out: NDArray[Any], column: NDArray[Any], rows: Integers, threads: int) -> None:
    """Fill ``out`` with ``column[rows]``; it may be the rows themselves. Kernels look only at the width of values."""
    width = np.dtype(f"u{column.itemsize}")
    arrays = (column.view(width), rows, out.view(width))
    in_threads(threads, [partial(call, "take", begin, end, *arrays) for begin, end in pairwise(_ends(len(rows), threads))])


def where(mask: Bools) -> Int32s | Int64s:
    """Return the positions of what is true, ascending; 32 bits wide where that is enough. numpy would first make them 64 bits wide."""
    out: NDArray[Any] = np.empty(np.count_nonzero(mask), np.int32 if len(mask) < 2**31 else np.int64)
    call("positions_where", mask, out)
    return out


def relabel(rank: Int32s, codes: Int32s, threads: int = 1) -> Int32s:
    """Return ``rank[codes]``, in the memory of the codes. Threads change no result."""
    codes.flags.writeable = True
    forget(codes)
    _take_into(codes, rank, codes, threads)
    return codes


def _ends(n: int, threads: int) -> list[int]:
    """Return where the parts of a column begin, and where the last one ends."""
    ends: list[int] = np.linspace(0, n, (threads if n > LONG else 1) + 1).astype(np.int64).tolist()
    return ends


def count_repeats(indptr: Int64s, edges: Int32s, product: Int32s, threads: int = 1) -> int:
    """Return how many of each reviewer's edges are of the same product as the one before. O(edges)."""
    parts = shares(indptr, threads)
    return sum(in_threads(threads, [partial(call, "count_repeated_edges", *part, indptr, edges, product) for part in parts]))
