"""Ticks of days are dates of the calendar, and say so in as few characters as tell them apart."""

import numpy as np
import pytest

from collusion.report.figures.canvas import axes_for, house_style
from collusion.report.figures.date_axis import date_axis


def shown(first, last):
    """Each tick's day and label, and what stands at the end of the axis."""
    span = [float(np.datetime64(day, "D").astype(np.int64)) for day in (first, last)]
    with house_style():
        figure, ax = axes_for(None, 1)
        date_axis(ax, span)
        figure.draw_without_rendering()
    places = ax.get_xticks().tolist()
    labels = [tick.label1.get_text() for tick in ax.xaxis.get_major_ticks(len(places))]
    ticks = [(str(np.datetime64(round(at), "D")), label) for at, label in zip(places, labels, strict=True) if span[0] <= at <= span[1]]
    return ticks, ax.xaxis.get_offset_text().get_text()


@pytest.mark.parametrize(
    ("first", "last", "length", "end"),
    [
        ("2016-03-05", "2020-07-01", 4, ""),
        ("2018-11-20", "2019-03-20", 7, ""),
        ("2018-05-02", "2018-05-19", 5, "2018"),
        ("2018-12-25", "2019-01-06", 5, "2018 to 2019"),
        ("1066-01-01", "1070-01-01", 4, ""),
    ],
)
def test_labels_are_the_dates_of_their_ticks(first, last, length, end):
    ticks, at_end = shown(first, last)
    assert len(ticks) >= 2
    assert at_end == end
    assert all(label == (day[5:] if length == 5 else day[:length]) for day, label in ticks)
    if length < 10 and length != 5:
        assert all(day[length:] in {"-01-01", "-01"} for day, _ in ticks)


@pytest.mark.parametrize(("first", "last"), [("9990-01-01", "12000-01-01"), ("-5000-01-01", "2020-01-01")])
def test_days_beyond_the_calendar_are_written_whole(first, last):
    ticks, at_end = shown(first, last)
    assert len(ticks) >= 1
    assert at_end == ""
    assert all(day == label for day, label in ticks)
