"""Which of a reviewer's reviews count: one a listing, the earliest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.hashing import bucket
from collusion.kernels.threads import in_threads, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COPY", "COUNTED", "REPEATED", "mark_repeats"]

COUNTED, REPEATED, COPY = 0, 1, 2
"""Counted; the same reviewer on the same product again; on another variant of the same listing."""

FEW = 8
"""Reviews up to which it is cheaper to compare all pairs than to fill a table."""

AHEAD = 16
"""Rows ahead for which memory is asked; twice as many for what leads there."""


@bare
def _earlier(time, i, other):
    """Whether row i comes before another: by day, then by row; a row without a time (-2**31) comes after those that have one."""
    a, b = time[i], time[other]
    return i < other if a == b else a != -2147483648 and (b == -2147483648 or a < b)


@bare
def _alone(code, n, table, mask):
    """Whether the first n codes are distinct; of more than `FEW`, with a table of positions + 1, all of whose cells are 0."""
    alone = True
    if n <= FEW:
        for k in range(n):
            for before in range(k):
                alone &= code[before] != code[k]
    else:
        k = 0
        while alone and k < n:
            at = bucket(code[k], mask)
            while table[at] != 0 and code[table[at] - 1] != code[k]:
                at = (at + 1) & mask
            alone = table[at] == 0
            table[at] = k + 1
            k += 1
    return alone


@bare
def _mark_equal(code, rows, start, n, time, table, mask, mark, status):
    """Mark those of n rows whose code an earlier one has, by a table as in `_alone`; repeats are passed over."""
    for k in range(n):
        i = rows[start + k]
        if status[i] == REPEATED:
            continue
        at = bucket(code[k], mask)
        while table[at] != 0 and code[table[at] - 1] != code[k]:
            at = (at + 1) & mask
        if table[at] == 0:
            table[at] = k + 1
            continue
        other = rows[start + table[at] - 1]
        if _earlier(time, i, other):
            status[other] = mark
            table[at] = k + 1
        else:
            status[i] = mark


@jit
def _mark_repeats(begin, end, indptr, rows, product, listing, time, status):
    most = 0
    for u in range(begin, end):
        most = max(most, indptr[u + 1] - indptr[u])
    slots = 2 * FEW
    while slots < 2 * most:
        slots *= 2
    table = np.empty(slots, np.int32)
    own, of = np.empty(most, np.int32), np.empty(most, np.int32)
    last = len(rows) - 1
    for u in range(begin, end):
        start, n = indptr[u], indptr[u + 1] - indptr[u]
        slots = 2 * FEW
        while slots < 2 * n:
            slots *= 2
        for k in range(n):
            prefetch(product, rows[min(start + k + 2 * AHEAD, last)])
            prefetch(listing, product[rows[min(start + k + AHEAD, last)]])
            own[k] = product[rows[start + k]]
            of[k] = listing[own[k]]
        if n > FEW:
            table[:slots] = 0
        if not _alone(of, n, table, slots - 1):
            for code, mark in ((own, REPEATED), (of, COPY)):
                table[:slots] = 0
                _mark_equal(code, rows, start, n, time, table, slots - 1, mark, status)


def mark_repeats(
    indptr: NDArray[np.int64],
    rows: NDArray[np.int32],
    product: NDArray[np.int32],
    listing: NDArray[np.int32],
    time: NDArray[np.int32],
    status: NDArray[np.uint8],
    threads: int = 1,
) -> None:
    """Fill ``status``, all `COUNTED`, for every row: of one reviewer's rows on one listing the earliest (of one day the first) counts.

    Of the rows on one product all but the earliest are repeats; of those left, one a product, all but the earliest on a listing are copies.
    A row without a time comes last, since what counts should be of use.

    Parameters
    ----------
    indptr : int64[n_reviewers + 1]
    rows : int32[n]
        Rows by reviewer, as `group_by` returns them.
    product : int32[n]
    listing : int32[n_products]
    time : int32[n]
    status : uint8[n]
        Is written to.
    threads : int, default 1
        Share the reviewers among them; changes no result.

    Notes
    -----
    O(rows), whatever one reviewer writes; beside the rows, memory is a table of the busiest reviewer's.
    """
    # Each row is of one reviewer, so no two threads write the same byte.
    work = [partial(_mark_repeats, *part, indptr, rows, product, listing, time, status) for part in shares(indptr, threads)]
    in_threads(threads, work)
