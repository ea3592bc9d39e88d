"""Summaries of expansions: means over markets, for rings and for honest seeds without anybody left."""

import pytest

from collusion.bench.expansion import ExpansionMarket, ExpansionResult, ExpansionWork, expansion_rows


def test_rows_are_means_over_markets():
    found = [
        ExpansionResult("dense", 0, rest=10, found=10, right=9, passes=True, reach=10),
        ExpansionResult("dense", 1, rest=10, found=4, right=4, passes=False, reach=5),
        ExpansionResult("households", 0, rest=0, found=0, right=0, passes=False, reach=None),
        ExpansionResult("households", 1, rest=1, found=2, right=1, passes=True, reach=None),
    ]
    rings, honest = expansion_rows(found)
    assert rings == {
        "seeds": "dense",
        "markets": 2,
        "recall": pytest.approx(0.45),
        "false_share": pytest.approx(0.05),
        "oracle": 0.75,
        "connected": 2,
        "nothing_found": 1,
    }
    assert honest == {
        "seeds": "households",
        "markets": 2,
        "recall": None,
        "false_share": None,
        "oracle": None,
        "connected": 1,
        "nothing_found": 1,
    }


def test_a_dense_ring_of_a_small_market_is_found():
    task = ExpansionMarket("dense", 1, reviews=10_000, replicates=1)
    found = ExpansionResult(**ExpansionWork()(vars(task), allow=None))
    assert found.right >= 12
    assert found.reach >= found.right
