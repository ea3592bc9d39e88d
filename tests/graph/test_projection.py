"""The projection agrees with counting every pair of reviews."""

from itertools import combinations, permutations
from math import comb, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom
from slow_coreviews import build, co_reviews_by_pair, rows, sellers

from collusion.base.errors import ConfigError
from collusion.graph.graph import ReviewGraph, build_graph
from collusion.graph.membership import GroupReviews
from collusion.graph.projection import co_review_pairs, co_reviews_of
from collusion.graph.rates import chance_threshold, likelihood_ratio
from collusion.graph.windows import N_DEGREE_BINS
from markets import market


@settings(max_examples=300)
@given(rows, st.integers(0, 12), sellers, st.sets(st.integers(0, 9), min_size=2))
def test_co_reviews_among_members_equal_the_sum_over_their_pairs(reviews, window, seller, members):
    graph = build(reviews, seller)
    groups = [np.array(sorted(members), dtype=np.int32), np.arange(10, dtype=np.int32)]
    counted, _ = co_reviews_of(graph, window).among(graph, groups)
    met = co_reviews_by_pair(reviews, window, seller)
    for k, group in enumerate(groups):
        bins = [degree_bin for pair, at in met.items() if set(pair) <= set(group.tolist()) for degree_bin in at.values()]
        assert counted[k].tolist() == [sum(degree_bin <= least for degree_bin in bins) for least in range(N_DEGREE_BINS)]


def test_the_lowest_degrees_have_no_more_wedges_than_requested():
    log, _ = market(5_000, 1)
    graph = build_graph(**{**log, "seller": None})
    co_reviews = co_reviews_of(graph, 60)
    least = last = int(co_reviews.rarer(0).pairs(graph, at_least=1).co_reviews.sum())
    assert int(co_reviews.rarest(0).pairs(graph, at_least=1).co_reviews.sum()) == least > 0
    for most in (1_000, 10_000, 100_000):
        found = int(co_reviews.rarest(most).pairs(graph, at_least=1).co_reviews.sum())
        assert last <= found <= max(most, least)
        last = found
    assert last > least


@pytest.mark.parametrize("seed", range(4))
def test_rates_are_the_mean_over_all_permutations_within_strata(seed):
    """The rates of all pairs of a group's reviews add up to the average over every way to permute the reviewers, counted one by one."""
    rng = np.random.default_rng(seed)
    product = np.array([0, 0, 0, 1, 1, 1, 2])
    time = np.array([0, 3, 31, 2, 29, 33, 5])
    reviewer = rng.permutation([0, 0, 1, 1, 2, 2, 3])
    category = [0, 0, 1]
    # Edges in which a reviewer repeats a product are legal here: the expectation is that of the plain permutation.
    order = np.lexsort((time, product))
    placeholder = build_graph(np.arange(7), product, time=time, category=category)
    graph = ReviewGraph(placeholder.timeline, 4, reviewer[order].astype(np.int32))
    co_reviews = co_reviews_of(placeholder, 7, "product")
    strata = co_reviews.strata.of
    members = [0, 1, 3]
    lo, hi, degree_bin = (of(np.arange(7)) for of in (co_reviews.lo, co_reviews.hi, co_reviews.degree_bin))
    expected = np.zeros(N_DEGREE_BINS)
    for i, j in combinations(range(7), 2):
        one, other = graph.reviewer[i], graph.reviewer[j]
        if one != other and {one, other} <= {*members} and abs(strata[j] - strata[i]) <= co_reviews.reach:
            expected += co_reviews.rate[strata[i], co_reviews.reach + strata[j] - strata[i]]

    groups = [np.flatnonzero(strata == s) for s in np.unique(strata)]
    total, ways = np.zeros(N_DEGREE_BINS), 0

    def permute(k, who):
        nonlocal total, ways
        if k == len(groups):
            ways += 1
            for i, j in combinations(range(7), 2):
                if who[i] != who[j] and who[i] in members and who[j] in members and lo[i] <= j < hi[i]:
                    total += np.arange(N_DEGREE_BINS) >= max(degree_bin[i], degree_bin[j])
            return
        for permuted in permutations(graph.reviewer[groups[k]].tolist()):
            who = who.copy()
            who[groups[k]] = permuted
            permute(k + 1, who)

    permute(0, graph.reviewer.copy())
    assert expected == pytest.approx(total / ways, rel=1e-12)
    assert expected[-1] > 0


