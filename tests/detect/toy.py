"""The toy graph of the field's worked examples: users a..g, products x, y, z, w; {a, b, c} x {x, y, z} complete; all seven reviewed w."""

import numpy as np

from collusion.detect.peel import Adjacency
from collusion.graph.graph import NO_TIME, build_graph

A, B, C = 0, 1, 2
PAIRS = [(u, p) for u in range(3) for p in range(3)] + [(u, 3) for u in range(7)]


def graph_of(pairs, **columns):
    """Build a graph of (reviewer, product) pairs."""
    return build_graph([u for u, _ in pairs], [p for _, p in pairs], **columns)


def rows_of(rows, weight, light=0):
    """Make the graph of the peeling kernels from the neighbours of each node."""
    ends = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    flat = np.array([v for row in rows for v in row], dtype=np.int32)
    return Adjacency(ends[:-1].copy(), ends[1:].copy(), flat, np.array(weight, dtype=np.int64), light)


def clique(members, products):
    """Return all pairs of some reviewers and some products."""
    return [(u, p) for u in members for p in products]


def reviews_of(graph):
    """Return {reviewer: {product: (day, stars)}}, None where the log has none."""
    reviews = {}
    for s in range(graph.n_reviews):
        when = None if graph.time is None or graph.time[s] == NO_TIME else int(graph.time[s])
        stars = None if graph.rating is None or np.isnan(graph.rating[s]) else float(graph.rating[s])
        reviews.setdefault(int(graph.reviewer[s]), {})[int(graph.product[s])] = (when, stars)
    return reviews


def check_slow(detector, slow, graphs, within=1e-9):
    """Compare the groups and scores with those of a slow version, on each graph; return how many groups there are."""
    counted = 0
    for graph in graphs:
        ours, theirs = (sorted((*map(sorted, sets(g)), g.score) for g in found) for found in (detector.find(graph, rng()), slow(graph)))
        assert [g[:2] for g in ours] == [g[:2] for g in theirs]
        assert np.allclose([g[2] for g in ours], [g[2] for g in theirs], rtol=within, atol=within)
        counted += len(ours)
    return counted


def random_pairs(rng, reviewers=6, products=5, share=0.5):
    """Return some of all pairs: small, so that ties are many."""
    return [(u, p) for u in range(reviewers) for p in range(products) if rng.random() < share]


def sets(group):
    """Return a group's members as sets of codes."""
    return frozenset(group.reviewers.tolist()), frozenset(group.products.tolist())


def rng():
    """Return the generator of a test that needs none in particular."""
    return np.random.default_rng(0)
