"""Communities of a weighted graph by Leiden: the one file of this room that imports igraph."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Literal

import numpy as np

from collusion.kernels.refine import refine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["leiden", "load_igraph"]

ROUNDS = 4
"""Rounds of colour refinement that fix the order in which Leiden meets the nodes."""

ONE_AT_A_TIME = threading.Lock()
"""igraph draws from one generator for the whole process, so two searches at once would mix their draws."""


def load_igraph() -> None:
    """Import igraph ahead of need: with the pyplot that it draws with, it takes half a second."""
    import igraph  # noqa: F401, PLC0415  # as in `leiden`


def leiden(
    n: int,
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    weight: NDArray[np.int64],
    *,
    objective: Literal["CPM", "modularity"],
    resolutions: Sequence[float],
    seed: int,
    iterations: int = -1,
    node_weight: NDArray[np.float64] | None = None,
    colour: NDArray[np.uint64] | None = None,
) -> list[NDArray[np.int32]]:
    """Return the community of each node (Traag, Waltman, van Eck 2019) at each resolution.

    Parameters
    ----------
    n : int
        Number of nodes.
    a, b : int32 arrays
        Ends of each edge.
    weight : int64 array
        Positive fixed-point weights.
    objective : {"CPM", "modularity"}
    resolutions : sequence of float
        In units of ``weight`` for CPM.
    seed : int
        Leiden visits nodes at random: the seed, together with an order of nodes that does not depend on their names, fixes the result.
    iterations : int, default -1
        Rounds of refinement; -1 for as many as improve.
    node_weight : float64[n], optional
    colour : uint64[n], optional
        What else is known of the nodes, to tell apart those that the graph alone could not.

    Notes
    -----
    Nodes are handed to igraph in the order of their refined colours, so renaming changes the result at most among nodes that the
    graph itself cannot tell apart.
    """
    import igraph  # noqa: PLC0415  # loaded on use: it is GPL and costs .1 s

    if not len(a):
        return [np.arange(n, dtype=np.int32) for _ in resolutions]
    start = np.ones(n, dtype=np.uint64) if colour is None else colour.copy()
    if node_weight is not None:
        start += np.ascontiguousarray(node_weight, dtype=np.float64).view(np.uint64)
    colour = refine(n, a, b, weight.astype(np.uint64), start, ROUNDS)
    order = np.argsort(colour, kind="stable")
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    one, other = np.minimum(rank[a], rank[b]), np.maximum(rank[a], rank[b])
    by = np.argsort(one * n + other, kind="stable")
    # Tuples: igraph reads them several times faster than an array.
    graph = igraph.Graph(n=n, edges=list(zip(one[by].tolist(), other[by].tolist(), strict=True)), directed=False)
    weights = weight[by].astype(float)
    found = []
    for resolution in resolutions:
        with ONE_AT_A_TIME:
            igraph.set_random_number_generator(random.Random(seed))  # noqa: S311  # a community search, not a secret
            try:
                partition = graph.community_leiden(
                    objective_function=objective,
                    weights=weights,
                    resolution=resolution,
                    node_weights=None if node_weight is None else node_weight[order].astype(float),
                    n_iterations=iterations,
                )
            finally:
                igraph.set_random_number_generator(random)
        community = np.empty(n, dtype=np.int32)
        community[order] = np.asarray(partition.membership, dtype=np.int32)
        found.append(community)
    return found
