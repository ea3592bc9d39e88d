"""Whatever brought bargain hunters brought others too; paid accounts come alone."""

import numpy as np
import pytest
from evidence.groups import group_of

from collusion.evidence.signals.promotion import Promotion
from collusion.graph.graph import NO_TIME, build_graph

MEMBERS, PRODUCTS = np.arange(10), np.arange(6)


def promotion(graph, members=MEMBERS, products=PRODUCTS):
    return Promotion().test(group_of(graph, members, products))


def log(rng, *, others, start=400, days=4, usual=30, launched=0):
    """Ten members on two thirds of six products within days, others beside them, and everybody else over two years."""
    i, j = np.nonzero(rng.random((10, 6)) < 0.67)
    rows = [(int(u), int(p), int(start + rng.integers(0, days))) for u, p in zip(i, j, strict=True)]
    rows += [(100 + k, int(rng.integers(0, 6)), int(start + rng.integers(0, days))) for k in range(others)]
    rows += [(1000 + 40 * p + k, p, launched + int(t)) for p in range(6) for k, t in enumerate(np.append(0, rng.integers(0, 700, usual)))]
    return build_graph(*zip(*(row[:2] for row in rows), strict=True), time=[row[2] for row in rows])


@pytest.mark.parametrize("seed", range(5))
def test_a_sale_is_known_by_those_who_bought_one_thing(seed):
    rng = np.random.default_rng(seed)
    sale = promotion(log(rng, others=30))
    assert sale.observed >= 30
    assert "brought others too" in sale.statement
    alone = promotion(log(rng, others=0))
    assert "Hardly more others" in alone.statement
    assert sale.stance == alone.stance == "neutral"


def test_accounts_of_a_ring_that_were_not_found_are_no_crowd():
    """Three reviews by others in the same days, for some forty of the members: more than usual, and far from what a sale brings."""
    found = [promotion(log(np.random.default_rng(seed), others=3, usual=4)) for seed in range(5)]
    assert all("Hardly more others" in one.statement for one in found)


def test_its_level_is_kept_where_others_come_as_always():
    """Everybody else's days are even, the members' too: p-values of .05 or less are as rare as that, or rarer."""
    rng = np.random.default_rng(7)
    p_values = [promotion(log(rng, others=0, days=60)).p_value for _ in range(300)]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.08
    assert min(p_values) > 1e-4


def test_at_a_launch_everybody_comes_so_that_nothing_is_asked():
    rng = np.random.default_rng(2)
    assert promotion(log(rng, others=30, start=400, launched=398)) is None
    timeless = build_graph([0, 1, 0, 1], [0, 0, 1, 1])
    assert promotion(timeless, [0, 1], [0, 1]) is None
    undated = build_graph([0, 1, 0, 1], [0, 0, 1, 1], time=[NO_TIME] * 4)
    assert promotion(undated, [0, 1], [0, 1]) is None
