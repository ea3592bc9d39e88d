"""Names of the arrays that kernels take and return: the plural of the type of their entries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bools", "Float32s", "Float64s", "Int8s", "Int32s", "Int64s", "Integers", "Seed", "Strata", "UInt8s", "UInt32s", "UInt64s"]

Bools = NDArray[np.bool_]
Int8s = NDArray[np.int8]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
UInt8s = NDArray[np.uint8]
UInt32s = NDArray[np.uint32]
UInt64s = NDArray[np.uint64]
Float32s = NDArray[np.float32]
Float64s = NDArray[np.float64]
Integers = NDArray[np.integer]
Strata = NDArray[np.int16 | np.int32]
"""Their number decides on the type."""

Seed = int | np.uint64
"""A number of 64 bits."""
