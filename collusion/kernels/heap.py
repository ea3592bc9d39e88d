"""A binary heap of nodes, least key first, in which a key may fall."""

from __future__ import annotations

from collusion.kernels._jit import bare

__all__ = ["sift_down", "sift_up"]


@bare
def sift_up(heap, at, key, i):
    """Move the node at place i up to where its key belongs; ``at`` holds the place of each node."""
    v = heap[i]
    while i > 0:
        up = (i - 1) >> 1
        if key[heap[up]] <= key[v]:
            break
        heap[i] = heap[up]
        at[heap[i]] = i
        i = up
    heap[i] = v
    at[v] = i


@bare
def sift_down(heap, at, key, i, size):
    """Move the node at place i of a heap of so many nodes down to where its key belongs."""
    v = heap[i]
    while True:
        down = 2 * i + 1
        if down >= size:
            break
        if down + 1 < size and key[heap[down + 1]] < key[heap[down]]:
            down += 1
        if key[heap[down]] >= key[v]:
            break
        heap[i] = heap[down]
        at[heap[i]] = i
        i = down
    heap[i] = v
    at[v] = i
