"""What is left of a score when an explanation is granted is what counting pair by pair leaves."""

import numpy as np
import pytest
import slow_residuals as slow

from collusion.graph.graph import NO_TIME, build_graph
from collusion.graph.projection import co_reviews_of
from collusion.inference.residual import joined_products, residuals
from collusion.inference.score import score_group

WINDOWS = (2, 9)


def random_log(seed):
    """Thirty days or four months of thirty people at twelve products, some of them bought together; a group that co-reviews among them."""
    rng = np.random.default_rng(seed)
    days = int(rng.choice([30, 120]))
    rows = [
        (int(u), int(p), int(t))
        for u, p, t in zip(rng.integers(0, 30, 70), rng.integers(0, 12, 70), rng.integers(0, days, 70), strict=True)
    ]
    # Baskets of others: three products on one day.
    for u in range(30, 30 + int(rng.integers(0, 9))):
        day = int(rng.integers(0, days))
        rows += [(u, p, day) for p in (0, 1, 2) if rng.random() < 0.8]
    # The group: some in sessions, some day by day, at the launches of products 9 to 11.
    start = int(rng.integers(0, days))
    for u in range(40, 40 + int(rng.integers(3, 7))):
        session = int(rng.integers(0, 3)) if rng.random() < 0.5 else None
        for p in (0, 1, 2, 9, 10, 11):
            if rng.random() < 0.7:
                rows.append((u, p, start + (session if session is not None else int(rng.integers(0, 5)))))
    rows += [(u, p, days + 10 + int(rng.integers(0, 60))) for p in (10, 11) for u in rng.choice(30, 3, replace=False).tolist()]
    rows = list({(u, p): (u, p, t) for u, p, t in rows}.values())
    undated = rng.random(len(rows)) < 0.05
    reviewer, product, time = (np.array(column) for column in zip(*rows, strict=True))
    time[undated] = NO_TIME
    graph = build_graph(
        reviewer,
        product,
        time=time,
        category=rng.integers(0, 2, 12) if seed % 2 else None,
        seller=np.where(rng.random(12) < 0.5, 0, rng.integers(-1, 6, 12)) if seed % 3 == 0 else None,
        n_reviewers=50,
        n_products=12,
    )
    groups = [
        np.unique(reviewer[reviewer >= 40]).astype(np.int32),
        np.sort(rng.choice(30, 5, replace=False)).astype(np.int32),
        np.unique(np.append(reviewer[reviewer >= 30], rng.integers(0, 30, 3))).astype(np.int32),
    ]
    return graph, [group for group in groups if len(group) > 1]


def listed(graph, co_reviews):
    """The reviews of a graph, with the stratum of each."""
    stratum = [divmod(s, co_reviews.strata.span) for s in co_reviews.strata.of.tolist()]
    days = [None if t == NO_TIME else t for t in graph.time.tolist()]
    return tuple(zip(graph.reviewer.tolist(), graph.product.tolist(), days, stratum, strict=True))


@pytest.fixture
def short_months(monkeypatch):
    """Small logs have several strata each."""
    monkeypatch.setattr("collusion.graph.strata.MEDIAN_STRATUM_SIZE", 4)


@pytest.mark.usefixtures("short_months")
@pytest.mark.parametrize("seed", range(12))
def test_every_residual_is_the_best_of_those_counted_pair_by_pair(seed):
    compare(seed, WINDOWS)


@pytest.mark.parametrize("seed", range(5))
def test_so_it_is_where_months_are_long_or_not_known(seed):
    """Months that double until they hold enough reviews; and windows so long that strata know no time."""
    compare(seed, WINDOWS)
    compare(seed, (500,))


def compare(seed, windows):
    graph, groups = random_log(seed)
    by_window = tuple(co_reviews_of(graph, window) for window in windows)
    products = [np.arange(12, dtype=np.int32)[: 12 - (seed % 2)] for _ in groups]
    found = residuals(graph, by_window, groups, products)
    for group, own, residual in zip(groups, products, found, strict=True):
        granted = [
            (
                co_reviews.window,
                slow.granted(
                    listed(graph, co_reviews), set(group.tolist()), set(own.tolist()), co_reviews.window, co_reviews.unit_of.tolist()
                ),
            )
            for co_reviews in by_window
        ]
        assert ("one seller" in residual) == (graph.seller is not None)
        for name, one in residual.items():
            if name == "one seller":
                continue
            tried = [
                (slow.value(x, m, len(group), graph.n_reviewers, graph.n_reviews), x, m, window)
                for window, figures in granted
                for x, m in figures[name]
            ]
            best = max(tried, key=lambda told: told[0])
            assert one.value == pytest.approx(best[0], abs=2e-6)
            assert any(
                (one.observed, one.window) == (x, window) and one.expected == pytest.approx(m, abs=2e-6)
                for v, x, m, window in tried
                if v == pytest.approx(one.value, abs=2e-6)
            )


