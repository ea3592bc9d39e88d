"""The (alpha, beta)-core: worked examples and repeated deletion."""

import numpy as np
import pytest
from detect.toy import PAIRS, graph_of, random_pairs, rng, sets

import oracles
from collusion.detect.alpha_beta_core import AlphaBetaCore


def whole(groups):
    """The union of the components."""
    return frozenset().union(*(sets(g)[0] for g in groups)), frozenset().union(*(sets(g)[1] for g in groups))


@pytest.mark.parametrize(
    ("alpha", "beta", "reviewers", "products"),
    [(3, 3, {0, 1, 2}, {0, 1, 2, 3}), (4, 3, {0, 1, 2}, {0, 1, 2, 3}), (1, 4, set(range(7)), {3}), (2, 4, set(), set())],
)
def test_worked_examples(alpha, beta, reviewers, products):
    assert whole(AlphaBetaCore(alpha, beta).find(graph_of(PAIRS), rng())) == (reviewers, products)


def test_equal_to_repeated_deletion():
    random = np.random.default_rng(4)
    for _ in range(200):
        pairs = random_pairs(random, 7, 6, 0.5)
        alpha, beta = (int(x) for x in random.integers(1, 5, 2))
        found = AlphaBetaCore(alpha, beta).find(graph_of(pairs), rng()) if pairs else []
        assert whole(found) == oracles.alpha_beta_core(pairs, alpha, beta)


def test_the_largest_core_is_chosen():
    """Without parameters: the largest d such that the (d, d)-core is not empty."""
    random = np.random.default_rng(5)
    for _ in range(60):
        pairs = random_pairs(random, 7, 6, 0.5)
        if not pairs:
            continue
        d = max(d for d in range(1, 8) if oracles.alpha_beta_core(pairs, d, d)[0])
        assert whole(AlphaBetaCore().find(graph_of(pairs), rng())) == oracles.alpha_beta_core(pairs, d, d)


def test_the_free_side_is_as_large_as_it_can_be():
    """One parameter given: the other is the largest that leaves a core, or nothing is found where the one given leaves none."""
    random = np.random.default_rng(6)
    empty = 0
    for k in range(120):
        pairs = random_pairs(random, 7, 6, 0.5)
        given = int(random.integers(1, 5))
        free = [x for x in range(1, 9) if pairs and oracles.alpha_beta_core(pairs, *((given, x) if k % 2 else (x, given)))[0]]
        found = (AlphaBetaCore(alpha=given) if k % 2 else AlphaBetaCore(beta=given)).find(graph_of(pairs), rng())
        if not free:
            assert found == []
            empty += 1
            continue
        assert whole(found) == oracles.alpha_beta_core(pairs, *((given, free[-1]) if k % 2 else (free[-1], given)))
    assert 0 < empty < 60


def test_groups_are_the_components_by_reviews_a_node():
    """Two blocks apart and a pendant review: two groups, the denser first, scores reviews over nodes."""
    pairs = [(u, p) for u in range(3) for p in range(3)] + [(u, p) for u in range(3, 8) for p in range(3, 7)] + [(8, 0)]
    found = AlphaBetaCore(2, 2).find(graph_of(pairs), rng())
    assert [sets(group) for group in found] == [
        (frozenset(range(3, 8)), frozenset(range(3, 7))),
        (frozenset(range(3)), frozenset(range(3))),
    ]
    assert [group.score for group in found] == [20 / 9, 9 / 6]
