"""Logs to plant into, and the laws of every attack on every log."""

from __future__ import annotations

import csv

import numpy as np
import pyarrow as pa

from collusion.simulate.inject.published import Attack
from collusion.simulate.inject.rings import Rings
from collusion.simulate.labelled import LabelledLog, labelled_market, paid
from collusion.simulate.market import Market, simulate
from collusion.simulate.plan import RingPlan
from collusion.simulate.world import stream
from collusion.simulate.writing import to_table
from markets import frame, market


def small(*columns, n=6_000, seed=1):
    """A log of another generator, with these columns beside the ids."""
    table = pa.Table.from_pandas(frame(market(n, seed)[0]), preserve_index=False)
    table = table.select(["reviewer_id", "product_id", *columns])
    return LabelledLog(table, np.zeros(len(table), bool))


ALL = ("rating", "timestamp", "category", "seller")


LOG = small(*ALL)


BARE = small()


SIMULATED = simulate(Market(reviews=6_000), 3)


MARKET = labelled_market(SIMULATED, to_table(SIMULATED, listing=True))


GROUP = Attack("group", tuple(f"u{k % 12}" for k in range(96)), tuple(f"p{k // 12}" for k in range(96)))
"""Twelve accounts on eight products."""


def published_files(folder, single):
    """Write a graph without times, and two attacks on it, `GROUP` last; return where both are."""
    log, _ = market(6_000, 1)
    for name, header, rows in (
        ("log", ("reviewer_id", "product_id"), ((f"u{u}", f"p{p}") for u, p in zip(log["reviewer"], log["product"], strict=True))),
        (
            "attacks",
            ("set", "attack", "reviewer", "product"),
            (("x", a.name, u, p) for a in (single, GROUP) for u, p in zip(a.reviewers, a.products, strict=True)),
        ),
    ):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows((header, *rows))
    return folder / "log.csv", folder / "attacks.csv"


def plan(text, log=LOG, seed=0, *, fit=False):
    return Rings((RingPlan.parse(text),), fitted=fit).plant(log, stream(seed, "test"))


def new(log, before=LOG):
    """The planted rows as a plain table, with the fake mask."""
    rows = log.table.slice(len(before))
    return {name: rows.column(name).to_pylist() for name in rows.column_names} | {"fake": log.fake[len(before) :].tolist()}


def pairs(log):
    return list(zip(*(log.table.column(name).to_pylist() for name in ("reviewer_id", "product_id")), strict=True))


def days(log):
    return log.table.column("timestamp").combine_chunks().cast(pa.timestamp("s")).cast(pa.int64()).to_numpy() / 86_400


def first_days(log, side=1):
    """The day of the first honest review of each product, or of each reviewer (side 0)."""
    first = {}
    for pair, day, fake in zip(pairs(log), days(log), log.fake, strict=True):
        if not fake:
            first[pair[side]] = min(day, first.get(pair[side], np.inf))
    return first


def check(log, before):
    """Check the laws of every attack on every log."""
    old = log.table.slice(0, len(before))
    assert old.column_names == before.table.column_names
    assert log.table.schema.types == before.table.schema.types
    for name in old.column_names:
        assert old.column(name).combine_chunks().equals(before.table.column(name).combine_chunks())
    np.testing.assert_array_equal(log.fake[: len(before)], before.fake)
    assert log.rings[: len(before.rings)] == before.rings
    assert log.honest[: len(before.honest)] == before.honest
    log.table.validate(full=True)
    # No pair is reviewed that was reviewed before, or twice.
    planted = pairs(log)[len(before) :]
    assert len(set(planted)) == len(planted)
    assert not set(planted) & set(pairs(before))
    assert {product for _, product in planted} <= set(before.table.column("product_id").to_pylist())
    added = LabelledLog(log.table.slice(len(before)), log.fake[len(before) :], log.rings[len(before.rings) :])
    np.testing.assert_array_equal(added.fake, paid(added.table, added.rings))
    ids = [group.id for group in (*log.rings, *log.honest)]
    assert len(set(ids)) == len(ids)
    for ring in added.rings:
        assert set(ring.reviewers) == {a for (a, b), fake in zip(planted, added.fake, strict=True) if fake and a in ring.reviewers}
        assert list(ring.reviewers) == sorted(ring.reviewers)
    if "timestamp" in before.table.column_names:
        when, whole = days(log), days(before)
        assert (when >= whole.min()).all()
        assert (when <= whole.max()).all()
        first = first_days(before)
        assert all(day >= first[product] for (_, product), day in zip(planted, when[len(before) :], strict=True))
    if "rating" in before.table.column_names:
        assert set(new(log, before)["rating"]) <= set(before.table.column("rating").to_pylist())
