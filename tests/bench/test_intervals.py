"""Bootstrap intervals of means."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from collusion.bench.intervals import RESAMPLES, bootstrap
from collusion.decisions.precision import CONFIDENCE


def test_bootstrap_intervals_hold_the_mean_and_narrow_as_there_is_more():
    few, many = bootstrap([0.0, 1.0] * 5, "a"), bootstrap([0.0, 1.0] * 500, "a")
    assert few[0] < many[0] < 0.5 < many[1] < few[1]
    assert many[1] - many[0] == pytest.approx(2 * 1.96 * 0.5 / 1000**0.5, rel=0.1)
    assert bootstrap([0.25] * 3, "a").tolist() == [0.25, 0.25]
    assert all(math.isnan(value) for value in bootstrap([], "a"))
    columns = bootstrap(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]), "a")
    assert columns.tolist() == [[bootstrap([0.0, 1.0, 1.0], "a")[end], 0.0] for end in (0, 1)]


def test_bootstrap_intervals_are_the_quantiles_over_all_resamples():
    """Of five values there are 3,125 resamples: all of them, against those drawn."""
    values = [0.1, 0.2, 0.4, 0.7, 1.0]
    every = [sum(drawn) / 5 for drawn in product(values, repeat=5)]
    assert (CONFIDENCE, RESAMPLES) == (0.95, 4000)
    assert bootstrap(values, "a") == pytest.approx(np.quantile(every, (0.025, 0.975)), abs=0.021)


def test_bootstrap_intervals_leave_out_as_much_on_either_side():
    """Of 144 values that chance drew from a normal law: 1.96 standard errors of the mean, on average over what the names draw."""
    values = np.random.default_rng(1).normal(3.0, 2.0, 144)
    error = values.std() / 12
    ends = np.mean([bootstrap(values, f"name {k}") for k in range(20)], axis=0)
    assert ends == pytest.approx(values.mean() + np.array([-1.96, 1.96]) * error, abs=0.05 * error)


def test_nothing_to_take_a_mean_of_has_as_many_ends_as_something():
    for nothing, something in (([], [1.0]), (np.empty((0, 3)), np.ones((1, 3)))):
        told = bootstrap(nothing, "a")
        assert told.shape == bootstrap(something, "a").shape
        assert np.isnan(told).all()


def test_bootstrap_intervals_are_seeded_by_name():
    values = np.random.default_rng(0).random(30)
    assert bootstrap(values, "a").tolist() == bootstrap(values, "a").tolist()
    assert bootstrap(values, "a").tolist() != bootstrap(values, "b").tolist()
