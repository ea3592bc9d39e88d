"""Every remark counts, to the last bit, what its slow and obvious version counts, of random groups of random logs."""

import numpy as np
import pytest
import slow_signals as slow
from evidence.groups import group_of

from collusion.evidence.signal import signal_class
from collusion.evidence.signals.density import _expected
from collusion.graph.graph import NO_TIME, build_graph


def random_group(seed):
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
    return group_of(graph, members, targets[: int(rng.integers(1, 8))], seed=seed)


CONCLUSION = {
    "synchrony": None,
    "independent arrival": "look independent",
    "crowd": "cannot be separated",
    "promotion": "brought others too",
    "early reviewers": "as in an early-reviewer programme",
    "households": "Accounts of one home",
}
"""Words of the statement that are there when the slow version concludes so, and only then."""


def slow_answers(group, **long):
    """What the slow version of each signal says of a group."""
    graph, edges, members, products, co_reviews = group.log.graph, group.edges, group.reviewers, group.products, group.co_reviews
    return {
        "synchrony": slow.synchrony(graph, edges, 7, group.rng("synchrony"), **long),
        "independent arrival": slow.independent_arrival(graph, edges, 7, group.rng("independent arrival"), **long),
        "crowd": slow.crowd(graph, co_reviews, members, products),
        "promotion": slow.promotion(graph, members, products),
        "early reviewers": slow.early_reviewers(graph, edges),
        "households": slow.households(graph, co_reviews, members),
    }


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


def test_signals_say_what_their_slow_versions_say():
    said = dict.fromkeys(CONCLUSION, 0)
    for seed in range(40):
        group = random_group(seed)
        if not len(group.edges):
            continue
        for name, slow_one in slow_answers(group).items():
            found = signal_class(name)().test(group)
            same(group.log.graph, found, slow_one)
            said[name] += found is not None
        arguments = group.log.graph, group.co_reviews.strata, group.reviewers, group.products
        assert _expected(*arguments) == slow.expected_reviews(*arguments)
    # Otherwise nothing was compared with nothing.
    assert min(said.values()) >= 3, said


@pytest.mark.parametrize("seed", range(12))
def test_dates_of_long_products_are_drawn_with_replacement(seed, monkeypatch):
    group = random_group(seed)
    for name in ("synchrony", "independent arrival"):
        monkeypatch.setattr(f"collusion.evidence.signals.{name.replace(' ', '_')}.LONG_PRODUCT", 20)
        same(group.log.graph, signal_class(name)().test(group), slow_answers(group, long=20)[name])