@pytest.mark.usefixtures("short_months")
@pytest.mark.parametrize("seed", range(0, 36, 3))
def test_without_the_main_seller_that_is_left_which_counting_pair_by_pair_leaves(seed):
    graph, groups = random_log(seed)
    by_window = tuple(co_reviews_of(graph, window) for window in WINDOWS)
    seller = {p: s if s >= 0 else None for p, s in enumerate(graph.seller.tolist())}
    products = [np.arange(seed % 5, 12, dtype=np.int32) for _ in groups]
    for group, own, residual in zip(groups, products, residuals(graph, by_window, groups, products, variants=False), strict=True):
        tried = [
            slow.value(x, m, len(group), graph.n_reviewers, graph.n_reviews)
            for co_reviews in by_window
            for x, m in slow.without_seller(
                listed(graph, co_reviews), set(group.tolist()), set(own.tolist()), co_reviews.window, co_reviews.unit_of.tolist(), seller
            )
        ]
        assert residual["one seller"].value == pytest.approx(max(tried), abs=2e-6)
        assert {*residual} == {"rating sessions", "launches", "one seller"}


def three_sellers(sold):
    """Six products, each reviewed by the same five people in a week of its own, among others'; who sells which is given."""
    rng = np.random.default_rng(4)
    rows = [
        (int(u), int(p), int(t))
        for u, p, t in zip(rng.integers(5, 300, 900), rng.integers(6, 90, 900), rng.integers(0, 400, 900), strict=True)
    ]
    rows += [(u, p, 60 * p + u) for u in range(5) for p in range(6)]
    u, p, t = zip(*sorted({(u, p): (u, p, t) for u, p, t in rows}.values()), strict=True)
    graph = build_graph(u, p, time=t, seller=[*sold, *range(10, 94)])
    by_window = (co_reviews_of(graph, 7),)
    group, products = np.arange(5, dtype=np.int32), np.arange(6, dtype=np.int32)
    (found,) = residuals(graph, by_window, [group], [products])
    return found["one seller"], score_group(graph, by_window, group)


def test_a_seller_that_has_more_than_half_takes_what_is_its_own():
    left, score = three_sellers([0, 0, 0, 0, 0, 0])
    assert left.observed == 0
    assert left.value < 0
    left, score = three_sellers([0, 0, 0, 0, 1, 2])
    # Ten pairs, once for each seller that is left.
    assert (score.co_reviews, left.observed) == (30, 20)
    assert 0 < left.value < score.value
    # Half is not more than half, and unknown sellers are nobody's.
    for sold in ([0, 0, 0, 1, 1, 2], [-1] * 6, [-1, -1, -1, -1, 0, 0]):
        left, score = three_sellers(sold)
        assert (left.value, left.observed) == (score.value, score.co_reviews)


@pytest.mark.usefixtures("short_months")
def test_the_comparison_is_of_logs_in_which_each_explanation_takes_something():
    """Otherwise the test above would compare scores with themselves."""
    taken = dict.fromkeys(("rating sessions", "launches", "one seller", "variants"), 0)
    for seed in range(40):
        graph, groups = random_log(seed)
        by_window = tuple(co_reviews_of(graph, window) for window in WINDOWS)
        for group, residual in zip(groups, residuals(graph, by_window, groups, [np.arange(12, dtype=np.int32)] * len(groups)), strict=True):
            score = score_group(graph, by_window, group).value
            for name, one in residual.items():
                # Sessions and sellers lower the mean, too.
                assert name in ("rating sessions", "one seller") or one.value <= score + 1e-6
                taken[name] += one.value < score - 1e-3
    assert min(taken.values()) >= 4, taken


@pytest.mark.parametrize("seed", range(30))
def test_variants_are_products_that_others_review_together(seed):
    graph, groups = random_log(seed)
    reviews = listed(graph, co_reviews_of(graph, 2))
    for group in groups:
        products = np.arange(12, dtype=np.int32)[seed % 3 :]
        expected = slow.joined(reviews, set(group.tolist()), set(products.tolist()))
        codes, label = joined_products(graph, group, products)
        assert codes.tolist() == sorted(codes.tolist())
        assert {frozenset(codes[label == k].tolist()) for k in set(label.tolist())} == {frozenset(part) for part in expected}


def visits(together, apart):
    """Others who reviewed products 0 and 1 on one day, and others who reviewed only product 1 (as many times); two members on both."""
    rows = [(10 + k, p, 10 * k) for k in range(together) for p in (0, 1)]
    rows += [(100 + k, k % 2, 10 * k + 5) for k in range(2 * apart)]
    rows += [(u, p, 400) for u in (0, 1) for p in (0, 1)]
    u, p, t = zip(*rows, strict=True)
    return build_graph(u, p, time=t, n_reviewers=300, n_products=2)


@pytest.mark.parametrize(
    ("together", "apart", "variants"),
    [(3, 0, True), (2, 0, False), (3, 3, True), (3, 4, False), (8, 8, True), (8, 9, False), (0, 5, False)],
)
def test_three_shared_visits_and_half_of_all_make_variants(together, apart, variants):
    graph = visits(together, apart)
    codes, _ = joined_products(graph, np.array([0, 1], np.int32), np.array([0, 1], np.int32))
    assert codes.tolist() == ([0, 1] if variants else [])


