"""Baskets of variants are groups of the log, whose reviews count once."""

import numpy as np

from collusion.base.model import Basket
from collusion.detect.lockstep import Lockstep
from collusion.graph.graph import build_graph
from collusion.inference.score import score_group
from collusion.inference.search import Search
from collusion.inference.variants import variant_groups


class Coded:
    """As much of a coded log as is asked for: products 0 to 3 are variants that count as product 0, and 4 to 6 as product 5."""

    def __init__(self):
        self.graph = build_graph(
            [3, 4, 5, 3, 4, 9, 8, 9],
            [0, 0, 0, 7, 5, 5, 5, 7],
            time=[1, 1, 2, 50, 60, 61, 62, 63],
            row=[0, 4, 8, 12, 13, 14, 15, 16],
            n_reviewers=10,
            n_products=8,
        )
        # The very product of each review, in the order of the graph's: by product and time.
        self.variant = np.array([0, 1, 2, 4, 6, 4, 7, 7], np.int32)


def basket(products, reviewers, rows, copies, *, inferred):
    return Basket(np.array(products, np.int32), np.array(reviewers, np.int32), np.arange(rows), copies, inferred)


def test_a_basket_is_the_reviews_of_its_people_counted_once():
    log = Coded()
    search = Search.of(log.graph, [Lockstep()], 0)
    declared, inferred = variant_groups(
        log, search, [basket([0, 1, 2, 3], [3, 4, 5], 12, 9, inferred=False), basket([0, 1], [3, 4], 4, 2, inferred=True)]
    )
    assert log.graph.row[declared.edges].tolist() == [0, 4, 8]
    assert declared.nodes.tolist() == [0]
    assert declared.score == score_group(log.graph, search.by_window, np.array([3, 4, 5], np.int32))
    assert declared.evidence.statement == (
        "3 reviewers reviewed the same 4 products, but these are variants of one listing: the log gives them one listing. Of 12 rows, "
        "9 are copies; counted once, 3 reviews of one product remain, and no pair of reviewers coincides twice."
    )
    assert (declared.evidence.signal, declared.evidence.stance) == ("variants", "explains")
    assert (declared.evidence.observed, declared.evidence.expected) == (12.0, 3.0)
    assert declared.evidence.rows == tuple(range(12))
    assert "copies of one review (same text, rating and day)" in inferred.evidence.statement
    assert variant_groups(log, search, []) == []


def test_products_whose_reviews_count_elsewhere_lead_there():
    """Nobody of the basket has a counted review of product 6; somebody else's leads to the node that stands for it."""
    log = Coded()
    (one,) = variant_groups(log, Search.of(log.graph, [Lockstep()], 0), [basket([6], [3, 5], 2, 1, inferred=True)])
    assert one.nodes.tolist() == [5]
    assert len(one.edges) == 0
