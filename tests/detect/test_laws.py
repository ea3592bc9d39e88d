"""Every detector keeps the laws, and the laws catch those that break one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from detect.breaking import Forgetful, altered, law_broken_by, touch, variant

import oracles
from collusion.base.errors import ConfigError
from collusion.base.model import Group
from collusion.detect import BUILT_IN, detector_class, detector_names, kind_of, make_detector, parameters
from collusion.detect.fraudar import Fraudar, column_weights, unit
from collusion.detect.lockstep import Lockstep
from collusion.graph.graph import build_graph
from collusion.testing import check_detector, renamed

COMPARED = {"catchsync", "copycatch", "gsrank", "spectral", "synchrotrap"}
"""Their own tests check the laws together with an oracle."""


@pytest.mark.parametrize("name", [name for name in BUILT_IN if kind_of(detector_class(name)) == "detector" and name not in COMPARED])
def test_built_in_detectors_keep_the_laws(name):
    check_detector(make_detector(name))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("lockstep", {"unit": "product", "windows": (3, 30)}),
        ("lockstep", {"windows": (0,)}),
        ("fraudar", {"blocks": 2}),
        ("fraudar", {"weighting": "none", "blocks": 1}),
        ("densest", {"weighting": "log"}),
        ("densest", {"blocks": 3, "rounds": 1}),
        ("densest", {"flow_limit": 0}),
        ("core", {"alpha": 8, "beta": 11}),
        ("core", {"beta": 12}),
        ("leiden", {"objective": "modularity"}),
        ("leiden", {"on": "bipartite"}),
        ("leiden", {"window": None, "at_least": 4}),
        ("mzoom", {"density": "suspiciousness", "most_reviewers": None}),
        ("mzoom", {"density": "geometric", "days": 1, "ratings": False}),
        ("synchrotrap", {"window": None, "threshold": 0.15, "at_least": 5}),
        ("catchsync", {"deviations": 1.0, "min_reviewers": 1}),
        ("gsrank", {"min_reviewers": 2, "groups": 20}),
        ("gsbc", {"min_reviewers": 3, "max_reviewers": 12, "at_least": 3}),
        ("defrauder", {"min_reviewers": 2, "min_products": 1, "window": 5}),
        ("defrauder", {"window": None, "alike": 0.2, "groups": 5}),
    ],
)
def test_with_other_parameters_too(name, values):
    check_detector(make_detector(name, values))


BOUNDS = {
    "lockstep": ({"windows": (-1,), "min_reviewers": 1, "unit": "shop"}, "min_reviewers.*windows.*unit"),
    "fraudar": ({"blocks": 0, "weighting": "cube"}, "blocks.*weighting"),
    "densest": ({"blocks": 0, "rounds": 0, "flow_limit": -1}, "blocks.*rounds.*flow_limit"),
    "core": ({"alpha": 0, "beta": -1}, "alpha.*beta"),
    "leiden": ({"on": "neither", "resolution": -1, "window": -2, "at_least": 0}, "on must.*resolution.*window.*at_least"),
    "mzoom": (
        {"blocks": 0, "density": "mean", "days": 0, "most_reviewers": 0, "ratings": 1},
        "blocks.*density.*days.*most_reviewers.*ratings",
    ),
    "synchrotrap": (
        {"window": -1, "threshold": 1.5, "at_least": 0, "min_reviewers": 1},
        "window.*threshold.*at_least.*min_reviewers",
    ),
    "catchsync": (
        {"deviations": 0, "bins": 0, "least_reviews": 1, "min_reviewers": 0},
        "deviations.*bins.*least_reviews.*min_reviewers",
    ),
    "copycatch": (
        {"window": -1, "share": 0, "min_reviewers": 1, "min_products": 0, "crowd": 0},
        "window.*share.*min_reviewers.*min_products.*crowd",
    ),
    "spectral": (
        {"components": 0, "share": 0, "least_reviews": 0, "min_reviewers": 0, "min_products": 0},
        "components.*share.*least_reviews.*min_reviewers.*min_products",
    ),
    "holoscope": ({"base": 1, "components": 0, "days": 0, "topology": None}, "base.*components.*days.*topology"),
    "gsrank": (
        {"min_reviewers": 1, "tau": 0, "beta": 0, "groups": 0, "busiest": 2, "crowd": 1},
        "min_reviewers.*tau.*beta.*groups.*busiest.*crowd",
    ),
    "gsbc": (
        {"window": -1, "at_least": 0, "min_reviewers": 1, "max_reviewers": 1},
        "window.*at_least.*min_reviewers.*max_reviewers",
    ),
    "defrauder": (
        {"window": -1, "min_reviewers": 1, "min_products": 0, "alike": 1.5, "threshold": -0.1, "span": 0, "groups": 0}
        | {"busiest": 1, "crowd": 1},
        "window.*min_reviewers.*min_products.*alike.*threshold.*span.*groups.*busiest.*crowd",
    ),
    "fraudeagle": (
        {"epsilon": 0.0, "neutral": float("inf"), "damping": 1.0, "rounds": 0, "tolerance": -1},
        "epsilon.*neutral.*damping.*tolerance.*rounds",
    ),
    "speagle": (
        {"epsilon": 0.5, "slip": 0.0, "neutral": "x", "damping": -0.1, "metadata": "no"},
        "epsilon.*slip.*neutral.*damping.*metadata must be true or false, not 'no'",
    ),
    "collueagle": (
        {"days": 0, "stars": -1, "threshold": 1.5, "rounds": 0, "prior": "even odds"},
        "days.*stars.*threshold.*rounds.*prior must be one of",
    ),
    "rev2": (
        {"alpha1": -1, "beta2": "x", "lowest": None, "tolerance": float("nan"), "rounds": 1.5},
        "alpha1.*beta2.*lowest.*tolerance.*rounds",
    ),
    "birdnest": ({"clusters": 0}, "birdnest: clusters must be a whole number of at least 1"),
    "footprint": ({"at_least": 0, "busiest": 1}, "at_least.*busiest"),
}
"""Parameters of each method that are all wrong, and what is said of them."""

TOGETHER = [
    ("gsbc", {"min_reviewers": 9, "max_reviewers": 8}, r"at least min_reviewers \(9\)"),
    ("holoscope", {"topology": False, "times": False, "ratings": False}, "all switched off"),
    ("rev2", {"gamma1": 0, "gamma2": 0}, "gamma1 and gamma2 must not both be 0"),
    ("rev2", {"lowest": 5, "highest": 5}, "lowest must be below highest"),
    *(("lockstep", {"windows": days}, "windows must be different whole numbers") for days in ((), (7, 7), (7.0,), (True,), "7", 7)),
    *(("fraudar", {"blocks": bad, "weighting": "cube"}, "blocks.*weighting") for bad in (-1, 1.0, True, "4", None)),
    *(("birdnest", {"clusters": bad}, "clusters must be a whole number of at least 1") for bad in (-1, 1.5, True, "2", None)),
    *(("fraudeagle", {"epsilon": bad}, "epsilon must be") for bad in (0.5, -1, "x", True, float("nan"), None)),
]
"""Parameters that do not fit each other, and values of other types."""


@pytest.mark.parametrize(("name", "values", "said"), [*((name, *one) for name, one in BOUNDS.items()), *TOGETHER])
def test_all_wrong_parameters_are_named_at_once(name, values, said):
    with pytest.raises(ConfigError, match=f"(?s){said}"):
        detector_class(name)(**values)


def test_each_method_with_parameters_has_wrong_ones():
    assert BOUNDS.keys() == {name for name in BUILT_IN if parameters(detector_class(name))}


BREAKS = {
    "finds nothing": ("planted", lambda _graph, _groups: []),
    "takes everybody": (
        "planted",
        lambda graph, groups: [altered(g, reviewers=np.arange(graph.n_reviewers), score=1.0) for g in groups],
    ),
    "draws without rng": ("seed", lambda _graph, groups: [altered(g, score=g.score + np.random.default_rng().random()) for g in groups]),
    "scores by names": ("names", lambda _graph, groups: [altered(g, score=float(g.reviewers[0])) for g in groups]),
    "takes members by names": ("names", lambda _graph, groups: [altered(g, reviewers=g.reviewers[:-1]) for g in groups]),
    "scores by rows": ("names", lambda graph, groups: [altered(g, score=float(graph.reviewer[graph.row == 0][0])) for g in groups]),
    "another name": ("groups", lambda _graph, groups: [altered(g, detector="other") for g in groups]),
    "codes out of range": ("groups", lambda _graph, groups: [altered(g, reviewers=np.append(g.reviewers, 10**6)) for g in groups]),
    "negative codes": ("groups", lambda _graph, groups: [altered(g, products=np.append(-1, g.products)) for g in groups]),
    "unsorted codes": ("groups", lambda _graph, groups: [altered(g, reviewers=g.reviewers[::-1]) for g in groups]),
    "repeated codes": ("groups", lambda _graph, groups: [altered(g, products=np.repeat(g.products, 2)) for g in groups]),
    "no products": ("groups", lambda _graph, groups: [altered(g, products=g.products[:0]) for g in groups]),
    "no reviewers": ("groups", lambda _graph, groups: [altered(g, reviewers=g.reviewers[:0]) for g in groups]),
    "score of nan": ("groups", lambda _graph, groups: [altered(g, score=float("nan")) for g in groups]),
    "infinite score": ("groups", lambda _graph, groups: [altered(g, score=float("inf")) for g in groups]),
    "worst first": ("groups", lambda _graph, groups: [altered(groups[0], score=groups[0].score - 1), *groups]),
    "a tuple": ("groups", lambda _graph, groups: tuple(groups)),
    "not groups": ("groups", lambda _graph, groups: [(g.reviewers, g.products) for g in groups]),
    "changes its input": ("untouched", touch),
}


@dataclass(frozen=True)
class Broken:
    """Lockstep, but for one law."""

    how: str = ""
    name: ClassVar[str] = "broken"

    def find(self, graph, rng):
        found = [altered(g, detector=self.name) for g in Lockstep().find(graph, rng)[:1]]
        return BREAKS[self.how][1](graph, found) if found and self.how else found


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_law_is_caught_and_named(how):
    assert law_broken_by(check_detector, Broken(how)) == BREAKS[how][0]


def test_the_detector_that_the_broken_ones_are_made_of_keeps_all_laws():
    """Else they might be caught for another reason."""
    assert "planted" in check_detector(Broken())


@dataclass(frozen=True)
class FindsInNothing(Broken):
    """Returns a group where there is no review."""

    def find(self, graph, rng):
        return Broken.find(self, graph, rng) or [Group(np.array([0]), np.array([0]), 0.0, self.name)]


@dataclass(frozen=True)
class ForgetsItself(Forgetful, Broken):
    """Has a parameter."""

    size: int = 3


@pytest.mark.parametrize(
    ("detector", "law"),
    [
        (FindsInNothing(), "empty"),
        (ForgetsItself(size=4), "pickle"),
        (variant(frozen=False, name="open", find=lambda *_: []), "parameters"),
        (variant(Broken, name=7), "parameters"),
        (variant(name="lost"), "parameters"),
    ],
    ids=["finds in nothing", "forgets itself", "not frozen", "nameless", "without find"],
)
def test_what_a_detector_is_and_finds_in_nothing_is_checked(detector, law):
    assert law_broken_by(check_detector, detector) == law


def full_peel(graph):
    """FRAUDAR's first two blocks, slowly."""
    pairs = list(zip(graph.reviewer.tolist(), graph.product.tolist(), strict=True))
    blocks = oracles.fraudar_blocks(pairs, 2, lambda d: int(column_weights(np.array([d]), "log")[0]))
    return [Group(np.array(sorted(u)), np.array(sorted(p)), float(value / unit("log")), "fraudar") for u, p, value in blocks]


