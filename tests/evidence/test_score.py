"""The score rises with evidence, falls with bystanders, and is what its formula says."""

from math import lgamma, log

import numpy as np
import pytest

from collusion.evidence.score import score_group, score_groups
from collusion.graph.graph import build_graph
from collusion.graph.projection import CROWDS, meetings_of
from markets import market


@pytest.fixture(scope="module")
def planted():
    log_, truth = market(40_000, 3, [(20, 10, 0.8)])
    graph = build_graph(**log_)
    return graph, tuple(meetings_of(graph, window) for window in (2, 7, 21)), truth[0][0].astype(np.int32)


def test_formula(planted):
    """The largest over windows and kinds of places, counted from the meetings that the score names."""
    graph, meets, members = planted
    score = score_group(graph, meets, members)
    x, mean, k, n = score.meetings, score.expected, len(members), graph.n_reviewers
    groups = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    assert score.value == pytest.approx((x * log(x / mean) - x + mean - groups) / k, abs=1e-6)
    meet = next(meet for meet in meets if meet.window == score.window)
    met, expected = meet.rarer(CROWDS.index(score.crowd)).among(graph, [members])
    assert (met[0, -1], expected[0, CROWDS.index(score.crowd)]) == (score.meetings, pytest.approx(score.expected))
    assert score.value == max(score_group(graph, (one,), members).value for one in meets)


def test_groups_scored_together_score_as_alone(planted):
    graph, meets, members = planted
    rng = np.random.default_rng(1)
    groups = [members, members[::2], rng.choice(graph.n_reviewers, 9, replace=False).astype(np.int32)]
    assert score_groups(graph, meets, groups) == [score_group(graph, meets, group) for group in groups]


def test_bystanders_lower_the_score(planted):
    graph, meet, members = planted
    others = np.setdiff1d(np.arange(graph.n_reviewers), members)
    rng = np.random.default_rng(0)
    score = score_group(graph, meet, members).value
    for _ in range(20):
        joined = np.append(members, rng.choice(others, 3, replace=False)).astype(np.int32)
        assert score_group(graph, meet, joined).value < score


def test_more_meetings_never_lower_the_score():
    """Moving a member's review next to the others' raises the meetings and the score."""
    rng = np.random.default_rng(0)
    honest = np.unique(rng.integers(0, 400 * 300, 4000))
    times = rng.integers(0, 600, len(honest))
    members = np.arange(400, 406)
    scores = []
    for met in range(6):
        u = np.concatenate([honest // 300, np.repeat(members, 6)])
        p = np.concatenate([honest % 300, np.tile(np.arange(6), 6)])
        when = np.array([[200 + 2 * k if k < met else 40 * m for k in range(6)] for m in range(6)])
        graph = build_graph(u, p, time=np.concatenate([times, when.ravel()]))
        scores.append(score_group(graph, (meetings_of(graph),), members.astype(np.int32)).value)
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_one_person_and_strangers_score_below_zero(planted):
    graph, meet, members = planted
    assert score_group(graph, meet, members[:1]).value < 0
    strangers = np.flatnonzero(~np.isin(np.arange(graph.n_reviewers), members))[:10].astype(np.int32)
    assert score_group(graph, meet, strangers).value < 0
