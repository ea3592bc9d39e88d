"""Which of a reviewer's reviews count: one a listing, the earliest."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import jit

__all__ = ["COPY", "COUNTED", "REPEATED", "mark_repeats"]

COUNTED, REPEATED, COPY = 0, 1, 2
"""Counted; the same reviewer on the same product again; on another variant of the same listing."""

FEW = 8
"""Reviews up to which it is cheaper to compare all pairs than to note where each listing was met."""


@jit
def _earlier(time, i, other):
    """Whether row i comes before another: by day, then by row; a row without a time (-2**31) comes after those that have one."""
    a, b = time[i], time[other]
    if a == b:
        return i < other
    return a != -2147483648 and (b == -2147483648 or a < b)


@jit
def mark_repeats(indptr, rows, product, listing, time, status):
    """Fill ``status`` for every row: of one reviewer's rows on one listing the earliest (of one day the first) counts.

    Of the rows on one product all but the earliest are repeats; of those left, one a product, all but the earliest on a listing are copies.
    A row without a time comes last, since what counts should be of use. O(rows), whatever one reviewer writes.
    """
    met = np.full(len(listing), -1, np.int32)  # the reviewer who was last seen on a product, and his earliest row there
    best = np.empty(len(listing), np.int32)
    met_listing = np.full(len(listing), -1, np.int32)  # the same for a listing
    best_listing = np.empty(len(listing), np.int32)
    few = np.empty(FEW, np.int32)
    for u in range(len(indptr) - 1):
        start, end = indptr[u], indptr[u + 1]
        if end - start <= FEW:
            # Most reviewers write little and never repeat themselves: see that without a look at the arrays of products.
            alone = True
            for k in range(end - start):
                few[k] = listing[product[rows[start + k]]]
                for before in range(k):
                    if few[before] == few[k]:
                        alone = False
            if alone:
                continue
        for k in range(start, end):
            i = rows[k]
            p = product[i]
            if met[p] != u:
                met[p], best[p] = u, i
            elif _earlier(time, i, best[p]):
                status[best[p]] = REPEATED
                best[p] = i
            else:
                status[i] = REPEATED
        for k in range(start, end):
            i = rows[k]
            if status[i] == REPEATED:
                continue
            of = listing[product[i]]
            if met_listing[of] != u:
                met_listing[of], best_listing[of] = u, i
            elif _earlier(time, i, best_listing[of]):
                status[best_listing[of]] = COPY
                best_listing[of] = i
            else:
                status[i] = COPY
