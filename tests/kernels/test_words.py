"""Words and runs of bytes are those of numpy, wherever they lie."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels._jit import jit
from collusion.kernels._words import copy_bytes, load_word, same_bytes

BYTES = np.arange(64, dtype=np.uint8) % 5


@jit
def _word(data, at):
    return load_word(data, at)


@jit
def _same(a, i, b, j, length):
    return same_bytes(a, i, b, j, length)


@jit
def _copy(a, i, b, j, length):
    copy_bytes(a, i, b, j, length)


@given(st.integers(0, 56))
def test_a_word_is_eight_bytes(at):
    assert _word(BYTES, at) == BYTES[at : at + 8].view("<u8")[0]


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_runs_are_compared_as_numpy_compares_them(i, j, length):
    assert _same(BYTES, i, BYTES, j, length) == np.array_equal(BYTES[i : i + length], BYTES[j : j + length])


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_a_copy_leaves_what_is_around_it(i, j, length):
    out = np.full(64, 9, np.uint8)
    _copy(out, i, BYTES, j, length)
    want = np.full(64, 9, np.uint8)
    want[i : i + length] = BYTES[j : j + length]
    assert np.array_equal(out, want)
