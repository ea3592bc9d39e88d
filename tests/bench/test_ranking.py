"""Rankings: worked examples, the mean over all orders of what ties, and laws that hold for all rankings."""

from __future__ import annotations

import math
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.bench.ranking import average_precision, base_rate, ndcg_at, precision_at, roc_auc

RELEVANT = np.array([True, False, True, True, False])
SCORE = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
"""The sheet's example: relevant at ranks 1, 3 and 4 of 5."""

MEASURES = (average_precision, roc_auc, *(lambda s, r, k=k: ndcg_at(k, s, r) for k in (1, 2, 3, 9)))

rankings = st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=6)
"""Few distinct scores, so that most tie."""


def arrays(ranking):
    return np.array([float(score) for score, _ in ranking]), np.array([relevant for _, relevant in ranking])


def orders(ranking):
    """Every order of relevance that the scores allow."""
    runs = [[relevant for score, relevant in ranking if score == level] for level in sorted({score for score, _ in ranking}, reverse=True)]
    return [sum(order, ()) for order in product(*(list(permutations(run)) for run in runs))]


def plain_average_precision(order):
    hits = [i for i, relevant in enumerate(order, 1) if relevant]
    return sum(k / i for k, i in enumerate(hits, 1)) / len(hits)


def plain_ndcg(k, order):
    def gain(some):
        return sum(relevant / math.log2(i + 1) for i, relevant in enumerate(some[:k], 1))

    return gain(order) / gain(sorted(order, reverse=True))


def plain_auc(order):
    above = [i < j for i, a in enumerate(order) for j, b in enumerate(order) if a and not b]
    return sum(above) / len(above)


def test_the_worked_example():
    assert average_precision(SCORE, RELEVANT) == pytest.approx(0.805556, abs=5e-7)
    assert ndcg_at(5, SCORE, RELEVANT) == pytest.approx(0.906025, abs=5e-7)
    assert [precision_at(k, SCORE, RELEVANT) for k in (1, 2, 3, 5)] == pytest.approx([1, 1 / 2, 2 / 3, 3 / 5])
    assert base_rate(RELEVANT) == 3 / 5
    # Of six pairs, those of ranks (1, 2), (1, 5), (3, 5) and (4, 5) are in order.
    assert roc_auc(SCORE, RELEVANT) == 4 / 6


def test_ties_have_no_order():
    """All tied: the base rate, whatever k; renaming changes nothing."""
    relevant = np.array([True, False, False, True, False, False, False, False])
    assert average_precision(np.zeros(8), relevant) == pytest.approx(2 / 8)
    assert precision_at(3, np.zeros(8), relevant) == pytest.approx(2 / 8)
    assert ndcg_at(1, np.zeros(8), relevant) == pytest.approx(2 / 8)
    assert roc_auc(np.zeros(8), relevant) == 0.5
    score = np.array([2.0, 2.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    assert precision_at(3, score, relevant) == pytest.approx((1 + 1 / 3) / 3)


def test_infinite_scores_tie_too():
    score, relevant = np.array([-np.inf, 1.0, -np.inf, np.inf, np.inf]), np.array([True, False, False, True, False])
    finite = np.array([0.0, 1.0, 0.0, 2.0, 2.0])
    for measure in MEASURES:
        assert measure(score, relevant) == measure(finite, relevant)


@given(rankings)
def test_ties_are_broken_at_random_in_expectation(ranking):
    score, relevant = arrays(ranking)
    every = orders(ranking)
    for k in (1, 2, 3, 6, 8):
        assert precision_at(k, score, relevant) == pytest.approx(np.mean([sum(order[:k]) / k for order in every]))
        if relevant.any():
            assert ndcg_at(k, score, relevant) == pytest.approx(np.mean([plain_ndcg(k, order) for order in every]))
    if relevant.any() and len(set(score)) == len(score):
        assert average_precision(score, relevant) == pytest.approx(plain_average_precision(every[0]))
    if 0 < relevant.sum() < len(relevant):
        assert roc_auc(score, relevant) == pytest.approx(np.mean([plain_auc(order) for order in every]))


@given(rankings, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_scale_of_scores_change_nothing(ranking, random):
    mixed = random.sample(ranking, len(ranking))
    (score, relevant), (other, others) = arrays(ranking), arrays(mixed)
    for measure in (*MEASURES, lambda s, r: precision_at(2, s, r)):
        assert measure(np.exp(other) - 5, others) == pytest.approx(measure(score, relevant), nan_ok=True)


@given(st.integers(1, 6), st.integers(1, 6))
def test_a_perfect_ranking_has_1_and_the_worst_an_area_of_0(hits, others):
    relevant = np.array([True] * hits + [False] * others)
    assert [measure(relevant.astype(float), relevant) for measure in MEASURES] == pytest.approx([1] * len(MEASURES))
    assert precision_at(hits, relevant.astype(float), relevant) == 1
    assert roc_auc(-relevant.astype(float), relevant) == 0


def test_all_relevant_none_relevant_nothing_ranked():
    score, every, none, empty = np.array([2.0, 1.0, 1.0]), np.ones(3, dtype=bool), np.zeros(3, dtype=bool), np.zeros(0)
    nothing = empty.astype(bool)
    for measure in MEASURES:
        assert math.isnan(measure(score, none))
        assert math.isnan(measure(empty, nothing))
    assert [measure(score, every) for measure in MEASURES if measure is not roc_auc] == pytest.approx([1] * (len(MEASURES) - 1))
    assert math.isnan(roc_auc(score, every))
    assert [precision_at(2, score, some) for some in (every, none)] == [1, 0]
    assert precision_at(2, empty, nothing) == 0
    assert (base_rate(every), base_rate(none)) == (1, 0)
    assert math.isnan(base_rate(nothing))
