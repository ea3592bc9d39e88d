"""Reviews that one reviewer wrote in the same words on one day, and how many reviewers products have: passes instead of sorts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels.csr import group_by
from collusion.kernels.door import call
from collusion.kernels.threads import in_threads, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["reviewers_of", "same_words"]


def same_words(
    indptr: NDArray[np.int64], rows: NDArray[np.int32], text: NDArray[np.uint64], time: NDArray[np.int32] | None, threads: int = 1
) -> NDArray[np.int64]:
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
    found: NDArray[np.int64] = np.flatnonzero(out)
    return found


def reviewers_of(
    products: NDArray[np.int64], reviewer: NDArray[np.int32], product: NDArray[np.int32], n_products: int
) -> NDArray[np.int64]:
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
    found: NDArray[np.int64] = call("count_distinct", indptr, at, own, np.empty(int(own.max()) + 1 if len(own) else 0, np.int32))
    return found
