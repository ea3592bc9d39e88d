"""Sums by key in fixed point: the same to the last bit for any order of the terms, and so for any names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from collusion.kernels.arrays import Float64s

__all__ = ["fixed_sums"]

EXACT = 53
"""Bits of a whole number that a float64 contains; sums of whole numbers below 2**53 are exact."""


def fixed_sums(key: NDArray[Any], value: NDArray[Any], n: int) -> Float64s:
    """Return the sum of the values of each key.

    Parameters
    ----------
    key : integer array of shape (m,)
        Codes in ``[0, n)``.
    value : float array of shape (m,)
        Finite.
    n : int

    Returns
    -------
    float64[n]

    Notes
    -----
    Each value is rounded to a multiple of a power of two, the finest with which no sum of ``m`` of them can lose a bit: about
    ``53 - log2(m)`` bits of the largest, 33 for a million terms. O(m + n).
    """
    value = np.asarray(value, dtype=np.float64)
    largest = float(np.abs(value).max(initial=0.0))
    if largest == 0.0:
        return np.zeros(n)
    # frexp gives the power of two at or above the largest value and the number of terms.
    unit = 2.0 ** (EXACT - 1 - np.frexp(largest)[1] - np.frexp(float(len(value)))[1])
    sums: Float64s = np.bincount(key, weights=np.rint(value * unit), minlength=n) / unit
    return sums
