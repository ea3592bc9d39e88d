"""q-values: the worked example, and the laws of an estimate that errs on the safe side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from collusion.evidence.significance import Scores, adjusted, chance_counts, q_of_counts, q_values, tail_of
from oracles import q_values as slow

scores = st.lists(st.integers(-5, 20).map(float), max_size=15)


def test_worked_example():
    assert q_values([9, 7, 5, 3], [4, 3, 3, 2, 2, 1], 10) == pytest.approx([1 / 30, 1 / 30, 1 / 30, 0.1])


@given(scores, scores, st.integers(1, 50))
def test_equal_to_the_definition(observed, null, replicates):
    np.testing.assert_allclose(q_values(observed, null, replicates), [float(v) for v in slow(observed, null, replicates)])


@given(scores, scores, st.integers(1, 50))
def test_a_higher_score_never_has_a_higher_q(observed, null, replicates):
    q = q_values(observed, null, replicates)
    for a, qa in zip(observed, q, strict=True):
        for b, qb in zip(observed, q, strict=True):
            assert a < b or qa <= qb
    assert all(0 < value <= 1 for value in q)


def test_one_group_needs_as_many_replicates_as_the_rate_asks():
    assert q_values([100.0], [], 20)[0] == pytest.approx(0.05)
    assert q_values([100.0], [], 19)[0] > 0.05


def replicates(rng, count, groups=30, shift=0.0):
    """Null replicates of Gumbel scores, in which small groups spread more than large ones and lie higher."""
    found = []
    for _ in range(count):
        size = rng.choice([5, 9, 20, 60], groups)
        found.append(Scores(shift + rng.gumbel(-6.0, 1.0, groups) - np.log(size) / 2 + 3.0 / size, size))
    return found


def test_q_of_counts_by_hand():
    """Counts .1, .4 and 3 for three groups: .1 / 1, .4 / 2, 3 / 3; a lower count never has a higher q."""
    np.testing.assert_allclose(q_of_counts([3.0, 0.1, 0.4]), [1.0, 0.1, 0.2])
    np.testing.assert_allclose(q_of_counts([0.3, 0.32]), [0.16, 0.16])
    assert len(q_of_counts([])) == 0


def test_halves_too_small_for_a_tail_count_as_one():
    """24 null groups in 20 replicates, all far below: the least count is one in all replicates, not one in each half of them."""
    null = [Scores(np.linspace(-4.0, -3.0, 2 if b < 4 else 1), np.full(2 if b < 4 else 1, 8)) for b in range(20)]
    counts = chance_counts(Scores(np.array([40.0, -2.9]), np.array([8, 8])), null)
    np.testing.assert_allclose(counts, [1 / 20, 1 / 20])


def test_few_null_groups_are_counted_as_they_are():
    """The worked example of `q_values` through counts: (1 + #null at or above) / B over the number found."""
    observed = Scores(np.array([9.0, 7.0, 5.0, 3.0]), np.full(4, 8))
    scores = [[4.0], [3.0], [3.0], [2.0], [2.0], [1.0], [], [], [], []]
    null = [Scores(np.array(held), np.full(len(held), 8)) for held in scores]
    counts = chance_counts(observed, null)
    np.testing.assert_allclose(counts, [0.1, 0.1, 0.1, 0.4])
    np.testing.assert_allclose(q_of_counts(counts), q_values(observed.value, np.concatenate(scores), 10))
    np.testing.assert_allclose(chance_counts(observed, null, 40), [0.025, 0.025, 0.025, 0.325])


def test_one_replicate_is_counted_however_many_groups_it_holds():
    (one,) = replicates(np.random.default_rng(4), 1, groups=100)
    assert chance_counts(Scores(np.array([99.0, -99.0]), np.array([9, 9])), [one]).tolist() == [1.0, 101.0]


def test_a_higher_score_of_the_same_size_is_never_more_likely_by_chance():
    null = replicates(np.random.default_rng(0), 20)
    for size in (5, 12, 60, 400):
        counts = chance_counts(Scores(np.linspace(-10, 30, 200), np.full(200, size)), null)
        assert (np.diff(counts) <= 1e-15).all()
        assert (counts > 0).all()


def test_units_of_the_score_do_not_matter():
    null = replicates(np.random.default_rng(1), 20)
    observed = Scores(np.linspace(-8, 8, 50), np.full(50, 9))
    scaled = [Scores(7.0 * one.value + 3.0, one.size) for one in null]
    again = chance_counts(Scores(7.0 * observed.value + 3.0, observed.size), scaled)
    np.testing.assert_allclose(again, chance_counts(observed, null), rtol=1e-6)


def test_tail_of_an_exponential_sample_is_exponential():
    rng = np.random.default_rng(2)
    excess = np.sort(rng.exponential(1.0, 20_000))
    at = np.array([0.0, 0.5, 1.0, 3.0])
    np.testing.assert_allclose(tail_of(excess, at), np.exp(-at), rtol=0.1)
    heavy = np.sort(rng.pareto(3.0, 20_000))
    np.testing.assert_allclose(tail_of(heavy, at), (1 + at) ** -3.0, rtol=0.15)
    assert tail_of(np.zeros(5), np.array([0.0, 1.0])).tolist() == [1.0, pytest.approx(1 / 6)]


def test_a_log_like_its_replicates_is_hardly_ever_flagged():
    """Of 300 logs drawn as their ten replicates are, the share with a group expected .05 times or less is about that at most."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        null = replicates(rng, 10)
        (observed,) = replicates(rng, 1)
        hits += chance_counts(observed, null).min() <= 0.05
    assert hits / 300 <= 0.08


@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_p_values_are_scipys(p):
    assert adjusted(p).tolist() == (false_discovery_control(p).tolist() if p else [])
