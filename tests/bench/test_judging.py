"""Laws of judging: what counts as found, as false, and as which class, on rings made by hand."""

from __future__ import annotations

import json

import pytest

from collusion.bench.judging import Judged, PValue, Truth, judge, q_of
from collusion.bench.market import TrueGroup
from collusion.model import Ring


def ring(members, q=0.01, status="flagged", explained_by=None, rank=1, **rungs):
    return Ring(
        id=f"R-{rank}",
        rank=rank,
        status=status,
        reviewers=tuple(members),
        products=("p",),
        score=1.0,
        q_values={"N1": q, **rungs},
        rows=(),
        density=1.0,
        first_review=None,
        last_review=None,
        detectors=("lockstep",),
        explained_by=explained_by,
    )


def truth(members, kin="", name="ring-1"):
    return Truth(TrueGroup(name, "ring", tuple(members), ("p",)), "dense", "random", frozenset(members) | frozenset(kin))


def group(kind, members):
    return TrueGroup(f"{kind}-1", kind, tuple(members), ("p",))


def planted(rings, *truths):
    return judge("w", rings, truths, ())[0]


def test_a_ring_is_found_from_half_of_member_f1_on():
    (whole,) = planted([ring("abcd")], truth("abcd"))
    assert (whole.found_05, whole.found_10, whole.f1_05) == (True, True, 1.0)
    (half,) = planted([ring("abwxyz")], truth("ab"))
    assert (half.found_10, half.f1_10) == (True, 0.5)
    (less,) = planted([ring("abvwxyz")], truth("ab"))
    assert (less.found_10, less.f1_10) == (False, pytest.approx(4 / 9, abs=1e-6))


def test_flags_count_at_the_rates_that_their_q_values_reach():
    (one,) = planted([ring("abcd", q=0.07)], truth("abcd"))
    assert (one.found_05, one.found_10) == (False, True)
    (one,) = planted([ring("abcd", q=0.02, N2=0.08)], truth("abcd"))
    assert (one.found_05, one.found_10) == (False, True)
    assert q_of(ring("ab", q=0.02, N2=0.08, N0=0.9, N3=1.0)) == 0.08


def test_what_is_listed_but_not_flagged_is_not_found_and_says_why():
    (one,) = planted([ring("xyz"), ring("abcd", q=0.03, status="explained", explained_by="crowd", rank=2)], truth("abcd"))
    assert (one.found_10, one.f1_10) == (False, 0.0)
    assert (one.match, one.match_f1, one.match_status, one.match_q) == ("R-2", 1.0, "explained by crowd", 0.03)
    (none,) = planted([ring("xyz")], truth("abcd"))
    assert (none.match, none.match_status, none.match_q) == ("", "", None)


def test_two_rings_that_share_accounts_are_both_found_when_told_as_one():
    first, second = truth("abcdef", "efghij"), truth("efghij", "abcdef", "ring-2")
    both = planted([ring("abcdefghij")], first, second)
    assert [one.f1_10 for one in both] == [1.0, 1.0]
    assert [one.f1_10 for one in planted([ring("abcdef")], first, second)] == [1.0, pytest.approx(1 / 3, abs=1e-6)]


def test_a_flagged_ring_is_true_from_half_of_planted_members_on_whichever_ring_they_are_of():
    _, (true, false) = judge("w", [ring("abefxyzw"), ring("axyz", rank=2)], [truth("abcd"), truth("efgh")], ())
    assert (true.planted_share, true.false) == (0.5, False)
    assert (false.planted_share, false.false) == (0.25, True)


def test_a_false_ring_is_of_the_honest_group_that_holds_most_of_it_two_members_at_least():
    honest = [group("fans", "uvwx"), group("locals", "wxyz"), group("early", "m")]
    _, (of_locals, of_none) = judge("w", [ring("xyzk"), ring("mno", rank=2)], (), honest)
    assert (of_locals.honest, of_locals.honest_share) == ("locals", 0.75)
    assert (of_none.honest, of_none.honest_share) == ("none", 0.0)


def test_the_proportion_is_of_what_is_flagged_at_the_rate_and_0_of_nothing():
    rings = [ring("ab", q=0.01), ring("xy", q=0.04, rank=2), ring("vw", q=0.09, rank=3)]
    one = Judged("w", "ringed", 0, flagged=judge("w", rings, [truth("ab")], ())[1])
    assert (one.proportion(0.05), one.proportion(0.1), one.proportion(0.001)) == (0.5, pytest.approx(2 / 3), 0.0)
    assert [len(one.flags(level)) for level in (0.05, 0.1)] == [2, 3]


def test_a_world_goes_to_json_and_back():
    rings, flagged = judge("w", [ring("abxy")], [truth("ab")], ())
    one = Judged("w", "ringed", 3, reviews=10, rings=rings, flagged=flagged, p_values=(PValue("w", "rating", 0.5),))
    assert Judged.from_json(json.loads(json.dumps(one.to_json()))) == one
