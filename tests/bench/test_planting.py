"""Laws of planting: a ring is what its plan says, on targets that exist and are honestly reviewed too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from collusion.bench.market import Market, simulate
from collusion.bench.ordinary import ordinary_reviews
from collusion.bench.planting import RingPlan, plant
from collusion.bench.world import make_world, stream
from collusion.errors import ConfigError

MARKET = Market(reviews=20_000)
WORLD = make_world(MARKET, 1)
ORDINARY = ordinary_reviews(MARKET, WORLD, 1)


def planted(plan, seed=0):
    return plant(plan, WORLD, ORDINARY, WORLD.n_reviewers, stream(seed, "ring"))


def paid(plan, ring):
    """The paid reviews: planting puts them first."""
    return ring.reviews.take(np.arange(round(plan.density * plan.reviewers * plan.products)))


@pytest.mark.parametrize(
    "plan", [RingPlan(50, 20, 0.8), RingPlan(8, 5, 1.0, camouflage=0), RingPlan(200, 300, 0.013), RingPlan(3, 1, 0.4, rating=1)]
)
def test_a_ring_has_the_density_dates_and_ratings_of_its_plan(plan):
    ring = planted(plan)
    own = paid(plan, ring)
    assert len(ring.reviews) == len(own) + round(plan.camouflage * len(own))
    assert np.isin(own.product, ring.products).all()
    assert np.isin(own.reviewer, ring.reviewers).all()
    assert own.time.max() - own.time.min() <= plan.days
    assert set(own.rating) == {plan.rating}
    assert not np.isin(ring.reviews.product[len(own) :], ring.products).any()
    assert len(ring.reviewers) <= plan.reviewers
    assert len(ring.products) <= plan.products


def test_no_paid_pair_twice():
    own = paid(plan := RingPlan(50, 20, 0.8), planted(plan))
    assert len(set(zip(own.reviewer.tolist(), own.product.tolist(), strict=True))) == len(own)


def test_targets_are_of_different_sellers_spread_over_categories_launched_and_known():
    reviewed = np.bincount(ORDINARY.product, minlength=WORLD.n_products)
    for seed in range(5):
        ring = planted(plan := RingPlan(30, 20, 0.8), seed)
        assert len(np.unique(WORLD.seller[ring.products])) == 20
        assert len(np.unique(WORLD.category[ring.products])) >= 5
        assert (reviewed[ring.products] > 0).all()
        assert (WORLD.launch[ring.products] <= paid(plan, ring).time.min()).all()


def test_own_products_are_of_one_seller_and_a_category_of_one_category():
    assert len(np.unique(WORLD.seller[planted(RingPlan(10, 5, 1.0, targets="own")).products])) == 1
    assert len(np.unique(WORLD.category[planted(RingPlan(10, 12, 1.0, targets="category")).products])) == 1
    # More than any seller has: as few sellers as the draw allows, the largest group first.
    many = planted(RingPlan(10, 200, 1.0, targets="own")).products
    assert len(many) == 200


def test_popular_targets_have_more_reviews():
    reviewed = np.bincount(ORDINARY.product, minlength=WORLD.n_products)

    def mean(targets):
        return np.mean([reviewed[planted(RingPlan(5, 20, 1.0, targets=targets), seed).products].mean() for seed in range(10)])

    assert mean("popular") > 2 * mean("random")


def test_hijacked_accounts_are_ordinary_ones():
    ring = planted(RingPlan(20, 10, 1.0, hijacked=0.5))
    assert np.count_nonzero(ring.reviewers < WORLD.n_reviewers) == 10
    assert np.count_nonzero(planted(RingPlan(20, 10, 1.0)).reviewers < WORLD.n_reviewers) == 0


def test_start_is_kept_and_drawn_within_the_log():
    own = paid(plan := RingPlan(20, 10, 1.0, start=100), planted(plan))
    assert 100 <= own.time.min() < own.time.max() <= 110
    assert len({round(float(paid(RingPlan(20, 10, 1.0), planted(RingPlan(20, 10, 1.0), s)).time.min())) for s in range(20)}) > 10


def test_planted_products_have_honest_reviews_in_the_log():
    log = simulate(replace(MARKET, rings=(RingPlan(20, 10, 0.8),)), 2)
    ring = log.rings[0]
    members = np.isin(log.reviewer_id, np.array(ring.reviewers, dtype=bytes))[log.reviewer]
    targets = np.isin(log.product_id, np.array(ring.products, dtype=bytes))[log.product]
    honest = np.bincount(log.product[targets & ~members], minlength=len(log.product_id))
    assert (honest[np.unique(log.product[targets])] > 0).all()
    assert np.count_nonzero(targets & members) == 160


def test_what_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="does not fit into a log of 1095 days"):
        planted(RingPlan(5, 5, 1.0, days=2000))
    with pytest.raises(ConfigError, match="does not fit"):
        planted(RingPlan(5, 5, 1.0, start=1090))
    with pytest.raises(ConfigError, match="800 products"):
        planted(RingPlan(5, 801, 1.0))
    with pytest.raises(ConfigError) as caught:
        RingPlan(1, 0, 1.5, days=0, camouflage=-1, rating=6, hijacked=2)
    assert str(caught.value).count("\n") == 6


def test_parse_reads_what_the_command_line_gives():
    assert RingPlan.parse("50x20@0.8") == RingPlan(50, 20, 0.8)
    assert RingPlan.parse("50x20@.8:days=3.5:camouflage=0:targets=own:rating=4:start=12:hijacked=.2:camouflage_kind=popular") == RingPlan(
        50, 20, 0.8, days=3.5, camouflage=0, targets="own", rating=4, start=12, hijacked=0.2, camouflage_kind="popular"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("50x20", "is not of the form"),
        ("50@0.8", "is not of the form"),
        ("50x20@0.8:dayz=3", "did you mean 'days'"),
        ("50x20@0.8:days", "is not KEY=VALUE"),
        ("50x20@0.8:days=three", "days must be a number"),
        ("50x20@0.8:rating=4.5", "rating must be a whole number"),
        ("50x20@0.8.1", "density must be a number"),
        ("50x20@1.8", "density must be above 0"),
        ("50x20@0.8:targets=some", "targets must be one of"),
        ("50x20@0.8:reviewers=3", "is not KEY=VALUE"),
        ("50x20@0.8:days=nan", "days must be"),
    ],
)
def test_parse_refuses_and_says_why(text, says):
    with pytest.raises(ConfigError, match=says):
        RingPlan.parse(text)
