"""Exact values of METHODS.md's worked examples, and laws that hold for all groups."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.base.errors import CollusionError
from collusion.bench.metrics import (
    TRUE,
    MergesSplits,
    f1,
    false_per_million,
    jaccard,
    matched_jaccard,
    merges_and_splits,
    omega_index,
    planted_share,
    ring_precision_recall,
    symmetric_f1,
)

PLANTED = [{1, 2, 3, 4, 5}, {6, 7, 8, 9}]
FOUND = [{1, 2, 3, 4}, {5, 6, 7, 8, 9}, {20, 21}]

groups = st.lists(st.frozensets(st.integers(0, 12), min_size=1), max_size=5)


def test_the_worked_example():
    assert matched_jaccard(PLANTED, FOUND).tolist() == [0.8, 0.8]
    assert symmetric_f1(PLANTED, FOUND) == pytest.approx(0.740741, abs=5e-7)
    rings = ring_precision_recall(PLANTED, FOUND)
    assert (rings.precision, rings.recall) == (2 / 3, 1.0)


def test_two_groups_by_hand():
    """Members count once however often they are given; two empty groups have nothing in common."""
    assert jaccard([1, 2, 2], [2, 3]) == 1 / 3
    assert f1([1, 2, 2], [2, 3, 4]) == 2 / 5
    assert jaccard({1, 2}, {1, 2}) == f1({1, 2}, {1, 2}) == 1
    for measure in (jaccard, f1):
        assert [measure([], []), measure([1], []), measure([], [1]), measure([1], [2])] == [0, 0, 0, 0]
    assert matched_jaccard([[]], [[]]).tolist() == [0]
    assert symmetric_f1([[]], [[], [1]]) == 0


@given(groups, groups)
def test_tables_of_all_pairs_hold_what_is_told_of_each_pair(planted, found):
    # Only one to one: the sum is the largest over all ways to match.
    pairs = [[jaccard(a, b) for b in found] for a in planted]
    table = pairs if len(planted) <= len(found) else [list(column) for column in zip(*pairs, strict=True)]
    best = max(
        sum(row[k] for row, k in zip(table, order, strict=True)) for order in permutations(range(len(table[0]) if table else 0), len(table))
    )
    assert matched_jaccard(planted, found).sum() == pytest.approx(best)
    both = [[max((f1(a, b) for b in others), default=0) for a in some] for some, others in ((planted, found), (found, planted))]
    assert symmetric_f1(planted, found) == pytest.approx(sum(sum(best) / max(len(best), 1) for best in both) / 2)


def test_a_ring_is_matched_from_a_jaccard_of_a_half_on():
    """Its end included; and what is below takes no place from what is not."""
    assert ring_precision_recall([{1, 2, 3, 4, 5}], [{5, 6, 7, 8, 9}]).recall == 0
    assert ring_precision_recall([{1, 2, 3, 4}], [{1, 2}]).recall == 1
    assert ring_precision_recall([{1, 2, 3, 4, 5}], [{1, 2}]).recall == 0
    assert ring_precision_recall([{1, 2, 3, 4, 5}], [{1, 2}], at_least=0.4).recall == 1
    # The first ring is the second found group at a half, and nothing else is anything.
    assert ring_precision_recall([{1, 2, 3, 4}, {9}], [{7}, {1, 2}]).recall == 0.5
    # Asking for nothing does not make a match of groups without a common member.
    told = ring_precision_recall([{1}, {2, 3}], [{4}, {3}], at_least=0)
    assert (told.precision, told.recall) == (0.5, 0.5)


def test_two_rings_in_one_found_group_count_for_one():
    planted, found = [{1, 2, 3}, {4, 5, 6}], [{1, 2, 3, 4, 5, 6}]
    assert sorted(matched_jaccard(planted, found)) == [0.0, 0.5]
    assert ring_precision_recall(planted, found).recall == 0.5


def test_nothing_found_and_nothing_planted():
    assert matched_jaccard(PLANTED, []).tolist() == [0.0, 0.0]
    assert symmetric_f1(PLANTED, []) == 0.0
    rings = ring_precision_recall(PLANTED, [])
    assert math.isnan(rings.precision)
    assert rings.recall == 0.0
    assert math.isnan(ring_precision_recall([], FOUND).recall)


@given(groups, groups)
def test_all_measures_lie_between_0_and_1_and_f1_is_symmetric(planted, found):
    assert 0 <= symmetric_f1(planted, found) <= 1
    assert symmetric_f1(planted, found) == pytest.approx(symmetric_f1(found, planted))
    matched = matched_jaccard(planted, found)
    assert np.all((matched >= 0) & (matched <= 1))
    for a in planted:
        for b in found:
            assert f1(a, b) >= jaccard(a, b)


@given(groups)
def test_groups_agree_wholly_with_themselves(same):
    assert np.all(matched_jaccard(same, same) == 1)
    if same:
        assert symmetric_f1(same, same) == 1
        rings = ring_precision_recall(same, same)
        assert (rings.precision, rings.recall) == (1, 1)


def slow_omega(planted, found, members):
    """Every pair of members, in fractions; None where nothing is left to agree on beyond chance."""
    pairs = list(combinations(range(members), 2))
    together = [[sum(u in group and v in group for group in groups) for u, v in pairs] for groups in (planted, found)]
    if not pairs:
        return None
    n = len(pairs)
    agreed = Fraction(sum(a == b for a, b in zip(*together, strict=True)), n)
    by_chance = sum(Fraction(together[0].count(j) * together[1].count(j), n * n) for j in range(n + 1))
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def test_omega_by_hand():
    """Of the sheet's groups 16 pairs are planted, 17 found, 12 both: 201 of 210 agree, 37,714 / 210 are expected."""
    assert omega_index(PLANTED, FOUND, 21) == (210 * 201 - 37_714) / (210**2 - 37_714)
    # Three pairs together, of which two are found; three apart: 5 of 6 agree, 3 are expected.
    assert omega_index([{1, 2, 3}], [{1, 2}, {2, 3}], 4) == 2 / 3
    # One pair is together twice and found once: 5 of 6 agree, 15 / 6 are expected.
    assert omega_index([{1, 2, 3}, {1, 2}], [{1, 2, 3}], 4) == 5 / 7
    assert omega_index([{1, 2, 3}, {1, 2}], [{1, 2}, {1, 2, 3}], 4) == 1
    assert omega_index([{1, 2}, {3, 4}], [{1, 3}, {2, 4}], 4) == -0.5


