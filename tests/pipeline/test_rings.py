"""From tested groups to rings: ranked by evidence, named by the log, and nothing lost on the way."""

from types import SimpleNamespace

import numpy as np
import pytest

from collusion.base.model import Basket, Evidence
from collusion.case import ring_id
from collusion.detect.lockstep import Lockstep
from collusion.graph.graph import NO_TIME, build_graph
from collusion.graph.log import Names
from collusion.graph.membership import edges_between
from collusion.inference import stages
from collusion.inference.score import score_group
from collusion.inference.search import Search
from collusion.inference.stages import Candidate, DoubtfulMember, Left, Scored
from collusion.inference.variants import variant_groups
from collusion.pipeline.rings import dates_of, rings_of


@pytest.fixture(scope="module")
def log():
    """Two groups of three and a basket; products 6 and 7 are variants that count as 6."""
    rows = [(u, p, 100 + u) for u in range(3) for p in range(3)] + [(u, p, 200 + u) for u in range(3, 6) for p in (3, 4)]
    rows += [(6, 6, 300), (7, 6, 300), (8, 6, NO_TIME)]
    rows += [(10 + k, k % 8, 400 + k) for k in range(60)]
    u, p, t = zip(*rows, strict=True)
    graph = build_graph(u, p, time=t, row=np.arange(len(u)) * 2)
    variant = graph.product.copy()
    variant[np.isin(graph.row, [32])] = 7
    return SimpleNamespace(
        graph=graph,
        reviewers=Names.of([f"r{99 - k:02d}" for k in range(graph.n_reviewers)]),
        products=Names.of([f"p{k}" for k in range(graph.n_products)]),
        variant=variant,
    )


def answered(log, search, who, what, status, score=None, **told):
    members = np.array(who, np.int32)
    own = score_group(log.graph, search.by_window, members)
    candidate = Candidate(members, np.array(what, np.int32), ("core", "lockstep"))
    value = own.value if score is None else score
    return stages.Tested(scored=Scored(candidate, value, value + 1), status=status, q_values={"N1": 0.01}, passes=True, **told), own


def test_a_ring_says_all_that_its_group_does(log):
    search = Search.of(log.graph, [Lockstep()], 0)
    evidence = (Evidence("rating", "Said.", 1.0, 0.5, 0.01),)
    one, score = answered(
        *(log, search, [0, 1, 2], [0, 1, 2], "coordinated"),
        left=(Left("launches", 3.0, 9, 2), Left("rating sessions", -1.5, 3, 2, holds=True)),
        explained_by="rating sessions",
        evidence=evidence,
        q_paid=0.03,
        gamma=4.5,
        doubtful=(DoubtfulMember(2, "Reviewed little."), DoubtfulMember(0, "Rates against it.")),
    )
    built = rings_of(log, search, [one], [score], [])
    (ring,) = built.rings
    assert (ring.reviewers, ring.products) == (("r97", "r98", "r99"), ("p0", "p1", "p2"))
    assert ring.id == ring_id(ring.reviewers, ring.products)
    assert (ring.rank, ring.status, ring.score, ring.q_values) == (1, "coordinated", score.value, {"N1": 0.01})
    assert ring.rows == tuple(range(0, 18, 2))
    assert (ring.density, ring.first_review, ring.last_review) == (1.0, "1970-04-11", "1970-04-13")
    assert ring.detectors == ("core", "lockstep")
    assert (ring.evidence, ring.explained_by, ring.q_paid, ring.gamma) == (evidence, "rating sessions", 0.03, 4.5)
    assert (ring.residual, ring.residual_of) == (-1.5, "rating sessions")
    assert [(doubt.reviewer, doubt.reason) for doubt in ring.doubtful] == [("r97", "Reviewed little."), ("r99", "Rates against it.")]
    assert float(ring.breakdown.total) == pytest.approx(score.value)
    codes = built.codes[ring.id]
    assert [side.tolist() for side in codes] == [[0, 1, 2], [0, 1, 2]]


def test_the_status_is_a_badge_and_the_score_the_order(log):
    search = Search.of(log.graph, [Lockstep()], 0)
    groups = [
        answered(log, search, [0, 1, 2], [0, 1, 2], "flagged", 1.0),
        answered(log, search, [3, 4, 5], [3, 4], "candidate", 5.0),
        answered(log, search, [3, 4], [3, 4], "explained", 1.0),
        answered(log, search, [10, 11, 12], [2, 3, 4], "coordinated", 1.0),
    ]
    basket = Basket(np.array([6, 7], np.int32), np.array([6, 7, 8], np.int32), np.array([30, 31, 32, 34]), 1, inferred=True)
    baskets = variant_groups(log, search, [basket])
    built = rings_of(log, search, *map(list, zip(*groups, strict=True)), baskets)
    assert [ring.rank for ring in built.rings] == [1, 2, 3, 4, 5]
    assert [ring.score for ring in built.rings] == [5.0, 1.0, 1.0, 1.0, baskets[0].score.value]
    # Of equal scores the larger, then by id.
    assert built.rings[0].status == "candidate"
    same = built.rings[1:3]
    assert {ring.status for ring in same} == {"flagged", "coordinated"}
    assert [ring.id for ring in same] == sorted(ring.id for ring in same)
    assert built.rings[3].status == "explained"
    last = built.rings[-1]
    assert (last.status, last.explained_by, last.detectors) == ("explained", "variants", ("variants",))
    assert (last.reviewers, last.products) == (("r91", "r92", "r93"), ("p6", "p7"))
    assert last.rows == (30, 32, 34)
    assert last.evidence == (baskets[0].evidence,)
    assert (last.q_values, last.q_paid, last.residual, last.residual_of, last.doubtful, last.gamma) == ({}, None, None, None, (), None)
    assert len(built.codes) == 5


def test_products_of_a_ring_are_those_that_its_reviews_were_written_for(log):
    search = Search.of(log.graph, [Lockstep()], 0)
    one, score = answered(log, search, [6, 7, 8], [6], "candidate")
    (ring,) = rings_of(log, search, [one], [score], []).rings
    assert ring.products == ("p6", "p7")
    # Two of the three reviews have a date.
    assert (ring.first_review, ring.last_review) == ("1970-10-28", "1970-10-28")
    assert ring.density == 0.5


def test_dates_and_slots_of_nothing():
    graph = build_graph([0, 1], [0, 1])
    assert edges_between(graph, np.array([0], np.int32), np.array([1], np.int32)).tolist() == []
    assert dates_of(graph, np.arange(2)) == (None, None)
    undated = build_graph([0, 1], [0, 1], time=[NO_TIME, NO_TIME])
    assert dates_of(undated, np.arange(2)) == (None, None)
