"""The numbers by which somebody is a member are those of the compiled refinement: who passes is who it keeps."""

import numpy as np
import pytest
from slow_membership import Windows, join_reviewers

from collusion.graph.graph import build_graph
from collusion.graph.member_tests import member_tests, product_tests
from collusion.graph.membership import MARGINAL, refine_memberships
from collusion.graph.projection import co_reviews_of
from markets import market


@pytest.fixture(scope="module", params=["seller", "product"])
def refined(request):
    log, truth = market(20_000, 4, [(15, 8, 0.7), (9, 6, 0.9)])
    graph = build_graph(**log)
    co_reviews = co_reviews_of(graph, 7, request.param).rarer(2)
    groups = [reviewers.astype(np.int32) for reviewers, _ in truth]
    return graph, co_reviews, refine_memberships(graph, co_reviews, groups, [2] * len(groups))


def test_who_passes_is_who_was_kept(refined):
    graph, co_reviews, found = refined
    for members, products in found:
        tests = member_tests(graph, co_reviews, members, products, np.empty(0, np.int32))
        assert tests.codes[tests.passes].tolist() == members.tolist()
        assert tests.codes[tests.passes].tolist() == join_reviewers(graph, co_reviews, Windows(graph, 7), members, products).tolist()
        of_products = product_tests(graph, co_reviews, members)
        count = of_products.observed
        joint = of_products.passes | ((2 * count >= len(members)) & (count >= 2))
        # Products of far fewer members than usual are left out afterwards.
        usual = np.median(np.repeat(count[joint], count[joint]))
        assert of_products.codes[joint & (count >= MARGINAL * usual)].tolist() == products.tolist()


def test_the_number_that_is_needed_is_the_smallest_that_passes(refined):
    graph, co_reviews, [(members, products), *_] = refined
    rest = members[1:]
    tests = member_tests(graph, co_reviews, rest, products, members[:1])
    at = int(np.searchsorted(tests.codes, members[0]))
    needed = tests.needed(at)
    assert 2 <= needed <= tests.observed[at]
    for count, passes in ((needed - 1, False), (needed, True)):
        tests.observed[at] = count
        assert tests.passes[at] == passes


def test_whoever_reviewed_none_of_the_products_is_tested_too(refined):
    graph, co_reviews, [(members, products), *_] = refined
    away = np.setdiff1d(np.arange(graph.n_reviewers), graph.reviewer[np.isin(graph.product, products)])[:1].astype(np.int32)
    tests = member_tests(graph, co_reviews, members, products, away)
    at = int(np.searchsorted(tests.codes, away[0]))
    assert (tests.observed[at], tests.p_values[at], tests.passes[at]) == (0, 1.0, False)
