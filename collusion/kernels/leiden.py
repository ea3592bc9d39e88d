"""Leiden's search for communities, compiled (Traag, Waltman and van Eck 2019)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["search"]

LARGE = 2**16
"""Nodes of a graph from which memory is prefetched: smaller graphs fit in the cache."""


def search(
    indptr: NDArray[np.int64],
    other: NDArray[np.int32],
    weight: NDArray[Any],
    mass: NDArray[np.float64],
    gamma: float,
    seed: int,
    iterations: int = -1,
) -> NDArray[np.int32]:
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
    seed : int
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
    # SplitMix64 starts from 64 bits of the seed; the library takes them as a signed number.
    signed = (seed + 2**63) % 2**64 - 2**63
    label: NDArray[np.int32] = call("leiden_search", indptr, other, weight, mass, gamma, signed, iterations)
    return label
