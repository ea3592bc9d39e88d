"""Crowds and programmes are told from rings, as remarks: they decide nothing."""

import numpy as np
import pytest
from evidence.groups import group_of, log_of

from collusion.detect.lockstep import Lockstep
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signals.crowd import Crowd
from collusion.evidence.signals.early import EarlyReviewers
from collusion.graph.graph import build_graph
from collusion.inference.score import score_group
from collusion.inference.search import Search
from markets import market


def with_reviews(log, reviewer, product, time, rating, *, reviewers=0, products=0):
    """Return the log with more reviews, repeats left out, and room for new reviewers and products."""
    key = log["reviewer"] * 10**6 + log["product"]
    fresh = reviewer * 10**6 + product
    _, first = np.unique(fresh, return_index=True)
    first = first[~np.isin(fresh[first], key)]
    more = {"reviewer": reviewer, "product": product, "time": time, "rating": rating}
    grown = {**log, **{name: np.append(log[name], values[first]) for name, values in more.items()}}
    grown["n_reviewers"] += reviewers
    grown["n_products"] += products
    return grown


def groups_of(log):
    graph = build_graph(**log)
    search = Search.of(graph, [Lockstep()], 0)
    for group in Lockstep().find(graph, np.random.default_rng(0)):
        score = score_group(graph, search.by_window, group.reviewers)
        if score.value > 0:
            yield GroupFacts(log_of(graph), group.reviewers, group.products, search.at(score))


@pytest.mark.parametrize("seed", range(2))
def test_planted_rings_look_like_neither(seed):
    log, _ = market(40_000, seed, [(30, 10, 0.7), (15, 8, 0.9), (8, 5, 1.0)])
    found = list(groups_of(log))
    assert len(found) >= 3
    for group in found:
        assert "stands apart from the crowd" in Crowd().test(group).statement
        early = EarlyReviewers().test(group)
        assert early is None or "does not look like" in early.statement


@pytest.mark.parametrize("seed", range(3))
def test_the_busiest_bargain_hunters_are_the_end_of_a_crowd(seed):
    """Of 200 hunters each goes to a random third of eight promotions; those who went to four or more are no group of their own."""
    log, _ = market(20_000, seed)
    rng = np.random.default_rng(seed)
    hunters, promoted = rng.choice(log["n_reviewers"], 200, replace=False), rng.choice(log["n_products"], 8, replace=False)
    went = rng.random((200, 8)) < 0.35
    i, j = np.nonzero(went)
    log = with_reviews(log, hunters[i], promoted[j], 15_500 + rng.integers(0, 4, len(i)), rng.choice([3.0, 4.0, 5.0], len(i)))
    graph = build_graph(**log)
    busiest = hunters[went.sum(axis=1) >= 4]
    assert len(busiest) > 20
    found = Crowd().test(group_of(graph, busiest, promoted))
    assert "cannot be separated from the crowd" in found.statement
    assert found.stance == "neutral"


def programme(seed, stars):
    """Twenty accounts review 70 % of sixty new products of one category within two weeks of their launch."""
    log, _ = market(40_000, seed)
    rng = np.random.default_rng(seed)
    new = np.arange(log["n_products"], log["n_products"] + 60)
    log["category"] = np.append(log["category"], np.full(60, 8))
    log["seller"] = np.append(log["seller"], log["seller"].max() + 1 + np.arange(60))
    launch = 15_200 + rng.integers(0, 500, 60)
    public = rng.integers(0, log["n_reviewers"], 60 * 25)
    which = np.repeat(np.arange(60), 25)
    log = with_reviews(
        log, public, new[which], launch[which] + rng.integers(0, 200, len(which)), rng.choice([2.0, 3, 4, 5], len(which)), products=60
    )
    i, j = np.nonzero(rng.random((20, 60)) < 0.7)
    return with_reviews(
        log, log["n_reviewers"] + i, new[j], launch[j] + rng.integers(0, 14, len(i)), rng.choice(stars, len(i)), reviewers=20
    )


