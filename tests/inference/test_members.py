"""Members in doubt: who did little of what the group did, and who rates against it."""

from math import comb
from statistics import median

import numpy as np
import pytest
from evidence.groups import group_of

from collusion.evidence.rating_model import model_of
from collusion.evidence.signals.rating import rating_counts
from collusion.graph.graph import build_graph
from collusion.inference import members as module
from collusion.inference.members import doubtful_members
from oracles import benjamini_hochberg

CLEAR = 1e-6


USUAL = (0.1, 0.1, 0.2, 0.3, 0.3)


def log(counts, ratings=None, *, width=10, seed=0, rated=True, usual=USUAL):
    """Members 500 and up, of whom each reviewed so many of the first products; ``ratings`` by member, five stars otherwise; and others."""
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(0, 500 * 40, 3000))
    u, p = (keys // 40).tolist(), (keys % 40).tolist()
    r = rng.choice([1.0, 2, 3, 4, 5], len(keys), p=usual).tolist()
    for k, count in enumerate(counts):
        own = sorted(rng.choice(width, count, replace=False).tolist())
        u += [500 + k] * count
        p += own
        r += (ratings or {}).get(k, [5.0] * count)
    n = 500 + len(counts)
    graph = build_graph(u, p, rating=r if rated else None, time=rng.integers(0, 500, len(u)), n_reviewers=n, n_products=40)
    return group_of(graph, np.arange(500, n), np.arange(width))


def idle(counts, width):
    """Who did less than half of what the median member did, beyond chance: binomial, adjusted over the members."""
    share = min(median(counts) / width, 1.0)
    p = [sum(comb(width, k) * share**k * (1 - share) ** (width - k) for k in range(c + 1)) for c in counts]
    return [500 + k for k, q in enumerate(benjamini_hochberg(p)) if q <= 0.05 and counts[k] < median(counts) / 2]


@pytest.mark.parametrize("seed", range(12))
def test_who_did_little_is_who_the_binomial_law_says(seed):
    rng = np.random.default_rng(seed)
    width = int(rng.integers(3, 25))
    counts = rng.binomial(width, rng.choice([0.3, 0.6, 0.9, 1.0]), int(rng.integers(3, 15)))
    counts[: int(rng.integers(0, 3))] = int(rng.integers(1, 4))
    counts = np.maximum(counts, 1).tolist()
    found = doubtful_members(log(counts, width=width, seed=seed), 1.0)
    assert [one.reviewer for one in found] == idle(counts, width)


def test_who_did_two_of_ten_jobs_is_in_doubt_and_who_did_six_is_not():
    found = doubtful_members(log([9, 8, 9, 2, 10, 6, 9, 8]), 1.0)
    assert [(one.reviewer, one.reason) for one in found] == [(503, "Reviewed 2 of the group's 10 products; the median member 8.5.")]
    # All alike, however little: that is the group.
    assert doubtful_members(log([3] * 10), 1.0) == ()
    assert doubtful_members(log([9, 1]), 1.0) == ()
    assert [one.reviewer for one in doubtful_members(log([9, 9, 1]), 1.0)] == [502]


def test_few_are_in_doubt_only_where_chance_hardly_makes_them_so_few():
    """One of five where three are usual comes by chance; and half of what is usual is not little, however many are asked."""
    assert idle([3] * 9 + [1], 5) == []
    assert doubtful_members(log([3] * 9 + [1], width=5), 1.0) == ()
    assert idle([8] * 4 + [4], 10) == []
    assert doubtful_members(log([8] * 4 + [4]), 1.0) == ()
    assert [one.reviewer for one in doubtful_members(log([8] * 4 + [3]), 1.0)] == [504]
    # All did everything but one.
    assert [one.reviewer for one in doubtful_members(log([10] * 4 + [4]), 1.0)] == [504]


def against(group):
    """Of each member, ratings that side with other reviewers, and ratings where three others rated; those against the group."""
    counts, levels = rating_counts(group), model_of(group.log).levels
    every = model_of(group.log).counts
    mean = float(np.dot(every, levels) / every.sum())
    deviation = (float(np.dot(every, levels**2) / every.sum()) - mean**2) ** 0.5
    sides = {}
    for k, (level, at, member) in enumerate(zip(counts.level.tolist(), counts.at.tolist(), counts.member.tolist(), strict=True)):
        rest = [levels[other] for j, other in enumerate(counts.level.tolist()) if counts.at[j] == at and j != k]
        if len(rest) < 3:
            continue
        given, theirs = levels[level], median(rest)
        usual = float(np.dot(counts.expected[at], levels))
        apart = abs(given - theirs) >= deviation and abs(given - usual) < abs(given - theirs) and (given - theirs) * (usual - theirs) > 0
        sides.setdefault(member, []).append(bool(apart))
    return {
        int(group.reviewers[member]): (sum(own), len(own)) for member, own in sides.items() if len(own) >= 2 and sum(own) > len(own) / 2
    }


@pytest.mark.parametrize("seed", range(8))
def test_who_rates_against_the_group_is_who_sides_with_others(seed):
    rng = np.random.default_rng(seed)
    ratings = {k: rng.choice([1.0, 2, 3, 4, 5], 8).tolist() for k in range(3)}
    group = log([8] * 9, ratings, seed=seed, width=10 + 4 * (seed % 3))
    found = {one.reviewer: one.reason for one in doubtful_members(group, CLEAR)}
    assert found == {
        code: f"Rates against the group: {n:,} {'rating' if n == 1 else 'ratings'} of {every:,} side with other reviewers."
        for code, (n, every) in against(group).items()
    }


def test_one_who_gave_ones_where_the_others_gave_fives_is_in_doubt_and_half_is_not_enough():
    one, half = [1.0] * 8, [1.0] * 4 + [5.0] * 4
    found = doubtful_members(log([8] * 10, {4: one, 6: half}), CLEAR)
    assert [one.reviewer for one in found] == [504]
    assert found[0].reason == "Rates against the group: 8 ratings of 8 side with other reviewers."
    # Two ratings are enough to tell, one is not.
    ones = {9: [1.0, 1.0], 10: [1.0]}
    found = doubtful_members(log([3] * 9 + [2, 1], ones, width=3), CLEAR)
    assert [one.reviewer for one in found if one.reason.startswith("Rates")] == [509]
    # More extreme than the group itself is no opposition.
    fours = {k: [4.0] * 8 for k in range(9)}
    assert doubtful_members(log([8] * 10, {**fours, 9: [5.0] * 8}), CLEAR) == ()


def test_who_is_nearer_to_the_group_is_not_against_it():
    """Others give two stars, with hardly any spread, and the group five: three stars side with others, and four with the group."""
    narrow = (0.1, 0.8, 0.1, 0.0, 0.0)
    found = doubtful_members(log([8] * 10, {2: [4.0] * 8, 5: [3.0] * 8}, usual=narrow), CLEAR)
    assert [one.reviewer for one in found] == [505]
    # The other way round: others give five, and the group two.
    twos = {k: [2.0] * 8 for k in range(8)}
    found = doubtful_members(log([8] * 10, {**twos, 8: [4.0] * 8, 9: [3.0] * 8}, usual=(0.0, 0.0, 0.0, 0.1, 0.9)), CLEAR)
    assert [one.reviewer for one in found] == [508]


def test_the_median_of_others_is_that_of_a_list_without_the_value():
    rng = np.random.default_rng(0)
    for _ in range(30):
        group = rng.integers(0, 8, int(rng.integers(1, 40)))
        values = rng.integers(1, 6, len(group)).astype(float)
        found = module._median_of_others(values, group)
        for k, value in enumerate(values):
            others = np.delete(values, k)[np.delete(group, k) == group[k]]
            assert found[k] == (np.median(others) if len(others) else value)


def test_two_sides_of_one_group_have_no_odd_one_out():
    """Of three who rated a product nobody is against the rest; of four one may be, and does not move what the rest gave."""
    three = log([8] * 3, {0: [1.0] * 8}, width=8)
    assert doubtful_members(three, CLEAR) == ()
    four = log([8] * 4, {0: [1.0] * 8}, width=8)
    assert [one.reviewer for one in doubtful_members(four, CLEAR)] == [500]
    # Two of six: the rest is what most of the others gave, for either.
    six = log([8] * 6, {0: [1.0] * 8, 1: [1.0] * 8}, width=8)
    assert [one.reviewer for one in doubtful_members(six, CLEAR)] == [500, 501]


def test_a_group_that_rates_as_others_do_has_no_side():
    group = log([8] * 10, {4: [1.0] * 8})
    assert [one.reviewer for one in doubtful_members(group, 0.05)] == [504]
    assert doubtful_members(group, 0.0501) == ()
    assert doubtful_members(log([8] * 10, rated=False), CLEAR) == ()


def test_who_did_little_and_rates_against_it_is_named_once():
    found = doubtful_members(log([9, 9, 9, 9, 9, 9, 9, 2], {7: [1.0, 1.0]}), CLEAR)
    assert [(one.reviewer, one.reason.split()[0]) for one in found] == [(507, "Reviewed")]
