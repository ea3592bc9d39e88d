"""Which of many groups, best first, tell of one that was kept before."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import jit

__all__ = ["first_overlaps"]


@jit
def first_overlaps(indptr, member, n_members, share, of):
    """Fill ``of[g]`` with the first kept group that shares ``share`` of the smaller's members with group g; -1 where g is kept itself.

    Group g holds ``member[indptr[g]:indptr[g + 1]]``, unique and below ``n_members``; groups before it were kept or not before it.
    O(for each group, the kept ones that hold each of its members).
    """
    # For each member a list of the kept groups that hold it, the latest first.
    head = np.full(n_members, -1, np.int64)
    held, after = np.empty(len(member), np.int64), np.empty(len(member), np.int64)
    filled = 0
    shared, touched = np.zeros(len(indptr) - 1, np.int64), np.empty(len(indptr) - 1, np.int64)
    for g in range(len(indptr) - 1):
        size = indptr[g + 1] - indptr[g]
        n = 0
        for e in range(indptr[g], indptr[g + 1]):
            at = head[member[e]]
            while at >= 0:
                k = held[at]
                if shared[k] == 0:
                    touched[n] = k
                    n += 1
                shared[k] += 1
                at = after[at]
        of[g] = -1
        for c in range(n):
            k = touched[c]
            if shared[k] >= share * min(size, indptr[k + 1] - indptr[k]) and (of[g] < 0 or k < of[g]):
                of[g] = k
            shared[k] = 0
        if of[g] < 0:
            for e in range(indptr[g], indptr[g + 1]):
                held[filled], after[filled] = g, head[member[e]]
                head[member[e]] = filled
                filled += 1
