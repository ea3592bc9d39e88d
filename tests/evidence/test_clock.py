"""Clock times of one product and day: shuffled among all its reviews, who wrote on that day kept."""

from itertools import combinations
from math import log

import numpy as np
import pytest
from evidence.groups import group_of, log_of

from collusion.evidence.signals import clock as module
from collusion.evidence.signals.clock import Clock
from collusion.graph.graph import NO_TIME, build_graph

HOUR = 3600


def day_of(seconds, members=3, days=None):
    """One product whose reviews are at these seconds, by reviewers in order; the first are the group."""
    n = len(seconds)
    graph = build_graph(np.arange(n), np.zeros(n, int), time=[5] * n if days is None else days)
    return group_of(graph, np.arange(members), [0], log=log_of(graph, second=np.array(seconds, np.int32)[graph.row]))


def market(seed, *, members=6, products=5, minutes=None):
    """Products with 12 reviews on one day, by members at any second or within so many minutes, and by others."""
    rng = np.random.default_rng(seed)
    u = np.concatenate([np.append(np.arange(members), members + rng.choice(40, 12 - members, replace=False)) for _ in range(products)])
    p = np.repeat(np.arange(products), 12)
    second = rng.integers(0, 86_400, len(u))
    if minutes is not None:
        own = u < members
        second[own] = rng.integers(0, 80_000, products)[p[own]] + rng.integers(0, 60 * minutes, own.sum())
    graph = build_graph(u, p, time=100 + p)
    return group_of(graph, np.arange(members), np.arange(products), log=log_of(graph, seed, second=second.astype(np.int32)[graph.row]))


def enumerated(seconds, members):
    """The share of all choices of as many seconds that are at least as close, pair by pair."""

    def close(chosen):
        return sum(log(86_400 / max(abs(a - b), 60)) for a, b in combinations(chosen, 2))

    observed = close(seconds[:members])
    every = [close(chosen) for chosen in combinations(seconds, members)]
    return sum(value >= observed - 1e-9 for value in every) / len(every)


@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_enumerating_every_choice_gives(seed, monkeypatch):
    monkeypatch.setattr(module, "DRAWS", 20_000)
    rng = np.random.default_rng(seed)
    seconds = rng.choice(86_400, 7, replace=False).tolist()
    exact = enumerated(seconds, 3)
    # Four standard errors of the draws.
    assert Clock().test(day_of(seconds)).p_value == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 20_000) ** 0.5 + 1e-4)


def test_it_says_what_was_counted():
    # Members at noon, five and fifteen minutes later; others hours apart.
    group = day_of([12 * HOUR, 12 * HOUR + 300, 12 * HOUR + 900, 0, 4 * HOUR, 8 * HOUR, 20 * HOUR])
    found = Clock().test(group)
    assert found.observed == 7.5
    assert found.expected > 60
    assert found.rows == (0, 1, 2)
    assert "On 1 product and day with reviews" in found.statement
    assert "is 8 minutes" in found.statement


def test_groups_at_any_second_have_uniform_p_values():
    p = np.array([Clock().test(market(seed)).p_value for seed in range(200)])
    # Kolmogorov's distance, 0.138 at 0.001.
    distance = np.abs(np.sort(p) - (np.arange(200) + 0.5) / 200).max()
    assert distance < 0.138


def test_minutes_apart_stand_out_and_hours_do_not():
    near = [Clock().test(market(seed, minutes=20)) for seed in range(5)]
    assert max(one.p_value for one in near) < 1e-4
    assert {one.stance for one in near} == {"for"}
    spread = day_of([*range(0, 24 * HOUR, 4 * HOUR), *range(HOUR, 24 * HOUR, 5 * HOUR)], members=6)
    assert Clock().test(spread).p_value > 0.5
    assert Clock().test(spread).stance == "neutral"


def sessions(seed, *, members=4, products=30, days=3):
    """Everybody reviews all products of a day in one session, at an hour of their own: three others do as the members do."""
    rng = np.random.default_rng(seed)
    people = members + 3
    u, p, day = (a.ravel() for a in np.meshgrid(np.arange(people), np.arange(products), np.arange(days), indexing="ij"))
    start = rng.integers(0, 80_000, (people, days))
    second = start[u, day] + rng.integers(0, 3_000, len(u))
    product = p * days + day
    graph = build_graph(u, product, time=100 + day)
    order = graph.row
    return group_of(graph, np.arange(members), np.arange(products * days), log=log_of(graph, seed, second=second.astype(np.int32)[order]))


def test_a_session_of_dozens_of_reviews_is_one_observation():
    """Members of honest groups who rate dozens of products in an evening: as often significant as the level allows."""
    p = np.array([Clock().test(sessions(seed)).p_value for seed in range(200)])
    assert np.abs(np.sort(p) - (np.arange(200) + 0.5) / 200).max() < 0.138
    assert "On 3 products and days" in Clock().test(sessions(0)).statement


def test_that_they_came_on_one_day_is_not_used_again():
    """A day on which members alone reviewed says nothing, and a crowd in the same minutes takes everything away."""
    alone = day_of([10, 20, 30])
    assert Clock().test(alone) is None
    crowd = day_of([12 * HOUR + k for k in range(9)])
    assert Clock().test(crowd).p_value > 0.5


@pytest.mark.parametrize(
    ("seconds", "days"),
    [
        ([10, 20, 30, 40], [1, 2, 3, 1]),
        ([10, -1, -1, 40], None),
        ([10, 20, 30, -1], None),
        ([10, 20, 30, 40], [NO_TIME] * 4),
    ],
)
def test_without_two_members_and_another_in_one_day_nothing_is_said(seconds, days):
    assert Clock().test(day_of(seconds, days=days)) is None


def test_without_times_of_day_or_on_the_busiest_days_nothing_is_said(monkeypatch):
    graph = build_graph([0, 1, 2], [0, 0, 0], time=[5, 5, 5])
    assert Clock().test(group_of(graph, [0, 1], [0])) is None
    bare = build_graph([0, 1, 2], [0, 0, 0])
    assert Clock().test(group_of(bare, [0, 1], [0], window=None, log=log_of(bare, second=np.zeros(3, np.int32)))) is None
    monkeypatch.setattr(module, "MAX_REVIEWS_PER_DAY", 6)
    assert Clock().test(day_of([*range(6)])) is not None
    assert Clock().test(day_of([*range(7)])) is None
