"""The first question in words: each figure stands in the sentence, and the stance follows from the answer."""

from math import log

import numpy as np
import pytest
from scipy.stats import poisson

from collusion.graph.graph import build_graph
from collusion.graph.projection import co_reviews_of
from collusion.graph.strata import strata_of
from collusion.inference.residual import EXPLANATIONS
from collusion.inference.score import Score, score_group
from collusion.inference.stages import Left
from collusion.inference.statements import FIRST_QUESTION, REMARKS, co_reviews_evidence, gamma_star, left_evidence, robustness
from markets import market

MONTHS = strata_of(build_graph([0, 1], [0, 0], time=[0, 1], category=[0]))
PLAIN = strata_of(build_graph([0, 1], [0, 0]))


def test_co_reviews_are_stated_with_what_was_counted_and_what_chance_would_give():
    score = Score(12.3456, 1253, 111.44444444, 7, 32)
    said = co_reviews_evidence(score, MONTHS, (3, 5), by_seller=True, exceeding=(1, 40, 1234))
    assert said.statement == (
        "Pairs of members reviewed the same product within 7 days of each other 1,253 times (each pair counted once per seller; only "
        "products with at most 32 reviews in that time are counted). If reviewers were shuffled at random within category and month, about "
        "111.4 would be expected. In 1 of 40 shuffled logs did a group score this high (1,234 groups were found in them)."
    )
    assert (said.signal, said.observed, said.expected, said.rows, said.stance) == ("co-reviews", 1253.0, 111.444444, (3, 5), "for")
    assert said.p_value == 2 / 41


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"exceeding": None}, "No shuffled log was searched, so chance is not excluded."),
        ({"exceeding": None, "replicate": True}, "The group was found in a shuffled log: all of this is chance."),
        ({"exceeding": (0, 20, 1)}, "In 0 of 20 shuffled logs did a group score this high (1 group was found in them)."),
    ],
)
def test_what_was_searched_for_is_said(options, words):
    score = Score(0.0, 1, 0.5, None, None)
    said = co_reviews_evidence(score, PLAIN, (), by_seller=False, **options)
    assert said.statement == (
        "Pairs of members reviewed the same product (the log has no times) 1 time (each pair counted once per product). If reviewers were "
        f"shuffled at random over the whole log, about 0.5 would be expected. {words}"
    )
    assert said.stance == "neutral"
    assert (said.p_value is None) == (options["exceeding"] is None)


def test_what_is_left_is_stated_before_and_after():
    said = left_evidence(Left("launches", 19.26, 5, 1, needed=2.345), 145.04, (1,))
    assert "the score changes from 145.0 to 19.3; this is still above the required score of 2.3" in said.statement
    assert (said.signal, said.observed, said.expected, said.rows, said.stance, said.p_value) == (
        "launches",
        19.26,
        2.345,
        (1,),
        "neutral",
        None,
    )
    said = left_evidence(Left("variants", 145.0, 5, 1, needed=200.0, holds=True), 145.04, ())
    assert "the score stays at 145.0; shuffled logs reach as much" in said.statement
    assert said.stance == "explains"


def test_every_explanation_can_be_stated_and_is_in_the_list_of_questions():
    names = [info.name for info in FIRST_QUESTION]
    assert names == ["co-reviews", "rating sessions", "launches", "one seller", "variants"]
    assert {*names[1:]} == {*EXPLANATIONS, "one seller"}
    assert all(info.kind == "acts together" and info.question.endswith("?") and info.null for info in FIRST_QUESTION)
    assert [info.kind for info in REMARKS] == ["remark"]
    starts = {left_evidence(Left(name, 1.0, 1, 1), 2.0, ()).statement.split(",")[0] for name in names[1:]}
    assert len(starts) == 4


# Gamma* says how much larger the expectation may be before the count is no longer significant.


@pytest.mark.parametrize(("alpha", "expected"), [(1e-3, 10.11), (1e-4, 7.78), (1e-6, 4.85)])
def test_twelve_meetings_where_four_tenths_are_expected(alpha, expected):
    assert gamma_star(12, 0.4, log(alpha)) == pytest.approx(expected, abs=0.005)
    assert poisson.sf(11, gamma_star(12, 0.4, log(alpha)) * 0.4) == pytest.approx(alpha, rel=1e-9)


def test_more_meetings_raise_it_and_a_stricter_level_lowers_it():
    by_count = [gamma_star(count, 2.0, -20.0) for count in range(100)]
    assert by_count == sorted(by_count)
    assert by_count[0] == 0.0
    by_level = [gamma_star(500, 2.0, -float(level)) for level in np.linspace(1, 1500, 300)]
    assert by_level == sorted(by_level, reverse=True)


def test_beyond_double_precision_it_errs_to_the_smaller_side():
    """Chernoff's bound stands in for a tail that a double cannot hold: a little less robust, never more."""
    exact, bound = gamma_star(2_000, 3.0, -689.9), gamma_star(2_000, 3.0, -690.1)
    assert 0.95 * exact < bound <= exact


def test_a_ring_is_robust_and_strangers_are_not():
    log_, truth = market(20_000, 3, [(15, 8, 0.9)])
    graph = build_graph(**log_)
    by_window = (co_reviews_of(graph, 7), co_reviews_of(graph, 21))
    ring = truth[0][0].astype(np.int32)
    gamma, said = robustness(score_group(graph, by_window, ring), graph, len(ring), 0.0)
    assert gamma > 2
    assert said.stance == "for"
    assert f"{gamma:.1f} times more likely than chance" in said.statement
    stricter, _ = robustness(score_group(graph, by_window, ring), graph, len(ring), 5.0)
    assert stricter < gamma
    strangers = np.arange(15, dtype=np.int32)
    gamma, said = robustness(score_group(graph, by_window, strangers), graph, 15, 0.0)
    assert gamma <= 1
    assert said.stance == "neutral"
