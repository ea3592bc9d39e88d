"""Single tests keep their level where their null holds, and only there."""

from collections import defaultdict

import numpy as np
import pytest
from scipy.stats import binom

from collusion.bench import single_tests as module
from collusion.bench.single_tests import NULLS, single_tests
from collusion.graph.graph import build_graph
from collusion.graph.strata import strata_of
from markets import market, narrow_market

WORLDS = 60


@pytest.fixture(scope="module")
def p_values():
    graph = build_graph(**market(12_000, 11)[0])
    found = defaultdict(list)
    for seed in range(WORLDS):
        for signal, p_value in single_tests(graph, seed, groups=4):
            found[signal].append(p_value)
    return {signal: np.array(values) for signal, values in found.items()}


def test_each_test_has_its_null(p_values):
    assert set(p_values) == set(NULLS)
    assert all(len(values) >= 3 * WORLDS for values in p_values.values())


@pytest.mark.parametrize("signal", NULLS)
@pytest.mark.parametrize("level", [0.05, 0.1, 0.5])
def test_no_more_p_values_lie_below_a_level_than_the_level_says(p_values, signal, level):
    """Up to what chance allows one time in a thousand."""
    values = p_values[signal]
    assert (values <= level).sum() <= binom.isf(0.001, len(values), level)


@pytest.mark.parametrize("signal", ["density", "synchrony"])
def test_exact_tests_are_even(p_values, signal):
    """Not only at most: as many as the level says, give or take ties and what chance allows one time in a thousand."""
    values = p_values[signal]
    for level in (0.1, 0.25, 0.5, 0.75):
        assert (values <= level).sum() >= binom.ppf(0.001, len(values), 0.8 * level)


def test_with_wrong_strata_p_values_are_far_from_even(monkeypatch):
    """Where people keep to categories and the test does not know them, it takes shared taste for evidence: the tests above can fail."""
    graph = narrow_market(30_000, 11)

    def found():
        values = [p for seed in range(WORLDS // 3) for signal, p in single_tests(graph, seed, groups=4) if signal == "density"]
        return (np.array(values) <= 0.05).mean()

    assert found() <= 0.1
    monkeypatch.setattr(module, "strata_of", lambda graph: strata_of(graph.with_columns(category=None)))
    assert found() > 0.3
