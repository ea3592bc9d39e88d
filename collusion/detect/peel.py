"""Densest blocks by peeling: the density core, greedy on what is left of it, and Greedy++.

A graph comes as one adjacency over all nodes: the neighbours of v are ``indices[start[v]:end[v]]``, and an edge is in the rows of both
ends. For a bipartite graph the products follow the reviewers. Nodes from ``light`` on carry an integer weight, those before carry none, and
an edge weighs what its two ends carry together: with ``light`` the number of reviewers, an edge has the weight of its product; with ``light
= 0`` and all weights 1 the edges of any graph weigh 2. So no array of edge weights is read or stored.

The density of a set of nodes is the weight of the edges inside over the number of its nodes: a pair of integers here, compared exactly.

*Batches.* Greedy removes all nodes whose weighted degree is least at once, so that its course does not depend on names. It is
still a half-approximation: when it first takes a node of the optimum, that node, and so every node left, has at least the degree that it
has in the optimum, which is at least the optimal density r (else dropping it would give a denser set), and a set whose least degree is r
has density at least r / 2.

*Density core.* Let L be the density of what is left, drop every node whose degree falls below L (those included that fall below it
while dropping), and repeat until nothing falls. Greedy's block is in what is left, the same whether greedy is run on all or on the core:

1. Greedy passes exactly through the t-core C (the largest set in which every node has degree at least t) for every t. Consider the first
   batch that contains a node of C; until then all of C was there, so that node's degree, the least of all that are left, is at least t; so
   what is left has least degree t, is in C by C's definition, and is C. From C on, greedy's course depends on C alone.
2. From the whole to the core, every batch raises the density. Let R be left, denser than or as dense as L, and the least degree d < L. The
   batch B takes away at most d |B| < density(R) |B|, so what remains is strictly denser than R; and something remains, since otherwise B
   were R and R's weight at most d |R| < density(R) |R|.
3. So the densest set on greedy's way is the core or comes after it, and it is the first of the densest (the largest) either way.

The densest subgraph of all is in the core as well: each of its nodes has at least the optimal density as its degree inside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from collusion.kernels.arrays import Bools, Int32s, Int64s
from collusion.kernels.door import call

__all__ = ["Adjacency", "Block", "bipartite", "density_core", "greedy", "greedy_plus_plus", "peel", "restrict"]


@dataclass(frozen=True, eq=False)
class Adjacency:
    """A graph in both directions, with weights on nodes (see the module).

    Parameters
    ----------
    start, end : int64[n]
    indices : int32 array
        Neighbours; rows may be shortened in place (`Adjacency.cut`).
    weight : int64[n - light]
        Weights of the nodes from ``light`` on.
    light : int
    """

    start: Int64s
    end: Int64s
    indices: Int32s
    weight: Int64s
    light: int

    def __len__(self) -> int:
        return len(self.start)

    @property
    def rows(self) -> tuple[Int64s, Int64s, Int32s]:
        """Start, end and indices, as the kernels that look at no weights take them."""
        return self.start, self.end, self.indices

    @property
    def weighted(self) -> tuple[Int64s, Int64s, Int32s, Int64s, int]:
        """All fields, as the other kernels take them."""
        return *self.rows, self.weight, self.light

    def cut(self, members: Bools) -> None:
        """Delete the edges inside a set of nodes, in place. O(sum of the degrees of its nodes), beside a check of all rows."""
        call("cut_edges", *self.rows, members)


@dataclass(frozen=True, eq=False)
class Block:
    """A set of nodes and its exact density ``inside / size``.

    Parameters
    ----------
    members : bool[n]
    inside : int
        Weight of the edges inside.
    size : int
        Number of nodes; 0 when the graph has no edges.
    """

    members: Bools
    inside: int
    size: int


def bipartite(indptr: Int64s, products: Int32s, product_indptr: Int64s, reviewers: Int32s, weight: Int64s) -> Adjacency:
    """Return the adjacency of a bipartite graph; the nodes are the reviewers, then the products.

    Parameters
    ----------
    indptr, products : int64[n_reviewers + 1], int32[m]
        The products of each reviewer.
    product_indptr, reviewers : int64[n_products + 1], int32[m]
        The reviewers of each product.
    weight : int64[n_products]
        What an edge to each product weighs.
    """
    n_reviewers, m = len(indptr) - 1, len(products)
    indices = np.empty(2 * m, dtype=np.int32)
    np.add(products, n_reviewers, out=indices[:m], casting="same_kind")
    indices[m:] = reviewers
    return Adjacency(
        start=np.concatenate((indptr[:-1], m + product_indptr[:-1])),
        end=np.concatenate((indptr[1:], m + product_indptr[1:])),
        indices=indices,
        weight=weight,
        light=n_reviewers,
    )


def density_core(graph: Adjacency, floor: int = 0) -> Int32s:
    """Return the nodes of the density core, ascending: each has a degree inside of at least ``floor`` and the density of the core.

    Contains greedy's block, and the densest subgraph if that is at least as dense as ``floor``. O(n + m) time and one pass over the
    remaining nodes per round (some tens), 16 bytes per node.
    """
    nodes: Int32s = call("density_core", *graph.weighted, floor)
    return nodes


def restrict(graph: Adjacency, nodes: Int32s) -> Adjacency:
    """Return the graph of the nodes given (ascending), renumbered by their position, in arrays of its own."""
    indptr, indices = call("restrict_graph", *graph.rows, nodes)
    light = int(np.searchsorted(nodes, graph.light))
    return Adjacency(
        start=indptr[:-1].copy(), end=indptr[1:].copy(), indices=indices, weight=graph.weight[nodes[light:] - graph.light], light=light
    )


def greedy(graph: Adjacency) -> Block:
    """Return the densest set on greedy's way, ties removed as one batch: a half-approximation.

    O(m log n) time. The largest of equally dense sets is returned.
    """
    n = len(graph)
    if not n:
        return Block(np.zeros(0, dtype=np.bool_), 0, 0)
    batch = np.empty(n, dtype=np.int32)
    best, inside, size = _greedy(graph, np.zeros(n, dtype=np.int64), batch)
    return Block(batch >= best, inside, size)


def _greedy(graph: Adjacency, load: Int64s, batch: Int32s) -> tuple[int, int, int]:
    """Peel by (load + degree), all ties of the least at once; fill the batch of each node and add its degree when taken to its load.

    An edge inside a batch counts half for either end, so weights must be even where loads matter.
    Returns the number of batches before the densest rest, its weight and its size.
    """
    found: tuple[int, int, int] = call("peel_greedily", *graph.weighted, load, batch)
    return found


def peel(graph: Adjacency) -> Block:
    """Return what `greedy` returns for the whole graph, by running it on the density core alone (see the module for the proof)."""
    nodes = density_core(graph)
    found = greedy(restrict(graph, nodes))
    members = np.zeros(len(graph), dtype=np.bool_)
    members[nodes[found.members]] = True
    return Block(members, found.inside, found.size)


def greedy_plus_plus(graph: Adjacency, rounds: int) -> tuple[Block, tuple[int, int]]:
    """Return the densest set found in ``rounds`` of Greedy++, and a fraction that no set exceeds.

    A node's load is the degree it had whenever it was taken; nodes are taken by load + degree. The loads divided by the rounds split every
    edge between its ends, so the largest of them bounds the density of every set (the dual of Charikar's linear program).

    Parameters
    ----------
    graph : Adjacency
    rounds : int
        At least 1; the first is `greedy`.

    Returns
    -------
    block : Block
        The first of the densest.
    bound : (int, int)
        Numerator and denominator, in the units of ``inside``.

    Notes
    -----
    O(rounds * m log n). Boob, Gao, Peng, Sawlani, Tsourakakis, Wang and Wang (WWW 2020).
    """
    n = len(graph)
    if not n:
        return Block(np.zeros(0, dtype=np.bool_), 0, 0), (0, 1)
    load = np.zeros(n, dtype=np.int64)
    batch = np.empty(n, dtype=np.int32)
    found = Block(np.zeros(n, dtype=np.bool_), 0, 1)
    # Weights are doubled so that the halves of edges inside a batch are whole.
    doubled = replace(graph, weight=2 * graph.weight)
    for _ in range(rounds):
        best, inside, size = _greedy(doubled, load, batch)
        if inside // 2 * found.size > found.inside * size:
            found = Block(batch >= best, inside // 2, size)
    return found, (int(load.max()), 2 * rounds)