def test_an_oracle_is_compared():
    """A right one agrees; one that leaves a group out, or is a little off in a score, does not."""
    assert check_detector(Fraudar(blocks=2), full_peel)[-1] == "oracle"
    for wrong in (lambda graph: full_peel(graph)[:1], lambda graph: [altered(g, score=g.score + 1e-6) for g in full_peel(graph)]):
        assert law_broken_by(check_detector, Fraudar(blocks=2), wrong) == "oracle"


def test_renaming_takes_what_a_product_and_a_review_carry_along():
    """Every review keeps its row, day and rating, every product its category and seller, under the new codes."""
    random = np.random.default_rng(1)
    graph = build_graph(
        [0, 1, 2, 0],
        [0, 1, 2, 3],
        time=[5, 6, 7, 8],
        rating=[1, 2, 3, 4],
        row=[9, 8, 7, 6],
        category=[4, -1, 6, 5, 3],
        seller=[7, 8, 9, -1, 2],
        n_reviewers=4,
        n_products=5,
    )
    for _ in range(20):
        moved, reviewer, product = renamed(graph, random)
        assert moved.category[product].tolist() == graph.category.tolist()
        assert moved.seller[product].tolist() == graph.seller.tolist()
        before = zip(reviewer[graph.reviewer], product[graph.product], graph.time, graph.rating, graph.row, strict=True)
        assert set(before) == set(zip(moved.reviewer, moved.product, moved.time, moved.rating, moved.row, strict=True))
        assert (moved.n_reviewers, moved.n_products) == (4, 5)


def test_registry_says_what_there_is():
    assert detector_names()[: len(BUILT_IN)] == tuple(BUILT_IN)
    assert parameters(detector_class("lockstep"))["min_reviewers"] == 5
    with pytest.raises(ConfigError, match="did you mean 'fraudar'"):
        detector_class("fraudr")
    with pytest.raises(ConfigError, match=r"(?s)did you mean 'blocks'.*has no parameter 'colour'"):
        make_detector("fraudar", {"block": 1, "colour": "red"})
