"""The laws of what two sets share, against scipy and against enumeration of all outcomes."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import hypergeom

from collusion.inference.overlap import LEAST_IN_STRATUM, Strata, best_tail, chance_of_any, events_tail, sum_tail


def strata_of(*cells):
    return Strata(*(np.array(column, np.int64) for column in zip(*cells, strict=True)))


def outcomes(strata):
    """All shared numbers by stratum, each with its chance."""
    sizes = list(zip(strata.accounts.tolist(), strata.first.tolist(), strata.second.tolist(), strict=True))
    for shared in product(*(range(min(a, b) + 1) for _, a, b in sizes)):
        yield np.array(shared), float(np.prod([hypergeom.pmf(k, n, a, b) for k, (n, a, b) in zip(shared, sizes, strict=True)]))


CELLS = [((40, 5, 6),), ((30, 3, 3), (7, 2, 4), (500, 6, 5)), ((3, 3, 3), (12, 4, 0), (9, 5, 5)), ((6, 4, 4), (6, 4, 4))]


@pytest.mark.parametrize("n", [12, 1_000, 200_000])
def test_one_stratum_is_the_hypergeometric_law(n):
    strata = strata_of((n, 9, 7))
    for k in range(8):
        assert sum_tail(np.array([k]), strata) == pytest.approx(hypergeom.sf(k - 1, n, 9, 7), rel=1e-8)


@pytest.mark.parametrize("cells", CELLS)
def test_the_sum_over_strata_is_exact(cells):
    strata = strata_of(*cells)
    every = list(outcomes(strata))
    for shared, chance in every[:: max(len(every) // 12, 1)]:
        if chance > 0:
            same = sum(p for other, p in every if (other * strata.weight).sum() >= (shared * strata.weight).sum())
            assert sum_tail(shared, strata) == pytest.approx(same, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("cells", CELLS)
def test_the_best_stratum_is_exact(cells):
    strata = strata_of(*cells)
    sizes = list(zip(strata.accounts.tolist(), strata.first.tolist(), strata.second.tolist(), strict=True))

    def best(shared):
        tails = [hypergeom.sf(k - 1, n, a, b) for k, (n, a, b) in zip(shared.tolist(), sizes, strict=True) if k >= LEAST_IN_STRATUM]
        return min(tails, default=1.0)

    every = list(outcomes(strata))
    for shared, chance in every[:: max(len(every) // 12, 1)]:
        if chance > 0 and best(shared) < 1:
            same = sum(p for other, p in every if best(other) <= best(shared) * (1 + 1e-9))
            assert best_tail(shared, strata) == pytest.approx(same, rel=1e-6, abs=1e-12)


def test_p_values_are_conservative():
    """Drawn at random, sets have p-values at most x in no more than a share x of the draws."""
    strata, rng = strata_of((60, 6, 8), (9, 3, 4), (300, 12, 10)), np.random.default_rng(3)
    drawn = np.stack(
        [
            rng.hypergeometric(a, n - a, b, 4_000)
            for n, a, b in zip(strata.accounts.tolist(), strata.first.tolist(), strata.second.tolist(), strict=True)
        ],
        axis=1,
    )
    for tail in (sum_tail, best_tail):
        p_values = np.array([tail(one, strata) for one in drawn])
        for level in (0.01, 0.05, 0.2):
            assert (p_values <= level).mean() <= level + 3 * np.sqrt(level / len(drawn))


def test_one_account_is_not_remarkable_in_a_stratum():
    assert best_tail(np.array([1]), strata_of((10_000, 1, 1))) == 1.0


def test_the_order_of_strata_changes_no_bit():
    cells, rng = [(40, 5, 6), (300, 4, 9), (7, 2, 2), (900, 11, 8)], np.random.default_rng(1)
    shared = np.array([2, 1, 1, 3])
    first = [tail(shared, strata_of(*cells)) for tail in (sum_tail, best_tail)]
    for _ in range(5):
        order = rng.permutation(4)
        assert first == [tail(shared[order], strata_of(*(cells[k] for k in order))) for tail in (sum_tail, best_tail)]


def test_independent_events_are_exact():
    chances = [0.1, 0.5, 0.03, 0.9]
    for k in range(6):
        exact = sum(
            float(np.prod([p if happens else 1 - p for p, happens in zip(chances, one, strict=True)]))
            for one in product((0, 1), repeat=4)
            if sum(one) >= k
        )
        assert events_tail(k, chances) == pytest.approx(exact, abs=1e-12)
    assert chance_of_any(np.array([0.5, 0.1, 0.5]), np.array([1, 0, 1]), 3) == pytest.approx([0.1, 0.75, 0.0])
