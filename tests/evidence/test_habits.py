"""Fans, households, sittings and people who come in their own time are explained; planted rings are not."""

import numpy as np
import pytest

from collusion.detect.lockstep import Lockstep
from collusion.evidence.fans import fans
from collusion.evidence.households import households
from collusion.evidence.own_time import own_time
from collusion.evidence.score import score_group
from collusion.evidence.sittings import _Dates, _of_others, _without, sittings
from collusion.evidence.variants import undeclared
from collusion.graph.graph import build_graph
from collusion.graph.membership import slots_of
from collusion.graph.projection import CROWDS, meetings_of
from markets import market


def graph_of(rows, **columns):
    reviewer, product, time = (np.array(column) for column in zip(*rows, strict=True))
    return build_graph(reviewer, product, time=time, **columns)


def everybody(products, reviews, first, span, rng):
    """Ordinary customers: each product reviewed at times of its own, by people who write once."""
    return [(first + p * reviews + k, p, int(t)) for p in range(products) for k, t in enumerate(rng.integers(0, span, reviews))]


@pytest.mark.parametrize("burst", [True, False])
def test_regulars_came_in_their_own_time_and_a_burst_did_not(burst):
    """Twelve people review eight places: at times of their own, as others do, or all within two weeks."""
    rng = np.random.default_rng(1)
    own = [(u, p, int(400 + rng.integers(0, 14)) if burst else int(rng.integers(0, 1000))) for u in range(12) for p in range(8)]
    graph = graph_of(own + everybody(8, 30, 100, 1000, rng))
    found = own_time(graph, slots_of(graph, np.arange(12, dtype=np.int32)), 21, np.random.default_rng(0))
    assert found.stance == ("neutral" if burst else "explains")
    assert (found.p_value <= 0.01) == burst
    assert ("came in his own time" in found.statement) == (not burst)


def test_own_time_keeps_its_level():
    """Members whose dates are drawn as everybody's: the share of p-values of .05 or less is about that."""
    rng = np.random.default_rng(2)
    p_values = []
    for _ in range(200):
        own = [(u, p, int(rng.integers(0, 1000))) for u in range(6) for p in range(6)]
        graph = graph_of(own + everybody(6, 60, 100, 1000, rng))
        p_values.append(own_time(graph, slots_of(graph, np.arange(6, dtype=np.int32)), 21, rng).p_value)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.1
    assert np.mean(np.array(p_values) <= 0.5) == pytest.approx(0.5, abs=0.15)


def test_people_who_follow_the_same_fashions_hardly_come_together():
    """Two hundred people of one taste, a tenth more often within the window than others: significant, and nothing to accuse anybody of."""
    rng = np.random.default_rng(10)
    wave = [int(rng.integers(0, 1000)) for _ in range(20)]

    def day(p, share):
        return int(np.clip(wave[p] + rng.normal(0, 40), 0, 999)) if rng.random() < share else int(rng.integers(0, 1000))

    own = [(u, p, day(p, 0.25)) for u in range(200) for p in range(20) if rng.random() < 0.15]
    others = [(1000 + 60 * p + k, p, day(p, 0.15)) for p in range(20) for k in range(60)]
    graph = graph_of(own + others)
    found = own_time(graph, slots_of(graph, np.arange(200, dtype=np.int32)), 60, np.random.default_rng(0))
    assert found.p_value <= 0.05
    assert 1 < found.observed / found.expected < 1.5
    assert found.stance == "explains"


def test_two_homes_that_met_are_two_homes():
    """Three accounts and two, each sharing ten products a day apart, which once met: circles of three and two."""
    rng = np.random.default_rng(3)
    rows = [(u, p, 50 * p + u) for u in range(3) for p in range(10)]
    rows += [(u, p, 50 * p + u) for u in (3, 4) for p in range(10, 20)]
    rows += [(0, 20, 300), (3, 20, 301)]
    graph = graph_of(rows + [(100 + k, int(rng.integers(0, 21)), int(rng.integers(0, 1000))) for k in range(200)])
    found = households(graph, meetings_of(graph, 7), np.arange(5, dtype=np.int32))
    assert found.stance == "explains"
    assert found.observed == 3
    assert "2 circles, the largest of 3 accounts" in found.statement


