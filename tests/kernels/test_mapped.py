"""A column on disk is the same column."""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from collusion.kernels import mapped as module
from collusion.kernels.mapped import drop_pages, in_memory, memory_mapped, new_column

MIB = 2**20


def resident():
    """Return the bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, np.int64])
@pytest.mark.parametrize("part", [3, 1 << 24])
def test_values_stay_as_they_are(dtype, part, monkeypatch):
    """Whatever is written at a time; also of a column that is a view of every other entry."""
    monkeypatch.setattr(module, "PART", part)
    column = np.arange(20).astype(dtype)
    for array in (column, column[::2]):
        found = memory_mapped(array, min_bytes=1)
        assert not np.shares_memory(found, array)
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)
        assert not found.flags.writeable
        assert memory_mapped(found[3:], min_bytes=1).base is not None  # mapped already
        assert np.shares_memory(memory_mapped(found[3:], min_bytes=1), found)


def test_a_column_comes_back_to_memory(monkeypatch):
    monkeypatch.setattr(module, "PART", 7)
    column = np.arange(20)
    found = in_memory(memory_mapped(column, min_bytes=1))
    assert found.base is None
    assert np.array_equal(found, column)
    assert in_memory(column) is column


def test_small_columns_stay_where_they_are():
    column = np.arange(20)
    assert memory_mapped(column) is column
    assert memory_mapped(column, min_bytes=column.nbytes) is not column
    assert memory_mapped(column, min_bytes=column.nbytes + 1) is column


def test_without_room_on_disk_a_column_stays_in_memory(monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "COLUMN_BYTES", 1)
    monkeypatch.setattr(os, "posix_fallocate", full)
    assert new_column(20, np.int32).base is None
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    column = np.arange(20)
    assert memory_mapped(column) is column


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what a process holds")
def test_dropped_pages_take_no_memory_and_keep_their_values(monkeypatch):
    monkeypatch.setattr(module, "COLUMN_BYTES", 1)
    column = new_column(16 * MIB, np.int32)
    before = resident()
    column[:] = np.arange(len(column), dtype=np.int32)
    assert resident() > before + 48 * MIB
    drop_pages(column[5:], None, np.zeros(3))
    assert resident() < before + 16 * MIB
    assert np.array_equal(column[::1024], np.arange(0, len(column), 1024))


def test_no_column_is_mapped_for_nothing(monkeypatch):
    monkeypatch.setattr(module, "COLUMN_BYTES", 0)
    assert len(new_column(0, np.int32)) == 0
    assert len(memory_mapped(np.empty(0, np.int32), min_bytes=1)) == 0
