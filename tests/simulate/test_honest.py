"""Laws of the honest look-alikes: each group is what its class says."""

from __future__ import annotations

import numpy as np
import pytest

from collusion.simulate.honest import (
    EarlyReviewers,
    Fans,
    Households,
    Launches,
    Locals,
    Promotions,
    Scene,
    Sittings,
    honest_reviews,
)
from collusion.simulate.market import Market
from collusion.simulate.ordinary import ordinary_reviews
from collusion.simulate.world import make_world

MARKET = Market(reviews=20_000)
WORLD = make_world(MARKET, 1)
SCENE = Scene(WORLD, ordinary_reviews(MARKET, WORLD, 1))


@pytest.mark.parametrize("kind", [Fans, Launches, Promotions, EarlyReviewers, Households, Locals, Sittings], ids=lambda kind: kind.name)
def test_groups_are_existing_accounts_on_existing_products_within_the_log(kind):
    for reviews, people, products in honest_reviews(kind(5), SCENE, 0):
        assert len(np.unique(people)) == len(people)
        assert np.isin(reviews.reviewer, people).all()
        assert np.isin(reviews.product, products).all()
        assert ((reviews.time >= 0) & (reviews.time < WORLD.days)).all()
        assert ((people >= 0) & (people < WORLD.n_reviewers)).all()
        assert set(reviews.rating) <= {1, 2, 3, 4, 5}


@pytest.mark.parametrize("kind", [Fans, Launches, Promotions, EarlyReviewers, Households, Locals, Sittings], ids=lambda kind: kind.name)
def test_one_group_more_leaves_the_others_as_they_were(kind):
    few, more = (list(honest_reviews(kind(n), SCENE, 0)) for n in (2, 3))
    assert len(few) == 2
    assert len(more) == 3
    for (a, _, _), (b, _, _) in zip(few, more, strict=False):
        np.testing.assert_array_equal(a.time, b.time)
        np.testing.assert_array_equal(a.reviewer, b.reviewer)


def test_fans_follow_one_seller_and_like_it():
    for reviews, people, products in honest_reviews(Fans(5), SCENE, 0):
        assert len(np.unique(WORLD.seller[products])) == 1
        assert 8 <= len(people) <= 25
        new = WORLD.launch[reviews.product] >= 0
        assert (reviews.time[new] >= WORLD.launch[reviews.product[new]]).all()
    assert np.concatenate([r.rating for r, _, _ in honest_reviews(Fans(20), SCENE, 0)]).mean() > SCENE.reviews.rating.mean()


def test_a_launch_is_one_product_within_days():
    for reviews, people, products in honest_reviews(Launches(5), SCENE, 0):
        assert len(products) == 1
        assert len(reviews) == len(people) >= 30
        assert np.ptp(reviews.time) <= 3


def test_bargain_hunters_go_to_some_promotions_each():
    for reviews, people, products in honest_reviews(Promotions(5, events=(4, 4), products=(5, 5)), SCENE, 0):
        assert len(products) <= 20
        share = len(reviews) / (len(people) * max(len(products), 1))
        assert share < 0.25
        assert len(np.unique(reviews.time // 4)) <= 9


def test_early_reviewers_get_what_is_new_in_one_category_and_say_what_they_think():
    ratings = []
    for reviews, _, products in honest_reviews(EarlyReviewers(5), SCENE, 0):
        assert len(np.unique(WORLD.category[products])) == 1
        age = reviews.time - WORLD.launch[reviews.product]
        assert ((age >= 0) & (age <= 14)).all()
        ratings.append(reviews.rating)
    assert len(np.unique(np.concatenate(ratings))) == 5


def test_a_household_reviews_what_one_of_it_has_reviewed():
    for reviews, people, products in honest_reviews(Households(20), SCENE, 0):
        assert 2 <= len(people) <= 3
        mine = np.isin(SCENE.reviews.reviewer, np.setdiff1d(people, np.unique(reviews.reviewer)))
        assert np.isin(reviews.product, SCENE.reviews.product[mine]).all()
        assert np.isin(reviews.product, products).all()


def test_locals_take_their_time():
    for reviews, _, products in honest_reviews(Locals(5), SCENE, 0):
        assert len(np.unique(WORLD.category[products])) == 1
        assert np.ptp(reviews.time) > WORLD.days / 2


@pytest.mark.parametrize("waves", [0, 1])
def test_a_sitting_is_dozens_of_products_of_two_categories_at_most_in_one_evening(waves):
    groups = list(honest_reviews(Sittings(5, waves=waves), SCENE, 0))
    for reviews, people, products in groups:
        assert len(np.unique(WORLD.category[products])) <= 2
        assert (WORLD.launch[reviews.product] < reviews.time).all()
        assert len(reviews) > 8 * len(people)
        for person in people:
            own = reviews.time[reviews.reviewer == person]
            assert np.ptp(own) < 0.1
            assert 0.5 < own.min() % 1 < 0.95
        assert (np.ptp(reviews.time) <= 6) == bool(waves)
    assert len(np.unique(np.concatenate([reviews.rating for reviews, _, _ in groups]))) == 5


def test_a_sitting_goes_to_popular_products():
    reviewed = np.bincount(SCENE.reviews.product, minlength=WORLD.n_products)
    for reviews, _, products in honest_reviews(Sittings(5, rated=(12, 12)), SCENE, 0):
        offered = np.isin(WORLD.category, np.unique(WORLD.category[products]))
        assert reviewed[reviews.product].mean() > 1.5 * reviewed[offered].mean()


def test_sittings_are_no_part_of_a_market_unless_asked_for():
    assert MARKET.evenings.count(300_000) == 0
    assert Sittings().count(300_000) == 20


def test_the_number_of_groups_grows_with_the_market_unless_given():
    assert Fans().count(30_000) == 3
    assert Fans().count(300_000) == 30
    assert Fans(2).count(300_000) == 2
    assert Fans(0).count(300_000) == 0
