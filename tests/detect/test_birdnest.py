"""BIRDNEST: surprise against the integral, fits against the slow fixed point, and what surprises."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from detect.toy import rng
from scipy.integrate import quad
from scipy.special import digamma
from scipy.stats import beta

from collusion.base.model import Scores
from collusion.detect.birdnest import Birdnest, expected_surprise, fit_dirichlet, gap_counts, rating_counts
from collusion.graph.graph import NO_TIME, build_graph
from collusion.testing import check_ranker


def test_surprise_is_the_integral():
    """Of two bins: E[-ln Beta(p; b)] for p from Beta(a), integrated."""
    random = np.random.default_rng(1)
    for _ in range(20):
        a, b = random.uniform(1.2, 9, 2), random.uniform(1, 9, 2)
        expected, _ = quad(lambda p, a=a, b=b: -beta.pdf(p, *a) * beta.logpdf(p, *b), 0, 1)
        assert expected_surprise(a[np.newaxis], b) == pytest.approx([expected], abs=1e-6)


def test_surprise_by_hand():
    """Posterior (2, 1), prior (1, 1): the density is 1 everywhere, so nothing surprises. Prior (1, 2): -ln 2 - E[ln p2] = -ln 2 + 3/2."""
    posterior = np.array([[2.0, 1.0]])
    assert expected_surprise(posterior, np.array([1.0, 1.0])) == pytest.approx([0.0])
    assert expected_surprise(posterior, np.array([1.0, 2.0])) == pytest.approx([1.5 - math.log(2)])


def slow_fit(rows):
    if len(rows) < 2 or not any(map(any, rows)):
        return [1.0] * len(rows[0]) if rows else []
    alpha = [3.0] * len(rows[0])
    for _ in range(100):
        total = sum(alpha)
        below = sum(n / max(n - 1 + total, 1e-12) for n in map(sum, rows) if n)
        after = [a * sum(r[s] / max(r[s] - 1 + a, 1e-12) for r in rows if r[s]) / below for s, a in enumerate(alpha)]
        moved = sum(abs(x - y) for x, y in zip(after, alpha, strict=True))
        alpha = after
        if moved < 0.01:
            break
    return [a + 1 for a in alpha]


def test_fit_is_the_fixed_point():
    random = np.random.default_rng(2)
    for _ in range(40):
        rows = random.multinomial(random.integers(1, 12), random.dirichlet([1, 2, 0.5]), int(random.integers(2, 20)))
        assert fit_dirichlet(rows) == pytest.approx(slow_fit(rows.tolist()), rel=1e-9)


def test_fit_finds_the_proportions_behind_many_reviewers():
    random = np.random.default_rng(3)
    rows = np.array([random.multinomial(30, random.dirichlet([2, 6, 4])) for _ in range(3000)])
    assert fit_dirichlet(rows) - 1 == pytest.approx([2, 6, 4], rel=0.1)


def test_ratings_and_gaps_are_counted():
    graph = build_graph(
        [0, 0, 0, 0, 1, 1], [0, 1, 2, 3, 0, 1], time=[17000, 17000, 17003, 17019, NO_TIME, 17005], rating=[5, 1, 5, np.nan, 1, 4]
    )
    assert rating_counts(graph, graph.reviewer, 2).tolist() == [[1, 0, 2], [1, 1, 0]]
    # Gaps of 0, 3 and 16 days: bins 0, 2 (2 to 3 days) and 5 (16 to 31).
    assert gap_counts(graph, graph.reviewer, 2).tolist() == [[1, 0, 1, 0, 0, 1], [0, 0, 0, 0, 0, 0]]


def slow_side(graph, node, n):
    """One cluster: expected surprise by the formula, row by row."""
    total = [0.0] * n
    there = [k for k in range(n) if k in set(node.tolist())]
    tables = []
    if graph.rating is not None and graph.n_reviews:
        levels = sorted({*graph.rating.tolist()})
        tables.append([[graph.rating[node == k].tolist().count(x) for x in levels] for k in there])
    if graph.time is not None and graph.n_reviews:
        bins = []
        for k in there:
            days = sorted(graph.time[node == k].tolist())
            bins.append(Counter(0 if a == b else 1 + int(math.log2(b - a)) for a, b in pairwise(days)))
        tables.append([[own[s] for s in range(max((max(own, default=0) for own in bins), default=0) + 1)] for own in bins])
    for rows in tables:
        alpha = slow_fit(rows)
        surprise = []
        for row in rows:
            post = [x + a for x, a in zip(row, alpha, strict=True)]
            value = sum(map(math.lgamma, alpha)) - math.lgamma(sum(alpha))
            value -= sum((a - 1) * (digamma(x) - digamma(sum(post))) for a, x in zip(alpha, post, strict=True))
            surprise.append(float(value))
        spread = float(np.std(surprise))
        # A spread of rounding errors is none.
        for k, value in zip(there, surprise, strict=True):
            total[k] += (value - min(surprise)) / spread if spread > 1e-12 else 0.0
    return total


def test_the_laws_and_the_slow_version():
    def slow(graph):
        return Scores("birdnest", slow_side(graph, graph.reviewer, graph.n_reviewers), slow_side(graph, graph.product, graph.n_products))

    assert check_ranker(Birdnest(clusters=1), least_auc={"reviewers": 0.95, "products": 0.95}, oracle=slow)[-1] == "oracle"
    # Two clusters are the default.
    check_ranker(Birdnest(clusters=3), least_auc={"reviewers": 0.0, "products": 0.0})


def test_more_of_the_same_surprises_more():
    """Among people who rate 4 and 5 with weeks between, all ones in one day; the more of them, the more."""
    random = np.random.default_rng(4)
    u, p = np.repeat(np.arange(200), 10), np.tile(np.arange(10), 200) + 10 * np.repeat(np.arange(200) % 20, 10)
    time = 16000 + np.cumsum(random.integers(7, 40, (200, 10)), axis=1).ravel()
    rating = random.integers(4, 6, 2000).astype(float)
    odd = [(200, 3), (201, 6), (202, 12)]
    for who, n in odd:
        u, p = np.append(u, [who] * n), np.append(p, np.arange(n))
        time, rating = np.append(time, [16500] * n), np.append(rating, [1.0] * n)
    scores = Birdnest(clusters=1).score(build_graph(u, p, time=time, rating=rating), rng()).reviewers
    assert scores[202] > scores[201] > scores[200] > scores[:200].max()


def test_clusters_tell_kinds_of_reviewers_apart():
    """Half praise, half pan, ten reviews each: two clusters, one of each kind; four begin by mean rating and end as far apart."""
    random = np.random.default_rng(5)
    counts = np.zeros((200, 5), np.int64)
    counts[:100, 3:] = random.multinomial(10, [0.5, 0.5], 100)
    counts[100:, :2] = random.multinomial(10, [0.5, 0.5], 100)
    ((own, of_clusters),) = Birdnest(clusters=2)._fit([counts])
    assert len(np.unique(own[:100], axis=0)) == len(np.unique(own[100:], axis=0)) == 1
    assert own[0, 3:].min() > 2 > own[0, :2].max()
    assert own[100, :2].min() > 2 > own[100, 3:].max()
    assert of_clusters.shape == (2, 5)
