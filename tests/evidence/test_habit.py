"""The less ratings say, the more meetings must."""

import numpy as np
import pytest

from collusion.evidence.habit import LEANING, SILENT, Asked, asked, bar
from collusion.graph.graph import build_graph
from collusion.graph.projection import chance_bar
from collusion.model import Evidence


def log(*, quality=True, rated=True):
    """Sixty products by 400 reviewers; ratings tell them apart, or are noise, or are not there."""
    rng = np.random.default_rng(0)
    keys = np.unique(rng.integers(0, 400 * 60, 4000))
    mean = rng.uniform(2, 5, 60) if quality else np.full(60, 3.5)
    rating = np.clip(np.rint(mean[keys % 60] + rng.normal(0, 1, len(keys))), 1, 5)
    return build_graph(keys // 60, keys % 60, rating=rating if rated else None)


def rating(p_value, stance):
    return Evidence("rating", "Told.", 4.5, 4.0, p_value, stance=stance)


def test_each_kind_of_ratings_asks_for_its_own_score():
    graph = log()
    unit = chance_bar(graph.n_reviewers, 10)
    groups = [
        Asked(10, 5.0, rating(1e-6, "for")),
        Asked(10, 5.0, rating(0.4, "neutral")),
        Asked(10, 5.0, rating(0.9, "explains")),
        Asked(10, 5.0, None),
    ]
    assert [least for least, _ in asked(graph, groups, 0.05)] == pytest.approx([0, LEANING * unit, SILENT * unit, SILENT * unit])
    # Where ratings do not tell products apart they lean nowhere.
    noise = log(quality=False)
    assert [least for least, _ in asked(noise, groups, 0.05)] == pytest.approx([0, SILENT * unit, SILENT * unit, SILENT * unit])


def test_more_evidence_never_asks_for_more():
    graph = log()
    leasts = [asked(graph, [Asked(10, 5.0, rating(p, "for"))], 0.05)[0][0] for p in (0.9, 0.2, 0.051, 0.05, 0.01, 1e-9)]
    assert leasts == sorted(leasts, reverse=True)
    assert leasts[-1] == 0
    sizes = [bar(graph, size, favours=False) for size in (5, 10, 20, 40)]
    assert sizes == sorted(sizes, reverse=True)


def test_one_favourable_group_among_many_may_be_luck():
    """p = .04 stands alone, but not as the best of twenty; groups that meet no more than chance are not counted."""
    graph = log()
    one, others = Asked(10, 5.0, rating(0.04, "for")), [Asked(10, 5.0, rating(0.5, "explains")) for _ in range(19)]
    assert asked(graph, [one], 0.05)[0][0] == 0
    assert asked(graph, [one, *others], 0.05)[0][0] > 0
    assert asked(graph, [one, *(Asked(10, -1.0, other.rating) for other in others)], 0.05)[0][0] == 0


def test_the_statement_says_what_was_asked_and_whether_it_was_met():
    graph = log()
    unit = chance_bar(graph.n_reviewers, 10)
    (_, short), (_, met) = asked(
        graph, [Asked(10, 2.9 * unit, rating(0.4, "neutral")), Asked(10, 3.1 * unit, rating(0.4, "neutral"))], 0.05
    )
    assert (short.stance, met.stance) == ("against", "for")
    assert (
        f"must exceed {3 * unit:.1f} nats a member, 3 times what chance reaches in groups of 10, and is {2.9 * unit:.1f}" in short.statement
    )
    assert met.expected == pytest.approx(3 * unit, abs=1e-6)
    assert "Ratings say nothing here" in asked(log(rated=False), [Asked(10, 5.0, None)], 0.05)[0][1].statement
