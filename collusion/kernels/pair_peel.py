"""Greedy peeling of communities of an undirected graph with integer edge weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["densest_parts", "number_ends", "ties_inside", "two_core"]


def densest_parts(
    group_indptr: NDArray[np.int64],
    nodes: NDArray[np.int32],
    indptr: NDArray[np.int64],
    other: NDArray[np.int32],
    weight: NDArray[np.integer],
    least: int,
    every: bool,  # next to the argument it refers to
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
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
    parts: tuple[NDArray[np.int64], NDArray[np.int32]] = call("densest_parts", group_indptr, nodes, indptr, other, weight, least, every)
    return parts


def two_core(n: int, a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which edges are left when nodes of less than two edges are left out, again and again.

    Parameters
    ----------
    n : int
    a, b : int32[m]
        Different ends, in ``[0, n)``.

    Returns
    -------
    bool[m]

    Notes
    -----
    O(n + m), 12 bytes per node: no rows are needed, since the exclusive or of a node's edges names its last one.
    """
    kept: NDArray[np.bool_] = call("two_core", n, a, b)
    return kept


def number_ends(n: int, a: NDArray[np.int32], b: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the nodes that have edges, ascending, and the edges by the positions of their ends among those: (nodes, a, b)."""
    numbered: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]] = call("number_ends", n, a, b)
    return numbered


def ties_inside(
    a: NDArray[np.int32], b: NDArray[np.int32], weight: NDArray[Any], community: NDArray[np.int32], least: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:
    """Return the edges inside communities of ``least`` nodes or more by rows, both ways: (indptr, other, weight).

    Weights are uint8, int32 or int64; communities have numbers below that of the nodes. Two passes over the edges; 4 bytes and those of a
    weight an arc inside.
    """
    rows: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]] = call("ties_inside", a, b, weight, community, least)
    return rows
