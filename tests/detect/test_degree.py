"""Degree and minus degree: what counting gives."""

from detect.toy import PAIRS, graph_of, rng

from collusion.base.model import Scores
from collusion.detect.degree import Degree, MinusDegree
from collusion.testing import check_ranker


def slow(graph):
    users, products = graph.reviewer.tolist(), graph.product.tolist()
    return [users.count(u) for u in range(graph.n_reviewers)], [products.count(p) for p in range(graph.n_products)]


def test_the_toy_graph():
    found = Degree().score(graph_of(PAIRS), rng())
    assert found.reviewers.tolist() == [4, 4, 4, 1, 1, 1, 1]
    assert found.products.tolist() == [3, 3, 3, 7]
    assert found.reviews is None
    assert MinusDegree().score(graph_of(PAIRS), rng()).products.tolist() == [-3, -3, -3, -7]


def test_the_laws_and_counting():
    assert check_ranker(Degree(), least_auc={"reviewers": 0.95, "products": 0.9}, oracle=lambda graph: Scores("degree", *slow(graph)))
    fewest = lambda graph: Scores("minus-degree", *([-n for n in side] for side in slow(graph)))  # noqa: E731  # beside its use
    assert check_ranker(MinusDegree(), least_auc={"reviewers": 0.0, "products": 0.0}, oracle=fewest)
