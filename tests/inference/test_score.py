"""The score rises with evidence, falls with bystanders, and is what its formula says."""

from math import lgamma, log

import numpy as np
import pytest

from collusion.graph.graph import build_graph
from collusion.graph.projection import co_reviews_of
from collusion.graph.windows import DEGREE_BOUNDS
from collusion.inference.score import score_group, score_groups
from markets import market


@pytest.fixture(scope="module")
def planted():
    log_, truth = market(40_000, 3, [(20, 10, 0.8)])
    graph = build_graph(**log_)
    return graph, tuple(co_reviews_of(graph, window) for window in (2, 7, 21)), truth[0][0].astype(np.int32)


def score_of(met, mean, size, reviewers, reviews):
    """Return the formula: the ratio, a mean being one in the log's reviews at least, less the number of groups, a member."""
    mean = max(mean, 1 / reviews)
    groups = lgamma(reviewers + 1) - lgamma(size + 1) - lgamma(reviewers - size + 1)
    return ((met * log(met / mean) - met + mean if met > mean else 0.0) - groups) / size


def best_of(graph, by_window, members):
    """Return value, meetings, mean, window and crowd of the best window and kind of place, tried one by one; crowds from small to large."""
    tried = []
    for co_reviews in by_window:
        met, expected = co_reviews.among(graph, [members])
        for k, (x, mean) in enumerate(zip(met[0].tolist(), expected[0].tolist(), strict=True)):
            value = round(score_of(x, mean, len(members), graph.n_reviewers, graph.n_reviews), 6)
            tried.append((value, x, mean, co_reviews.window, (*DEGREE_BOUNDS, None)[k]))
    return max(tried, key=lambda told: told[0])


def test_two_who_met_once_where_hardly_anybody_meets_gain_no_more_than_the_log_can_tell():
    """Their mean is below one in the log's reviews, and is taken for that."""
    rng = np.random.default_rng(2)
    u, p, when = np.arange(3000), np.arange(3000) % 2900, rng.integers(0, 1000, 3000)
    u, p, when = np.append(u, [3000, 3001]), np.append(p, [2900, 2900]), np.append(when, [500, 500])
    graph = build_graph(u, p, time=when)
    by_window, pair = (co_reviews_of(graph, 2),), np.array([3000, 3001], np.int32)
    score = score_group(graph, by_window, pair)
    assert score.co_reviews == 1
    assert score.expected < 1 / graph.n_reviews
    assert score.value == round(score_of(1, 0.0, 2, 3002, 3002), 6)
    assert (score.value, score.co_reviews, score.expected, score.window, score.max_degree) == best_of(graph, by_window, pair)


def test_a_group_that_meets_in_crowds_alone_scores_by_places_of_any_crowd():
    """Twenty who came to ten products on the day on which others did: up to how many a place counts is told, None where they are many."""
    rng = np.random.default_rng(3)
    told = set()
    for others in (0, 3, 20, 100):
        members = np.arange(20, dtype=np.int32)
        u = np.concatenate([np.tile(members, 10), *(20 + k * others + np.arange(others) for k in range(10)), np.arange(1200, 3200)])
        p = np.concatenate([np.repeat(np.arange(10), 20), np.repeat(np.arange(10), others), rng.integers(10, 500, 2000)])
        when = np.concatenate([np.full(200, 100), np.full(10 * others, 100), rng.integers(0, 400, 2000)])
        graph = build_graph(u, p, time=when)
        by_window = tuple(co_reviews_of(graph, window) for window in (2, 7))
        score = score_group(graph, by_window, members)
        assert (score.value, score.co_reviews, score.expected, score.window, score.max_degree) == best_of(graph, by_window, members)
        told.add(score.max_degree)
    assert None in told
    assert told & {*DEGREE_BOUNDS}


def test_scores_are_those_of_the_best_window_and_kind_tried_one_by_one(planted):
    """All groups are scored together, and tried each alone."""
    graph, by_window, members = planted
    rng = np.random.default_rng(4)
    groups = [
        members,
        members[:7],
        members[:2],
        *(rng.choice(graph.n_reviewers, n, replace=False).astype(np.int32) for n in (2, 5, 30, 200)),
    ]
    for group, score in zip(groups, score_groups(graph, by_window, groups), strict=True):
        assert (score.value, score.co_reviews, score.expected, score.window, score.max_degree) == best_of(graph, by_window, group)


def test_nobody_and_nothing_score_zero_or_less():
    """An empty group; and groups of a log without a review."""
    empty = build_graph([], [], time=[], n_reviewers=5, n_products=2)
    (score,) = score_groups(empty, (co_reviews_of(empty, 7),), [np.arange(2, dtype=np.int32)])
    assert (score.value, score.co_reviews) == (round(-log(10) / 2, 6), 0)
    graph = build_graph([0, 1], [0, 0], time=[1, 1])
    assert score_group(graph, (co_reviews_of(graph, 7),), np.empty(0, np.int32)).value == 0


def test_bystanders_lower_the_score(planted):
    graph, co_reviews, members = planted
    others = np.setdiff1d(np.arange(graph.n_reviewers), members)
    rng = np.random.default_rng(0)
    score = score_group(graph, co_reviews, members).value
    for _ in range(20):
        joined = np.append(members, rng.choice(others, 3, replace=False)).astype(np.int32)
        assert score_group(graph, co_reviews, joined).value < score


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
        scores.append(score_group(graph, (co_reviews_of(graph),), members.astype(np.int32)).value)
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_one_person_and_strangers_score_below_zero(planted):
    graph, co_reviews, members = planted
    assert score_group(graph, co_reviews, members[:1]).value < 0
    strangers = np.flatnonzero(~np.isin(np.arange(graph.n_reviewers), members))[:10].astype(np.int32)
    assert score_group(graph, co_reviews, strangers).value < 0
