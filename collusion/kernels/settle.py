"""Who belongs to a group and which products do, core by core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["settle_cores"]


def settle_cores(
    g_indptr: NDArray[np.int64],
    cores: NDArray[np.int32],
    limits: NDArray[np.int64],
    indptr: NDArray[np.int64],
    slots: NDArray[np.int32],
    reviewer: NDArray[np.int32],
    product: NDArray[np.int32],
    n_products: int,
    window: tuple[Any, ...],
    place_of: NDArray[np.int32],
    stratum: NDArray[np.int16 | np.int32],
    size: NDArray[np.int64],
    act_indptr: NDArray[np.int64],
    act_strata: NDArray[np.int16 | np.int32],
    act_counts: NDArray[np.uint16 | np.int32],
    false_members: float,
    false_products: float,
    marginal: float,
    rounds: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Attach products to each core and reviewers to the products in turn until neither changes.

    Products are those that two of the reviewers or more co-reviewed, and that more of them reviewed than activity explains. Reviewers are
    all who reviewed at more of the group's units, near its co-reviews, than activity explains (`collusion.graph.membership.settle_all`).

    Parameters
    ----------
    g_indptr, cores : int64[n + 1], int32 array
        Core g is ``cores[g_indptr[g]:g_indptr[g + 1]]``: reviewers, ascending.
    limits : int64[n]
        The largest local-degree bin in which edges count, by core.
    indptr, slots : int64[n_reviewers + 1], int32[n_edges]
        The edges of each reviewer, ascending.
    reviewer, product : int32[n_edges]
    n_products : int
    window : tuple
        The windows of the edges, as `collusion.kernels.spans` takes them.
    place_of : int32[n_products]
        The unit of each product, at which reviews of one reviewer count once.
    stratum : int16[n_edges] or int32[n_edges]
        Ascending within a product.
    size : int64[n_strata]
        Edges in each stratum.
    act_indptr, act_strata, act_counts : arrays
        How many reviews each reviewer has in each stratum.
    false_members, false_products : float
        False-discovery rates.
    marginal : float
        Members on a product, as a share of those on the product of the median visit, below which it is left out.
    rounds : int
        At most 1000.

    Returns
    -------
    indptr, members, indptr, products : int64[n + 1], int32 array, int64[n + 1], int32 array
        In the order of the cores, codes ascending.

    Notes
    -----
    O(n_reviewers + n_products + n_strata) once, and O(edges near the co-reviews) a core and round.
    """
    settled: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]] = call(
        "settle_cores",
        g_indptr,
        cores,
        limits,
        indptr,
        slots,
        reviewer,
        product,
        n_products,
        window,
        place_of,
        stratum,
        size,
        act_indptr,
        act_strata,
        act_counts,
        false_members,
        false_products,
        marginal,
        rounds,
    )
    return settled
