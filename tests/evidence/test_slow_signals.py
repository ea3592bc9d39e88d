"""Every remark counts, to the last bit, what its slow and obvious version counts, of random groups of random logs."""

import numpy as np
import pytest
import slow_signals as slow

from collusion.evidence.signals.crowd import crowd
from collusion.evidence.signals.density import _expected
from collusion.evidence.signals.early import early_reviewers
from collusion.evidence.signals.households import households
from collusion.evidence.signals.independent_arrival import independent_arrival
from collusion.evidence.signals.promotion import promotion
from collusion.evidence.signals.synchrony import synchrony
from collusion.graph.graph import NO_TIME, build_graph
from collusion.graph.membership import edges_between
from collusion.graph.projection import co_reviews_of


def random_graph(seed):
    """A log with a group that met, popular products, reviews without date or rating, and by turns sellers and categories."""
    rng = np.random.default_rng(seed)
    n_reviewers, n_products, days = 400, 40, int(rng.choice([5, 60, 400]))
    popular = rng.integers(0, n_products, 2500) ** 2 // n_products
    reviewer, product = rng.integers(0, n_reviewers, 2500), popular
    time = rng.integers(0, days, n_products)[product] + rng.integers(0, days, 2500)
    members, targets = rng.choice(n_reviewers, int(rng.integers(2, 14)), replace=False), rng.choice(n_products, 7, replace=False)
    u, p = (a.ravel() for a in np.meshgrid(members, targets, indexing="ij"))
    reviewer, product = np.append(reviewer, u), np.append(product, p)
    # Copies of one day by the member, or a burst by the product.
    when = np.repeat(rng.integers(0, 2 * days, len(members)), 7) if seed % 3 else np.tile(rng.integers(0, 2 * days, 7), len(members))
    time = np.append(time, when + rng.integers(0, 2, len(u)) * (seed % 2))
    rating = np.append(rng.integers(1, 6, 2500), np.full(len(u), 5)).astype(np.float32)
    if seed % 4 == 0:
        rating = (rating - rng.choice([0.1, 0.3], len(rating))).astype(np.float32)
    keep = np.unique(reviewer * n_products + product, return_index=True)[1]
    reviewer, product, time, rating = reviewer[keep], product[keep], time[keep], rating[keep]
    time[rng.random(len(time)) < 0.03] = NO_TIME
    rating[rng.random(len(rating)) < 0.03] = np.nan
    graph = build_graph(
        reviewer,
        product,
        time=time,
        rating=None if seed % 5 == 4 else rating,
        row=rng.permutation(len(reviewer)),
        category=rng.integers(-1, 3, n_products) if seed % 2 else None,
        seller=rng.integers(-1, 9, n_products) if seed % 3 == 1 else None,
        n_reviewers=n_reviewers,
        n_products=n_products,
    )
    return graph, np.sort(members).astype(np.int32), np.sort(targets[: int(rng.integers(1, 8))]).astype(np.int32)


CONCLUSION = {
    "synchrony": None,
    "independent arrival": "look independent",
    "crowd": "cannot be separated",
    "promotion": "brought others too",
    "early reviewers": "as in an early-reviewer programme",
    "households": "Accounts of one home",
}
"""Words of the statement that are there when the slow version concludes so, and only then."""


def pairs(graph, members, products, seed):
    """What each signal says beside what its slow version says."""
    edges, co_reviews = edges_between(graph, members, products), co_reviews_of(graph, 7)

    def rng():
        return np.random.default_rng(seed)

    yield synchrony(graph, edges, 7, rng()), slow.synchrony(graph, edges, 7, rng())
    yield independent_arrival(graph, edges, 7, rng()), slow.independent_arrival(graph, edges, 7, rng())
    yield crowd(graph, co_reviews, members, products), slow.crowd(graph, co_reviews, members, products)
    yield promotion(graph, members, products), slow.promotion(graph, members, products)
    yield early_reviewers(graph, edges), slow.early_reviewers(graph, edges)
    yield households(graph, co_reviews, members), slow.households(graph, co_reviews, members)


def same(graph, said, slow_one):
    if said is None or slow_one is None:
        assert said is None
        assert slow_one is None
        return
    observed, expected, p_value, edges, concludes = slow_one
    assert (said.observed, said.expected, said.p_value) == (observed, round(expected, 6), p_value)
    assert said.rows == tuple(sorted(graph.row[edges].tolist()))
    # Remarks take no side.
    assert said.stance == "neutral"
    if said.signal != "synchrony":
        assert (CONCLUSION[said.signal] in said.statement) == concludes


@pytest.mark.parametrize("seed", range(40))
def test_signals_say_what_their_slow_versions_say(seed):
    graph, members, products = random_graph(seed)
    if not len(edges_between(graph, members, products)):
        return
    for said, slow_one in pairs(graph, members, products, seed):
        same(graph, said, slow_one)
    strata = co_reviews_of(graph, 7).strata
    assert _expected(graph, strata, members, products) == slow.expected_reviews(graph, strata, members, products)


@pytest.mark.parametrize("seed", range(12))
def test_dates_of_long_products_are_drawn_with_replacement(seed, monkeypatch):
    for signal in ("synchrony", "independent_arrival"):
        monkeypatch.setattr(f"collusion.evidence.signals.{signal}.LONG_PRODUCT", 20)
    graph, members, products = random_graph(seed)
    edges = edges_between(graph, members, products)

    def rng():
        return np.random.default_rng(seed)

    same(graph, synchrony(graph, edges, 7, rng()), slow.synchrony(graph, edges, 7, rng(), long=20))
    same(graph, independent_arrival(graph, edges, 7, rng()), slow.independent_arrival(graph, edges, 7, rng(), long=20))


def test_every_signal_has_something_to_say_of_some_random_group():
    """Otherwise the comparison above would be of nothing with nothing."""
    said = dict.fromkeys(CONCLUSION, 0)
    for seed in range(40):
        graph, members, products = random_graph(seed)
        edges, co_reviews, rng = edges_between(graph, members, products), co_reviews_of(graph, 7), np.random.default_rng(0)
        for one in (
            synchrony(graph, edges, 7, rng),
            independent_arrival(graph, edges, 7, rng),
            crowd(graph, co_reviews, members, products),
            promotion(graph, members, products),
            early_reviewers(graph, edges),
            households(graph, co_reviews, members),
        ):
            if one is not None:
                said[one.signal] += 1
    assert min(said.values()) >= 3, said
