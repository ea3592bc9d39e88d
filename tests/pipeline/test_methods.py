"""A detector alone finds what it finds in a scan."""

import numpy as np

import collusion as cl
from collusion.detect import make_detector
from collusion.pipeline import read_log
from markets import frame, market


def test_the_groups_of_one_detector_are_those_of_its_scan(monkeypatch):
    """With the same seed: the scan draws its random numbers by the detector's name, whatever else it runs."""
    log = frame(market(6_000, 7, [(8, 6, 1.0)])[0])
    seen = []
    kind = type(make_detector("leiden"))
    find = kind.find

    def spy(self, graph, rng):
        seen.append((graph, find(self, graph, rng)))
        return seen[-1][1]

    monkeypatch.setattr(kind, "find", spy)
    cl.scan(log, detectors=["lockstep", "leiden"], seed=5, replicates=0)
    graph, groups = seen[0]
    alone = cl.find_groups("leiden", graph, seed=5)
    assert len(alone) == len(groups) > 0
    for one, other in zip(alone, groups, strict=True):
        assert np.array_equal(one.reviewers, other.reviewers)
        assert one.score == other.score


def test_a_log_that_was_read_is_a_graph_for_methods():
    log, _ = read_log(frame(market(3_000, 7, [(8, 6, 1.0)])[0]), cl.ScanConfig())
    assert len(cl.rank("degree", log.graph).reviewers) == log.graph.n_reviewers
