"""Two products or reviewers have one colour exactly where the slow description of what is around them is the same."""

import numpy as np
import pytest

from collusion.graph.graph import build_graph
from collusion.graph.null import product_colours, reviewer_colours, timeline_colours


def described(graph):
    """What timelines, reviewers and products are known by, written out."""
    what, who = graph.product.tolist(), graph.reviewer.tolist()
    reviews = list(zip(what, who, *(column.tolist() for column in (graph.time, graph.rating) if column is not None), strict=True))
    plain = [tuple(sorted(own[2:] for own in reviews if own[0] == p)) for p in range(graph.n_products)]

    def alike(codes, p):
        return None if codes is None or codes[p] < 0 else tuple(sorted(plain[q] for q in range(len(plain)) if codes[q] == codes[p]))

    timelines = [(plain[p], alike(graph.category, p), alike(graph.seller, p)) for p in range(graph.n_products)]
    reviewers = [tuple(sorted((str(timelines[own[0]]), *own[2:]) for own in reviews if own[1] == u)) for u in range(graph.n_reviewers)]
    products = [(timelines[p], tuple(sorted(reviewers[own[1]] for own in reviews if own[0] == p))) for p in range(graph.n_products)]
    return timelines, reviewers, products


def classes(values):
    first = {}
    return [first.setdefault(value, k) for k, value in enumerate(values)]


@pytest.mark.parametrize("seed", range(24))
def test_colours_tell_apart_what_differs_and_nothing_else(seed):
    rng = np.random.default_rng(seed)
    n_products = 25
    keys = rng.choice(30 * n_products, 40, replace=False)
    columns = {"time": rng.integers(0, 2, 40)} if seed % 2 else {}
    columns |= {"rating": rng.integers(1, 3, 40)} if seed % 3 else {}
    columns |= {"category": rng.integers(-1, 2, n_products)} if seed % 4 else {}
    columns |= {"seller": rng.integers(-1, 20, n_products)} if seed % 5 else {}
    graph = build_graph(keys // n_products, keys % n_products, **columns, n_reviewers=30, n_products=n_products)
    found = timeline_colours(graph.timeline), reviewer_colours(graph), product_colours(graph)
    for colours, descriptions in zip(found, described(graph), strict=True):
        assert classes(colours.tolist()) == classes(descriptions)
