"""Maximal sets of reviewers who have three products in common: frequent itemsets of the products' reviewers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["maximal_sets"]


def maximal_sets(
    u_indptr: NDArray[np.int64],
    products: NDArray[np.int32],
    p_indptr: NDArray[np.int64],
    reviewers: NDArray[np.int32],
    least: int,
    most: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]] | None:
    """Return the maximal sets of at least ``least`` reviewers with three products in common, and all products each has in common.

    Parameters
    ----------
    u_indptr, products : int64[n_reviewers + 1], int32[m]
        Products of each reviewer, ascending.
    p_indptr, reviewers : int64[n_products + 1], int32[m]
        Reviewers of each product.
    least : int
    most : int
        Sets beyond which the search is given up.

    Returns
    -------
    (indptr, members, indptr, common products), the products ascending within a set; None where there are more than ``most``.

    Notes
    -----
    Each set is found from the first triple of its common products and only there; what cannot be the first triple of any is not followed.
    O(sum over reviewers of d**2), and of the same over the reviewers in common of each pair and triple of products that is followed.
    """
    found: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]] = call(
        "maximal_sets", u_indptr, products, p_indptr, reviewers, least, most
    )
    return None if len(found[0]) - 1 > most else found
