"""Biconnected components of a graph: the parts that stay connected without any one node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels.csr import group_by
from collusion.kernels.door import call

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["biconnected"]


def biconnected(n: int, a: NDArray[np.integer], b: NDArray[np.integer]) -> tuple[int, NDArray[np.int64]]:
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
    found: tuple[int, NDArray[np.int64]] = call("biconnected_components", group_by(np.concatenate((one, other)), n), one, other)
    return found