def test_a_group_that_met_throughout_is_no_home_nor_is_one_that_met_once_each():
    rows = [(u, p, 50 * p + u % 3) for u in range(8) for p in range(6)]
    graph = graph_of(rows)
    assert households(graph, meetings_of(graph, 7), np.arange(8, dtype=np.int32)) is None
    # Ten accounts, each pair of which met once at most, as in a scattered workforce.
    pairs = [(i, j) for i in range(10) for j in range(i)]
    graph = graph_of([(u, k, 10 * k + e) for k, pair in enumerate(pairs) for e, u in enumerate(pair)])
    assert households(graph, meetings_of(graph, 7), np.arange(10, dtype=np.int32)).stance == "neutral"


@pytest.mark.parametrize("together", [True, False])
def test_sittings_on_days_of_their_own_explain_and_on_one_day_do_not(together):
    """Ten people rate twenty of the same films each, each in an evening of his own, or all in the same two days."""
    rng = np.random.default_rng(4)
    day = 500 + rng.integers(0, 2, 10) if together else rng.integers(200, 800, 10)
    rows = [(u, int(p), int(day[u])) for u in range(10) for p in rng.choice(30, 20, replace=False)]
    rows += everybody(30, 40, 100, 1000, rng)
    members = np.arange(10, dtype=np.int32)

    def asked(graph):
        return sittings(graph, members, slots_of(graph, members), 7, np.random.default_rng(0)).stance

    assert asked(graph_of(rows, rating=rng.integers(1, 6, len(rows)))) == ("neutral" if together else "explains")
    # Without ratings nothing tells an event's evening from a job's.
    assert asked(graph_of(rows)) == "explains"


def test_dates_of_others_are_the_dates_without_the_groups_own():
    """By place, without a copy of a log's dates for each group: equal to deleting the group's own."""
    rng = np.random.default_rng(11)
    for _ in range(50):
        dates = np.sort(rng.integers(0, 30, 60)).astype(np.int32)
        own = np.sort(rng.choice(dates, 12, replace=False))
        counted = _Dates(int(dates[0]), np.concatenate(([0], np.cumsum(np.bincount(dates - dates[0])))))
        pool, taken = _without(counted, own.astype(np.int64), 5, 25)
        within = own[(own >= 5) & (own <= 25)]
        slow = list(dates[(dates >= 5) & (dates <= 25)])
        for day in within:
            slow.remove(day)
        assert _of_others(counted, taken, np.arange(pool - len(taken)), 5).tolist() == slow


def test_people_who_write_now_and_then_have_no_sittings():
    rng = np.random.default_rng(5)
    rows = [(u, p, int(rng.integers(450, 470))) for u in range(10) for p in range(8)]
    graph = graph_of(rows + everybody(8, 40, 100, 1000, rng))
    members = np.arange(10, dtype=np.int32)
    assert sittings(graph, members, slots_of(graph, members), 7, rng).stance == "neutral"
    assert sittings(graph, members[:1], slots_of(graph, members[:1]), 7, rng) is None


def test_fans_meet_at_one_seller():
    """All at one seller, or nothing left when counted once a seller; of unknown sellers the question is not asked."""
    rows = [(u, p, 3 * p + u) for u in range(6) for p in range(5)]
    one = graph_of(rows, seller=[7, 7, 7, 7, 7])
    assert fans(one, np.arange(30), 4.0, 9.0).stance == "explains"
    many = graph_of(rows, seller=[1, 2, 3, 4, -1])
    assert fans(many, np.arange(30), 4.0, 9.0).stance == "neutral"
    assert fans(many, np.arange(30), -1.0, 9.0).stance == "explains"
    assert fans(many, np.arange(30), -1.0, -0.5).stance == "neutral"
    assert fans(graph_of(rows), np.arange(30), 4.0, 9.0) is None  # all that was there when the log began
    assert fans(graph_of(rows, seller=[-1] * 5), np.arange(30), 4.0, 9.0) is None


@pytest.mark.parametrize("launched", [True, False])
def test_where_no_seller_is_known_those_who_come_to_launches_may_be_fans(launched):
    """Ten people review eight products, each within ten days: of its launch, or of a day a year later."""
    rng = np.random.default_rng(6)
    rows = [(999, 99, 0)]  # the log begins long before
    for p in range(8):
        start = 200 + 40 * p
        rows += [(u, p, start + (0 if launched else 365) + int(rng.integers(0, 10))) for u in range(10)]
        rows += [(100 + 40 * p + k, p, start + int(t)) for k, t in enumerate(np.append(0, rng.integers(0, 600, 30)))]
    graph = graph_of(rows, rating=np.full(len(rows), 4.0))
    found = fans(graph, slots_of(graph, np.arange(10, dtype=np.int32)), 4.0, 9.0)
    assert found.stance == ("explains" if launched else "neutral")
    assert found.observed == (80 if launched else 0)
    assert ("cannot be ruled out" in found.statement) == launched


