"""Triangles of an undirected graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["count_triangles"]


def count_triangles(indptr: NDArray[np.int64], neighbour: NDArray[np.int32]) -> NDArray[np.int64]:
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
    # Numbered by degree, nodes of high degree are adjacent: most look-ups go there, and stay in cache.
    triangles: NDArray[np.int64] = call("count_triangles", indptr, neighbour)
    return triangles
