"""Ranges are sorted, whatever their length, and nothing beside them is touched."""

from __future__ import annotations

import numpy as np
import pytest

from collusion.kernels.sorting import SHORT, sort_range


@pytest.mark.parametrize("n", [0, 1, 2, SHORT, SHORT + 1, 500])
@pytest.mark.parametrize("dtype", [np.int16, np.int64])
def test_sorts_the_range_alone(n: int, dtype: type) -> None:
    values = np.random.default_rng(n).integers(-50, 50, n + 6).astype(dtype)
    expected = values.copy()
    expected[3 : 3 + n] = np.sort(values[3 : 3 + n])
    sort_range(values, 3, 3 + n)
    assert values.tolist() == expected.tolist()
