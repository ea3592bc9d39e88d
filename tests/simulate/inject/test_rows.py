"""Planted rows have the types, scales and columns of the log; logs that cannot be planted in are refused."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from simulate.inject.planted_logs import LOG, MARKET, new, plan

from collusion.base.errors import ConfigError
from collusion.simulate.inject import ATTACKS, make_attack
from collusion.simulate.inject.background import background_of
from collusion.simulate.inject.columns import clock_of, coded, like, most_common
from collusion.simulate.inject.rows import fresh_ids
from collusion.simulate.labelled import LabelledLog
from collusion.simulate.world import stream


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_ids_may_be_large_or_dictionaries(kind):
    table = LOG.table
    for k, column in enumerate(("reviewer_id", "product_id")):
        table = table.set_column(k, column, table.column(column).cast(kind))
    log = LabelledLog(table, LOG.fake)
    planted = plan("20x10@0.8", log)
    assert new(planted) == new(plan("20x10@0.8"))
    assert planted.table.schema.types == log.table.schema.types
    assert planted.digest()


TIMES = {
    "seconds": pa.timestamp("s", "UTC"),
    "nanoseconds": pa.timestamp("ns"),
    "zone": pa.timestamp("ms", "Asia/Tokyo"),
    "dates": pa.date32(),
    "long dates": pa.date64(),
    "integers": pa.int64(),
    "floats": pa.float64(),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_of_every_type_stay_what_they_are(name):
    kind = TIMES[name]
    times = LOG.table.column("timestamp").combine_chunks().cast(pa.timestamp("s"))
    for through in {"zone": (pa.timestamp("s", "UTC"),), "integers": (pa.int64(),), "floats": (pa.int64(),)}.get(name, ()):
        times = times.cast(through)
    times = times.cast(kind)
    log = LabelledLog(LOG.table.set_column(3, "timestamp", times), LOG.fake)
    assert log.table.column_names[3] == "timestamp"
    planted = plan("20x10@0.8", log)
    assert planted.table.schema.field("timestamp").type == kind
    # The log knows days alone, so the planted reviews do; and they are the same days whatever the type.
    clock, plain = (clock_of(one.table.column("timestamp").combine_chunks()) for one in (planted, plan("20x10@0.8")))
    np.testing.assert_array_equal(clock.count // clock.a_day, plain.count // plain.a_day)
    assert (np.diff(np.unique(clock.count)) % clock.a_day == 0).all()


def test_hours_stay_hours():
    table = LOG.table.set_column(
        3,
        "timestamp",
        pc.add(LOG.table.column("timestamp").cast(pa.timestamp("s")), pa.array(np.arange(len(LOG)) % 24 * 3600, pa.duration("s"))),
    )
    planted = plan("20x10@0.8", LabelledLog(table, LOG.fake))
    clock = clock_of(planted.table.column("timestamp").combine_chunks())
    assert (clock.count % 3600 == 0).all()
    assert len(np.unique(clock.count[len(LOG) :] // 3600 % 24)) > 12


def test_other_columns_are_filled_from_the_log():
    planted = ATTACKS["rings"].plant(MARKET, stream(0, "x"))
    rows = new(planted, MARKET)
    old = {name: MARKET.table.column(name).to_pylist() for name in MARKET.table.column_names}
    for column in ("category", "seller", "listing"):
        where = dict(zip(old["product_id"], old[column], strict=True))
        assert rows[column] == [where[product] for product in rows["product_id"]]
    assert np.mean(rows["verified"]) == pytest.approx(np.mean(old["verified"]), abs=0.1)
    assert len({*rows["review_id"], *old["review_id"]}) == len(planted)
    assert len({*rows["text"]}) == len(rows["text"])
    assert not {*rows["text"]} & {*old["text"]}


def test_fresh_ids_are_none_of_those_taken():
    taken = set(fresh_ids(50, b"A", 7, frozenset()))
    assert len(taken) == 50
    more = fresh_ids(50, b"A", 7, taken)
    assert len(set(more) | taken) == 100
    assert fresh_ids(0, b"A", 7, taken) == []


def test_what_is_unknown_stays_null():
    extra = LOG.table.append_column("helpful_votes", pa.array(np.arange(len(LOG)))).append_column("text", pa.nulls(len(LOG), pa.string()))
    planted = plan("20x10@0.8", LabelledLog(extra, LOG.fake))
    assert {*new(planted)["helpful_votes"], *new(planted)["text"]} == {None}


def test_nulls_in_the_log_are_borne():
    gap = np.arange(len(LOG)) % 7 == 0
    table = LOG.table
    for name in ("rating", "timestamp", "category", "seller"):
        column = table.column(name).combine_chunks()
        table = table.set_column(table.column_names.index(name), name, pc.if_else(pa.array(gap), pa.scalar(None, column.type), column))
    planted = make_attack("rings+look-alikes").plant(LabelledLog(table, LOG.fake), stream(0, "x"))
    rows = new(planted)
    assert None not in rows["timestamp"]
    assert None not in rows["rating"]


def test_most_common_and_coded_by_hand():
    code, values = coded(pa.array(["b", None, "a", "c", "a"]))
    assert values.to_pylist() == ["a", "b", "c"]
    assert code.tolist() == [1, -1, 0, 2, 0]
    assert most_common(code, np.array([0, 0, 0, 1, 1]), 3).tolist() == [0, 0, -1]
    assert most_common(np.array([2, 1, 1, -1, -1, 0]), np.array([0, 0, 0, 1, 2, 2]), 3).tolist() == [1, -1, 0]
    assert coded(pa.array([["a"], ["b"]])) is None
    drawn = like(pa.array([True, True, None, False]), np.random.default_rng(0), 4000).to_pylist()
    assert drawn.count(True) == pytest.approx(2000, abs=150)
    assert drawn.count(None) == pytest.approx(1000, abs=150)
    assert like(pa.array([["a"]]), np.random.default_rng(0), 2).to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("timestamp", ["2020-01-01"] * 3, "timestamp is of the type string"),
        ("timestamp", [1, 2, 3], "timestamp holds numbers such as 1"),
        ("timestamp", [None] * 3, "timestamp has no value"),
        ("rating", ["good"] * 3, "rating is of the type string"),
        ("rating", [None] * 3, "rating has no value"),
        ("reviewer_id", ["a", None, "b"], "reviewer_id is missing in 1 rows"),
        ("reviewer_id", [1, 2, 3], "reviewer_id is of the type int64; ids must be text"),
    ],
)
def test_logs_that_cannot_be_planted_in_are_refused(column, values, says):
    columns = {"reviewer_id": ["a", "b", "c"], "product_id": ["x", "y", "z"]} | {column: values}
    log = LabelledLog(pa.table({name: pa.array(own) for name, own in columns.items()}), np.zeros(3, bool))
    with pytest.raises(ConfigError, match=says):
        background_of(log)


def test_all_that_is_wrong_with_a_log_is_said_at_once():
    table = pa.table({"reviewer_id": [1], "product_id": pa.array([None], pa.string()), "rating": ["x"], "timestamp": ["y"]})
    with pytest.raises(ConfigError) as caught:
        background_of(LabelledLog(table, [False]))
    assert str(caught.value).count("\n") == 3
