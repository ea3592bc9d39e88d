"""Maximal sets of reviewers who have three products in common: frequent itemsets of the products' reviewers."""

from __future__ import annotations

from collusion.kernels.arrays import Int32s, Int64s
from collusion.kernels.door import call

__all__ = ["maximal_sets"]


def maximal_sets(
    u_indptr: Int64s, products: Int32s, p_indptr: Int64s, reviewers: Int32s, least: int, most: int
) -> tuple[Int64s, Int32s, Int64s, Int32s] | None:
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
    found: tuple[Int64s, Int32s, Int64s, Int32s] = call("maximal_sets", u_indptr, products, p_indptr, reviewers, least, most)
    return None if len(found[0]) - 1 > most else found
