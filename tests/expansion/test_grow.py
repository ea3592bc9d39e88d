"""Who is found from seeds: a planted ring, nobody at random, and the same whatever the names and the order."""

import numpy as np
import pytest

import collusion as cl
from markets import frame, market


@pytest.fixture(scope="module")
def log():
    columns, ((people, products), *_) = market(8_000, 3, [(16, 10, 0.6)])
    return frame(columns), [f"u{code}" for code in people], [f"p{code}" for code in products]


@pytest.fixture(scope="module")
def found(log):
    return cl.expand(log[0], reviewers=log[1][:3], seed=1, replicates=5)


def ids(accounts):
    return {one.id for one in accounts}


def test_the_rest_of_a_ring_is_found(log, found):
    right = ids(found.reviewers) & set(log[1])
    assert len(right) >= 11
    assert len(right) >= 0.9 * len(found.reviewers)
    assert ids(found.products[:8]) <= set(log[2])
    reviews = log[0].iloc[list(found.reviewers[0].rows)]
    assert set(reviews["reviewer_id"]) == {found.reviewers[0].id}


def test_names_and_order_change_nothing(log, found):
    table = log[0].sample(frac=1, random_state=1).reset_index(drop=True)
    table["reviewer_id"] = "x" + table["reviewer_id"].str[::-1]
    table["product_id"] = "y" + table["product_id"].str[::-1]
    again = cl.expand(table, reviewers=[f"x{one[::-1]}" for one in log[1][:3]], seed=1, replicates=5, threads=1)
    figures = sorted((one.p_value, one.q_value, one.shared, one.expected, f"x{one.id[::-1]}") for one in found.reviewers)
    assert sorted((one.p_value, one.q_value, one.shared, one.expected, one.id) for one in again.reviewers) == figures


def test_products_lead_to_the_ring_too(log):
    found = cl.expand(log[0], products=log[2], seed=1, replicates=5)
    assert len(ids(found.reviewers) & set(log[1])) >= 0.7 * len(log[1])


def test_from_people_at_random_nobody_is_found(log):
    active = log[0].groupby("reviewer_id").size()
    active = sorted(set(active[active >= 5].index) - set(log[1]))
    rng = np.random.default_rng(5)
    for _ in range(6):
        found = cl.expand(log[0], reviewers=rng.choice(active, 3, replace=False).tolist(), seed=1, replicates=2)
        assert not found.reviewers


def test_one_seed_is_enough_to_begin(log):
    found = cl.expand(log[0], reviewers=log[1][:1], seed=1, replicates=2)
    assert ids(found.reviewers) <= set(log[1]) or len(ids(found.reviewers) & set(log[1])) >= 0.8 * len(found.reviewers)
