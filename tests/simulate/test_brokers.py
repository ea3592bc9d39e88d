"""Laws of brokers: groups share workers and no product, every client has its own sellers, and nothing else in the market changes."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from collusion import cli
from collusion.base.errors import ConfigError
from collusion.simulate.broker_plan import BrokerPlan
from collusion.simulate.market import Market, simulate, with_honest
from collusion.simulate.names import seller_names
from collusion.simulate.plan import RingPlan

BASE = with_honest(Market(reviews=12_000, repeats=0, rings=(RingPlan(12, 6, 0.8),)), None)
GROUP = RingPlan(20, 6, 0.7, days=14.0)
PLAN = BrokerPlan(GROUP, clients=3, sellers=2, waves=2, gap=50.0)


@pytest.fixture(scope="module")
def log():
    return simulate(replace(BASE, brokers=(PLAN, BrokerPlan(GROUP))), 3)


def rows(log):
    return set(zip(log.review_id.tolist(), log.reviewer_id[log.reviewer].tolist(), log.time.tolist(), log.rating.tolist(), strict=True))


def groups_of(log, broker):
    by_id = {ring.id: ring for ring in log.rings}
    return [by_id[name] for name in broker.rings]


def test_groups_share_the_pool_and_no_product(log):
    for broker, plan in zip(log.brokers, log.market.brokers, strict=True):
        groups = groups_of(log, broker)
        assert len(groups) == plan.clients * plan.waves
        for one, other in combinations(groups, 2):
            assert len(set(one.reviewers) & set(other.reviewers)) == 3  # 15 % of 20
            assert not set(one.products) & set(other.products)
        assert set(broker.core) == set(groups[0].reviewers) & set(groups[1].reviewers)
    everyone = [set().union(*(group.reviewers for group in groups_of(log, broker))) for broker in log.brokers]
    assert not everyone[0] & everyone[1]


def test_a_group_that_draws_half_of_a_pool_shares_other_workers_with_each_group():
    plan = replace(PLAN, shared=0.4, drawn=0.5)
    log = simulate(replace(BASE, brokers=(plan,)), 3)
    groups = groups_of(log, log.brokers[0])
    shared = [frozenset(one.reviewers) & frozenset(other.reviewers) for one, other in combinations(groups, 2)]
    assert len(set(shared)) > 1
    assert max(map(len, shared)) < 8 or min(map(len, shared)) < 8
    serving = [name for group in groups for name in group.reviewers]
    assert set(log.brokers[0].core) == {name for name in serving if serving.count(name) > 1}
    assert len(log.brokers[0].core) <= plan.pool == 16


def test_clients_have_sellers_of_their_own_and_the_truth_names_them(log):
    names = seller_names(int(log.seller.max()) + 1, log.seed)
    seller_of = {name.decode(): names[seller] for name, seller in zip(log.product_id.tolist(), log.seller.tolist(), strict=True)}
    broker, plan = log.brokers[0], PLAN
    sellers = [{seller_of[product] for product in group.products} for group in groups_of(log, broker)]
    clients = [set.union(*sellers[client :: plan.clients]) for client in range(plan.clients)]
    assert all(len(own) >= plan.sellers for own in clients)
    assert not any(one & other for one, other in combinations(clients, 2))
    assert set(broker.sellers) == set.union(*clients)


def test_waves_follow_each_other(log):
    day = (log.time - log.time.min()) / 86_400
    begins = []
    for group in groups_of(log, log.brokers[0]):
        who, what = (np.array(part, dtype=bytes) for part in (group.reviewers, group.products))
        paid = np.isin(log.reviewer_id[log.reviewer], who) & np.isin(log.product_id[log.product], what)
        assert day[paid].max() - day[paid].min() <= GROUP.days
        begins.append(day[paid].min())
    assert max(begins[:3]) < min(begins[3:])
    assert 20 < np.mean(begins[3:]) - np.mean(begins[:3]) < 80


def test_adding_brokers_leaves_the_rest_as_it_was(log):
    bare = simulate(BASE, 3)
    assert bare.brokers == ()
    assert rows(bare) < rows(log)
    assert [(ring.reviewers, ring.products) for ring in log.rings[:1]] == [(ring.reviewers, ring.products) for ring in bare.rings]


def test_files_without_brokers_are_as_before_and_with_them_hold_the_truth(tmp_path):
    command = ["simulate", "--reviews", "6000", "--seed", "4", "--ring", "8x4@1", "--honest", "none"]
    assert cli.main([*command, "--out", str(tmp_path / "bare")]) == 0
    assert sorted(path.name for path in (tmp_path / "bare").iterdir()) == ["classes.csv", "market.json", "reviews.csv.gz", "truth.csv"]
    made = json.loads((tmp_path / "bare" / "market.json").read_text(encoding="utf-8"))
    assert "brokers" not in made["market"]
    assert "brokers" not in made["log"]
    assert not any("broker" in part for part in made["command"])
    asked = [*command, "--brokers", "1", "--broker", "10x4@0.8:clients=2:sellers=2:waves=2:shared=0.2:days=9"]
    assert cli.main([*asked, "--out", str(tmp_path / "full")]) == 0
    with (tmp_path / "full" / "brokers.csv").open(newline="", encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert [row["id"] for row in told if row["role"] == "ring"] == ["ring-2", "ring-3", "ring-4", "ring-5"]
    assert sum(row["role"] == "core" for row in told) == 2
    made = json.loads((tmp_path / "full" / "market.json").read_text(encoding="utf-8"))
    assert made["market"]["brokers"][0]["group"]["reviewers"] == 10
    assert cli.main([*made["command"][1:], "--out", str(tmp_path / "again")]) == 0
    for path in (tmp_path / "full").iterdir():
        if path.name != "market.json":
            assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("20x8@0.6:clients=0:waves=0", "clients must be at least 1\n.*waves must be at least 1"),
        ("20x8@0.6:clients=two", "clients must be a whole number"),
        ("20x8@0.6:drawn=0", "drawn must be above 0"),
        ("20x8@0.6:overlap=0.1", "overlap is chosen by the broker"),
        ("20x8@0.6:wave=2", "'wave=2' is not KEY=VALUE"),
    ],
)
def test_what_a_broker_cannot_do_is_refused(text, says):
    with pytest.raises(ConfigError, match=says):
        BrokerPlan.parse(text)


@pytest.mark.parametrize(
    ("plan", "says"), [(replace(PLAN, waves=40), "does not fit into a log"), (replace(PLAN, clients=80), "too few products")]
)
def test_a_market_too_small_for_a_broker_says_so(plan, says):
    with pytest.raises(ConfigError, match=says):
        simulate(replace(BASE, brokers=(plan,)), 3)


def test_brokers_need_a_number(tmp_path, capsys):
    assert cli.main(["simulate", "--broker", "20x8@0.6", "--out", str(tmp_path / "out")]) == 2
    assert "--brokers N" in capsys.readouterr().err
