"""Arrow's arrays as numpy's and back agree with pyarrow's own ways."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.reviews.values import as_arrow, as_numpy
from collusion.simulate.market import Market, simulate
from collusion.simulate.writing import write_log

cells = st.lists(st.one_of(st.none(), st.integers(-100, 100)), max_size=40)


@pytest.mark.parametrize("kind", [pa.int8(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.bool_()])
@given(cells, st.integers(0, 40), st.integers(0, 40))
def test_numbers_are_pyarrows(kind, values, start, length):
    """Whatever slice of its buffers an array is, with nulls and without."""
    if kind == pa.bool_():
        values = [None if value is None else value > 0 for value in values]
    array = pa.array(values, kind).slice(min(start, len(values)), length)
    found = as_numpy(array, 7)
    null = True if kind == pa.bool_() else 7
    assert found.tolist() == [null if cell is None else cell for cell in array.to_pylist()]
    assert len(array) == 0 or found.dtype == np.dtype(kind.to_pandas_dtype())


@given(st.lists(st.integers(-(2**31), 2**31 - 1)))
def test_numbers_become_pyarrows(values):
    for dtype in (np.int32, np.int64):
        assert as_arrow(np.array(values, dtype)).to_pylist() == values
    assert as_arrow(np.arange(10)[::3]).to_pylist() == [0, 3, 6, 9]


def test_a_scan_loads_none_of_the_slow_libraries(tmp_path):
    """Half of the time of a small scan was the import of what it does not use."""
    write_log(simulate(Market(reviews=5000), 0), tmp_path / "log.parquet", "parquet", text=False)
    code = (
        "import sys; from collusion.pipeline import scan; scan(sys.argv[1], replicates=0); "
        "print(*(name in sys.modules for name in ('pandas', 'scipy.stats')))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "log.parquet")], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
