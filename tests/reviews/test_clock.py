"""Times of day: the second in UTC as a slow reading tells it, in every form of time; none where the log has days alone."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import collusion as cl
from collusion.base.model import NO_TIME
from collusion.reviews.days import Days, has_time_of_day
from collusion.reviews.values import A_SECOND, NO_NUMBER, times

MOMENTS = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2099, 12, 31), timezones=st.none() | st.timezones())  # noqa: DTZ001  # ISO text may name none


def second_of(moment):
    utc = moment if moment.tzinfo is None else moment.astimezone(dt.UTC)
    return utc.hour * 3600 + utc.minute * 60 + utc.second


def utc_day(moment):
    if not isinstance(moment, dt.datetime):
        return moment
    return (moment if moment.tzinfo is None else moment.astimezone(dt.UTC)).date()


def log_of(cells):
    """One review a reviewer, so that all count."""
    return pa.table({"reviewer_id": [f"u{k}" for k in range(len(cells))], "product_id": ["p"] * len(cells), "timestamp": cells})


@given(st.lists(st.none() | MOMENTS | MOMENTS.map(lambda moment: moment.date()), min_size=1, max_size=12), st.sampled_from(["T", " "]))
def test_iso_text_tells_the_day_in_utc_and_the_second_and_a_date_alone_tells_no_second(moments, gap):
    """With zone, fraction, half of the cells absent or dates: whichever way the batch is parsed."""
    cells = [None if one is None else one.isoformat(gap) if isinstance(one, dt.datetime) else one.isoformat() for one in moments]
    read, numeric = times(pa.array(cells, pa.large_string()))
    assert not numeric
    assert not read.bad.any()
    days = [NO_NUMBER if one is None else (utc_day(one) - dt.date(1970, 1, 1)).days for one in moments]
    assert read.values.tolist() == days  # noqa: PD011  # of no frame
    expected = [second_of(one) if isinstance(one, dt.datetime) else -1 for one in moments]
    found = [-1] * len(cells) if read.second is None else np.broadcast_to(read.second, len(cells)).tolist()
    assert [s for s, cell in zip(found, cells, strict=True) if cell is not None] == [
        s for s, cell in zip(expected, cells, strict=True) if cell is not None
    ]


STAMPS = [1_500_000_000, 1_500_000_061, 1_500_086_399, 1_499_990_400, 1_500_120_000, None, 1_600_000_000]
SECONDS = [-1 if stamp is None else stamp % 86_400 for stamp in STAMPS]


@pytest.mark.parametrize("unit", A_SECOND)
@pytest.mark.parametrize("form", ["number", "text", "float", "timestamp"])
def test_numbers_and_timestamps_of_each_unit_tell_the_second(unit, form):
    ticks = [None if stamp is None else stamp * A_SECOND[unit] + A_SECOND[unit] // 2 for stamp in STAMPS]
    cells = {
        "number": lambda: pa.array(ticks, pa.int64()),
        "text": lambda: pa.array([None if tick is None else str(tick) for tick in ticks]),
        "float": lambda: pa.array([None if tick is None else float(tick) for tick in ticks]),
        "timestamp": lambda: pa.array(ticks, pa.int64()).cast(pa.timestamp(unit, "Asia/Tokyo")),
    }[form]()
    table = cl.read_reviews(log_of(cells))
    assert table.second.tolist() == SECONDS
    assert table.second.dtype == np.int32
    assert not table.second.flags.writeable


def iso(stamp):
    return None if stamp is None else dt.datetime.fromtimestamp(stamp, dt.UTC).isoformat()


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "numbers.jsonl", "x.parquet", "frame"])
def test_every_format_tells_the_second(tmp_path, name):
    rows = [
        {"reviewer_id": f"u{k}", "product_id": "p", "timestamp": stamp if "numbers" in name else iso(stamp)}
        for k, stamp in enumerate(STAMPS)
    ]
    path = tmp_path / name
    if name == "x.csv":
        pd.DataFrame(rows).to_csv(path, index=False)
    elif name == "x.parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif name != "frame":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert cl.read_reviews(pd.DataFrame(rows) if name == "frame" else path).second.tolist() == SECONDS


DAYS = [18_000, 18_001, 18_002, None, 18_900]


def at(second, unit="s"):
    return pa.array([None if day is None else (day * 86_400 + second) * A_SECOND[unit] for day in DAYS], pa.int64())


@pytest.mark.parametrize(
    "cells",
    [
        at(0),
        at(43_200, "ms"),
        at(0).cast(pa.timestamp("s")),
        pa.array(DAYS, pa.int32()).cast(pa.date32()),
        pa.array(DAYS, pa.int32()).cast(pa.date32()).cast(pa.string()),
        pa.array([None if day is None else iso(day * 86_400) for day in DAYS]),
        # Dates beside midnights, and beside a time that no review can have.
        pa.array(["2019-04-14", "2019-04-15T00:00:00Z", None, "2019-04-16", "1066-10-14T13:37:11Z"]),
        pa.array([None] * 5, pa.string()),
    ],
)
def test_days_alone_and_one_second_of_all_days_are_no_times_of_day(cells):
    assert cl.read_reviews(log_of(cells)).second is None


@pytest.mark.parametrize("unit", ["days", "yyyymmdd"])
def test_numbers_of_days_have_no_times_of_day(unit):
    cells = pa.array([20190414 + k if unit == "yyyymmdd" else 18_000 + k for k in range(5)])
    assert cl.read_reviews(log_of(cells), time_unit=unit).second is None


def test_dates_beside_times_have_none_of_their_own(tmp_path):
    """In one column, and in files of one log: which file a row is in changes nothing."""
    cells = ["2019-04-14", "2019-04-14T00:00:00Z", "2019-04-15T10:00:01Z", "", "2019-04-16"]
    expected = [-1, 0, 36_001, -1, -1]
    assert cl.read_reviews(log_of(cells)).second.tolist() == expected
    for k, cell in enumerate(cells):
        (tmp_path / f"{k}.csv").write_text(f"reviewer_id,product_id,timestamp\nu{k},p,{cell}\n")
    (tmp_path / "5.csv").write_text("reviewer_id,product_id\nu5,p\n")
    assert cl.read_reviews(tmp_path).second.tolist() == [*expected, -1]


def test_a_row_that_is_set_aside_tells_no_time():
    frame = log_of(at(0)).append_column("rating", pa.array(["5", "4", "3", "2", "x"]))
    odd = frame.set_column(2, "timestamp", pa.array([*at(0).to_pylist()[:4], 18_900 * 86_400 + 7]))
    assert cl.read_reviews(odd).second is None
    assert cl.read_reviews(odd.drop_columns("rating")).second.tolist() == [0, 0, 0, -1, 7]


BATCH = st.lists(st.none() | st.tuples(st.sampled_from([-1, 9000, 17_000, 99_999]), st.sampled_from([0, 0, 0, 5])), max_size=4)


@given(st.lists(BATCH, max_size=6), st.booleans(), st.none() | st.just(24))
def test_seconds_in_batches_are_those_of_one_reading(batches, numeric, rows):
    """However long they stay equal before they differ; times that no review can have do not count."""
    days = Days(rows, "s" if numeric else None)
    for batch in batches:
        values = np.array([NO_NUMBER if one is None else one[0] * 86_400 + one[1] if numeric else one[0] for one in batch], np.int64)
        days.add(values, numeric=numeric, second=None if numeric else np.array([0 if one is None else one[1] for one in batch], np.int32))
    every = [one for batch in batches for one in batch]
    found = np.broadcast_to(days.seconds(), len(every))
    timed = days.whole() != NO_TIME
    assert timed.tolist() == [one is not None and 9000 <= one[0] < 20_000 for one in every]
    assert found[timed].tolist() == [one[1] for one, there in zip(every, timed, strict=True) if there]
    if len(set(found[timed].tolist())) < 2:
        assert isinstance(days.seconds(), np.generic), "takes no memory"


@given(st.lists(st.sampled_from([-1, 0, 7]), max_size=5))
def test_two_seconds_tell_times(seconds):
    assert has_time_of_day(np.array(seconds, np.int32)) == (len(set(seconds) - {-1}) > 1)
