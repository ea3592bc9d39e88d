"""Laws of planting: a ring is what its plan says, on targets that exist and are honestly reviewed too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from collusion.base.errors import ConfigError
from collusion.simulate.market import Market, simulate
from collusion.simulate.market_rings import plant_in_market
from collusion.simulate.ordinary import ordinary_reviews
from collusion.simulate.plan import RingPlan
from collusion.simulate.world import Reviews, make_world, stream

MARKET = Market(reviews=20_000)
WORLD = make_world(MARKET, 1)
ORDINARY = ordinary_reviews(MARKET, WORLD, 1)


def planted(plan, seed=0, before=None):
    first_new = WORLD.n_reviewers + 1000 * (before is not None)
    return plant_in_market(plan, WORLD, ORDINARY, first_new, stream(seed, "ring"), before and before.prior)


def reviews(ring):
    return Reviews(ring.reviewer, ring.product, ring.day, ring.rating)


def paid(plan, ring):
    """The paid reviews: planting puts them first."""
    return reviews(ring).take(np.arange(round(plan.density * plan.reviewers * plan.products)))


@pytest.mark.parametrize(
    "plan", [RingPlan(50, 20, 0.8), RingPlan(8, 5, 1.0, camouflage=0), RingPlan(200, 300, 0.013), RingPlan(3, 1, 0.4, rating=1)]
)
def test_a_ring_has_the_density_dates_and_ratings_of_its_plan(plan):
    ring = planted(plan)
    own = paid(plan, ring)
    assert len(ring.reviewer) == len(own) + round(plan.camouflage * len(own))
    assert len(set(zip(own.reviewer.tolist(), own.product.tolist(), strict=True))) == len(own)
    assert np.isin(own.product, ring.products).all()
    assert np.isin(own.reviewer, ring.reviewers).all()
    assert own.time.max() - own.time.min() <= plan.days
    assert set(own.rating) == {plan.rating}
    assert not np.isin(ring.product[len(own) :], ring.products).any()
    assert len(ring.reviewers) <= plan.reviewers
    assert len(ring.products) <= plan.products


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


def test_each_target_has_a_campaign_of_its_own_within_the_job():
    ring = planted(plan := RingPlan(60, 40, 0.3, days=365, campaign=14))
    own = paid(plan, ring)
    spans = [np.ptp(own.time[own.product == product]) for product in ring.products]
    assert max(spans) <= 14
    assert min(spans) > 7
    assert ring.start <= own.time.min() < own.time.max() <= ring.start + 365
    assert np.ptp(own.time) > 200
    # Without one, each target is paid for over the whole job.
    ring = planted(plan := RingPlan(60, 40, 0.3, days=365))
    own = paid(plan, ring)
    assert min(np.ptp(own.time[own.product == product]) for product in ring.products) > 180


def test_aged_accounts_wrote_long_before_the_job_and_not_before_the_log():
    def ages(aged, start):
        plan = RingPlan(60, 10, 0.8, start=start, camouflage=4, aged=aged)
        cover = reviews(planted(plan)).take(np.arange(480, 2400))
        early = np.full(WORLD.n_reviewers + 60, np.inf)
        np.minimum.at(early, cover.reviewer, cover.time)
        return start - early[WORLD.n_reviewers :]

    assert np.median(ages(500, 700)) > 3 * np.median(ages(0, 700))
    assert np.ptp(ages(500, 700)) > 300
    assert ages(1000, 100).max() <= 100
    assert len(np.unique(ages(1000, 100))) == 60


@pytest.mark.parametrize(("rating", "others"), [(5, {4, 3}), (1, {2, 3}), (4, {3, 2}), (3, {1, 2, 4, 5})])
def test_a_share_of_the_paid_ratings_lies_mostly_one_star_off(rating, others):
    plan = RingPlan(50, 20, 0.8, rating=rating, mixed=0.25)
    stars = paid(plan, planted(plan)).rating
    assert np.count_nonzero(stars != rating) == 200
    assert set(stars[stars != rating]) == others
    assert 120 < np.count_nonzero(abs(stars - rating) == 1) < 180


def test_half_of_the_targets_are_boosted_and_the_others_attacked():
    own = paid(plan := RingPlan(20, 8, 0.9, attacked=0.5), planted(plan))
    by_target = [set(own.rating[own.product == one].tolist()) for one in np.unique(own.product)]
    assert sorted(map(tuple, by_target)) == [(1,)] * 4 + [(5,)] * 4
    lesser = paid(plan := RingPlan(20, 8, 0.9, attacked=0.5, mixed=0.5), planted(plan))
    for one in np.unique(lesser.product):
        stars = set(lesser.rating[lesser.product == one].tolist())
        assert stars <= {1, 2, 3} or stars <= {3, 4, 5}


def test_a_ring_that_rates_like_others_does():
    plan = RingPlan(60, 40, 0.9, like_others=True)
    own = paid(plan, planted(plan))
    targets = np.isin(ORDINARY.product, own.product)
    ours, theirs = (np.bincount(rating, minlength=6)[1:] / len(rating) for rating in (own.rating, ORDINARY.rating[targets]))
    np.testing.assert_allclose(ours, theirs, atol=0.07)
    assert len(own) == len(paid(RingPlan(60, 40, 0.9), planted(RingPlan(60, 40, 0.9))))


def test_launches_are_reviewed_within_days_of_each():
    for seed in range(5):
        own = paid(plan := RingPlan(12, 6, 0.8, days=120, launch=30), ring := planted(plan, seed))
        age = own.time - WORLD.launch[own.product]
        assert ((age >= 0) & (age <= 30)).all()
        assert age.max() > 20
        first = WORLD.launch[ring.products]
        assert ((first >= ring.start) & (first <= ring.start + 90)).all()
    # More targets than are launched within the job: those launched nearest to it.
    many = planted(RingPlan(30, 100, 0.5, days=60, launch=30, start=500)).products
    assert (WORLD.launch[many] >= 0).all()
    assert np.ptp(WORLD.launch[many]) < 400
    with pytest.raises(ConfigError, match="launched within the log"):
        planted(RingPlan(30, 700, 0.5, days=60, launch=30))


@pytest.mark.parametrize("plan", [RingPlan(80, 60, 2.5 / 60, even=True), RingPlan(7, 5, 0.5, even=True), RingPlan(4, 9, 1.0, even=True)])
def test_an_even_ring_gives_everybody_as_much_to_do(plan):
    own = paid(plan, planted(plan))
    assert len(set(zip(own.reviewer.tolist(), own.product.tolist(), strict=True))) == len(own)
    for code, size in ((own.reviewer, plan.reviewers), (own.product, plan.products)):
        counts = np.unique(code, return_counts=True)[1]
        assert len(counts) == size
        assert np.ptp(counts) <= 1


def test_a_workforce_is_shared_and_its_targets_are_not():
    first = planted(RingPlan(30, 20, 0.8), 1)
    for seed in range(5):
        second = planted(RingPlan(24, 20, 0.8, shared=0.5), seed, first)
        assert np.count_nonzero(np.isin(second.reviewers, first.reviewers)) == 12
        assert not np.isin(second.products, first.products).any()
        assert second.start >= first.start


def test_overlapping_rings_share_accounts_and_targets():
    first = planted(RingPlan(30, 20, 0.8), 1)
    for seed in range(5):
        second = planted(plan := RingPlan(24, 10, 0.8, shared=0.25, overlap=0.3), seed, first)
        assert np.count_nonzero(np.isin(second.reviewers, first.reviewers)) == 6
        assert np.count_nonzero(np.isin(second.products, first.products)) == 3
        assert (WORLD.launch[second.products] <= paid(plan, second).time.min()).all()


def test_nothing_can_be_shared_with_no_ring_or_too_small_a_one():
    with pytest.raises(ConfigError, match="cannot share 5 reviewers: there is no ring before it"):
        planted(RingPlan(10, 5, 1.0, shared=0.5))
    with pytest.raises(ConfigError) as caught:
        planted(RingPlan(20, 10, 1.0, shared=0.5, overlap=1), before=planted(RingPlan(4, 3, 1.0)))
    assert "cannot share 10 reviewers: the ring before it has 4" in str(caught.value)
    assert "cannot share 10 products: the ring before it has 3" in str(caught.value)


@pytest.mark.parametrize("plan", [RingPlan(200, 700, 3400 / 140_000), RingPlan(300, 40, 0.03), RingPlan(40, 40, 1 / 40)])
def test_every_account_and_target_is_in_a_sparse_ring_where_its_reviews_reach(plan):
    for seed in range(5):
        ring = planted(plan, seed)
        assert len(ring.reviewers) == plan.reviewers
        assert len(ring.products) == plan.products
        own = paid(plan, ring)
        assert len(set(zip(own.reviewer.tolist(), own.product.tolist(), strict=True))) == len(own)


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
    with pytest.raises(ConfigError) as caught:
        RingPlan(5, 5, 0.5, campaign=11, aged=-1, mixed=2, shared=-1, overlap=1.5)
    assert str(caught.value).count("\n") == 4
    with pytest.raises(ConfigError) as caught:
        RingPlan(5, 5, 0.5, campaign=3, launch=11, attacked=2, devices=2, reuse=-1, reworded=1.5)
    assert str(caught.value).count("\n") == 5
    assert "give one of them" in str(caught.value)
    with pytest.raises(ConfigError, match="add up to at most 1"):
        RingPlan(5, 5, 0.5, hijacked=0.6, shared=0.6)


def test_parse_reads_what_the_command_line_gives():
    assert RingPlan.parse("50x20@0.8") == RingPlan(50, 20, 0.8)
    assert RingPlan.parse("50x20@.8:days=3.5:camouflage=0:targets=own:rating=4:start=12:hijacked=.2:camouflage_kind=popular") == RingPlan(
        50, 20, 0.8, days=3.5, camouflage=0, targets="own", rating=4, start=12, hijacked=0.2, camouflage_kind="popular"
    )
    assert RingPlan.parse("9x9@1:launch=3:even=yes:like_others=no:attacked=.5") == RingPlan(9, 9, 1.0, launch=3, even=True, attacked=0.5)
    assert RingPlan.parse("9x9@1:campaign=3:aged=90:mixed=.5:shared=.3:overlap=.1") == RingPlan(
        9, 9, 1.0, campaign=3, aged=90, mixed=0.5, shared=0.3, overlap=0.1
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
        ("50x20@0.8:even=1", "even must be yes or no"),
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
