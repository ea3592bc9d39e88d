"""Laws of the simulated market: the same seed gives the same log, parts do not disturb each other, nothing gives the rings away."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from collusion.base.errors import ConfigError
from collusion.simulate.crowds import CROWDS
from collusion.simulate.honest import EarlyReviewers, Fans, Households, Launches, Locals, Promotions, Sittings
from collusion.simulate.listings import Variants
from collusion.simulate.market import Market, hard_crowds, simulate, with_honest
from collusion.simulate.plan import RingPlan
from collusion.simulate.world import FIVE_STARS

BARE = with_honest(Market(reviews=12_000, repeats=0), None)
FULL = Market(reviews=12_000, rings=(RingPlan(20, 10, 0.8), RingPlan(8, 5, 1.0, targets="own")))


@pytest.fixture(scope="module")
def full():
    return simulate(FULL, 3)


@pytest.fixture(scope="module")
def bare():
    return simulate(BARE, 3)


def rows(log):
    """The reviews by their ids."""
    columns = (log.review_id, log.reviewer_id[log.reviewer], log.product_id[log.product], log.rating, log.time, log.verified, log.text)
    return {key: row for key, *row in zip(*(column.tolist() for column in columns), strict=True)}


def test_another_seed_gives_another_log(full):
    assert rows(simulate(FULL, 4)).keys().isdisjoint(rows(full).keys())


def test_a_market_without_options_gives_the_log_that_it_always_gave():
    """The digest was taken before crowds, shapes of stars, links and reused texts were added: a seed in a report names one log."""
    digest = hashlib.sha256()
    log = simulate(Market(reviews=5_000), 3)
    for name in ("review_id", "rating", "time", "verified", "text"):
        digest.update(getattr(log, name).tobytes())
    digest.update(log.reviewer_id[log.reviewer].tobytes() + log.product_id[log.product].tobytes())
    digest.update(repr([(group.id, group.reviewers, group.products) for group in log.groups]).encode())
    assert digest.hexdigest() == "c73dd9993ded04e93eb24a9d50bfee321cf2cf369398d57d15a8c42c131f4afb"


def test_rows_are_in_the_order_of_time_and_ids_are_unique(full):
    assert np.all(np.diff(full.time) >= 0)
    assert len(np.unique(full.review_id)) == len(full)
    assert len(np.unique(full.reviewer_id)) == len(full.reviewer_id)
    assert len(np.unique(full.product_id)) == len(full.product_id)
    assert full.time[0] >= 1_609_459_200  # 2021-01-01
    assert full.time[-1] < 1_609_459_200 + FULL.days * 86_400


def test_arrays_are_read_only(full):
    with pytest.raises(ValueError, match="read-only"):
        full.rating[0] = 1


def test_ordinary_reviews_are_as_many_as_asked_for(bare):
    assert len(bare) == BARE.reviews
    assert bare.groups == ()


def test_a_pair_is_reviewed_twice_by_repeats_alone(bare, full):
    def twice(log):
        pairs = Counter(zip(log.reviewer.tolist(), log.product.tolist(), strict=True))
        return sum(n - 1 for n in pairs.values())

    assert twice(bare) == 0
    assert twice(simulate(replace(FULL, repeats=0), 3)) == 0
    assert 10 < twice(full) < 80  # .3 % of 12,000


@pytest.mark.parametrize(
    "more",
    [
        {"rings": (RingPlan(20, 10, 0.8),)},
        {"fans": Fans(2)},
        {"households": Households(10)},
        {"early": EarlyReviewers(1)},
        {"promotions": Promotions(2)},
        {"launches": Launches(2)},
        {"locals": Locals(2)},
        {"evenings": Sittings(2)},
        {kind.name: kind(1) for kind in CROWDS},
        {"variants": Variants(3)},
        {"repeats": 0.01},
    ],
    ids=lambda more: next(iter(more)),
)
def test_adding_a_part_leaves_the_others_as_they_were(bare, more):
    base, richer = rows(bare), rows(simulate(replace(BARE, **more), 3))
    assert len(richer) > len(base)
    assert {key: richer[key] for key in base} == base


def test_adding_a_ring_leaves_the_rings_before_it_as_they_were():
    one = simulate(replace(BARE, rings=(RingPlan(10, 6, 0.8),)), 3)
    two = simulate(replace(BARE, rings=(RingPlan(10, 6, 0.8), RingPlan(12, 6, 0.8))), 3)
    assert one.rings[0].reviewers == two.rings[0].reviewers
    assert one.rings[0].products == two.rings[0].products
    base, richer = rows(one), rows(two)
    assert {key: richer[key] for key in base} == base


def test_ids_tell_nothing_about_who_was_planted():
    """Ring accounts and their reviews lie among all ids as a random sample does, and the first and last rows are no more theirs."""
    log = simulate(replace(BARE, rings=(RingPlan(60, 20, 0.5, camouflage=0),)), 5)
    ring = np.isin(log.reviewer_id, np.array(log.rings[0].reviewers, dtype=bytes))
    rank = np.argsort(np.argsort(log.reviewer_id))[ring] / len(ring)
    assert abs(rank.mean() - 0.5) < 4 * 0.2887 / 60**0.5
    assert 0.2 < rank.std() < 0.37
    paid = ring[log.reviewer]
    by_id = np.argsort(np.argsort(log.review_id))[paid] / len(log)
    assert abs(by_id.mean() - 0.5) < 4 * 0.2887 / paid.sum() ** 0.5
    assert {len(name) for name in log.reviewer_id} == {11}


def test_the_market_has_heavy_tails_a_j_shape_and_loyal_reviewers(bare):
    products = np.sort(np.bincount(bare.product))[::-1]
    assert products[: len(products) // 10].sum() > 0.4 * len(bare)
    assert products[0] < 0.02 * len(bare)
    reviewers = np.sort(np.bincount(bare.reviewer))[::-1]
    assert reviewers[: len(reviewers) // 100].sum() > 0.08 * len(bare)
    stars = np.bincount(bare.rating, minlength=6)[1:] / len(bare)
    assert stars[4] > 0.5
    assert stars[0] > stars[1]
    # A reviewer's two random reviews share a category more often than those of two random reviewers.
    order = np.lexsort((np.random.default_rng(0).random(len(bare)), bare.reviewer))
    category = bare.category[bare.product]
    same = bare.reviewer[order][1:] == bare.reviewer[order][:-1]
    own = np.mean((category[order][1:] == category[order][:-1])[same])
    other = np.mean(category[1:] == category[:-1])
    assert own > 1.5 * other


def test_nearly_everybody_gives_five_stars_where_that_is_asked_for():
    market = hard_crowds(replace(BARE, stars=FIVE_STARS), 6)
    log = simulate(market, 3)
    share = np.bincount(log.rating, minlength=6)[1:] / len(log)
    np.testing.assert_allclose(share, [*FIVE_STARS, 0.93], atol=0.01)
    usual = simulate(hard_crowds(BARE, 6), 3)
    np.testing.assert_array_equal(log.time, usual.time)
    np.testing.assert_array_equal(log.reviewer, usual.reviewer)
    with pytest.raises(ConfigError, match="stars"):
        Market(stars=(0.5, 0.5, 0.5, 0.5))


def test_some_reviews_are_written_in_one_sitting(bare):
    def close(log):
        order = np.lexsort((log.time, log.reviewer))
        gap, same = np.diff(log.time[order]), np.diff(log.reviewer[order]) == 0
        return np.mean(gap[same] < 600)

    assert close(bare) > 0.03
    assert close(simulate(replace(BARE, sittings=0), 3)) < 0.01


def test_copies_over_variants_share_text_time_and_rating():
    log = simulate(replace(BARE, variants=Variants(4, size=(3, 3))), 3)
    groups = log.honest
    assert [g.kind for g in groups] == ["variants"] * 4
    reviews = set(zip(log.reviewer.tolist(), log.product.tolist(), log.time.tolist(), log.rating.tolist(), log.text.tolist(), strict=True))
    code = {name.decode(): k for k, name in enumerate(log.product_id)}
    who = {name.decode(): k for k, name in enumerate(log.reviewer_id)}
    for group in groups:
        variants = [code[name] for name in group.products]
        assert len(set(log.listing[variants])) == 1
        assert len(set(log.seller[variants])) == 1
        people = {who[name] for name in group.reviewers}
        for variant in variants:
            shown = {(u, t, r, x) for u, p, t, r, x in reviews if p == variant and u in people}
            assert len(shown) == len(people) >= 3
            assert all((u, other, t, r, x) in reviews for u, t, r, x in shown for other in variants)


def test_every_class_is_there_by_default_and_goes_when_switched_off(full):
    kinds = {"fans", "launches", "promotions", "early", "households", "locals", "variants"}
    assert {group.kind for group in simulate(Market(reviews=30_000), 1).honest} == kinds
    assert {group.kind for group in simulate(replace(FULL, fans=Fans(0)), 3).groups} == {group.kind for group in full.groups} - {"fans"}


def test_a_small_market_works():
    log = simulate(Market(reviews=1, days=1), 0)
    assert len(log) >= 1
    assert len(simulate(Market(reviews=60, days=30, categories=1), 0)) >= 30


def test_wrong_parameters_are_named_all_at_once():
    with pytest.raises(ConfigError) as caught:
        Market(reviews=0, loyalty=1.5, activity_tail=0, start="someday")
    message = str(caught.value)
    assert all(name in message for name in ("reviews", "loyalty", "activity_tail", "start"))
    with pytest.raises(ConfigError, match="fans"):
        Fans(-1)
    with pytest.raises(ConfigError, match="size"):
        Fans(size=(9, 3))
    with pytest.raises(ConfigError, match="variants"):
        Variants(size=(1, 3))
