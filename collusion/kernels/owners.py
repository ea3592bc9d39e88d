"""Attributes of each product from its rows: one pass, without a sort."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from collusion.kernels.arrays import Bools, Int32s, Int64s
from collusion.kernels.door import call, kernel

__all__ = ["add_codes", "count_codes"]


@kernel("add_codes")
def add_codes(owner: Int32s, code: Int32s, ok: Bools, first: Int32s, times: Int32s, total: Int64s, other: Int64s) -> int:
    """Note the codes of the rows that are ``ok`` and have one: each owner's first code, how many rows agree with it, rows a code in all.

    Fills ``other`` with ``owner << 32 | code`` of the rows that disagree, and returns how many these are. O(rows).
    """


def count_codes(code: NDArray[np.signedinteger], n: int) -> Int64s:
    """Return how often each code below ``n`` comes (int64[n]); negative ones are none. numpy would first make them 64 bits wide."""
    out = np.zeros(n, np.int64)
    call("count_codes", code, out)
    return out
