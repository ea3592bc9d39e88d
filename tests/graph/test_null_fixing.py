"""Permutations that keep some reviews: `Null.fixing`."""

import numpy as np
import pytest

from collusion.graph.graph import build_graph
from collusion.graph.null import Null
from collusion.graph.strata import strata_of
from tests.markets import market


@pytest.mark.parametrize("model", ["N0", "N1", "N3"])
def test_fixed_reviews_keep_their_authors_and_all_others_are_permuted(model):
    """Law: fixed reviews stay, the others move within their segments, and every reviewer keeps the number of reviews."""
    log, _ = market(3000, 1)
    graph = build_graph(**log)
    fixed = np.flatnonzero(graph.reviewer < 40)
    drawn, left = Null.of(graph, model).fixing(fixed).draw(np.random.default_rng(1))
    assert (drawn.reviewer[fixed] == graph.reviewer[fixed]).all()
    others = np.setdiff1d(np.arange(graph.n_reviews), fixed)
    assert (drawn.reviewer[others] != graph.reviewer[others]).mean() > 0.3
    segment = {"N0": np.zeros(graph.n_reviews, int), "N1": strata_of(graph).of.astype(int), "N3": graph.product}[model]
    kept = [np.sort(segment.astype(np.int64) * graph.n_reviewers + one.reviewer) for one in (graph, drawn)]
    assert (kept[0] == kept[1]).all()
    assert len(np.unique(drawn.reviewer.astype(np.int64) * graph.n_products + drawn.product)) == graph.n_reviews - left


def test_fixing_nothing_changes_nothing():
    """Law: without fixed reviews the null model is the same."""
    log, _ = market(1500, 2)
    null = Null.of(build_graph(**log))
    assert null.fixing(np.empty(0, np.int64)) is null
