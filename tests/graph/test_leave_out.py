"""What is expected of a group is not made of its own co-reviews."""

import numpy as np
import pytest
import slow_residuals as slow

from collusion.graph.graph import NO_TIME, build_graph
from collusion.graph.membership import GroupReviews, edges_of, rows_of
from collusion.graph.projection import co_reviews_of
from collusion.graph.strata import activity_of_rows
from collusion.graph.windows import N_DEGREE_BINS


@pytest.fixture(autouse=True)
def short_months(monkeypatch):
    """Small logs have several strata each."""
    monkeypatch.setattr("collusion.graph.strata.MEDIAN_STRATUM_SIZE", 4)


def random_log(seed):
    """A log of some months and three categories, some of it undated, and a permutation of it, in which pairs repeat; and groups."""
    rng = np.random.default_rng(seed)
    key = np.unique(rng.integers(0, 25 * 14, 90))
    time = rng.integers(0, int(rng.choice([20, 100, 300])), len(key))
    time[rng.random(len(key)) < 0.05] = NO_TIME
    graph = build_graph(
        key // 14,
        key % 14,
        time=time if seed % 5 else None,
        category=rng.integers(0, 3, 14) if seed % 2 else None,
        seller=rng.integers(-1, 5, 14) if seed % 3 else None,
        n_reviewers=25,
        n_products=14,
    )
    groups = [np.sort(rng.choice(25, n, replace=False)).astype(np.int32) for n in (2, 5, 12, 25)]
    strata = co_reviews_of(graph, 9).strata.of
    shuffled = graph.reviewer.copy()
    for s in np.unique(strata):
        shuffled[strata == s] = rng.permutation(shuffled[strata == s])
    # All who reviewed anything of one category.
    inside = strata // co_reviews_of(graph, 9).strata.span == (strata // co_reviews_of(graph, 9).strata.span)[0]
    return (graph, graph.permuted(shuffled, within_strata=True)), [*groups, np.unique(graph.reviewer[inside])]


def listed(graph, co_reviews):
    stratum = [divmod(s, co_reviews.strata.span) for s in co_reviews.strata.of.tolist()]
    days = [0] * graph.n_reviews if graph.time is None else [None if t == NO_TIME else t for t in graph.time.tolist()]
    # Repeated pairs of a permutation stay different reviews.
    return tuple(
        (u, p, t, s, i) for i, (u, p, t, s) in enumerate(zip(graph.reviewer.tolist(), graph.product.tolist(), days, stratum, strict=True))
    )


def expected_of(graph, co_reviews, group, counted):
    """What is expected where only some edges of a group count."""
    groups, (indptr, edges) = GroupReviews.of(graph, [group], [co_reviews]), rows_of(graph, group)
    kept = np.isin(edges, counted)
    activity = activity_of_rows(np.concatenate(([0], np.cumsum(kept)))[indptr], edges[kept], co_reviews.strata.of)
    return co_reviews.among_counted(graph, groups, np.isin(groups.edges, counted), activity)[1]


@pytest.mark.parametrize("seed", range(15))
def test_what_is_expected_is_what_counting_every_pair_of_reviews_gives(seed):
    """In the log and in a permutation; over all reviews of a group, and over some of them."""
    graphs, groups = random_log(seed)
    rng = np.random.default_rng(seed)
    for graph in graphs:
        for window in (2, 9, 40, 500):
            co_reviews = co_reviews_of(graphs[0], window)
            reviews = listed(graph, co_reviews)
            _, expected = co_reviews.among(graph, groups)
            for group, row in zip(groups, expected, strict=True):
                edges = edges_of(graph, group)
                counted = edges[rng.random(len(edges)) < 0.6]
                (some,) = expected_of(graph, co_reviews, group, counted)
                members = set(group.tolist())
                rate = slow.own_rates(reviews, members, window if graph.time is not None else 0, co_reviews.unit_of.tolist())
                kept = [reviews[i] for i in counted]
                for k in range(N_DEGREE_BINS):
                    assert row[k] == pytest.approx(slow.expected_pairs(reviews, members, rate, k), abs=1e-9)
                    assert some[k] == pytest.approx(slow.expected_pairs(kept, members, rate, k), abs=1e-9)


def filled(share):
    """Six months of one category and of another; in the first month of the first a group of ten co-reviews five products on one day each.

    Others write 50 reviews per month and category, and the group as many as make ``share`` of its month (50 at most).
    """
    rng = np.random.default_rng(0)
    n = round(50 * share / (1 - share)) if share < 1 else 50
    rows = [(i % 10, i // 10, 3 * (i // 10)) for i in range(n)]
    for c in range(2):
        for month in range(6):
            if share == 1 and (c, month) == (0, 0):
                continue
            rows += [
                (100 + 1000 * c + 100 * month + i, 100 * c + int(rng.integers(10, 30)), 30 * month + int(rng.integers(0, 30)))
                for i in range(50)
            ]
    u, p, t = (np.array(column) for column in zip(*rows, strict=True))
    category = np.zeros(200, int)
    category[100:] = 1
    return build_graph(u, p, time=t, category=category, n_products=200), np.arange(10, dtype=np.int32)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 1.0])
