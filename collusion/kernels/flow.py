"""The densest subgraph by maximum flow, in 64-bit integers (scipy's maximum flow takes 32 bits, igraph's floats)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.peel import Adjacency, Block

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Certificate", "densest", "fits"]


@dataclass(frozen=True, eq=False)
class Certificate:
    """A proof that no set of nodes is denser than ``inside / size``, to be checked without trusting the flow.

    Every edge of weight w is split between its ends into shares that sum to ``2 * size * w``, and no node receives more than
    ``2 * inside``. A set S then holds edges of a weight of at most ``2 * inside * |S| / (2 * size)``.

    Parameters
    ----------
    indptr, head : int64[n + 1], int32[2 m]
        The arcs of each node and where they lead.
    other : int64[2 m]
        The arc of the same edge at its other end.
    share : int64[2 m]
        What the arc's node receives of the edge.
    inside, size : int
    """

    indptr: NDArray[np.int64]
    head: NDArray[np.int32]
    other: NDArray[np.int64]
    share: NDArray[np.int64]
    inside: int
    size: int

    def holds(self, graph: Adjacency) -> bool:
        """Check the proof against the graph it was made for. O(n + m), plain numpy."""
        n = len(graph)
        tail = np.repeat(np.arange(n), np.diff(self.indptr))
        node_weight = np.concatenate((np.zeros(graph.light, np.int64), graph.weight))
        counts = graph.end - graph.start
        row = np.repeat(graph.start - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        listed = np.sort(np.repeat(np.arange(n), counts) * n + graph.indices[row])
        received = np.zeros(n, dtype=np.int64)
        np.add.at(received, tail, self.share)
        return bool(
            np.array_equal(np.sort(tail * n + self.head), listed)
            and np.array_equal(tail[self.other], self.head)
            and np.array_equal(self.head[self.other], tail)
            and np.array_equal(self.other[self.other], np.arange(len(self.other)))
            and (self.share >= 0).all()
            and np.array_equal(self.share + self.share[self.other], 2 * self.size * (node_weight[tail] + node_weight[self.head]))
            and (received <= 2 * self.inside).all()
        )


@jit
def _arcs(start, end, indices, weight, light, indptr, head, other, capacity):
    """Lay out the arcs so that both arcs of an edge know each other; needs each edge once in either row."""
    n = len(start)
    for v in range(n):
        indptr[v + 1] = indptr[v] + end[v] - start[v]
    cursor = indptr[:-1].copy()
    for v in range(n):
        own = weight[v - light] if v >= light else np.int64(0)
        for i in range(start[v], end[v]):
            u = indices[i]
            if v < u:
                a, b = cursor[v], cursor[u]
                cursor[v] += 1
                cursor[u] += 1
                head[a], head[b] = u, v
                other[a], other[b] = b, a
                w = own + (weight[u - light] if u >= light else np.int64(0))
                capacity[a] = w
                capacity[b] = w


@bare
def _distances(indptr, head, other, rest, sink, height, queue):
    """Set each height to the number of residual arcs to the sink, n + 1 where there is no way."""
    n = len(height)
    for v in range(n):
        height[v] = n + 1
    filled = 0
    for v in range(n):
        if sink[v] > 0:
            height[v] = 1
            queue[filled] = v
            filled += 1
    done = 0
    while done < filled:
        v = queue[done]
        done += 1
        for a in range(indptr[v], indptr[v + 1]):
            u = head[a]
            if height[u] > n and rest[other[a]] > 0:
                height[u] = height[v] + 1
                queue[filled] = u
                filled += 1


@jit
def _maximum_flow(indptr, head, other, rest, excess, sink, height):
    """First phase of push-relabel (first in, first out; heights made exact now and then).

    ``excess`` comes in as what the source can send to each node, ``sink`` as what each node can send to the sink. On return ``height`` is
    n + 1 exactly for the nodes of the largest source side of a minimum cut.
    """
    n = len(height)
    queue = np.empty(n, np.int32)
    waiting = np.zeros(n, np.bool_)
    current = indptr[:-1].copy()
    _distances(indptr, head, other, rest, sink, height, queue)
    first, count = 0, 0
    line = np.empty(n, np.int32)
    for v in range(n):
        if excess[v] > 0 and height[v] <= n:
            line[count] = v
            count += 1
            waiting[v] = True
    work = np.int64(0)
    refresh = np.int64(4 * n + len(head))
    while count > 0:
        v = line[first]
        first += 1
        if first == n:
            first = 0
        count -= 1
        waiting[v] = False
        while excess[v] > 0 and height[v] <= n:
            if sink[v] > 0:
                # A node that still reaches the sink directly is at height 1, so this arc is always admissible.
                sent = min(excess[v], sink[v])
                excess[v] -= sent
                sink[v] -= sent
                continue
            if current[v] == indptr[v + 1]:
                lowest = n + 1
                for a in range(indptr[v], indptr[v + 1]):
                    if rest[a] > 0:
                        lowest = min(lowest, height[head[a]] + 1)
                work += indptr[v + 1] - indptr[v] + 12
                height[v] = lowest
                current[v] = indptr[v]
                continue
            a = current[v]
            u = head[a]
            if rest[a] > 0 and height[v] == height[u] + 1:
                sent = min(excess[v], rest[a])
                rest[a] -= sent
                rest[other[a]] += sent
                excess[v] -= sent
                excess[u] += sent
                if not waiting[u] and height[u] <= n:
                    last = first + count
                    if last >= n:
                        last -= n
                    line[last] = u
                    count += 1
                    waiting[u] = True
            else:
                current[v] += 1
        if work > refresh:
            work = np.int64(0)
            _distances(indptr, head, other, rest, sink, height, queue)
            for u in range(n):
                current[u] = indptr[u]
    _distances(indptr, head, other, rest, sink, height, queue)


@bare
def _inside(indptr, head, capacity, members):
    total = np.int64(0)
    for v in range(len(members)):
        if members[v]:
            for a in range(indptr[v], indptr[v + 1]):
                if members[head[a]]:
                    total += capacity[a]
    return total // 2


def fits(graph: Adjacency, inside: int) -> bool:
    """Whether the flow's sums stay below 2**62 on a graph whose edges weigh ``inside`` together."""
    return 4 * len(graph) * inside < 2**62


