"""The error rate stands on the strata: with wrong ones it is broken, and this is where that would be seen."""

import numpy as np
import pandas as pd
import pytest

from collusion import pipeline
from collusion.pipeline import steps
from markets import narrow_market


def log_of(graph, category):
    columns = {
        "reviewer_id": [f"u{code}" for code in graph.reviewer],
        "product_id": [f"p{code}" for code in graph.product],
        "timestamp": pd.to_datetime(graph.time + 15_000, unit="D"),
    }
    if category is not None:
        columns["category"] = [f"c{code}" for code in category[graph.product]]
    return pd.DataFrame(columns)


def significant(case):
    """Rings that score above the best of every replicate, whatever else explains them."""
    return sum(e.p_value <= 1 / (1 + case.provenance.replicates) for ring in case.rings for e in ring.evidence if e.signal == "co-reviews")


@pytest.mark.usefixtures("no_power_statement")
@pytest.mark.parametrize("seed", [1])
def test_wrong_strata_break_what_right_ones_keep(monkeypatch, seed):
    """Ring-free: people of narrow tastes, seasonal. Right categories and inferred ones flag nobody; shuffled ones and none at all do."""
    graph = narrow_market(30_000, seed)
    shuffled = np.random.default_rng(seed).permutation(graph.category)
    right, inferred, wrong = (pipeline.scan(log_of(graph, c), seed=seed, replicates=20) for c in (graph.category, None, shuffled))
    assert significant(right) == significant(inferred) == 0
    assert right.flagged == inferred.flagged == ()
    assert any("less certain" in note for note in inferred.notes)
    assert significant(wrong) >= 3
    # Whoever keeps to one category also does little else than what looks like a group's: nothing else protects them.
    assert any(ring.flagged for ring in wrong.rings)
    monkeypatch.setattr(steps, "with_categories", lambda graph: graph)
    without = pipeline.scan(log_of(graph, None), seed=seed, replicates=20)
    assert significant(without) >= 3
    assert any("Shared taste can look coordinated" in note for note in without.notes)
