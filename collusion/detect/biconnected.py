"""Biconnected components of a graph: the parts that stay connected without any one node."""

from __future__ import annotations

import numpy as np

from collusion.kernels.arrays import Int64s, Integers
from collusion.kernels.csr import group_by
from collusion.kernels.door import call

__all__ = ["biconnected"]


def biconnected(n: int, a: Integers, b: Integers) -> tuple[int, Int64s]:
    """Return the number of biconnected components, and the component of each edge.

    Parameters
    ----------
    n : int
        Nodes.
    a, b : int arrays
        Ends of each edge; no edge twice, none from a node to itself.

    Notes
    -----
    O(n + m). Two components share one node at most. Their numbers depend on the order of the edges.
    """
    one, other = a.astype(np.int32), b.astype(np.int32)
    found: tuple[int, Int64s] = call("biconnected_components", group_by(np.concatenate((one, other)), n), one, other)
    return found
