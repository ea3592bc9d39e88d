"""Which of a reviewer's reviews count: one a listing, the earliest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collusion.kernels.door import call
from collusion.kernels.threads import in_threads, shares

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["COPY", "COUNTED", "REPEATED", "mark_repeats"]

COUNTED, REPEATED, COPY = 0, 1, 2
"""Counted; the same reviewer on the same product again; on another variant of the same listing."""


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
