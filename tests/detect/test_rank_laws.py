"""Every ranker keeps the laws, and the laws catch those that break one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from detect.breaking import Forgetful, altered, law_broken_by, touch, variant

from collusion.base.errors import ConfigError
from collusion.base.model import Scores
from collusion.detect import BUILT_IN, Detector, Ranker, detector_class, kind_of, make_detector, make_ranker
from collusion.detect.degree import Degree
from collusion.graph.graph import NO_TIME, build_graph
from collusion.testing import check_ranker

RANKERS = [name for name in BUILT_IN if kind_of(detector_class(name)) == "ranker"]

LEAST = {
    "fraudeagle": {"reviewers": 0.0, "products": 0.0},
    "speagle": {"reviewers": 0.95, "products": 0.95, "reviews": 0.95},
    "collueagle": {"reviewers": 0.0},
    "rev2": {"reviewers": 0.85, "reviews": 0.55},
    "birdnest": {"reviewers": 0.95, "products": 0.0},
    "footprint": {"products": 0.5},
    "degree": {"reviewers": 0.95, "products": 0.95},
    "minus-degree": {"reviewers": 0.0, "products": 0.0},
    "random": {"reviewers": 0.0, "products": 0.0, "reviews": 0.0},
}
"""What each can be asked of a praised block in noise; 0 where its own test says why nothing."""


@pytest.mark.parametrize("name", RANKERS)
def test_built_in_rankers_keep_the_laws(name):
    assert check_ranker(make_ranker(name), least_auc=LEAST[name], seed=3)[-1] == "planted"


HOSTILE = {
    "no rating at all": {"rating": [np.nan] * 6},
    "infinite ratings": {"rating": [np.inf, -np.inf, 5, 1, 5, 1]},
    "huge ratings": {"rating": [3e38, -3e38, 5, 1, 5, 1]},
    "the same rating": {"rating": [5] * 6},
    "no date at all": {"time": [NO_TIME] * 6},
    "dates ages apart": {"time": [-(2**31) + 1, 2**31 - 1, 0, 0, 1, 2]},
    "one date": {"time": [17000] * 6, "rating": [5] * 6},
    "neither": {},
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("name", RANKERS)
def test_hostile_columns_give_finite_scores_and_no_warning(name, what):
    graph = build_graph([0, 1, 2, 0, 1, 3], [0, 0, 0, 1, 1, 2], n_reviewers=6, n_products=5, **HOSTILE[what])
    found = make_ranker(name).score(graph, np.random.default_rng(0))
    for kind in make_ranker(name).ranks:
        assert np.isfinite(getattr(found, kind)).all()


@pytest.mark.parametrize("name", RANKERS)
def test_one_review(name):
    found = make_ranker(name).score(build_graph([0], [0], time=[17000], rating=[5]), np.random.default_rng(0))
    for kind in make_ranker(name).ranks:
        assert np.isfinite(getattr(found, kind)).all()


def with_first(scores, value):
    changed = scores.reviewers.copy()
    changed[:1] = value
    return Scores(scores.detector, changed, scores.products)


BREAKS = {
    "upside down": ("planted", lambda _graph, s: Scores(s.detector, -s.reviewers, s.products)),
    "only the products upside down": ("planted", lambda _graph, s: Scores(s.detector, s.reviewers, -s.products)),
    "all alike": ("planted", lambda _graph, s: Scores(s.detector, np.zeros(len(s.reviewers)), s.products)),
    "draws without rng": ("seed", lambda _graph, s: with_first(s, np.random.default_rng().random())),
    "scores by names": ("names", lambda _graph, s: Scores(s.detector, s.reviewers + np.arange(len(s.reviewers)), s.products)),
    "names show in the last digit": ("names", lambda _graph, s: with_first(s, np.nextafter(s.reviewers[0], np.inf))),
    "scores products by names": ("names", lambda _graph, s: Scores(s.detector, s.reviewers, s.products - 0.1 * np.arange(len(s.products)))),
    "scores by rows": ("names", lambda graph, s: Scores(s.detector, s.reviewers + graph.reviewer[graph.row == 0][:1].sum(), s.products)),
    "another name": ("scores", lambda _graph, s: altered(s, detector="other")),
    "a number short": ("scores", lambda _graph, s: Scores(s.detector, s.reviewers[1:], s.products)),
    "nan": ("scores", lambda _graph, s: with_first(s, np.nan)),
    "infinite": ("scores", lambda _graph, s: with_first(s, np.inf)),
    "writeable": ("scores", lambda _graph, s: altered(s, reviewers=s.reviewers.copy())),
    "of another type": ("scores", lambda _graph, s: altered(s, reviewers=s.reviewers.astype(np.float32))),
    "a list": ("scores", lambda _graph, s: altered(s, reviewers=s.reviewers.tolist())),
    "not what it ranks": ("scores", lambda graph, s: Scores(s.detector, s.reviewers, s.products, np.zeros(graph.n_reviews))),
    "less than it ranks": ("scores", lambda _graph, s: Scores(s.detector, s.reviewers)),
    "not scores": ("scores", lambda _graph, s: (s.reviewers, s.products)),
    "changes its input": ("untouched", touch),
}


@dataclass(frozen=True)
class Broken:
    """Degree, but for one law, in graphs with reviews."""

    how: str = ""
    name: ClassVar[str] = "broken"
    ranks: ClassVar[tuple[str, ...]] = ("reviewers", "products")

    def score(self, graph, rng):
        found = Degree().score(graph, rng)
        found = Scores(self.name, found.reviewers, found.products)
        return BREAKS[self.how][1](graph, found) if self.how and graph.n_reviews else found


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_law_is_caught_and_named(how):
    assert law_broken_by(check_ranker, Broken(how), least_auc={"reviewers": 0.9, "products": 0.9}) == BREAKS[how][0]


def test_the_ranker_that_the_broken_ones_are_made_of_keeps_all_laws():
    """Else they might be caught for another reason."""
    assert "planted" in check_ranker(Broken(), least_auc={"reviewers": 0.9, "products": 0.9})


@dataclass(frozen=True)
class Shapeless(Broken):
    """Knows nothing of nodes without reviews."""

    def score(self, graph, rng):
        return Broken.score(self, graph, rng) if graph.n_reviews else Scores(self.name, np.zeros(0), np.zeros(0))


@dataclass(frozen=True)
class ForgetsItself(Forgetful, Broken):
    """Has a parameter."""

    size: int = 3


BOTH = "reviewers", "products"


@pytest.mark.parametrize(
    ("ranker", "law"),
    [
        (Shapeless(), "empty"),
        (ForgetsItself(size=4), "pickle"),
        (variant(frozen=False, name="open", ranks=BOTH, score=lambda _, *given: Degree().score(*given)), "parameters"),
        (variant(Broken, name=7), "parameters"),
        (variant(Broken, ranks=("reviewers", "reviewers")), "parameters"),
        (variant(Broken, ranks=()), "parameters"),
        (variant(Broken, ranks=("users",)), "parameters"),
        (variant(name="lost", ranks=BOTH), "parameters"),
    ],
    ids=["shapeless", "forgets itself", "not frozen", "nameless", "one kind twice", "no kind", "another kind", "without score"],
)
def test_what_a_ranker_is_is_checked(ranker, law):
    assert law_broken_by(check_ranker, ranker, least_auc={"reviewers": 0.0, "products": 0.0}) == law


@pytest.mark.parametrize(
    "least", [{}, {"reviewers": 0.5}, {"reviewers": 0.5, "products": 1.5}, {"reviewers": 0, "products": 0, "reviews": 0}]
)
def test_what_is_asked_must_be_of_what_it_ranks(least):
    with pytest.raises(ValueError, match="least_auc must name an area from 0 to 1 for each of"):
        check_ranker(Degree(), least_auc=least)


def test_an_oracle_is_compared():
    right = Broken().score
    area = {"reviewers": 0.9, "products": 0.9}
    assert check_ranker(Broken(), least_auc=area, oracle=lambda graph: right(graph, None))[-1] == "oracle"
    for wrong in (lambda s: Scores(s.detector, s.reviewers + 1e-6, s.products), lambda s: Scores(s.detector, s.reviewers)):
        assert law_broken_by(check_ranker, Broken(), least_auc=area, oracle=lambda g, wrong=wrong: wrong(right(g, None))) == "oracle"


@dataclass(frozen=True)
class ScoresReviews(Broken):
    """By how much their authors wrote, or by their position in the graph."""

    ranks: ClassVar[tuple[str, ...]] = ("reviews",)

    def score(self, graph, rng):  # noqa: ARG002  # the protocol's
        return Scores(self.name, reviews=np.arange(graph.n_reviews) if self.how else np.diff(graph.indptr)[graph.reviewer])


def test_reviews_are_followed_through_renaming():
    assert check_ranker(ScoresReviews(), least_auc={"reviews": 0.9})
    assert law_broken_by(check_ranker, ScoresReviews("by place"), least_auc={"reviews": 0.0}) == "names"


def test_scores_are_held_apart_and_read_only():
    given = np.array([1, 2, 3])
    scores = Scores("x", reviewers=given)
    given[0] = 9
    assert scores.reviewers.tolist() == [1, 2, 3]
    assert scores.reviewers.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        scores.reviewers[0] = 0


def test_the_registry_knows_the_two_kinds_apart():
    assert RANKERS == ["fraudeagle", "speagle", "collueagle", "rev2", "birdnest", "footprint", "degree", "minus-degree", "random"]
    assert isinstance(make_ranker("rev2", {"alpha1": 2.0}), Ranker)
    assert not isinstance(make_ranker("rev2"), Detector)
    with pytest.raises(ConfigError, match=r"'rev2' is a ranker: it scores reviewers and reviews .*rank\('rev2', graph\).*lockstep"):
        make_detector("rev2")
    with pytest.raises(ConfigError, match=r"'fraudar' is a detector: .*find_groups\('fraudar', graph\)"):
        make_ranker("fraudar")
    with pytest.raises(ConfigError, match="ranker 'rev2' has no parameter 'alpha'; did you mean 'alpha"):
        make_ranker("rev2", {"alpha": 2.0})
    with pytest.raises(ConfigError, match="did you mean 'birdnest'"):
        make_ranker("birdsnest")