@given(groups, groups, st.integers(13, 16))
def test_omega_is_that_of_all_pairs(planted, found, members):
    expected = slow_omega(planted, found, members)
    value = omega_index(planted, found, members)
    assert math.isnan(value) if expected is None else value == float(expected)
    assert omega_index(found, planted, members) == pytest.approx(value, nan_ok=True)
    renamed = [[[f"u{(7 * u + 3) % 13}" for u in group] for group in reversed(some)] for some in (planted, found)]
    assert omega_index(*renamed, members) == pytest.approx(value, nan_ok=True)
    assert omega_index(planted, planted, members) == pytest.approx(1 if any(len(group) > 1 for group in planted) else math.nan, nan_ok=True)


def test_omega_of_nothing():
    assert omega_index(PLANTED, [], 20) == 0
    assert omega_index([], FOUND, 20) == 0
    assert math.isnan(omega_index([], [], 20))
    assert math.isnan(omega_index([], [], 0))
    assert math.isnan(omega_index([{1}], [{2}], 2))
    assert math.isnan(omega_index([{1, 2, 3}], [{1, 2, 3}], 3))
    assert omega_index([{1, 2, 3}], [{1, 2, 3}], 4) == 1
    with pytest.raises(CollusionError, match="11 members, the log only 10"):
        omega_index(PLANTED, FOUND, 10)
    assert omega_index(PLANTED, FOUND, 11) == float(slow_omega(PLANTED, [{1, 2, 3, 4}, {5, 6, 7, 8, 9}, {0, 10}], 11))


