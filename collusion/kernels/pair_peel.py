"""Greedy peeling of communities of an undirected graph with integer edge weights."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from collusion.kernels.arrays import Bools, Int32s, Int64s, Integers
from collusion.kernels.door import kernel

__all__ = ["densest_parts", "number_ends", "ties_inside", "two_core"]


@kernel("densest_parts")
def densest_parts(
    group_indptr: Int64s, nodes: Int32s, indptr: Int64s, other: Int32s, weight: Integers, least: int, every: bool
) -> tuple[Int64s, Int32s]:
    """Return disjoint densest parts of each group of nodes, best first, with ``least`` nodes or more: (indptr, nodes).

    Group g is ``nodes[group_indptr[g]:group_indptr[g + 1]]``, ascending; row u of (indptr, other, weight) contains the ties of node u
    inside its group, both ways. Only the first part of each group unless ``every``. Nodes of a part ascend.

    Parameters
    ----------
    group_indptr, nodes : int64[n_groups + 1], int32 array
    indptr, other, weight : int64[n + 1], int32[m], uint8[m] or int32[m] or int64[m]
    least : int
        At least 1.
    every : bool

    Notes
    -----
    O((nodes + ties) log nodes) per part, by a heap from which all nodes of the smallest weighted degree leave as one batch, so that the
    names of the nodes do not matter. A part has at least half the density of the densest one.

    References
    ----------
    M. Charikar: Greedy Approximation Algorithms for Finding Dense Components in a Graph. APPROX 2000.
    """


@kernel("two_core")
def two_core(n: int, a: Int32s, b: Int32s) -> Bools:
    """Tell which edges (bool[m]) are left when nodes of less than two edges are left out, again and again. Ends differ, below n.

    O(n + m), 12 bytes per node: no rows are needed, since the exclusive or of a node's edges names its last one.
    """


@kernel("number_ends")
def number_ends(n: int, a: Int32s, b: Int32s) -> tuple[Int32s, Int32s, Int32s]:
    """Return the nodes that have edges, ascending, and the edges by the positions of their ends among those: (nodes, a, b)."""


@kernel("ties_inside")
def ties_inside(a: Int32s, b: Int32s, weight: NDArray[Any], community: Int32s, least: int) -> tuple[Int64s, Int32s, NDArray[Any]]:
    """Return the edges inside communities of ``least`` nodes or more by rows, both ways: (indptr, other, weight).

    Weights are uint8, int32 or int64; communities have numbers below that of the nodes. Two passes over the edges; 4 bytes and those of a
    weight an arc inside.
    """
