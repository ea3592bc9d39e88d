"""Bytes of arrays by the word and by the run, as C has them."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["copy_bytes", "load_word", "same_bytes"]


def _place(context: Any, builder: Any, signature: Any, values: Any, k: int) -> Any:
    """Return the address of an entry of a contiguous uint8 array: arguments k and k + 1."""
    data = context.make_array(signature.args[k])(context, builder, values[k]).data
    return builder.gep(data, [_number(context, builder, signature, values, k + 1)])


def _number(context: Any, builder: Any, signature: Any, values: Any, k: int) -> Any:
    return context.cast(builder, values[k], signature.args[k], types.intp)


@intrinsic  # type: ignore[untyped-decorator]
def load_word(_typing: Any, data: Any, index: Any) -> Any:
    """Return ``data[index:index + 8]`` of a contiguous uint8 array as a uint64; bounds are not checked."""

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = _place(context, builder, signature, values, 0)
        return builder.load(builder.bitcast(place, cgutils.ir.IntType(64).as_pointer()), align=1)

    return types.uint64(data, index), build


# Not loops in a kernel of their own: one that returns from several places has the counts of references to its arrays raised and lowered
# at every call, which takes longer than the bytes.


@intrinsic  # type: ignore[untyped-decorator]
def same_bytes(_typing: Any, a: Any, i: Any, b: Any, j: Any, length: Any) -> Any:
    """Whether ``a[i:i + length]`` and ``b[j:j + length]`` of contiguous uint8 arrays agree; bounds are not checked."""

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        ours, theirs = (_place(context, builder, signature, values, k) for k in (0, 2))
        kind = cgutils.ir.FunctionType(cgutils.int32_t, [cgutils.voidptr_t, cgutils.voidptr_t, cgutils.intp_t])
        compare = cgutils.get_or_insert_function(builder.module, kind, "memcmp")
        return builder.icmp_signed(
            "==", builder.call(compare, [ours, theirs, _number(context, builder, signature, values, 4)]), cgutils.int32_t(0)
        )

    return types.boolean(a, i, b, j, length), build


@intrinsic  # type: ignore[untyped-decorator]
def copy_bytes(_typing: Any, a: Any, i: Any, b: Any, j: Any, length: Any) -> Any:
    """Set ``a[i:i + length]`` to ``b[j:j + length]``, of contiguous uint8 arrays that do not overlap; bounds are not checked."""

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        to, start = (_place(context, builder, signature, values, k) for k in (0, 2))
        cgutils.raw_memcpy(builder, to, start, _number(context, builder, signature, values, 4), 1)
        return context.get_dummy_value()

    return types.void(a, i, b, j, length), build
