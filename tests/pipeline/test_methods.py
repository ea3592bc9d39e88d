"""A detector alone finds what it finds in a scan."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

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


@dataclass(frozen=True)
class Returns:
    """A detector of a third party that returns whatever it was given."""

    found: object

    name: ClassVar[str] = "returns"

    def find(self, graph, rng):  # noqa: ARG002  # the protocol's
        return self.found


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "find returned NoneType, not a list of Group"),
        ([([0], [0])], "a list with tuple in it"),
        ([cl.Group([0], [9], 1.0, "returns")], "the products of a group are codes from 0 to 1, not 9"),
        ([cl.Group([-1], [0], 1.0, "returns")], "the reviewers of a group are codes from 0 to 1, not -1"),
    ],
)
def test_what_is_no_list_of_groups_names_the_detector(found, said):
    graph = cl.ReviewGraph.from_scipy(np.eye(2))
    with pytest.raises(cl.ConfigError, match=f"detector 'returns': .*{said}"):
        cl.find_groups(Returns(found), graph)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda graph: cl.find_groups(Returns, graph), r"neither the name of a method nor a detector.*give an object, Returns\(\)"),
        (lambda graph: cl.rank(Returns(0), graph), "neither the name of a method nor a ranker"),
        (lambda graph: cl.rank("degree", graph, seed="x"), "seed must be a whole number from 0 on, not 'x'"),
        (lambda graph: cl.rank("degre", graph), "no detector or ranker is called 'degre'; did you mean 'degree'"),
    ],
)
def test_what_cannot_run_is_said_in_one_message(call, said):
    with pytest.raises(cl.ConfigError, match=said):
        call(cl.ReviewGraph.from_scipy(np.eye(2)))
