"""Inferred categories: those that made the log come out, no ring becomes one, and names have no say."""

import numpy as np
import pytest

from collusion.graph.categories import APART, SMALLEST, infer_categories, with_categories
from collusion.graph.graph import NO_TIME, build_graph
from markets import market, narrow_market


def agreement(given, found):
    """Share of products whose inferred category is mostly made of their own true one."""
    table = np.zeros((given.max() + 1, found.max() + 1))
    np.add.at(table, (given[found >= 0], found[found >= 0]), 1)
    return table.max(axis=0).sum() / len(given)


@pytest.fixture(scope="module")
def narrow():
    return narrow_market(20_000, 0)


def test_the_categories_that_people_keep_to_are_found(narrow):
    found = infer_categories(narrow.with_columns(category=None))
    assert found.max() + 1 == 8
    assert agreement(narrow.category, found) > 0.9


def test_every_category_holds_its_share_and_the_largest_comes_first(narrow):
    found = infer_categories(narrow)
    reviews = np.bincount(found[narrow.product])
    assert (np.diff(reviews) <= 0).mean() > 0.8  # products placed afterwards may change the order of near equals
    assert reviews.min() >= SMALLEST * narrow.n_reviews


def test_names_and_the_order_of_rows_have_no_say(narrow):
    rng = np.random.default_rng(5)
    found = infer_categories(narrow)
    who, what, row = rng.permutation(narrow.n_reviewers), rng.permutation(narrow.n_products), rng.permutation(narrow.n_reviews)
    other = build_graph(who[narrow.reviewer][row], what[narrow.product][row], time=narrow.time[row] - 1234, n_products=narrow.n_products)
    np.testing.assert_array_equal(infer_categories(other)[what], found)


def test_a_ring_does_not_become_a_category_of_its_own():
    """A ring of a tenth of the log, on products of all categories within ten days: its products stay apart."""
    log, truth = market(20_000, 3, [(60, 50, 0.7)], camouflage=0.3)
    graph = build_graph(**log)
    found = infer_categories(graph.with_columns(category=None))
    targets = truth[0][1]
    assert np.bincount(found[targets][found[targets] >= 0]).max() < 0.6 * len(targets)


def test_nothing_is_inferred_from_nothing():
    """No times, no dated review, nobody who came back after long, one taste."""
    assert infer_categories(build_graph([0, 0, 1], [0, 1, 1])) is None
    assert infer_categories(build_graph([0, 0, 1], [0, 1, 1], time=[NO_TIME] * 3)) is None
    assert infer_categories(build_graph([0, 0, 1, 1], [0, 1, 0, 1], time=[0, APART, 5, APART + 5])) is None
    assert infer_categories(build_graph([0, 0, 1, 1], [0, 1, 0, 1], time=[0, APART + 1, 5, APART + 9])) is None


def test_two_tastes_by_hand():
    """Two people who come back to products 0 and 1, two to 2 and 3; product 4 has one review, by the first; product 5 a stranger's."""
    rows = [(0, 0, 0), (0, 1, 100), (1, 0, 5), (1, 1, 90), (2, 2, 0), (2, 3, 100), (3, 2, 9), (3, 3, 200), (0, 4, 101), (9, 5, 50)]
    reviewer, product, time = (np.array(column) for column in zip(*rows, strict=True))
    found = infer_categories(build_graph(reviewer, product, time=time))
    assert found[0] == found[1] == found[4] != found[2] == found[3]
    assert found[5] == -1


def test_categories_of_the_log_are_left_alone(narrow):
    assert with_categories(narrow) is narrow
    inferred = with_categories(narrow.with_columns(category=None))
    assert inferred.inferred
    assert inferred.category is not None
