"""The score rises with evidence, falls with bystanders, and is what its formula says."""

from math import lgamma, log

import numpy as np
import pytest

from collusion.evidence.score import score_group
from collusion.graph.graph import build_graph
from collusion.graph.projection import meetings_of
from markets import market


@pytest.fixture(scope="module")
def planted():
    log_, truth = market(40_000, 3, [(20, 10, 0.8)])
    graph = build_graph(**log_)
    return graph, meetings_of(graph), truth[0][0].astype(np.int32)


def test_formula(planted):
    graph, meet, members = planted
    score = score_group(graph, meet, members)
    x, mean, k, n = score.weight, score.expected, len(members), graph.n_reviewers
    groups = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    assert score.value == pytest.approx((x * log(x / mean) - x + mean - groups) / k, abs=1e-6)


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
        scores.append(score_group(graph, meetings_of(graph), members.astype(np.int32)).value)
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_one_person_and_strangers_score_below_zero(planted):
    graph, meet, members = planted
    assert score_group(graph, meet, members[:1]).value < 0
    strangers = np.flatnonzero(~np.isin(np.arange(graph.n_reviewers), members))[:10].astype(np.int32)
    assert score_group(graph, meet, strangers).value < 0
