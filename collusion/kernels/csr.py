"""Compressed sparse rows by counting sort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.kernels._jit import bare
from collusion.kernels._prefetch import prefetch

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["group_by", "narrowed", "rows_of", "strengths"]


AHEAD = 16
"""Entries ahead for which memory is asked; twice and three times as many for what leads there."""


@bare
def _group_by(key, among, indptr, out):
    last = len(key) - 1
    for i in range(len(key)):
        prefetch(indptr, key[min(i + AHEAD, last)] + 1)
        if len(among) == 0 or among[i]:
            indptr[key[i] + 1] += 1
    for k in range(1, len(indptr)):
        indptr[k] += indptr[k - 1]
    # indptr[k] serves as the write cursor of key k, so afterwards it holds the end of k, which is the start of k + 1.
    for i in range(len(key)):
        prefetch(indptr, key[min(i + 2 * AHEAD, last)])
        prefetch(out, indptr[key[min(i + AHEAD, last)]])
        if len(among) == 0 or among[i]:
            k = key[i]
            out[indptr[k]] = i
            indptr[k] += 1
    for k in range(len(indptr) - 1, 0, -1):
        indptr[k] = indptr[k - 1]
    indptr[0] = 0


def group_by(key: NDArray[np.integer], n: int, among: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Group positions by key, keeping their order within a key (a stable counting sort).

    Parameters
    ----------
    key : integer array of shape (m,)
        Codes in ``[0, n)``; not checked.
    n : int
    among : bool[m], optional
        Which positions to group; all where None.

    Returns
    -------
    indptr : int64[n + 1]
    positions : int32[number grouped]
        The positions of key k are ``positions[indptr[k]:indptr[k + 1]]``, ascending.

    Notes
    -----
    O(m + n) time; scatters at random, so it is bound by memory latency beyond the cache.
    """
    indptr = np.zeros(n + 1, dtype=np.int64)
    out = np.empty(len(key) if among is None else np.count_nonzero(among), dtype=np.int32)
    _group_by(key, np.empty(0, bool) if among is None else among, indptr, out)
    return indptr, out


@bare
def _sort_rows(indptr, other, weight):
    """Sort each row by neighbour, in place (Shell's sort: rows are short)."""
    for v in range(len(indptr) - 1):
        first, last = indptr[v], indptr[v + 1]
        gap = 1
        while 3 * gap + 1 < last - first:
            gap = 3 * gap + 1
        while gap > 0:
            for i in range(first + gap, last):
                u, w = other[i], weight[i]
                j = i
                while j >= first + gap and other[j - gap] > u:
                    other[j] = other[j - gap]
                    weight[j] = weight[j - gap]
                    j -= gap
                other[j] = u
                weight[j] = w
            gap //= 3


@bare
def _ask_for_rows(place, end, i, last, indptr):
    prefetch(place, end[min(i + 2 * AHEAD, last)])
    prefetch(indptr, place[end[min(i + AHEAD, last)]])


@bare
def _ask_for_cells(place, end, i, last, indptr, other, out):
    _ask_for_rows(place, end, i + AHEAD, last, indptr)
    at = indptr[place[end[min(i + AHEAD, last)]]]
    prefetch(other, at)
    prefetch(out, at)


@bare
def _rows(place, a, b, weight, indptr, other, out):
    last = len(a) - 1
    for i in range(len(a)):
        _ask_for_rows(place, a, i, last, indptr)
        _ask_for_rows(place, b, i, last, indptr)
        if a[i] != b[i]:
            indptr[place[a[i]] + 1] += 1
            indptr[place[b[i]] + 1] += 1
    for k in range(1, len(indptr)):
        indptr[k] += indptr[k - 1]
    # As above: a start of a row serves as its write cursor.
    for i in range(len(a)):
        _ask_for_cells(place, a, i, last, indptr, other, out)
        _ask_for_cells(place, b, i, last, indptr, other, out)
        if a[i] != b[i]:
            u, v = place[a[i]], place[b[i]]
            other[indptr[u]] = v
            out[indptr[u]] = weight[i]
            indptr[u] += 1
            other[indptr[v]] = u
            out[indptr[v]] = weight[i]
            indptr[v] += 1
    for k in range(len(indptr) - 1, 0, -1):
        indptr[k] = indptr[k - 1]
    indptr[0] = 0
    _sort_rows(indptr, other, out)
    return indptr[len(indptr) - 1]


def rows_of(
    place: NDArray[np.int32], a: NDArray[np.int32], b: NDArray[np.int32], weight: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:
    """Return an undirected graph by rows, its nodes renamed.

    Parameters
    ----------
    place : int32[n]
        New name of each node: a permutation.
    a, b : int32[m]
        Ends of edges, by their old names. Loops are left out; a repeated edge stays so.
    weight : array[m]

    Returns
    -------
    indptr : int64[n + 1]
    other : int32[2 m]
        Row v holds the neighbours of v, ascending.
    weight : array[2 m]
        Of the type of ``weight``.

    Notes
    -----
    O(n + m) for short rows, in place but for what is returned.
    """
    indptr = np.zeros(len(place) + 1, dtype=np.int64)
    other = np.empty(2 * len(a), dtype=np.int32)
    out = np.empty(2 * len(a), dtype=weight.dtype)
    arcs = _rows(place, a, b, weight, indptr, other, out)
    return indptr, other[:arcs], out[:arcs]


@bare
def _strengths(a, b, weight, out):
    for i in range(len(a)):
        out[a[i]] += weight[i]
        out[b[i]] += weight[i]


def strengths(n: int, a: NDArray[np.int32], b: NDArray[np.int32], weight: NDArray[Any]) -> NDArray[np.int64]:
    """Return the sum of the weights of each node's edges; a loop counts twice."""
    out = np.zeros(n, dtype=np.int64)
    _strengths(a, b, weight, out)
    return out


def narrowed(weight: NDArray[Any]) -> NDArray[Any]:
    """Return whole weights, of at least 0, in one byte each, four or eight, as the heaviest needs."""
    heaviest = int(weight.max(initial=0))
    return weight.astype(next(kind for kind in (np.uint8, np.int32, np.int64) if heaviest <= np.iinfo(kind).max), copy=False)
