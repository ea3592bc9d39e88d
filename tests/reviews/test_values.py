"""Ratings, times and their units are read as a slow reading would, cell by cell."""

import datetime as dt
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.base.model import NO_TIME
from collusion.reviews.values import A_DAY, NO_NUMBER, days_of, ratings, texts, times, unit_of, votes

EPOCH = dt.date(1970, 1, 1)
BELIEVED = st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)).map(lambda day: (day - EPOCH).days)


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64()])
def test_whole_ratings_are_the_nearest_floats(kind):
    """Rounded once, from the number itself, whatever its width."""
    limit = 2 ** (kind.bit_width - (not str(kind).startswith("u"))) - 1
    cells = [1, None, 5, 0, limit, limit - 2**7 + 2]
    read = ratings(pa.array([None, *cells], kind).slice(1))
    np.testing.assert_array_equal(read.values, np.array([np.nan if cell is None else float(cell) for cell in cells]).astype(np.float32))
    assert read.values.dtype == np.float32
    assert not read.bad.any()


@given(st.lists(st.none() | st.floats(width=32), max_size=30), st.sampled_from([pa.float32(), pa.float64()]))
def test_a_float_rating_is_itself_or_set_aside(cells, kind):
    read = ratings(pa.array(cells, kind))
    assert read.bad.tolist() == [cell is not None and math.isinf(cell) for cell in cells]
    assert [None if math.isnan(value) else float(value) for value in read.values] == [
        cell if cell is not None and math.isfinite(cell) else None for cell in cells
    ]


SPELLED = {
    "5.0 out of 5 stars": 5,
    "4,5": 4.5,
    "4,0 von 5 Sternen": 4,
    "4/5": 4,
    "Rated 3 out of 5 stars": 3,
    "2 stars": 2,
    "1 star": 1,
    "★★★☆☆": 3,
    "True": 1,
    "false": 0,
}


@given(
    st.lists(
        st.none()
        | st.floats(width=32)
        | st.sampled_from(["", "  ", "five", "1e999", "nan", " 4 ", "1_0", "0x10", "\uff14", "4.5", "+3", "None", "\\N", "N/A"])
        | st.sampled_from([*SPELLED, "1,234,5", "4 out", "4 of five"]),
        max_size=30,
    )
)
def test_a_written_rating_is_its_number_absent_or_set_aside(cells):
    """Each cell by itself: what stands beside it in the batch changes nothing."""
    written = [cell if cell is None or isinstance(cell, str) else repr(cell) for cell in cells]
    for kind in (pa.string(), pa.large_string()):
        whole = ratings(pa.array(written, kind))
        alone = [ratings(pa.array([cell], kind)) for cell in written]
        assert whole.bad.tolist() == [bool(one.bad[0]) for one in alone]
        np.testing.assert_array_equal(whole.values, np.array([one.values[0] for one in alone], np.float32))
    for cell, bad, value in zip(written, whole.bad, whole.values, strict=True):
        if cell is None or cell.strip() in ("", "nan", "None", "\\N", "N/A"):
            assert not bad
            assert math.isnan(value)
        elif cell.strip() in SPELLED:
            assert not bad
            assert value == np.float32(SPELLED[cell.strip()])
        elif cell.strip() in ("five", "1e999", "inf", "-inf", "1_0", "0x10", "\uff14", "1,234,5", "4 out", "4 of five"):
            assert bad
        else:
            assert not bad
            assert value == np.float32(float(cell))


def test_the_word_of_a_dialect_is_an_absent_rating_or_time():
    cells = pa.array(["None", "4"], pa.large_string())
    assert ratings(cells, "None").bad.tolist() == [False, False]
    assert times(pa.array(["None", "2017-01-01"], pa.large_string()), "None")[0].bad.tolist() == [False, False]
    assert ratings(pa.array(["?", "4"], pa.large_string()), "?").bad.tolist() == [False, False]


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64(), pa.decimal128(38, 2), pa.bool_(), pa.null(), pa.float16()])
def test_ratings_of_every_numeric_type_are_read(kind):
    cells = [None, None] if kind == pa.null() else [True if kind == pa.bool_() else 1, None]
    read = ratings(pa.array(cells, kind))
    assert not read.bad.any()
    assert math.isnan(read.values[1])


def test_huge_whole_numbers_are_ratings_too():
    read = ratings(pa.array([2**63, 1], pa.uint64()))
    assert read.values.tolist() == [2.0**63, 1.0]
    assert times(pa.array([2**63, 1], pa.uint64()))[0].bad.tolist() == [True, False]


