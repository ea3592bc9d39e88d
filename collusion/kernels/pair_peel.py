"""Greedy peeling of communities of an undirected graph with integer edge weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.heap import sift_down, sift_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["densest_parts", "number_ends", "ties_inside", "two_core"]


@jit
def _peel(active, indptr, other, weight, alive, degree, gone_at, place):
    """Mark in ``gone_at`` (by node, -1: never) when each active node leaves; return from which batch on the densest suffix begins.

    All nodes of the smallest weighted degree leave as one batch, so the names of the nodes do not matter. Half-approximation of
    the densest subgraph (Charikar 2000). O((nodes + edges) log nodes), by a heap.
    """
    total = 0
    heap = active.copy()
    for k in range(len(heap)):
        u = heap[k]
        gone_at[u] = -1
        place[u] = k
        degree[u] = 0
        for e in range(indptr[u], indptr[u + 1]):
            if alive[other[e]]:
                degree[u] += weight[e]
        total += degree[u]
    total //= 2
    left = len(heap)
    for k in range(left // 2 - 1, -1, -1):
        sift_down(heap, place, degree, k, left)
    batch = 0
    best_total, best_left, best_batch = total, left, 0
    gone = np.empty(left, np.int32)
    while left > 0:
        lowest = degree[heap[0]]
        n_gone = 0
        while left > 0 and degree[heap[0]] == lowest:
            u = heap[0]
            gone_at[u] = batch
            gone[n_gone] = u
            n_gone += 1
            left -= 1
            heap[0] = heap[left]
            place[heap[0]] = 0
            sift_down(heap, place, degree, 0, left)
        for k in range(n_gone):
            u = gone[k]
            for e in range(indptr[u], indptr[u + 1]):
                v = other[e]
                if not alive[v]:
                    continue
                if gone_at[v] < 0:
                    degree[v] -= weight[e]
                    total -= weight[e]
                    sift_up(heap, place, degree, place[v])
                elif gone_at[v] == batch and v > u:
                    total -= weight[e]
        batch += 1
        # total / left > best_total / best_left, without division.
        if left > 0 and total * best_left > best_total * left:
            best_total, best_left, best_batch = total, left, batch
    return best_batch


@jit
def densest_parts(group_indptr, nodes, indptr, other, weight, least, every):
    """Return disjoint densest parts of each group of nodes, best first, with ``least`` nodes or more: (indptr, nodes).

    Group g holds ``nodes[group_indptr[g]:group_indptr[g + 1]]``, ascending; row u of (indptr, other, weight) holds the ties of node u
    inside its group. Only the first part of each group unless ``every``. Nodes of a part ascend.
    """
    n = len(indptr) - 1
    alive = np.ones(n, np.bool_)
    degree = np.zeros(n, np.int64)
    gone_at = np.full(n, -1, np.int32)
    place = np.empty(n, np.int32)
    out_indptr = [0]
    out = np.empty(n, np.int32)
    filled = 0
    for g in range(len(group_indptr) - 1):
        group = nodes[group_indptr[g] : group_indptr[g + 1]]
        while True:
            active = np.empty(len(group), np.int32)
            m = 0
            for u in group:
                if not alive[u]:
                    continue
                tied = False
                for e in range(indptr[u], indptr[u + 1]):
                    if alive[other[e]]:
                        tied = True
                        break
                if tied:
                    active[m] = u
                    m += 1
            if m < least:
                break
            active = active[:m]
            batch = _peel(active, indptr, other, weight, alive, degree, gone_at, place)
            first = filled
            for u in active:
                if gone_at[u] >= batch:
                    out[filled] = u
                    filled += 1
            for k in range(first, filled):
                alive[out[k]] = False
            if filled - first < least:
                filled = first
            else:
                out_indptr.append(filled)
            if not every:
                break
    return np.array(out_indptr), out[:filled].copy()


@jit
def _two_core(n, a, b, kept):
    degree = np.zeros(n, np.int32)
    edges = np.zeros(n, np.int64)
    for i in range(len(a)):
        kept[i] = True
        degree[a[i]] += 1
        degree[b[i]] += 1
        # Of a node with one edge left, this is that edge.
        edges[a[i]] ^= i
        edges[b[i]] ^= i
    for s in range(n):
        v = s
        while degree[v] == 1:
            i = edges[v]
            kept[i] = False
            w = b[i] if a[i] == v else a[i]
            degree[v] = 0
            degree[w] -= 1
            edges[w] ^= i
            v = w


def two_core(n: int, a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which edges are left when nodes of less than two edges are left out, again and again.

    Parameters
    ----------
    n : int
    a, b : int32[m]
        Different ends, in ``[0, n)``; not checked.

    Returns
    -------
    bool[m]

    Notes
    -----
    O(n + m), 12 bytes a node: no rows are needed, since the exclusive or of a node's edges names its last one.
    """
    kept = np.empty(len(a), dtype=np.bool_)
    _two_core(n, a, b, kept)
    return kept


@bare
def _number_ends(a, b, name, nodes, one, other):
    for i in range(len(a)):
        name[a[i]] = 0
        name[b[i]] = 0
    count = 0
    for u in range(len(name)):
        if name[u] == 0:
            name[u] = count
            nodes[count] = u
            count += 1
    for i in range(len(a)):
        one[i] = name[a[i]]
        other[i] = name[b[i]]
    return count


def number_ends(n: int, a: NDArray[np.int32], b: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the nodes that have edges, ascending, and the edges by the places of their ends among those: (nodes, a, b)."""
    nodes, one, other = np.empty(n, dtype=np.int32), np.empty(len(a), dtype=np.int32), np.empty(len(a), dtype=np.int32)
    count = _number_ends(a, b, np.full(n, -1, dtype=np.int32), nodes, one, other)
    return nodes[:count], one, other


@bare
def _ties_inside(a, b, weight, community, size, least, indptr, other, tie, count):
    for i in range(len(a)):
        if community[a[i]] == community[b[i]] and size[community[a[i]]] >= least:
            if not count:
                other[indptr[a[i]]] = b[i]
                tie[indptr[a[i]]] = weight[i]
                other[indptr[b[i]]] = a[i]
                tie[indptr[b[i]]] = weight[i]
            indptr[a[i] + count] += 1
            indptr[b[i] + count] += 1
    for u in range(1, len(indptr)):
        if count:
            indptr[u] += indptr[u - 1]
        else:
            indptr[len(indptr) - u] = indptr[len(indptr) - u - 1]
    if not count:
        indptr[0] = 0


def ties_inside(
    a: NDArray[np.int32], b: NDArray[np.int32], weight: NDArray[Any], community: NDArray[np.int32], least: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:
    """Return the edges inside communities of ``least`` nodes or more by rows, both ways: (indptr, other, weight).

    Two passes over the edges; 4 bytes and those of a weight an arc inside.
    """
    n = len(community)
    size = np.bincount(community, minlength=n)
    indptr = np.zeros(n + 1, dtype=np.int64)
    none = np.empty(0, dtype=np.int32), np.empty(0, dtype=weight.dtype)
    _ties_inside(a, b, weight, community, size, least, indptr, *none, 1)
    other, tie = np.empty(indptr[n], dtype=np.int32), np.empty(indptr[n], dtype=weight.dtype)
    _ties_inside(a, b, weight, community, size, least, indptr, other, tie, 0)
    return indptr, other, tie
