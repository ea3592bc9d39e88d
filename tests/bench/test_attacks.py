"""Attacks on a given graph: every edge is planted, at the times that the rule says, and judged by account."""

import numpy as np
import pytest
from simulate.inject.planted_logs import GROUP, published_files

from collusion.base.config import ScanConfig
from collusion.base.errors import CollusionError, InputError
from collusion.bench.attacks import attacks
from collusion.pipeline import read_log
from collusion.simulate.inject.published import CAMPAIGN_DAYS, LOG_DAYS, Attack, read_attacks, with_times


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A graph without times; twelve of its accounts on eight products, and 40 new accounts with a review each."""
    singles = Attack("singles", tuple(f"new{k}" for k in range(40)), tuple(f"p{k % 4}" for k in range(40)))
    return published_files(tmp_path_factory.mktemp("attacks"), singles)


def test_attacks_are_read_by_name(files):
    found = read_attacks(files[1])
    assert [a.name for a in found] == ["group", "singles"]
    assert found[0] == GROUP


def test_a_missing_column_is_said(tmp_path):
    (tmp_path / "a.csv").write_text("attack,user,product\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column reviewer"):
        read_attacks(tmp_path / "a.csv")


def test_times_follow_the_rule(files):
    log, _ = read_log(files[0], ScanConfig())
    n = log.graph.n_reviews
    plain, columns = with_times(log, None, 3), with_times(log, GROUP, 3)
    day = (columns["timestamp"] - np.datetime64("2001-01-01")) // np.timedelta64(1, "D")
    assert len(day) == n + 96
    assert 0 <= day.min() <= day.max() < LOG_DAYS
    np.testing.assert_array_equal(columns["timestamp"][:n], plain["timestamp"])
    assert all(np.ptp(day[n:][columns["product_id"][n:] == p]) < CAMPAIGN_DAYS for p in {*GROUP.products})
    assert np.ptp(day[n:]) > CAMPAIGN_DAYS  # each target has a campaign of its own
    assert tuple(columns["reviewer_id"][n:]) == GROUP.reviewers
    assert (with_times(log, GROUP, 4)["timestamp"] != columns["timestamp"]).mean() > 0.9


def test_an_unknown_product_is_said(files):
    log, _ = read_log(files[0], ScanConfig())
    with pytest.raises(CollusionError, match="nowhere"):
        with_times(log, Attack("x", ("u1",), ("nowhere",)), 0)


@pytest.mark.usefixtures("no_processes", "no_power_statement")
def test_a_group_is_found_single_reviews_cannot_be_and_nobody_else_is_accused(files):
    told = attacks(*files, runs=2, jobs=1)
    assert [(one.attack, one.seed) for one in told] == [(a, s) for a in ("", "group", "singles") for s in (0, 1)]
    for one in told:
        assert one.false == 0
        if one.attack == "group":
            assert one.average_precision > 0.9
            assert one.accounts_found >= 11
        else:
            assert one.flagged == one.accounts_found == 0
    singles = told[-1]
    assert singles.average_precision == pytest.approx(singles.accounts / singles.reviewers)
