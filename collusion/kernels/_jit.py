"""How every kernel is compiled.

Cached on disk, free of the interpreter lock, and without fast-math, so that every machine gives the same bytes.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import numba
from numba.core import caching

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["bare", "cache_folder", "jit"]


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` in numba's nopython mode on first call.

    Numba takes a constant of the source for a type of its own, and compiles what is called with it, or with a variable that begins as one,
    once more. Where that costs a noticeable part of a second callers pass ``np.int64(0)``.
    """
    return _cached(numba.njit(nogil=True)(function))


def bare(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function``, which makes no array, not even a view of one, without counting references to arrays.

    Numba counts them at each call that takes arrays; where it does not see that the counts cancel out, a small function in a hot loop costs
    some 30 ns for nothing. One that makes an array after all does not compile.
    """
    return _cached(numba.njit(nogil=True, _nrt=False)(function))


def cache_folder() -> str:
    """Return where numba keeps what it compiled of ours: the folder that NUMBA_CACHE_DIR names, or one beside the kernels.

    Empty where no folder can be written and none holds compiled kernels.
    """
    compiled: Any = jit(_nothing)
    return str(compiled.stats.cache_path or "")


def _nothing() -> None:
    """Stand in for a kernel: all have the same cache."""


def _cached(kernel: Any) -> Callable[..., Any]:  # numba's dispatcher
    """Give a kernel its cache: what was compiled into an installation that cannot be written, then numba's own, where there is one."""
    caches: list[Any] = []
    with contextlib.suppress(OSError):
        caches += [_read_only(kernel.py_func, path) for path in _filled_folders(kernel.py_func.__code__.co_filename)]
    try:
        caches.append(_Forgiving(kernel.py_func))
    except (RuntimeError, OSError):  # numba finds no folder that it can write
        if not caches:
            _note_once()
    if caches:
        kernel._cache = caches[0] if len(caches) == 1 else _Layers(caches)  # noqa: SLF001  # what `cache=True` sets
    compiled: Callable[..., Any] = kernel
    return compiled


def _filled_folders(file: str) -> list[str]:
    """Return the folders that cannot be written and hold compiled kernels of a file: the one that is asked for, or the one beside it."""
    asked = numba.config.CACHE_DIR
    beside = os.path.join(os.path.dirname(file), "__pycache__")  # noqa: PTH118, PTH120  # paths as numba makes them
    named = os.path.join(asked, caching._CacheLocator.get_suitable_cache_subpath(file)) if asked else ""  # noqa: PTH118, SLF001  # as above
    return [path for path in (named, beside) if path and _is_filled(path)]


@cache
def _is_filled(path: str) -> bool:
    """Return whether a folder holds compiled kernels and cannot be written."""
    try:
        return not os.access(path, os.W_OK) and any(name.endswith(".nbi") for name in os.listdir(path))  # noqa: PTH208  # as above
    except OSError:
        return False


class _Forgiving(caching.FunctionCache):  # type: ignore[misc]  # numba has no types
    """A cache that goes without what it cannot write, as on a disk that is full."""

    def save_overload(self, sig: Any, data: Any) -> None:  # numba's types
        """Keep compiled code, where it can be kept."""
        with contextlib.suppress(OSError):
            super().save_overload(sig, data)

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # numba's types
        """Return compiled code, None where it cannot be read."""
        with contextlib.suppress(OSError):
            return super().load_overload(sig, target_context)
        return None


def _read_only(function: Callable[..., Any], path: str) -> _Forgiving:
    """Return the cache of a function in a folder that is only read."""

    class Locator(caching.InTreeCacheLocator):  # type: ignore[misc]  # numba has no types
        def get_cache_path(self) -> str:
            return path

        def ensure_cache_path(self) -> None:
            """Ask for nothing: numba would write a file to see whether it can."""

    class Implementation(caching.CompileResultCacheImpl):  # type: ignore[misc]  # as above
        _locator_classes = (Locator,)

    class ReadOnly(_Forgiving):
        _impl_class = Implementation

        def save_overload(self, sig: Any, data: Any) -> None:  # as above
            """Keep nothing."""

    return ReadOnly(function)


class _Layers(caching._Cache):  # type: ignore[misc]  # noqa: SLF001  # numba's protocol of a cache
    """Several caches: read in turn, written to the last."""

    def __init__(self, caches: list[Any]) -> None:
        self._caches = caches

    @property
    def cache_path(self) -> str:
        """The folder that is read first."""
        return str(self._caches[0].cache_path)

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # as above
        """Return compiled code of the first cache that has it."""
        return next((found for one in self._caches if (found := one.load_overload(sig, target_context)) is not None), None)

    def save_overload(self, sig: Any, data: Any) -> None:  # as above
        """Keep compiled code."""
        self._caches[-1].save_overload(sig, data)

    def enable(self) -> None:
        """Use the caches."""
        for one in self._caches:
            one.enable()

    def disable(self) -> None:
        """Use no cache."""
        for one in self._caches:
            one.disable()

    def flush(self) -> None:
        """Forget what was kept."""
        self._caches[-1].flush()


@cache
def _note_once() -> None:
    if multiprocessing.parent_process() is None:  # workers would repeat it
        logging.getLogger(__name__).warning(
            "no folder for compiled code can be written, so every run compiles it again, which takes a minute or more; set NUMBA_CACHE_DIR "
            "to a folder that can be written, or run `collusion warmup` once where the program is installed"
        )
