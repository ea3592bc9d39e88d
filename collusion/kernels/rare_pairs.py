"""All who met at rare places: read off slot after slot, since hardly a slot opens more than a few meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.sorting import sort_range
from collusion.kernels.spans import BITS, LARGEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["rare_pairs"]

HERE = np.int64((1 << 32) - 1)
"""The half of a meeting that tells the place; the other half is the second reviewer."""


@bare
def _meet(span, limit, who, product, place_of, ends, met):
    """Count the meetings of each first reviewer in ``ends`` where ``met`` is empty, else write them into the rows that end there.

    Rows are filled from their ends, so that ``ends`` holds the starts afterwards.
    """
    counts = len(met) == 0
    most = np.uint32(limit)
    for i in range(len(span)):
        word = span[i]
        if word >> np.uint32(2 * BITS) > most:
            continue
        for j in range(i + 1, i + np.int64((word >> np.uint32(BITS)) & np.uint32(LARGEST))):
            if span[j] >> np.uint32(2 * BITS) > most or who[i] == who[j]:
                continue
            a, b = min(who[i], who[j]), max(who[i], who[j])
            if counts:
                ends[a] += 1
            else:
                ends[a] -= 1
                met[ends[a]] = (np.int64(b) << 32) | np.int64(place_of[product[i]])


@jit
def _merge(starts, met):
    """Sort each row and leave each second reviewer in it once, with the number of places instead of a place; return how many are left."""
    filled = 0
    for u in range(len(starts) - 1):
        begin, end = starts[u], starts[u + 1]
        sort_range(met, begin, end)
        first = filled
        last = np.int64(-1)
        for e in range(begin, end):
            here = met[e]
            if filled > first and met[filled - 1] >> 32 == here >> 32:
                met[filled - 1] += np.int64(here != last)
            else:
                met[filled] = (here & ~HERE) | 1
                filled += 1
            last = here
        starts[u] = first
    starts[-1] = filled
    return filled


@bare
def _columns(starts, met, a, b, places):
    for u in range(len(starts) - 1):
        for e in range(starts[u], starts[u + 1]):
            a[e], b[e], places[e] = u, met[e] >> 32, met[e] & HERE


def rare_pairs(
    span: NDArray[np.uint32], limit: int, who: NDArray[np.int32], n: int, product: NDArray[np.int32], place_of: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return all pairs that met at places of the kind ``limit`` or rarer, with the number of different places: (a, b, places), a < b.

    Parameters
    ----------
    span : uint32[n_slots]
        The windows of all slots (`collusion.kernels.spans`).
    limit : int
    who : int32[n_slots]
        The reviewer in each slot, below ``n``.
    n : int
    product : int32[n_slots]
    place_of : int32[n_products]
        What is counted once a pair.

    Returns
    -------
    int32[n_pairs], each
        Sorted by (a, b).

    Notes
    -----
    O(n_slots + meetings log meetings of a reviewer); 8 bytes a meeting and a reviewer, and 12 a pair.
    """
    ends = np.zeros(n + 1, dtype=np.int64)
    _meet(span, limit, who, product, place_of, ends, np.empty(0, dtype=np.int64))
    np.cumsum(ends, out=ends)
    met = np.empty(int(ends[-1]), dtype=np.int64)
    if len(met):
        _meet(span, limit, who, product, place_of, ends, met)
    count = _merge(ends, met)
    a, b, places = (np.empty(count, dtype=np.int32) for _ in range(3))
    _columns(ends, met, a, b, places)
    return a, b, places
