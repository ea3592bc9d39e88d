"""Pairs agree with counting every pair of reviews, however many windows and units are counted in one pass."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_coreviews import build, co_reviews_by_pair, rows, sellers

from collusion.graph.graph import NO_TIME, build_graph
from collusion.graph.pairs import Count, count_ahead, count_pairs, counted_pairs
from collusion.graph.projection import co_reviews_of
from collusion.graph.rates import likelihood_ratio
from collusion.graph.windows import DEGREE_BOUNDS, N_DEGREE_BINS, Windows
from collusion.kernels import reach
from collusion.kernels.spans import BITS, LARGEST
from markets import market

MEASURES = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 12), st.just(500)), st.sampled_from(["seller", "product"])), min_size=1, max_size=7
)
"""Windows, some longer than strata of months allow, some asked for twice, more than fit into one pass; and what counts once."""


def counted(pairs):
    """Return the number of units of each pair, which must come in order."""
    found = dict(zip(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True), pairs.co_reviews.tolist(), strict=True))
    assert list(found) == sorted(found)
    return found


@settings(max_examples=400)
@given(rows, MEASURES, st.one_of(st.none(), sellers), st.integers(1, 3))
def test_pairs_of_several_windows_equal_counting_every_pair(reviews, measures, seller, at_least):
    """Same pairs and units as comparing all reviews with all reviews, for each window and unit."""
    graph = build(reviews, seller)
    found = count_pairs(graph, [Count(co_reviews_of(graph, window, by), at_least) for window, by in measures])
    for (window, by), pairs in zip(measures, found, strict=True):
        every = co_reviews_by_pair(reviews, window, seller if by == "seller" else None)
        assert counted(pairs) == {pair: len(at) for pair, at in every.items() if len(at) >= at_least}


@settings(max_examples=50)
@given(rows, st.lists(st.integers(0, 12), min_size=1, max_size=4, unique=True))
def test_windows_of_a_log_of_many_centuries_are_counted_one_by_one(reviews, windows):
    """More days than a word holds, and reviews that lie as many days apart as the part of a day that it would hold."""
    age = 1 << reach.DAY_BITS
    reviews = [(u, p, t if t == NO_TIME else t + age * (u % 2)) for u, p, t in reviews]
    graph = build(reviews)
    found = count_pairs(graph, [Count(co_reviews_of(graph, window)) for window in windows])
    for window, pairs in zip(windows, found, strict=True):
        assert counted(pairs) == {pair: len(at) for pair, at in co_reviews_by_pair(reviews, window, None).items() if len(at) >= 2}


@settings(max_examples=100)
@given(rows, st.integers(0, 12), st.integers(0, N_DEGREE_BINS - 1), st.integers(1, 2))
def test_rarer_leaves_out_higher_local_degrees(reviews, window, degree_bin, at_least):
    graph = build(reviews)
    pairs = co_reviews_of(graph, window).rarer(degree_bin).pairs(graph, at_least=at_least)
    every = {pair: sum(k <= degree_bin for k in at.values()) for pair, at in co_reviews_by_pair(reviews, window, None).items()}
    assert counted(pairs) == {pair: n for pair, n in every.items() if n >= at_least}


def committed_reviewers(reviews, window, share):
    """Put out whoever has co-reviews with those who are left at too few reviews, one after the other."""

    def near(a, b):
        return a[1] == b[1] and a[0] != b[0] and (window is None or (NO_TIME not in (a[2], b[2]) and abs(a[2] - b[2]) <= window))

    left = {a[0] for a in reviews}
    while True:
        for u in left:
            own = [a for a in reviews if a[0] == u]
            if sum(any(near(a, b) and b[0] in left for b in reviews) for a in own) < max(2, share * len(own)):
                left.remove(u)
                break
        else:
            return left


@settings(max_examples=300)
@given(rows, st.one_of(st.none(), st.integers(0, 30)), st.one_of(st.none(), sellers), st.sampled_from([0.25, 0.6, 1.0, 2.0]))
def test_closed_pairs_are_those_of_triangles_over_two_units_and_of_the_committed(reviews, window, seller, share):
    graph = build(reviews, seller)
    every = {pair: set(at) for pair, at in co_reviews_by_pair(reviews, window, seller).items()}
    left = committed_reviewers(reviews, window, share)
    expected = {pair for pair in every if left.issuperset(pair)}
    for a, b, c in combinations(range(10), 3):
        sides = [(a, b), (a, c), (b, c)]
        if all(side in every for side in sides) and len(set.union(*(every[side] for side in sides))) > 1:
            expected |= set(sides)
    pairs, strength = co_reviews_of(graph, window).closed_pairs(graph, share)
    assert counted(pairs) == {pair: len(every[pair]) for pair in expected}
    assert strength.tolist() == [sum(len(at) for pair, at in every.items() if u in pair) for u in range(10)]


@pytest.mark.parametrize("by", ["seller", "product"])
def test_pairs_carry_the_largest_bound_over_local_degrees(by):
    """A pair's surprise is the largest over bins of Chernoff's bound at its co-reviews and their expectation under the usual rates."""
    rng = np.random.default_rng(5)
    keys = np.unique(rng.integers(0, 40 * 60, 900))
    graph = build_graph(
        keys // 60, keys % 60, time=rng.integers(0, 200, len(keys)), category=rng.integers(0, 3, 60), seller=rng.integers(-1, 20, 60)
    )
    by_window = [co_reviews_of(graph, window, by) for window in (2, 7, 45)]
    for co_reviews, pairs in zip(by_window, count_pairs(graph, [Count(co_reviews, 1, 1e-9) for co_reviews in by_window]), strict=True):
        assert len(pairs.a) > 50
        ends = [np.array([a, b], dtype=np.int32) for a, b in zip(pairs.a, pairs.b, strict=True)]
        seen, _ = co_reviews.among(graph, ends)
        mean = np.zeros(seen.shape)
        for k, (a, b) in enumerate(ends):
            for s in co_reviews.strata.of[graph.reviewer == a]:
                for t in co_reviews.strata.of[graph.reviewer == b]:
                    if abs(t - s) <= co_reviews.reach:
                        mean[k] += co_reviews.usual[s, co_reviews.reach + t - s]
        np.testing.assert_allclose(pairs.surprise, likelihood_ratio(seen, mean).max(axis=1), atol=1e-3)
        assert (seen[:, -1] == pairs.co_reviews).all()


@pytest.mark.parametrize("least", [0.5, 2.0, 4.0])
def test_a_threshold_leaves_the_pairs_that_reach_it(least):
    """Pairs that are left before all their strata are added are those below the threshold, whatever else is counted in the same window."""
    rng = np.random.default_rng(6)
    keys = np.unique(rng.integers(0, 30 * 200, 2400))
    graph = build_graph(
        keys // 200, keys % 200, time=rng.integers(0, 900, len(keys)), category=rng.integers(0, 4, 200), seller=rng.integers(-1, 60, 200)
    )
    by_window = [co_reviews_of(graph, window, by) for window in (7, 60) for by in ("seller", "product")]
    every, some = (count_pairs(graph, [Count(co_reviews, 1, at) for co_reviews in by_window]) for at in (1e-9, least))
    for all_pairs, pairs in zip(every, some, strict=True):
        reach_it = all_pairs.surprise >= least
        assert 0 < len(pairs.a) < len(all_pairs.a)
        for name in ("a", "b", "co_reviews", "surprise"):
            np.testing.assert_array_equal(getattr(pairs, name), getattr(all_pairs, name)[reach_it])


def test_what_was_counted_ahead_is_not_counted_again():
    log, _ = market(5_000, 1, [(10, 6, 0.9)])
    graph = build_graph(**log)
    one, other = Count(co_reviews_of(graph, 7)), Count(co_reviews_of(graph, 21, "product"), 2, 1.0)
    ahead = count_ahead(graph, [one], 1)
    found = counted_pairs(graph, [other, one], 1, ahead)
    assert found[1] is next(iter(ahead.values()))
    assert counted(found[0]) == counted(count_pairs(graph, [other])[0])


@settings(max_examples=200)
@given(rows, st.lists(st.integers(0, 30), min_size=1, max_size=4, unique=True), st.integers(0, 2), st.integers(2, 20))
def test_a_word_holds_what_each_window_of_an_edge_is(reviews, windows, limit, largest):
    graph = build(reviews)
    n, windows = graph.n_reviews, sorted(windows)
    words = np.full(n, reach.EMPTY)
    for w, window in enumerate(windows):
        span, *_ = Windows(graph.product, graph.product_indptr, graph.time, window, largest).all_words()
        for part in ((0, n // 2), (n // 2, n)):
            reach.add_window(span, *part, graph.time, np.True_, -5, w, limit, words)
    day = graph.time.astype(np.int64)
    dated = day != NO_TIME
    for i in range(n):
        longest = (i, i)
        for w, window in enumerate(windows):
            near = np.flatnonzero((graph.product == graph.product[i]) & dated & dated[i] & (abs(day - day[i]) <= window))
            degree = sum(len(near) > bound for bound in DEGREE_BOUNDS)
            counts = 2 <= len(near) <= largest and degree <= limit
            longest = (near[0], near[-1] + 1) if counts else longest
            assert (int(words[i]) >> reach.AT_BINS + reach.BIN_BITS * w) & reach.NOWHERE == (degree if counts else reach.NOWHERE)
        assert (i - (int(words[i]) & LARGEST), i + (int(words[i]) >> BITS & LARGEST)) == longest
        if longest != (i, i):
            assert int(words[i]) >> reach.AT_DAY == day[i] + 5
