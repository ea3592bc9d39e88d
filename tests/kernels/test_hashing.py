"""Tables have room, and each key a cell in them, the same signed and unsigned."""

from __future__ import annotations

import numpy as np
import pytest

from collusion.kernels.hashing import bucket, cell, cells_for


@pytest.mark.parametrize(("n", "cells"), [(0, 64), (64, 64), (65, 128), (1000, 1024), (1024, 1024), (1025, 2048)])
def test_cells_are_the_next_power_of_two(n: int, cells: int) -> None:
    assert cells_for(n) == cells


def test_cells_lie_in_the_table_and_are_spread_over_it() -> None:
    places = np.array([cell(np.int32(key), 127) for key in range(1000)], dtype=np.int64)
    assert places.min() >= 0
    assert places.max() <= 127
    assert len(np.unique(places)) > 120
    assert places.tolist() == [bucket(np.int32(key), 127) for key in range(1000)]
