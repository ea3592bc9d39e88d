"""What must be found in simulated markets with every honest class present, and that nothing else is flagged."""

import pytest

from collusion.bench.market import Market, simulate
from collusion.bench.metrics import jaccard
from collusion.bench.planting import RingPlan
from collusion.bench.writing import to_table
from collusion.pipeline import scan

FOUR = (RingPlan(50, 20, 0.8), RingPlan(30, 10, 0.7), RingPlan(15, 8, 0.9), RingPlan(8, 5, 1.0))


def run(reviews, rings, seed):
    log = simulate(Market(reviews=reviews, rings=rings), seed)
    return log, scan(to_table(log, text=False), replicates=20)


@pytest.mark.slow
def test_one_ring_in_half_a_million_reviews():
    """50 x 20 at 80 %, ten days, one camouflage review a fake one: precision and recall of its reviewers of .98 or more."""
    log, case = run(500_000, FOUR[:1], 6)
    (planted,) = log.rings
    best = case.rings[0]
    both = len(set(best.reviewers) & set(planted.reviewers))
    assert best.flagged
    assert both / len(best.reviewers) >= 0.98
    assert both / len(planted.reviewers) >= 0.98
    assert len(case.flagged) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [21, 22])
def test_four_rings_each_as_its_own(seed):
    """Four sizes in 100,000 reviews: each flagged with a Jaccard of .8 or more, and no group of honest people beside them."""
    log, case = run(100_000, FOUR, seed)
    for planted in log.rings:
        assert max(jaccard(set(planted.reviewers), set(ring.reviewers)) for ring in case.flagged) >= 0.8
    assert len(case.flagged) == 4


@pytest.mark.slow
@pytest.mark.parametrize(("reviews", "seed"), [(100_000, 100), (100_000, 101)])
def test_without_a_ring_nothing_is_flagged(reviews, seed):
    """Fans, crowds, bargain hunters, early reviewers, households, regulars and variants, and no ring."""
    _, case = run(reviews, (), seed)
    assert case.flagged == ()
    assert any(ring.status == "explained" for ring in case.rings)
