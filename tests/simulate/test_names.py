"""Laws of the ids: one to one, spread, and a matter of code and key alone."""

from __future__ import annotations

import numpy as np
import pytest

from collusion.simulate.names import names, scramble, uniform


@pytest.mark.parametrize("bits", [5, 8, 13, 16])
@pytest.mark.parametrize("key", [0, 1, 2**59 + 12345])
def test_scrambling_is_one_to_one(bits, key):
    """Every number below 2**bits is hit exactly once."""
    numbers = scramble(np.arange(1 << bits), bits, key)
    assert sorted(numbers.tolist()) == list(range(1 << bits))


def test_neighbours_are_scattered():
    """Half of the bits differ between the numbers of neighbouring codes, as between independent numbers."""
    numbers = scramble(np.arange(20_000), 60, 7)
    differ = np.bitwise_count(numbers[1:] ^ numbers[:-1])
    assert abs(differ.mean() - 30) < 1
    shares = uniform(np.arange(20_000), 7)
    assert abs(np.corrcoef(np.arange(20_000), shares)[0, 1]) < 0.03
    counts, _ = np.histogram(shares, bins=20, range=(0, 1))
    assert counts.min() > 850


def test_names_are_unique_and_depend_on_code_and_key_alone():
    some = names(np.arange(5_000), 10, b"A", 3)
    assert len(np.unique(some)) == 5_000
    np.testing.assert_array_equal(names(np.arange(4_000, 5_000), 10, b"A", 3), some[4_000:])
    assert not np.any(names(np.arange(5_000), 10, b"A", 4) == some)
    assert all(name.startswith(b"A") and len(name) == 11 for name in some.tolist())
