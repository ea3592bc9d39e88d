"""Every signal keeps the laws, and the laws catch those that break one."""

import pickle
from dataclasses import dataclass, replace
from textwrap import dedent
from typing import ClassVar

import numpy as np
import pytest
from detect.breaking import variant
from scipy.stats import binom, hypergeom

from collusion import testing
from collusion.base.model import Evidence
from collusion.evidence.signal import BUILT_IN, signal_class
from collusion.testing import DetectorLawError, SignalLawError, check_signal, facts_of, random_log, renamed_log
from collusion.testing.logs import group_facts
from collusion.testing.signals import CHANCE, most_of


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow if name in {"links", "rating"} else ()) for name in BUILT_IN])
def test_built_in_signals_keep_the_laws(name):
    cls = signal_class(name)
    laws = check_signal(cls())
    assert (laws[-1] == "uniform") == (cls.kind == "behaves like paid")


def bought_p(group):
    """The chance of so many verified purchases among the group's reviews, where seven of ten are usual."""
    column = group.log.verified
    own = column[group.edges]
    own = own[own >= 0]
    return float(binom.sf(int(own.sum()) - 1, len(own), 0.7)) if len(own) else None


def touch(group, said):
    if group.log.helpful is not None:
        group.log.helpful[:] = 0
    return said


BREAKS = {
    "p of 0": ("evidence", lambda _, said: replace(said, p_value=0.0)),
    "p of nan": ("evidence", lambda _, said: replace(said, p_value=float("nan"))),
    "p above 1": ("evidence", lambda _, said: replace(said, p_value=1.5)),
    "another name": ("evidence", lambda _, said: replace(said, signal="other")),
    "a stance of its own": ("evidence", lambda _, said: replace(said, stance="guilty")),
    "a row that does not exist": ("evidence", lambda _, said: replace(said, rows=(*said.rows, 10**6))),
    "rows unsorted": ("evidence", lambda _, said: replace(said, rows=said.rows[::-1])),
    "rows twice": ("evidence", lambda _, said: replace(said, rows=(said.rows[0], *said.rows))),
    "a word": ("evidence", lambda _, said: said.statement),
    "never a word": ("evidence", lambda _, __: None),
    "draws without seed": ("seed", lambda _, said: replace(said, p_value=float(np.random.default_rng().uniform(0.1, 1)))),
    "changes its input": ("untouched", touch),
    "knows names": ("names", lambda group, said: replace(said, observed=float(group.reviewers[0]))),
    "knows rows": ("names", lambda group, said: replace(said, p_value=1 - 1e-4 * said.rows[0] / len(group.log.graph.row))),
    "is too sure of everybody": ("uniform", lambda _, said: replace(said, p_value=said.p_value**3)),
    "is sure of one in twelve": ("uniform", lambda group, said: replace(said, p_value=1e-9 if not len(group.edges) % 12 else 1.0)),
    "needs nothing": ("silent", None),
}


@dataclass(frozen=True)
class Bought:
    """Whether more of the group's reviews are of verified purchases than seven of ten, as in the logs of the check."""

    how: str = ""
    name: ClassVar[str] = "bought"
    question: ClassVar[str] = "Did they buy more often?"
    kind: ClassVar[str] = "behaves like paid"
    needs: ClassVar[tuple[str, ...]] = ("verified",)
    null: ClassVar[str] = "Seven of ten reviews are of verified purchases, whoever wrote them."

    def test(self, group):
        if group.log.verified is None and self.how != "needs nothing":
            return None
        p = bought_p(group)
        if p is None:
            return None
        said = Evidence(self.name, f"p = {p:.2g}", p_value=p, rows=group.rows)
        change = BREAKS[self.how][1] if self.how else None
        return change(group, said) if change else said


def test_the_signal_that_the_broken_ones_are_made_of_keeps_all_laws():
    """Else they might be caught for another reason; whatever the seed."""
    for seed in range(2):
        assert check_signal(Bought(), seed=seed) == ("parameters", "silent", "evidence", "seed", "untouched", "names", "uniform")


