"""What the rows of each product say of it: one pass, without a sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["count_codes", "first_codes"]


@jit
def _first(owner, code, of, first, mixed):
    for i in range(len(owner)):
        c = code[i]
        if c >= 0:
            o = of[owner[i]]
            if first[o] < 0:
                first[o] = c
            elif first[o] != c:
                mixed[o] = True


def first_codes(owner: NDArray[np.int32], code: NDArray[np.int32], of: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the code of each owner's first row that has one (-1: none), and whether others of its rows have another.

    Parameters
    ----------
    owner : int32[m]
        Rows of o belong to ``of[o]``.
    code : int32[m]
        -1 where a row has none.
    of : int32[n]

    Returns
    -------
    first : int32[n]
    mixed : bool[n]
    """
    first = np.full(len(of), -1, np.int32)
    mixed = np.zeros(len(of), np.bool_)
    _first(owner, code, of, first, mixed)
    return first, mixed


@jit
def _count(code, out):
    for i in range(len(code)):
        if code[i] >= 0:
            out[code[i]] += 1


def count_codes(code: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    """Return how often each code below ``n`` comes (int64[n]); negative ones are none. numpy would first make them 64 bits wide."""
    out = np.zeros(n, np.int64)
    _count(code, out)
    return out
