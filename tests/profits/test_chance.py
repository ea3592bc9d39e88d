"""Laws of the tests: exact where they can be counted, and honest sellers are not found."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binom

from collusion.decisions.precision import exact_interval
from collusion.evidence.pvalues import adjusted
from collusion.graph.graph import build_graph
from collusion.profits.chance import MOST_EXACT, exact_intervals, rating_test, seller_test
from markets import market


@pytest.mark.parametrize("seed", range(12))
def test_the_rating_test_counts_all_ways_to_draw_the_group(seed):
    rng = np.random.default_rng(seed)
    own, others = rng.integers(1, 6, rng.integers(1, 5)), rng.integers(1, 6, rng.integers(1, 7))
    everything = np.concatenate([own, others])
    # Steps of the scale that nobody used do not count.
    used = {value: k for k, value in enumerate(np.unique(everything).tolist())}
    sums = [sum(used[value] for value in one) for one in combinations(everything.tolist(), len(own))]
    observed = sum(used[value] for value in own.tolist())
    low, high = rating_test(own.astype(float), others.astype(float))
    assert low == pytest.approx(np.mean([one <= observed for one in sums]))
    assert high == pytest.approx(np.mean([one >= observed for one in sums]))


def test_exact_and_approximate_values_meet_where_one_gives_way_to_the_other():
    rng = np.random.default_rng(4)
    for shift in (0, 1):
        own, others = rng.integers(1 + shift, 6, MOST_EXACT + 1).astype(float), rng.integers(1, 6, 300).astype(float)
        fewer, more = rating_test(own[:-1], others), rating_test(own, others)
        assert more[0] == pytest.approx(fewer[0], abs=0.05)
        assert more[1] == pytest.approx(fewer[1], abs=0.05)


def test_ratings_of_any_scale_are_taken_and_huge_numbers_do_not_overflow():
    rng = np.random.default_rng(5)
    low, high = rating_test(rng.normal(-2, 1, 40), rng.normal(0, 1, 20_000))
    assert low < 1e-6
    assert high > 0.99
    assert rating_test(np.full(3, 5.0), np.full(9, 5.0)) == (1.0, 1.0)


def test_intervals_are_those_of_the_journal():
    hits, n = np.array([0, 1, 7, 9]), np.array([4, 1, 30, 9])
    for low, high, k, total in zip(*exact_intervals(hits, n), hits.tolist(), n.tolist(), strict=True):
        assert (low, high) == pytest.approx(exact_interval(k, total))


def test_the_seller_test_is_at_least_the_exact_one_of_unequal_trials():
    """Two strata (categories): the exact tail of a sum of two binomial numbers, summed over both."""
    rng = np.random.default_rng(6)
    pairs = np.unique(np.stack([rng.integers(0, 40, 600), rng.integers(0, 30, 600)]), axis=1)
    category = (np.arange(30) // 15).astype(np.int32)
    graph = build_graph(*pairs, category=category)
    seller = (np.arange(30) % 6).astype(np.int32)
    members = np.flatnonzero(graph.reviewer < 6)
    own = members[(graph.reviewer[members] < 3) & (graph.product[members] < 4)]
    count, expected, p_value = seller_test(graph, seller, 6, members, own)
    stratum = category[graph.product]
    by_any, by_group, every = (np.bincount(stratum[edges], minlength=2) for edges in (members, own, np.arange(graph.n_reviews)))
    rate = (by_any - by_group + 1) / (every - by_group + 1)
    for k in range(6):
        n = np.bincount(stratum[seller[graph.product] == k], minlength=2)
        assert count[k] == (seller[graph.product[members]] == k).sum()
        assert expected[k] == pytest.approx((n * rate).sum())
        chance = np.convolve(*(binom.pmf(np.arange(m + 1), m, r) for m, r in zip(n, rate, strict=True)))
        assert p_value[k] >= chance[count[k] :].sum() or count[k] < expected[k] + 1


@pytest.mark.parametrize("rings", [(), ((15, 8, 0.8), (20, 10, 0.6))])
def test_sellers_who_bought_nothing_are_not_found(rings):
    """Of honest sellers no more than 5 % have p <= 0.05, with as many accounts called members by lot as rings have, or with the rings."""
    hits = total = 0
    false = []
    for seed in range(12):
        log, truth = market(6_000, seed, rings)
        graph = build_graph(
            log["reviewer"],
            log["product"],
            **{name: log[name] for name in ("time", "rating", "category", "seller", "n_reviewers", "n_products")},
        )
        own = np.zeros(graph.n_reviews, dtype=bool)
        for people, targets in truth:
            own |= np.isin(graph.reviewer, people) & np.isin(graph.product, targets)
        drawn = np.random.default_rng(seed).choice(graph.n_reviewers, 35, replace=False)
        members = np.isin(graph.reviewer, np.concatenate([people for people, _ in truth]) if truth else drawn)
        _, _, p_value = seller_test(graph, graph.seller, int(graph.seller.max()) + 1, np.flatnonzero(members), np.flatnonzero(own))
        there = np.unique(graph.seller[graph.product])
        bought = np.unique(graph.seller[graph.product[own]])
        honest = np.setdiff1d(there, bought)
        found = there[adjusted(p_value[there]) <= 0.05]
        false.append(len(np.intersect1d(found, honest)) / max(len(found), 1))
        hits += int((p_value[honest] <= 0.05).sum())
        total += len(honest)
        if truth:
            assert len(np.intersect1d(found, bought)) > 0.7 * len(bought)
    assert hits <= 0.05 * total
    assert np.mean(false) <= 0.05
