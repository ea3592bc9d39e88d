"""The largest set in which every node keeps at least its own number of neighbours: (alpha, beta)-cores, k-cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.kernels.peel import Adjacency

__all__ = ["degree_core"]


@bare
def _degree_core(start, end, indices, least, degree, stack):
    top = 0
    for v in range(len(least)):
        if 0 <= degree[v] < least[v]:
            degree[v] = -1
            stack[top] = v
            top += 1
    while top > 0:
        top -= 1
        v = stack[top]
        for i in range(start[v], end[v]):
            u = indices[i]
            if degree[u] >= 0:
                degree[u] -= 1
                if degree[u] < least[u]:
                    degree[u] = -1
                    stack[top] = u
                    top += 1


def degree_core(graph: Adjacency, least: NDArray[np.int64], degree: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return each node's degree inside the core, -1 outside.

    Parameters
    ----------
    graph : Adjacency
        Weights are not looked at.
    least : int64[n]
        How many neighbours each node needs.
    degree : int64[n], optional
        What an earlier call with no larger ``least`` returned, to go on from there.

    Notes
    -----
    O(n + m) time.
    """
    out = graph.end - graph.start if degree is None else degree.copy()
    _degree_core(graph.start, graph.end, graph.indices, least, out, np.empty(len(graph), dtype=np.int32))
    return out
