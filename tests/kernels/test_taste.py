"""Kernels of inferred categories agree with plain loops over sets and dictionaries, and do not depend on the order of reviewers."""

from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest

from collusion.kernels.taste import (
    BITS,
    add_ties,
    colour_products,
    label_products,
    mark_periods,
    sum_by_reviewer,
    tie_reviews,
)

NONE = -99


def some_log(seed, users=30, products=12, n=200):
    """Reviews grouped by reviewer: where each one's begin, products (different within one) and days."""
    rng = np.random.default_rng(seed)
    pairs = np.unique(rng.integers(0, users, n) * products + rng.integers(0, products, n))
    indptr = np.searchsorted(pairs // products, np.arange(users + 1)).astype(np.int64)
    return indptr, (pairs % products).astype(np.int32), rng.integers(0, 300, len(pairs)).astype(np.int32)


def ties_of(log, colours, apart, steps, order=None):
    indptr, product, day = log
    order = np.argsort(colours) if order is None else order
    ties = np.full((steps * len(day), 3), -1, np.int32)
    n = tie_reviews(order, indptr, colours, product, day, apart, steps, np.empty(len(day), np.uint64), ties)
    return ties[:n]


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_reviews_far_apart_are_tied_and_each_review_about_as_often(steps):
    """Without a limit of days, m reviews of one reviewer have min(m steps, m (m - 1) / 2) different ties; none with another reviewer's."""
    log = some_log(1)
    indptr, _, day = log
    colours = np.random.default_rng(2).integers(0, 2**63, len(indptr) - 1).astype(np.uint64)
    ties = ties_of(log, colours, -1, steps)
    assert len({frozenset(tie[:2]) for tie in ties.tolist()}) == len(ties)
    by = Counter(ties[:, 2].tolist())
    for u, m in enumerate(np.diff(indptr)):
        assert by[u] == min(m * steps, m * (m - 1) // 2)
    for s, t, u in ties.tolist():
        assert indptr[u] <= s < indptr[u + 1] > t >= indptr[u]
    far = [tie for tie in ties.tolist() if abs(int(day[tie[0]]) - int(day[tie[1]])) > 60]
    assert far == ties_of(log, colours, 60, steps).tolist()


def test_which_reviews_are_tied_depends_on_colours_and_products_alone():
    indptr, product, day = some_log(3)
    colours = np.random.default_rng(4).integers(0, 2**63, len(indptr) - 1).astype(np.uint64)
    rng = np.random.default_rng(5)
    users = rng.permutation(len(colours))
    rows = [rng.permutation(np.arange(indptr[u], indptr[u + 1])) for u in users]
    order = np.concatenate(rows)
    other = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64), product[order], day[order]
    one, two = ties_of((indptr, product, day), colours, 60, 2), ties_of(other, colours[users], 60, 2)
    named = [[(colours[u], product[s], product[t]) for s, t, u in one], [(colours[users[u]], other[1][s], other[1][t]) for s, t, u in two]]
    assert named[0] == named[1]


def test_ties_are_counted_in_both_directions():
    log = some_log(6)
    colours = np.arange(len(log[0]) - 1, dtype=np.uint64)
    ties, product, month = ties_of(log, colours, 10, 2), log[1], log[2] // 100
    n, m = 12, 3
    tables = [np.zeros(shape) for shape in ((n, n), (n, m), (n, m), (m, m))]
    add_ties(ties, product, month, *tables)
    ends = [(s, t) for s, t, _ in ties.tolist()] + [(t, s) for s, t, _ in ties.tolist()]
    keys = [(product, product), (product, month), (product, month), (month, month)]
    for table, (here, there), far in zip(tables, keys, [True, False, True, True], strict=True):
        expected = Counter((here[s], there[t if far else s]) for s, t in ends)
        assert {at: table[at] for at in zip(*np.nonzero(table), strict=True)} == expected


def test_sums_by_reviewer():
    log = some_log(7)
    ties, product, month = ties_of(log, np.arange(len(log[0]) - 1, dtype=np.uint64), 10, 2), log[1], log[2] // 100
    rng = np.random.default_rng(8)
    value, mean = rng.normal(size=(12, 3)), rng.normal(size=(3, 3))
    total, square = np.empty(3), np.empty(3)
    sum_by_reviewer(ties, product, month, value, mean, np.empty(3), total, square)
    own = defaultdict(lambda: np.zeros(3))
    for s, t, u in ties.tolist():
        own[u] += (value[product[s]] - mean[month[s]]) * (value[product[t]] - mean[month[t]])
    np.testing.assert_allclose(total, sum(own.values()))
    np.testing.assert_allclose(square, sum(part**2 for part in own.values()))


def test_a_product_is_known_by_its_reviews_in_any_order():
    reviewer, time = np.array([0, 1, 2, 2, 1, 0, 0], np.int32), np.array([5, 6, 7, 7, 6, 5, 6], np.int32)
    colours, out = np.array([11, 12, 13], np.uint64), np.empty(3, np.uint64)
    colour_products(np.array([0, 3, 6, 7]), np.array([0, 1, 2]), reviewer, time, 5, colours, out)
    assert out[0] == out[1] != out[2]
    later = np.empty(2, np.uint64)
    colour_products(np.array([0, 3, 6, 7]), np.array([2, 0]), reviewer, time + np.int32(4), 9, colours, later)
    assert later.tolist() == [out[2], out[0]]


def by_product(log):
    """The same reviews by edge: where each product's begin, reviewers, products and days, and the edges of each reviewer."""
    indptr, product, day = log
    reviewer = np.repeat(np.arange(len(indptr) - 1, dtype=np.int32), np.diff(indptr))
    order = np.lexsort((day, product))
    edges = np.argsort(reviewer[order], kind="stable").astype(np.int32)
    products = np.searchsorted(product[order], np.arange(13)).astype(np.int64)
    return products, reviewer[order], product[order], day[order], edges


@pytest.mark.parametrize("seed", range(5))
def test_products_are_labelled_by_what_their_reviewers_review_at_other_times(seed):
    rng = np.random.default_rng(seed)
    log = some_log(seed, users=10, n=100)
    log[2][rng.random(len(log[2])) < 0.1] = NONE
    products, reviewer, product, day, edges = by_product(log)
    k, length, first = 3, 5, 2
    label = rng.integers(-1, k, 12).astype(np.int8)
    open_ = rng.random(12) < 0.8
    marks = np.full((10, k), 99, np.uint8)
    mark_periods(log[0], edges, product, day, NONE, first, length, label, marks)
    seen = defaultdict(set)
    for u, p, d in zip(reviewer.tolist(), product.tolist(), day.tolist(), strict=True):
        if d != NONE and label[p] >= 0:
            seen[u, int(label[p])].add((d - first) // length % BITS)
    assert marks.tolist() == [[sum(2**q for q in seen[u, c]) for c in range(k)] for u in range(10)]

    worth = (rng.integers(0, 2, (BITS, 256, k)) * rng.integers(1, 100, (BITS, 256, k))).astype(np.int32)
    worth[:, 0] = 0
    out = np.full(12, 7, np.int8)
    label_products(products, reviewer, day, NONE, first, length, open_, marks, worth, np.empty(k, np.int64), np.empty(k), out)
    for p in range(12):
        periods = defaultdict(list)
        for u, d in zip(reviewer[product == p].tolist(), day[product == p].tolist(), strict=True):
            if d != NONE:
                periods[(d - first) // length].append(u)
        score = [
            sum(sum(int(worth[q % BITS, marks[u, c], c]) for u in who) / len(who) ** 0.5 for q, who in sorted(periods.items()))
            for c in range(k)
        ]
        expected = score.index(max(score)) if max(score) > 0 else -1
        assert out[p] == (expected if open_[p] else 7)


def test_different_products_of_one_reviewer_hardly_ever_share_a_place_in_the_circle():
    """Each pair is tied about as often as any other over many reviewers with the same products."""
    users, m = 2000, 6
    log = np.arange(users + 1, dtype=np.int64) * m, np.tile(np.arange(m, dtype=np.int32), users), np.zeros(users * m, np.int32)
    colours = np.random.default_rng(9).integers(0, 2**63, users).astype(np.uint64)
    ties = ties_of(log, colours, -1, 1)
    count = Counter(frozenset(log[1][tie[:2]].tolist()) for tie in ties)
    expected = users * m / 15
    assert all(abs(count[frozenset(pair)] - expected) < 5 * expected**0.5 for pair in combinations(range(m), 2))
