"""Greedy peeling of communities of an undirected graph with integer edge weights."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import jit

__all__ = ["densest_parts"]


@jit
def _peel(active, indptr, other, weight, alive, degree, gone_at):
    """Mark in ``gone_at`` (by node, -1: never) when each active node leaves; return from which batch on the densest suffix begins.

    All nodes of the smallest weighted degree leave as one batch, so the names of the nodes do not matter. Half-approximation of
    the densest subgraph (Charikar 2000). O(batches x nodes + edges).
    """
    total = 0
    for u in active:
        gone_at[u] = -1
        degree[u] = 0
        for e in range(indptr[u], indptr[u + 1]):
            if alive[other[e]]:
                degree[u] += weight[e]
        total += degree[u]
    total //= 2
    left = len(active)
    batch = 0
    best_total, best_left, best_batch = total, left, 0
    while left > 0:
        lowest = np.int64(-1)
        for u in active:
            if gone_at[u] < 0 and (lowest < 0 or degree[u] < lowest):
                lowest = degree[u]
        for u in active:
            if gone_at[u] < 0 and degree[u] == lowest:
                gone_at[u] = batch
                left -= 1
        for u in active:
            if gone_at[u] == batch:
                for e in range(indptr[u], indptr[u + 1]):
                    v = other[e]
                    if not alive[v]:
                        continue
                    if gone_at[v] < 0:
                        degree[v] -= weight[e]
                        total -= weight[e]
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
    gone_at = np.full(n, -1, np.int64)
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
            batch = _peel(active, indptr, other, weight, alive, degree, gone_at)
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
