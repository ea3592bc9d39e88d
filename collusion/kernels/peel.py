"""Densest blocks by peeling: the density core, greedy on what is left of it, and Greedy++.

A graph comes as one adjacency over all nodes: the neighbours of v are ``indices[start[v]:end[v]]``, and an edge stands in both its rows.
For a bipartite graph the products follow the reviewers. Nodes from ``light`` on carry an integer weight, those before carry none, and an
edge weighs what its two ends carry together: with ``light`` the number of reviewers, an edge weighs what its product says; with
``light = 0`` and all weights 1 the edges of any graph weigh 2. So no array of edge weights is read or stored.

The density of a set of nodes is the weight of the edges inside over the number of its nodes: a pair of integers here, compared exactly.

*Batches.* Greedy removes all nodes whose weighted degree is least at once, so that its course does not depend on names. It is
still a half-approximation: when it first takes a node of the optimum, that node, and so every node left, has at least the degree that it
has in the optimum, which is at least the optimal density r (else dropping it would give a denser set), and a set whose least degree is r
has density at least r / 2.

*Density core.* Let L be the density of what is left, drop every node whose degree falls below L (those included that fall below it
while dropping), and repeat until nothing falls. Greedy's block lies in what is left, the same whether greedy is run on all or on the core:

1. Greedy passes exactly through the t-core C (the largest set in which every node has degree at least t) for every t. Consider the first
   batch that holds a node of C; until then all of C was there, so that node's degree, the least of all that are left, is at least t; so
   what is left has least degree t, lies in C by C's definition, and is C. From C on, greedy's course depends on C alone.
2. From the whole to the core, every batch raises the density. Let R be left, denser than or as dense as L, and the least degree d < L. The
   batch B takes away at most d |B| < density(R) |B|, so what remains is strictly denser than R; and something remains, since otherwise B
   were R and R's weight at most d |R| < density(R) |R|.
3. So the densest set on greedy's way is the core or comes after it, and it is the first of the densest (the largest) either way.

The densest subgraph of all lies in the core as well: each of its nodes has at least the optimal density as its degree inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.heap import sift_down, sift_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

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

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    indices: NDArray[np.int32]
    weight: NDArray[np.int64]
    light: int

    def __len__(self) -> int:
        return len(self.start)

    def cut(self, members: NDArray[np.bool_]) -> None:
        """Delete the edges inside a set of nodes, in place. O(sum of the degrees of its nodes)."""
        _cut(self.start, self.end, self.indices, members)


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

    members: NDArray[np.bool_]
    inside: int
    size: int


@bare
def _cut(start, end, indices, members):
    for v in range(len(start)):
        if members[v]:
            keep = start[v]
            for i in range(start[v], end[v]):
                if not members[indices[i]]:
                    indices[keep] = indices[i]
                    keep += 1
            end[v] = keep


@bare
def _degrees(start, end, indices, weight, light, degree):
    total = np.int64(0)
    for v in range(len(start)):
        own = weight[v - light] if v >= light else np.int64(0)
        d = own * (end[v] - start[v])
        for i in range(start[v], end[v]):
            u = indices[i]
            if u >= light:
                d += weight[u - light]
        # A node without edges is left out from the start: greedy would take it first.
        degree[v] = d if end[v] > start[v] else -1
        total += d
    return total // 2


@jit
def _density_core(start, end, indices, weight, light, degree, inside, floor):
    """Drop nodes until every degree reaches the density of what is left and ``floor``; degree is -1 for nodes dropped."""
    n = len(start)
    nodes = np.empty(n, np.int32)
    left = 0
    for v in range(n):
        if degree[v] >= 0:
            nodes[left] = v
            left += 1
    stack = np.empty(left, np.int32)
    while left > 0:
        bar = max(floor, -(-inside // left))
        top = 0
        for k in range(left):
            if degree[nodes[k]] < bar:
                stack[top] = nodes[k]
                top += 1
        if top == 0:
            break
        while top > 0:
            top -= 1
            v = stack[top]
            inside -= degree[v]
            degree[v] = -1
            own = weight[v - light] if v >= light else np.int64(0)
            for i in range(start[v], end[v]):
                u = indices[i]
                before = degree[u]
                if before >= 0:
                    after = before - own
                    if u >= light:
                        after -= weight[u - light]
                    degree[u] = after
                    if after < bar <= before:
                        stack[top] = u
                        top += 1
        kept = 0
        for k in range(left):
            if degree[nodes[k]] >= 0:
                nodes[kept] = nodes[k]
                kept += 1
        left = kept
    return nodes[:left]


@jit
def _restrict(start, end, indices, nodes, place, indptr):
    """Return the neighbours of ``nodes`` among themselves, renumbered by their place; fills ``indptr`` (all zero before)."""
    for k in range(len(nodes)):
        place[nodes[k]] = k
    for k in range(len(nodes)):
        v = nodes[k]
        found = 0
        for i in range(start[v], end[v]):
            found += place[indices[i]] >= 0
        indptr[k + 1] = indptr[k] + found
    out = np.empty(indptr[len(nodes)], np.int32)
    filled = 0
    for k in range(len(nodes)):
        v = nodes[k]
        for i in range(start[v], end[v]):
            u = place[indices[i]]
            if u >= 0:
                out[filled] = u
                filled += 1
    return out


@bare
def _denser(inside, size, than_inside, than_size):
    """Whether inside / size > than_inside / than_size, without overflow: whole parts first, then remainders below the sizes."""
    whole, other = inside // size, than_inside // than_size
    if whole != other:
        return whole > other
    return (inside - whole * size) * than_size > (than_inside - other * than_size) * size


@jit
def _greedy(start, end, indices, weight, light, load, batch):
    """Peel by (load + degree), all ties of the least at once; fill the batch of each node and add its degree when taken to its load.

    An edge inside a batch counts half for either end, so weights must be even where loads matter.
    Returns the number of batches before the densest rest, its weight and its size.
    """
    n = len(start)
    key = np.empty(n, np.int64)
    inside = np.int64(0)
    heap = np.empty(n, np.int32)
    at = np.empty(n, np.int32)
    for v in range(n):
        own = weight[v - light] if v >= light else np.int64(0)
        d = own * (end[v] - start[v])
        for i in range(start[v], end[v]):
            u = indices[i]
            if u >= light:
                d += weight[u - light]
        key[v] = load[v] + d
        inside += d
        heap[v] = v
        at[v] = v
        batch[v] = -1
    inside //= 2
    for i in range(n // 2 - 1, -1, -1):
        sift_down(heap, at, key, i, n)
    taken = np.empty(n, np.int32)
    size = n
    number = 0
    best, best_inside, best_size = 0, inside, n
    while size > 0:
        least = key[heap[0]]
        ties = 0
        while size > 0 and key[heap[0]] == least:
            v = heap[0]
            taken[ties] = v
            ties += 1
            batch[v] = number
            size -= 1
            if size > 0:
                heap[0] = heap[size]
                at[heap[0]] = 0
                sift_down(heap, at, key, 0, size)
        within = np.int64(0)
        for k in range(ties):
            v = taken[k]
            own = weight[v - light] if v >= light else np.int64(0)
            charge = np.int64(0)
            half = np.int64(0)
            for i in range(start[v], end[v]):
                u = indices[i]
                if batch[u] == -1:
                    w = own + (weight[u - light] if u >= light else np.int64(0))
                    charge += w
                    key[u] -= w
                    sift_up(heap, at, key, at[u])
                elif batch[u] == number:
                    half += own + (weight[u - light] if u >= light else np.int64(0))
            inside -= charge
            within += half
            load[v] += charge + half // 2
        inside -= within // 2
        number += 1
        if size > 0 and _denser(inside, size, best_inside, best_size):
            best, best_inside, best_size = number, inside, size
    return best, best_inside, best_size


def bipartite(
    indptr: NDArray[np.int64],
    products: NDArray[np.int32],
    product_indptr: NDArray[np.int64],
    reviewers: NDArray[np.int32],
    weight: NDArray[np.int64],
) -> Adjacency:
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


def density_core(graph: Adjacency, floor: int = 0) -> NDArray[np.int32]:
    """Return the nodes of the density core, ascending: each has a degree inside of at least ``floor`` and the density of the core.

    Holds greedy's block, and the densest subgraph if that is at least as dense as ``floor``. O(n + m) time beside one pass over the
    remaining nodes a round (some tens), 24 bytes a node.
    """
    degree = np.empty(len(graph), dtype=np.int64)
    inside = _degrees(graph.start, graph.end, graph.indices, graph.weight, graph.light, degree)
    nodes: NDArray[np.int32] = _density_core(graph.start, graph.end, graph.indices, graph.weight, graph.light, degree, inside, floor)
    return nodes


def restrict(graph: Adjacency, nodes: NDArray[np.int32]) -> Adjacency:
    """Return the graph of the nodes given (ascending), renumbered by their place, in arrays of its own."""
    place = np.full(len(graph), -1, dtype=np.int32)
    indptr = np.zeros(len(nodes) + 1, dtype=np.int64)
    indices = _restrict(graph.start, graph.end, graph.indices, nodes, place, indptr)
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
    best, inside, size = _greedy(graph.start, graph.end, graph.indices, graph.weight, graph.light, np.zeros(n, dtype=np.int64), batch)
    return Block(batch >= best, int(inside), int(size))


def peel(graph: Adjacency) -> Block:
    """Return what `greedy` returns for the whole graph, by running it on the density core alone (see the module for the proof)."""
    nodes = density_core(graph)
    found = greedy(restrict(graph, nodes))
    members = np.zeros(len(graph), dtype=np.bool_)
    members[nodes[found.members]] = True
    return Block(members, found.inside, found.size)


def greedy_plus_plus(graph: Adjacency, rounds: int) -> tuple[Block, tuple[int, int]]:
    """Return the densest set met in ``rounds`` of Greedy++, and a fraction that no set exceeds.

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
    for _ in range(rounds):
        # Weights are doubled so that the halves of edges inside a batch are whole.
        best, inside, size = _greedy(graph.start, graph.end, graph.indices, 2 * graph.weight, graph.light, load, batch)
        if int(inside) // 2 * found.size > found.inside * int(size):
            found = Block(batch >= best, int(inside) // 2, int(size))
    return found, (int(load.max()), 2 * rounds)
