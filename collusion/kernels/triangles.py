"""Triangles of an undirected graph."""

from __future__ import annotations

from collusion.kernels.arrays import Int32s, Int64s
from collusion.kernels.door import kernel

__all__ = ["count_triangles"]


@kernel("count_triangles")
def count_triangles(indptr: Int64s, neighbour: Int32s) -> Int64s:
    """Return the number of triangles that each node is in: int64[n].

    Parameters
    ----------
    indptr : int64[n + 1]
    neighbour : int32[2 m]
        Neighbours of node v are ``neighbour[indptr[v]:indptr[v + 1]]``; both ends list an edge, once; no loops.

    Notes
    -----
    O(m**1.5): each triangle is found once, from its end of least degree. 4 bytes per edge beside the input. T. Schank, D. Wagner: Finding,
    Counting and Listing All Triangles in Large Graphs. WEA 2005.
    """
