"""What a log would have shown: rings are planted as they are described, judged as groups of the log are, and the answer is put in words."""

from types import SimpleNamespace

import numpy as np
import pytest
from evidence.groups import log_of

from collusion.detect.lockstep import Lockstep
from collusion.evidence.signal import make_signals
from collusion.graph.graph import NO_TIME, build_graph
from collusion.inference import power as module
from collusion.inference.permutations import Permutations
from collusion.inference.power import planted, power_statement, shown
from collusion.inference.search import Search
from collusion.inference.significance import Scores
from markets import market

NULL = [Scores(np.empty(0), np.empty(0, np.int64))] * 20
SILENT = Permutations(
    dict.fromkeys(("N0", "N1", "N2", "N3"), NULL), dict.fromkeys(("rating sessions", "launches", "variants"), NULL), 20, None
)


@pytest.fixture(scope="module")
def graph():
    log, _ = market(6_000, 1)
    return build_graph(**log)


@pytest.mark.parametrize("size", [5, 20])
def test_rings_are_planted_as_they_are_described(graph, size):
    """New accounts on six products of different sellers, 70 % of the pairs, within two weeks, the best rating; the log as it was."""
    trial = planted(graph, size, np.random.default_rng(0))
    n = graph.n_reviews
    assert len(trial.rings) == min(10, n // (20 * round(0.7 * size * 6)))
    new = trial.graph.reviewer >= graph.n_reviewers
    assert new.sum() == len(trial.rings) * round(0.7 * size * 6)

    def rows(g, at):
        columns = g.reviewer[at], g.product[at], g.time[at], g.rating[at]
        return sorted(zip(*(column.tolist() for column in columns), strict=True))

    assert rows(trial.graph, ~new) == rows(graph, np.arange(n))
    targets = [np.unique(trial.graph.product[np.isin(trial.graph.reviewer, ring)]) for ring in trial.rings]
    assert len(np.unique(np.concatenate(targets))) == sum(map(len, targets))
    for ring, own in zip(trial.rings, targets, strict=True):
        at = np.isin(trial.graph.reviewer, ring)
        assert len(ring) == size
        assert (trial.graph.rating[at] == 5).all()
        assert np.ptp(trial.graph.time[at]) < 14
        assert len(np.unique(graph.seller[own])) == len(own) <= 6
        assert (np.diff(graph.product_indptr)[own] > 0).all()
    assert (planted(graph, size, np.random.default_rng(1)).graph.reviewer != trial.graph.reviewer).any()


def test_the_draw_does_not_depend_on_names(graph):
    rng = np.random.default_rng(0)
    people, things = rng.permutation(graph.n_reviewers), rng.permutation(graph.n_products)
    of = np.argsort(things)
    other = build_graph(
        people[graph.reviewer],
        things[graph.product],
        time=graph.time,
        rating=graph.rating,
        category=graph.category[of],
        seller=graph.seller[of],
        n_reviewers=graph.n_reviewers,
        n_products=graph.n_products,
    )
    one, two = (planted(g, 8, np.random.default_rng(3)).graph for g in (graph, other))
    first = sorted(zip(things[one.product].tolist(), one.time.tolist(), (one.reviewer >= graph.n_reviewers).tolist(), strict=True))
    again = sorted(zip(two.product.tolist(), two.time.tolist(), (two.reviewer >= graph.n_reviewers).tolist(), strict=True))
    assert first == again


def test_a_log_that_can_hold_no_ring_has_none():
    undated = build_graph([0, 1], [0, 1])
    nothing = build_graph([0, 1], [0, 1], time=[NO_TIME, NO_TIME])
    few = build_graph(np.arange(50), np.arange(50) % 5, time=np.arange(50))
    short = build_graph(np.arange(50), np.arange(50) % 9, time=np.arange(50) % 14)
    rng = np.random.default_rng(0)
    assert [planted(graph, 5, rng) for graph in (undated, nothing, few, short)] == [None] * 4
    enough = build_graph(np.arange(50), np.arange(50) % 9, time=np.arange(50) % 15)
    assert len(planted(enough, 5, rng).rings) == 1
    assert planted(enough, 5, rng).graph.rating is None


def test_a_large_ring_is_shown_and_without_ratings_not_flagged_for_them(graph):
    facts = log_of(graph)
    search = Search.of(graph, [Lockstep()], 0)
    trial = planted(graph, 20, np.random.default_rng(0))
    signals = make_signals()
    assert set(shown(facts, search, SILENT, signals, 0.05, trial)) == {(True, True)}
    # What nobody could answer flags nobody.
    assert set(shown(facts, search, SILENT, [], 0.05, trial)) == {(True, False)}
    nowhere = SimpleNamespace(graph=trial.graph, rings=(np.arange(20, dtype=np.int32),))
    assert shown(facts, search, SILENT, signals, 0.05, nowhere) == [(False, False)]
    high = Permutations({name: [Scores(np.array([999.0]), np.array([20]))] * 20 for name in ("N1", "N2")}, {}, 20, None)
    assert set(shown(facts, search, high, signals, 0.05, trial)) == {(False, False)}


SHARES = {
    # What shares of rings are coordinated and flagged, by size; and what is said.
    (5, 5): "Nothing is flagged. A ring of 5 accounts (HOW) would have been flagged with a probability of 0.8 or more, as rings planted "
    "into this log were; smaller or slower ones may have gone unseen.",
    (5, 15): "Nothing is flagged. A ring of 15 accounts (HOW) would have been flagged with a probability of 0.8 or more, as rings planted "
    "into this log were, and one of 5 listed as coordinated; smaller or slower ones may have gone unseen.",
    (8, None): "Nothing is flagged. A ring of 8 accounts (HOW) would have been listed as coordinated with a probability of 0.8 or more, as "
    "rings planted into this log were; none of up to 100 would have been flagged.",
    (None, None): "Nothing is flagged, but this log is too small, or too busy, to say much: no ring of up to 100 accounts (HOW) would have "
    "been shown with a probability of 0.8.",
}
HOW = "each account reviewing 70% of the same 6 products within 14 days and nothing else, with the best rating"


@pytest.mark.parametrize(("coordinated", "flagged"), SHARES)
def test_the_smallest_rings_that_would_have_been_shown_are_named(graph, monkeypatch, coordinated, flagged):
    asked = []

    def shares(*arguments):
        size = arguments[-1]
        asked.append(size)
        least = {"coordinated": coordinated, "flagged": flagged}
        return {name: 0.8 if n is not None and size >= n else 0.79 for name, n in least.items()}

    monkeypatch.setattr(module, "_shares", shares)
    steps = []
    told = power_statement(log_of(graph), None, None, [], 0.05, lambda *step: steps.append(step))
    assert told == SHARES[coordinated, flagged].replace("HOW", HOW)
    # From the smallest on, and no further than needed.
    assert asked == [size for size in (5, 6, 8, 10, 15, 20, 30, 50, 100) if flagged is None or size <= flagged]
    assert steps == [("power", k, 9) for k in range(1, len(asked) + 1)]


def test_too_small_a_log_says_so():
    tiny = log_of(build_graph([0, 1], [0, 1], time=[0, 50]))
    assert power_statement(tiny, None, None, [], 0.05, lambda *_: None) == (
        "Nothing is flagged, and this log is too small, or without dates, to say which rings it would have shown."
    )


def test_enough_rings_are_planted_and_their_shares_counted(graph, monkeypatch):
    """A log that holds two at once is asked three times; the shares are those of all six."""
    small = build_graph(*(column[:900] for column in (graph.reviewer, graph.product)), time=graph.time[:900], rating=graph.rating[:900])
    answers = iter([[(True, True), (True, False)], [(True, False), (False, False)], [(True, True), (False, False)]])
    monkeypatch.setattr(module, "shown", lambda *_: next(answers))
    assert module._shares(log_of(small), None, None, [], 0.05, 5) == {"coordinated": pytest.approx(4 / 6), "flagged": pytest.approx(2 / 6)}
    undated = log_of(build_graph([0, 1], [0, 1]))
    assert module._shares(undated, None, None, [], 0.05, 5) == {"coordinated": 0.0, "flagged": 0.0}
