"""Bursts and drops of each product's reviews in bins of time."""

from __future__ import annotations

from collusion.kernels.arrays import Float64s, Int64s
from collusion.kernels.door import kernel

__all__ = ["bursts_and_drops"]


@kernel("bursts_and_drops")
def bursts_and_drops(product_indptr: Int64s, bins: Int64s) -> tuple[Int64s, Float64s]:
    """Return the weight of the bursts around each review, and that of the drop after each product's highest bin.

    A burst rises from its awakening, the bin farthest below the line to the peak, to the peak, and weighs its rise times its
    slope; a drop falls to the dying bin, found the same way. Before and behind a burst others are looked for, until their peaks are below
    half of the highest.

    Parameters
    ----------
    product_indptr : int64[n_products + 1]
    bins : int64[m]
        Bin of each review from 0, ascending within a product; -1 for none.

    Returns
    -------
    weight : int64[m]
        In units of 1/1024.
    drop : float64[n_products]

    Notes
    -----
    O(reviews of a product x its bursts), however long the gaps between them.
    """
