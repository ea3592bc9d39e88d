"""What must be found in simulated markets, and that honest crowds which act together as much are not accused."""

from itertools import chain

import pandas as pd
import pytest

from collusion.pipeline import scan
from collusion.simulate.market import Market, hard_crowds, simulate
from collusion.simulate.plan import RingPlan
from collusion.simulate.shapes import draw_shapes
from collusion.simulate.writing import to_table

SHAPES = ("boost-attack", "launch", "attack-launch", "lesser", "patient")
SEEDS = (1, 2, 3)


def share(ring, group):
    """Share of a ring's accounts that are of the group."""
    return len({*ring.reviewers} & {*group.reviewers}) / len(ring.reviewers)


def look(reviews, seed, *, rings=(), crowds=0, without=()):
    log = simulate(hard_crowds(Market(reviews=reviews, rings=rings), crowds), seed)
    return log, scan(to_table(log, text=False, without=without), replicates=20, seed=seed, threads=1)


@pytest.mark.slow
@pytest.mark.usefixtures("no_power_statement")
def test_without_a_ring_nothing_is_flagged():
    """Fans, crowds, bargain hunters, early reviewers, households, regulars and variants, and no ring."""
    _, case = look(25_000, 100)
    assert case.flagged == ()
    assert any(ring.status == "explained" for ring in case.rings)


@pytest.fixture(scope="module")
def shaped():
    """Three markets with a ring of each shape that an explanation once hid: (shape, planted ring) each, and the case."""
    found = []
    for seed in SEEDS:
        log, case = look(25_000, seed, rings=tuple(chain(*draw_shapes(SHAPES, seed))))
        found.append((dict(zip(SHAPES, log.rings, strict=True)), case))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_rings_that_look_innocent_in_one_way_are_flagged(shaped, shape):
    """Boosting and attacking at once, at launches, with other stars now and then, or slowly: in two of three markets at least."""
    hits = [any(share(ring, rings[shape]) > 0.6 for ring in case.flagged) for rings, case in shaped]
    assert sum(hits) >= 2


def test_beside_those_rings_nobody_is_flagged(shaped):
    for rings, case in shaped:
        assert all(max(share(ring, planted) for planted in rings.values()) > 0.6 for ring in case.flagged)


@pytest.fixture(scope="module")
def crowded():
    """Three markets without a ring and with many honest crowds that act together: with all columns, and without ratings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("collusion.pipeline.steps.power_statement", lambda *_: "Nothing is flagged.")
        return [{without: look(25_000, seed, crowds=8, without=without) for without in ((), ("rating",))} for seed in SEEDS]


@pytest.mark.slow
@pytest.mark.parametrize(("without", "most"), [((), 1), (("rating",), 0)])
def test_honest_crowds_acted_together_and_are_not_accused(crowded, without, most):
    """Bundles, boxes, followers, cohorts and programmes: found, listed as coordinated or explained, and at most one of all flagged."""
    listed, flagged = [], []
    for market in crowded:
        log, case = market[without]
        flagged += case.flagged
        listed += [
            next((crowd.kind for crowd in log.honest if share(ring, crowd) > 0.5), "other")
            for ring in case.rings
            if ring.status in ("coordinated", "explained") and ring.score > 0
        ]
    assert {"bundles", "boxes", "cohorts", "plain_followers"} <= {*listed}
    assert len(listed) >= 15
    assert len(flagged) <= most


def test_two_campaigns_years_apart_are_two_rings():
    plans = (RingPlan(12, 6, 0.9, start=150.0), RingPlan(10, 6, 0.9, start=900.0))
    log, case = look(8_000, 4, rings=plans)
    assert sorted(max(share(ring, planted) for ring in case.flagged) > 0.9 for planted in log.rings) == [True, True]
    assert len(case.flagged) == 2


@pytest.mark.parametrize(("columns", "years"), [(["timestamp", "category"], 2), ([], 0)], ids=["times and categories", "neither"])
def test_reviews_that_can_meet_nobody_change_nobodys_case(columns, years):
    """One account with 12,000 five-star reviews of products of its own, some years before and after the log, beside a ring."""
    log = simulate(Market(reviews=6_000, rings=(RingPlan(14, 8, 0.9, camouflage=0.0),)), 3)
    data = to_table(log, text=False).to_pandas()
    days, more = data.timestamp, years * pd.Timedelta(days=365)
    busy = pd.DataFrame({"reviewer_id": "busy", "product_id": [f"own{k}" for k in range(12_000)], "rating": 5, "category": "music"})
    busy["timestamp"] = pd.date_range(days.min() - more, days.max() + more, len(busy)).floor("s")
    kept = ["reviewer_id", "product_id", "rating", *columns]
    cases = [scan(frame[kept], replicates=20, seed=1) for frame in (data, pd.concat([data, busy]))]
    without, beside = ([ring for ring in case.rings if ring.score > 0] for case in cases)
    assert [(one.reviewers, one.products, one.status) for one in without] == [(one.reviewers, one.products, one.status) for one in beside]
    # There is one reviewer more to choose a group from. Where the log begins on another day, chances are drawn in another order.
    assert [one.score for one in beside] == pytest.approx([one.score for one in without], abs=0.01)
    if not years:
        assert [one.q_paid for one in beside] == [one.q_paid for one in without]
    assert any(ring.status == "flagged" and share(ring, log.rings[0]) > 0.9 for ring in beside)
