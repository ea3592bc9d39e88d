"""The largest set in which every node keeps at least its own number of neighbours: (alpha, beta)-cores, k-cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    from collusion.detect.peel import Adjacency
    from collusion.kernels.arrays import Int64s

__all__ = ["degree_core"]


def degree_core(graph: Adjacency, least: Int64s, degree: Int64s | None = None) -> Int64s:
    """Return each node's degree inside that set, -1 outside.

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
    call("degree_core", *graph.rows, least, out)
    return out
