"""Colours and an order of nodes that do not depend on their names (Weisfeiler-Lehman colour refinement)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels.csr import group_by
from collusion.kernels.hashing import GOLDEN, mix64

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["canonical_order", "combine", "order_of", "refine"]


@bare
def _combine(out, column):
    for i in range(len(out)):
        out[i] = mix64(out[i] ^ mix64(column[i]))


AHEAD = 32
"""Edges ahead for which memory is asked, so that the waits for it overlap."""


@bare
def _refine(a, b, edge, colour, seen):
    for v in range(len(seen)):
        seen[v] = np.uint64(0)
    for i in range(len(a)):
        ahead = min(i + AHEAD, len(a) - 1)
        # One after the other, not in a loop: the arrays may be of two types, one of them read-only.
        prefetch(colour, a[ahead])
        prefetch(seen, a[ahead])
        prefetch(colour, b[ahead])
        prefetch(seen, b[ahead])
        u, v = a[i], b[i]
        # A sum modulo 2**64 is the same in whatever order the edges come.
        told = np.uint64(edge[i])
        seen[u] += mix64(colour[v] ^ told)
        seen[v] += mix64(colour[u] ^ told)
    for v in range(len(seen)):
        colour[v] = mix64(mix64(colour[v]) ^ seen[v])


@jit
def _depth_first(indptr, neighbour, start, order):
    n = len(indptr) - 1
    placed = np.zeros(n, dtype=np.bool_)
    cursor = indptr[:-1].copy()
    stack = np.empty(n, dtype=np.int32)
    filled = 0
    for s in start:
        if placed[s]:
            continue
        placed[s] = True
        order[filled] = s
        filled += 1
        stack[0] = s
        top = 1
        while top > 0:
            v = stack[top - 1]
            if cursor[v] == indptr[v + 1]:
                top -= 1
                continue
            w = neighbour[cursor[v]]
            cursor[v] += 1
            if not placed[w]:
                placed[w] = True
                order[filled] = w
                filled += 1
                stack[top] = w
                top += 1


@bare
def _order(colour, shift, start, order):
    for v in range(len(colour)):
        start[(colour[v] >> shift) + np.uint64(1)] += 1
    for k in range(1, len(start)):
        start[k] += start[k - 1]
    for v in range(len(colour)):
        k = colour[v] >> shift
        order[start[k]] = v
        start[k] += 1
    # Now start[k] is where bucket k ends. Shell's sort, by colour and then by name, of what a bucket holds.
    first = np.int64(0)
    for k in range(len(start) - 1):
        last = start[k]
        gap = 1
        while 3 * gap + 1 < last - first:
            gap = 3 * gap + 1
        while gap > 0:
            for i in range(first + gap, last):
                v = order[i]
                j = i
                while j >= first + gap and (
                    colour[order[j - gap]] > colour[v] or (colour[order[j - gap]] == colour[v] and order[j - gap] > v)
                ):
                    order[j] = order[j - gap]
                    j -= gap
                order[j] = v
            gap //= 3
        first = last


def order_of(colour: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Return the nodes by colour, those of one colour by name: `numpy.argsort`, stable, in linear time since colours are hashes.

    Notes
    -----
    O(n) where colours are spread evenly over 64 bits, or equal; 8 to 16 bytes a node.
    """
    bits = max(len(colour).bit_length(), 1)
    order = np.empty(len(colour), dtype=np.int32)
    _order(colour, np.uint64(64 - bits), np.zeros(2**bits + 1, dtype=np.int32), order)
    return order


def combine(*columns: NDArray[Any]) -> NDArray[np.uint64]:
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
        _combine(out, np.ascontiguousarray(bits).astype(np.uint64, copy=False))
    return out


def refine(
    n: int,
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    edge_colour: NDArray[Any],
    node_colour: NDArray[np.uint64],
    rounds: int,
) -> NDArray[np.uint64]:
    """Refine the colours of nodes by the multisets of colours around them.

    Two nodes keep one colour only if no walk of ``rounds`` steps tells them apart (or, with a probability of about
    n**2 / 2**64, if two hashes collide). Automorphic nodes always keep one colour.

    Parameters
    ----------
    n : int
        Number of nodes.
    a, b : int32[m]
        Ends of undirected edges, codes in ``[0, n)``; not checked. Both ends see each other; a repeated edge counts twice.
        For a bipartite graph shift one side by the size of the other.
    edge_colour : integer[m]
        What tells edges apart, such as ``combine(time, rating)``; equal for all edges where nothing does. At least 0; not copied.
    node_colour : uint64[n]
        What tells nodes apart beforehand, such as the side of a bipartite graph.
    rounds : int

    Returns
    -------
    uint64[n]
        The same for a node whatever its code and whatever the order of the edges.

    Notes
    -----
    O(rounds * (n + m)) time, 16 bytes a node. Weisfeiler and Lehman (1968); integer sums instead of sorted multisets.
    """
    colour = np.array(node_colour, dtype=np.uint64)
    edge = np.ascontiguousarray(edge_colour)
    seen = np.empty(n, dtype=np.uint64)
    for _ in range(rounds):
        _refine(a, b, edge, colour, seen)
    return colour


def canonical_order(
    n: int,
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    edge_colour: NDArray[np.uint64],
    node_colour: NDArray[np.uint64],
    rounds: int = 4,
) -> NDArray[np.int32]:
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
        ``order[i]`` is the node that takes place i.

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
    _depth_first(indptr, head[by_colour][arcs], np.argsort(colour, kind="stable").astype(np.int32), order)
    return order
