"""Strata are category by month, and months of different categories never touch."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.graph.graph import NO_TIME, build_graph
from collusion.graph.strata import DAYS_PER_MONTH, LONGEST_WINDOW, MEDIAN_STRATUM_SIZE, _typical, activity_of, strata_of


@given(st.lists(st.tuples(st.integers(0, 5), st.one_of(st.just(NO_TIME), st.integers(-50, 900))), min_size=1, max_size=40))
def test_same_stratum_means_same_category_and_month(rows):
    """Products of which no two reviews lie within the longest window are a category of their own, and change nobody's months."""
    product = np.array([r[0] for r in rows])
    category = np.array([0, 0, 1, 1, 2, -1])
    graph = build_graph(np.arange(len(rows)), product, time=[r[1] for r in rows], category=category, n_products=6)
    of = strata_of(graph).of
    times = {p: sorted(t for q, t in rows if q == p and t != NO_TIME) for p in range(6)}
    lonely = {p for p, days in times.items() if all(b - a > LONGEST_WINDOW for a, b in itertools.pairwise(days))}
    lively = [t for p, days in times.items() if p not in lonely for t in days]
    days = strata_of(graph).days

    def key_of(p, t):
        if not lively or t == NO_TIME:
            return (p in lonely or int(category[p]), None)
        return (p in lonely or int(category[p]), (min(max(int(t), min(lively)), max(lively)) - min(lively)) // days)

    # As a category a lonely product's is none of the log's.
    key = [("lonely", k[1]) if k[0] is True else k for k in map(key_of, graph.product.tolist(), graph.time.tolist())]
    for i in range(len(rows)):
        for j in range(len(rows)):
            assert (of[i] == of[j]) == (key[i] == key[j])
            if abs(int(of[i]) - int(of[j])) <= strata_of(graph).reach(60) and of[i] != of[j] and None not in (key[i][1], key[j][1]):
                assert key[i][0] == key[j][0]


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_activity_counts_reviews_by_reviewer_and_stratum(threads):
    rng = np.random.default_rng(0)
    keys = np.unique(rng.integers(0, 30 * 50, 400))
    graph = build_graph(keys // 50, keys % 50, time=rng.integers(0, 200, len(keys)), category=rng.integers(0, 3, 50))
    strata = strata_of(graph)
    activity = activity_of(graph, strata, threads)
    assert len(activity.strata) == len(activity.counts) == activity.indptr[-1]
    for u in range(30):
        row = slice(activity.indptr[u], activity.indptr[u + 1])
        found = dict(zip(activity.strata[row].tolist(), activity.counts[row].tolist(), strict=True))
        values, counts = np.unique(strata.of[graph.reviewer == u], return_counts=True)
        assert found == dict(zip(values.tolist(), counts.tolist(), strict=True))
        assert list(found) == sorted(found)


def test_without_times_and_categories_there_is_one_stratum():
    strata = strata_of(build_graph([0, 1], [0, 0]))
    assert np.unique(strata.of).tolist() == [0]
    assert strata.days is None
    assert strata.category is None
    # But for a product that one person reviewed.
    assert len(np.unique(strata_of(build_graph([0, 1, 1, 2], [0, 0, 1, 2])).of)) == 2


def test_months_double_until_strata_hold_enough_to_permute():
    """Four categories, 720 days: 30 days where the log is large, longer where it is small, at most the whole log."""
    rng = np.random.default_rng(1)
    for n, days in ((40_000, 30), (6_000, 60), (2_000, 240), (40, 960)):
        product = rng.integers(0, 40, n)
        graph = build_graph(np.arange(n), product, time=np.append(rng.integers(0, 720, n - 2), [0, 719]), category=np.arange(40) % 4)
        strata = strata_of(graph)
        assert strata.days == days
        held = np.bincount(strata.of)[strata.of]
        assert np.median(held) >= MEDIAN_STRATUM_SIZE or strata.days >= 720
    assert DAYS_PER_MONTH == 30


def test_a_log_of_one_day_ends_the_doubling():
    strata = strata_of(build_graph([0, 1, 2], [0, 0, 1], time=[5, 5, 5]))
    assert strata.days == DAYS_PER_MONTH
    assert strata.of[0] == strata.of[1] != strata.of[2]  # product 1 is lonely


@given(st.lists(st.integers(0, 9), max_size=12))
def test_the_typical_stratum_is_that_of_the_median_review(sizes):
    size = np.array(sizes, dtype=np.int64)
    of_reviews = np.repeat(size, size)
    assert _typical(size) == (int(np.median(of_reviews)) if len(of_reviews) else 0)


def test_many_strata_are_numbered_in_more_bits():
    """Of 1,500 categories and three years: more than 16 bits hold, and the same reviews together."""
    rng = np.random.default_rng(4)
    n = 60_000
    product, time = rng.integers(0, 1500, n), np.append(rng.integers(0, 1095, n - 2), [0, 1094])
    few = strata_of(build_graph(np.arange(n), product, time=time, category=np.arange(1500) % 4))
    many = strata_of(build_graph(np.arange(n), product, time=time, category=np.arange(1500)))
    assert (few.of.dtype, many.of.dtype) == (np.int16, np.int32)
    for strata in (few, many):
        assert strata.size.tolist() == np.bincount(strata.of).tolist()
        assert strata.n <= np.iinfo(strata.of.dtype).max
