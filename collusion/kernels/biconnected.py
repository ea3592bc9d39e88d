"""Biconnected components of a graph: the parts that no single node holds together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import jit
from collusion.kernels.csr import group_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["biconnected"]


@jit
def _components(indptr, ends, a, b, label):
    """Label each edge by depth-first search with a stack of edges (Hopcroft and Tarjan), without recursion."""
    n, m = len(indptr) - 1, len(a)
    depth = np.full(n, -1, np.int64)
    low = np.zeros(n, np.int64)
    at = np.zeros(n, np.int64)
    via = np.full(n, -1, np.int64)
    path = np.empty(n, np.int32)
    open_edges = np.empty(m, np.int64)
    stacked = np.zeros(m, np.bool_)
    count = 0
    top = 0
    for root in range(n):
        if depth[root] >= 0:
            continue
        depth[root] = low[root] = 0
        at[root] = indptr[root]
        path[0] = root
        length = 1
        while length > 0:
            u = path[length - 1]
            if at[u] < indptr[u + 1]:
                # An edge stands at its own place and m later, once for either end.
                e = ends[at[u]] % m
                at[u] += 1
                if stacked[e]:
                    continue
                stacked[e] = True
                open_edges[top] = e
                top += 1
                v = b[e] if a[e] == u else a[e]
                if depth[v] < 0:
                    depth[v] = low[v] = depth[u] + 1
                    at[v] = indptr[v]
                    via[v] = e
                    path[length] = v
                    length += 1
                else:
                    low[u] = min(low[u], depth[v])
                continue
            length -= 1
            if length == 0:
                continue
            parent = path[length - 1]
            low[parent] = min(low[parent], low[u])
            if low[u] >= depth[parent]:
                while True:
                    top -= 1
                    e = open_edges[top]
                    label[e] = count
                    if e == via[u]:
                        break
                count += 1
    return count


def biconnected(n: int, a: NDArray[np.integer], b: NDArray[np.integer]) -> tuple[int, NDArray[np.int64]]:
    """Return the number of biconnected components, and the component of each edge.

    Parameters
    ----------
    n : int
        Nodes.
    a, b : int arrays
        Ends of each edge; no edge twice, none from a node to itself.

    Notes
    -----
    O(n + m). Two components share one node at most. Their numbers depend on the order of the edges.
    """
    label = np.full(len(a), -1, np.int64)
    one, other = a.astype(np.int32), b.astype(np.int32)
    if not len(a):
        return 0, label
    return int(_components(*group_by(np.concatenate((one, other)), n), one, other, label)), label
