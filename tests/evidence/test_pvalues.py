"""p-values from draws keep their level far into the tail; their combination is Cauchy's, and their adjustment Benjamini and Hochberg's."""

from itertools import pairwise
from math import atan, pi, tan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import expon, false_discovery_control, lognorm, norm, pareto, poisson, uniform

from collusion.evidence.pvalues import adjusted, cauchy, p_of_draws
from oracles import benjamini_hochberg, pareto_tail

LAWS = {"normal": norm(), "exponential": expon(), "uniform": uniform(), "lognormal": lognorm(1.0), "heavy": pareto(2.5)}

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(probabilities)
def test_adjusted_p_values_are_scipys_and_the_definitions(p):
    assert adjusted(p).tolist() == pytest.approx(false_discovery_control(p).tolist())
    assert adjusted(p).tolist() == pytest.approx(benjamini_hochberg(p))


def test_nothing_is_adjusted_to_nothing():
    assert adjusted([]).tolist() == []


def level(law, draws, alpha):
    """The chance that a value of the law gets at most ``alpha`` when it is compared with these draws of it."""
    low, high = float(law.ppf(0.2)), float(law.isf(1e-9)) * 50 + 1
    if p_of_draws(high, draws) > alpha:
        return 0.0
    return float(law.sf(brentq(lambda x: p_of_draws(x, draws) - alpha, low, high, xtol=1e-9)))


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.01, 0.001])
@pytest.mark.parametrize("name", LAWS)
def test_the_level_is_kept_and_hardly_wasted(name, alpha):
    """Values that are drawn as the null is: the share with at most alpha, exactly, over sets of draws."""
    rng, law = np.random.default_rng(1), LAWS[name]
    levels = [level(law, law.rvs(999, random_state=rng), alpha) for _ in range(120)]
    # A heavy tail is known from a few large values alone, and is now and then taken for a lighter one.
    assert np.mean(levels) <= (1.2 if alpha > 0.001 or name in {"normal", "exponential", "uniform"} else 1.6) * alpha
    if name not in {"uniform", "normal"}:  # no end is claimed, so that laws which have one are judged mildly
        assert np.mean(levels) >= 0.6 * alpha


def test_few_draws_count_as_they_are():
    """(1 + draws at or above) / (draws + 1); a tail is fitted to twenty values or more, and only where fewer than ten draws reach."""
    draws = np.arange(100.0)
    assert p_of_draws(200.0, draws) == 1 / 101
    assert p_of_draws(95.0, draws) == 6 / 101
    many = np.arange(1000.0)
    assert p_of_draws(990.0, many) == 11 / 1001
    assert p_of_draws(500.0, many) == 501 / 1001
    assert p_of_draws(-1.0, many) == 1.0
    assert 0 < p_of_draws(2000.0, many) < 1 / 1001


def test_ties_count_whatever_the_last_bits_of_a_sum():
    draws = np.full(1000, 0.1 + 0.2)
    assert p_of_draws(0.3, draws) == 1.0
    assert p_of_draws(0.3 + 1e-6, draws) == 1 / 1001
    # In the measure of the value; of small ones in that of one.
    assert p_of_draws(1e6, np.full(1000, 1e6 - 1e-5)) == 1.0
    assert p_of_draws(1e6, np.full(1000, 1e6 - 1e-2)) == 1 / 1001
    assert p_of_draws(0.0, np.full(1000, -1e-10)) == 1.0
    assert p_of_draws(1e-10, np.full(1000, -1.5e-9)) == 1 / 1001
    # Where most draws are equal and the tail has no spread, counts stand.
    assert p_of_draws(5.0, np.zeros(1000)) == 1 / 1001


@pytest.mark.parametrize("n", [200, 999, 1004])
def test_beyond_the_draws_it_is_the_law_of_their_largest_tenth(n):
    draws = np.random.default_rng(n).lognormal(0, 1, n)
    held = round(n / 10)
    ascending = np.sort(draws)
    threshold = ascending[-held - 1]
    for observed in (*ascending[-9:], *(ascending[-1] * np.array([1.01, 2, 50, 1e9]))):
        if (draws >= observed).sum() < 10:
            expected = held / n * pareto_tail(ascending[-held:] - threshold, observed - threshold)
            assert p_of_draws(observed, draws) == pytest.approx(expected, rel=1e-9, abs=0)
    # As near as ten draws, counts stand.
    assert p_of_draws(ascending[-10], draws) == 11 / (n + 1)


def test_counts_are_never_too_small():
    rng = np.random.default_rng(2)
    law = poisson(3)
    for alpha in (0.05, 0.01):
        found = [p_of_draws(float(x), law.rvs(999, random_state=rng).astype(float)) for x in law.rvs(300, random_state=rng)]
        assert (np.array(found) <= alpha).mean() <= 1.5 * alpha


def test_a_larger_value_is_never_likelier():
    draws = np.random.default_rng(3).pareto(1.5, 999)
    p = [p_of_draws(x, draws) for x in np.geomspace(0.1, 1e6, 300)]
    # Where counts end and the tail begins it may rise by what ten draws tell.
    assert all(later <= earlier * 1.5 for earlier, later in pairwise(p))
    beyond = [p_of_draws(x, draws) for x in np.geomspace(draws.max(), 1e9, 100)]
    assert beyond == sorted(beyond, reverse=True)
    assert beyond[-1] > 0


def test_one_p_value_combined_is_itself_and_equal_ones_are_too():
    for p in (1e-300, 1e-40, 1e-16, 1e-15, 1e-9, 0.001, 0.05, 0.5, 0.9):
        assert cauchy([p]) == pytest.approx(p, rel=1e-6, abs=0)
        assert cauchy([p, p, p]) == pytest.approx(p, rel=1e-6, abs=0)
    assert cauchy([1.0]) == pytest.approx(0.9)


@given(st.lists(st.floats(1e-6, 0.9), min_size=1, max_size=6))
def test_several_are_the_mean_of_their_quantiles(p):
    mean = sum(tan((0.5 - x) * pi) for x in p) / len(p)
    assert cauchy(p) == pytest.approx(0.5 - atan(mean) / pi, rel=1e-6, abs=1e-12)
    assert cauchy(p) == pytest.approx(cauchy(p[::-1]), rel=1e-9)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_one_clear_signal_among_silent_ones_costs_their_number(n):
    """Those near 1 do not cancel it; those in the middle neither."""
    for small in (1e-3, 1e-8, 1e-20, 1e-200):
        for other in (0.5, 0.9, 1.0):
            assert cauchy([small, *[other] * (n - 1)]) == pytest.approx(n * small, rel=0.05 if small > 1e-4 else 1e-4, abs=0)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.95])
def test_the_combination_keeps_its_level_under_dependence(rho):
    rng = np.random.default_rng(4)
    common, own = rng.standard_normal((40_000, 1)), rng.standard_normal((40_000, 3))
    p = norm.sf(np.sqrt(rho) * common + np.sqrt(1 - rho) * own)
    combined = np.array([cauchy(row) for row in p])
    for alpha in (0.05, 0.01, 0.001):
        assert (combined <= alpha).mean() <= 1.2 * alpha + 3 * np.sqrt(alpha / 40_000)
