"""Codes in the order that searches like, and nothing that depends on it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.detect.lockstep import Lockstep
from collusion.graph import projection
from collusion.graph.graph import build_graph
from collusion.graph.order import busiest_first, ranks, sellers_together, units_of
from collusion.graph.pairs import rows_by_unit
from collusion.graph.projection import NO_SPANS, co_reviews_of
from markets import market


@given(st.lists(st.integers(0, 9), max_size=30))
def test_busiest_come_first_and_equals_keep_their_order(reviews):
    found = busiest_first(np.array(reviews, dtype=np.int64))
    assert found.tolist() == sorted(range(len(reviews)), key=lambda u: -reviews[u])


@given(st.lists(st.integers(-1, 4), max_size=30))
def test_products_of_a_seller_stand_together(sellers):
    seller = np.array(sellers, dtype=np.int32)
    places = units_of(seller).tolist()
    assert places == [p if s < 0 else sellers.index(s) for p, s in enumerate(sellers)]
    order = sellers_together(seller).tolist()
    assert order == sorted(range(len(sellers)), key=lambda p: places[p])
    rank = ranks(np.array(order, dtype=np.int32))
    assert [order[k] for k in rank.tolist()] == list(range(len(order)))


@pytest.fixture(scope="module")
def logs():
    """A market as it is drawn, and with reviewers busiest first and products by seller; and the names of the new codes."""
    log, _ = market(8_000, 1, [(10, 6, 0.9)])
    drawn = build_graph(**log)
    people, products = busiest_first(np.diff(drawn.indptr)), sellers_together(drawn.seller)
    ordered = build_graph(
        ranks(people)[drawn.reviewer],
        ranks(products)[drawn.product],
        time=drawn.time,
        rating=drawn.rating,
        category=drawn.category[products],
        seller=drawn.seller[products],
        n_reviewers=drawn.n_reviewers,
        n_products=drawn.n_products,
    )
    return drawn, ordered, people


@pytest.mark.parametrize("unit", ["seller", "product"])
@pytest.mark.parametrize("at_least", [1, 2])
def test_pairs_are_the_same_in_either_order(logs, unit, at_least):
    drawn, ordered, people = logs
    found = []
    for graph, names in ((drawn, np.arange(drawn.n_reviewers)), (ordered, people)):
        pairs = co_reviews_of(graph, 21, unit).pairs(graph, at_least=at_least, least_surprise=0.5 * (at_least - 1), threads=2)
        assert (np.diff(pairs.a) >= 0).all()
        ends = np.sort(np.stack([names[pairs.a], names[pairs.b]]), axis=0).tolist()
        found.append(sorted(zip(*ends, pairs.co_reviews.tolist(), np.round(pairs.surprise, 6).tolist(), strict=True)))
    assert found[0] == found[1]
    assert len(found[0]) > 50


def test_an_ordered_log_needs_no_copy_of_its_rows(logs):
    _, ordered, _ = logs
    rank, indptr, edges, joined = rows_by_unit(ordered, co_reviews_of(ordered, 21, "seller"))
    assert len(rank) == 0
    assert indptr is ordered.indptr
    assert edges is ordered.edges
    assert len(joined) == -(-ordered.n_reviews // 8)


@pytest.mark.parametrize("window", [None, 0, 7, 60])
def test_windows_told_one_by_one_are_those_of_all_slots(logs, window):
    """What a large log does without: the windows of all edges at hand."""
    for graph in logs[:2]:
        co_reviews = co_reviews_of(graph, window)
        bare = replace(co_reviews, span=NO_SPANS)
        edges = np.arange(graph.n_reviews)
        for name in ("lo", "hi", "degree_bin", "counts"):
            np.testing.assert_array_equal(getattr(co_reviews, name)(edges), getattr(bare, name)(edges))
        groups = [np.arange(k, k + 40, dtype=np.int32) for k in range(0, 400, 40)]
        for one, other in zip(co_reviews.among(graph, groups), bare.among(graph, groups), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_log_too_large_to_materialize_its_windows_is_searched_alike(logs, monkeypatch):
    found = []
    for held in (1 << 24, 0):
        monkeypatch.setattr(projection, "MATERIALIZED_REVIEWS", held)
        graph = logs[1].with_columns()
        found.append(Lockstep().find(graph, np.random.default_rng(0)))
        assert (len(co_reviews_of(graph, 7).span) > 0) == (held > 0)
    assert len(found[0]) == len(found[1]) > 0
    for one, other in zip(*found, strict=True):
        assert (one.reviewers.tolist(), one.products.tolist(), one.score) == (
            other.reviewers.tolist(),
            other.products.tolist(),
            other.score,
        )
