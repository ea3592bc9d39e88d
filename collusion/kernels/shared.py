"""How many products two reviewers have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["count_in_common"]


def count_in_common(
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    indptr: NDArray[np.int64],
    edges: NDArray[np.int32],
    product: NDArray[np.int32],
    time: NDArray[np.int32],
    no_time: int,
    window: int,
    counts: NDArray[np.int32],
) -> None:
    """Add to ``counts[k]`` the products that reviewers ``one[k]`` and ``other[k]`` both reviewed, at most ``window`` days apart.

    Row u of (indptr, edges) contains the edges of reviewer u, ascending by product. ``time`` is empty where no window is asked for; a
    review of day ``no_time`` is near none. O(reviews of the pairs).
    """
    call("count_in_common", one, other, indptr, edges, product, time, no_time, window, counts)