@pytest.mark.parametrize("seed", range(2))
def test_an_early_reviewer_programme_is_recognised(seed):
    found = list(groups_of(programme(seed, [2.0, 3, 4, 5])))
    assert found
    for group in found:
        assert "as in an early-reviewer programme" in EarlyReviewers().test(group).statement


def test_a_programme_is_known_by_its_busiest_stretch():
    """A few reviews that members wrote at other launches long before and after do not stretch it over everything launched meanwhile."""
    log = programme(1, [2.0, 3, 4, 5])
    members = np.arange(log["n_reviewers"] - 20, log["n_reviewers"])
    new = np.flatnonzero(log["category"] == 8)
    # Forty more products of the category, over the whole log, each reviewed by strangers, and a few by a member or two.
    rng = np.random.default_rng(1)
    more = np.arange(log["n_products"], log["n_products"] + 40)
    log["category"] = np.append(log["category"], np.full(40, 8))
    log["seller"] = np.append(log["seller"], log["seller"].max() + 1 + np.arange(40))
    day = np.concatenate([15_001 + rng.integers(0, 150, 20), 15_750 + rng.integers(0, 200, 20)])
    first = with_reviews(log, rng.choice(log["n_reviewers"] - 20, 40), more, day, np.full(40, 4.0), products=40)
    few = np.concatenate([more[:3], more[-3:]])
    log = with_reviews(first, members[:6], few, day[[0, 1, 2, 37, 38, 39]] + 5, np.full(6, 4.0))
    graph = build_graph(**log)
    assert "as in an early-reviewer programme" in EarlyReviewers().test(group_of(graph, members, np.append(new, few))).statement


def test_a_ring_on_a_handful_of_new_products_is_no_programme():
    """Twelve accounts on six of the forty products that a category launched in those months."""
    log, _ = market(20_000, 2)
    rng = np.random.default_rng(2)
    new = np.arange(log["n_products"], log["n_products"] + 40)
    log["category"] = np.append(log["category"], np.full(40, 8))
    log["seller"] = np.append(log["seller"], log["seller"].max() + 1 + np.arange(40))
    launch = 15_400 + np.arange(40)
    log = with_reviews(log, rng.integers(0, log["n_reviewers"], 40), new, launch, np.full(40, 4.0), products=40)
    i, j = np.nonzero(rng.random((12, 6)) < 0.8)
    targets = new[::7]
    log = with_reviews(log, log["n_reviewers"] + i, targets[j], 15_440 + rng.integers(0, 14, len(i)), np.full(len(i), 5.0), reviewers=12)
    graph = build_graph(**log)
    found = EarlyReviewers().test(group_of(graph, np.arange(graph.n_reviewers - 12, graph.n_reviewers), np.arange(graph.n_products)))
    assert found is None or "does not look like" in found.statement


def test_what_cannot_be_asked_is_absent():
    timeless = build_graph([0, 1, 0, 1], [0, 0, 1, 1])
    assert EarlyReviewers().test(group_of(timeless, [0, 1], [0, 1])) is None
    few = build_graph([0, 1], [0, 1], time=[0, 400])
    for signal in (EarlyReviewers(), Crowd()):
        assert signal.test(group_of(few, [0, 1], [0, 1])) is None


def test_of_two_main_categories_no_name_decides():
    """A group with as many products in one category as in the other, whose codes are exchanged."""
    rng = np.random.default_rng(5)
    reviewer, product = np.divmod(rng.permutation(40 * 60)[:900], 60)
    category = np.arange(60) // 30
    said = []
    for codes in (category, 1 - category):
        graph = build_graph(reviewer, product, time=np.arange(900) // 2 + 2 * product, category=codes, row=np.arange(900))
        said.append(EarlyReviewers().test(group_of(graph, np.arange(12), [*range(10, 20), *range(40, 50)])))
    assert said[0] is not None
    assert said[0] == said[1]
