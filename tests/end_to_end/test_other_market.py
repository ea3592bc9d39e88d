"""Another market than the simulator's, full of honest crowds: rings are found in it and nobody else is accused, whatever the log names."""

import pytest

from collusion.pipeline import scan
from markets import Bazaar

RINGS = [(10, 6, 0.7, 14), (40, 15, 0.35, 30), (18, 8, 0.55, 60)]
EVERYTHING = ("rating", "seller", "category")


def found(rings, members):
    """Largest agreement (F1) of a ring with these accounts."""
    return max((2 * len(members.intersection(r.reviewers)) / (len(members) + len(r.reviewers)) for r in rings), default=0.0)


def false(case, rings):
    return [ring for ring in case.flagged if 2 * len(set().union(*rings).intersection(ring.reviewers)) < len(ring.reviewers)]


@pytest.mark.usefixtures("no_power_statement")
@pytest.mark.parametrize("columns", [EVERYTHING, ("seller", "category"), ()])
def test_a_log_without_rings_accuses_nobody(columns):
    """With all columns, and with ratings, sellers and categories left out: who knows less must accuse less."""
    data, _ = Bazaar(30_000, 1).frame(*columns)
    case = scan(data, replicates=20)
    assert case.flagged == ()
    assert any(ring.status in ("coordinated", "explained") for ring in case.rings)


@pytest.mark.slow
def test_rings_that_give_four_stars_now_and_then_are_found():
    """Dense, medium and drip, none of which rates beyond chance for certain."""
    data, rings = Bazaar(40_000, 2, RINGS).frame(*EVERYTHING)
    case = scan(data, replicates=20)
    assert [found(case.flagged, members) > 0.8 for members in rings] == [True] * 3
    assert false(case, rings) == []


@pytest.mark.slow
@pytest.mark.usefixtures("no_power_statement")
def test_without_ratings_rings_are_listed_and_nobody_is_accused_wrongly():
    """Paid accounts with covers cannot be distinguished from friends there; that they acted together can."""
    data, rings = Bazaar(40_000, 4, RINGS).frame("seller", "category")
    case = scan(data, replicates=20)
    shown = [ring for ring in case.rings if ring.status in ("flagged", "coordinated")]
    assert [found(shown, members) > 0.8 for members in rings] == [True] * 3
    assert false(case, rings) == []
