"""Find, refine, score and merge; and fans, of whom nothing is left once per seller."""

import zlib
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

from collusion.base.model import Group
from collusion.detect import Context
from collusion.detect.fraudar import Fraudar
from collusion.detect.lockstep import Lockstep
from collusion.graph.graph import build_graph
from collusion.graph.membership import refine_memberships
from collusion.graph.projection import N_DEGREE_BINS
from collusion.inference.score import score_group, score_groups
from collusion.inference.search import Measure, Search
from collusion.inference.stages import Candidate, Scored
from markets import market


@dataclass(frozen=True)
class Given:
    """Returns what it is given, and remembers what it was asked with."""

    groups: tuple = ()
    asked: list = field(default_factory=list, compare=False)
    name: ClassVar[str] = "given"

    def find(self, graph, rng):  # noqa: ARG002  # the protocol's
        self.asked.append(int(rng.integers(2**60)))
        return [Group(*group, 1.0, self.name) for group in self.groups]


@dataclass(frozen=True)
class Own:
    """Counts co-reviews once per product, within five days."""

    name: ClassVar[str] = "own"
    unit: ClassVar[str] = "product"

    def find(self, graph, rng):  # noqa: ARG002  # the protocol's
        return []

    def co_reviews(self, graph, unit, threads=1):
        return Lockstep(windows=(5,)).co_reviews(graph, unit, threads)


@pytest.fixture(scope="module")
def planted():
    log, truth = market(6_000, 1, [(12, 6, 0.9)])
    return build_graph(**log), [codes.astype(np.int32) for codes in truth[0]]


def test_groups_are_scored_by_the_first_detector_that_measures(planted):
    graph, _ = planted
    assert isinstance(Lockstep(), Measure)
    assert isinstance(Own(), Measure)
    assert not isinstance(Fraudar(), Measure)
    own = Search.of(graph, [Fraudar(), Own(), Lockstep()], 0)
    assert [co_reviews.window for co_reviews in own.by_window] == [5]
    assert own.by_product is own.by_window
    assert not own.by_seller
    usual = Search.of(graph, [Fraudar()], 0)
    assert [co_reviews.window for co_reviews in usual.by_window] == [2, 7, 21, 60]
    assert usual.by_seller
    assert {co_reviews.by for co_reviews in usual.by_product} == {"product"}
    assert usual.strata is usual.by_window[0].strata


def test_each_detector_draws_from_a_stream_of_its_own(planted):
    graph, _ = planted
    alone, beside = Given(), Given()
    for replicate in (0, 1, 0):
        Search.of(graph, [alone], 5).find(graph, replicate)
        Search.of(graph, [Lockstep(windows=(7,)), beside], 5).find(graph, replicate)
    assert alone.asked == beside.asked
    assert alone.asked[0] == alone.asked[2] != alone.asked[1]
    assert alone.asked[0] == np.random.default_rng([5, zlib.crc32(b"given"), 0]).integers(2**60)


def test_a_groups_membership_is_refined_where_that_scores_higher(planted):
    """Half a ring becomes the ring; what a detector has refined itself is left as it is."""
    graph, (members, targets) = planted
    search = Search.of(graph, [Given(((members[::2], targets),))], 0)
    (found,) = search.find(graph)
    score = score_group(graph, search.by_window, members[::2])
    co_reviews = search.at(score)
    reviewers, products = refine_memberships(graph, co_reviews, [members[::2]], [N_DEGREE_BINS - 1])[0]
    assert found.score == score_group(graph, search.by_window, found.reviewers).value > score.value
    assert (found.reviewers.tolist(), found.products.tolist()) == (reviewers.tolist(), products.tolist())
    assert set(members) <= set(found.reviewers)
    assert found.candidate.detectors == ("given",)
    assert found.by_product == score_group(graph, search.by_product, found.reviewers).value


def test_strangers_stay_what_they_are(planted):
    graph, (members, _) = planted
    strangers = np.setdiff1d(np.arange(40, dtype=np.int32), members)[:9]
    search = Search.of(graph, [Given(((strangers, np.arange(4, dtype=np.int32)),))], 0)
    found = search.find(graph)
    best = score_group(graph, search.by_window, strangers).value
    assert all(one.score >= best for one in found)


