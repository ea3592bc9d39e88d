"""Packed strings: which are empty, and all of them in another order."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
from collusion.kernels._words import copy_bytes

__all__ = ["gather_strings", "unset_empty"]

AHEAD = 16
"""Strings ahead for which memory is asked; twice as many for what leads there."""


@jit
def gather_strings(offsets, data, order):
    """Return the packed strings (offsets, bytes) of the codes given, in their order. O(bytes)."""
    out_offsets = np.empty(len(order) + 1, np.int64)
    out_offsets[0] = 0
    last = len(order) - 1
    for k in range(len(order)):
        prefetch(offsets, order[min(k + AHEAD, last)])
        out_offsets[k + 1] = out_offsets[k] + offsets[order[k] + 1] - offsets[order[k]]
    out = np.empty(out_offsets[len(order)], np.uint8)
    for k in range(len(order)):
        prefetch(offsets, order[min(k + 2 * AHEAD, last)])
        prefetch(data, offsets[order[min(k + AHEAD, last)]])
        copy_bytes(out, out_offsets[k], data, offsets[order[k]], out_offsets[k + 1] - out_offsets[k])
    return out_offsets, out


@bare
def unset_empty(offsets, data, valid, visible, beyond, out):
    """Unset ``valid`` of empty strings; fill ``out`` with those that begin with a byte below ``visible`` or not below ``beyond``.

    Returns how many these are.
    """
    n = 0
    for i in range(len(valid)):
        if offsets[i] == offsets[i + 1]:
            valid[i] = False
        elif valid[i] and not visible <= data[offsets[i]] < beyond:
            out[n] = i
            n += 1
    return n
