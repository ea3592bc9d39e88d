"""Temporally coherent near-bipartite cores, from each reviewer's reviews, by coordinate descent."""

from __future__ import annotations

import numpy as np

from collusion.kernels.arrays import Int32s, Int64s
from collusion.kernels.door import call

__all__ = ["coherent_cores"]


def coherent_cores(
    indptr: Int64s,
    edges: Int32s,
    reviewer: Int32s,
    product: Int32s,
    product_indptr: Int64s,
    time: Int32s | None,
    *,
    width: int,
    no_time: int,
    crowd: int,
    min_reviewers: int,
    min_products: int,
    share: float,
    rounds: int,
) -> tuple[list[tuple[Int32s, Int32s, int]], int]:
    """Return the temporal core to which the descent from each reviewer leads, each once, and how many windows were too busy.

    Parameters
    ----------
    indptr, edges, reviewer, product, product_indptr, time
        As in `collusion.graph.graph.ReviewGraph`.
    width : int
        Days from the first to the last day of a window.
    no_time : int
    crowd : int
        Reviews beyond which a window is not looked into.
    min_reviewers, min_products : int
    share : float
    rounds : int
        Of descent.

    Returns
    -------
    cores : list of (int32 array, int32 array, int)
        Reviewers, products (both ascending), and reviews within the windows.
    crowded : int
    """
    ends_u, users, ends_p, products, inside, n_skipped = call(
        "coherent_cores",
        indptr,
        edges,
        reviewer,
        product,
        product_indptr,
        np.empty(0, np.int32) if time is None else time,
        time is not None,
        width,
        no_time,
        crowd,
        min_reviewers,
        min_products,
        share,
        rounds,
    )
    found: dict[tuple[bytes, bytes], tuple[Int32s, Int32s, int]] = {}
    for c in range(len(inside)):
        own, where = users[ends_u[c] : ends_u[c + 1]], products[ends_p[c] : ends_p[c + 1]]
        key = own.tobytes(), where.tobytes()
        # Two descents may end in other windows of the same products.
        if key not in found or found[key][2] < inside[c]:
            found[key] = own, where, int(inside[c])
    return list(found.values()), n_skipped