@pytest.mark.parametrize("rated", [True, False])
def test_fans_come_to_launches_for_long_and_a_campaign_for_new_products_ends(rated):
    """Ten people review eight products launched within a month, soon after launch: explained where no rating could speak against them."""
    rng = np.random.default_rng(7)
    rows = [(999, 99, 0)]
    for p in range(8):
        start = 200 + 4 * p
        rows += [(u, p, start + int(rng.integers(0, 10))) for u in range(10)]
        rows += [(100 + 40 * p + k, p, start + int(t)) for k, t in enumerate(np.append(0, rng.integers(0, 600, 30)))]
    graph = graph_of(rows, rating=np.full(len(rows), 4.0)) if rated else graph_of(rows)
    found = fans(graph, slots_of(graph, np.arange(10, dtype=np.int32)), 4.0, 9.0)
    assert found.observed == 80
    assert found.stance == ("neutral" if rated else "explains")


def copied(buyers, days, rng, *, strangers=0):
    """Buyers whose reviews stand on all of four variants, each on a day of his own, and strangers on one product each."""
    rows = [(u, p, int(day)) for u, day in enumerate(days) for p in range(4)][: 4 * buyers]
    return rows + [(500 + k, k % 4, int(rng.integers(0, 1000))) for k in range(strangers)]


def test_what_everybody_copies_for_long_are_variants():
    """Thirty buyers of a listing over two years; the ten of one month meet again and again, and so would any other ten."""
    rng = np.random.default_rng(8)
    days = np.sort(rng.integers(0, 700, 30))
    rows = copied(30, days, rng)
    graph, members = graph_of(rows), np.arange(10, dtype=np.int32)
    found = undeclared(graph, members, np.arange(4, dtype=np.int32))
    assert found.stance == "explains"
    assert "look like variants of one listing" in found.statement
    assert undeclared(graph_of(rows, seller=[1, 1, 2, 2]), members, np.arange(4, dtype=np.int32)) is None
    assert undeclared(graph_of(rows, seller=[1, 1, 1, -1]), members, np.arange(4, dtype=np.int32)).stance == "explains"


def test_a_ring_that_works_through_its_list_at_a_sitting_copies_alone():
    """Nobody else copies; or others of the same job do, but it ends; or hardly anybody else came, which says nothing."""
    rng = np.random.default_rng(9)
    members, products = np.arange(10, dtype=np.int32), np.arange(4, dtype=np.int32)
    alone = graph_of(copied(10, 300 + rng.integers(0, 14, 10), rng, strangers=40))
    assert undeclared(alone, members, products).stance == "neutral"
    larger = graph_of(copied(20, 300 + rng.integers(0, 14, 20), rng))
    assert undeclared(larger, members, products).stance == "neutral"
    assert undeclared(graph_of(copied(12, 50 * np.arange(12), rng)), members, products) is None
    apart = [(u, p, 50 * p + u) for u in range(30) for p in range(4)]
    assert undeclared(graph_of(apart), members, products) is None


@pytest.mark.parametrize(("ring", "burst"), [((15, 8, 0.9), 10), ((40, 15, 0.35), 30), ((18, 8, 0.55), 60), ((12, 6, 0.7), 2)])
@pytest.mark.parametrize("seed", range(2))
def test_no_habit_explains_a_ring(ring, burst, seed):
    """Dense, medium, drip and a burst of two days."""
    log, truth = market(60_000, seed, [ring], burst=burst)
    graph = build_graph(**log)
    members, targets = truth[0]
    members = members.astype(np.int32)
    slots = slots_of(graph, members)
    slots = slots[np.isin(graph.product[slots], targets)]
    score = score_group(graph, Lockstep().meetings(graph), members)
    meet = meetings_of(graph, score.window).rarer(len(CROWDS) if score.crowd is None else CROWDS.index(score.crowd))
    rng = np.random.default_rng(0)
    said = [
        fans(graph, slots, score.value, score.value),
        households(graph, meet, members),
        sittings(graph, members, slots, score.window, rng),
        own_time(graph, slots, score.window, rng),
    ]
    assert all(one is None or one.stance == "neutral" for one in said)
