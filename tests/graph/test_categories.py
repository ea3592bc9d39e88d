"""Inferred categories: tastes are found whatever the times, time and chance are no taste, no ring becomes one, and names do not matter."""

import numpy as np
import pytest

from collusion.graph.categories import SMALLEST_SHARE, _residual, infer_categories, with_categories
from collusion.graph.core_products import APART_DAYS, CoreProducts
from collusion.graph.graph import NO_TIME, build_graph
from markets import market, narrow_market

DAYS = 1500


def market_of(seed, n=12_000, tastes=4, *, loyalty=0.8, eras=True, ring=None):
    """Return a graph and the taste of each product: reviewers keep to one taste, and, with eras, to what is on sale while they are active.

    A product is on sale for a fifth of the time and a reviewer active for a third. A ring is (accounts, products, days): each account
    reviews each product within these days.
    """
    rng = np.random.default_rng([seed, 11])
    users, products = n // 12, n // 30
    taste, home = rng.integers(0, tastes, products), rng.integers(0, tastes, users)
    launch, popularity = rng.uniform(-DAYS / 5, DAYS, products), rng.lognormal(0, 1, products)
    join = rng.uniform(-DAYS / 3, DAYS, users)
    who = rng.integers(0, users, n)
    when = np.floor(join[who] + rng.random(n) * DAYS / 3 if eras else rng.random(n) * DAYS)
    who, when = who[(when >= 0) & (when < DAYS)], when[(when >= 0) & (when < DAYS)]
    wanted = np.where(rng.random(len(who)) < loyalty, home[who], rng.integers(0, tastes, len(who)))
    what = np.empty(len(who), np.int64)
    for k in range(len(who)):
        weight = popularity * (taste == wanted[k])
        weight *= ((launch <= when[k]) & (when[k] < launch + DAYS / 5)) if eras else 1
        total = np.cumsum(weight)
        what[k] = np.searchsorted(total, rng.random() * total[-1], side="right") if total[-1] > 0 else rng.integers(products)
    if ring:
        accounts, width, days = ring
        targets = rng.choice(products, width, replace=False)
        who = np.append(who, np.repeat(np.arange(users, users + accounts), width))
        what = np.append(what, np.tile(targets, accounts))
        when = np.append(when, np.floor(rng.uniform(400, 400 + days, accounts * width)))
    _, first = np.unique(who * products + what, return_index=True)
    graph = build_graph(who[first], what[first], time=when[first].astype(np.int64), n_products=products)
    return graph, taste, launch


def information(one, other, weight):
    """Normalised mutual information of two codes of products, by reviews; products without a code are left out."""
    known = (one >= 0) & (other >= 0)
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one[known], other[known]), weight[known])
    parts = [part / table.sum() for part in (table.sum(axis=1), table.sum(axis=0), table.ravel())]
    one, other, both = (-(part[part > 0] * np.log(part[part > 0])).sum() for part in parts)
    return 2 * (one + other - both) / (one + other)


def shuffled(graph, seed, days=30):
    """Reviewers shuffled within months: what time explains is left, and no taste. Who then holds a product twice keeps one review."""
    rng = np.random.default_rng([seed, 13])
    month, who = graph.time // days, graph.reviewer.copy()
    for m in np.unique(month):
        at = np.flatnonzero(month == m)
        who[at] = who[rng.permutation(at)]
    _, first = np.unique(who.astype(np.int64) * graph.n_products + graph.product, return_index=True)
    return build_graph(who[first], graph.product[first], time=graph.time[first], n_products=graph.n_products)


def test_what_time_explains_is_taken_from_ties_one_by_one():
    """The matrix is the sum over ties, both ways, of the products of both ends' indicators less their means in the end's month."""
    graph, _, _ = market_of(2, n=900)
    core = CoreProducts.of(graph, graph.time)
    n, m = len(core.products), core.n_months
    ends = np.concatenate([core.fit[:, :2], core.fit[:, 1::-1]])
    own = np.eye(n)[core.product[ends]]
    month = core.month[ends]
    mean = np.stack([own[:, 0][month[:, 0] == k].sum(axis=0) / max((month[:, 0] == k).sum(), 1) for k in range(m)])
    left = own - mean[month]
    residual, share, months, _ = _residual(core)
    np.testing.assert_allclose(residual, np.einsum("tp,tq->pq", left[:, 0], left[:, 1]), atol=1e-9)
    np.testing.assert_allclose(share @ months @ share.T, np.einsum("tp,tq->pq", mean[month[:, 0]], mean[month[:, 1]]), atol=1e-9)


@pytest.fixture(scope="module")
def narrow():
    return narrow_market(20_000, 0)


