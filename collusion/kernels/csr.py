"""Compressed sparse rows by counting sort."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from collusion.kernels.arrays import Bools, Int32s, Int64s
from collusion.kernels.door import call

__all__ = ["group_by", "narrowed", "rows_of", "strengths"]


def group_by(key: Int32s, n: int, among: Bools | None = None) -> tuple[Int64s, Int32s]:
    """Group positions by key, keeping their order within a key (a stable counting sort).

    Parameters
    ----------
    key : int32[m]
        Codes in ``[0, n)``.
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
    indptr = np.empty(n + 1, dtype=np.int64)
    out = np.empty(len(key) if among is None else np.count_nonzero(among), dtype=np.int32)
    call("group_by", key, np.empty(0, bool) if among is None else among, indptr, out)
    return indptr, out


def rows_of(position: Int32s, a: Int32s, b: Int32s, weight: NDArray[Any]) -> tuple[Int64s, Int32s, NDArray[Any]]:
    """Return an undirected graph by rows, its nodes renamed.

    Parameters
    ----------
    position : int32[n]
        New name of each node: a permutation.
    a, b : int32[m]
        Ends of edges, by their old names. Loops are left out; a repeated edge stays so.
    weight : uint8[m], int32[m] or int64[m]

    Returns
    -------
    indptr : int64[n + 1]
    other : int32[2 m]
        Row v contains the neighbours of v, ascending.
    weight : array[2 m]
        Of the type of ``weight``.

    Notes
    -----
    O(n + m) for short rows, in place but for what is returned.
    """
    indptr = np.empty(len(position) + 1, dtype=np.int64)
    other = np.empty(2 * len(a), dtype=np.int32)
    out = np.empty(2 * len(a), dtype=weight.dtype)
    arcs = call("graph_rows", position, a, b, weight, indptr, other, out)
    return indptr, other[:arcs], out[:arcs]


def strengths(n: int, a: Int32s, b: Int32s, weight: NDArray[Any]) -> Int64s:
    """Return the sum of the weights (int32 or int64) of each node's edges; a loop counts twice. O(n + edges)."""
    out = np.zeros(n, dtype=np.int64)
    call("edge_strengths", a, b, weight, out)
    return out


def narrowed(weight: NDArray[Any]) -> NDArray[Any]:
    """Return whole weights, of at least 0, in one byte each, four or eight, as the heaviest needs."""
    heaviest = int(weight.max(initial=0))
    return weight.astype(next(kind for kind in (np.uint8, np.int32, np.int64) if heaviest <= np.iinfo(kind).max), copy=False)
