"""Density and synchrony count what they say, and keep their level under their own null."""

import numpy as np
import pytest
from evidence.groups import group_of

from collusion.evidence.signals.density import _chances, _Held, density
from collusion.evidence.signals.synchrony import Synchrony
from collusion.evidence.words import p_text
from collusion.graph.graph import build_graph
from collusion.graph.null import Null
from collusion.graph.strata import strata_of
from markets import market


@pytest.fixture(scope="module")
def planted():
    log, truth = market(40_000, 5, [(20, 10, 0.8)])
    graph = build_graph(**log)
    members, targets = truth[0]
    edges = np.flatnonzero(np.isin(graph.reviewer, members) & np.isin(graph.product, targets))
    return graph, edges, (len(members), len(targets))


def test_density_expectation_is_the_mean_over_replicates(planted):
    """Observed is the count; expected is what the members write of these products in null replicates, on average."""
    graph, edges, size = planted
    members, products = np.unique(graph.reviewer[edges]), np.unique(graph.product[edges])
    found = density(graph, strata_of(graph), members, products, size[1])
    null = Null.of(graph)
    counts = [
        int((np.isin(replicate.reviewer, members) & np.isin(replicate.product, products)).sum())
        for b in range(60)
        for replicate in [null.draw(np.random.default_rng(b))[0]]
    ]
    assert found.observed == len(edges)
    assert found.expected == pytest.approx(np.mean(counts), abs=4 * np.std(counts) / np.sqrt(60) + 0.02 * np.mean(counts))
    assert found.p_value < 1e-20
    assert found.rows == tuple(sorted(graph.row[edges].tolist()))
    assert f"{len(edges):,} reviews of 10 products" in found.statement


def test_density_allows_for_no_pair_twice():
    """A stratum of 4 + 2 + 2 edges of three products. One review: by shares. Two, drawn one after the other, no product twice: the first
    product is held with a chance of 4/8 + 4/8 x 4/6 = 5/6, the others with (2 - 5/6) / 2."""
    held = _Held.of(np.array([0, 4, 6, 8]), np.zeros(8, np.int32), 1)
    own, total = np.array([4, 2, 2]), np.full(3, 8)

    def chances(reviews, own):
        tilt = np.full(len(own), held.tilts(np.array([0]), np.array([reviews]))[0])
        return _chances(tilt, own, total[: len(own)], np.full(len(own), reviews == 1))

    assert [of.tolist() for of in held.sizes(0)] == [[2, 4], [2, 1]]
    np.testing.assert_allclose(chances(1, own), own / 8)
    two = chances(2, own)
    assert two.sum() == pytest.approx(2)
    np.testing.assert_allclose(two, [5 / 6, 7 / 12, 7 / 12], atol=0.01)
    np.testing.assert_allclose(chances(2, own[:1]), two[:1])
    np.testing.assert_allclose(chances(3, own), 1.0)
    np.testing.assert_allclose(chances(9, own), 1.0)


def test_synchrony_of_a_burst_and_of_chance(planted):
    """A ten-day burst is far from the products' own curves; dates drawn from those curves reject at about their level."""
    graph, edges, _ = planted
    burst = Synchrony().test(group_of(graph, np.unique(graph.reviewer[edges]), np.unique(graph.product[edges])))
    assert burst.p_value == 0.001
    assert burst.observed > 1.3 * burst.expected  # the ring itself is most of what its products got
    rng = np.random.default_rng(1)
    products = np.argsort(-np.bincount(graph.product))[:8]
    p_values = []
    for seed in range(120):
        picks = np.sort(np.concatenate([rng.choice(np.flatnonzero(graph.product == p), 6, replace=False) for p in products]))
        group = group_of(graph, np.unique(graph.reviewer[picks]), products, seed=seed)
        p_values.append(Synchrony().test(group).p_value)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.12
    assert np.mean(np.array(p_values) <= 0.5) == pytest.approx(0.5, abs=0.15)


def test_without_times_nothing_is_said_of_synchrony():
    graph = build_graph([0, 1, 0, 1], [0, 0, 1, 1])
    assert Synchrony().test(group_of(graph, [0, 1], [0, 1])) is None


def test_p_values_below_doubles_are_a_bound():
    assert p_text(0.0) == "p < 1e-300"
    assert p_text(0.031) == "p = 0.031"
    assert p_text(None) == "no p-value"
