"""How every kernel is compiled.

Cached on disk, free of the interpreter lock, and without fast-math, so that every machine gives the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["bare", "cache_folder", "jit"]


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` in numba's nopython mode on first call.

    Numba takes a constant of the source for a type of its own, and compiles what is called with it, or with a variable that begins as one,
    once more. Where that costs a noticeable part of a second callers pass ``np.int64(0)``.
    """
    compiled: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    return compiled


def bare(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function``, which makes no array, not even a view of one, without counting references to arrays.

    Numba counts them at each call that takes arrays; where it does not see that the counts cancel out, a small function in a hot loop costs
    some 30 ns for nothing. One that makes an array after all does not compile.
    """
    compiled: Callable[..., Any] = numba.njit(cache=True, nogil=True, _nrt=False)(function)
    return compiled


def cache_folder() -> str:
    """Return where numba keeps what it compiled of ours: the folder that NUMBA_CACHE_DIR names, or one beside the kernels."""
    compiled: Any = jit(_nothing)
    return str(compiled.stats.cache_path)


def _nothing() -> None:
    """Stand in for a kernel: all have the same cache."""
