"""Maximal sets of reviewers who have three products in common: frequent itemsets of the products' reviewers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SUPPORT", "maximal_sets"]

SUPPORT = 3
"""Products that a set must have in common. The search is over triples, so this is no parameter."""


@bare
def _tally(users, u_indptr, products, count, touched):
    """Count the users of each product they reviewed; return how many products, the first entries of ``touched``."""
    n = 0
    for u in users:
        for e in range(u_indptr[u], u_indptr[u + 1]):
            p = products[e]
            if count[p] == 0:
                touched[n] = p
                n += 1
            count[p] += 1
    return n


@bare
def _clear(count, touched, n):
    for k in range(n):
        count[touched[k]] = 0


@bare
def _reviewed(u, p, u_indptr, products):
    low, high = u_indptr[u], u_indptr[u + 1]
    while low < high:
        middle = (low + high) // 2
        if products[middle] < p:
            low = middle + 1
        else:
            high = middle
    return low < u_indptr[u + 1] and products[low] == p


@jit
def _those_of(users, p, u_indptr, products):
    kept = np.empty(len(users), np.int32)
    n = 0
    for u in users:
        if _reviewed(u, p, u_indptr, products):
            kept[n] = u
            n += 1
    return kept[:n]


@bare
def _extends(common, n, size, members, p_indptr, reviewers, visits, who, inside):
    """Whether someone outside shares three of the common products with all: then the set is not maximal."""
    seen = 0
    larger = False
    for u in members:
        inside[u] = True
    for k in range(n):
        for e in range(p_indptr[common[k]], p_indptr[common[k] + 1]):
            u = reviewers[e]
            if not inside[u]:
                if visits[u] == 0:
                    who[seen] = u
                    seen += 1
                visits[u] += 1
                larger |= visits[u] >= size
    for k in range(seen):
        visits[who[k]] = 0
    for u in members:
        inside[u] = False
    return larger


@jit
def _mine(u_indptr, products, p_indptr, reviewers, least, most, out_u, out_p):
    n_users, n_products = len(u_indptr) - 1, len(p_indptr) - 1
    one, two, three = np.zeros(n_products, np.int32), np.zeros(n_products, np.int32), np.zeros(n_products, np.int32)
    seen1, seen2, seen3 = np.empty(n_products, np.int32), np.empty(n_products, np.int32), np.empty(n_products, np.int32)
    visits, who, inside = np.zeros(n_users, np.int32), np.empty(n_users, np.int32), np.zeros(n_users, np.bool_)
    ends_u, ends_p = np.zeros(most + 2, np.int64), np.zeros(most + 2, np.int64)
    sets = 0
    for p in range(n_products):
        first = reviewers[p_indptr[p] : p_indptr[p + 1]]
        if len(first) < least or sets > most:
            continue
        n1 = _tally(first, u_indptr, products, one, seen1)
        for i in range(n1):
            q = seen1[i]
            if q <= p or one[q] < least or sets > most:
                continue
            both = _those_of(first, q, u_indptr, products)
            n2 = _tally(both, u_indptr, products, two, seen2)
            # Whatever both have in common before q makes another triple the first of all sets found from here.
            earlier = False
            for j in range(n2):
                earlier |= seen2[j] < q and seen2[j] != p and two[seen2[j]] == len(both)
            for j in range(n2):
                r = seen2[j]
                if earlier or r <= q or two[r] < least or sets > most:
                    continue
                members = _those_of(both, r, u_indptr, products)
                n3 = _tally(members, u_indptr, products, three, seen3)
                shared = 0
                known = False
                for k in range(n3):
                    x = seen3[k]
                    if three[x] == len(members):
                        known |= x < r and x not in {p, q}
                        seen3[shared], seen3[k] = x, seen3[shared]
                        shared += 1
                if not known and (
                    shared == SUPPORT or not _extends(seen3, shared, SUPPORT, members, p_indptr, reviewers, visits, who, inside)
                ):
                    sets += 1
                    ends_u[sets] = ends_u[sets - 1] + len(members)
                    ends_p[sets] = ends_p[sets - 1] + shared
                    while ends_u[sets] > len(out_u):
                        out_u = np.concatenate((out_u, np.empty(len(out_u), np.int32)))
                    while ends_p[sets] > len(out_p):
                        out_p = np.concatenate((out_p, np.empty(len(out_p), np.int32)))
                    out_u[ends_u[sets - 1] : ends_u[sets]] = members
                    out_p[ends_p[sets - 1] : ends_p[sets]] = np.sort(seen3[:shared])
                _clear(three, seen3, n3)
            _clear(two, seen2, n2)
        _clear(one, seen1, n1)
    return ends_u[: sets + 1], out_u[: ends_u[sets]], ends_p[: sets + 1], out_p[: ends_p[sets]]


def maximal_sets(
    u_indptr: NDArray[np.int64],
    products: NDArray[np.int32],
    p_indptr: NDArray[np.int64],
    reviewers: NDArray[np.int32],
    least: int,
    most: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]] | None:
    """Return the maximal sets of at least ``least`` reviewers with `SUPPORT` products in common, and all products each has in common.

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
    Each set is met from the first triple of its common products and only there; branches of which that cannot be the first are cut.
    O(sum over reviewers of d**2), and of the same over the reviewers in common of each pair and triple of products that is followed.
    """
    found = _mine(u_indptr, products, p_indptr, reviewers, least, most, np.empty(1024, np.int32), np.empty(1024, np.int32))
    if len(found[0]) - 1 > most:
        return None
    return found[0], found[1], found[2], found[3]
