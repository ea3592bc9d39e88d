"""Gamma* says how much larger the expectation may be before the count is no longer significant."""

from math import log

import numpy as np
import pytest
from scipy.stats import poisson

from collusion.graph.graph import build_graph
from collusion.graph.projection import co_reviews_of
from collusion.inference.score import score_group
from collusion.inference.statements import gamma_star, robustness
from markets import market


@pytest.mark.parametrize(("alpha", "expected"), [(1e-3, 10.11), (1e-4, 7.78), (1e-6, 4.85)])
def test_twelve_meetings_where_four_tenths_are_expected(alpha, expected):
    assert gamma_star(12, 0.4, log(alpha)) == pytest.approx(expected, abs=0.005)
    assert poisson.sf(11, gamma_star(12, 0.4, log(alpha)) * 0.4) == pytest.approx(alpha, rel=1e-9)


def test_more_meetings_raise_it_and_a_stricter_level_lowers_it():
    by_count = [gamma_star(count, 2.0, -20.0) for count in range(100)]
    assert by_count == sorted(by_count)
    assert by_count[0] == 0.0
    by_level = [gamma_star(500, 2.0, -float(level)) for level in np.linspace(1, 1500, 300)]
    assert by_level == sorted(by_level, reverse=True)


def test_beyond_double_precision_it_errs_to_the_smaller_side():
    """Chernoff's bound stands in for a tail that a double cannot hold: a little less robust, never more."""
    exact, bound = gamma_star(2_000, 3.0, -689.9), gamma_star(2_000, 3.0, -690.1)
    assert 0.95 * exact < bound <= exact


def test_a_ring_is_robust_and_strangers_are_not():
    log_, truth = market(20_000, 3, [(15, 8, 0.9)])
    graph = build_graph(**log_)
    by_window = (co_reviews_of(graph, 7), co_reviews_of(graph, 21))
    ring = truth[0][0].astype(np.int32)
    gamma, said = robustness(score_group(graph, by_window, ring), graph, len(ring), 0.0)
    assert gamma > 2
    assert said.stance == "for"
    assert f"{gamma:.1f} times more likely than chance" in said.statement
    stricter, _ = robustness(score_group(graph, by_window, ring), graph, len(ring), 5.0)
    assert stricter < gamma
    strangers = np.arange(15, dtype=np.int32)
    gamma, said = robustness(score_group(graph, by_window, strangers), graph, 15, 0.0)
    assert gamma <= 1
    assert said.stance == "neutral"
