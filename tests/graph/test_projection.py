"""The projection agrees with counting every pair of reviews."""

from collections import defaultdict
from itertools import combinations, permutations
from math import comb, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collusion.errors import ConfigError
from collusion.graph.graph import NO_TIME, build_graph
from collusion.graph.projection import UNIT, chance_bar, co_reviews, meetings_of
from collusion.kernels.meetings import chernoff
from markets import market

rows = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 7), st.one_of(st.integers(0, 40), st.just(NO_TIME))), max_size=60, unique_by=lambda r: r[:2]
)
sellers = st.lists(st.integers(-1, 3), min_size=8, max_size=8)


def slow(reviews, window, seller):
    """Meetings of each pair: place -> largest weight, weights from the crowd within the window."""
    n = max(len(reviews), 3)

    def near(a, b):
        return a[1] == b[1] and (window is None or (NO_TIME not in (a[2], b[2]) and abs(a[2] - b[2]) <= window))

    def weight(a):
        crowd = sum(near(a, b) or a is b for b in reviews)
        return max(1, round(UNIT * (1 - log(crowd) / log(n)))) if crowd >= 2 else 0

    met = defaultdict(dict)
    for a, b in combinations(reviews, 2):
        if a[0] != b[0] and near(a, b):
            pair = (min(a[0], b[0]), max(a[0], b[0]))
            place = ("seller", seller[a[1]]) if seller is not None and seller[a[1]] >= 0 else ("product", a[1])
            met[pair][place] = max(met[pair].get(place, 0), min(weight(a), weight(b)))
    return met


def build(reviews, seller=None):
    columns = [list(column) for column in zip(*reviews, strict=True)] or [[], [], []]
    return build_graph(*columns[:2], time=columns[2], seller=seller, n_reviewers=10, n_products=8)


@settings(max_examples=600)
@given(rows, st.one_of(st.none(), st.integers(0, 12)), st.one_of(st.none(), sellers), st.integers(1, 3))
def test_pairs_equal_counting_every_pair(reviews, window, seller, at_least):
    """Same pairs, places and summed weights as comparing all reviews with all reviews."""
    graph = build(reviews, seller)
    pairs = meetings_of(graph, window, "seller").pairs(graph, at_least=at_least)
    found = {
        (a, b): (m, round(w * UNIT)) for a, b, m, w in zip(pairs.a.tolist(), pairs.b.tolist(), pairs.meetings, pairs.weight, strict=True)
    }
    expected = {pair: (len(at), sum(at.values())) for pair, at in slow(reviews, window, seller).items() if len(at) >= at_least}
    assert found == expected
    assert list(found) == sorted(found)


@settings(max_examples=300)
@given(rows, st.integers(0, 12), sellers, st.sets(st.integers(0, 9), min_size=2))
def test_meetings_among_members_equal_the_sum_over_their_pairs(reviews, window, seller, members):
    graph = build(reviews, seller)
    meetings, weight, _ = meetings_of(graph, window).among(graph, np.array(sorted(members), dtype=np.int32))
    met = slow(reviews, window, seller)
    own = [at for pair, at in met.items() if set(pair) <= members]
    assert (meetings, round(weight * UNIT)) == (sum(map(len, own)), sum(sum(at.values()) for at in own))


