"""A kernel without references refuses to make arrays, rather than leak them."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from collusion.kernels._jit import bare


def _makes(n: int) -> Any:  # an array, if it compiled
    return np.empty(n, np.int32)


def _fills(out: np.ndarray[Any, Any]) -> None:
    for i in range(len(out)):
        out[i] = i


def test_a_bare_kernel_makes_no_array() -> None:
    with pytest.raises(numba.core.errors.NumbaError, match="Only accept returning of array passed"):
        bare(_makes)(3)


def test_a_bare_kernel_fills_one() -> None:
    out = np.empty(3, np.int32)
    bare(_fills)(out)
    assert out.tolist() == [0, 1, 2]
