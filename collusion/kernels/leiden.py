"""Leiden's search for communities, compiled (Traag, Waltman and van Eck 2019)."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from collusion.kernels.arrays import Float64s, Int32s, Int64s, Seed
from collusion.kernels.door import kernel

__all__ = ["search"]


@kernel("leiden_search")
def search(indptr: Int64s, other: Int32s, weight: NDArray[Any], mass: Float64s, gamma: float, seed: Seed, iterations: int = -1) -> Int32s:
    """Return connected communities that make large the sum over pairs inside of weight minus ``gamma`` times both masses.

    Parameters
    ----------
    indptr : int64[n + 1]
    other : int32[arcs]
        Row v contains the neighbours of node v; each edge is in two rows with the same weight, none is a loop. That is not checked.
    weight : uint8[arcs], int32[arcs] or int64[arcs]
        Of at least 1; up to 2**53 in sum.
    mass : float64[n]
        At least 0. Strengths for modularity, with the resolution over their sum for ``gamma``; ones for the constant Potts model.
    gamma : float
        At least 0.
    seed : uint64
    iterations : int, default -1
        Rounds, each of which moves, refines and aggregates until nothing merges; any below 0 until a round moves no node.

    Returns
    -------
    int32[n]
        Communities from 0 in the order of their first nodes. Each is connected: what a move cut in two is split, which only gains.

    Notes
    -----
    A few passes over the edges a round. Nodes are visited in their order, from a random position: pass them in a random order.
    Ties go to the neighbour that comes first. Weights and masses are summed as float64: exact where they are whole numbers
    below 2**53. Beside the graph: at most 49 bytes per node, and for graphs of parts at most 8 bytes an arc between parts (12 where the
    weights outgrow 32 bits) and 20 a part; two are in memory at a time.

    References
    ----------
    V. A. Traag, L. Waltman, N. J. van Eck: From Louvain to Leiden: guaranteeing well-connected communities. Scientific Reports 9, 2019.
    """