@pytest.mark.parametrize("seed", range(4))
def test_expected_weight_is_the_mean_over_all_permutations_within_strata(seed):
    """The expectation under N1 equals the average over every way to deal the reviewers, counted review by review."""
    rng = np.random.default_rng(seed)
    product = np.array([0, 0, 0, 1, 1, 1, 2])
    time = np.array([0, 3, 31, 2, 29, 33, 5])
    reviewer = rng.permutation([0, 0, 1, 1, 2, 2, 3])
    category = [0, 0, 1]
    # Slots in which a reviewer repeats a product are legal here: the expectation is that of the plain permutation.
    order = np.lexsort((time, product))
    placeholder = build_graph(np.arange(7), product, time=time, category=category)
    graph = placeholder.with_reviewers(reviewer[order].astype(np.int32))
    object.__setattr__(graph, "n_reviewers", 4)
    meet = meetings_of(placeholder, 7, "product")
    strata = meet.strata.of
    members = [0, 1, 3]
    _, _, expected = meet.among(graph, np.array(members, dtype=np.int32))

    groups = [np.flatnonzero(strata == s) for s in np.unique(strata)]
    total, ways = 0.0, 0

    def deal(k, who):
        nonlocal total, ways
        if k == len(groups):
            ways += 1
            for i, j in combinations(range(7), 2):
                if who[i] != who[j] and who[i] in members and who[j] in members and meet.lo[i] <= j < meet.hi[i]:
                    total += min(meet.weight[i], meet.weight[j]) / UNIT
            return
        for dealt in permutations(graph.reviewer[groups[k]].tolist()):
            who = who.copy()
            who[groups[k]] = dealt
            deal(k + 1, who)

    deal(0, graph.reviewer.copy())
    assert expected == pytest.approx(total / ways, rel=1e-12)


def test_pairs_carry_the_bound_of_their_weight():
    """A pair's surprise is Chernoff's bound at its weight and its expectation under the usual rates."""
    rng = np.random.default_rng(5)
    keys = np.unique(rng.integers(0, 40 * 60, 900))
    graph = build_graph(keys // 60, keys % 60, time=rng.integers(0, 200, len(keys)), category=rng.integers(0, 3, 60))
    meet = meetings_of(graph, 7)
    activity = meet.activity(graph)
    pairs = meet.pairs(graph, at_least=1)
    assert len(pairs.a) > 100
    for a, b, weight, surprise in list(zip(pairs.a, pairs.b, pairs.weight, pairs.surprise, strict=True))[::17]:
        mean = activity.expected(np.array([a, b], dtype=np.int32), meet.usual, meet.reach) / UNIT
        assert surprise == pytest.approx(chernoff(weight, mean), abs=1e-3)


def test_chernoff_bounds_the_tail():
    """exp(-bound) is at least the exact binomial tail of independent terms."""
    n, p = 30, 0.1
    for x in range(4, 12):
        tail = sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(x, n + 1))
        assert np.exp(-chernoff(float(x), n * p)) >= tail
    assert chernoff(2.0, 3.0) == 0.0


def test_too_crowded_places_are_passed_over_and_counted(monkeypatch):
    monkeypatch.setattr("collusion.graph.projection.WEDGES_PER_REVIEW", 0)
    crowd = 3000
    graph = build_graph([*range(crowd), 0, 1], [0] * crowd + [1, 1], time=[0] * (crowd + 2))
    meet = meetings_of(graph, 7)
    assert meet.crowded == crowd
    assert meet.largest_crowd < crowd
    assert meet.pairs(graph, at_least=1).meetings.tolist() == [1]


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_change_nothing(threads):
    log, _ = market(5_000, 1, [(10, 6, 0.9)])
    graph = build_graph(**log)
    meet = meetings_of(graph, 7)
    one, many = meet.pairs(graph), meet.pairs(graph, threads=threads)
    for name in ("a", "b", "meetings", "weight", "surprise"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))


def test_co_reviews_counts_products_whatever_the_seller():
    graph = build_graph([0, 1, 0, 1], [0, 0, 1, 1], time=[0, 1, 2, 3], seller=[0, 0])
    assert co_reviews(graph, 7).meetings.tolist() == [2]
    assert len(meetings_of(graph, 7, "seller").pairs(graph).a) == 0


def test_chance_bar_is_the_log_of_the_number_of_groups():
    assert chance_bar(20, 5) == pytest.approx(log(comb(20, 5)) / 5)
    assert chance_bar(5, 5) == 0.0


def test_wrong_parameters():
    graph = build_graph([0], [0], time=[0])
    with pytest.raises(ConfigError, match="number of days"):
        meetings_of(graph, -1)
    with pytest.raises(ConfigError, match="'seller' or 'product'"):
        meetings_of(graph, 7, "brand")
