"""Laws of who profits: figures worked out by hand, a slow version in pandas, and nothing that depends on names or order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import collusion as cl
from collusion.base.model import Accounting
from collusion.graph.graph import build_graph
from collusion.graph.log import Log, Names
from collusion.profits import GroupReviews, profits_of
from collusion.profits.ranks import prior_of, ranks, scores
from collusion.profits.sums import sums_of_all
from collusion.simulate import BrokerPlan, Market, RingPlan, simulate, to_table

DAY = 18_628
"""2021-01-01."""


def log_of(frame, *, sellers=None, category=None):
    """Return the log of a frame of codes, whose products and reviewers are called p0, u0 and so on."""
    n_users, n_products = int(frame.reviewer.max()) + 1, int(frame["product"].max()) + 1
    columns = {name: frame[name].to_numpy() for name in ("time", "rating") if name in frame}
    seller = None if sellers is None else np.array(sellers, np.int32)
    graph = build_graph(
        frame.reviewer, frame["product"], **columns, seller=seller, category=category, n_reviewers=n_users, n_products=n_products
    )
    n = len(frame)
    return Log(
        graph,
        Names.of([f"u{k}" for k in range(n_users)]),
        Names.of([f"p{k}" for k in range(n_products)]),
        graph.product,
        (),
        Accounting(n, n, 0, n, 0, 0, n_users, n_products),
        (),
        (),
        (),
        sellers=None if seller is None else Names.of([f"s{k}" for k in range(int(seller.max()) + 1)]),
    )


def group(log, reviewers, products, status="flagged", name="R-1"):
    graph = log.graph
    edges = np.flatnonzero(np.isin(graph.reviewer, reviewers) & np.isin(graph.product, products))
    return GroupReviews(name, status, np.array(reviewers, np.int32), edges)


@pytest.fixture(scope="module")
def small():
    """Three products of two sellers; u0 and u1 are the group and boost p0, which u2 to u5 gave 3, 3, 1, 1; they attack p2."""
    rows = [(0, 0, 5, 40), (1, 0, 5, 70), (2, 0, 3, 0), (3, 0, 3, 1), (4, 0, 1, 2), (5, 0, 1, 3)]
    rows += [(2, 1, 4, 5), (3, 1, 3, 6), (4, 1, 4, 7)]
    rows += [(0, 2, 1, 41), (1, 2, 1, 42), *((u, 2, 5, 8) for u in range(2, 12))]
    frame = pd.DataFrame(rows, columns=["reviewer", "product", "rating", "time"])
    frame["time"] += DAY
    return log_of(frame, sellers=[0, 0, 1])


def test_the_figures_of_a_small_log_are_those_worked_out_by_hand(small):
    found = profits_of(small, [group(small, [0, 1], [0, 2])], rank_by="mean")
    assert [one.id for one in found.products] == ["p0", "p2"]
    boosted, attacked = found.products
    assert (boosted.n_reviews, boosted.n_flagged, boosted.n_coordinated) == (6, 2, 0)
    assert boosted.share_flagged == 2 / 6
    assert boosted.flagged_low == pytest.approx(0.0432719, abs=1e-6)  # exact interval of 2 in 6
    assert boosted.flagged_high == pytest.approx(0.7772219, abs=1e-6)
    assert (boosted.mean, boosted.mean_without, boosted.difference) == (3, 2, 1)
    assert (boosted.first_review, boosted.last_review) == ("2021-02-10", "2021-03-12")
    assert [(month.month, month.n_flagged) for month in boosted.dose] == [("2021-02", 1), ("2021-03", 1)]
    # With the group p2 has 52 / 12, p1 11 / 3 and p0 18 / 6; without it 5, 11 / 3 and 2.
    assert [(one.rank, one.rank_without, one.n_ranked) for one in found.products] == [(3, 3, 3), (1, 1, 3)]
    # Two of p0's six ratings are 5: only one of the 15 pairs is as high.
    assert boosted.rating_p == pytest.approx(2 / 15, rel=1e-5)
    assert attacked.rating_p == pytest.approx(2 / 66, rel=1e-5)
    seller = found.sellers[0]
    assert (seller.id, seller.n_products, seller.n_reviews, seller.n_flagged) == ("s0", 2, 9, 2)
    assert seller.mean == pytest.approx(29 / 9, abs=1e-5)
    assert seller.mean_without == pytest.approx(19 / 7, abs=1e-5)


def test_the_interval_of_a_difference_is_the_error_of_the_others_mean_times_the_groups_share(small):
    found = profits_of(small, [group(small, [0, 1], [0, 2])]).products[0]
    within = np.concatenate([np.array([3, 3, 1, 1]) - 2, np.array([4, 3, 4]) - 11 / 3, np.zeros(10)])
    spread = (within**2).sum() / (17 - 3)
    half = 1.959964 * (2 / 6) * (spread / 4) ** 0.5
    assert found.difference_low == pytest.approx(1 - half, abs=1e-4)
    assert found.difference_high == pytest.approx(1 + half, abs=1e-4)


def test_a_review_of_two_groups_counts_once_and_as_flagged(small):
    groups = [group(small, [0, 1], [0, 2]), group(small, [0, 2], [0], "coordinated", "R-2"), group(small, [5], [0], "candidate", "R-3")]
    found = profits_of(small, groups).products[0]
    assert (found.n_flagged, found.n_coordinated, found.groups) == (2, 1, ("R-1", "R-2"))


def test_nothing_is_listed_where_no_group_is_flagged_or_coordinated(small):
    found = profits_of(small, [group(small, [0, 1], [0], "candidate"), group(small, [0, 1], [2], "explained")])
    assert (found.sellers, found.products, found.harmed) == ((), (), ())


def campaign(n_group=12):
    """A product that a group rates down, one that passes it, and one of the same seller that passes it too."""
    rows = [(u, 0, 5, u) for u in range(20)] + [(u, 1, 4, u) for u in range(20)] + [(u, 2, 4, u) for u in range(20)]
    rows += [(u, 3, 2, u) for u in range(20)] + [(100 + u, 0, 1, 30) for u in range(n_group)]
    frame = pd.DataFrame(rows, columns=["reviewer", "product", "rating", "time"])
    return log_of(frame.assign(time=frame.time + DAY), sellers=[0, 1, 0, 2])


@pytest.mark.parametrize("rule", ["bayes", "mean"])
def test_a_campaign_names_the_harmed_product_and_those_of_others_that_went_past_it(rule):
    log = campaign()
    found = profits_of(log, [group(log, range(100, 112), [0])], rank_by=rule)
    assert [(one.product, one.seller, one.gained, one.n_gained) for one in found.harmed] == [("p0", "s0", ("p1",), 1)]
    assert found.products[0].effect == "lowered"
    assert (found.products[0].rank, found.products[0].rank_without) == (3, 1)


def test_who_is_rated_down_too_is_no_gainer_and_number_of_reviews_harms_nobody():
    log = campaign()
    both = [group(log, range(100, 112), [0]), group(log, range(20), [1], name="R-2")]
    assert profits_of(log, both[:1], rank_by="count").harmed[0].n_gained == 0
    assert profits_of(log, both).products[0].effect is None  # without the second group nobody rated p1


def test_too_few_ratings_to_exceed_chance_harm_nobody():
    log = campaign(1)
    found = profits_of(log, [group(log, [100], [0])])
    assert found.products[0].rating_p == pytest.approx(2 / 21, rel=1e-5)  # one of 21 is as low
    assert found.harmed == ()


def market(seed, n=4000, *, columns=("time", "rating")):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"reviewer": rng.integers(0, 500, n), "product": rng.zipf(1.5, n) % 120})
    frame["time"] = DAY + rng.integers(0, 700, n)
    frame["rating"] = np.where(rng.random(n) < 0.1, np.nan, np.clip(np.rint(rng.normal(3.5 + frame["product"] % 3 / 3, 1.1)), 1, 5))
    return frame.drop_duplicates(["reviewer", "product"])[["reviewer", "product", *columns]].reset_index(drop=True)


def test_all_figures_agree_with_a_slow_version_in_pandas():
    frame = market(5)
    seller, category = np.arange(120) % 23, np.arange(120) % 4
    log = log_of(frame, sellers=seller, category=category)
    groups = [group(log, np.arange(10), np.arange(8)), group(log, np.arange(5, 20), np.arange(5, 15), "coordinated", "R-2")]
    found = profits_of(log, groups)
    frame["seller"], frame["category"] = seller[frame["product"]], category[frame["product"]]
    flagged = frame.reviewer.lt(10) & frame["product"].lt(8)
    coordinated = frame.reviewer.between(5, 19) & frame["product"].between(5, 14) & ~flagged
    others = frame[~flagged & ~coordinated]
    prior = prior_of(sums_of_all(log_of(others.assign(product=others["product"])).graph), category[: others["product"].max() + 1])
    usual = others.groupby("category").rating.mean()

    def average(rows):
        by = rows.dropna(subset="rating").groupby("product").rating
        mean = usual[category[np.array(by.sum().index)]].to_numpy()
        return (by.sum() + prior.weight * mean) / (by.count() + prior.weight)

    def rank(of):
        return of.round(9).groupby(category[np.array(of.index)]).rank(ascending=False, method="min")

    with_all, without = rank(average(frame)), rank(average(others))
    assert [one.id for one in found.products] == sorted((one.id for one in found.products), key=lambda name: _order(found, name))
    assert {one.id for one in found.products} == {f"p{code}" for code in frame["product"][flagged | coordinated].unique()}
    for one in found.products:
        code = int(one.id[1:])
        own = frame["product"] == code
        assert (one.n_reviews, one.n_flagged, one.n_coordinated) == (own.sum(), (own & flagged).sum(), (own & coordinated).sum())
        assert one.mean == pytest.approx(frame.rating[own].mean(), abs=1e-5)
        assert one.mean_without == pytest.approx(others.rating[others["product"] == code].mean(), abs=1e-5)
        assert (one.rank, one.rank_without) == (with_all[code], without[code])
        when = pd.to_datetime(frame.time[own & (flagged | coordinated)], unit="D").dt.strftime("%Y-%m")
        assert {month.month: month.n_flagged + month.n_coordinated for month in one.dose} == when.value_counts().to_dict()
    for one in found.sellers:
        own = frame.seller == int(one.id[1:])
        assert (one.n_reviews, one.n_flagged, one.n_products) == (own.sum(), (own & flagged).sum(), frame["product"][own].nunique())
        assert one.n_by_members == (own & frame.reviewer.lt(10)).sum()
        assert one.mean_without == pytest.approx(others.rating[others.seller == int(one.id[1:])].mean(), abs=1e-5)


def _order(found, name):
    one = next(one for one in found.products if one.id == name)
    return (-one.n_flagged, -one.n_coordinated, name)


@pytest.mark.parametrize("without", [{"time"}, {"rating"}, {"time", "rating"}])
def test_logs_without_columns_have_empty_figures_and_say_so(without):
    frame = market(5, columns=[name for name in ("time", "rating") if name not in without])
    log = log_of(frame)
    found = profits_of(log, [group(log, np.arange(10), np.arange(8))])
    assert found.products
    assert found.sellers == ()
    assert any("no sellers" in note for note in found.notes)
    for one in found.products:
        assert (one.mean is None and one.rank is None and one.effect is None) or "rating" not in without
        assert (one.dose == () and one.first_review is None) or "time" not in without
    for name in without:
        assert any(f"no {name}s" in note for note in found.notes)
    counted = profits_of(log, [group(log, np.arange(10), np.arange(8))], rank_by="count")
    assert all(one.rank for one in counted.products)


def test_ranks_share_the_first_place_of_ties_and_skip_what_has_none():
    rank, n = ranks(np.array([3.0, 5.0, 5.0, np.nan, 1.0, 2.0]), np.array([0, 0, 0, 0, 1, 0]))
    assert rank.tolist() == [3, 1, 1, 0, 1, 4]
    assert n.tolist() == [4, 4, 4, 4, 1, 4]


def test_the_weight_of_the_prior_is_the_ratio_of_the_variances():
    rng = np.random.default_rng(1)
    quality = rng.normal(0, 0.5, 2000)
    product = np.repeat(np.arange(2000), rng.integers(1, 30, 2000))
    rows = pd.DataFrame(
        {"reviewer": np.arange(len(product)), "product": product, "rating": quality[product] + rng.normal(0, 1, len(product))}
    )
    prior = prior_of(sums_of_all(log_of(rows).graph), np.zeros(2000, np.int64))
    assert prior.weight == pytest.approx(1 / 0.25, rel=0.15)
    assert prior.spread == pytest.approx(1, rel=0.05)


def test_a_product_with_one_rating_is_not_best_by_bayesian_average():
    rng = np.random.default_rng(2)
    rows = [(u, k, np.clip(np.rint(rng.normal(2.5 + k / 20, 1)), 1, 5)) for k in range(30) for u in range(10 + k)] + [(0, 30, 5.0)]
    sums = sums_of_all(log_of(pd.DataFrame(rows, columns=["reviewer", "product", "rating"])).graph)
    prior = prior_of(sums, np.zeros(31, np.int64))
    best = {rule: int(np.argmax(scores(sums, prior, rule))) for rule in ("mean", "count", "bayes")}
    assert best["mean"] == 30
    assert best["count"] == 29
    assert 20 < best["bayes"] < 30


@pytest.fixture(scope="module")
def scanned():
    log = simulate(Market(reviews=9_000, rings=(RingPlan(14, 8, 0.9, rating=1),), brokers=(BrokerPlan(RingPlan(20, 8, 0.7)),)), 2)
    frame = to_table(log, text=False).to_pandas()
    return frame, cl.scan(frame, replicates=10)


def test_renaming_and_reordering_change_nothing_but_names(scanned):
    frame, case = scanned
    assert case.profits.products
    rng = np.random.default_rng(3)
    other = frame.sample(frac=1, random_state=4).reset_index(drop=True)
    named = {}
    for column in ("reviewer_id", "product_id", "seller"):
        ids = sorted(set(other[column]))
        named[column] = dict(zip(ids, (f"{column[0]}{k:06d}" for k in rng.permutation(len(ids))), strict=True))
        other[column] = other[column].map(named[column])
    again = cl.scan(other, replicates=10).profits
    plain = {"id": "", "seller": None, "groups": ()}
    for role, column in (("products", "product_id"), ("sellers", "seller")):
        found = {one.id: replace(one, **plain) for one in getattr(again, role)}
        assert {named[column][one.id]: replace(one, **plain) for one in getattr(case.profits, role)} == found
    assert sorted((named["product_id"][one.product], one.n_gained) for one in case.profits.harmed) == sorted(
        (one.product, one.n_gained) for one in again.harmed
    )


def test_a_case_and_its_files_say_the_same(scanned, tmp_path):
    case = scanned[1]
    cl.write_case(case, tmp_path / "case", ("csv", "json", "parquet"))
    assert cl.read_case(tmp_path / "case").profits == case.profits
    for table, frame in (("sellers", case.sellers()), ("products", case.products())):
        text = pd.read_csv(tmp_path / "case" / f"{table}.csv", dtype=str, keep_default_na=False)
        assert list(text.columns) == list(frame.columns)
        assert len(text) == len(frame) > 0
        assert text.n_flagged.astype(int).tolist() == frame.n_flagged.tolist()
        assert pd.read_parquet(tmp_path / "case" / f"{table}.parquet").n_reviews.tolist() == frame.n_reviews.tolist()


def test_a_case_of_an_earlier_version_has_none():
    case = replace(
        cl.scan(market(5, n=300).rename(columns={"reviewer": "reviewer_id", "product": "product_id"}), replicates=0), profits=None
    )
    assert case.sellers().empty
    assert case.products().empty


def test_a_pseudonymised_case_names_no_seller_and_no_product(scanned):
    case = scanned[1]
    hidden = cl.pseudonymise(case, bytes(range(32)))
    names = {one.id for one in (*case.profits.sellers, *case.profits.products)}
    told = repr(hidden.profits)
    assert not [name for name in names if name in told]
    assert {group for one in hidden.profits.products for group in one.groups} <= {ring.id for ring in hidden.rings}
    assert sorted(one.n_reviews for one in hidden.profits.sellers) == sorted(one.n_reviews for one in case.profits.sellers)


def test_asking_about_a_seller_says_what_groups_do_to_it_and_concludes_nothing(scanned):
    frame, case = scanned
    one = case.profits.sellers[0]
    told = str(case.ask(one.id, role="seller"))
    assert f"Of its {one.n_reviews} reviews, {one.n_flagged}" in " ".join(told.split())
    assert "did not necessarily order them" in " ".join(told.split())
    outside = next(name for name in sorted(set(frame.seller)) if name not in {other.id for other in case.profits.sellers})
    assert "necessarily order" not in str(case.ask(outside, role="seller"))
