"""SpEagle: flat priors say nothing, the slow version, and what the metadata make of short-lived accounts."""

import numpy as np
from detect.slow_beliefs import loopy
from detect.toy import rng

from collusion.base.model import Scores
from collusion.detect.speagle import SpEagle
from collusion.graph.graph import build_graph
from collusion.testing import check_ranker, planted_graph


def names(graph):
    sides = (("u", graph.n_reviewers), ("p", graph.n_products), ("r", graph.n_reviews))
    return [(side, k) for side, n in sides for k in range(n)]


def edges_of(graph, e=0.1, slip=1e-5):
    same, other = [[1 - slip, slip], [slip, 1 - slip]], [[1 - e, e], [e, 1 - e]]
    found = []
    for s, (u, p) in enumerate(zip(graph.reviewer.tolist(), graph.product.tolist(), strict=True)):
        found.append((("r", s), ("u", u), same))
        if graph.rating is not None and graph.rating[s] > 3:
            found.append((("r", s), ("p", p), other))
        if graph.rating is not None and graph.rating[s] < 3:
            found.append((("r", s), ("p", p), other[::-1]))
    return found


def test_flat_priors_give_zero_log_odds_everywhere():
    for seed in range(5):
        graph, _ = planted_graph(np.random.default_rng(seed))
        found = SpEagle(metadata=False).score(graph, rng())
        assert all((scores == 0).all() for scores in (found.reviewers, found.products, found.reviews))


def test_the_laws_and_the_slow_version():
    """The slow version is that of `propagate`, whose beliefs are exact on trees."""
    ranker = SpEagle(rounds=10, tolerance=0.0, slip=0.01)

    def slow(graph):
        prior = dict(zip(names(graph), ranker.prior(graph).tolist(), strict=True))
        belief = loopy(prior, edges_of(graph, slip=0.01), rounds=10, damping=0.5)
        odds = [belief[v] for v in names(graph)]
        reviews = graph.n_reviewers + graph.n_products
        return Scores("speagle", odds[: graph.n_reviewers], odds[graph.n_reviewers : reviews], odds[reviews:])

    least = {"reviewers": 0.95, "products": 0.95, "reviews": 0.95}
    assert check_ranker(ranker, least_auc=least, oracle=slow)[-1] == "oracle"


def test_ids_alone_single_out_who_wrote_once():
    """All that a log without times and ratings tells: accounts of one review come first."""
    graph = build_graph([0, 0, 1, 2, 2, 2], [0, 1, 0, 0, 1, 2])
    found = SpEagle().score(graph, rng())
    assert found.reviewers.argmax() == 1
    assert found.reviews[graph.reviewer == 1].min() > found.reviews[graph.reviewer != 1].max()
