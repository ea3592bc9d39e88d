"""Regulars review each at their own time; a burst does not look like that."""

import numpy as np
import pytest
from evidence.groups import graph_of, group_of

from collusion.evidence.signals.independent_arrival import IndependentArrival


def everybody(products, reviews, first, span, rng):
    """Ordinary customers: each product reviewed at times of its own, by people who write once."""
    return [(first + p * reviews + k, p, int(t)) for p in range(products) for k, t in enumerate(rng.integers(0, span, reviews))]


@pytest.mark.parametrize("burst", [True, False])
def test_regulars_came_in_their_own_time_and_a_burst_did_not(burst):
    """Twelve people review eight places: at times of their own, as others do, or all within two weeks."""
    rng = np.random.default_rng(1)
    own = [(u, p, int(400 + rng.integers(0, 14)) if burst else int(rng.integers(0, 1000))) for u in range(12) for p in range(8)]
    graph = graph_of(own + everybody(8, 30, 100, 1000, rng))
    found = IndependentArrival().test(group_of(graph, np.arange(12), np.arange(8), window=21))
    assert found.stance == "neutral"
    assert (found.p_value <= 0.01) == burst
    assert ("dates look independent" in found.statement) == (not burst)


def test_independent_arrival_keeps_its_level():
    """Members whose dates are drawn as everybody's: the share of p-values of .05 or less is about that."""
    rng = np.random.default_rng(2)
    p_values = []
    for seed in range(200):
        own = [(u, p, int(rng.integers(0, 1000))) for u in range(6) for p in range(6)]
        graph = graph_of(own + everybody(6, 60, 100, 1000, rng))
        p_values.append(IndependentArrival().test(group_of(graph, np.arange(6), np.arange(6), window=21, seed=seed)).p_value)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.1
    assert np.mean(np.array(p_values) <= 0.5) == pytest.approx(0.5, abs=0.15)


def test_people_who_follow_the_same_fashions_hardly_come_together():
    """Two hundred people of one taste, a tenth more often within the window than others: significant, and nothing to accuse anybody of."""
    rng = np.random.default_rng(10)
    wave = [int(rng.integers(0, 1000)) for _ in range(20)]

    def day(p, share):
        return int(np.clip(wave[p] + rng.normal(0, 40), 0, 999)) if rng.random() < share else int(rng.integers(0, 1000))

    own = [(u, p, day(p, 0.25)) for u in range(200) for p in range(20) if rng.random() < 0.15]
    others = [(1000 + 60 * p + k, p, day(p, 0.15)) for p in range(20) for k in range(60)]
    graph = graph_of(own + others)
    found = IndependentArrival().test(group_of(graph, np.arange(200), np.arange(20), window=60))
    assert found.p_value <= 0.05
    assert 1 < found.observed / found.expected < 1.5
    assert "dates look independent" in found.statement