def test_the_groups_own_visits_make_no_variants():
    """Twenty members who worked through their list in an evening make no listing of it; a product of one member is not asked."""
    rows = [(u, p, 400) for u in range(20) for p in (0, 1)] + [(50, 0, 3), (51, 1, 9)]
    u, p, t = zip(*rows, strict=True)
    graph = build_graph(u, p, time=t)
    both = np.array([0, 1], np.int32)
    assert len(joined_products(graph, np.arange(20, dtype=np.int32), both)[0]) == 0
    # Seen from two of them, the other eighteen are others.
    assert joined_products(graph, np.arange(2, dtype=np.int32), both)[0].tolist() == [0, 1]
    assert len(joined_products(graph, np.arange(1, dtype=np.int32), both)[0]) == 0
    assert len(joined_products(graph, np.arange(2, dtype=np.int32), both[:1])[0]) == 0


@pytest.mark.parametrize(
    ("others", "first", "last"),
    [
        # Who on which day: the numbers add up alike; or would, were a person worth a day less than there are, or an eighth of one.
        ([((10 + k, 7 * k), (20 + k, 7 * k - 10)) for k in range(5)], -500, 500),
        ([((10 + 2 * k, 6), (11 + 2 * k, 0)) for k in range(5)], 0, 7),
        ([((30 + k, 1), (38 + k, 0)) for k in range(5)], 0, 7),
    ],
)
def test_visits_of_different_people_or_days_are_never_taken_for_one(others, first, last):
    both, members = np.array([0, 1], np.int32), np.array([0, 1], np.int32)
    rows = [(u, p, last) for u in (0, 1) for p in (0, 1)] + [(2, 0, first), (3, 1, last)]
    rows += [(u, p, day) for pair in others for p, (u, day) in enumerate(pair)]
    u, p, t = zip(*rows, strict=True)
    assert joined_products(build_graph(u, p, time=t), members, both)[0].tolist() == []


def test_products_that_nobody_else_reviewed_are_no_variants():
    both = np.array([0, 1], np.int32)
    alone = build_graph([0, 1, 0, 1], [0, 0, 1, 1], time=[3, 3, 3, 3])
    assert [part.tolist() for part in joined_products(alone, both, both)] == [[], []]


def test_where_hardly_anybody_coincides_a_mean_is_one_in_the_logs_reviews():
    """As for the score; and a group of one is a group."""
    rng = np.random.default_rng(2)
    u, p, when = np.arange(3000), np.arange(3000) % 2900, rng.integers(0, 1000, 3000)
    graph = build_graph(np.append(u, [3000, 3001]), np.append(p, [2900, 2900]), time=np.append(when, [500, 500]))
    by_window, pair, one = (co_reviews_of(graph, 2),), np.array([3000, 3001], np.int32), np.array([3000], np.int32)
    for group in (pair, one):
        (found,) = residuals(graph, by_window, [group])
        score = score_group(graph, by_window, group)
        assert score.expected < 1 / graph.n_reviews
        assert {residual.value for residual in found.values()} == {score.value}
        assert score.value == slow.value(score.co_reviews, score.expected, len(group), graph.n_reviewers, graph.n_reviews)


def test_threads_change_nothing():
    graph, groups = random_log(3)
    by_window = (co_reviews_of(graph, 9),)
    products = [np.arange(12, dtype=np.int32)] * len(groups)
    assert residuals(graph, by_window, groups, products, 1) == residuals(graph, by_window, groups, products, 3)


def test_groups_asked_together_are_asked_alone():
    graph, groups = random_log(6)
    by_window = (co_reviews_of(graph, 2), co_reviews_of(graph, 9))
    products = [np.arange(k, 12, dtype=np.int32) for k in range(len(groups))]
    together = residuals(graph, by_window, groups, products)
    assert together == [residuals(graph, by_window, [group], [own])[0] for group, own in zip(groups, products, strict=True)]
    assert {*together[0]} == {"rating sessions", "launches", "one seller", "variants"}
    assert all({*one} == {"rating sessions", "launches"} for one in residuals(graph, by_window, groups))


def test_a_log_without_times_tests_no_explanation_but_a_seller():
    graph = build_graph([0, 1, 0, 1], [0, 0, 1, 1])
    members = [np.arange(2, dtype=np.int32)]
    assert residuals(graph, (co_reviews_of(graph, None),), members) == [{}]
    undated = build_graph([0, 1, 0, 1], [0, 0, 1, 1], time=[NO_TIME] * 4)
    assert residuals(undated, (co_reviews_of(undated, 7),), members) == [{}]
    assert residuals(undated, (co_reviews_of(undated, 7),), []) == []
    sold = build_graph([0, 1, 0, 1], [0, 0, 1, 1], seller=[0, 1])
    assert [{*one} for one in residuals(sold, (co_reviews_of(sold, None),), members, members)] == [{"one seller"}]
