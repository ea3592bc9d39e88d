"""Communities of a weighted graph by Leiden, independent of the names of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from collusion.kernels.csr import narrowed, rows_of, strengths
from collusion.kernels.leiden import search
from collusion.kernels.refine import combine, order_of, refine

__all__ = ["leiden"]

REFINEMENT_ROUNDS = 4
"""Rounds of colour refinement that fix the order in which Leiden visits the nodes."""


def leiden(
    n: int,
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    weight: NDArray[Any],
    *,
    objective: Literal["CPM", "modularity"],
    resolutions: Sequence[float],
    seed: int,
    iterations: int = -1,
    colour: NDArray[np.uint64] | None = None,
    mass: NDArray[np.float64] | None = None,
) -> list[NDArray[np.int32]]:
    """Return the community of each node (Traag, Waltman, van Eck 2019) at each resolution.

    Parameters
    ----------
    n : int
        Number of nodes.
    a, b : int32 arrays
        Ends of each edge.
    weight : integer array
        Of at least 1, such as fixed-point numbers. Summed as int64.
    objective : {"CPM", "modularity"}
    resolutions : sequence of float
        In units of ``weight`` for CPM.
    seed : int
        Leiden visits nodes at random: the seed, together with an order of nodes that does not depend on their names, fixes the result.
    iterations : int, default -1
        Rounds of moving, refining and aggregating; -1 for as many as improve.
    colour : uint64[n], optional
        Further properties of the nodes, which distinguish those that the graph does not.
    mass : float64[n], optional
        For CPM: a pair of nodes must be tied by more than the resolution times both masses; 1 each where not given. With strengths in a
        larger graph as masses and ``resolution / (2 edges of it)`` as resolution this is its modularity, of which some edges are left out.

    Returns
    -------
    list of int32[n]
        For each resolution the community of each node, from 0. Every community is connected; a node without edges is one of its own.

    Notes
    -----
    Nodes are searched in the order of their refined colours, so renaming changes the result at most among nodes that the graph itself
    cannot tell apart, and the numbers of the communities. O(n + edges) a round. The graph takes 2 * (4 + w) bytes per edge, w being 1, 4 or
    8 as the heaviest edge needs; see `search` for the rest. Searches may run in parallel threads.
    """
    if not len(a):
        return [np.arange(n, dtype=np.int32) for _ in resolutions]
    start = np.ones(n, dtype=np.uint64) if colour is None else colour.copy()
    start = refine(n, a, b, weight, start, REFINEMENT_ROUNDS)
    # Mixed with the seed, since nodes are visited in this order; equal colours stay equal.
    order = order_of(combine(start, np.full(n, seed, dtype=np.int64)))
    del start
    position = np.empty(n, dtype=np.int32)
    position[order] = np.arange(n, dtype=np.int32)
    indptr, other, tie = rows_of(position, a, b, narrowed(weight))
    if objective == "modularity":
        mass = strengths(n, a, b, weight).astype(np.float64)
    own = np.ones(n) if mass is None else mass[order]
    scale = float(own.sum()) if objective == "modularity" else 1.0
    bits = np.uint64(seed % 2**64)
    return [search(indptr, other, tie, own, resolution / scale, bits, iterations)[position] for resolution in resolutions]
