"""How every kernel is compiled.

Cached on disk, free of the interpreter lock, and without fast-math, so that every machine gives the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cache_folder", "jit"]


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` in numba's nopython mode on first call."""
    compiled: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    return compiled


def cache_folder() -> str:
    """Return where numba keeps what it compiled of ours: the folder that NUMBA_CACHE_DIR names, or one beside the kernels."""
    compiled: Any = jit(_nothing)
    return str(compiled.stats.cache_path)


def _nothing() -> None:
    """Stand in for a kernel: all have the same cache."""