def test_two_campaigns_in_one_group_are_two_groups():
    """Twelve accounts and nine others, years apart and with no product in common, which a detector took for one group."""
    log, truth = market(12_000, 2, [(12, 6, 0.9), (9, 6, 0.9)], days=2000)
    graph = build_graph(**log)
    (a, of_a), (b, of_b) = truth
    both = np.sort(np.concatenate([a, b])).astype(np.int32), np.unique(np.concatenate([of_a, of_b])).astype(np.int32)

    @dataclass(frozen=True)
    class Refined(Given):
        def find(self, graph, rng):  # noqa: ARG002  # the protocol's
            return [Group(*both, 1.0, "given", refined=True)]

    days = [graph.time[np.isin(graph.reviewer, who) & np.isin(graph.product, what)] for who, what in truth]
    assert min(abs(int(x) - int(y)) for x in days[0] for y in days[1]) > 60
    found = Search.of(graph, [Refined()], 0).find(graph)
    assert sorted(one.reviewers.tolist() for one in found) == sorted([a.tolist(), b.tolist()])
    assert all(one.score > 0 for one in found)


def test_nothing_found_is_nothing_scored(planted):
    graph, _ = planted
    search = Search.of(graph, [Given()], 0)
    assert search.find(graph) == []
    assert search.scored(graph, []) == []


def fans_market(share=0.9):
    """A market, and fourteen accounts who review each of a seller's eight products within days of its launch."""
    log, _ = market(8_000, 3)
    rng = np.random.default_rng(3)
    fans, own = log["n_reviewers"] + np.arange(14), log["n_products"] + np.arange(8)
    i, j = np.nonzero(rng.random((14, 8)) < share)
    grown = {
        **log,
        "reviewer": np.append(log["reviewer"], fans[i]),
        "product": np.append(log["product"], own[j]),
        "time": np.append(log["time"], 15_200 + 60 * j + rng.integers(0, 4, len(i))),
        "rating": np.append(log["rating"], np.full(len(i), 4.0)),
        "category": np.append(log["category"], np.zeros(8, int)),
        "seller": np.append(log["seller"], np.full(8, log["seller"].max() + 1)),
        "n_reviewers": log["n_reviewers"] + 14,
        "n_products": log["n_products"] + 8,
    }
    return build_graph(**grown), fans


def test_fans_of_one_seller_are_found_by_their_co_reviews_per_product():
    graph, fans = fans_market()
    search = Search.of(graph, [Lockstep()], 0)
    found = search.find(graph)
    assert not any(np.isin(one.reviewers, fans).mean() > 0.5 and one.score > 0 for one in found)
    (one,) = search.fans(graph, [group for group in found if group.score > 0], 1)
    assert set(one.reviewers) == set(fans)
    assert one.score == score_group(graph, search.by_window, one.reviewers).value <= 0
    assert one.by_product == score_group(graph, search.by_product, one.reviewers).value > 0
    assert one.candidate.detectors == ("lockstep",)
    # Threads change nothing; those that the search has found already are not found again.
    assert [other.reviewers.tolist() for other in search.fans(graph, [], 3)] == [one.reviewers.tolist()]
    assert search.fans(graph, [Scored(Candidate(one.reviewers[:8], one.products, ("x",)), 1.0, 1.0)], 1) == []
    few = Scored(Candidate(one.reviewers[:6], one.products, ("x",)), 1.0, 1.0)
    assert len(search.fans(graph, [few], 1)) == 1
    weak = Scored(Candidate(one.reviewers, one.products, ("x",)), 0.0, 1.0)
    assert len(search.fans(graph, [weak], 1)) == 1


def test_without_sellers_there_are_no_fans():
    graph, _ = fans_market()
    unsold = build_graph(graph.reviewer, graph.product, time=graph.time, category=graph.category)
    assert Search.of(unsold, [Lockstep()], 0).fans(unsold, [], 1) == []


def test_threads_change_no_group(planted):
    graph, _ = planted
    search = Search.of(graph, [Lockstep(), Fraudar()], 1)
    one, other = (
        [(g.reviewers.tolist(), g.products.tolist(), g.score, g.by_product, g.candidate.detectors) for g in search.find(graph, threads=n)]
        for n in (1, 3)
    )
    assert one == other
    assert Context(threads=3).threads == 3


def test_what_a_score_was_counted_from_is_found_again(planted):
    graph, (members, _) = planted
    search = Search.of(graph, [Lockstep()], 0)
    for score in score_groups(graph, search.by_window, [members, members[:4], np.arange(9, dtype=np.int32)]):
        co_reviews = search.at(score)
        assert co_reviews.window == score.window
        met, expected = co_reviews.among(graph, [members])
        assert met[0, -1] == met[0, co_reviews.limit]
        assert expected.shape == met.shape