@pytest.mark.parametrize(
    ("signal", "law"),
    [
        *(pytest.param(Bought(how), law, id=how) for how, (law, _) in BREAKS.items()),
        pytest.param(variant(Bought, kind="remark"), "evidence", id="a remark that takes a side"),
        pytest.param(variant(Bought, needs=("verified", "text")), "silent", id="speaks without what it needs"),
    ],
)
def test_a_broken_law_is_caught_and_named(signal, law):
    with pytest.raises(SignalLawError) as caught:
        check_signal(signal)
    assert caught.value.law == law


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": 7},
        {"question": "Did they buy"},
        {"kind": "acts together"},
        {"needs": ["verified"]},
        {"needs": ("colour",)},
        {"null": None},
        {"null": ""},
        {"test": None},
    ],
)
def test_what_a_signal_is_is_checked_first(change):
    with pytest.raises(SignalLawError, match="parameters: it"):
        check_signal(variant(Bought, **change))


@pytest.mark.parametrize("signal", [Bought, object(), variant(frozen=False, name="loose")])
def test_a_signal_is_an_object_of_a_frozen_dataclass(signal):
    with pytest.raises(SignalLawError, match="frozen dataclass"):
        check_signal(signal)


@pytest.mark.parametrize(("n", "level"), [(0, 0.05), (1, 0.05), (200, 0.05), (200, 0.001), (37, 0.01)])
def test_as_many_small_p_values_are_allowed_as_the_binomial_law_gives(n, level):
    assert most_of(n, level) == int(binom.isf(CHANCE, n, level))


def test_renaming_takes_along_what_belongs_to_a_review_an_account_and_a_product():
    rng = np.random.default_rng(3)
    log, _, _ = random_log(rng)
    moved, reviewer, product = renamed_log(log, rng)
    assert moved.category[product].tolist() == log.category.tolist()
    assert moved.seller[product].tolist() == log.seller.tolist()

    def reviews(facts, who, what):
        graph = facts.graph
        columns = (who[graph.reviewer], what[graph.product], graph.time, facts.second, facts.verified, facts.helpful)
        rating = np.nan_to_num(graph.rating, nan=-1.0)
        return sorted(zip(*columns, rating, map(str, facts.texts(graph.row)), strict=True))

    before, after = facts_of(log), facts_of(moved)
    assert reviews(before, reviewer, product) == reviews(after, np.arange(log.accounts), np.arange(len(log.category)))
    # Who shares a device with how many.
    held = [np.bincount(one.links[0].value)[one.links[0].value] for one in (before, after)]
    pairs = [
        sorted(zip(names[one.links[0].reviewer].tolist(), counts.tolist(), strict=True))
        for one, names, counts in zip((before, after), (reviewer, np.arange(log.accounts)), held, strict=True)
    ]
    assert pairs[0] == pairs[1]


def test_the_ring_in_the_logs_of_the_check_shares_its_words():
    log, *ring = random_log(np.random.default_rng(0))
    assert signal_class("text")().test(group_facts(facts_of(log), *ring)).p_value <= 1 / 100


def test_the_signal_that_the_documentation_shows_keeps_the_laws():
    """Its text, run: nothing but imports is added."""
    block = testing.__doc__.split("of the same products are::")[1].split("Registered under")[0]
    names = {
        "dataclass": dataclass,
        "ClassVar": ClassVar,
        "np": np,
        "hypergeom": hypergeom,
        "Evidence": Evidence,
        "check_signal": check_signal,
    }
    exec(compile(dedent(block), "the documentation", "exec", dont_inherit=True), names)
    names["test_my_signal_keeps_the_laws"]()


@pytest.mark.parametrize("error", [DetectorLawError, SignalLawError])
def test_the_error_survives_the_way_back_from_another_process(error):
    again = pickle.loads(pickle.dumps(error("names", "so and so")))
    assert isinstance(again, error)
    assert (again.law, again.message, str(again)) == ("names", "so and so", "names: so and so")
