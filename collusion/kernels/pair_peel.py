"""Greedy peeling of an undirected graph with integer edge weights."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import jit

__all__ = ["densest_suffix"]


@jit
def densest_suffix(indptr, other, weight):
    """Return a mask of the densest suffix of the greedy peel: the nodes that maximise total weight / nodes on its way.

    All nodes of the smallest weighted degree leave as one batch, so the names of the nodes do not matter. Half-approximation of
    the densest subgraph (Charikar 2000). O(batches x nodes + edges).
    """
    n = len(indptr) - 1
    degree = np.zeros(n, np.int64)
    total = 0
    for u in range(n):
        for e in range(indptr[u], indptr[u + 1]):
            degree[u] += weight[e]
        total += degree[u]
    total //= 2
    gone_at = np.full(n, -1, np.int64)
    alive = n
    batch = 0
    best_total, best_alive, best_batch = total, alive, 0
    while alive > 0:
        lowest = np.int64(-1)
        for u in range(n):
            if gone_at[u] < 0 and (lowest < 0 or degree[u] < lowest):
                lowest = degree[u]
        for u in range(n):
            if gone_at[u] < 0 and degree[u] == lowest:
                gone_at[u] = batch
                alive -= 1
        for u in range(n):
            if gone_at[u] == batch:
                for e in range(indptr[u], indptr[u + 1]):
                    v = other[e]
                    if gone_at[v] < 0:
                        degree[v] -= weight[e]
                        total -= weight[e]
                    elif gone_at[v] == batch and v > u:
                        total -= weight[e]
        batch += 1
        # total / alive > best_total / best_alive, without division.
        if alive > 0 and total * best_alive > best_total * alive:
            best_total, best_alive, best_batch = total, alive, batch
    return gone_at >= best_batch
