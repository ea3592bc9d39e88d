"""Laws of the honest look-alikes and of the crowds that act together: each has the size, the times and the ratings that its class says."""

from __future__ import annotations

import numpy as np
import pytest

from collusion.base.errors import ConfigError
from collusion.simulate.crowds import CROWDS, Boxes, Bundles, Cohorts, Followers, PlainFollowers, Programmes
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
from collusion.simulate.market import Market, hard_crowds, simulate
from collusion.simulate.ordinary import ordinary_reviews
from collusion.simulate.world import make_world

KINDS = [Fans, Launches, Promotions, EarlyReviewers, Households, Locals, Sittings]
MARKET = Market(reviews=20_000)
WORLD = make_world(MARKET, 1)
SCENE = Scene(WORLD, ordinary_reviews(MARKET, WORLD, 1))


def groups(kind):
    return list(honest_reviews(kind, SCENE, 0))


@pytest.mark.parametrize("kind", [*KINDS, *CROWDS], ids=lambda kind: kind.name)
def test_groups_are_existing_accounts_on_existing_products_within_the_log(kind):
    for reviews, people, products in groups(kind(5)):
        assert len(np.unique(people)) == len(people)
        assert np.isin(reviews.reviewer, people).all()
        assert np.isin(reviews.product, products).all()
        assert ((reviews.time >= 0) & (reviews.time < WORLD.days)).all()
        assert ((people >= 0) & (people < WORLD.n_reviewers)).all()
        assert set(reviews.rating) <= {1, 2, 3, 4, 5}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_one_group_more_leaves_the_others_as_they_were(kind):
    few, more = (list(groups(kind(n))) for n in (2, 3))
    assert len(few) == 2
    assert len(more) == 3
    for (a, _, _), (b, _, _) in zip(few, more, strict=False):
        np.testing.assert_array_equal(a.time, b.time)
        np.testing.assert_array_equal(a.reviewer, b.reviewer)


def test_fans_follow_one_seller_and_like_it():
    for reviews, people, products in groups(Fans(5)):
        assert len(np.unique(WORLD.seller[products])) == 1
        assert 8 <= len(people) <= 25
        new = WORLD.launch[reviews.product] >= 0
        assert (reviews.time[new] >= WORLD.launch[reviews.product[new]]).all()
    assert np.concatenate([r.rating for r, _, _ in groups(Fans(20))]).mean() > SCENE.reviews.rating.mean()


def test_a_launch_is_one_product_within_days():
    for reviews, people, products in groups(Launches(5)):
        assert len(products) == 1
        assert len(reviews) == len(people) >= 30
        assert np.ptp(reviews.time) <= 3


