"""Days and seconds are those of whole-number division, also where the product that takes its place falls beside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.clock import DIFFERENT, NONE, believed_days, seconds_of_day, split_days

NOTHING = np.iinfo(np.int64).min
UNITS = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
TIMES = st.integers(-40_000, 40_000).flatmap(lambda day: st.tuples(st.just(day), st.integers(-2, 2) | st.integers(0, 86_399 * 10**9)))


@pytest.mark.parametrize("per_day", UNITS.values())
@given(st.lists(TIMES | st.none(), max_size=12))
def test_days_and_seconds(per_day, times):
    """Near midnight and near each whole second, and far beyond any time that is believed."""
    values = [NOTHING if time is None else time[0] * per_day + time[1] % (2 * per_day) for time in times] + [2**62, -(2**62)]
    days, seconds = np.empty(len(values), np.int64), np.empty(len(values), np.int32)
    array = np.array(values, np.int64)
    same = split_days(array, per_day, NOTHING, days)
    seconds_of_day(array, days, per_day, per_day // 86_400, seconds)
    expected = [(NOTHING, None) if value == NOTHING else divmod(value, per_day) for value in values]
    assert days.tolist() == [day for day, _ in expected]
    rests = {rest for _, rest in expected} - {None}
    assert same == (NONE if not rests else DIFFERENT if len(rests) > 1 else rests.pop())
    assert [second for second, (_, rest) in zip(seconds, expected, strict=True) if rest is not None] == [
        rest // (per_day // 86_400) for _, rest in expected if rest is not None
    ]


@given(st.lists(st.integers(-3, 3) | st.integers(-(2**62), 2**62) | st.just(NOTHING), max_size=12))
def test_days_that_are_believed(days):
    out, wrong = np.empty(len(days), np.int32), np.empty(len(days), bool)
    believed_days(np.array(days, np.int64), NOTHING, -1, 2, -9, out, wrong)
    assert out.tolist() == [day if -1 <= day < 2 else -9 for day in days]
    assert wrong.tolist() == [day != NOTHING and not -1 <= day < 2 for day in days]
