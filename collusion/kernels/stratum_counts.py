"""How many reviews of each stratum products and reviewers have: what the density of a group is expected from.

Strata are int16 or int32, by review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["count_members", "count_sizes", "largest_sizes", "runs_of"]


def largest_sizes(indptr: NDArray[np.int64], stratum: NDArray[np.integer], most: NDArray[np.int64]) -> None:
    """Raise ``most[s]`` to the most reviews of stratum s that one product has. The strata of a product's reviews ascend. O(n)."""
    call("largest_sizes", indptr, stratum, most)


def count_sizes(indptr: NDArray[np.int64], stratum: NDArray[np.integer], first: NDArray[np.int64], times: NDArray[np.int32]) -> None:
    """Add to ``times[first[s] + k - 1]`` the products that have k reviews of stratum s. O(n)."""
    call("count_sizes", indptr, stratum, first, times)


def runs_of(
    products: NDArray[np.int32], indptr: NDArray[np.int64], stratum: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the strata of the products' reviews and how many reviews of each every product has, product by product.

    O(log of a product's reviews) for each of its strata.
    """
    runs: tuple[NDArray[np.int64], NDArray[np.int64]] = call("runs_of_strata", products, indptr, stratum)
    return runs


def count_members(
    reviewers: NDArray[np.int32],
    indptr: NDArray[np.int64],
    edges: NDArray[np.int32],
    stratum: NDArray[np.integer],
    there: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return how many of the reviewers wrote k reviews in stratum s, as arrays s, k and their number, in the order of (s, k).

    Strata that are not ``there``, which ascend, are left out. Row u of (indptr, edges) contains the reviews of reviewer u.
    """
    counted: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]] = call(
        "count_members", reviewers, indptr, edges, stratum, there
    )
    return counted
