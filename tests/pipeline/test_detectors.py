"""A detector that is given itself, and not by a name: as in a notebook, where nothing is installed."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pytest

from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError
from collusion.base.model import Group
from collusion.detect.lockstep import Lockstep
from collusion.pipeline import scan
from markets import frame, market


@dataclass(frozen=True)
class Busiest:
    size: int = 20
    salt: tuple[int, ...] = field(default=())
    name: ClassVar[str] = "busiest"

    def find(self, graph, rng):  # noqa: ARG002  # the protocol's; nothing here is random
        return [Group(np.argsort(-np.diff(graph.indptr), kind="stable")[: self.size], [0, 1], 1.0, self.name)]


@dataclass(frozen=True)
class Known(Busiest):
    """Passes for a method that is built in."""

    name: ClassVar[str] = "lockstep"


@dataclass
class Loose:
    name: ClassVar[str] = "loose"

    def find(self, graph, rng):  # noqa: ARG002  # the protocol's
        return []


@pytest.fixture(scope="module")
def log():
    return frame(market(4_000, 3, [(12, 8, 0.9)])[0])


def outline(case):
    return [(ring.id, ring.status, ring.score, dict(ring.q_values)) for ring in case.rings]


def test_an_object_and_its_name_give_the_same_case(log):
    """Whether a built-in method is named with a table of parameters, or given with them, nothing of the case differs."""
    named = scan(log, replicates=20, detectors=["lockstep"], detector={"lockstep": {"min_reviewers": 6}})
    given = scan(log, replicates=20, detectors=[Lockstep(min_reviewers=6)])
    assert outline(named) == outline(given)
    assert any(ring.flagged for ring in given.rings)
    assert named.provenance.config == given.provenance.config
    assert named.notes == given.notes


def test_what_a_case_records_of_it_are_its_parameters_and_that_its_code_is_missing(log):
    case = scan(log, replicates=0, detectors=["lockstep", Busiest(size=30)], max_candidates=500)
    assert case.provenance.config["detectors"] == ["lockstep", "busiest"]
    assert case.provenance.config["detector"] == {"busiest": {"size": 30}}
    assert any("The detector busiest is not installed" in note for note in case.notes)
    assert "busiest" in {name for ring in case.rings for name in ring.detectors}
    assert not any("installed" in note for note in scan(log, replicates=0, detectors=["lockstep"]).notes)


def test_the_configuration_that_is_given_is_left_as_it_was(log):
    config = ScanConfig(replicates=0)
    scan(log, config=config, detectors=[Busiest()])
    assert config == ScanConfig(replicates=0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([Busiest], r"give an object, Busiest\(\)"),
        ([Loose()], "neither the name of a detector nor a frozen dataclass"),
        ([3], "3 is neither the name of a detector"),
        ([Known()], "the name of another detector, 'lockstep'"),
        ([Busiest(), Busiest(3)], "lists 'busiest' more than once"),
        ([replace(Busiest(), salt=[0.5])], r"detector.busiest.salt must be"),
        ([3, Known()], "3 is neither(.|\n)*the name of another detector"),
    ],
)
def test_what_is_no_detector_is_refused(log, given, said):
    with pytest.raises(ConfigError, match=said):
        scan(log, detectors=given)
