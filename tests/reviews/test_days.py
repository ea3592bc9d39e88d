"""Times taken batch by batch are days as if all had been there at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.reviews.days import Days
from collusion.reviews.values import A_DAY, NO_NUMBER, days_of, unit_of

NUMBERS = st.sampled_from([NO_NUMBER, -1, 0, 2**62, 10**9, 1_500_000_000, 1_600_000_000, 15 * 10**11, 16 * 10**11, 15 * 10**17])
BATCHES = st.lists(st.lists(NUMBERS, max_size=6), max_size=6)


@given(BATCHES, st.none() | st.sampled_from([*A_DAY, "yyyymmdd"]), st.none() | st.integers(0, 40))
def test_numbers_in_batches_are_those_of_one_reading(batches, unit, rows):
    days = Days(rows, unit)
    for batch in batches:
        days.add(np.array(batch, dtype=np.int64), numeric=True)
    values = np.array([value for batch in batches for value in batch], dtype=np.int64)
    given_ = int((values != NO_NUMBER).sum())
    told = (unit, None) if unit else unit_of(values)
    assert days.given == given_
    assert days.recognised() == (told if given_ else (None, None))
    if told[0] is not None:
        whole, wrong = days_of(values, told[0])
        outside, raw = days.outside()
        assert days.whole().tolist() == whole.tolist()
        assert outside.tolist() == np.flatnonzero(wrong).tolist()
        assert raw.tolist() == values[wrong].tolist()


@given(st.lists(st.lists(st.sampled_from([NO_NUMBER, -(10**14), 0, 7305, 17_000, 47_481, 47_482, 10**14]), max_size=6), max_size=6))
def test_dates_in_batches_are_those_of_one_reading(batches):
    days = Days(None, None)
    for batch in batches:
        days.add(np.array(batch, dtype=np.int64), numeric=False)
    values = np.array([value for batch in batches for value in batch], dtype=np.int64)
    whole, wrong = days_of(values, None)
    assert days.recognised() == (None, None)
    assert days.whole().tolist() == whole.tolist()
    assert days.outside()[1].tolist() == values[wrong].tolist()


def test_the_unit_is_that_of_all_batches():
    """An example of each unit, whichever batch it came in; a stray number in the first batch tells nothing."""
    days = Days(None, None)
    for batch in ([5], [1_500_000_000], [15 * 10**11, 16 * 10**11]):
        days.add(np.array(batch), numeric=True)
    unit, problem = days.recognised()
    assert unit is None
    assert problem == "mixes times in s and ms, for example 1500000000 (s), 1500000000000 (ms); convert them to one unit"


def test_dates_and_numbers_do_not_mix():
    days = Days(None, None)
    days.add(np.array([NO_NUMBER]), numeric=False)  # nothing yet: either may follow
    days.add(np.array([1_500_000_000]), numeric=True)
    with pytest.raises(ValueError, match="dates and numbers"):
        days.add(np.array([17_000]), numeric=False)
