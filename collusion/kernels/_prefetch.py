"""A hint to the processor: a place in memory that will soon be read."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["prefetch"]


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(_typing: Any, array: Any, index: Any) -> Any:
    """Ask for ``array[index]``, of a contiguous array of one dimension, without waiting; out of bounds it is harmless."""

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        at = context.cast(builder, values[1], signature.args[1], types.intp)
        ir, word, byte = cgutils.ir, cgutils.int32_t, cgutils.voidptr_t
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        hint = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        # To be read, kept in every cache, data rather than code.
        builder.call(hint, [builder.bitcast(builder.gep(data, [at]), byte), word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, index), build
