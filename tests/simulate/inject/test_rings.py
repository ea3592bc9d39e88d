"""Rings in a log: which accounts and targets they have, when they begin, and what does not fit."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.stats import chisquare
from simulate.inject.planted_logs import BARE, LOG, check, days, first_days, new, pairs, plan

from collusion.base.errors import ConfigError
from collusion.simulate.inject import ATTACKS, make_attack
from collusion.simulate.inject.background import background_of
from collusion.simulate.inject.columns import scale_of
from collusion.simulate.inject.rings import fitted, plant_ring
from collusion.simulate.inject.setting import draw_products
from collusion.simulate.labelled import LabelledLog
from collusion.simulate.plan import RingPlan
from collusion.simulate.world import stream


@pytest.mark.parametrize(
    "text", ["50x20@0.8:camouflage=0", "50x20@0.31:camouflage=2", "60x30@0.01", "40x30@1:camouflage_kind=popular", "3x1@0.4"]
)
def test_counts_are_exact(text):
    for log in (LOG, BARE):
        planted = plan(text, log)
        check(planted, log)
        wanted = RingPlan.parse(text)
        n = round(wanted.density * wanted.reviewers * wanted.products)
        assert int(planted.fake.sum()) == n
        assert len(planted) - len(log) == n + round(wanted.camouflage * n)
        (ring,) = planted.rings
        if n >= max(wanted.reviewers, wanted.products):
            assert (len(ring.reviewers), len(ring.products)) == (wanted.reviewers, wanted.products)


def test_camouflage_is_in_proportion_and_never_at_the_targets():
    planted = plan("30x10@0.7:camouflage=2")
    (ring,) = planted.rings
    rows = new(planted)
    paid_by = Counter(a for a, fake in zip(rows["reviewer_id"], rows["fake"], strict=True) if fake)
    other = Counter(a for a, fake in zip(rows["reviewer_id"], rows["fake"], strict=True) if not fake)
    assert {a: 2 * n for a, n in paid_by.items()} == other
    assert not {b for b, fake in zip(rows["product_id"], rows["fake"], strict=True) if not fake} & set(ring.products)


def camouflaged(kind, weigh):
    """How often camouflage went to products of twenty classes by degree, over many rings on one log, and how often it should have."""
    background = background_of(LOG)
    classes = np.array_split(np.argsort(background.degree, kind="stable"), 20)
    hits, expected = np.zeros(background.n_products), np.zeros(background.n_products)
    for seed in range(60):
        # One paid review an account, and so one for camouflage: draws do not depend on each other.
        ring = plant_ring(RingPlan(30, 10, 0.1, camouflage_kind=kind), background, stream(seed, "camouflage"))
        chance = weigh(background.degree).astype(float)
        chance[ring.products] = 0
        hits += np.bincount(ring.product[~ring.paid], minlength=background.n_products)
        expected += np.count_nonzero(~ring.paid) * chance / chance.sum()
    return tuple(np.array([counts[own].sum() for own in classes]) for counts in (hits, expected))


def test_degree_biased_camouflage_follows_degree_and_random_does_not():
    popular, by_degree = camouflaged("popular", lambda degree: degree)
    random, evenly = camouflaged("random", lambda degree: degree > 0)
    assert chisquare(popular, by_degree).pvalue > 0.01
    assert chisquare(random, evenly).pvalue > 0.01
    # And the two kinds differ.
    assert chisquare(popular, evenly).pvalue < 1e-9
    assert chisquare(random, by_degree).pvalue < 1e-9


def test_pairs_are_drawn_by_weight_without_return():
    """One account, two products of three: the chance of each is known exactly."""
    background = background_of(LOG)
    weight = np.zeros(background.n_products)
    weight[:3] = (1, 2, 5)
    account = np.array([background.n_reviewers])
    left = Counter()
    for seed in range(4000):
        _, product = draw_products(background, stream(seed, "pairs"), account, np.array([2]), weight)
        left[({0, 1, 2} - set(product.tolist())).pop()] += 1
    # The product left out is the one drawn last.
    chance = {
        0: 2 / 8 * 5 / 6 + 5 / 8 * 2 / 3,
        1: 1 / 8 * 5 / 7 + 5 / 8 * 1 / 3,
        2: 1 / 8 * 2 / 7 + 2 / 8 * 1 / 6,
    }
    assert sum(chance.values()) == pytest.approx(1)
    assert chisquare([left[k] for k in range(3)], [4000 * chance[k] for k in range(3)]).pvalue > 0.001


def test_rare_pairs_are_drawn_without_replacement_and_too_many_are_refused():
    background = background_of(LOG)
    weight = np.zeros(background.n_products)
    weight[:5] = (1e-12, 1, 1, 1, 1)
    account = np.array([background.n_reviewers])
    _, product = draw_products(background, stream(0, "x"), account, np.array([5]), weight)
    assert sorted(product.tolist()) == [0, 1, 2, 3, 4]
    with pytest.raises(ConfigError, match="needs 6 products for its camouflage, and the log has 5"):
        draw_products(background, stream(0, "x"), account, np.array([6]), weight)
    someone = background.reviewer[:1]
    weight = np.zeros(background.n_products)
    weight[background.product[background.reviewer == someone]] = 1
    with pytest.raises(ConfigError, match="has 0 that it may take"):
        draw_products(background, stream(0, "x"), someone, np.array([1]), weight)


def test_hijacked_accounts_were_there_before_with_their_own_history():
    planted = plan("30x10@0.7:hijacked=1:camouflage=0")
    (ring,) = planted.rings
    who, job = first_days(LOG, 0), days(planted)[planted.fake].min()
    assert all(who[account] <= job for account in ring.reviewers)
    assert len(planted) - len(LOG) == int(planted.fake.sum())
    half = plan("30x10@0.7:hijacked=0.5")
    assert len(set(half.rings[0].reviewers) & who.keys()) == 15


def test_aged_accounts_wrote_long_before():
    planted = plan("12x6@0.7:hijacked=1:aged=200:camouflage=0:start=600")
    first = first_days(LOG, 0)
    assert max(first[name] for name in planted.rings[0].reviewers) <= days(LOG).min() + 400
    # Nobody is so old on day 90: the oldest are taken.
    oldest = plan("12x6@0.7:hijacked=1:aged=200:camouflage=0:start=90")
    held = {a for a, b in pairs(LOG) if b in oldest.rings[0].products}
    ages = sorted(day for name, day in first.items() if name not in held)
    assert max(first[name] for name in oldest.rings[0].reviewers) <= ages[11]


def test_jobs_begin_in_busy_times():
    """The log grows: half of its reviews come in the last three tenths of its days."""
    starts = [plant_ring(RingPlan(10, 5, 1.0), background_of(LOG), stream(seed, "start")).start for seed in range(60)]
    assert np.median(starts) > 0.55 * np.ptp(days(LOG))
    assert len({round(start) for start in starts}) > 40


def test_overlapping_rings_and_a_shared_workforce():
    first, second = ATTACKS["overlapping"].plant(LOG, stream(0, "x")).rings
    cut = fitted(RingPlan(20, 8, 0.6), background_of(LOG))
    assert len(set(first.reviewers) & set(second.reviewers)) == round(0.34 * cut.reviewers)
    assert len(set(first.products) & set(second.products)) == round(0.34 * cut.products)
    first, second = ATTACKS["workforce"].plant(LOG, stream(0, "x")).rings
    assert len(set(first.reviewers) & set(second.reviewers)) == 12
    assert not set(first.products) & set(second.products)


def test_what_is_shared_may_be_of_a_ring_that_the_log_has():
    before = plan("20x8@0.8")
    after = plan("20x8@0.8:shared=0.5:overlap=0.25", before, seed=5)
    check(after, before)
    assert len(set(after.rings[0].reviewers) & set(after.rings[1].reviewers)) == 10
    assert len(set(after.rings[0].products) & set(after.rings[1].products)) == 2
    assert days(after)[len(before) :][after.fake[len(before) :]].min() >= days(before)[before.fake].min()


def test_rings_keep_apart_where_the_log_has_room():
    rings = make_attack("+".join(["10x8@0.7:hijacked=0.5"] * 6)).plant(LOG, stream(0, "x")).rings
    assert len(rings) == 6
    for kind in ("reviewers", "products"):
        members = [name for ring in rings for name in getattr(ring, kind)]
        assert len(set(members)) == len(members)


@pytest.mark.parametrize(("text", "column"), [("20x6@0.8:targets=category", "category"), ("10x4@0.8:targets=own", "seller")])
def test_targets_of_one_category_or_seller(text, column):
    ring = plan(text).rings[0]
    where = dict(zip(*(LOG.table.column(name).to_pylist() for name in ("product_id", column)), strict=True))
    assert len({where[name] for name in ring.products}) == 1
    with pytest.raises(ConfigError, match=f"needs a column '{column}'"):
        plan(text, BARE)


def test_targets_are_of_different_sellers_and_popular_ones_have_more_reviewers():
    seller = dict(zip(*(LOG.table.column(name).to_pylist() for name in ("product_id", "seller")), strict=True))
    assert len({seller[name] for name in plan("10x20@0.8").rings[0].products}) == 20
    count = Counter(LOG.table.column("product_id").to_pylist())

    def mean(kind):
        return np.mean([count[name] for seed in range(8) for name in plan(f"5x20@1:targets={kind}", seed=seed).rings[0].products])

    assert mean("popular") > 2 * mean("random")


def test_variants_of_a_target_are_passed_over():
    """Every product twice, with the same reviews: a ring takes one of each, whether listings are named or not; both where it must."""
    table, n = LOG.table, len(LOG)
    twin = pc.binary_join_element_wise(table.column("product_id").cast(pa.string()), "twin", "-")
    double = pa.concat_tables([table, table.set_column(1, "product_id", twin.cast(table.schema.field(1).type))])
    degree = Counter(table.column("product_id").to_pylist())
    for named in (False, True):
        whole = double
        if named:
            # No reviewer in common: the listing alone tells.
            listing = pa.concat_tables([table.select(["product_id"])] * 2).column(0)
            whole = pa.concat_tables([table, double.slice(n).set_column(0, "reviewer_id", _other(table))]).append_column("listing", listing)
        log = LabelledLog(whole, np.zeros(len(whole), bool))
        for seed in range(3):
            ring = plan("10x100@0.5:camouflage=0:start=800", log, seed).rings[0]
            base = Counter(name.removesuffix("-twin") for name in ring.products)
            assert all(times == 1 for name, times in base.items() if named or degree[name] >= 3)
        everything = len(degree) * 2
        assert len(plan(f"10x{everything - 20}@0.5:camouflage=0:start=900", log).rings[0].products) > len(degree)


def _other(table):
    return pc.binary_join_element_wise(table.column("reviewer_id").cast(pa.string()), "other", "-").cast(table.schema.field(0).type)


def test_ratings_are_on_the_scale_of_the_log():
    for text, stars in (("20x10@0.8", 5), ("20x10@0.8:rating=1", 1)):
        rows = new(plan(text))
        assert {rating for rating, fake in zip(rows["rating"], rows["fake"], strict=True) if fake} == {stars}
    rng = np.random.default_rng(0)
    for points in ([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5], list(range(-10, 11)), [7]):
        table = LOG.table.set_column(2, "rating", pa.array(rng.choice(points, len(LOG)).astype(float)))
        log = LabelledLog(table, LOG.fake)
        rows = new(plan("20x10@0.8:mixed=0.5", log))
        paid_for = {rating for rating, fake in zip(rows["rating"], rows["fake"], strict=True) if fake}
        assert max(points) in paid_for
        # Three stars at least: the point nearest to the middle of the scale.
        assert min(paid_for) >= (max(points) + min(points)) / 2 - 0.25
        assert len(paid_for) == (3 if len(points) > 1 else 1)


def test_what_a_given_log_cannot_have_is_refused():
    with pytest.raises(ConfigError) as caught:
        plan("20x8@0.8:even=yes:devices=0.5:reuse=1")
    assert str(caught.value).count("only rings of simulated markets can have it") == 3
    with pytest.raises(ConfigError, match="launches: give it more days"):
        plan("20x8@0.8:launch=5:days=6:start=500")


def test_launches_of_a_given_log_are_reviewed_within_days_of_their_first_review():
    log = plan("20x5@0.8:launch=20:days=200:start=300:camouflage=0")
    first = first_days(LOG)
    rows = new(log)
    targets = set(rows["product_id"])
    age = [day - first[product] for product, day in zip(rows["product_id"], days(log)[len(LOG) :], strict=True)]
    assert (len(targets), len(age), all(rows["fake"])) == (5, 80, True)
    assert -1 <= min(age) <= max(age) <= 21
    assert all(299 <= first[product] - min(days(LOG)) <= 481 for product in targets)


def test_stars_by_hand():
    scale = scale_of(pa.array([0.5, 5.0]))
    half = np.arange(1, 11) / 2
    np.testing.assert_array_equal(scale.of(np.arange(1, 6), half), [0.5, 1.5, 2.5, 4.0, 5.0])
    np.testing.assert_array_equal(scale.of(np.arange(1, 6), np.arange(-10.0, 11)), [-10, -5, 0, 5, 10])
    np.testing.assert_array_equal(scale.of(np.arange(1, 6), np.array([1.0, 5.0])), [1, 1, 1, 5, 5])
    np.testing.assert_array_equal(scale.of(np.array([1, 5]), np.array([3.0])), [3, 3])
    assert np.isnan(scale.of(np.array([5]), np.empty(0))).all()


def test_camouflage_rates_as_everybody_rates_the_product():
    """Products of which everybody has one opinion: camouflage has it too."""
    stars = pc.cast(pc.utf8_slice_codeunits(LOG.table.column("product_id"), -1), pa.int64()).to_numpy() % 5 + 1
    log = LabelledLog(LOG.table.set_column(2, "rating", pa.array(stars)), LOG.fake)
    rows = new(plan("30x10@0.8:camouflage=2", log))
    for product, rating, fake in zip(rows["product_id"], rows["rating"], rows["fake"], strict=True):
        assert rating == (5 if fake else int(product[-1]) % 5 + 1)


def test_what_does_not_fit_is_refused_all_at_once():
    with pytest.raises(ConfigError) as caught:
        plan("50x900@0.8:days=5000:shared=0.5:overlap=0.5")
    message = str(caught.value)
    assert "a ring cannot have 900 targets" in message
    assert "a ring of 5000 days does not fit into a log of" in message
    assert "a ring cannot share 25 reviewers: there is no ring before it" in message
    assert "a ring cannot share 450 products" in message
    with pytest.raises(ConfigError, match="cannot share 10 reviewers: the ring before it has 4"):
        plan("20x8@0.8:shared=0.5", plan("4x3@1"))
    with pytest.raises(ConfigError, match="reviewed by day 0; a ring that begins then needs 20 targets"):
        plan("5x20@0.8:start=0")
    with pytest.raises(ConfigError, match="accounts of the log wrote before day 5"):
        plan("400x1@1:start=5:hijacked=1")
    with pytest.raises(ConfigError, match="lower camouflage"):
        plan("3x10@1:camouflage=40")


def test_paid_pairs_that_have_no_room_are_refused():
    before = plan("6x4@1:camouflage=0")
    with pytest.raises(ConfigError, match="of the 24 pairs of a ring's 6 accounts and 4 targets 0 have no review yet"):
        plan("6x4@1:shared=1:overlap=1", before)


def test_every_account_and_target_is_in_a_sparse_ring_though_pairs_are_taken():
    """Half of the accounts and targets of a dense ring again: only what is left free is paid for, and everybody is in."""
    before = plan("20x10@0.9:camouflage=0")
    for seed in range(5):
        after = plan("20x10@0.1:shared=0.5:overlap=0.5:camouflage=0", before, seed)
        check(after, before)
        assert (len(after.rings[1].reviewers), len(after.rings[1].products)) == (20, 10)


def test_fitted_plans_are_cut_to_the_log():
    background = background_of(LOG)
    people, products = len(set(LOG.table.column("reviewer_id").to_pylist())), len(set(LOG.table.column("product_id").to_pylist()))
    cut = fitted(RingPlan(5000, 5000, 0.3, days=5000, campaign=4000, start=9999, camouflage=50), background)
    span = np.ptp(days(LOG))
    assert (cut.reviewers, cut.products, cut.days, cut.campaign) == (people // 20, products // 8, span / 4, span / 4)
    assert cut.start == span - cut.days
    assert cut.density == 0.3
    assert cut.camouflage * cut.products <= (products - cut.products) / 2
    plain = RingPlan(10, 5, 0.8, camouflage=1)
    assert fitted(plain, background) == plain


def test_what_the_log_has_planted_is_no_honest_opinion():
    """A log in which all reviews of some products are fake: nobody pays for these products, and camouflage knows nothing of them."""
    doomed = {name for name, _ in Counter(LOG.table.column("product_id").to_pylist()).most_common(20)}
    fake = np.array([name in doomed for name in LOG.table.column("product_id").to_pylist()])
    log = LabelledLog(LOG.table, fake)
    planted = plan("30x10@0.8:targets=popular:camouflage_kind=popular:hijacked=1", log)
    assert not set(new(planted)["product_id"]) & doomed
    assert not set(planted.accounts) & {a for (a, _), own in zip(pairs(LOG), fake, strict=True) if own}
