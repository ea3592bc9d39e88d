"""Kernels in parallel: they release the interpreter lock, so threads are enough."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collusion.kernels.arrays import Int64s


__all__ = ["in_threads", "shares"]


def in_threads(threads: int, work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Call all functions, in parallel where there are threads, and return their results."""
    if threads == 1 or len(work) < 2:
        return [one() for one in work]
    with ThreadPoolExecutor(threads) as pool:
        return [done.result() for done in [pool.submit(one) for one in work]]


def shares(indptr: Int64s, threads: int) -> list[tuple[int, int]]:
    """Return which groups each thread takes, from the first up to but without the last: whole groups, and of their members about as many.

    A group k is ``indptr[k]:indptr[k + 1]``. Shares without a group are left out.
    """
    n = len(indptr) - 1
    ends = np.searchsorted(indptr, np.arange(1, threads) * (int(indptr[-1]) / threads)).tolist()
    return [(first, last) for first, last in pairwise([0, *(min(end, n) for end in ends), n]) if first < last]
