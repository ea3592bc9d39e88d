"""Pairs that are near each other in ascending rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["pairs_before"]


def pairs_before(values: NDArray[np.int64], until: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pairs i < j with ``values[j] < until[i]``, values and bounds ascending: int64[2, n_pairs]. O(n + pairs)."""
    pairs: NDArray[np.int64] = call("pairs_before", values, until)
    return pairs