def test_chernoff_bounds_the_tail():
    """exp(-bound) is at least the exact binomial tail of independent terms."""
    n, p = 30, 0.1
    x = np.arange(4, 12)
    tail = [sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(least, n + 1)) for least in x]
    assert (np.exp(-likelihood_ratio(x, np.full(len(x), n * p))) >= tail).all()
    assert likelihood_ratio(np.array([2]), np.array([3.0])).tolist() == [0.0]


def test_very_busy_products_are_skipped_and_counted(monkeypatch):
    monkeypatch.setattr("collusion.graph.projection.WEDGES_PER_REVIEW", 0)
    crowd = 3000
    graph = build_graph([*range(crowd), 0, 1], [0] * crowd + [1, 1], time=[0] * (crowd + 2))
    co_reviews = co_reviews_of(graph, 7)
    assert co_reviews.n_skipped == crowd
    assert co_reviews.largest_degree < crowd
    assert co_reviews.pairs(graph, at_least=1).co_reviews.tolist() == [1]


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_change_nothing(threads):
    log, _ = market(5_000, 1, [(10, 6, 0.9)])
    graph = build_graph(**log)
    co_reviews = co_reviews_of(graph, 7)
    one, many = co_reviews.pairs(graph), co_reviews.pairs(graph, threads=threads)
    for name in ("a", "b", "co_reviews", "surprise"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))
    groups = [np.sort(np.random.default_rng(k).choice(graph.n_reviewers, 2 + k, replace=False)).astype(np.int32) for k in range(20)]
    for own, other in zip(co_reviews.among(graph, groups), co_reviews.among(graph, groups, threads), strict=True):
        np.testing.assert_array_equal(own, other)


def test_reviews_of_groups_gathered_for_several_windows_serve_each_of_them():
    log, _ = market(5_000, 2, [(10, 6, 0.9)])
    graph = build_graph(**log)
    by_window = [co_reviews_of(graph, window, "product") for window in (2, 7, 60)]
    groups = [np.sort(np.random.default_rng(k).choice(graph.n_reviewers, 40, replace=False)).astype(np.int32) for k in range(5)]
    gathered = GroupReviews.of(graph, groups, by_window)
    for co_reviews in by_window:
        for own, other in zip(co_reviews.among(graph, groups), co_reviews.among(graph, gathered), strict=True):
            np.testing.assert_array_equal(own, other)
    for co_reviews in (co_reviews_of(graph, 61), co_reviews_of(graph, None)):
        with pytest.raises(ValueError, match="gathered for 60 days"):
            co_reviews.among(graph, gathered)


def test_co_reviews_counts_products_whatever_the_seller():
    graph = build_graph([0, 1, 0, 1], [0, 0, 1, 1], time=[0, 1, 2, 3], seller=[0, 0])
    assert co_review_pairs(graph, 7).co_reviews.tolist() == [2]
    assert len(co_reviews_of(graph, 7, "seller").pairs(graph).a) == 0


def test_the_chance_threshold_is_the_log_of_the_number_of_groups():
    assert chance_threshold(20, 5) == pytest.approx(log(comb(20, 5)) / 5)
    assert chance_threshold(5, 5) == 0.0


def test_wrong_parameters():
    graph = build_graph([0], [0], time=[0])
    with pytest.raises(ConfigError, match="window must be 0 days or more"):
        co_reviews_of(graph, -1)
    with pytest.raises(ConfigError, match="'seller' or 'product'"):
        co_reviews_of(graph, 7, "brand")


@pytest.mark.parametrize(("shared", "exact"), [(3, 1.51491e-4), (2, 5.63563e-3)])
def test_surprise_bounds_the_exact_test_of_validated_networks(shared, exact):
    """A thousand products, two people who review ten and twelve of them, so many the same: the hypergeometric tail is a known figure
    (Tumminello et al. 2011), and the surprise of the pair, given the strangers at each product, is a lower bound on its negative logarithm,
    within half."""
    assert hypergeom.sf(shared - 1, 1000, 10, 12) == pytest.approx(exact, rel=1e-5)
    one, other = np.arange(10), np.arange(10 - shared, 22 - shared)
    strangers = np.arange(20_000)
    graph = build_graph(
        np.concatenate([np.zeros(10, int), np.ones(12, int), 2 + strangers]), np.concatenate([one, other, strangers % 1000]), time=None
    )
    pairs = co_reviews_of(graph, None, "product").pairs(graph, at_least=shared, least_surprise=0.1)
    assert (pairs.a.tolist(), pairs.b.tolist(), pairs.co_reviews.tolist()) == ([0], [1], [shared])
    assert 0.5 * -log(exact) < pairs.surprise[0] < -log(exact)
