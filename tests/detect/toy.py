"""The toy graph of the field's worked examples: users a..g, products x, y, z, w; {a, b, c} x {x, y, z} complete; all seven reviewed w."""

import numpy as np

from collusion.graph.graph import build_graph

A, B, C = 0, 1, 2
PAIRS = [(u, p) for u in range(3) for p in range(3)] + [(u, 3) for u in range(7)]


def graph_of(pairs, **columns):
    """Build a graph of (reviewer, product) pairs."""
    return build_graph([u for u, _ in pairs], [p for _, p in pairs], **columns)


def random_pairs(rng, reviewers=6, products=5, share=0.5):
    """Return some of all pairs: small, so that ties are many."""
    return [(u, p) for u in range(reviewers) for p in range(products) if rng.random() < share]


def sets(group):
    """Return a group's members as sets of codes."""
    return frozenset(group.reviewers.tolist()), frozenset(group.products.tolist())


def rng():
    """Return the generator of a test that needs none in particular."""
    return np.random.default_rng(0)
