"""Another market than the simulator's, full of honest crowds: rings are found in it and nobody else is accused, whatever the log names."""

import pytest

from collusion.pipeline import scan
from markets import Bazaar

RINGS = [(10, 6, 0.7, 14), (40, 15, 0.35, 30), (18, 8, 0.55, 60)]
EVERYTHING = ("rating", "seller", "category")


def found(case, members):
    """Largest agreement (F1) of a flagged ring with these accounts."""
    return max((2 * len(members.intersection(r.reviewers)) / (len(members) + len(r.reviewers)) for r in case.flagged), default=0.0)


def false(case, rings):
    return [ring for ring in case.flagged if 2 * len(set().union(*rings).intersection(ring.reviewers)) < len(ring.reviewers)]


@pytest.mark.parametrize("columns", [EVERYTHING, ("seller", "category"), ("rating",), ()])
def test_a_log_without_rings_accuses_nobody(columns):
    """With all columns, and with ratings, sellers and categories left out: who knows less must accuse less."""
    data, _ = Bazaar(60_000, 1).frame(*columns)
    case = scan(data, replicates=20)
    assert case.flagged == ()
    assert any(ring.status == "explained" for ring in case.rings)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_rings_that_give_four_stars_now_and_then_are_found(seed):
    """Dense, medium and drip, none of which rates beyond chance for certain: meetings speak for themselves."""
    data, rings = Bazaar(80_000, seed, RINGS).frame(*EVERYTHING)
    case = scan(data, replicates=20)
    assert [found(case, members) > 0.8 for members in rings] == [True] * 3
    assert false(case, rings) == []


@pytest.mark.slow
def test_without_ratings_what_is_told_of_rings_is_still_true():
    data, rings = Bazaar(80_000, 4, RINGS).frame("seller", "category")
    case = scan(data, replicates=20)
    assert sum(found(case, members) > 0.8 for members in rings) >= 2
    assert false(case, rings) == []