def test_bargain_hunters_go_to_some_promotions_each():
    for reviews, people, products in groups(Promotions(5, events=(4, 4), products=(5, 5))):
        assert len(products) <= 20
        share = len(reviews) / (len(people) * max(len(products), 1))
        assert share < 0.25
        assert len(np.unique(reviews.time // 4)) <= 9


def test_early_reviewers_get_what_is_new_in_one_category_and_say_what_they_think():
    ratings = []
    for reviews, _, products in groups(EarlyReviewers(5)):
        assert len(np.unique(WORLD.category[products])) == 1
        age = reviews.time - WORLD.launch[reviews.product]
        assert ((age >= 0) & (age <= 14)).all()
        ratings.append(reviews.rating)
    assert len(np.unique(np.concatenate(ratings))) == 5


def test_a_household_reviews_what_one_of_it_has_reviewed():
    for reviews, people, products in groups(Households(20)):
        assert 2 <= len(people) <= 3
        mine = np.isin(SCENE.reviews.reviewer, np.setdiff1d(people, np.unique(reviews.reviewer)))
        assert np.isin(reviews.product, SCENE.reviews.product[mine]).all()
        assert np.isin(reviews.product, products).all()


def test_locals_take_their_time():
    for reviews, _, products in groups(Locals(5)):
        assert len(np.unique(WORLD.category[products])) == 1
        assert np.ptp(reviews.time) > WORLD.days / 2


@pytest.mark.parametrize("waves", [0, 1])
def test_a_sitting_is_dozens_of_products_of_two_categories_at_most_in_one_evening(waves):
    found = groups(Sittings(5, waves=waves))
    for reviews, people, products in found:
        assert len(np.unique(WORLD.category[products])) <= 2
        assert (WORLD.launch[reviews.product] < reviews.time).all()
        assert len(reviews) > 8 * len(people)
        for person in people:
            own = reviews.time[reviews.reviewer == person]
            assert np.ptp(own) < 0.1
            assert 0.5 < own.min() % 1 < 0.95
        assert (np.ptp(reviews.time) <= 6) == bool(waves)
    assert len(np.unique(np.concatenate([reviews.rating for reviews, _, _ in found]))) == 5


def test_a_sitting_goes_to_popular_products():
    reviewed = np.bincount(SCENE.reviews.product, minlength=WORLD.n_products)
    for reviews, _, products in groups(Sittings(5, rated=(12, 12))):
        offered = np.isin(WORLD.category, np.unique(WORLD.category[products]))
        assert reviewed[reviews.product].mean() > 1.5 * reviewed[offered].mean()


def test_the_number_of_groups_grows_with_the_market_unless_given():
    assert Fans().count(30_000) == 3
    assert Fans().count(300_000) == 30
    assert Fans(2).count(300_000) == 2
    assert Fans(0).count(300_000) == 0


# Crowds.


def per_person(reviews):
    """The share of the group's products that each person reviewed."""
    _, count = np.unique(reviews.reviewer, return_counts=True)
    return count / len(np.unique(reviews.product))


@pytest.mark.parametrize("kind", CROWDS, ids=lambda kind: kind.name)
def test_a_crowd_is_ordinary_people_on_known_products_of_many_sellers(kind):
    for reviews, people, products in groups(kind(8)):
        assert set(reviews.reviewer) == set(people)
        assert set(reviews.product) == set(products)
        assert (reviews.time >= WORLD.launch[products].min()).all()
        assert len(np.unique(WORLD.seller[products])) > 0.8 * len(products)
        if kind is not Programmes:
            assert SCENE.reviewed[products].all()
            assert (reviews.time > WORLD.launch[reviews.product]).all()


def test_a_bundle_is_bought_by_each_on_a_day_of_their_own_and_reviewed_almost_in_full():
    for reviews, people, products in groups(Bundles(12)):
        assert 8 <= len(people) <= 25
        assert 4 <= len(products) <= 8
        assert per_person(reviews).mean() > 0.5
        assert np.ptp(reviews.time) < 56 + 60
        spread = [np.ptp(reviews.time[reviews.reviewer == one]) for one in people]
        assert np.median(spread) < 25


def test_a_box_comes_each_month_and_is_reviewed_within_two_weeks():
    for reviews, people, products in groups(Boxes(12)):
        assert 5 <= len(people) <= 40
        assert 2 * 3 <= len(products) <= 6 * 6
        first = min(reviews.time)
        day = np.array([reviews.time[reviews.product == one].min() for one in products])
        # Products of one box come on one day, those of the next a month later.
        assert ((day - first + 3) % 30 < 14).all()
        assert all(np.ptp(reviews.time[reviews.product == one]) <= 14 for one in products)
        assert 0.25 < per_person(reviews).mean() < 0.75
        assert len(np.unique(WORLD.category[products])) > 2


def test_followers_buy_within_days_and_are_kinder_and_plain_ones_are_not():
    for reviews, _, products in groups(Followers(12)):
        assert 6 <= len(products) <= 15
        late = [np.median(reviews.time[reviews.product == one] - reviews.time[reviews.product == one].min()) for one in products]
        assert np.median(late) < 8
    honest = SCENE.reviews.rating.mean()

    def mean(kind):
        return np.concatenate([reviews.rating for reviews, _, _ in groups(kind(60))]).mean()

    assert mean(Followers) - honest == pytest.approx(0.4, abs=0.08)
    assert mean(PlainFollowers) - honest == pytest.approx(0.0, abs=0.08)


def test_a_cohort_buys_its_set_within_two_weeks_at_the_start_of_a_term():
    found = groups(Cohorts(12))
    for reviews, people, products in found:
        assert 10 <= len(people) <= 30
        assert 4 <= len(products) <= 8
        assert np.median(reviews.time) - reviews.time.min() < 25
    starts = {round(reviews.time.min() / 182, 1) for reviews, _, _ in found}
    assert all(start % 1 < 0.11 or start < 1 for start in starts)


def test_testers_get_new_products_of_all_categories_and_rate_them_honestly():
    ratings = []
    for reviews, people, products in groups(Programmes(12)):
        assert 8 <= len(people) <= 25
        assert len(products) <= 40
        age = reviews.time - WORLD.launch[reviews.product]
        assert ((age >= 0) & (age <= 14)).all()
        assert len(np.unique(WORLD.category[products])) > 3
        ratings.append(reviews.rating)
    assert np.concatenate(ratings).mean() == pytest.approx(SCENE.reviews.rating.mean(), abs=0.15)


def test_hard_crowds_are_spread_over_the_classes_and_recorded_as_honest():
    log = simulate(hard_crowds(Market(reviews=6_000), 8), 3)
    kinds = [group.kind for group in log.honest]
    assert [kinds.count(kind.name) for kind in CROWDS] == [2, 2, 1, 1, 1, 1]
    ids = set(log.reviewer_id.astype(str))
    assert all(set(group.reviewers) <= ids for group in log.honest)
    with pytest.raises(ConfigError, match="at least 0"):
        hard_crowds(Market(), -1)


def test_a_crowd_fits_into_a_market_of_a_week():
    log = simulate(hard_crowds(Market(reviews=60, days=7, categories=1), 12), 0)
    assert len(log.honest) >= 6


def test_there_are_none_unless_asked_for():
    assert all(getattr(MARKET, kind.name).count(300_000) == 0 for kind in CROWDS)
    assert all(kind().count(300_000) == 15 for kind in CROWDS)
    assert (MARKET.evenings.count(300_000), Sittings().count(300_000)) == (0, 20)
