"""The (alpha, beta)-core: worked examples and repeated deletion."""

import numpy as np
import pytest
from detect.toy import PAIRS, graph_of, random_pairs, rng, sets

import oracles
from collusion.detect.core import Core
from collusion.errors import ConfigError


def whole(groups):
    """The union of the components."""
    return frozenset().union(*(sets(g)[0] for g in groups)), frozenset().union(*(sets(g)[1] for g in groups))


@pytest.mark.parametrize(
    ("alpha", "beta", "reviewers", "products"),
    [(3, 3, {0, 1, 2}, {0, 1, 2, 3}), (4, 3, {0, 1, 2}, {0, 1, 2, 3}), (1, 4, set(range(7)), {3}), (2, 4, set(), set())],
)
def test_worked_examples(alpha, beta, reviewers, products):
    assert whole(Core(alpha, beta).find(graph_of(PAIRS), rng())) == (reviewers, products)


def test_equal_to_repeated_deletion():
    random = np.random.default_rng(4)
    for _ in range(200):
        pairs = random_pairs(random, 7, 6, 0.5)
        alpha, beta = (int(x) for x in random.integers(1, 5, 2))
        found = Core(alpha, beta).find(graph_of(pairs), rng()) if pairs else []
        assert whole(found) == oracles.alpha_beta_core(pairs, alpha, beta)


def test_the_largest_core_is_chosen():
    """Without parameters: the largest d such that the (d, d)-core is not empty."""
    random = np.random.default_rng(5)
    for _ in range(60):
        pairs = random_pairs(random, 7, 6, 0.5)
        if not pairs:
            continue
        d = max(d for d in range(1, 8) if oracles.alpha_beta_core(pairs, d, d)[0])
        assert whole(Core().find(graph_of(pairs), rng())) == oracles.alpha_beta_core(pairs, d, d)


def test_all_wrong_parameters_are_named_at_once():
    with pytest.raises(ConfigError, match=r"(?s)alpha.*beta"):
        Core(0, -1)
