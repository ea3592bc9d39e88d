"""Similar reviews: the pairs that comparing all with all finds, and what is passed over."""

import numpy as np
from scipy.stats import norm

from collusion.graph.graph import NO_TIME, build_graph
from collusion.kernels.similar import count_in_common, similar_pairs


def pairs_of(graph, **changed):
    given = {"days": 90.0, "stars": 3.0, "threshold": 0.6, "pairs_per_review": 10} | changed
    return similar_pairs(graph.product_indptr, graph.time, graph.rating, graph.reviewer, no_time=NO_TIME, **given)


def random_graph(rng, rated):
    u, p = np.divmod(np.flatnonzero(rng.random(60) < 0.6), 6)
    n = len(u)
    time = np.where(rng.random(n) < 0.1, NO_TIME, rng.integers(17000, 17200, n))
    rating = np.where(rng.random(n) < 0.1, np.nan, rng.integers(1, 11, n) / 2) if rated else None
    return build_graph(u, p, time=time, rating=rating, n_reviewers=10, n_products=6)


def test_all_with_all():
    rng = np.random.default_rng(1)
    for k in range(80):
        graph, threshold = random_graph(rng, k % 3 > 0), float(rng.choice([0.1, 0.6, 0.9, 1.0]))
        expected = []
        for i in range(graph.n_reviews):
            for j in range(i):
                same = graph.product[i] == graph.product[j]
                if not same or NO_TIME in (graph.time[i], graph.time[j]):
                    continue
                alike = 2 * norm.cdf(-abs(int(graph.time[i]) - int(graph.time[j])) / 90)
                if graph.rating is not None:
                    alike *= 2 * norm.cdf(-abs(float(graph.rating[i]) - float(graph.rating[j])) / 3)
                if alike >= threshold:
                    expected.append((*sorted((int(graph.reviewer[i]), int(graph.reviewer[j]))), round(float(alike), 9)))
        a, b, similarity, over = pairs_of(graph, threshold=threshold)
        assert sorted(zip(a.tolist(), b.tolist(), similarity.round(9).tolist(), strict=True)) == sorted(expected)
        assert over == 0


def test_the_most_crowded_are_passed_over_once_enough_was_looked_at():
    """A product of 3,000 reviews in a week opens 4.5 million pairs; with one pair a review, and a million more, it goes."""
    u = np.concatenate((np.arange(3000), np.arange(20)))
    p = np.concatenate((np.zeros(3000, int), np.ones(20, int)))
    graph = build_graph(u, p, time=np.full(3020, 17000), rating=np.full(3020, 5.0))
    a, _, _, over = pairs_of(graph, pairs_per_review=1)
    assert (len(a), over) == (190, 3000)
    assert pairs_of(graph, pairs_per_review=2000)[3] == 0


def test_shared_products():
    rng = np.random.default_rng(2)
    for _ in range(40):
        graph = random_graph(rng, rated=True)
        held = [{*graph.product[graph.reviewer == u].tolist()} for u in range(10)]
        a, b = np.triu_indices(10, 1)
        ends, found = (a.astype(np.int32), b.astype(np.int32)), np.zeros(len(a), np.int32)
        count_in_common(*ends, graph.indptr, graph.edges, graph.product, np.empty(0, np.int32), NO_TIME, 0, found)
        assert found.tolist() == [len(held[u] & held[v]) for u, v in zip(a, b, strict=True)]