@given(st.lists(BELIEVED, min_size=1, max_size=30), st.sampled_from(["s", "ms", "us", "ns"]), st.integers(0, 86_399))
def test_the_unit_is_told_by_the_values(days, unit, second):
    values = np.array([day * A_DAY[unit] + second * (A_DAY[unit] // 86_400) for day in days], dtype=np.int64)
    assert unit_of(values) == (unit, None)
    read, wrong = days_of(values, unit)
    assert read.tolist() == days
    assert not wrong.any()


@given(st.lists(BELIEVED, min_size=2, max_size=20), st.permutations(["s", "ms", "us", "ns"]))
def test_two_units_are_never_mixed(days, units):
    values = np.array([day * A_DAY[units[k % 2]] for k, day in enumerate(days)], dtype=np.int64)
    unit, problem = unit_of(values)
    assert unit is None
    assert "mixes times in" in problem
    assert all(f"({name})" in problem for name in units[:2])


@given(st.lists(st.integers(-(10**8), 5 * 10**8), min_size=1, max_size=20))
def test_numbers_that_are_no_time_say_how_to_name_the_unit(values):
    unit, problem = unit_of(np.array(values, dtype=np.int64))
    assert unit is None
    assert "`time_unit=...`" in problem


def test_absent_times_need_no_unit():
    assert unit_of(np.full(3, NO_NUMBER)) == ("s", None)


@given(st.lists(BELIEVED, min_size=1, max_size=20))
def test_packed_days_are_read_and_impossible_ones_are_not_believed(days):
    packed = [int((EPOCH + dt.timedelta(day)).strftime("%Y%m%d")) for day in days]
    read, wrong = days_of(np.array([*packed, 20_170_230, -5, NO_NUMBER, 99_999_999_999]), "yyyymmdd")
    assert read.tolist() == [*days, NO_TIME, NO_TIME, NO_TIME, NO_TIME]
    assert wrong.tolist() == [False] * len(days) + [True, True, False, True]


def test_days_are_taken_at_their_word():
    read, wrong = days_of(np.array([0, 12, -7, 2**40]), "days")
    assert read.tolist() == [0, 12, -7, NO_TIME]
    assert wrong.tolist() == [False, False, False, True]


EARLY, LATE = dt.datetime.fromisoformat("1990-01-01"), dt.datetime.fromisoformat("2099-12-31")


@given(
    st.lists(st.datetimes(EARLY - dt.timedelta(40_000), LATE + dt.timedelta(40_000)) | st.none(), max_size=12),
    st.sampled_from(["s", "ms", "us"]),
)
def test_timestamps_are_their_day_whatever_their_unit(moments, unit):
    read, numeric = times(pa.array(moments, pa.timestamp("us")).cast(pa.timestamp(unit), safe=False))
    assert not numeric
    assert read.values.tolist() == [NO_NUMBER if moment is None else (moment.date() - EPOCH).days for moment in moments]


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_dates_are_their_day(kind):
    read, numeric = times(pa.array([dt.date(2017, 7, 14), None, dt.date(1969, 12, 31)], kind))
    assert (read.values.tolist(), numeric) == ([17_361, NO_NUMBER, -1], False)


def test_a_timestamp_far_away_does_not_wrap_around():
    read, _ = times(pa.array([2**62], pa.timestamp("s")))
    assert days_of(read.values, None)[1].tolist() == [True]


@pytest.mark.parametrize("cell", ["soon", "2017-13-01", "14/07/2017", "2017-07-14T25:00", "20x7", "0x5", "1e999"])
def test_text_that_is_no_time_is_bad(cell):
    read, _ = times(pa.array([cell, "2017-07-14"], pa.large_string()))
    assert read.bad.tolist() == [True, False]


@given(st.lists(st.text(max_size=5) | st.none(), max_size=20))
def test_text_is_its_own_id(cells):
    for kind in (pa.string(), pa.large_string()):
        assert texts(pa.array(cells, kind)).to_pylist() == cells
    assert texts(pa.array(cells, pa.string()).dictionary_encode()).to_pylist() == cells


@given(st.lists(st.integers(-(2**53), 2**53) | st.none(), max_size=20))
def test_whole_numbers_are_their_digits_whatever_the_type(cells):
    expected = [None if cell is None else str(cell) for cell in cells]
    for kind in (pa.int64(), pa.float64(), pa.decimal128(38, 4)):
        assert texts(pa.array(cells, kind)).to_pylist() == expected


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1.5]),
        pa.array([math.nan]),
        pa.array([math.inf]),
        pa.array([2.0**60]),
        pa.array([[1]]),
        pa.array([{"a": 1}]),
        pa.array([b"\xff"]),
        pa.array(["1.50"]).cast(pa.decimal128(9, 2)),
    ],
    ids=str,
)
def test_what_is_no_id_is_refused(array):
    with pytest.raises(ValueError, match=r"."):
        texts(array)


CELLS = {
    "": -1,
    "  ": -1,
    "0": 0,
    " 12 ": 12,
    "1,234": 1234,
    "1,234,567": 1_234_567,
    "2.0": 2,
    "nan": -1,
    "N/A": -1,
    "2147483647": 2**31 - 1,
}
NO_COUNTS = ["2147483648", "-1", "1.5", "1,23", ",5", "many", "inf", "1e999", "0x5", "1_0", "\uff14"]


@given(st.lists(st.none() | st.sampled_from([*CELLS, *NO_COUNTS]), max_size=12))
def test_votes_are_whole_numbers_whatever_stands_beside_them(cells):
    for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        read = votes(pa.array(cells, pa.string()).cast(kind))
        assert read.values.tolist() == [CELLS.get(cell, -1) for cell in cells]
        assert read.values.dtype == np.int32
        assert read.bad.tolist() == [cell in NO_COUNTS for cell in cells]


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.int64(), pa.uint64(), pa.float32(), pa.float64(), pa.decimal128(9, 2), pa.null(), pa.bool_()]
)
def test_votes_of_every_type(kind):
    null, truth = kind == pa.null(), kind == pa.bool_()
    read = votes(pa.array([None, None if null else True if truth else 7], kind))
    assert read.values.tolist() == [-1, -1 if null or truth else 7]
    assert read.bad.tolist() == [False, truth]


def test_numbers_that_are_no_votes():
    read = votes(pa.array([-1, 2**31, 2**40, 3], pa.int64()))
    assert (read.values.tolist(), read.bad.tolist()) == ([-1, -1, -1, 3], [True, True, True, False])
    assert votes(pa.array([math.nan, 1.5, 2.0])).values.tolist() == [-1, -1, 2]
