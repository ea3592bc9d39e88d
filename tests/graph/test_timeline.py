"""A log and its replicates share what a permutation keeps, and nothing else."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from collusion.graph.graph import ReviewGraph, build_graph
from collusion.graph.memo import Memo, once
from collusion.graph.null import Null
from collusion.graph.projection import co_reviews_of
from collusion.graph.strata import activity_of, strata_of
from collusion.graph.timeline import product_starts
from markets import market


@pytest.fixture(scope="module")
def graph():
    return build_graph(**market(3_000, 2)[0])


def test_threads_that_ask_at_the_same_time_compute_a_value_once():
    memo, asked, together = Memo(), [], threading.Barrier(8)

    def compute():
        asked.append(None)
        return object()

    def ask(_):
        together.wait()
        return memo.get("value", compute)

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(ask, range(8)))
    assert len(asked) == 1
    assert len({id(value) for value in values}) == 1


def test_a_value_may_ask_for_another_and_an_error_is_not_kept():
    memo = Memo()
    assert memo.get("outer", lambda: memo.get("inner", lambda: 1) + 1) == 2
    with pytest.raises(ZeroDivisionError):
        memo.get("failed", lambda: 1 // 0)
    assert memo.get("failed", lambda: 3) == 3


def test_a_function_is_computed_once_for_each_owner_and_argument():
    class Owner:
        memo = None

        def __init__(self):
            self.memo = Memo()

    @once
    def pair(owner, k):
        return [owner, k]

    one, two = Owner(), Owner()
    assert pair(one, 1) is pair(one, 1)
    assert pair(one, 1) is not pair(one, 2)
    assert pair(one, 1) is not pair(two, 1)


@pytest.mark.parametrize("model", ["N0", "N1", "N3"])
def test_replicates_share_the_timeline_and_only_n1_the_margins(graph, model):
    replicate, _ = Null.of(graph, model).draw(np.random.default_rng(0))
    assert replicate.timeline is graph.timeline
    assert co_reviews_of(replicate, 7) is co_reviews_of(graph, 7)
    strata = strata_of(graph)
    ours, theirs = activity_of(graph, strata), activity_of(replicate, strata)
    assert (ours is theirs) == (model == "N1")
    counted = activity_of(ReviewGraph(graph.timeline, graph.n_reviewers, replicate.reviewer), strata_of(graph))
    for name in ("indptr", "strata", "counts"):
        np.testing.assert_array_equal(getattr(theirs, name), getattr(counted, name))


def test_strata_without_months_are_counted_again_for_each_replicate():
    """Two reviews 1,000 days apart are of a lonely product by month, and not of one without months: N1 does not keep those counts."""
    graph = build_graph([0, 1, 2, 3], [0, 0, 1, 1], time=[0, 1000, 0, 1])
    replicate = graph.permuted(graph.reviewer[::-1].copy(), within_strata=True)
    plain = strata_of(graph, months=False)
    assert activity_of(graph, plain) is not activity_of(replicate, plain)


def test_other_columns_make_another_timeline(graph):
    strata = strata_of(graph)
    other = graph.with_columns(category=None)
    assert other.category is None
    assert strata_of(other) is not strata
    assert other.margins is not graph.margins
    np.testing.assert_array_equal(other.edges, graph.edges)


def test_products_start_where_their_reviews_do():
    assert product_starts(np.array([1, 1, 3], np.int32), 5).tolist() == [0, 0, 2, 2, 3, 3]


def test_a_graph_that_went_through_pickle_is_the_same(graph):
    copy = pickle.loads(pickle.dumps(graph))
    np.testing.assert_array_equal(copy.reviewer, graph.reviewer)
    np.testing.assert_array_equal(copy.edges, graph.edges)
    assert strata_of(copy).n == strata_of(graph).n
