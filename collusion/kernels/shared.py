"""How many products two reviewers have in common."""

from __future__ import annotations

from collusion.kernels._jit import bare

__all__ = ["count_in_common"]


@bare
def count_in_common(one, other, indptr, slots, product, time, no_time, window, counts):
    """Fill ``counts`` with the products that reviewers ``one[k]`` and ``other[k]`` both reviewed, at most ``window`` days apart.

    Row u of (indptr, slots) holds the slots of reviewer u, ascending by product. ``time`` is empty where no window is asked for; a review
    of day ``no_time`` is near none. O(reviews of the pairs).
    """
    for k in range(len(one)):
        i, i_end = indptr[one[k]], indptr[one[k] + 1]
        j, j_end = indptr[other[k]], indptr[other[k] + 1]
        while i < i_end and j < j_end:
            a, b = slots[i], slots[j]
            if product[a] < product[b]:
                i += 1
            elif product[b] < product[a]:
                j += 1
            else:
                if len(time) == 0 or (time[a] != no_time and time[b] != no_time and abs(time[a] - time[b]) <= window):
                    counts[k] += 1
                i += 1
                j += 1
