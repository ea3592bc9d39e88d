"""The densest subgraph by maximum flow, in 64-bit integers (scipy's maximum flow takes 32 bits, igraph's floats)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from collusion.detect.peel import Adjacency, Block
from collusion.kernels.arrays import Int32s, Int64s
from collusion.kernels.door import call

__all__ = ["Certificate", "densest", "fits"]


@dataclass(frozen=True, eq=False)
class Certificate:
    """A proof that no set of nodes is denser than ``inside / size``, to be checked without trusting the flow.

    Every edge of weight w is split between its ends into shares that sum to ``2 * size * w``, and no node receives more than
    ``2 * inside``. A set S then contains edges of a weight of at most ``2 * inside * |S| / (2 * size)``.

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

    indptr: Int64s
    head: Int32s
    other: Int64s
    share: Int64s
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
        Any set that is not empty and contains an edge; the denser, the fewer flows.

    Returns
    -------
    Block, Certificate

    Notes
    -----
    Goldberg's network without edge nodes: for a density a / b, node v of degree d sends ``b d - 2 a`` from the source or takes as much to
    the sink, an edge of weight w carries ``b w`` both ways, and the largest source side of a minimum cut is the largest set S with the most
    ``b w(S) - a |S|``. Dinkelbach's iteration replaces a / b by the density of S until nothing is gained: each round is strictly denser,
    two or three rounds from a good seed. A. V. Goldberg, UCB/CSD-84-171 (1984); W. Dinkelbach (1967). One flow is O(n**3) at worst, in
    practice near linear in m; 40 bytes an arc.
    """
    n = len(graph)
    # Both arcs of an edge know each other.
    indptr, head, other, capacity = call("lay_out_arcs", *graph.weighted)
    degree = np.add.reduceat(np.append(capacity, 0), indptr[:-1])
    degree[np.diff(indptr) == 0] = 0
    found = seed
    while True:
        common = math.gcd(found.inside, found.size)
        a, b = found.inside // common, found.size // common
        surplus = b * degree - 2 * a
        rest = b * capacity
        # What the source can send to each node, and what each node can send to the sink. The height is n + 1 exactly for the nodes of the
        # largest source side of a minimum cut.
        height = call("maximum_flow", indptr, head, other, rest, np.maximum(surplus, 0), np.maximum(-surplus, 0))
        members = height > n
        inside, size = call("weight_inside", indptr, head, capacity, members), int(members.sum())
        found = Block(members, inside, size)
        if inside * b == a * size:
            # What an arc can still carry is its node's share of the edge; see `Certificate`.
            return found, Certificate(indptr, head, other, rest, a, b)
