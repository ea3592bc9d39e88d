"""Reviews that one reviewer wrote in the same words on one day, and how many reviewers products have: passes instead of sorts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.csr import group_by
from collusion.kernels.threads import in_threads, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["reviewers_of", "same_words"]

FEW = 8
"""Reviews up to which it is cheaper to compare all pairs than to fill a table."""

MIX = np.uint64(0x9FB21C651E98DF25)


@jit
def _same_words(begin, end, indptr, rows, text, time, out):
    words = np.empty(FEW, np.uint64)
    first = np.empty(64, np.int32)  # a table of row + 1, at most half full
    for u in range(begin, end):
        start, size = indptr[u], indptr[u + 1] - indptr[u]
        if size < 2:
            continue
        if size <= FEW:
            for k in range(size):
                i = rows[start + k]
                words[k] = text[i]
                for before in range(k):
                    # Days are looked up only where words agree, which is rare.
                    if words[before] == words[k] and words[k] != 0 and time[rows[start + before]] == time[i]:
                        out[rows[start + before]] = True
                        out[i] = True
            continue
        slots = 64
        while slots < 2 * size:
            slots *= 2
        if slots > len(first):
            first = np.empty(slots, np.int32)
        first[:slots] = 0
        mask = np.uint64(slots - 1)
        for k in range(size):
            i = rows[start + k]
            if text[i] == 0:
                continue
            h = (text[i] ^ np.uint64(time[i])) * MIX
            at = (h ^ (h >> np.uint64(32))) & mask
            while first[at] != 0:
                j = first[at] - 1
                if text[j] == text[i] and time[j] == time[i]:
                    out[j] = True
                    out[i] = True
                    break
                at = (at + np.uint64(1)) & mask
            if first[at] == 0:
                first[at] = i + 1


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
    O(n), whatever one reviewer writes: no sort of a whole column for the few rows that are copies.
    """
    out = np.zeros(len(text), np.bool_)
    # Kernels know no None; zeros that are only read take no memory.
    when = np.zeros(len(text), np.int32) if time is None else time
    # Each row is of one reviewer, so no two threads write the same byte.
    in_threads(threads, [partial(_same_words, *part, indptr, rows, text, when, out) for part in shares(indptr, threads)])
    found: NDArray[np.int64] = np.flatnonzero(out)
    return found


@bare
def _distinct(indptr, at, reviewer, met, out):
    for p in range(len(out)):
        for k in range(indptr[p], indptr[p + 1]):
            u = reviewer[at[k]]
            if met[u] != p:
                met[u] = p
                out[p] += 1


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
    place = np.full(n_products, -1, np.int32)
    place[products] = np.arange(len(products), dtype=np.int32)
    rows = np.flatnonzero(place[product] >= 0)
    own = reviewer[rows]
    indptr, at = group_by(place[product[rows]], len(products))
    out = np.zeros(len(products), np.int64)
    _distinct(indptr, at, own, np.full(int(own.max()) + 1 if len(own) else 0, -1, np.int32), out)
    return out
