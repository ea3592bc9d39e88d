"""Each signal counts what it says, keeps its level under its own null, and names the rows."""

import numpy as np
import pytest
from scipy.stats import betabinom

from collusion.evidence.density import _chances, _Held, density
from collusion.evidence.meetings import meetings
from collusion.evidence.rating import _beta_binomials, rating_skew
from collusion.evidence.score import score_group
from collusion.evidence.synchrony import synchrony
from collusion.evidence.variants import variants
from collusion.evidence.words import p_text
from collusion.graph.graph import build_graph
from collusion.graph.log import Basket
from collusion.graph.null import Null
from collusion.graph.projection import meetings_of
from collusion.graph.strata import strata_of
from markets import market


@pytest.fixture(scope="module")
def planted():
    log, truth = market(40_000, 5, [(20, 10, 0.8)])
    graph = build_graph(**log)
    members, targets = truth[0]
    slots = np.flatnonzero(np.isin(graph.reviewer, members) & np.isin(graph.product, targets))
    return graph, slots, (len(members), len(targets))


def test_density_expectation_is_the_mean_over_replicates(planted):
    """Observed is the count; expected is what the members write of these products in null replicates, on average."""
    graph, slots, size = planted
    members, products = np.unique(graph.reviewer[slots]), np.unique(graph.product[slots])
    found = density(graph, strata_of(graph), members, products, size[1])
    null = Null.of(graph)
    counts = [
        int((np.isin(replicate.reviewer, members) & np.isin(replicate.product, products)).sum())
        for b in range(60)
        for replicate in [null.draw(np.random.default_rng(b))[0]]
    ]
    assert found.observed == len(slots)
    assert found.expected == pytest.approx(np.mean(counts), abs=4 * np.std(counts) / np.sqrt(60) + 0.02 * np.mean(counts))
    assert found.p_value < 1e-20
    assert found.rows == tuple(sorted(graph.row[slots].tolist()))
    assert f"{len(slots):,} reviews of 10 products" in found.statement


def test_density_allows_for_no_pair_twice():
    """A stratum of 4 + 2 + 2 slots of three products. One review: by shares. Two, drawn one after the other, no product twice: the first
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
    graph, slots, _ = planted
    burst = synchrony(graph, slots, 7, np.random.default_rng(0))
    assert burst.p_value == 0.001
    assert burst.observed > 1.3 * burst.expected  # the ring itself is most of what its products got
    rng = np.random.default_rng(1)
    products = np.argsort(-np.bincount(graph.product))[:8]
    p_values = []
    for _ in range(120):
        picks = np.sort(np.concatenate([rng.choice(np.flatnonzero(graph.product == p), 6, replace=False) for p in products]))
        p_values.append(synchrony(graph, picks, 7, rng).p_value)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.12
    assert np.mean(np.array(p_values) <= 0.5) == pytest.approx(0.5, abs=0.15)


def test_rating_skew_of_paid_stars_and_of_chance(planted):
    graph, slots, _ = planted
    paid = rating_skew(graph, slots)
    assert paid.observed == 5.0
    assert paid.expected < 4.9
    assert paid.p_value < 1e-4
    rng = np.random.default_rng(2)
    products = np.argsort(-np.bincount(graph.product))[:8]
    p_values = []
    for _ in range(120):
        picks = np.sort(np.concatenate([rng.choice(np.flatnonzero(graph.product == p), 6, replace=False) for p in products]))
        p_values.append(rating_skew(graph, picks).p_value)
    # Three figures share the level (Bonferroni), so that p-values are not uniform but never too small.
    assert np.mean(np.array(p_values) <= 0.05) <= 0.08
    assert np.mean(np.array(p_values) <= 0.5) <= 0.55


def test_signals_without_what_they_need_are_absent():
    graph = build_graph([0, 1, 0, 1], [0, 0, 1, 1])
    slots = np.arange(4)
    assert synchrony(graph, slots, 7, np.random.default_rng(0)) is None
    assert rating_skew(graph, slots) is None
    alone = build_graph([0, 1], [0, 0], time=[0, 0], rating=[5, 5])
    assert rating_skew(alone, np.arange(2)).p_value == 1.0


def test_meetings_say_how_many_replicates_reached_the_score(planted):
    graph, slots, _ = planted
    meet = meetings_of(graph)
    score = score_group(graph, (meet,), np.unique(graph.reviewer[slots]))
    found = meetings(score, meet.strata, (1, 2), by_seller=True, exceeding=(0, 40))
    assert found.p_value == pytest.approx(1 / 41)
    assert "once a seller" in found.statement
    assert "in 0 of 40 null replicates" in found.statement
    assert "within category and month" in found.statement
    assert meetings(score, meet.strata, (), by_seller=False, exceeding=None).p_value is None


def test_variants_are_an_explanation():
    basket = Basket(np.array([0, 1]), np.array([3, 4, 5]), np.arange(6), copies=3, inferred=True)
    found = variants(basket, counted=3)
    assert found.stance == "explains"
    assert found.rows == (0, 1, 2, 3, 4, 5)
    assert "3 reviewers reviewed the same 2 products" in found.statement


def test_p_values_below_doubles_are_a_bound():
    assert p_text(0.0) == "p < 1e-300"
    assert p_text(0.031) == "p = 0.031"
    assert p_text(None) == "no p-value"


def test_beta_binomial_laws_are_scipys():
    asked = np.array([(0, 1.5, 2.0), (1, 3.0, 0.25), (7, 99.0, 1.0), (60, 4.5, 300.0), (3, 99.0, 0.0), (3, 0.0, 99.0)])
    laws = _beta_binomials(asked[:, 0].astype(np.int64), asked[:, 1], asked[:, 2])
    for (n, a, b), law in zip(asked[:4].tolist(), laws[:4], strict=True):
        np.testing.assert_allclose(law, betabinom.pmf(np.arange(n + 1), n, a, b), rtol=1e-12)
    assert [law.tolist() for law in laws[4:]] == [[0, 0, 0, 1], [1, 0, 0, 0]]
