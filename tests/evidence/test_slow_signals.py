"""Every signal says, word by word and bit by bit, what its slow and obvious version says, of random groups of random logs."""

import numpy as np
import pytest
import slow_signals as slow

from collusion.evidence.crowd import crowd
from collusion.evidence.density import _expected
from collusion.evidence.early import early_reviewers
from collusion.evidence.fans import fans
from collusion.evidence.households import households
from collusion.evidence.own_time import own_time
from collusion.evidence.promotion import promotion
from collusion.evidence.rating import rating_skew
from collusion.evidence.sittings import sittings
from collusion.evidence.synchrony import synchrony
from collusion.evidence.variants import undeclared
from collusion.graph.graph import NO_TIME, build_graph
from collusion.graph.projection import meetings_of
from collusion.pipeline.describe import own_slots


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


@pytest.mark.parametrize("seed", range(40))
def test_signals_say_what_their_slow_versions_say(seed):
    graph, members, products = random_graph(seed)
    slots, meet = own_slots(graph, members, products), meetings_of(graph, 7)
    if not len(slots):
        return

    def rng():
        return np.random.default_rng(seed)

    rating = rating_skew(graph, slots)
    assert rating == slow.rating_skew(graph, slots)
    assert synchrony(graph, slots, 7, rng()) == slow.synchrony(graph, slots, 7, rng())
    assert own_time(graph, slots, 7, rng()) == slow.own_time(graph, slots, 7, rng())
    assert sittings(graph, members, slots, 7, rng()) == slow.sittings(graph, members, slots, 7, rng())
    assert crowd(graph, meet, members, products) == slow.crowd(graph, meet, members, products)
    assert promotion(graph, members, products, rating) == slow.promotion(graph, members, products, rating)
    assert early_reviewers(graph, slots, rating) == slow.early_reviewers(graph, slots, rating)
    assert households(graph, meet, members) == slow.households(graph, meet, members)
    assert undeclared(graph, members, products) == slow.undeclared(graph, members, products)
    assert fans(graph, slots, 0.0, 1.0) == slow.fans(graph, slots, 0.0, 1.0)
    assert _expected(graph, meet.strata, members, products) == slow.expected_reviews(graph, meet.strata, members, products)


@pytest.mark.parametrize("seed", range(12))
def test_dates_of_long_products_are_drawn_with_replacement(seed, monkeypatch):
    for signal in ("synchrony", "own_time"):
        monkeypatch.setattr(f"collusion.evidence.{signal}.LONG", 20)
    graph, members, products = random_graph(seed)
    slots = own_slots(graph, members, products)

    def rng():
        return np.random.default_rng(seed)

    assert synchrony(graph, slots, 7, rng()) == slow.synchrony(graph, slots, 7, rng())
    assert own_time(graph, slots, 7, rng()) == slow.own_time(graph, slots, 7, rng())


def test_every_signal_has_something_to_say_of_some_random_group():
    """Otherwise the comparison above would be of nothing with nothing."""
    said = dict.fromkeys(("promotion", "early", "households", "sittings", "variants", "own time", "crowd"), 0)
    for seed in range(40):
        graph, members, products = random_graph(seed)
        slots, meet = own_slots(graph, members, products), meetings_of(graph, 7)
        said["promotion"] += promotion(graph, members, products, None) is not None
        said["early"] += early_reviewers(graph, slots, None) is not None
        said["households"] += households(graph, meet, members) is not None
        said["sittings"] += sittings(graph, members, slots, 7, np.random.default_rng(0)) is not None
        said["variants"] += undeclared(graph, members, products) is not None
        said["own time"] += own_time(graph, slots, 7, np.random.default_rng(0)) is not None
        said["crowd"] += crowd(graph, meet, members, products) is not None
    assert min(said.values()) >= 3, said