def test_omega_of_large_groups_is_exact():
    """A hundred thousand members in one group and its two halves: no pair of them is looked at."""
    n = 100_000
    whole, halves = [range(n)], [range(n // 2), range(n // 2, n)]
    pairs, both, half = 10**6 * (10**6 - 1) // 2, n * (n - 1) // 2, n // 2 * (n // 2 - 1)
    by_chance = both * half + (pairs - both) * (pairs - half)
    assert omega_index(whole, halves, 10**6) == (pairs * (pairs - both + half) - by_chance) / (pairs**2 - by_chance)


def test_a_found_group_is_true_from_half_of_planted_members_on():
    planted, found = [{1, 2, 3}, {3, 4}], [{1, 2}, {3, 4, 8, 9}, {1, 7, 8}, {1, 4}, {7, 8}, set(), [1, 1, 9]]
    assert planted_share(planted, found).tolist() == [1, 0.5, 1 / 3, 1, 0, 0, 0.5]
    assert (planted_share(planted, found) < TRUE).tolist() == [False, False, True, False, True, True, False]
    assert TRUE == 0.5
    assert planted_share([], [{1}]).tolist() == [0]
    assert planted_share([{1}], [{1}]).tolist() == [1]
    assert planted_share(planted, []).shape == (0,)


def test_false_rings_per_million_reviews():
    assert false_per_million(3, 2_000_000) == 1.5
    assert false_per_million(0, 10) == 0
    assert math.isnan(false_per_million(0, 0))


def test_merges_and_splits_by_hand():
    a, b, c = range(9), range(10, 16), range(20, 26)
    assert merges_and_splits([a, b, c], [a, b, c]) == MergesSplits(0, 0)
    assert merges_and_splits([a, b, c], [[*a, *b], c]) == MergesSplits(1, 0)
    assert merges_and_splits([a, b, c], [[*a, *b, *c]]) == MergesSplits(1, 0)
    assert merges_and_splits([a, b, c], [a[:3], a[3:6], a[6:], b, c]) == MergesSplits(0, 1)
    assert merges_and_splits([a, b, c], [[*a[:3], *b[:2]], [*a[3:], *b[2:]], c]) == MergesSplits(2, 2)
    assert merges_and_splits([a], [a, a]) == MergesSplits(0, 1)
    assert merges_and_splits([a, b, c], []) == merges_and_splits([], [a, b]) == merges_and_splits([], []) == MergesSplits(0, 0)


def test_a_part_is_a_third_of_a_ring_and_two_members():
    whole = [*range(10, 20)]
    assert merges_and_splits([range(9), whole], [[*whole, 0, 1, 2]]).merges == 1
    assert merges_and_splits([range(9), whole], [[*whole, 0, 1]]).merges == 0
    assert merges_and_splits([range(10, 20), range(9)], [whole[:3], whole[3:]]).splits == 0
    assert merges_and_splits([range(10, 20)], [whole[:3], whole[3:]], at_least=0.3).splits == 1
    assert merges_and_splits([range(1000)], [range(334), range(334, 668)]).splits == 1
    assert merges_and_splits([range(1000)], [range(333), range(333, 1000)]).splits == 0
    # One member of a ring of three is a third, yet no part; two of four are.
    assert merges_and_splits([range(3), whole], [[*whole, 0]]).merges == 0
    assert merges_and_splits([range(4), whole], [[*whole, 0, 1]]).merges == 1


def test_accounts_that_rings_share_neither_merge_nor_split_them():
    a, b = [*range(8)], [*range(5, 13)]
    assert merges_and_splits([a, b], [a, b]) == MergesSplits(0, 0)
    assert merges_and_splits([a, b], [{*a, *b}]) == MergesSplits(1, 0)
    # Three of the five own members, and two of them.
    assert merges_and_splits([a, b], [a[:3], a[3:]]) == MergesSplits(0, 1)
    assert merges_and_splits([a, a], [a]) == MergesSplits(0, 0)


@given(groups, groups)
def test_merges_and_splits_are_those_counted_plainly_in_any_order(planted, found):
    told = merges_and_splits(planted, found)
    assert merges_and_splits(planted, planted) == MergesSplits(0, 0)
    assert merges_and_splits(planted[::-1], [sorted(group) for group in found[::-1]]) == told
    assert 0 <= told.merges <= len(found)
    assert 0 <= told.splits <= len(planted)
    own = [{u for u in group if sum(u in other for other in planted) == 1} for group in planted]
    parts = [[len(mine & group) >= 2 and 3 * len(mine & group) >= len(mine) for group in found] for mine in own]
    assert told.splits == sum(sum(row) > 1 for row in parts)
    assert told.merges == sum(sum(column) > 1 for column in zip(*parts, strict=True))
