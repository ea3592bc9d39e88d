"""q-values: the worked example, and the laws of an estimate that errs on the safe side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.evidence.pvalues import tail_of
from collusion.inference.significance import Scores, chance_counts, q_of_counts, q_values
from oracles import pareto_tail as slow_tail
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
    # Never above 1; ties count together.
    np.testing.assert_allclose(q_of_counts([3.0, 0.5, 0.5]), [1.0, 0.25, 0.25])
    np.testing.assert_allclose(q_of_counts([7.0]), [1.0])
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


def size_class(size):
    return max(size, 1).bit_length() - 1


def slow_counts(observed, null):
    """Return `chance_counts` group by group: laws of each half, classes of few replicates pooled, counts, and a tail beyond them."""
    total = [0.0] * len(observed.value)
    for fitted, judged in ((null[0::2], null[1::2]), (null[1::2], null[0::2])):
        best = {}
        for one in fitted:
            of = [size_class(size) for size in one.size.tolist()]
            for c in {*of}:
                best.setdefault(c, []).append(max(v for v, k in zip(one.value.tolist(), of, strict=True) if k == c))
        laws, pooled = {}, []
        for c in sorted(best):
            pooled = best[c] if len(best[c]) >= min(5, len(fitted)) else pooled + best[c]
            laws[c] = (float(np.mean(pooled)), max(float(np.std(pooled)) * np.sqrt(6) / np.pi, 0.25))

        def standard(one, laws=laws):
            told = []
            for value, size in zip(one.value.tolist(), one.size.tolist(), strict=True):
                below = [c for c in laws if c <= size_class(size)]
                place, spread = laws[max(below) if below else min(laws)] if laws else (0.0, 1.0)
                told.append((value - place) / spread)
            return told

        nulls = sorted(value for one in judged for value in standard(one))
        for k, value in enumerate(standard(observed)):
            if len(nulls) > 20 and value > nulls[-21]:
                count = 20.5 * slow_tail([x - nulls[-21] for x in nulls[-20:]], value - nulls[-21])
            else:
                count = 0.5 + sum(x >= value for x in nulls)
            total[k] += count / len(judged) / 2
    return total


def sizes_apart(rng, count, groups):
    """Null replicates whose groups of each size spread and lie otherwise, large ones in some replicates only."""
    found = []
    for b in range(count):
        size = rng.choice([1, 2, 3, 4, 7, 8, 20, 40] if b % 3 == 0 else [1, 2, 3, 4, 7], groups)
        found.append(Scores(rng.gumbel(size / 4.0, 0.2 + size / 9.0), size))
    return found


@pytest.mark.parametrize("count", [2, 3, 5, 8, 11, 20, 24])
@pytest.mark.parametrize("groups", [7, 12, 40])
def test_equal_to_a_slow_version(count, groups):
    """Groups of all sizes, some as good as a null group, some far beyond; classes that all, some, or one of the replicates hold."""
    rng = np.random.default_rng([count, groups])
    for _ in range(4):
        null = sizes_apart(rng, count, groups)
        if sum(len(one.value) for one in null) <= 20:
            continue
        same = [one.value[:3] for one in null], [one.size[:3] for one in null]
        size = np.concatenate([*same[1], rng.choice([0, 1, 2, 3, 5, 8, 16, 32, 200], 60)])
        observed = Scores(np.concatenate([*same[0], rng.uniform(-5, 30, 60)]), size)
        np.testing.assert_allclose(chance_counts(observed, null), slow_counts(observed, null), rtol=1e-9)


def test_as_good_as_the_threshold_is_counted_beyond_it_is_the_tail():
    """Every null group of both halves is asked for, the 21st from above with them."""
    null = [Scores(np.array([float(b // 2), 50.0 - b // 2]), np.full(2, 8)) for b in range(48)]
    observed = Scores(np.concatenate([one.value for one in null]), np.full(96, 8))
    counts = chance_counts(observed, null)
    np.testing.assert_allclose(counts, slow_counts(observed, null), rtol=1e-9)
    assert 21.5 / 24 in counts


@pytest.mark.parametrize("total", [19, 20, 21, 40, 41, 42])
def test_about_as_many_null_groups_as_a_tail_needs(total):
    """Up to 20 in all they are counted as they are; a half of up to 20 has counts and no tail."""
    rng = np.random.default_rng(total)
    held = [total // 2, total - total // 2]
    null = [Scores(rng.gumbel(0, 1, n), np.full(n, 8)) for n in held]
    observed = Scores(np.concatenate([[-9.0, 0.5, 2.0, 9.0], *(one.value for one in null)]), np.full(4 + total, 8))
    if total <= 20:
        expected = [0.5 + sum(float((one.value >= value).sum()) for one in null) / 2 for value in observed.value.tolist()]
    else:
        expected = slow_counts(observed, null)
    np.testing.assert_allclose(chance_counts(observed, null), expected, rtol=1e-9)
    # More replicates would change the least count alone, and only where all are counted.
    more = chance_counts(observed, null, 40)
    np.testing.assert_allclose(more, np.array(expected) - (0.5 - 1 / 40) * (total <= 20), rtol=1e-9)


def test_a_half_without_a_group_has_no_laws():
    """Its scores are then compared as they are."""
    rng = np.random.default_rng(5)
    null = [Scores(rng.gumbel(3, 2, n), np.full(n, 8)) for n in (30, 0, 12, 0)]
    observed = Scores(np.linspace(-2, 15, 30), np.full(30, 8))
    np.testing.assert_allclose(chance_counts(observed, null), slow_counts(observed, null), rtol=1e-9)


def test_replicates_that_agree_claim_a_quarter_of_a_nat_and_no_less():
    """All best scores are 3: one that is 1 above is four spreads above, in the units of the tail."""
    null = [Scores(np.array([3.0, 2.0]), np.array([8, 8])) for _ in range(24)]
    counts = chance_counts(Scores(np.array([4.0, 3.0, 2.5]), np.full(3, 8)), null)
    # Of 24 null groups a half, at 0 and -4 in these units, the threshold is the 21st from above: -4. Excesses are 12 of 4 and 8 of 0.
    tail = slow_tail([0.0] * 8 + [4.0] * 12, 8.0)
    np.testing.assert_allclose(
        counts, [20.5 / 12 * tail, 20.5 / 12 * slow_tail([0.0] * 8 + [4.0] * 12, 4.0), 20.5 / 12 * slow_tail([0.0] * 8 + [4.0] * 12, 2.0)]
    )


@pytest.mark.parametrize(
    "excess",
    [[2.0] * 20, [0.0, 0.0, 1.0, 5.0], [0.0] * 19 + [1000.0], [0.1 * k for k in range(20)], [1.5**k for k in range(20)], [7.0]],
)
def test_tails_are_those_of_the_law_with_the_shape_that_the_moments_give(excess):
    """Light ones, for which the shape is 0; heavy ones; and one so heavy that the shape is .9."""
    at = np.array([0.0, 0.3, 1.0, 4.0, 20.0, 500.0])
    np.testing.assert_allclose(tail_of(np.array(excess), at), [slow_tail(excess, x) for x in at.tolist()], rtol=1e-9)


def test_a_log_like_its_replicates_is_hardly_ever_flagged():
    """Of 300 logs drawn as their ten replicates are, the share with a group expected .05 times or less is about that at most."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        null = replicates(rng, 10)
        (observed,) = replicates(rng, 1)
        hits += chance_counts(observed, null).min() <= 0.05
    assert hits / 300 <= 0.08
