"""Ticks are round numbers and dates of the calendar, few enough, and say so in as few characters as tell them apart."""

from datetime import date, timedelta

import numpy as np
import pytest

from collusion.report.ticks import day_ticks, round_ticks

EPOCH = date(1970, 1, 1)


@pytest.mark.parametrize("seed", range(40))
def test_round_numbers_lie_inside_and_apart(seed):
    rng = np.random.default_rng(seed)
    low = rng.normal() * 10.0 ** rng.integers(-2, 5)
    high = low + 10.0 ** rng.uniform(-2, 5)
    most = int(rng.integers(3, 9))
    ticks = round_ticks(low, high, most)
    # Of 1, 2 and 5 times a power of ten, one leaves at least two fifths of the ticks of the one before.
    assert max(1, (most - 1) // 3) <= len(ticks.at) <= most
    assert all(low - 1e-6 <= at <= high + 1e-6 for at in ticks.at)
    assert [float(label.replace(",", "")) for label in ticks.labels] == pytest.approx(list(ticks.at))
    steps = np.diff(ticks.at)
    assert np.allclose(steps, steps[:1])


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, 1), (-0.5, 3.5), (0, 2_000_000)])
def test_whole_numbers_are_whole(low, high):
    ticks = round_ticks(low, high, 6, whole=True)
    assert 1 <= len(ticks.at) <= 6
    assert all(at == int(at) and "." not in label for at, label in zip(ticks.at, ticks.labels, strict=True))


@pytest.mark.parametrize("seed", range(60))
def test_days_are_those_of_the_calendar(seed):
    rng = np.random.default_rng(seed)
    start = date(1, 2, 1) + timedelta(days=int(rng.integers(30_000, 3_000_000)))
    first = (start - EPOCH).days
    last = first + int(10 ** rng.uniform(0.7, 5))
    ticks = day_ticks((float(first), float(last)), 7)
    assert 2 <= len(ticks.at) <= 7
    assert all(first <= at <= last for at in ticks.at)
    assert len(set(ticks.labels)) == len(ticks.labels) or ticks.end
    for at, label in zip(ticks.at, ticks.labels, strict=True):
        assert label in (EPOCH + timedelta(days=at)).isoformat()


@pytest.mark.parametrize(
    ("first", "last", "length", "end"),
    [
        ("2016-03-05", "2020-07-01", 4, ""),
        ("2018-11-20", "2019-03-20", 7, ""),
        ("2018-05-02", "2018-05-19", 5, "2018"),
        ("2018-12-25", "2019-01-06", 5, "2018 to 2019"),
        ("1066-01-01", "1070-01-01", 4, ""),
        ("9990-01-01", "12000-01-01", None, ""),
        ("-5000-01-01", "2020-01-01", None, ""),
    ],
)
def test_labels_are_as_short_as_they_can_be(first, last, length, end):
    """Days beyond the calendar are written whole."""
    span = [float(np.datetime64(day, "D").astype(np.int64)) for day in (first, last)]
    ticks = day_ticks(span, 7)
    days = [str(np.datetime64(round(at), "D")) for at in ticks.at]
    assert len(days) >= 1 + (length is not None)
    assert ticks.end == end
    assert list(ticks.labels) == [day[5:] if length == 5 else day[:length] for day in days]
    assert length in (5, None) or all(day[length:] in {"-01-01", "-01"} for day in days)
