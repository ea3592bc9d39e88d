"""Attributes of each product from its rows: one pass, without a sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels.door import call

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["add_codes", "count_codes"]


def add_codes(
    owner: NDArray[np.int32],
    code: NDArray[np.int32],
    ok: NDArray[np.bool_],
    first: NDArray[np.int32],
    times: NDArray[np.int32],
    total: NDArray[np.int64],
    other: NDArray[np.int64],
) -> int:
    """Note the codes of the rows that are ``ok`` and have one: each owner's first code, how many rows agree with it, rows a code in all.

    Fills ``other`` with ``owner << 32 | code`` of the rows that disagree, and returns how many these are. O(rows).
    """
    n: int = call("add_codes", owner, code, ok, first, times, total, other)
    return n


def count_codes(code: NDArray[np.signedinteger], n: int) -> NDArray[np.int64]:
    """Return how often each code below ``n`` comes (int64[n]); negative ones are none. numpy would first make them 64 bits wide."""
    out = np.zeros(n, np.int64)
    call("count_codes", code, out)
    return out
