"""The law of an account's score against enumeration, and q-values against their definition."""

import itertools

import numpy as np
import pytest

from collusion.expansion.grow import q_values
from collusion.expansion.law import LEAST, Draws, Laws


def enumerated(laws, strata, total):
    """Return the chance of a sum of ``total`` or more with two draws that score, over all outcomes."""
    found = 0.0
    for outcome in itertools.product(range(laws.chance.shape[1]), repeat=len(strata)):
        if sum(outcome) >= total and sum(score > 0 for score in outcome) >= LEAST:
            found += np.prod([laws.chance[stratum, score] for stratum, score in zip(strata, outcome, strict=True)])
    return found


@pytest.mark.parametrize("seed", range(8))
def test_the_tail_is_that_of_all_outcomes(seed):
    rng = np.random.default_rng(seed)
    score = rng.choice([0, 0, 0, 0, 0, 0, 0, 0, 1, 2], 60)
    laws = Laws.of(score, rng.integers(0, 3, 60), 3)
    strata = np.append(rng.integers(0, 3, 4), 2)
    draws = Draws.of(np.zeros(5, np.int32), strata, 1)
    for total in range(2, 6):
        exact = enumerated(laws, strata, total)
        (found,) = laws.tail(draws, np.zeros(1, np.int64), np.array([total]), np.array([LEAST]))
        # A bound where it is so large that it can find nobody, and else the very chance.
        assert found == pytest.approx(exact, rel=1e-6) if found <= 0.05 else found >= exact * (1 - 1e-9)
    assert enumerated(laws, strata, 0) <= laws.chance_of_several(draws)[0] + 1e-12


def test_fewer_than_two_coincidences_are_nothing():
    laws = Laws(np.array([[0.9, 0.0, 0.1]]))
    draws = Draws.of(np.zeros(3, np.int32), np.zeros(3, np.int64), 1)
    assert laws.tail(draws, np.zeros(1, np.int64), np.array([2]), np.array([1])).tolist() == [1.0]


def test_q_values_count_what_each_account_can_reach():
    p_value, most = np.array([0.001, 0.02, 1.0, 1.0]), np.array([0.5, 0.01, 0.0, 0.002])
    # Up to 0.001 the four count 0.001 each but the third; up to 0.02 they count 0.02, 0.01, 0 and 0.002.
    assert q_values(p_value, most, np.zeros(4, np.bool_)) == pytest.approx([0.003, 0.032 / 2, 1.0, 1.0])
    # A seed is none of those that are tested.
    assert q_values(p_value, most, np.array([True, False, False, False])) == pytest.approx([1.0, 0.012, 1.0, 1.0])
