"""A column on disk is the same column."""

import tempfile

import numpy as np
import pytest

from collusion.graph import cold as module
from collusion.graph.cold import cold


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, np.int64])
@pytest.mark.parametrize("part", [3, 1 << 24])
def test_values_stay_as_they_are(dtype, part, monkeypatch):
    """Whatever is written at a time; also of a column that is a view of every other entry."""
    monkeypatch.setattr(module, "PART", part)
    column = np.arange(20).astype(dtype)
    for array in (column, column[::2]):
        found = cold(array, least=1)
        assert not np.shares_memory(found, array)
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)
        assert not found.flags.writeable


def test_small_columns_stay_where_they_are():
    column = np.arange(20)
    assert cold(column) is column
    assert cold(column, least=column.nbytes) is not column
    assert cold(column, least=column.nbytes + 1) is column


def test_without_room_on_disk_a_column_stays_in_memory(monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    column = np.arange(20)
    assert cold(column, least=1) is column
