"""Laws of judging: what counts as found, as false, and as which class, on rings made by hand.

The rings carry what a case promises: a status, the larger of the two q-values of the first question, and that of the second one.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from types import SimpleNamespace

import pytest

from collusion.bench.judged import Judged, PValue
from collusion.bench.judging import Truth, Verdict, judge
from collusion.simulate.market import TrueGroup


def ring(members, q=0.01, status="flagged", explained_by=None, rank=1, paid=0.01, **p_values):
    return SimpleNamespace(
        id=f"R-{rank}",
        status=status,
        flagged=status == "flagged",
        reviewers=tuple(members),
        products=("p",),
        score=7.5,
        q_value=q,
        q_paid=paid,
        explained_by=explained_by,
        evidence=tuple(SimpleNamespace(signal=signal, p_value=p) for signal, p in p_values.items()),
    )


def truth(members, kin="", name="ring-1"):
    return Truth(TrueGroup(name, "ring", tuple(members), ("p",)), "dense", "random", frozenset(members) | frozenset(kin))


def group(kind, members):
    return TrueGroup(f"{kind}-1", kind, tuple(members), ("p",))


def planted(rings, *truths):
    return judge("w", rings, truths, ())[0]


def test_a_ring_is_found_from_half_of_member_f1_on():
    (whole,) = planted([ring("abcd")], truth("abcd"))
    assert (whole.found(0.05), whole.found(0.1), whole.f1_05) == (True, True, 1.0)
    (half,) = planted([ring("abwxyz")], truth("ab"))
    assert (half.found(0.1), half.f1_10) == (True, 0.5)
    (less,) = planted([ring("abvwxyz")], truth("ab"))
    assert (less.found(0.1), less.f1_10) == (False, pytest.approx(4 / 9, abs=1e-6))


@pytest.mark.parametrize(
    ("status", "q", "paid", "flagged", "together"),
    [
        ("flagged", 0.02, 0.03, (True, True), (True, True)),
        ("flagged", 0.02, 0.07, (False, True), (True, True)),
        ("flagged", 0.07, 0.02, (False, True), (False, True)),
        ("flagged", 0.02, None, (True, True), (True, True)),
        ("flagged", None, None, (False, True), (False, True)),
        ("coordinated", 0.02, 0.5, (False, False), (True, True)),
        ("coordinated", 0.07, None, (False, False), (False, True)),
        ("explained", 0.02, 0.02, (False, False), (False, False)),
        ("candidate", 0.02, 0.02, (False, False), (False, False)),
    ],
)
def test_a_status_counts_at_a_lower_rate_where_its_q_values_are_at_most_that(status, q, paid, flagged, together):
    verdict = Verdict.of(ring("ab", q=q, status=status, paid=paid))
    assert (verdict.flagged, verdict.together) == (flagged, together)
    assert verdict.q == max((value for value in (q, paid) if value is not None), default=None)


def test_what_is_coordinated_is_found_together_and_not_flagged():
    (one,) = planted([ring("abcd", status="coordinated", paid=0.4), ring("abxy", rank=2)], truth("abcd"))
    assert (one.f1_05, one.together_05, one.together_10) == (0.5, 1.0, 1.0)
    assert one.found(0.05, coordinated=True)
    assert (one.match, one.match_status, one.match_q) == ("R-1", "coordinated", 0.4)


def test_what_is_listed_but_not_flagged_is_not_found_and_says_why():
    (one,) = planted([ring("xyz"), ring("abcd", q=0.03, status="explained", explained_by="launches", rank=2)], truth("abcd"))
    assert (one.found(0.1), one.found(0.1, coordinated=True), one.f1_10) == (False, False, 0.0)
    assert (one.match, one.match_f1, one.match_status, one.match_q) == ("R-2", 1.0, "explained by launches", 0.03)
    (none,) = planted([ring("xyz")], truth("abcd"))
    assert (none.match, none.match_status, none.match_q) == ("", "", None)


def test_two_rings_that_share_accounts_are_both_found_when_listed_as_one():
    first, second = truth("abcdef", "efghij"), truth("efghij", "abcdef", "ring-2")
    both = planted([ring("abcdefghij")], first, second)
    assert [one.f1_10 for one in both] == [1.0, 1.0]
    assert [one.f1_10 for one in planted([ring("abcdef")], first, second)] == [1.0, pytest.approx(1 / 3, abs=1e-6)]


def test_a_flagged_ring_is_true_from_half_of_planted_members_on_whichever_ring_they_are_of():
    _, (true, false), _ = judge("w", [ring("abefxyzw"), ring("axyz", rank=2)], [truth("abcd"), truth("efgh")], ())
    assert (true.planted_share, true.false) == (0.5, False)
    assert (false.planted_share, false.false) == (0.25, True)


def test_a_false_ring_is_of_the_honest_group_that_holds_most_of_it_two_members_at_least():
    honest = [group("fans", "uvwx"), group("locals", "wxyz"), group("early", "m")]
    _, (of_locals, of_none), _ = judge("w", [ring("xyzk"), ring("mno", rank=2)], (), honest)
    assert (of_locals.honest, of_locals.honest_share) == ("locals", 0.75)
    assert (of_none.honest, of_none.honest_share) == ("none", 0.0)


def honest(rings, *groups, planted=()):
    return judge("w", rings, planted, groups)[2]


def test_an_honest_group_is_found_where_a_ring_holds_half_of_it_and_flagged_where_a_flagged_one_does():
    (both,) = honest([ring("abxyzvw", status="coordinated"), ring("abc", q=0.08, rank=2)], group("fans", "abcd"))
    assert (both.held, both.flagged_05, both.flagged_10) == (True, False, True)
    (listed,) = honest([ring("abxyz", status="candidate")], group("fans", "abcd"))
    assert (listed.held, listed.flagged_10, listed.match) == (True, False, "")
    assert honest([ring("axyz")], group("households", "ab")) == ()
    assert honest([ring("abxyz")], group("fans", "abcdefg")) == ()


def test_a_ring_of_planted_accounts_does_not_count_against_the_honest_people_in_it():
    rings = [ring("abpqrs"), ring("cdx", status="coordinated", rank=2)]
    (one,) = honest(rings, group("households", "ab"), group("cohorts", "cdx"), planted=[truth("pqrs")])
    assert (one.kind, one.status) == ("cohorts", "coordinated")


def test_the_evidence_of_an_honest_group_is_that_of_the_ring_that_agrees_best():
    rings = [ring("abcwxyz", status="candidate", ratings=0.9), ring("abce", status="explained", rank=2, ratings=0.03, exclusivity=None)]
    (one,) = honest(rings, group("boxes", "abcd"))
    assert (one.match, one.match_f1, one.status, one.score, one.q) == ("R-2", 0.75, "explained", 7.5, 0.01)
    assert one.p_values == {"ratings": 0.03}
    assert one.passes
    (candidate,) = honest(rings[:1], group("boxes", "abcd"))
    assert (candidate.match, candidate.passes) == ("R-1", False)


def test_the_false_share_is_of_what_is_flagged_at_the_rate_and_0_of_nothing():
    rings = [ring("ab"), ring("xy", q=0.04, rank=2), ring("vw", q=0.09, rank=3)]
    one = Judged("w", "ringed", 0, flagged=judge("w", rings, [truth("ab")], ())[1])
    assert (one.false_share(0.05), one.false_share(0.1)) == (0.5, pytest.approx(2 / 3))
    assert [len(one.flags(level)) for level in (0.05, 0.1)] == [2, 3]
    assert Judged("w", "ringed", 0).false_share(0.1) == 0


def test_a_world_goes_to_json_and_back():
    rings, flagged, groups = judge("w", [ring("abxy", ratings=0.2), ring("uvw", rank=2, texts=0.1)], [truth("ab")], [group("fans", "uvwk")])
    assert len(groups) == 1
    one = Judged("w", "ringed", 3, "no-ratings", 10, 1, {"fans": 2}, rings=rings, flagged=flagged, groups=groups)
    one = Judged.from_json(json.loads(json.dumps(asdict(one))))
    assert (one.rings, one.flagged, one.groups, one.honest) == (rings, flagged, groups, {"fans": 2})
    tested = Judged("w", "ring-free", 3, p_values=(PValue("w", "rating", 0.5),))
    assert Judged.from_json(json.loads(json.dumps(asdict(tested)))) == tested
