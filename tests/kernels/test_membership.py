"""Membership refined on scratch arrays agrees with membership refined step by step on whole arrays."""

import numpy as np
import pytest
import slow_membership as slow

from collusion.graph.graph import build_graph
from collusion.graph.membership import refine_memberships
from collusion.graph.projection import co_reviews_of
from collusion.graph.windows import N_DEGREE_BINS
from markets import market


@pytest.mark.parametrize("seed", range(40))
def test_refinement_equals_refinement_step_by_step(seed):
    """Rings, halves of rings and strangers, at every local-degree bin and in several windows: the same members and products."""
    rng = np.random.default_rng(seed)
    log, truth = market(
        1_000 + 100 * seed, seed, [(12, 6, 0.8), (30, 8, 0.4)], sellers=seed % 2 == 0, days=200 + 20 * seed, categories=1 + seed % 8
    )
    if seed % 5 == 4:
        log["category"] = None
    graph = build_graph(**log)
    co_reviews = co_reviews_of(graph, int(rng.choice([0, 2, 7, 21, 60])))
    groups = [truth[0][0], truth[1][0][::2], *(np.sort(rng.choice(graph.n_reviewers, 15, replace=False)) for _ in range(4))]
    # Busy people have co-reviews by chance, which tests the bounds more than strangers do.
    groups.append(np.sort(np.argsort(-np.diff(graph.indptr))[:40]))
    groups = [group.astype(np.int32) for group in groups]
    windows = slow.Windows(graph, co_reviews.window)
    for degree_bin in range(N_DEGREE_BINS):
        found = refine_memberships(graph, co_reviews, groups, [degree_bin] * len(groups))
        for group, (members, products) in zip(groups, found, strict=True):
            expected = slow.refine(graph, co_reviews.rarer(degree_bin), windows, group)
            np.testing.assert_array_equal(members, expected[0])
            np.testing.assert_array_equal(products, expected[1])


def test_groups_do_not_affect_each_other():
    """Scratch arrays are clean after each group: one by one, together and in another order the result is the same."""
    log, truth = market(8_000, 3, [(12, 6, 0.8), (20, 8, 0.5)])
    graph = build_graph(**log)
    co_reviews = co_reviews_of(graph, 7)
    groups = [members.astype(np.int32)[::2] for members, _ in truth]
    together = refine_memberships(graph, co_reviews, groups, [3, 5])
    for k, (members, products) in enumerate(refine_memberships(graph, co_reviews, groups[::-1], [5, 3])[::-1]):
        np.testing.assert_array_equal(members, together[k][0])
        np.testing.assert_array_equal(products, together[k][1])