def test_a_group_that_fills_its_month_is_expected_to_co_review_as_others_do(share):
    """Whatever its share, it is judged by about the rate of other months, and what it has at one of its five products."""
    graph, group = filled(share)
    co_reviews = co_reviews_of(graph, 7)
    observed, expected = (a[0, -1] for a in co_reviews.among(graph, [group]))
    own = np.isin(graph.reviewer, group)
    pairs = own.sum() * (own.sum() - 1) / 2
    s, span = co_reviews.strata.of[own][0], co_reviews.strata.span
    others = [co_reviews.rate[month, co_reviews.reach, -1] for month in range(s + 1, s + 6)]
    assert s % span + 5 < span
    filled_share = pairs / (co_reviews.strata.size[s] * (co_reviews.strata.size[s] - 1) / 2)
    products = len(np.unique(graph.product[own]))
    assert 0.5 * min(others) < expected / pairs < 1.5 * max(others) + filled_share * observed / products / pairs
    # Judged by the month itself it would explain this much.
    assert expected < 0.6 * filled_share * observed or share < 0.5


def test_co_reviews_of_one_product_only_are_compared_with_the_month_itself():
    """Many reviews of one product are what a launch or a promotion makes; permutations keep them."""
    graph, _ = filled(0.25)
    pair = np.array([0, 1], np.int32)
    kept = ~np.isin(graph.reviewer, pair) | (graph.product == 0)
    graph = build_graph(graph.reviewer[kept], graph.product[kept], time=graph.time[kept], category=graph.category, n_products=200)
    co_reviews, edges = co_reviews_of(graph, 7), edges_of(graph, pair)
    _, expected = co_reviews.among(graph, [pair])
    s = co_reviews.strata.of[edges[0]]
    assert len(edges) == 2
    assert expected[0] == pytest.approx(co_reviews.rate[s, co_reviews.reach])


def test_a_group_that_is_a_whole_category_is_compared_with_itself():
    """Nothing else says how often honest reviewers co-review there."""
    u, p = np.repeat(np.arange(8), 6), np.tile(np.arange(6), 8)
    u, p = np.append(u, 8 + np.arange(60)), np.append(p, 6 + np.arange(60) % 20)
    rng = np.random.default_rng(1)
    graph = build_graph(u, p, time=rng.integers(0, 25, len(u)), category=[*[0] * 6, *[1] * 20])
    co_reviews = co_reviews_of(graph, 3)
    observed, expected = co_reviews.among(graph, [np.arange(8, dtype=np.int32)])
    # All pairs of reviews but those of one reviewer, whose rate is the same.
    assert expected[0, -1] == pytest.approx(observed[0, -1], rel=0.15)


def test_over_all_permutations_of_one_month_the_mean_is_that_of_the_rate():
    """What leaving out takes away is, for a random group, what is expected of it."""
    rng = np.random.default_rng(3)
    u, p = np.arange(40) % 20, rng.integers(0, 6, 40)
    _, first = np.unique(u * 6 + p, return_index=True)
    graph = build_graph(u[first], p[first], time=rng.integers(0, 28, len(first)), n_reviewers=20)
    co_reviews, group = co_reviews_of(graph, 4), np.arange(6, dtype=np.int32)
    strata, total = co_reviews.strata.of, []
    for _ in range(4000):
        shuffled = graph.reviewer.copy()
        for s in np.unique(strata):
            shuffled[strata == s] = rng.permutation(shuffled[strata == s])
        total.append(co_reviews.among(graph.permuted(shuffled, within_strata=True), [group])[1][0])
    own = [strata[graph.reviewer == member] for member in group]
    mean = sum(
        co_reviews.rate[s, co_reviews.reach + t - s]
        for a in range(6)
        for b in range(a)
        for s in own[a]
        for t in own[b]
        if abs(int(t) - int(s)) <= co_reviews.reach
    )
    assert np.mean(total, axis=0) == pytest.approx(mean, rel=0.02)


def test_nobody_and_those_who_never_co_review():
    graph, _ = filled(0.25)
    co_reviews = co_reviews_of(graph, 7)
    observed, expected = co_reviews.among(graph, [np.empty(0, np.int32), np.array([105, 1105], np.int32)])
    assert observed.tolist() == [[0] * N_DEGREE_BINS] * 2
    assert expected[0].tolist() == [0.0] * N_DEGREE_BINS
    assert (expected >= 0).all()
