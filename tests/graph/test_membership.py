"""Membership is refined to the planted ring, and to nothing for reviewers drawn at random."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.graph.graph import build_graph
from collusion.graph.membership import _ranges, edges_of, refine_memberships, synchronous
from collusion.graph.projection import co_reviews_of
from collusion.graph.windows import N_DEGREE_BINS
from markets import jaccard, market


def test_slots_of_are_the_reviewers_reviews():
    log, _ = market(2_000, 0)
    graph = build_graph(**log)
    some = np.array([3, 17, 40], dtype=np.int32)
    np.testing.assert_array_equal(edges_of(graph, some), np.flatnonzero(np.isin(graph.reviewer, some)))


def test_synchronous_slots_have_another_within_the_window():
    log, _ = market(3_000, 1)
    graph = build_graph(**log)
    co_reviews = co_reviews_of(graph, 7)
    edges = np.flatnonzero(graph.reviewer % 3 == 0)
    together = synchronous(co_reviews, edges)
    for k, i in enumerate(edges.tolist()):
        others = [
            j
            for j in edges.tolist()
            if j != i and graph.product[j] == graph.product[i] and abs(int(graph.time[i]) - int(graph.time[j])) <= 7
        ]
        assert together[k] == bool(others)


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_refine_the_same_groups(threads):
    log, truth = market(10_000, 2, [(12, 8, 0.8), (9, 6, 0.9), (7, 5, 1.0)])
    graph = build_graph(**log)
    co_reviews = co_reviews_of(graph, 7)
    cores = [reviewers[:5].astype(np.int32) for reviewers, _ in truth]
    bins = [N_DEGREE_BINS - 1] * len(cores)
    one, many = refine_memberships(graph, co_reviews, cores, bins), refine_memberships(graph, co_reviews, cores, bins, threads)
    assert [[part.tolist() for part in group] for group in one] == [[part.tolist() for part in group] for group in many]
    assert all(len(members) for members, _ in one)


@pytest.mark.parametrize("seed", range(5))
def test_half_a_ring_is_refined_to_the_whole(seed):
    """From half of its members, a ring of 20 x 10 at 70 % is completed: Jaccard of .9 or more, and its products likewise."""
    log, truth = market(60_000, seed, [(20, 10, 0.7)])
    graph = build_graph(**log)
    members, products = refine_memberships(graph, co_reviews_of(graph, 7), [truth[0][0][::2].astype(np.int32)], [N_DEGREE_BINS - 1])[0]
    assert jaccard(members, truth[0][0]) >= 0.9
    assert jaccard(products, truth[0][1]) >= 0.8


@pytest.mark.parametrize("seed", range(5))
def test_strangers_are_refined_to_nobody(seed):
    """Reviewers drawn at random have no products in common beyond chance, so no group is left of them."""
    log, _ = market(30_000, seed)
    graph = build_graph(**log)
    strangers = np.sort(np.random.default_rng(seed).choice(graph.n_reviewers, 20, replace=False)).astype(np.int32)
    members, _ = refine_memberships(graph, co_reviews_of(graph, 7), [strangers], [N_DEGREE_BINS - 1])[0]
    assert len(members) <= 2


def test_an_empty_group_stays_empty():
    graph = build_graph([0, 1], [0, 1], time=[0, 0])
    co_reviews = co_reviews_of(graph, 7)
    ((members, products),) = refine_memberships(graph, co_reviews, [np.empty(0, dtype=np.int32)], [N_DEGREE_BINS - 1])
    assert (members.tolist(), products.tolist()) == ([], [])
    assert refine_memberships(graph, co_reviews, [], []) == []


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), max_size=12))
def test_union_of_ranges(steps):
    """What writing all of them down and keeping each position once finds."""
    lo = np.cumsum([step for step, _ in steps]).astype(np.int64)
    # Ends never descend, as those of windows along a timeline.
    hi = np.maximum.accumulate(lo + np.array([length for _, length in steps], dtype=np.int64)) if steps else lo
    every = [position for a, b in zip(lo.tolist(), hi.tolist(), strict=True) for position in range(a, b)]
    assert _ranges(lo, hi).tolist() == sorted(set(every))