@pytest.mark.parametrize("eras", [True, False])
@pytest.mark.parametrize("seed", [0, 1])
def test_tastes_are_found_whatever_the_times(seed, eras):
    graph, taste, launch = market_of(seed, eras=eras)
    found = infer_categories(graph)
    reviews = np.diff(graph.product_indptr)
    assert information(taste, found, reviews) > 0.8
    assert information((launch // (DAYS / 5) + 1).astype(int), found, reviews) < 0.2


def test_time_alone_and_chance_alone_are_no_taste():
    """Of each 20 logs at most one: eras without tastes, neither, and logs with both whose reviewers are shuffled within months."""
    both, _, _ = market_of(0, n=6000)
    for draw in (
        lambda seed: market_of(seed, n=3000, loyalty=0)[0],
        lambda seed: market_of(seed, n=3000, loyalty=0, eras=False)[0],
        lambda seed: shuffled(both, seed),
        lambda seed: shuffled(narrow_market(6000, seed), seed),
    ):
        assert sum(infer_categories(draw(seed)) is not None for seed in range(20)) <= 1


@pytest.mark.parametrize("ring", [(40, 40, 10), (12, 20, 400)])
def test_a_ring_is_no_category_where_there_is_no_taste(ring):
    """One of a fifth of the log within ten days, and one of a few percent of it that takes more than a year."""
    assert sum(infer_categories(market_of(seed, n=8000, loyalty=0, ring=ring)[0]) is not None for seed in range(10)) == 0


def test_a_ring_among_tastes_does_not_get_a_category_of_its_own():
    """A ring of a tenth of the log, on products of all categories within ten days: its products stay apart."""
    log, truth = market(20_000, 3, [(60, 50, 0.7)], camouflage=0.3)
    graph = build_graph(**log).with_columns(category=None)
    found = infer_categories(graph)
    targets = truth[0][1]
    assert information(log["category"], found, np.diff(graph.product_indptr)) > 0.5
    assert np.bincount(found[targets][found[targets] >= 0]).max() < 0.4 * len(targets)


def test_the_categories_that_people_keep_to_are_found(narrow):
    found = infer_categories(narrow.with_columns(category=None))
    assert found.max() + 1 == 8
    assert information(narrow.category, found, np.diff(narrow.product_indptr)) > 0.95


def test_every_category_holds_its_share_and_the_largest_comes_first(narrow):
    found = infer_categories(narrow)[narrow.product]
    reviews = np.bincount(found[found >= 0])
    assert (np.diff(reviews) <= 0).all()
    assert reviews.min() >= SMALLEST_SHARE * reviews.sum()


@pytest.mark.parametrize("draw", [lambda: narrow_market(20_000, 0), lambda: market_of(4)[0]])
def test_names_and_the_order_of_rows_do_not_matter(draw):
    # Sellers and ratings tell products apart, and so influence which reviewers are sampled.
    graph, rng = draw().with_columns(category=None, seller=None, rating=None), np.random.default_rng(5)
    found = infer_categories(graph)
    who, what, row = rng.permutation(graph.n_reviewers), rng.permutation(graph.n_products), rng.permutation(graph.n_reviews)
    other = build_graph(who[graph.reviewer][row], what[graph.product][row], time=graph.time[row] - 1234, n_products=graph.n_products)
    np.testing.assert_array_equal(infer_categories(other)[what], found)


def test_large_logs_are_sampled(narrow, monkeypatch):
    """Of the reviews a fifth, of the products half: the same tastes come out, again whatever the names."""
    monkeypatch.setattr("collusion.graph.core_products.CORE_REVIEWS", narrow.n_reviews // 5)
    monkeypatch.setattr("collusion.graph.core_products.CORE_PRODUCTS", narrow.n_products // 2)
    assert information(narrow.category, infer_categories(narrow), np.diff(narrow.product_indptr)) > 0.7
    test_names_and_the_order_of_rows_do_not_matter(lambda: narrow)


def test_nothing_is_inferred_from_nothing(narrow):
    """No reviews, no times, no dated review, nobody who came back after long, one taste, too few to confirm any."""
    assert infer_categories(build_graph([], [], time=[])) is None
    assert infer_categories(build_graph([0, 0, 1], [0, 1, 1])) is None
    assert infer_categories(build_graph([0, 0, 1], [0, 1, 1], time=[NO_TIME] * 3)) is None
    assert infer_categories(build_graph([0, 0, 1, 1], [0, 1, 0, 1], time=[0, APART_DAYS, 5, APART_DAYS + 5])) is None
    assert infer_categories(build_graph([0, 0, 1, 1], [0, 1, 0, 1], time=[0, APART_DAYS + 1, 5, APART_DAYS + 9])) is None
    one = narrow.product[narrow.category[narrow.product] == 0]
    who, day = (column[narrow.category[narrow.product] == 0] for column in (narrow.reviewer, narrow.time))
    assert infer_categories(build_graph(who, one, time=day)) is None


def test_reviews_without_a_date_change_nothing_but_are_placed(narrow):
    day = narrow.time.copy()
    day[np.random.default_rng(2).random(len(day)) < 0.2] = NO_TIME
    graph = build_graph(narrow.reviewer, narrow.product, time=day, n_products=narrow.n_products)
    assert information(narrow.category, infer_categories(graph), np.diff(graph.product_indptr)) > 0.95


def test_categories_of_the_log_are_left_alone(narrow):
    assert with_categories(narrow) is narrow
    inferred = with_categories(narrow.with_columns(category=None))
    assert inferred.inferred
    assert inferred.category is not None
