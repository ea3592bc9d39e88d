"""Colours and an order of nodes that do not depend on their names (Weisfeiler-Lehman colour refinement)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from collusion.kernels.arrays import Int32s, UInt64s
from collusion.kernels.csr import group_by
from collusion.kernels.door import call

__all__ = ["canonical_order", "combine", "order_of", "refine"]


GOLDEN = 0x9E3779B97F4A7C15
"""What hashes of rows begin with."""


def order_of(colour: UInt64s) -> Int32s:
    """Return the nodes by colour, those of one colour by name: `numpy.argsort`, stable, in linear time since colours are hashes.

    Notes
    -----
    O(n) where colours are spread evenly over 64 bits, or equal; 8 to 16 bytes per node.
    """
    order = np.empty(len(colour), dtype=np.int32)
    call("order_of_colours", colour, order)
    return order


def combine(*columns: NDArray[Any]) -> UInt64s:
    """Hash columns of equal length row by row; the order of the columns matters, the order of the rows does not.

    Parameters
    ----------
    *columns : integer or float arrays of shape (m,)
        Integers and floats are hashed by their bits as int64 and float64; -0.0 equals 0.0 and all nans are equal.

    Returns
    -------
    uint64[m]
    """
    out = np.full(len(columns[0]), GOLDEN, dtype=np.uint64)
    for column in columns:
        bits = np.asarray(column)
        if bits.dtype.kind == "f":
            bits = bits.astype(np.float64) + 0.0  # -0.0 + 0.0 is 0.0
            bits[np.isnan(bits)] = np.nan
            bits = bits.view(np.uint64)
        call("combine_hashes", out, np.ascontiguousarray(bits).astype(np.uint64, copy=False))
    return out


def refine(n: int, a: Int32s, b: Int32s, edge_colour: NDArray[Any], node_colour: UInt64s, rounds: int) -> UInt64s:
    """Refine the colours of nodes by the multisets of colours around them.

    Two nodes keep one colour only if no walk of ``rounds`` steps distinguishes them (or, with a probability of about
    n**2 / 2**64, if two hashes collide). Automorphic nodes always keep one colour.

    Parameters
    ----------
    n : int
        Number of nodes.
    a, b : int32[m]
        Ends of undirected edges, codes in ``[0, n)``. Both ends see each other; a repeated edge counts twice.
        For a bipartite graph shift one side by the size of the other.
    edge_colour : uint8[m], int32[m], int64[m] or uint64[m]
        Colours of edges, such as ``combine(time, rating)``; equal for all edges where nothing distinguishes them. At least 0; not copied.
    node_colour : uint64[n]
        Initial colours of nodes, such as the side of a bipartite graph.
    rounds : int
        Up to 65536.

    Returns
    -------
    uint64[n]
        The colour of a node depends neither on its code nor on the order of the edges.

    Notes
    -----
    O(rounds * (n + m)) time, 16 bytes per node. Weisfeiler and Lehman (1968); integer sums instead of sorted multisets.
    """
    colour = np.array(node_colour, dtype=np.uint64)
    call("refine_colours", a, b, np.ascontiguousarray(edge_colour), colour, np.empty(n, dtype=np.uint64), rounds)
    return colour


def canonical_order(n: int, a: Int32s, b: Int32s, edge_colour: UInt64s, node_colour: UInt64s, rounds: int = 4) -> Int32s:
    """Order nodes so that the graph relabelled by that order does not depend on the names it came with.

    Nodes are refined (`refine`), then taken in depth-first order, colours deciding. Ties are broken by name, but the walk keeps what hangs
    on a tied node beside it, so that isomorphic components, branches, twins, cycles and bicliques come out as one labelled graph whichever
    of them comes first. Graphs that are alike everywhere to refinement without being symmetric (strongly regular ones) may differ.

    Parameters
    ----------
    n, a, b, edge_colour, node_colour, rounds
        As in `refine`.

    Returns
    -------
    int32[n]
        ``order[i]`` is the node at position i.

    Notes
    -----
    `refine`, one sort of 2 m arcs, and a walk in O(n + m).
    """
    colour = refine(n, a, b, edge_colour, node_colour, rounds)
    tail = np.concatenate((a, b)).astype(np.int32, copy=False)
    head = np.concatenate((b, a)).astype(np.int32, copy=False)
    by_colour = np.argsort(combine(colour[head], np.concatenate((edge_colour, edge_colour))), kind="stable")
    indptr, arcs = group_by(tail[by_colour], n)
    order = np.empty(n, dtype=np.int32)
    call("depth_first", indptr, head[by_colour][arcs], np.argsort(colour, kind="stable").astype(np.int32), order)
    return order
