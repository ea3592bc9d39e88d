"""Held-out permutations: counted by hand, calibrated where all permutations are alike, and not where those held out are not."""

import numpy as np
import pytest

from collusion.bench import held_out as module
from collusion.bench.held_out import PREDICTED, held_out, held_out_counts, permuted_scores
from collusion.detect.lockstep import Lockstep
from collusion.graph.graph import build_graph
from collusion.inference.search import Search
from collusion.inference.significance import Scores
from markets import market


def draw(rng, shift=0.0):
    n = rng.poisson(40)
    return Scores(shift + rng.gumbel(0.0, 0.4, n), rng.integers(5, 60, n))


def test_groups_are_counted_in_all_permutations_but_those_fitted(monkeypatch):
    """Where the prediction is the value itself, the actual count is that of small values in the other permutations."""
    monkeypatch.setattr(module, "chance_counts", lambda observed, null: observed.value + 1000 * (len(null) != 2))
    draws = [Scores(np.array(values), np.full(len(values), 5)) for values in ([0.01, 2.0], [0.04], [0.2, 0.5, 1.0], [], [0.03])]
    assert PREDICTED == (1.0, 0.5, 0.3, 0.1, 0.05, 0.02)
    # Fitted to draws 0 and 1, then to 2 and 3; the fifth is never fitted.
    assert held_out_counts(draws, 2).tolist() == [[4 / 3, 1.0, 2 / 3, 1 / 3, 1 / 3, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1 / 3]]
    first = held_out(draws, 2)[0]
    assert (first.predicted, first.actual, first.fitted, first.sets) == (1.0, pytest.approx(7 / 6), 2, 2)
    assert 1.0 <= first.low < first.high <= 4 / 3


@pytest.mark.parametrize("fitted", [2, 10])
def test_permutations_that_are_alike_predict_each_other(fitted):
    rng = np.random.default_rng(1)
    told = {one.predicted: one.actual for one in held_out([draw(rng) for _ in range(60)], fitted)}
    assert all(actual <= 1.2 * predicted for predicted, actual in told.items())
    assert told[1.0] > 0.5


def test_permutations_that_score_higher_are_noticed():
    rng = np.random.default_rng(2)
    draws = [draw(rng, shift=0.0 if b < 10 else 1.0) for b in range(20)]
    assert held_out_counts(draws, 10)[0, 0] > 2.0


def test_permutations_are_those_of_a_scan_whatever_the_threads():
    log, _ = market(4_000, 1, ())
    graph = build_graph(**log)
    search = Search.of(graph, [Lockstep(windows=(7, 21))], 3)
    one, other = (permuted_scores(search, graph, 3, 3, threads) for threads in (1, 3))
    assert [a.value.tolist() for a in one] == [b.value.tolist() for b in other]
    assert len(one) == 3
