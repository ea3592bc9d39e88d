"""SynchroTrap: the worked example, a slow clustering of all pairs, and what it cannot do."""

from itertools import combinations

import numpy as np
import pytest
from detect.toy import check_slow, graph_of, rng, sets

from collusion.base.model import Group
from collusion.detect.synchrotrap import Synchrotrap, similarity
from collusion.graph.graph import NO_TIME
from collusion.graph.projection import co_review_pairs
from collusion.testing import check_detector

WORKED = {"pairs": [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)], "time": [10, 50, 90, 15, 90, 92]}
"""{x@1, y@5, z@9} and {x@1.5, y@9, z@9.2} in tenths of a day."""


def matching(graph, u, v, window):
    own = {p: t for r, p, t in edges(graph) if r == u}
    return [p for r, p, t in edges(graph) if r == v and p in own and (window is None or t is None or abs(t - own[p]) <= window)]


def edges(graph):
    times = [None] * graph.n_reviews if graph.time is None else graph.time.tolist()
    return list(zip(graph.reviewer.tolist(), graph.product.tolist(), times, strict=True))


def slow(detector):
    """Make the oracle: all pairs, and clusters merged until nothing merges."""

    def found(graph):
        written = np.bincount(graph.reviewer, minlength=graph.n_reviewers)
        joined = {}
        for u, v in combinations(range(graph.n_reviewers), 2):
            same = len(matching(graph, u, v, detector.window))
            if same >= detector.at_least and same / (written[u] + written[v] - same) >= detector.threshold:
                joined[u, v] = same
        clusters = [{u, v} for u, v in joined]
        while True:
            touching = next(((x, y) for x, y in combinations(range(len(clusters)), 2) if clusters[x] & clusters[y]), None)
            if touching is None:
                break
            clusters[touching[0]] |= clusters.pop(touching[1])
        groups = []
        for members in clusters:
            if len(members) >= detector.min_reviewers:
                places = {p for u, v in combinations(sorted(members), 2) for p in matching(graph, u, v, detector.window)}
                score = sum(same for (u, _), same in joined.items() if u in members) / len(members)
                groups.append(Group(sorted(members), sorted(places), score, detector.name))
        return groups

    return found


def test_worked_example():
    """x and z match, y does not: 2 of 4 different reviews."""
    graph = graph_of(**WORKED)
    pairs = co_review_pairs(graph, 10, 1)
    assert (pairs.a.tolist(), pairs.b.tolist(), pairs.co_reviews.tolist()) == ([0], [1], [2])
    assert similarity(graph, pairs).tolist() == [0.5]
    (group,) = Synchrotrap(window=10, threshold=0.5, at_least=1, min_reviewers=2).find(graph, rng())
    assert (*sets(group), group.score) == (frozenset({0, 1}), frozenset({0, 2}), 1.0)
    assert Synchrotrap(window=10, threshold=0.51, at_least=1, min_reviewers=2).find(graph, rng()) == []


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"window": 3, "threshold": 0.1, "at_least": 1, "min_reviewers": 2},
        {"window": 20, "threshold": 0.3, "at_least": 2, "min_reviewers": 3},
        {"window": None, "threshold": 0.4, "at_least": 1, "min_reviewers": 2},
    ],
)
def test_laws_and_a_slow_clustering(values):
    detector = Synchrotrap(**values)
    if detector.at_least > 1 and detector.window is not None:
        assert check_detector(detector, slow(detector))[-1] == "oracle"
        return
    # So low a bar joins everybody on the law's denser graphs: the oracle alone is asked.
    random = np.random.default_rng(1)
    graphs = []
    for k in range(100):
        pairs = np.unique(random.integers(0, (9, 7), (int(random.integers(1, 25)), 2)), axis=0).tolist()
        graphs.append(graph_of(pairs, time=None if k % 2 else random.integers(0, 30, len(pairs))))
    assert check_slow(detector, slow(detector), graphs) >= 20


def test_reviews_without_a_time_match_nothing():
    pairs = [(u, p) for u in range(5) for p in range(4)]
    assert len(Synchrotrap().find(graph_of(pairs, time=[5] * 20), rng())) == 1
    assert Synchrotrap().find(graph_of(pairs, time=[NO_TIME] * 20), rng()) == []


def test_an_honest_past_hides_a_ring():
    """The same six accounts with thirty more reviews each: similarity 6 / (2 x 36 - 6) is below the threshold."""
    pairs = [(u, p) for u in range(6) for p in range(6)]
    past = [(u, 6 + 30 * u + k) for u in range(6) for k in range(30)]
    assert len(Synchrotrap().find(graph_of(pairs, time=[1] * 36), rng())) == 1
    assert Synchrotrap().find(graph_of(pairs + past, time=[1] * 216), rng()) == []