def densest(graph: Adjacency, seed: Block) -> tuple[Block, Certificate]:
    """Return the maximal densest subgraph, which is unique, and a certificate that nothing is denser.

    Parameters
    ----------
    graph : Adjacency
        No self-loops; each edge once in the row of either end; small enough for `fits`.
    seed : Block
        Any set that is not empty and holds an edge; the denser, the fewer flows.

    Returns
    -------
    Block, Certificate

    Notes
    -----
    Goldberg's network without edge nodes: for a density a / b, node v of degree d sends ``b d - 2 a`` from the source or takes as much to
    the sink, an edge of weight w carries ``b w`` both ways, and the largest source side of a minimum cut is the largest set S with the most
    ``b w(S) - a |S|``. Dinkelbach's iteration replaces a / b by the density of S until nothing is gained: each round is strictly
    denser, two
    or three rounds from a good seed. A. V. Goldberg, UCB/CSD-84-171 (1984); W. Dinkelbach (1967). One flow is O(n**3) at worst, in practice
    near linear in m; 40 bytes an arc.
    """
    n, m2 = len(graph), int((graph.end - graph.start).sum())
    indptr = np.zeros(n + 1, dtype=np.int64)
    head, other = np.empty(m2, dtype=np.int32), np.empty(m2, dtype=np.int64)
    capacity = np.empty(m2, dtype=np.int64)
    _arcs(graph.start, graph.end, graph.indices, graph.weight, graph.light, indptr, head, other, capacity)
    degree = np.add.reduceat(np.append(capacity, 0), indptr[:-1])
    degree[np.diff(indptr) == 0] = 0
    found = seed
    while True:
        common = math.gcd(found.inside, found.size)
        a, b = found.inside // common, found.size // common
        surplus = b * degree - 2 * a
        rest = b * capacity
        height = np.empty(n, dtype=np.int64)
        _maximum_flow(indptr, head, other, rest, np.maximum(surplus, 0), np.maximum(-surplus, 0), height)
        members = height > n
        inside, size = int(_inside(indptr, head, capacity, members)), int(members.sum())
        found = Block(members, inside, size)
        if inside * b == a * size:
            # What an arc can still carry is its node's share of the edge; see `Certificate`.
            return found, Certificate(indptr, head, other, rest, a, b)
