"""What the rows of each product say of it: one pass, without a sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare
from collusion.kernels._prefetch import prefetch

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["add_codes", "count_codes"]

AHEAD = 16
"""Rows ahead for which memory is asked."""


@bare
def add_codes(owner, code, ok, first, times, total, other):
    """Note the codes of the rows that are ``ok`` and have one: each owner's first code, how many rows agree with it, rows a code in all.

    Fills ``other`` with ``owner << 32 | code`` of the rows that disagree, and returns how many these are. O(rows).
    """
    n = 0
    last = len(owner) - 1
    for i in range(len(owner)):
        ahead = min(i + AHEAD, last)
        prefetch(first, owner[ahead])
        prefetch(times, owner[ahead])
        prefetch(total, code[ahead])
        c = code[i]
        if c < 0 or not ok[i]:
            continue
        o = owner[i]
        total[c] += 1
        if first[o] < 0:
            first[o] = c
        if first[o] == c:
            times[o] += 1
        else:
            other[n] = (np.int64(o) << 32) | np.int64(c)
            n += 1
    return n


@bare
def _count(code, out):
    for i in range(len(code)):
        if code[i] >= 0:
            out[code[i]] += 1


def count_codes(code: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """Return how often each code below ``n`` comes (int64[n]); negative ones are none. numpy would first make them 64 bits wide."""
    out = np.zeros(n, np.int64)
    _count(code, out)
    return out
