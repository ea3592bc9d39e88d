"""Exact values of METHODS.md's worked examples, and laws that hold for all groups."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.bench.metrics import (
    average_precision,
    best_jaccard,
    f1,
    jaccard,
    matched_jaccard,
    member_precision_recall,
    precision_at,
    ring_precision_recall,
    symmetric_f1,
)

PLANTED = [{1, 2, 3, 4, 5}, {6, 7, 8, 9}]
FOUND = [{1, 2, 3, 4}, {5, 6, 7, 8, 9}, {20, 21}]

groups = st.lists(st.frozensets(st.integers(0, 12), min_size=1), max_size=5)


def test_the_worked_example():
    assert best_jaccard(PLANTED, FOUND).tolist() == [0.8, 0.8]
    assert matched_jaccard(PLANTED, FOUND).tolist() == [0.8, 0.8]
    assert symmetric_f1(PLANTED, FOUND) == pytest.approx(0.740741, abs=5e-7)
    rings = ring_precision_recall(PLANTED, FOUND)
    assert (rings.precision, rings.recall) == (2 / 3, 1.0)
    members = member_precision_recall(PLANTED, FOUND)
    assert (members.precision, members.recall) == (9 / 11, 1.0)


def test_two_rings_in_one_found_group_count_for_one():
    planted, found = [{1, 2, 3}, {4, 5, 6}], [{1, 2, 3, 4, 5, 6}]
    assert best_jaccard(planted, found).tolist() == [0.5, 0.5]
    assert sorted(matched_jaccard(planted, found)) == [0.0, 0.5]
    assert ring_precision_recall(planted, found).recall == 0.5


def test_nothing_found_and_nothing_planted():
    assert best_jaccard(PLANTED, []).tolist() == [0.0, 0.0]
    assert matched_jaccard(PLANTED, []).tolist() == [0.0, 0.0]
    assert symmetric_f1(PLANTED, []) == 0.0
    rings = ring_precision_recall(PLANTED, [])
    assert math.isnan(rings.precision)
    assert rings.recall == 0.0
    assert math.isnan(ring_precision_recall([], FOUND).recall)
    assert math.isnan(member_precision_recall([], []).precision)


@given(groups, groups)
def test_all_measures_lie_between_0_and_1_and_f1_is_symmetric(planted, found):
    assert 0 <= symmetric_f1(planted, found) <= 1
    assert symmetric_f1(planted, found) == pytest.approx(symmetric_f1(found, planted))
    matched, best = matched_jaccard(planted, found), best_jaccard(planted, found)
    assert np.all((matched >= 0) & (matched <= best) & (best <= 1))
    for a in planted:
        for b in found:
            assert f1(a, b) >= jaccard(a, b)


@given(groups)
def test_groups_agree_wholly_with_themselves(same):
    assert np.all(best_jaccard(same, same) == 1)
    assert np.all(matched_jaccard(same, same) == 1)
    if same:
        assert symmetric_f1(same, same) == 1
        rings = ring_precision_recall(same, same)
        assert (rings.precision, rings.recall) == (1, 1)


def test_average_precision_and_precision_at_by_hand():
    """The sheet's example: relevant at ranks 1, 3 and 4 of 5."""
    relevant = np.array([True, False, True, True, False])
    score = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    assert average_precision(score, relevant) == pytest.approx(0.805556, abs=1e-6)
    assert [precision_at(k, score, relevant) for k in (1, 2, 3, 5)] == pytest.approx([1, 1 / 2, 2 / 3, 3 / 5])
    assert precision_at(10, score, relevant) == pytest.approx(3 / 10)


def test_ties_have_no_order():
    """All tied: the base rate, whatever k; renaming changes nothing."""
    relevant = np.array([True, False, False, True, False, False, False, False])
    assert average_precision(np.zeros(8), relevant) == pytest.approx(2 / 8)
    assert precision_at(3, np.zeros(8), relevant) == pytest.approx(2 / 8)
    score = np.array([2.0, 2.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    assert precision_at(3, score, relevant) == pytest.approx((1 + 1 / 3) / 3)
    order = np.random.default_rng(0).permutation(8)
    assert average_precision(score[order], relevant[order]) == pytest.approx(average_precision(score, relevant))
    assert np.isnan(average_precision(score, np.zeros(8, dtype=bool)))
