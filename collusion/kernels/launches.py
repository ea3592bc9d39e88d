"""Reviews at the launch of their product, and their co-reviews."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare
from collusion.kernels.spans import span_hi, span_kind

__all__ = ["count_launches"]


@bare
def count_launches(indptr, time, no_time, launch, new_days, span, stratum, pairs, new):
    """Count the slots within ``new_days`` of the launch of their product, and their wedges; ``launch[p]`` is ``no_time`` where not known.

    ``new[s]`` grows by the slots of stratum s, and ``pairs[c, k]`` by the pairs with a later slot of the crowd, the more crowded of kind k
    (the last kind is that of slots that do not count), of which c are at the launch. O(products + slots at launches + their wedges).
    """
    for p in range(len(indptr) - 1):
        if launch[p] == no_time:
            continue
        start, end = indptr[p], indptr[p + 1]
        while time[start] == no_time:
            start += 1
        until = start
        while until < end and np.int64(time[until]) - np.int64(launch[p]) <= new_days:
            until += 1
        for i in range(start, until):
            new[stratum[i]] += 1
            for j in range(i + 1, span_hi(span, i)):
                pairs[1 + np.int64(j < until), max(span_kind(span, i), span_kind(span, j))] += 1
