"""Copies among a reviewer's reviews: the same words on one day, the same product or listing again; and how many reviewers products have."""

from __future__ import annotations

from functools import partial

import numpy as np

from collusion.kernels.arrays import Int32s, Int64s, UInt8s, UInt64s
from collusion.kernels.csr import group_by
from collusion.kernels.door import call
from collusion.kernels.threads import in_threads, shares

__all__ = ["COPY", "COUNTED", "REPEATED", "mark_repeats", "reviewers_of", "same_words"]


def same_words(indptr: Int64s, rows: Int32s, text: UInt64s, time: Int32s | None, threads: int = 1) -> Int64s:
    """Return the rows, ascending, that share their text and day with another row of their reviewer.

    Parameters
    ----------
    indptr : int64[n_reviewers + 1]
    rows : int32[n]
        Rows by reviewer, as `group_by` returns them.
    text : uint64[n]
        Hashes; 0 is no text, which is shared with nobody.
    time : int32[n] or None
    threads : int, default 1
        Share the reviewers among them; changes no result.

    Notes
    -----
    O(n), for any number of reviews per reviewer: no sort of a whole column for the few rows that are copies.
    """
    out = np.zeros(len(text), np.bool_)
    when = np.empty(0, np.int32) if time is None else time
    # Each row is of one reviewer, so no two threads write the same byte.
    in_threads(threads, [partial(call, "mark_same_words", *part, indptr, rows, text, when, out) for part in shares(indptr, threads)])
    return np.flatnonzero(out)


def reviewers_of(products: Int64s, reviewer: Int32s, product: Int32s, n_products: int) -> Int64s:
    """Return how many reviewers each of these products has.

    Parameters
    ----------
    products : int64[m]
        Codes; each once.
    reviewer, product : int32[n]
        Of every row; a pair may come more than once.
    n_products : int

    Returns
    -------
    int64[m]

    Notes
    -----
    O(n + n_products + n_reviewers), and but for one look at every row only the rows of these products are touched.
    """
    position = np.full(n_products, -1, np.int32)
    position[products] = np.arange(len(products), dtype=np.int32)
    rows = np.flatnonzero(position[product] >= 0)
    own = reviewer[rows]
    indptr, at = group_by(position[product[rows]], len(products))
    found: Int64s = call("count_distinct", indptr, at, own, np.empty(int(own.max()) + 1 if len(own) else 0, np.int32))
    return found


COUNTED, REPEATED, COPY = 0, 1, 2
"""Counted; the same reviewer on the same product again; on another variant of the same listing."""


def mark_repeats(indptr: Int64s, rows: Int32s, product: Int32s, listing: Int32s, time: Int32s, status: UInt8s, threads: int = 1) -> None:
    """Fill ``status``, all `COUNTED`, for every row: of one reviewer's rows on one listing the earliest (of one day the first) counts.

    Of the rows on one product all but the earliest are repeats; of those left, one per product, all but the earliest on a listing are
    copies. A row without a time comes last, since what counts should be of use.

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
    O(rows), for any number of reviews per reviewer; in addition to the rows, memory is a table for the busiest reviewer.
    """
    # Each row is of one reviewer, so no two threads write the same byte.
    work = [partial(call, "mark_repeats", *part, indptr, rows, product, listing, time, status) for part in shares(indptr, threads)]
    in_threads(threads, work)
