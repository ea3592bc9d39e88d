"""Every detector keeps the laws, and the laws catch those that break one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from collusion.detect import BUILT_IN, detector_class, detector_names, make_detector, parameters
from collusion.detect.lockstep import Lockstep
from collusion.errors import ConfigError
from collusion.model import Group
from collusion.testing import DetectorLawError, check_detector


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_detectors_keep_the_laws(name):
    check_detector(make_detector(name))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("lockstep", {"place": "product", "window": 3}),
        ("fraudar", {"blocks": 2}),
        ("densest", {"weighting": "log"}),
        ("leiden", {"objective": "modularity"}),
    ],
)
def test_with_other_parameters_too(name, values):
    check_detector(make_detector(name, values))


@dataclass(frozen=True)
class Broken:
    """Lockstep, but for one law."""

    how: str
    name: ClassVar[str] = "broken"

    def find(self, graph, rng):  # noqa: ARG002  # the protocol's
        found = [Group(g.reviewers, g.products, g.score, self.name) for g in Lockstep().find(graph, np.random.default_rng(0))]
        if self.how == "empty":
            return found or [Group(np.array([0]), np.array([0]), 0.0, self.name)]
        if self.how == "touches":
            graph.reviewer.flags.writeable = True
            graph.reviewer[:] = graph.reviewer[::-1]
        change = {
            "random": lambda g: Group(g.reviewers, g.products, g.score + np.random.default_rng().random(), self.name),
            "names": lambda g: Group(g.reviewers, g.products, float(g.reviewers[0]), self.name),
            "alias": lambda g: Group(g.reviewers, g.products, g.score, "other"),
            "range": lambda g: Group(np.append(g.reviewers, 10**6), g.products, g.score, self.name),
        }
        return [] if self.how == "nothing" else [change.get(self.how, lambda g: g)(g) for g in found[:1]]


@pytest.mark.parametrize("how", ["nothing", "random", "names", "alias", "range", "empty", "touches"])
def test_a_broken_law_is_caught(how):
    with pytest.raises(DetectorLawError):
        check_detector(Broken(how))


def test_registry_says_what_there_is():
    assert detector_names()[: len(BUILT_IN)] == tuple(BUILT_IN)
    assert parameters(detector_class("lockstep"))["window"] == 7
    with pytest.raises(ConfigError, match="did you mean 'fraudar'"):
        detector_class("frauder")
    with pytest.raises(ConfigError, match=r"(?s)did you mean 'blocks'.*has no parameter 'colour'"):
        make_detector("fraudar", {"block": 1, "colour": "red"})
