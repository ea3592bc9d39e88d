"""Calls of the compiled library: arrays in, arrays out, checked on both sides.

One shared library, made of the ``.cpp`` files of the package, contains all kernels. It does not depend on Python: an argument is passed as
its address, shape and dtype, and each kernel states the types, lengths and ranges that it relies on. What does not fit raises an error, and
the interpreter lock is released while a kernel runs.
"""

from __future__ import annotations

import ctypes
import os
import struct
import weakref
from functools import cache, wraps
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = ["call", "forget", "kernel", "library_path"]

P = ParamSpec("P")
R = TypeVar("R")

DTYPES = tuple(np.dtype(name) for name in ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"))
"""In the order of ``Type`` in `base.hpp`."""

CODES = {dtype: code for code, dtype in enumerate(DTYPES)}
INTEGER, REAL = len(DTYPES), len(DTYPES) + 1
OTHER = -1

MAX_DIMENSIONS = 4
LAYOUT = struct.Struct("=Q4q2qqd4i")
"""``Array`` in `base.hpp`: address, shape, least and largest value, integer, real number, dimensions, type, flags, what is known."""

WRITEABLE, CONTIGUOUS = 1, 2
MAX_RESULTS = 16
MESSAGE = 512
LEVELS = ("v3", "v2", "base")

_ERRORS: dict[int, type[Exception]] = {1: ValueError, 2: TypeError, 3: MemoryError}

_known: dict[int, tuple[weakref.ref[NDArray[Any]], bytes]] = {}
"""Arrays that cannot change, as they were packed, with what kernels learned of them. By id, for as long as each lives."""


def library_path() -> Path:
    """Return the file of the compiled library; COLLUSION_CORE names another one, such as one built with sanitizers."""
    named = os.environ.get("COLLUSION_CORE")
    return Path(named) if named else Path(__file__).with_name("libcollusion.so" if os.name == "posix" else "collusion.dll")


@cache
def _library() -> tuple[ctypes.CDLL, str]:
    """Return the library, and which level of the processor its kernels are taken of."""
    path = library_path()
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ImportError(
            f"the compiled library of collusion cannot be loaded ({error}); install the package with `pip install .`, "
            "or, in a checkout, run `python collusion/kernels/build.py`"
        ) from error
    library.collusion_array_bytes.restype = ctypes.c_int64
    if library.collusion_array_bytes() != LAYOUT.size:
        raise ImportError(f"{path} was made of other sources; run `python collusion/kernels/build.py` or install the package again")
    level = next(level for level in LEVELS if (level != "v3" or library.collusion_has_v3()) and hasattr(library, f"collusion_{level}_ping"))
    library.collusion_free.argtypes = [ctypes.c_void_p]
    library.collusion_free.restype = None
    return library, level


@cache
def _kernel(name: str) -> Callable[..., int]:
    library, level = _library()
    return library[f"collusion_{level}_{name}"]


class _Memory:
    """Memory that a kernel returned: numpy uses it directly, and it is freed with the last array."""

    def __init__(self, address: int, shape: tuple[int, ...], dtype: np.dtype[Any], free: Callable[[int], None]) -> None:
        self.__array_interface__ = {"data": (address, False), "shape": shape, "typestr": dtype.str, "version": 3}
        self._address, self._free = address, free

    def __del__(self) -> None:
        self._free(self._address)


def call(name: str, *arguments: Any) -> Any:  # noqa: ANN401  # arrays and numbers, in the order that the kernel reads them
    """Run a kernel and return what it gives: nothing, one result, or a tuple of them.

    Parameters
    ----------
    name : str
    *arguments : array, bool, int or float; or tuple of them
        A tuple (such as a named tuple of arrays) is passed as its items.

    Raises
    ------
    TypeError
        If an argument is missing, is one too many, or has another dtype than the kernel takes.
    ValueError
        If an array has another shape or other values than the kernel relies on, is not contiguous, or is read-only where it is written.
    MemoryError
        If memory cannot be had.
    """
    flat: list[Any] = []
    _flatten(arguments, flat)
    packed = bytearray(LAYOUT.size * len(flat))
    for k, one in enumerate(flat):
        _pack(name, one, packed, k * LAYOUT.size)
    results = bytearray(LAYOUT.size * MAX_RESULTS)
    given, message = ctypes.c_int64(0), ctypes.create_string_buffer(MESSAGE)
    inside, outside = (ctypes.c_char * len(packed)).from_buffer(packed), (ctypes.c_char * len(results)).from_buffer(results)
    code = _kernel(name)(inside, ctypes.c_int64(len(flat)), outside, ctypes.byref(given), message, ctypes.c_int64(MESSAGE))
    if code:
        raise _ERRORS[code](f"{name}: {message.value.decode(errors='replace')}")
    _remember(flat, packed)
    if not given.value:
        return None
    found = [_unpack(results, k * LAYOUT.size) for k in range(given.value)]
    return found[0] if len(found) == 1 else tuple(found)


def kernel(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function that only has a signature and a docstring the typed door to a kernel, which gets its arguments in their order.

    Arrays go as they are: the kernel checks their types, shapes and values. The same errors as from `call`.
    """

    def door(stated: Callable[P, R]) -> Callable[P, R]:
        count = stated.__code__.co_argcount + stated.__code__.co_kwonlyargcount

        @wraps(stated)
        def through(*arguments: P.args, **named: P.kwargs) -> R:
            given: Iterable[Any] = arguments
            if named or len(arguments) != count:
                bound = signature(stated).bind(*arguments, **named)
                bound.apply_defaults()
                given = bound.arguments.values()
            found: R = call(name, *given)
            return found

        return through

    return door


def _flatten(arguments: tuple[Any, ...], flat: list[Any]) -> None:
    for one in arguments:
        if isinstance(one, tuple):
            _flatten(one, flat)
        else:
            flat.append(one)


def _pack(name: str, one: Any, into: bytearray, at: int) -> None:  # noqa: ANN401  # an array or a number
    """Write an argument as `base.hpp` reads it."""
    if isinstance(one, np.ndarray):
        flags = one.flags
        if flags.writeable:
            _known.pop(id(one), None)  # it was locked before, and may have changed
        elif (held := _known.get(id(one))) is not None and held[0]() is one:
            into[at : at + LAYOUT.size] = held[1]
            return
        shape = one.shape
        if len(shape) > MAX_DIMENSIONS:
            raise ValueError(f"{name}: an array of {len(shape)} dimensions; kernels take {MAX_DIMENSIONS} at most")
        code = CODES.get(one.dtype, OTHER)
        bits = (WRITEABLE if flags.writeable else 0) | (CONTIGUOUS if flags.c_contiguous and flags.aligned else 0)
        address = one.__array_interface__["data"][0] if one.size else 0
        LAYOUT.pack_into(into, at, address, *shape, *_PADDING[len(shape)], 0, 0, 0, 0.0, len(shape), code, bits, 0)
    elif isinstance(one, (int, np.integer, np.bool_)):
        # Numbers of 64 bits without a sign, such as seeds, go as their bits.
        value = int(one.view(np.int64) if isinstance(one, np.uint64) else one)
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"{name}: {value} takes more than 64 bits")
        LAYOUT.pack_into(into, at, 0, 0, 0, 0, 0, 0, 0, value, 0.0, 0, INTEGER, 0, 0)
    elif isinstance(one, (float, np.floating)):
        LAYOUT.pack_into(into, at, 0, 0, 0, 0, 0, 0, 0, 0, float(one), 0, REAL, 0, 0)
    else:
        raise TypeError(f"{name}: expected arrays and numbers, got {type(one).__name__}")


_PADDING = [(0,) * (MAX_DIMENSIONS - n) for n in range(MAX_DIMENSIONS + 1)]


def _remember(flat: list[Any], packed: bytearray) -> None:
    """Keep what a kernel learned of arrays that cannot change."""
    for k, one in enumerate(flat):
        if not isinstance(one, np.ndarray) or one.flags.writeable:
            continue
        own = bytes(packed[k * LAYOUT.size : (k + 1) * LAYOUT.size])
        key = id(one)
        held = _known.get(key)
        if (held is None or held[1] != own) and _is_locked(one):
            _known[key] = (weakref.ref(one, lambda _, key=key: _known.pop(key, None)), own)  # type: ignore[misc]


def forget(array: NDArray[Any]) -> None:
    """Forget what was checked of an array: needed after a read-only array was made writeable, changed, and made read-only again."""
    _known.pop(id(array), None)


def _is_locked(array: NDArray[Any]) -> bool:
    """Return whether nobody can write into an array: neither it nor an array that it is a view of."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    return True


def _unpack(results: bytearray, at: int) -> Any:  # noqa: ANN401  # as above
    """Return a result: a number, or an array that owns its memory."""
    address, *rest = LAYOUT.unpack_from(results, at)
    shape, (_, _, integer, real, dimensions, code, _, _) = tuple(rest[:MAX_DIMENSIONS]), rest[MAX_DIMENSIONS:]
    if code == INTEGER:
        return integer
    if code == REAL:
        return real
    if not address:
        return np.empty(shape[:dimensions], DTYPES[code])
    return np.asarray(_Memory(address, shape[:dimensions], DTYPES[code], _library()[0].collusion_free))
