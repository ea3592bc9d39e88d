"""Laws of planting into any log: what was there stays, what comes is what the plan says, and neither names nor order have a say."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.stats import chisquare

from collusion.errors import ConfigError
from collusion.simulate.honest import Fans, Launches, Locals, Sittings
from collusion.simulate.inject import ATTACKS, make_attack
from collusion.simulate.inject.attack import Chain
from collusion.simulate.inject.background import background_of
from collusion.simulate.inject.columns import clock_of, coded, like, most_common, scale_of
from collusion.simulate.inject.look_alikes import HonestGroups
from collusion.simulate.inject.rings import Rings, fitted, plant_ring
from collusion.simulate.inject.rows import fresh_ids
from collusion.simulate.inject.setting import draw_products
from collusion.simulate.labelled import LabelledLog, labelled_market, paid, shuffled
from collusion.simulate.market import Market, TrueGroup, simulate
from collusion.simulate.plan import RingPlan
from collusion.simulate.world import stream
from collusion.simulate.writing import to_table
from markets import frame, market


def small(*columns, n=6_000, seed=1):
    """A log of a generator that is none of ours, with these columns beside the ids."""
    table = pa.Table.from_pandas(frame(market(n, seed)[0]), preserve_index=False)
    table = table.select(["reviewer_id", "product_id", *columns])
    return LabelledLog(table, np.zeros(len(table), bool))


ALL = ("rating", "timestamp", "category", "seller")
LOG = small(*ALL)
BARE = small()
SIMULATED = simulate(Market(reviews=6_000), 3)
MARKET = labelled_market(SIMULATED, to_table(SIMULATED, listing=True))


def plan(text, log=LOG, seed=0, *, fit=False):
    return Rings((RingPlan.parse(text),), fitted=fit).plant(log, stream(seed, "test"))


def new(log, before=LOG):
    """The planted rows as a plain table, with the fake mask."""
    rows = log.table.slice(len(before))
    return {name: rows.column(name).to_pylist() for name in rows.column_names} | {"fake": log.fake[len(before) :].tolist()}


def pairs(log):
    return list(zip(*(log.table.column(name).to_pylist() for name in ("reviewer_id", "product_id")), strict=True))


def days(log):
    return log.table.column("timestamp").combine_chunks().cast(pa.timestamp("s")).cast(pa.int64()).to_numpy() / 86_400


def check(log, before):
    """What holds of every attack on every log."""
    old = log.table.slice(0, len(before))
    assert old.column_names == before.table.column_names
    assert log.table.schema.types == before.table.schema.types
    for name in old.column_names:
        assert old.column(name).combine_chunks().equals(before.table.column(name).combine_chunks())
    np.testing.assert_array_equal(log.fake[: len(before)], before.fake)
    assert log.rings[: len(before.rings)] == before.rings
    assert log.honest[: len(before.honest)] == before.honest
    log.table.validate(full=True)
    # No pair is reviewed that was reviewed before, or twice.
    planted = pairs(log)[len(before) :]
    assert len(set(planted)) == len(planted)
    assert not set(planted) & set(pairs(before))
    assert {product for _, product in planted} <= set(before.table.column("product_id").to_pylist())
    added = LabelledLog(log.table.slice(len(before)), log.fake[len(before) :], log.rings[len(before.rings) :])
    np.testing.assert_array_equal(added.fake, paid(added.table, added.rings))
    ids = [group.id for group in (*log.rings, *log.honest)]
    assert len(set(ids)) == len(ids)
    for ring in added.rings:
        assert set(ring.reviewers) == {a for (a, b), fake in zip(planted, added.fake, strict=True) if fake and a in ring.reviewers}
        assert list(ring.reviewers) == sorted(ring.reviewers)
    if "timestamp" in before.table.column_names:
        when, whole = days(log), days(before)
        assert (when >= whole.min()).all()
        assert (when <= whole.max()).all()
        first = {}
        for (_, product), day, fake in zip(pairs(before), whole, before.fake, strict=True):
            if not fake:
                first[product] = min(day, first.get(product, np.inf))
        assert all(day >= first[product] for (_, product), day in zip(planted, when[len(before) :], strict=True))
    if "rating" in before.table.column_names:
        assert set(new(log, before)["rating"]) <= set(before.table.column("rating").to_pylist())


@pytest.mark.parametrize("name", [*ATTACKS, "density:0.05", "burst:1", "rings+look-alikes", "6x5@0.7+6x5@0.7:shared=0.5:overlap=0.4"])
@pytest.mark.parametrize("log", [LOG, MARKET], ids=["other", "market"])
def test_what_was_there_stays_and_what_comes_is_labelled(name, log):
    planted = make_attack(name).plant(log, stream(1, name))
    check(planted, log)
    if log is LOG:
        assert planted.digest() == make_attack(name).plant(log, stream(1, name)).digest()
        assert (planted.digest() == make_attack(name).plant(log, stream(2, name)).digest()) == (name == "none")
    assert (planted.digest() == log.digest()) == (name == "none")
    assert bool(planted.fake[len(log) :].any()) == (name not in {"none", "look-alikes"})


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_ids_alone_are_enough(name):
    if name == "look-alikes":
        with pytest.raises(ConfigError, match="fans: the log has no column seller or category"):
            make_attack(name).plant(BARE, stream(1, name))
        return
    planted = make_attack(name).plant(BARE, stream(1, name))
    check(planted, BARE)
    assert planted.table.column_names == ["reviewer_id", "product_id"]


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


@pytest.mark.parametrize("density", [0.01, 0.05, 0.2, 0.5, 1.0])
def test_density_is_a_parameter_from_one_to_all(density):
    planted = make_attack(f"density:{density}").plant(LOG, stream(0, "x"))
    cut = fitted(RingPlan(50, 20, density), background_of(LOG))
    assert int(planted.fake.sum()) == len(planted) - len(LOG) == round(density * cut.reviewers * cut.products)


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
    # And each is told from the other.
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


def test_pairs_that_cannot_be_had_soon_are_drawn_outright_and_too_many_are_refused():
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
    before, when = days(LOG), days(planted)
    who = LOG.table.column("reviewer_id").to_pylist()
    job = when[planted.fake].min()
    for account in ring.reviewers:
        own = [day for name, day in zip(who, before, strict=True) if name == account]
        assert own
        assert min(own) <= job
    assert len(planted) - len(LOG) == int(planted.fake.sum())
    half = plan("30x10@0.7:hijacked=0.5")
    assert len(set(half.rings[0].reviewers) & set(who)) == 15


def test_hijacked_accounts_have_no_review_of_their_targets():
    """Of popular targets many have one: with all pairs paid for, none may be taken over."""
    for seed in range(5):
        planted = plan("20x8@1:hijacked=1:targets=popular:camouflage=0", seed=seed)
        check(planted, LOG)
        assert int(planted.fake.sum()) == 160
        held = {a for a, b in pairs(LOG) if b in planted.targets}
        assert len(held) > 50
        assert not held & planted.accounts


def test_aged_accounts_wrote_long_before():
    planted = plan("12x6@0.7:hijacked=1:aged=200:camouflage=0:start=600")
    first = {}
    for name, day in zip(LOG.table.column("reviewer_id").to_pylist(), days(LOG), strict=True):
        first[name] = min(day, first.get(name, np.inf))
    assert max(first[name] for name in planted.rings[0].reviewers) <= days(LOG).min() + 400
    # Nobody is so old on day 90: the oldest are taken.
    oldest = plan("12x6@0.7:hijacked=1:aged=200:camouflage=0:start=90")
    held = {a for a, b in pairs(LOG) if b in oldest.rings[0].products}
    ages = sorted(day for name, day in first.items() if name not in held)
    assert max(first[name] for name in oldest.rings[0].reviewers) <= ages[11]


def test_new_accounts_of_age_camouflage_far_back():
    def back(aged):
        planted = plan(f"30x10@0.7:camouflage=3:start=700:aged={aged}")
        return days(LOG).min() + 700 - days(planted)[len(LOG) :].min()

    assert back(500) > 400
    assert back(0) < 400


def test_a_burst_is_within_days_of_each_target_and_a_drip_is_spread():
    burst = ATTACKS["burst"].plant(LOG, stream(0, "x"))
    when, fake = days(burst)[burst.fake], np.array(pairs(burst))[burst.fake][:, 1]
    assert max(np.ptp(when[fake == target]) for target in burst.rings[0].products) <= 3
    assert np.ptp(when) > 10
    drip = ATTACKS["drip"].plant(LOG, stream(0, "x"))
    when, fake = days(drip)[drip.fake], np.array(pairs(drip))[drip.fake][:, 1]
    assert 100 < np.ptp(when) <= 180
    # Of each target, too: no fortnight holds half of its reviews.
    for target in drip.rings[0].products:
        own = np.sort(when[fake == target])
        assert max(np.count_nonzero((own >= day) & (own < day + 14)) for day in own) <= max(len(own) / 2, 3)


def test_start_and_days_are_kept():
    planted = plan("20x10@0.8:start=300:days=20")
    when = days(planted)[planted.fake] - days(LOG).min()
    assert 300 <= when.min() <= when.max() <= 320


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
    assert {a for a, fake in zip(new(plan("20x10@0.8"))["rating"], new(plan("20x10@0.8"))["fake"], strict=True) if fake} == {5}
    assert {a for a, fake in zip(*(new(plan("20x10@0.8:rating=1"))[k] for k in ("rating", "fake")), strict=True) if fake} == {1}
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


def test_half_of_the_targets_are_attacked_and_rings_that_rate_like_others_do():
    rows = new(plan("20x8@0.8:attacked=0.5"))
    by_target = {}
    for product, rating, fake in zip(rows["product_id"], rows["rating"], rows["fake"], strict=True):
        if fake:
            by_target.setdefault(product, set()).add(rating)
    assert sorted(by_target.values(), key=min) == [{1}] * 4 + [{5}] * 4
    stars = pc.cast(pc.utf8_slice_codeunits(LOG.table.column("product_id"), -1), pa.int64()).to_numpy() % 5 + 1
    log = LabelledLog(LOG.table.set_column(2, "rating", pa.array(stars)), LOG.fake)
    rows = new(plan("30x10@0.8:like_others=yes", log))
    assert all(rating == int(product[-1]) % 5 + 1 for product, rating in zip(rows["product_id"], rows["rating"], strict=True))


def test_what_a_given_log_cannot_have_is_refused():
    with pytest.raises(ConfigError) as caught:
        plan("20x8@0.8:even=yes:devices=0.5:reuse=1")
    assert str(caught.value).count("only rings of simulated markets can have it") == 3
    with pytest.raises(ConfigError, match="launches: give it more days"):
        plan("20x8@0.8:launch=5:days=6:start=500")


def test_launches_of_a_given_log_are_reviewed_within_days_of_their_first_review():
    log = plan("20x5@0.8:launch=20:days=200:start=300:camouflage=0")
    first = {}
    for product, day in zip(LOG.table["product_id"].to_pylist(), days(LOG), strict=True):
        first[product] = min(day, first.get(product, day))
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


@pytest.mark.parametrize("name", ["rings", "hijacked", "nash-incbp", "nash-random", "look-alikes"])
@pytest.mark.parametrize("log", [LOG, MARKET], ids=["other", "market"])
def test_the_order_of_rows_and_columns_has_no_say(name, log):
    order = np.random.default_rng(3).permutation(len(log))
    turned = LabelledLog(log.table.take(pa.array(order)).select(log.table.column_names[::-1]), log.fake[order], log.rings, log.honest)
    one, two = (make_attack(name).plant(some, stream(4, "order")) for some in (log, turned))
    assert new(one, log) == {key: new(two, log)[key] for key in new(one, log)}
    assert [asdict(group) for group in (*one.rings, *one.honest)] == [asdict(group) for group in (*two.rings, *two.honest)]


@pytest.mark.parametrize("name", ["rings", "hijacked", "nash-incds", "look-alikes"])
def test_names_have_no_say(name):
    """Everybody renamed: the same people, products, days and ratings, but for new ids and twins that only names tell apart."""
    renamed, back = LOG.table, {}
    for k, column in enumerate(("reviewer_id", "product_id")):
        ids = sorted(set(LOG.table.column(column).to_pylist()))
        other = dict(zip(ids, (f"z{j}" for j in np.random.default_rng(k).permutation(len(ids))), strict=True))
        back[column] = {v: u for u, v in other.items()}
        renamed = renamed.set_column(k, column, pa.array([other[one] for one in renamed.column(column).to_pylist()]))
    one, two = (make_attack(name).plant(log, stream(4, "names")) for log in (LOG, LabelledLog(renamed, LOG.fake)))
    a, b = new(one), new(two)
    assert a["timestamp"] == b["timestamp"]
    assert a["rating"] == b["rating"]
    for column, old in back.items():
        assert np.mean([y not in old or x == old[y] for x, y in zip(a[column], b[column], strict=True)]) > 0.97


HOSTILE = [" ", "", "=1+1", "line\nend", "tab\t", "Ünïcødé-✓", "\u202eright to left", "'; DROP", "NA", "007", "null", "\x00", "a,b", '"']


def test_hostile_ids_survive():
    table = LOG.table
    swap = [{}, {}]
    for k, column in enumerate(("reviewer_id", "product_id")):
        # The busiest bear them, so that rings meet them.
        busiest = [name for name, _ in Counter(table.column(column).to_pylist()).most_common(len(HOSTILE))]
        swap[k] = dict(zip(busiest, HOSTILE, strict=True))
        table = table.set_column(k, column, pa.array([swap[k].get(one, one) for one in table.column(column).to_pylist()]))
    log = LabelledLog(table, LOG.fake)
    planted = plan("30x12@0.8:hijacked=1:camouflage_kind=popular", log)
    check(planted, log)
    assert set(planted.accounts) & set(HOSTILE)
    assert set(new(planted)["product_id"]) & set(HOSTILE)
    again = shuffled(planted, stream(0, "shuffle"))
    assert int(again.fake.sum()) == int(planted.fake.sum())


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_ids_may_be_large_or_dictionaries(kind):
    table = LOG.table
    for k, column in enumerate(("reviewer_id", "product_id")):
        table = table.set_column(k, column, table.column(column).cast(kind))
    log = LabelledLog(table, LOG.fake)
    planted = plan("20x10@0.8", log)
    assert new(planted) == new(plan("20x10@0.8"))
    assert planted.table.schema.types == log.table.schema.types
    assert planted.digest()


TIMES = {
    "seconds": pa.timestamp("s", "UTC"),
    "nanoseconds": pa.timestamp("ns"),
    "zone": pa.timestamp("ms", "Asia/Tokyo"),
    "dates": pa.date32(),
    "long dates": pa.date64(),
    "integers": pa.int64(),
    "floats": pa.float64(),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_of_every_type_stay_what_they_are(name):
    kind = TIMES[name]
    times = LOG.table.column("timestamp").combine_chunks().cast(pa.timestamp("s"))
    for through in {"zone": (pa.timestamp("s", "UTC"),), "integers": (pa.int64(),), "floats": (pa.int64(),)}.get(name, ()):
        times = times.cast(through)
    times = times.cast(kind)
    log = LabelledLog(LOG.table.set_column(3, "timestamp", times), LOG.fake)
    assert log.table.column_names[3] == "timestamp"
    planted = plan("20x10@0.8", log)
    assert planted.table.schema.field("timestamp").type == kind
    # The log knows days alone, so the planted reviews do; and they are the same days whatever the type.
    clock, plain = (clock_of(one.table.column("timestamp").combine_chunks()) for one in (planted, plan("20x10@0.8")))
    np.testing.assert_array_equal(clock.count // clock.a_day, plain.count // plain.a_day)
    assert (np.diff(np.unique(clock.count)) % clock.a_day == 0).all()


def test_hours_stay_hours():
    table = LOG.table.set_column(
        3,
        "timestamp",
        pc.add(LOG.table.column("timestamp").cast(pa.timestamp("s")), pa.array(np.arange(len(LOG)) % 24 * 3600, pa.duration("s"))),
    )
    planted = plan("20x10@0.8", LabelledLog(table, LOG.fake))
    clock = clock_of(planted.table.column("timestamp").combine_chunks())
    assert (clock.count % 3600 == 0).all()
    assert len(np.unique(clock.count[len(LOG) :] // 3600 % 24)) > 12


def test_other_columns_are_filled_from_the_log():
    planted = ATTACKS["rings"].plant(MARKET, stream(0, "x"))
    rows = new(planted, MARKET)
    old = {name: MARKET.table.column(name).to_pylist() for name in MARKET.table.column_names}
    for column in ("category", "seller", "listing"):
        where = dict(zip(old["product_id"], old[column], strict=True))
        assert rows[column] == [where[product] for product in rows["product_id"]]
    assert np.mean(rows["verified"]) == pytest.approx(np.mean(old["verified"]), abs=0.1)
    assert len({*rows["review_id"], *old["review_id"]}) == len(planted)
    assert len({*rows["text"]}) == len(rows["text"])
    assert not {*rows["text"]} & {*old["text"]}


def test_fresh_ids_are_none_of_those_taken():
    taken = set(fresh_ids(50, b"A", 7, frozenset()))
    assert len(taken) == 50
    more = fresh_ids(50, b"A", 7, taken)
    assert len(set(more) | taken) == 100
    assert fresh_ids(0, b"A", 7, taken) == []


def test_what_is_unknown_stays_null():
    extra = LOG.table.append_column("helpful_votes", pa.array(np.arange(len(LOG)))).append_column("text", pa.nulls(len(LOG), pa.string()))
    planted = plan("20x10@0.8", LabelledLog(extra, LOG.fake))
    assert {*new(planted)["helpful_votes"], *new(planted)["text"]} == {None}


def test_nulls_in_the_log_are_borne():
    gap = np.arange(len(LOG)) % 7 == 0
    table = LOG.table
    for name in ("rating", "timestamp", "category", "seller"):
        column = table.column(name).combine_chunks()
        table = table.set_column(table.column_names.index(name), name, pc.if_else(pa.array(gap), pa.scalar(None, column.type), column))
    planted = make_attack("rings+look-alikes").plant(LabelledLog(table, LOG.fake), stream(0, "x"))
    rows = new(planted)
    assert None not in rows["timestamp"]
    assert None not in rows["rating"]


def test_most_common_and_coded_by_hand():
    code, values = coded(pa.array(["b", None, "a", "c", "a"]))
    assert values.to_pylist() == ["a", "b", "c"]
    assert code.tolist() == [1, -1, 0, 2, 0]
    assert most_common(code, np.array([0, 0, 0, 1, 1]), 3).tolist() == [0, 0, -1]
    assert most_common(np.array([2, 1, 1, -1, -1, 0]), np.array([0, 0, 0, 1, 2, 2]), 3).tolist() == [1, -1, 0]
    assert coded(pa.array([["a"], ["b"]])) is None
    drawn = like(pa.array([True, True, None, False]), np.random.default_rng(0), 4000).to_pylist()
    assert drawn.count(True) == pytest.approx(2000, abs=150)
    assert drawn.count(None) == pytest.approx(1000, abs=150)
    assert like(pa.array([["a"]]), np.random.default_rng(0), 2).to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("timestamp", ["2020-01-01"] * 3, "timestamp is of the type string"),
        ("timestamp", [1, 2, 3], "timestamp holds numbers such as 1"),
        ("timestamp", [None] * 3, "timestamp has no value"),
        ("rating", ["good"] * 3, "rating is of the type string"),
        ("rating", [None] * 3, "rating has no value"),
        ("reviewer_id", ["a", None, "b"], "reviewer_id is missing in 1 rows"),
        ("reviewer_id", [1, 2, 3], "reviewer_id is of the type int64; ids must be text"),
    ],
)
def test_logs_that_cannot_be_planted_in_are_refused(column, values, says):
    columns = {"reviewer_id": ["a", "b", "c"], "product_id": ["x", "y", "z"]} | {column: values}
    log = LabelledLog(pa.table({name: pa.array(own) for name, own in columns.items()}), np.zeros(3, bool))
    with pytest.raises(ConfigError, match=says):
        background_of(log)


def test_all_that_is_wrong_with_a_log_is_said_at_once():
    table = pa.table({"reviewer_id": [1], "product_id": pa.array([None], pa.string()), "rating": ["x"], "timestamp": ["y"]})
    with pytest.raises(ConfigError) as caught:
        background_of(LabelledLog(table, [False]))
    assert str(caught.value).count("\n") == 3


@pytest.mark.parametrize("name", sorted(ATTACKS.keys() - {"none"}))
def test_too_small_a_log_gives_one_clear_error(name):
    for size in (0, 1, 30):
        log = LabelledLog(LOG.table.slice(0, size), np.zeros(size, bool))
        with pytest.raises(ConfigError, match="too small"):
            make_attack(name).plant(log, stream(0, "x"))


def test_what_does_not_fit_is_refused_all_at_once():
    with pytest.raises(ConfigError) as caught:
        plan("50x900@0.8:days=5000:shared=0.5:overlap=0.5")
    told = str(caught.value)
    assert "a ring cannot have 900 targets" in told
    assert "a ring of 5000 days does not fit into a log of" in told
    assert "a ring cannot share 25 reviewers: there is no ring before it" in told
    assert "a ring cannot share 450 products" in told
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


def test_groups_that_the_log_has_keep_their_ids():
    log = replace(LOG, rings=(TrueGroup("ring-2", "ring", ("u1",), ("p1",)),), honest=(TrueGroup("ring-1", "odd", ("u2",), ("p2",)),))
    assert [ring.id for ring in make_attack("5x5@1+5x5@1").plant(log, stream(0, "x")).rings] == ["ring-2", "ring-3", "ring-4"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ring", "did you mean 'rings'"),
        ("", "no attack is called ''"),
        ("rings+", "no attack is called ''"),
        ("density:2", "density must be above 0"),
        ("density:much", "must be a number above 0 and at most 1, not 'much'"),
        ("density:", "must be a number"),
        ("none:0.5", "none has no density; these have: rings, density"),
        ("nash-incbp:0.5", "has no density"),
        ("20x10@2", "density must be above 0"),
        ("20x10@.5:dayz=3", "did you mean 'days'"),
    ],
)
def test_names_are_refused_with_what_would_do(text, says):
    with pytest.raises(ConfigError, match=says):
        make_attack(text)


def test_all_wrong_names_are_said_at_once():
    with pytest.raises(ConfigError) as caught:
        make_attack("ringz+none+bursts+density:9")
    assert str(caught.value).count("did you mean") == 2
    assert "density must be" in str(caught.value)
    assert isinstance(make_attack("none+none"), Chain)
    with pytest.raises(ConfigError, match="no ring is planned"):
        Rings(())


# Honest groups.


def test_honest_groups_are_people_of_the_log_who_rate_as_everybody_does():
    planted = HonestGroups((Fans(4), Launches(4), Sittings(4))).plant(LOG, stream(0, "x"))
    check(planted, LOG)
    assert not planted.fake.any()
    assert not planted.rings
    assert Counter(group.kind for group in planted.honest) == {"fans": 4, "launches": 4, "evenings": 4}
    people = set(LOG.table.column("reviewer_id").to_pylist())
    seller = dict(zip(*(LOG.table.column(name).to_pylist() for name in ("product_id", "seller")), strict=True))
    everything = set(pairs(planted))
    for group in planted.honest:
        assert set(group.reviewers) <= people
        assert all(any((a, b) in everything for b in group.products) for a in group.reviewers)
        assert all(any((a, b) in everything for a in group.reviewers) for b in group.products)
        if group.kind == "fans":
            assert len({seller[name] for name in group.products}) == 1
        if group.kind == "launches":
            assert len(group.products) == 1
    # As in the product's own honest ratings: no kinder.
    rows = new(planted)
    mean = {}
    for product, rating in zip(*(LOG.table.column(name).to_pylist() for name in ("product_id", "rating")), strict=True):
        mean.setdefault(product, []).append(rating)
    miss = [rating - np.mean(mean[product]) for product, rating in zip(rows["product_id"], rows["rating"], strict=True)]
    assert abs(np.mean(miss)) < 4 * np.std(miss) / np.sqrt(len(miss))


def test_launch_crowds_come_within_days_of_a_first_review():
    planted = HonestGroups((Launches(5),)).plant(LOG, stream(0, "x"))
    rows, when = new(planted), days(planted)[len(LOG) :]
    first = {}
    for (_, product), day in zip(pairs(LOG), days(LOG), strict=True):
        first[product] = min(day, first.get(product, np.inf))
    for group in planted.honest:
        own = when[np.array(rows["product_id"]) == group.products[0]]
        assert len(own) >= 10
        assert own.min() >= first[group.products[0]]
        assert own.max() <= first[group.products[0]] + 3


def test_sittings_are_of_one_day_each():
    planted = HonestGroups((Sittings(3),)).plant(LOG, stream(0, "x"))
    by = {}
    for (who, _), day in zip(pairs(planted)[len(LOG) :], days(planted)[len(LOG) :], strict=True):
        by.setdefault(who, set()).add(np.floor(day))
    crowds = [len(own) for who, own in by.items() if sum(who in group.reviewers for group in planted.honest) == 1]
    assert max(crowds) == 1


def test_honest_groups_keep_away_from_rings():
    before = plan("30x10@0.8:hijacked=1")
    planted = HonestGroups((Fans(6), Launches(6), Sittings(6))).plant(before, stream(0, "x"))
    check(planted, before)
    assert not before.accounts & {name for group in planted.honest for name in group.reviewers}


def test_classes_whose_columns_are_missing_are_named_or_left_out():
    log = small("timestamp")
    with pytest.raises(ConfigError) as caught:
        HonestGroups((Fans(1), Launches(1), Locals(1))).plant(log, stream(0, "x"))
    assert str(caught.value).splitlines() == [
        "fans: the log has no column seller or category",
        "locals: the log has no column category",
    ]
    assert {group.kind for group in HonestGroups((Fans(1), Launches(1)), strict=False).plant(log, stream(0, "x")).honest} == {"launches"}
    with pytest.raises(ConfigError, match="no honest class is named"):
        HonestGroups(())


def test_without_times_fans_are_planted_by_taste_alone():
    planted = HonestGroups((Fans(2), Locals(2))).plant(small("category"), stream(0, "x"))
    assert Counter(group.kind for group in planted.honest) == {"fans": 2, "locals": 2}
    assert len(planted) > len(LOG)


def test_as_many_groups_as_the_reviews_tell_and_one_at_least():
    assert [group.kind for group in HonestGroups((Launches(),)).plant(LOG, stream(0, "x")).honest] == ["launches"]
    assert not HonestGroups((Launches(0),)).plant(LOG, stream(0, "x")).honest


# Real logs.


@pytest.mark.parametrize("file", ["amazon_all_beauty_5.jsonl.gz", "ml_latest_small_ratings.csv.gz"])
def test_real_logs_are_planted_in(real_data, file):
    from collusion.reviews import read_reviews  # noqa: PLC0415  # of this test alone

    table = read_reviews(real_data / file)
    columns = {
        "reviewer_id": table.reviewer_names.take(table.reviewer),
        "product_id": table.product_names.take(table.product),
        "rating": table.rating,
        "timestamp": table.time.astype(np.int64).astype("datetime64[D]"),
    }
    log = LabelledLog(pa.table({name: pa.array(own) for name, own in columns.items()}), np.zeros(len(table), bool))
    old, reviewers = set(pairs(log)), len(set(columns["reviewer_id"]))
    for name in sorted(ATTACKS):
        planted = make_attack(name).plant(log, stream(0, name))
        assert (name == "none") == (len(planted) == len(log))
        if planted.rings:
            accounts = len(planted.accounts) / reviewers
            assert accounts < 0.7 if name == "nash-singleton" else accounts < 0.15
        rows = new(planted, log)
        assert len(rows["reviewer_id"]) == len(planted) - len(log)
        assert old.isdisjoint(zip(rows["reviewer_id"], rows["product_id"], strict=True))
