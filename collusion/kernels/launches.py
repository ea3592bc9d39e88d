"""Reviews at the launch of their product, and their co-reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["count_launches"]


def count_launches(
    indptr: NDArray[np.int64],
    time: NDArray[np.int32],
    no_time: int,
    launch: NDArray[np.int32],
    new_days: int,
    span: NDArray[np.uint32],
    stratum: NDArray[np.int16 | np.int32],
    pairs: NDArray[np.int64],
    new: NDArray[np.int64],
) -> None:
    """Count the edges within ``new_days`` of the launch of their product, and their wedges; ``launch[p]`` is ``no_time`` where not known.

    ``new[s]`` grows by the edges of stratum s, and ``pairs[c, k]`` by the pairs with a later edge of the window, the larger of the two
    local-degree bins being k (the last bin is that of edges that do not count), of which c are at the launch. O(products + edges at
    launches + their wedges).
    """
    call("count_launches", indptr, time, no_time, launch, new_days, span, stratum, pairs, new)
