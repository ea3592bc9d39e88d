"""Laws of devices and addresses: who shares them is as asked for, and a ring changes none but its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from collusion.simulate.crowds import Cohorts
from collusion.simulate.honest import Households
from collusion.simulate.market import Market, simulate, with_honest
from collusion.simulate.plan import RingPlan
from collusion.simulate.writing import to_table, write_log

BASE = replace(with_honest(Market(reviews=15_000, links=True), None), households=Households(60), cohorts=Cohorts(2))
RING = RingPlan(20, 8, 0.9, devices=0.5, hijacked=0.2)


@pytest.fixture(scope="module")
def log():
    return simulate(replace(BASE, rings=(RING,)), 2)


def by_account(log, column):
    """The values of a column by account, those used most first."""
    used = defaultdict(Counter)
    for who, value in zip(log.reviewer_id[log.reviewer].astype(str), getattr(log, column).astype(str), strict=True):
        used[who][value] += 1
    return {who: [value for value, _ in counts.most_common()] for who, counts in used.items()}


def by_value(log, column):
    shared = defaultdict(set)
    for who, values in by_account(log, column).items():
        for value in values:
            shared[value].add(who)
    return shared


def test_most_accounts_have_a_device_and_an_address_of_their_own(log):
    busy = {who for who, n in Counter(log.reviewer_id[log.reviewer].astype(str)).items() if n >= 8}
    devices, addresses = by_account(log, "device"), by_account(log, "ip")
    # A taken-over account was at the ring's device, too.
    assert {len(values) for who, values in devices.items() if who not in log.rings[0].reviewers} == {1, 2}
    assert 0.2 < np.mean([len(devices[who]) == 2 for who in busy]) < 0.4
    assert 0.3 < np.mean([len(addresses[who]) > 1 for who in busy]) < 0.6
    assert np.mean([len(people) == 1 for people in by_value(log, "device").values()]) > 0.95


def test_households_share_both(log):
    devices, addresses = by_value(log, "device"), by_value(log, "ip")
    homes = [set(group.reviewers) for group in log.honest if group.kind == "households"]
    assert len(homes) > 50
    for shared in (devices, addresses):
        together = {frozenset(people) for people in shared.values()}
        # Of some homes a member has moved on to another, or wrote from elsewhere alone.
        assert np.mean([any(home <= people for people in together) for home in homes]) > 0.75


def test_an_office_shares_an_address_alone_with_colleagues_of_a_crowd(log):
    crowds = [set(group.reviewers) for group in log.honest if group.kind == "cohorts"]
    offices = [people for people in by_value(log, "ip").values() if 10 <= len(people) <= 60]
    assert len(offices) == 2
    assert all(max(len(people & crowd) for crowd in crowds) >= 2 for people in offices)
    assert max(map(len, by_value(log, "device").values())) <= 6


def test_a_carrier_is_shared_by_hundreds(log):
    # 3,000 accounts per address, of which those count that wrote from it.
    assert max(map(len, by_value(log, "ip").values())) > 300


def test_half_of_the_ring_sits_at_devices_of_two_to_six(log):
    ring, targets = set(log.rings[0].reviewers), set(log.rings[0].products)
    table = to_table(log).to_pylist()
    paid = [row for row in table if row["reviewer_id"] in ring and row["product_id"] in targets]
    at = defaultdict(set)
    for row in paid:
        at[row["device"]].add(row["reviewer_id"])
    shared = [people for people in at.values() if len(people) > 1]
    assert all(2 <= len(people) <= 6 for people in shared)
    assert len(set().union(*shared)) == sum(map(len, shared)) == 10
    # Of an account that shares a device each review that the ring wrote comes from it, and the owner's own do not.
    address = {row["device"]: row["ip"] for row in paid if len(at[row["device"]]) > 1}
    assert all(row["ip"] == address[row["device"]] for row in paid if row["device"] in address)
    seats = {row["device"] for row in table if row["device"] in address}
    alone = {row["reviewer_id"] for row in table if row["device"] in seats}
    assert alone <= ring


def test_a_ring_without_devices_shares_none():
    log = simulate(replace(BASE, rings=(replace(RING, devices=0, hijacked=0),)), 2)
    ring = set(log.rings[0].reviewers)
    assert all(len(people & ring) <= 1 for people in by_value(log, "device").values())


def test_links_change_nothing_else_and_a_ring_changes_no_link_of_others(log):
    without = simulate(replace(BASE, links=False, rings=(RING,)), 2)
    assert without.device is None
    assert to_table(log).drop_columns(["device", "ip"]).equals(to_table(without))
    rows = dict(zip(log.review_id.tolist(), zip(log.device.tolist(), log.ip.tolist(), strict=True), strict=True))
    bare = simulate(BASE, 2)
    for name, device, ip in zip(bare.review_id.tolist(), bare.device.tolist(), bare.ip.tolist(), strict=True):
        assert rows[name] == (device, ip)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_columns_are_written_where_the_market_has_them(tmp_path, log, form):
    write_log(log, tmp_path / "log", form, without=("text", "ip"))
    assert b"device" in (tmp_path / "log").read_bytes()
    assert to_table(log, without=("text", "ip")).column_names[-1] == "device"
