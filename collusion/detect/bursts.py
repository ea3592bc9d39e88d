"""Bursts and drops of each product's reviews in bins of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["bursts_and_drops"]


def bursts_and_drops(product_indptr: NDArray[np.int64], bins: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
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
    found: tuple[NDArray[np.int64], NDArray[np.float64]] = call("bursts_and_drops", product_indptr, bins)
    return found
