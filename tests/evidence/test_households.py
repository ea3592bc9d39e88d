"""A few homes that happen to have met are told from a group that met throughout."""

import numpy as np
from evidence.groups import graph_of, group_of

from collusion.evidence.signals.households import Households


def test_two_homes_that_met_are_two_homes():
    """Three accounts and two, each sharing ten products a day apart, which once met: circles of three and two."""
    rng = np.random.default_rng(3)
    rows = [(u, p, 50 * p + u) for u in range(3) for p in range(10)]
    rows += [(u, p, 50 * p + u) for u in (3, 4) for p in range(10, 20)]
    rows += [(0, 20, 300), (3, 20, 301)]
    graph = graph_of(rows + [(100 + k, int(rng.integers(0, 21)), int(rng.integers(0, 1000))) for k in range(200)])
    found = Households().test(group_of(graph, np.arange(5), np.arange(21)))
    assert "Accounts of one home look like this" in found.statement
    assert found.observed == 3
    assert "2 clusters, the largest with 3 accounts" in found.statement


def test_a_group_that_met_throughout_is_no_home_nor_is_one_that_met_once_each():
    rows = [(u, p, 50 * p + u % 3) for u in range(8) for p in range(6)]
    graph = graph_of(rows)
    assert Households().test(group_of(graph, np.arange(8), np.arange(6))) is None
    # Ten accounts, each pair of which met once at most, as in a scattered workforce.
    pairs = [(i, j) for i in range(10) for j in range(i)]
    graph = graph_of([(u, k, 10 * k + e) for k, pair in enumerate(pairs) for e, u in enumerate(pair)])
    assert "they do not form homes" in Households().test(group_of(graph, np.arange(10), np.arange(45))).statement
