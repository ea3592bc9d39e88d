"""Groups of small graphs, as signals see them."""

import numpy as np

from collusion.evidence.facts import GroupFacts, LogFacts
from collusion.graph.graph import build_graph
from collusion.graph.projection import co_reviews_of
from collusion.graph.strata import strata_of


def graph_of(rows):
    """The graph of reviews (reviewer, product, day)."""
    reviewer, product, time = zip(*rows, strict=True)
    return build_graph(reviewer, product, time=time)


def log_of(graph, seed=0, **columns):
    """The facts of a graph."""
    return LogFacts(graph, strata_of(graph), graph.product, seed, **columns)


def group_of(graph, reviewers, products, *, window=7, log=None, seed=0):
    """A group of a graph."""
    codes = [np.sort(np.asarray(side)).astype(np.int32) for side in (reviewers, products)]
    return GroupFacts(log or log_of(graph, seed), *codes, co_reviews_of(graph, window))
