"""Markets with brokers are as planned, and the judgement on a case counts right and wrong joins."""

from itertools import pairwise
from types import SimpleNamespace

import pytest

from collusion import cli
from collusion.base.errors import ConfigError
from collusion.base.operation import Operation, RingLink
from collusion.bench import brokers
from collusion.bench.brokers import BrokerMarket, Joins, broker_log, judge_joins, shares

MARKET = BrokerMarket(3, reviews=10_000, crowds=2)


@pytest.fixture(scope="module")
def log():
    return broker_log(MARKET)


def test_groups_share_the_core_and_no_product(log):
    one, two, three = log.rings[-3:]
    core = set(one.reviewers) & set(two.reviewers)
    assert len(core) == 3
    assert core == set(one.reviewers) & set(three.reviewers) == set(two.reviewers) & set(three.reviewers)
    assert not set(one.products) & set(two.products)
    assert not set(two.products) & set(three.products)
    assert broker_log(MARKET).digest() == log.digest()


def ring(k, group, status="flagged"):
    return SimpleNamespace(id=f"R-{k}", status=status, reviewers=group.reviewers)


def operation(*ids):
    links = tuple(RingLink(a, b, "accounts", ("x", "y"), 0.1, 0.001, 0.01) for a, b in pairwise(ids))
    return Operation("O-1", 1, ids, links, ())


def test_right_and_wrong_joins_are_counted(log):
    rings = [ring(k, one) for k, one in enumerate(log.rings)] + [ring(6, log.honest[0], "coordinated"), ring(7, log.honest[1], "explained")]

    def judged(*operations):
        found = judge_joins(MARKET, log, SimpleNamespace(rings=rings, operations=operations))
        return found.found, found.alone, found.joined, found.honest_joined, found.others_joined, found.wrong_links

    assert judged() == (3, 3, 1, 0, 0, ())
    assert judged(operation("R-3", "R-4", "R-5")) == (3, 3, 3, 0, 0, ())
    assert judged(operation("R-3", "R-4", "R-0")) == (3, 3, 2, 0, 1, ("accounts",))
    assert judged(operation("R-3", "R-4", "R-5", "R-6")) == (3, 3, 3, 1, 0, ("accounts",))
    assert judged(operation("R-0", "R-1"))[4] == 2


def test_shares_are_of_what_they_say():
    none = Joins(2, 0, 0, 0, 0, 5, 4, 1, 3, 0, 0, ("texts",))
    found = {one.what: (one.n, one.of) for one in shares([Joins(1, 3, 3, 3, 3, 8, 2, 0, 3, 0, 1), none])}
    assert found["brokers, all groups joined"] == (1, 1)
    assert found["honest groups joined to others"] == (1, 6)
    assert found["markets without a broker and a wrong join"] == (1, 1)
    assert shares([none])[0].share is None


@pytest.mark.parametrize(("change", "problem"), [({"groups": 1}, "at least 2 groups"), ({"shared": 1.5}, "from 0 to 1")])
def test_an_impossible_market_is_refused(change, problem):
    with pytest.raises(ConfigError, match=problem):
        BrokerMarket(1, **change)


def test_the_command_shows_a_table_or_json(monkeypatch, capsys):
    asked = []

    def run(markets, **_):
        asked.extend(markets)
        return [Joins(one.seed, one.groups, one.groups, one.groups, one.groups, 8, 2, 0, 3, 0, 1) for one in markets]

    monkeypatch.setattr(brokers, "run_markets", run)
    assert cli.main(["bench", "operations", "--markets", "2", "--seed", "7", "--json"]) == 0
    assert '"what": "brokers, all groups joined"' in capsys.readouterr().out
    assert [(one.seed, one.groups) for one in asked] == [(7, 3), (8, 3), (9, 0), (10, 0)]
    assert cli.main(["bench", "operations", "--markets", "1"]) == 0
    assert "1.000" in capsys.readouterr().out
    assert cli.main(["bench", "operations", "--groups", "1"]) == 2
