"""Lockstep finds planted rings whole, and nothing much where none are."""

import numpy as np
import pytest

from collusion.detect.lockstep import Lockstep
from collusion.graph.graph import build_graph
from collusion.graph.null import Null
from collusion.inference.score import score_group
from markets import jaccard, market

FOUR = [(50, 20, 0.8), (30, 10, 0.7), (15, 8, 0.9), (8, 5, 1.0)]


def found(log, **parameters):
    return Lockstep(**parameters).find(build_graph(**log), np.random.default_rng(0))


@pytest.mark.parametrize("seed", range(2))
def test_four_rings_come_out_each_as_its_own(seed):
    """Rings of four sizes in one log of 100,000 reviews, one of which fills its own month: Jaccard of .8 or more each."""
    log, truth = market(100_000, seed, FOUR, sellers=seed % 2 == 0)
    groups = found(log)
    for members, _ in truth:
        assert max(jaccard(group.reviewers, members) for group in groups) >= 0.8


@pytest.mark.parametrize("seed", range(4))
def test_scores_separate_rings_from_groups_of_null_replicates(seed):
    """Every planted ring scores above 0 and above every group of three replicates; no group of a replicate scores above 0."""
    log, truth = market(60_000, seed, FOUR[1:])
    graph = build_graph(**log)
    co_reviews = Lockstep().co_reviews(graph, "seller")
    rings = [score_group(graph, co_reviews, members.astype(np.int32)).value for members, _ in truth]
    null = Null.of(graph)
    chance = [
        score_group(replicate, co_reviews, group.reviewers).value
        for b in range(3)
        for replicate in [null.draw(np.random.default_rng(b))[0]]
        for group in Lockstep().find(replicate, np.random.default_rng(0))
    ]
    assert min(rings) > max([0.0, *chance])


def test_members_who_only_pass_by_do_not_join():
    """Precision: at most one of a ring's reviewers found is not planted."""
    log, truth = market(60_000, 9, [(20, 10, 0.8)])
    group = max(found(log), key=lambda g: g.score)
    assert len(np.setdiff1d(group.reviewers, truth[0][0])) <= 1


def test_renaming_and_reordering_change_no_group():
    log, _ = market(40_000, 4, FOUR[1:])
    rng = np.random.default_rng(1)
    users, products, cats = rng.permutation(log["n_reviewers"]), rng.permutation(log["n_products"]), rng.permutation(8)
    order = rng.permutation(len(log["reviewer"]))
    back = np.argsort(products)
    other = {
        **log,
        "reviewer": users[log["reviewer"]][order],
        "product": products[log["product"]][order],
        "time": log["time"][order],
        "rating": log["rating"][order],
        "category": cats[log["category"][back]],
        "seller": log["seller"][back],
    }
    one = {(frozenset(users[g.reviewers].tolist()), frozenset(products[g.products].tolist()), round(g.score, 9)) for g in found(log)}
    two = {(frozenset(g.reviewers.tolist()), frozenset(g.products.tolist()), round(g.score, 9)) for g in found(other)}
    assert one == two


def test_one_sellers_fans_are_no_candidates_by_seller():
    """Twenty fans who buy all launches of one seller count once; counted by product they are a group."""
    log, _ = market(20_000, 2, sellers=True)
    fans = np.arange(log["n_reviewers"], log["n_reviewers"] + 20)
    shop = log["n_products"]
    log["n_reviewers"] += 20
    log["n_products"] += 8
    log["category"] = np.append(log["category"], np.zeros(8, int))
    log["seller"] = np.append(log["seller"], np.full(8, log["seller"].max() + 1))
    for k in range(8):
        log["reviewer"] = np.append(log["reviewer"], fans)
        log["product"] = np.append(log["product"], np.full(20, shop + k))
        log["time"] = np.append(log["time"], np.full(20, 15_300 + 40 * k))
        log["rating"] = np.append(log["rating"], np.full(20, 5.0))
    assert not any(np.isin(fans, group.reviewers).sum() > 2 for group in found(log))
    assert any(np.isin(fans, group.reviewers).all() for group in found(log, unit="product"))


def test_without_times_co_reviews_at_any_time_count():
    log, truth = market(20_000, 6, [(15, 8, 0.9)])
    log["time"] = None
    assert max(jaccard(group.reviewers, truth[0][0]) for group in found(log)) >= 0.8


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_logs_have_no_groups(n):
    assert Lockstep().find(build_graph(np.arange(n), np.zeros(n, int), time=np.zeros(n, int)), np.random.default_rng(0)) == []


def scattered(log, seed, size=200, products=1200, reviews=3400, days=700, campaign=14):
    """Add a workforce that shares hardly two products a pair: each product has a campaign of two weeks for three of the accounts."""
    rng = np.random.default_rng(seed)
    first = log["n_reviewers"]
    targets = rng.choice(log["n_products"], products, replace=False)
    what = np.concatenate([np.arange(products), rng.integers(0, products, reviews - products)])
    pairs = np.unique(np.stack([rng.integers(0, size, reviews), what]), axis=1)
    start = rng.random(products) * (days - campaign)
    when = 15_000 + np.floor(200 + start[pairs[1]] + campaign * rng.random(pairs.shape[1])).astype(np.int64)
    added = {"reviewer": first + pairs[0], "product": targets[pairs[1]], "time": when, "rating": np.full(pairs.shape[1], 5.0)}
    grown = {**log, "n_reviewers": first + size, **{name: np.concatenate([log[name], column]) for name, column in added.items()}}
    return grown, np.arange(first, first + size)


@pytest.mark.parametrize("seed", range(2))
def test_a_scattered_workforce_comes_out_whole(seed):
    """200 accounts on 1,200 products, 1.4 % dense, hardly a pair of whom has two co-reviews: member-F1 of 0.9 or more."""
    log, _ = market(150_000, seed)
    log, members = scattered(log, seed)
    best = max(found(log), key=lambda group: jaccard(group.reviewers, members))
    assert 2 * np.isin(best.reviewers, members).sum() / (len(best.reviewers) + len(members)) >= 0.9


@pytest.mark.parametrize("seed", range(3))
def test_a_ring_that_drips_over_two_months_comes_out(seed):
    log, truth = market(60_000, seed, [(18, 8, 0.55)], burst=60)
    assert max(jaccard(group.reviewers, truth[0][0]) for group in found(log)) >= 0.8
