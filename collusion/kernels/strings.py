"""Packed strings: which are empty, and all of them in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["gather_strings", "unset_empty"]


def gather_strings(
    offsets: NDArray[np.int64], data: NDArray[np.uint8], order: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the packed strings (offsets, bytes) of the codes given, in their order. O(bytes).

    Parameters
    ----------
    offsets : int64[n + 1]
        String i is ``data[offsets[i]:offsets[i + 1]]``.
    data : uint8 array
    order : int32[m]
        Codes below n, in any order, as often as wanted.
    """
    gathered: tuple[NDArray[np.int64], NDArray[np.uint8]] = call("gather_strings", offsets, data, order)
    return gathered


def unset_empty(
    offsets: NDArray[np.int32 | np.int64],
    data: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    visible: int,
    beyond: int,
    out: NDArray[np.int32],
) -> int:
    """Unset ``valid`` of empty strings; fill ``out`` with those that begin with a byte below ``visible`` or not below ``beyond``.

    Returns how many these are; ``out`` (int32[n]) has room for all. O(n).
    """
    found: int = call("unset_empty", offsets, data, valid, visible, beyond, out)
    return found
