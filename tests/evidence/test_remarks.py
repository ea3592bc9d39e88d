"""Verified purchases and helpful votes: counted beside others' reviews of the same products, and for no side."""

import numpy as np
import pytest
from evidence.groups import group_of, log_of

from collusion.evidence.signals.helpful import HelpfulVotes
from collusion.evidence.signals.verified import Verified
from collusion.graph.graph import build_graph

# Rows: two members and two others on product 0, a member and another on product 1, others elsewhere.
REVIEWERS, PRODUCTS = [0, 1, 2, 3, 0, 2, 0, 3], [0, 0, 0, 0, 1, 1, 2, 2]


def asked(signal, column, values):
    graph = build_graph(REVIEWERS, PRODUCTS)
    return signal.test(group_of(graph, [0, 1], [0, 1], window=None, log=log_of(graph, **{column: np.array(values)[graph.row]})))


def test_verified_purchases_are_counted_beside_those_of_others():
    found = asked(Verified(), "verified", [1, 1, 0, -1, 0, 1, 1, 0])
    assert (found.observed, found.expected) == (pytest.approx(2 / 3), 0.5)
    assert found.rows == (0, 1, 4)
    assert found.statement == (
        "67% of the group's 3 reviews are of verified purchases; 50% of the 2 reviews of the same products by others. "
        "Paid reviewers buy, too."
    )


def test_helpful_votes_are_counted_beside_those_of_others():
    found = asked(HelpfulVotes(), "helpful", [4, -1, 0, 2, 1, 7, 90, 90])
    assert (found.observed, found.expected) == (2.5, 3.0)
    assert found.rows == (0, 4)
    assert "The group's 2 reviews have 2.5 helpful votes on average; others' reviews of the same products: 3.0" in found.statement


@pytest.mark.parametrize(("signal", "column"), [(Verified(), "verified"), (HelpfulVotes(), "helpful")])
def test_whatever_the_figures_no_side_is_taken_and_nothing_is_made_up(signal, column):
    for own, others in ((0, 1), (1, 0), (1, 1)):
        found = asked(signal, column, [own, own, others, others, own, others, 0, 0])
        assert (found.stance, found.p_value, found.observed, found.expected) == ("neutral", None, own, others)
    alone = asked(signal, column, [1, 1, -1, -1, 0, -1, 1, 1])
    assert alone.expected is None
    assert "nan" not in alone.statement
    assert asked(signal, column, [-1, -1, 1, 1, -1, 1, 1, 1]) is None
    graph = build_graph(REVIEWERS, PRODUCTS)
    assert signal.test(group_of(graph, [0, 1], [0, 1], window=None)) is None
