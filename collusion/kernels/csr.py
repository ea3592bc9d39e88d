"""Compressed sparse rows by counting sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["group_by"]


@jit
def _group_by(key, indptr, out):
    for i in range(len(key)):
        indptr[key[i] + 1] += 1
    for k in range(1, len(indptr)):
        indptr[k] += indptr[k - 1]
    # indptr[k] serves as the write cursor of key k, so afterwards it holds the end of k, which is the start of k + 1.
    for i in range(len(key)):
        k = key[i]
        out[indptr[k]] = i
        indptr[k] += 1
    for k in range(len(indptr) - 1, 0, -1):
        indptr[k] = indptr[k - 1]
    indptr[0] = 0


def group_by(key: NDArray[np.integer], n: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Group positions by key, keeping their order within a key (a stable counting sort).

    Parameters
    ----------
    key : integer array of shape (m,)
        Codes in ``[0, n)``; not checked.
    n : int

    Returns
    -------
    indptr : int64[n + 1]
    positions : int32[m]
        The positions of key k are ``positions[indptr[k]:indptr[k + 1]]``, ascending.

    Notes
    -----
    O(m + n) time; scatters at random, so it is bound by memory latency beyond the cache.
    """
    indptr = np.zeros(n + 1, dtype=np.int64)
    out = np.empty(len(key), dtype=np.int32)
    _group_by(key, indptr, out)
    return indptr, out
