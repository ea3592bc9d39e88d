"""A hint changes nothing, wherever it points."""

import numpy as np

from collusion.kernels._jit import jit
from collusion.kernels._prefetch import prefetch


@jit
def _total(values, at):
    total = 0
    for k in at:
        prefetch(values, k)
    for value in values:
        total += value
    return total


def test_hints_within_and_beyond_an_array_change_nothing():
    for kind in (np.uint8, np.int32, np.float64):
        for n in (0, 1, 1000):
            values = np.arange(n).astype(kind)
            kept = values.copy()
            assert _total(values, np.array([0, n - 1, n, 2**40, -1, -(2**40)])) == kept.sum()
            assert np.array_equal(values, kept)
            assert _total(values[: n // 2], np.arange(n, dtype=np.uint32)) == kept[: n // 2].sum()
