"""The two questions: which groups acted together, what explains them, what the signals say, and the status that follows."""

from dataclasses import dataclass
from functools import cache
from itertools import product as every
from math import pi, tan
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from evidence.groups import log_of
from inference.village import GROUPS, village

from collusion.base.model import Evidence
from collusion.detect.lockstep import Lockstep
from collusion.inference import verdict as module
from collusion.inference.permutations import Permutations
from collusion.inference.residual import EXPLANATIONS, Residual, residuals
from collusion.inference.score import score_groups
from collusion.inference.search import Search
from collusion.inference.significance import Scores, chance_counts
from collusion.inference.stages import Candidate, Left, Scored
from collusion.inference.verdict import FirstAnswer, combined, first_question, judge, rating_p, second_question, status_of
from oracles import benjamini_hochberg

FDR = 0.05


def null(*best, replicates=20):
    """Permuted logs: so many, of which the first hold one group each, of 12 members and the scores given."""
    return [Scores(np.array(best[b : b + 1]), np.full(len(best[b : b + 1]), 12)) for b in range(replicates)]


def q_by_hand(values, best, replicates=20):
    """q-values as long as the permuted logs hold few groups: (1 + groups at or above) / logs, over those found with no larger a count."""
    counts = [(1 + sum(b >= v for b in best)) / replicates for v in values]
    return [min([1.0, *(c / sum(other <= c for other in counts) for c in counts if c >= own)]) for own in counts]


def scored(v, search, names):
    groups = [v.members[name] for name in names]
    pairs = [[one.value for one in score_groups(v.graph, by_window, groups)] for by_window in (search.by_window, search.by_product)]
    return [
        Scored(Candidate(group, v.products[name], ("lockstep",)), score, by_product)
        for name, group, score, by_product in zip(names, groups, *pairs, strict=True)
    ]


@cache
def told_of(*names, **kind):
    """A village, the facts of its log, its search, and its groups of these names, or all, with their scores."""
    v = village(0, **kind)
    search, names = Search.of(v.graph, [Lockstep()], 0), names or tuple(v.members)
    return v, log_of(v.graph), search, dict(zip(names, scored(v, search, names), strict=True))


@pytest.fixture(scope="module", params=[True, False], ids=["sellers", "no sellers"])
def told(request):
    """Fans are searched for where sellers are known."""
    return told_of() if request.param else told_of(*(name for name in GROUPS if name != "one seller"), sellers=False)


def answers(told, permutations, names=None, fans=(), fdr=FDR):
    _, log, search, groups = told
    found = [groups[name] for name in names or groups if name not in fans]
    given = first_question(log, search, found, [groups[name] for name in fans], permutations, fdr)
    return dict(zip([name for name in names or groups if name not in fans] + [*fans], given, strict=True))


def explanations(search):
    return [name for name in EXPLANATIONS if search.by_seller or name != "one seller"]


def usual(told, best=(), left=()):
    """Permutations whose logs hold groups of these scores, and of these once an explanation is granted."""
    models = {"N0": null(), "N1": null(*best), "N3": null()}
    if told[2].by_seller:
        models["N2"] = null(*best)
    return Permutations(models, {name: null(*left) for name in explanations(told[2])}, 20, None)


def test_each_innocent_group_is_explained_by_its_own_kind_and_the_ring_by_nothing(told):
    by_seller = told[2].by_seller
    found = answers(told, usual(told), fans=["one seller"] if by_seller else [])
    assert all(one.passes for one in found.values())
    explained = {name: one.explained_by for name, one in found.items()}
    assert explained == {name: None if name == "ring" else name for name in found}


def test_what_is_left_is_what_granting_leaves_and_its_threshold_the_nulls(told):
    v, _, search, groups = told
    found = answers(told, usual(told, left=[1.0, 3.0]))
    granted = residuals(v.graph, search.by_window, [v.members[name] for name in groups], [v.products[name] for name in groups])
    for k, one in enumerate(found.values()):
        left = {part.name: part for part in one.left}
        assert [part.name for part in one.left] == explanations(search)
        for explanation, part in left.items():
            values = [own[explanation].value for own in granted]
            own = granted[k][explanation]
            assert (part.score, part.observed, part.expected) == (own.value, own.observed, own.expected)
            assert part.chance == pytest.approx(q_by_hand(values, [1.0, 3.0])[k])
            assert part.holds == (own.value <= 0 or part.chance > FDR)
            # Alone, a group above every null score has 1 / 20 = 0.05; the step after 3, of a hundred from 0 to the score.
            if own.value > 3:
                assert 3.0 < part.needed <= 3.0 + own.value / 100 + 1e-9
            else:
                assert part.needed == max(own.value, 0)


def test_q_values_are_those_of_each_null_model_and_once_per_seller_of_n2(told):
    search, groups = told[2], told[3]
    best = [*[5.0] * 6, 30.0]
    found = answers(told, usual(told, best), names=[name for name in groups if name != "one seller"])
    own = [groups[name] for name in found]
    by_product = q_by_hand([g.by_product for g in own], best)
    by_seller = q_by_hand([g.score for g in own], best)
    for k, one in enumerate(found.values()):
        assert one.q_values["N1"] == pytest.approx(by_product[k], abs=1e-6)
        assert one.q_values["N0"] == one.q_values["N3"] == pytest.approx(0.05 / len(own), abs=1e-6)
        assert ("N2" in one.q_values) == search.by_seller
        if search.by_seller:
            assert one.q_values["N2"] == pytest.approx(by_seller[k], abs=1e-6)
            assert one.passes == (by_product[k] <= FDR and by_seller[k] <= FDR)
        else:
            assert one.passes == (by_product[k] <= FDR)
    assert {one.passes for one in found.values()} == {True, False}


def test_fans_are_compared_among_themselves():
    """A group of fans, whose q-values would be diluted or helped by the others, has those of a log with nothing else."""
    _, log, search, groups = told = told_of()
    permutations = usual(told, [40.0], left=[1.0])
    together = answers(told, permutations, fans=["one seller"])["one seller"]
    (alone,) = first_question(log, search, [], [groups["one seller"]], permutations, FDR)
    assert (together.q_values, together.passes, together.left) == (alone.q_values, alone.passes, alone.left)
    assert alone.q_values["N1"] == pytest.approx(0.05)
    for part in alone.left:
        assert part.chance == pytest.approx((1 + (part.score <= 1.0)) / 20)


def seller_groups(told, *, score, by_product, name="ring", best=(2.0,)):
    """One group of the village with other scores."""
    _, log, search, groups = told
    return first_question(log, search, [Scored(groups[name].candidate, score, by_product)], [], usual(told, best), FDR)[0]


def test_once_per_seller_a_group_must_stand_out_as_well_or_be_that_sellers():
    told = told_of()
    # Enough per product, not enough per seller: a candidate. Nothing per seller: explained. Enough of both: neither.
    short = seller_groups(told, score=1.0, by_product=9.0)
    assert not short.passes
    assert short.explained_by is None
    none = seller_groups(told, score=0.0, by_product=9.0)
    assert none.passes
    assert none.explained_by == "one seller"
    assert seller_groups(told, score=-3.0, by_product=9.0).explained_by == "one seller"
    enough = seller_groups(told, score=3.0, by_product=9.0)
    assert enough.passes
    assert enough.explained_by is None
    # Nothing per product: nothing at all, however seldom the permutations held anything.
    assert not seller_groups(told, score=3.0, by_product=0.0, best=()).passes
    assert not seller_groups(told, score=3.0, by_product=0.0).passes
    assert not seller_groups(told, score=3.0, by_product=2.0).passes
    # All of it at one seller: explained, whatever the score once per seller, and also where that does not stand out.
    for score in (50.0, 1.0):
        fan = seller_groups(told, score=score, by_product=90.0, name="one seller")
        assert fan.passes
        assert fan.explained_by == "one seller"


@pytest.mark.parametrize("name", ["one seller", "launches"])
@pytest.mark.parametrize(
    ("value", "chance", "holds"),
    [(9.0, (8.0,), False), (9.0, (9.0,) * 8, True), (0.0, (), True), (-1.0, (), True), (0.1, (), False), (1e-6, (), False)],
)
def test_an_explanation_holds_where_what_is_left_without_it_is_chance(monkeypatch, name, value, chance, holds):
    """However large a seller's share of the group's reviews is; nothing left is chance also where no permutation held anything."""
    told = told_of("one seller") if name == "one seller" else told_of(sellers=False, groups=("ring",))
    monkeypatch.setattr(module, "residuals", lambda *_: [{name: Residual(value, 3.0, 2.0, 7)}])
    permutations = Permutations({"N1": null(), "N2": null()}, {name: null(*chance)}, 20, None)
    (one,) = first_question(told[1], told[2], [*told[3].values()], [], permutations, FDR)
    assert one.passes
    assert [(part.name, part.score, part.holds) for part in one.left] == [(name, value, holds)]
    assert one.explained_by == (name if holds else None)


def test_what_only_some_groups_could_be_tested_for_is_not_granted_to_any(monkeypatch):
    told = told_of(sellers=False, groups=("ring", "variants"))
    left = Residual(1.0, 3.0, 2.0, 7)
    monkeypatch.setattr(module, "residuals", lambda *_: [{"launches": left, "variants": left}, {"variants": left}])
    found = answers(told, usual(told))
    assert [[part.name for part in one.left] for one in found.values()] == [["variants"], ["variants"]]


def test_the_level_is_included():
    """A q-value of exactly the rate that was set passes; a residual's too, and then explains nothing."""
    told = told_of(sellers=False, groups=("ring",))
    one = answers(told, usual(told), fdr=0.05)["ring"]
    assert one.q_values["N1"] == 0.05
    assert one.passes
    assert not any(part.holds for part in one.left)
    one = answers(told, usual(told), fdr=0.0499)["ring"]
    assert not one.passes
    assert all(part.holds for part in one.left)
    assert one.explained_by is None


def test_without_permutations_or_groups_nothing_passes(told):
    found = answers(told, Permutations({}))
    assert all((one.passes, one.left, one.q_values, one.explained_by) == (False, (), {}, None) for one in found.values())
    assert first_question(told[1], told[2], [], [], usual(told), FDR) == []


def test_without_times_there_is_one_null_model_and_no_explanation_but_a_seller_is_counted_once():
    _, log, search, groups = told_of(dated=False, groups=("ring", "one seller"))
    found = [*groups.values()]
    assert search.by_seller
    ring, fans = first_question(log, search, found, [], Permutations({"N0": null(3.0)}, {}, 20, None), FDR)
    expected = q_by_hand([one.score for one in found], [3.0])
    assert [ring.q_values, fans.q_values] == [{"N0": pytest.approx(q, abs=1e-6)} for q in expected]
    assert ring.passes == (expected[0] <= FDR and found[0].score > 0)
    assert ring.left == fans.left == ()  # no permutation was asked for what is left


def test_threads_change_no_answer(told):
    _, log, search, groups = told
    given = [first_question(log, search, [*groups.values()], [], usual(told, [5.0], [1.0]), FDR, threads) for threads in (1, 3)]
    assert [(one.q_values, one.passes) for one in given[0]] == [(one.q_values, one.passes) for one in given[1]]
    assert [str(one.left) for one in given[0]] == [str(one.left) for one in given[1]]


# The status.


def asked(*left, passes=True):
    return FirstAnswer(Scored(Candidate(np.arange(3), np.arange(2), ("x",)), 5.0, 5.0), {"N1": 0.01}, passes, left)


HOLDS, OPEN = Left("launches", 1.0, 3, 1, holds=True), Left("variants", 0.5, 3, 1)

STATUS = {
    # passes, explained, behaves like paid
    (False, False, False): "candidate",
    (False, False, True): "candidate",
    (False, True, False): "candidate",
    (False, True, True): "candidate",
    (True, False, False): "coordinated",
    (True, False, True): "flagged",
    (True, True, False): "explained",
    (True, True, True): "coordinated",
}


@pytest.mark.parametrize(("passes", "explained", "paid"), [*every([False, True], repeat=3)])
def test_the_status_follows_from_both_answers(passes, explained, paid):
    one = asked(OPEN, *([HOLDS] if explained else []), passes=passes)
    for q in (0.0, 0.01, FDR) if paid else (None, np.nextafter(FDR, 1), 0.3, 1.0):
        assert status_of(one, q, FDR) == STATUS[passes, explained, paid]


def test_of_explanations_that_hold_the_one_that_leaves_the_least_is_named():
    assert asked(HOLDS, OPEN, Left("rating sessions", 0.7, 3, 1, holds=True)).explained_by == "rating sessions"
    assert asked(OPEN).explained_by is None
    assert asked().explained_by is None
    assert asked(HOLDS, passes=False).explained_by is None


# The second question.


def said(signal, p_value=None):
    return Evidence(signal, "Said.", 1.0, 0.5, p_value)


PAID = {"rating": True, "text reuse": True, "mine": False}


def cauchy_by_hand(*p):
    mean = sum(tan((0.5 - min(x, 0.9)) * pi) for x in p) / len(p)
    return 0.5 - np.arctan(mean) / pi


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([], None),
        ([said("crowd", 0.001)], None),
        ([said("rating")], None),
        ([said("rating", 0.02)], 0.02),
        ([said("rating", 0.02), said("crowd", 0.9)], 0.02),
        ([said("rating", 0.02), said("text reuse", 0.3)], cauchy_by_hand(0.02, 0.3)),
        ([said("rating", 1.0), said("text reuse", 1e-4)], cauchy_by_hand(1.0, 1e-4)),
        # A third party's counts only where built-in signals reach the level by themselves; it never decides alone.
        ([said("mine", 1e-9)], 1.0),
        ([said("mine", 1e-9), said("rating", 0.06)], 0.06),
        ([said("mine", 1e-9), said("rating", 0.05)], cauchy_by_hand(1e-9, 0.05)),
        ([said("rating", 1.0), said("text reuse", 0.4), said("mine", 1e-9)], cauchy_by_hand(1.0, 0.4)),
        ([said("mine", 1e-9), said("rating")], 1.0),
        ([said("rating", 0.01), said("mine", 0.01)], 0.01),
        # Where it disagrees, it weakens them: it is not picked where it helps.
        ([said("rating", 0.04), said("mine", 0.8)], cauchy_by_hand(0.04, 0.8)),
        ([said("mine"), said("rating", 0.01)], 0.01),
    ],
)
def test_signals_of_the_second_question_are_combined(evidence, expected):
    found = combined(evidence, PAID, FDR)
    assert found == (expected if expected is None else pytest.approx(expected, rel=1e-9))


def test_the_level_that_built_in_signals_must_reach_is_included():
    evidence = [said("rating", 0.03), said("mine", 1e-9)]
    reached = combined(evidence[:1], PAID, 1.0)
    assert combined(evidence, PAID, reached) == pytest.approx(cauchy_by_hand(0.03, 1e-9))
    assert combined(evidence, PAID, np.nextafter(reached, 0)) == reached


def test_the_rating_signal_is_known_by_its_name():
    assert rating_p([said("exclusivity", 0.01), said("rating", 0.2), said("crowd", 0.3)]) == 0.2
    assert rating_p([said("exclusivity", 0.01)]) == 1.0
    assert rating_p([said("rating")]) == 1.0


@dataclass(frozen=True)
class Fixed:
    """A signal that says of each group, known by its number of members, what it is given."""

    p_values: tuple[tuple[int, float], ...] = ()
    needs_: tuple[str, ...] = ()
    name: ClassVar[str] = "rating"
    question: ClassVar[str] = "What?"
    kind: ClassVar[str] = "behaves like paid"
    needs: ClassVar[tuple[str, ...]] = ()
    null: ClassVar[str] = "None."

    def test(self, group):
        p = dict(self.p_values).get(len(group.reviewers))
        return None if p is None else said(self.name, p)


def signal(name, kind="behaves like paid", needs=()):
    return type("Named", (Fixed,), {"name": name, "kind": kind, "needs": needs})


def test_only_signals_whose_columns_are_there_are_asked_and_silence_is_left_out(told):
    v, log, _, _ = told
    groups = [SimpleNamespace(log=log, reviewers=v.members[name]) for name in ("ring", "rating sessions", "variants")]
    sizes = [len(v.members[name]) for name in ("ring", "rating sessions", "variants")]
    signals = [
        signal("rating", needs=("rating",))(tuple((n, 0.1) for n in sizes[:2])),
        signal("text reuse", needs=("rating", "text"))(tuple((n, 0.2) for n in sizes)),
        signal("crowd", "remark", ("timestamp",))(tuple((n, 0.3) for n in sizes[1:])),
    ]
    done = []
    for threads in (1, 3):
        given = second_question(groups, signals, threads, done.append)
        assert [[one.signal for one in own] for own in given] == [["rating"], ["rating", "crowd"], ["crowd"]]
    assert done == [1, 2, 3, 1, 2, 3]
    assert second_question([], signals, 1) == []


def judged(told, signals, permutations, fdr=FDR, threads=1, progress=None):
    v, log, search, groups = told
    found = first_question(log, search, [*groups.values()], [], permutations, fdr)
    scores = score_groups(v.graph, search.by_window, [v.members[name] for name in groups])
    more = [progress] if progress else []
    return found, dict(zip(groups, judge(log, search, found, scores, signals, permutations, fdr, threads, *more), strict=True))


@pytest.fixture(scope="module")
def no_sellers():
    v = village(0, sellers=False)
    search = Search.of(v.graph, [Lockstep()], 0)
    names = ["ring", "rating sessions", "launches", "variants"]
    # Sizes that tell the groups apart.
    v.members["launches"] = v.members["launches"][:11]
    return v, log_of(v.graph), search, dict(zip(names, scored(v, search, names), strict=True))


def test_both_questions_make_statuses_and_the_rate_is_kept_over_all_that_pass(no_sellers):
    """The ring, sessions and variants pass, launches do not; p-values of those three are adjusted together, explained ones among them."""
    groups = no_sellers[3]
    weak = [groups["launches"].by_product + 0.1] * 6
    p = {"ring": 0.02, "rating sessions": 0.9, "launches": 1e-9, "variants": 0.04}
    by_size = tuple((groups[name].size, p[name]) for name in groups)
    signals = [Fixed(by_size), signal("crowd", "remark")(tuple((groups[name].size, 0.5) for name in groups))]
    found, tested = judged(no_sellers, signals, usual(no_sellers, weak, left=[1.0]))
    passing = [name for name, one in zip(groups, found, strict=True) if one.passes]
    assert passing == ["ring", "rating sessions", "variants"]
    q = dict(zip(passing, benjamini_hochberg([p[name] for name in passing]), strict=True))
    for name, one in tested.items():
        assert one.passes == (name in passing)
        assert one.p_paid == (pytest.approx(p[name]) if name in passing else None)
        assert one.q_paid == (pytest.approx(q[name], abs=1e-6) if name in passing else None)
        assert one.q_values == found[list(groups).index(name)].q_values
        assert one.scored is groups[name]
        assert (one.left != ()) == (name in passing)
        names = [e.signal for e in one.evidence]
        if name in passing:
            assert names == ["co-reviews", *explanations(no_sellers[2]), "rating", "crowd", "robustness"]
        else:
            # What cannot be distinguished from chance is not asked how it behaves.
            assert names == ["co-reviews", "crowd", "robustness"]
    # 0.02 is the smallest of three, 0.04 the second: 0.06 both.
    assert q["ring"] == q["variants"] == pytest.approx(0.06)
    assert [one.status for one in tested.values()] == ["coordinated", "explained", "candidate", "explained"]
    assert [one.explained_by for one in tested.values()] == [None, "rating sessions", None, "variants"]
    assert tested["launches"].doubtful == ()
    _, tested = judged(no_sellers, signals, usual(no_sellers, weak, left=[1.0]), fdr=0.06)
    assert [one.status for one in tested.values()] == ["flagged", "explained", "candidate", "coordinated"]


def test_who_has_no_answer_to_the_second_question_is_not_counted_among_those_that_have(no_sellers):
    """Two groups with a p-value are two tests, and those without are coordinated or explained."""
    groups = no_sellers[3]
    signals = [Fixed(((groups["ring"].size, 0.03), (groups["variants"].size, 0.05)))]
    _, tested = judged(no_sellers, signals, usual(no_sellers, left=[1.0]))
    assert tested["ring"].q_paid == tested["variants"].q_paid == pytest.approx(0.05)
    assert tested["ring"].status == "flagged"
    assert tested["variants"].status == "coordinated"
    for name in ("rating sessions", "launches"):
        assert (tested[name].p_paid, tested[name].q_paid) == (None, None)
        assert tested[name].status == ("explained" if tested[name].explained_by else "coordinated")
    assert {tested[name].explained_by for name in ("rating sessions",)} == {"rating sessions"}
    _, none = judged(no_sellers, [], usual(no_sellers))
    assert all(one.q_paid is None and one.status in ("explained", "coordinated") for one in none.values())


def test_q_values_have_a_floor(no_sellers):
    _, tested = judged(no_sellers, [Fixed(((no_sellers[3]["ring"].size, 1e-30),))], usual(no_sellers))
    assert tested["ring"].p_paid == pytest.approx(1e-30, rel=1e-9, abs=0)
    assert tested["ring"].q_paid == 1e-6
    # And six decimals, as those of the first question.
    names = ["ring", "rating sessions", "variants"]
    sizes = [no_sellers[3][name].size for name in names]
    _, tested = judged(no_sellers, [Fixed(tuple(zip(sizes, (0.0123456, 0.9, 0.9), strict=True)))], usual(no_sellers))
    assert tested["ring"].q_paid == 0.037037
    found = answers(no_sellers, usual(no_sellers), names=names)
    assert [one.q_values["N1"] for one in found.values()] == [0.016667] * 3


def test_members_are_in_doubt_where_the_group_passes_and_nowhere_else(no_sellers):
    """A bystander who reviewed one of its products once joins the ring."""
    v, log, search, groups = no_sellers
    ring = groups["ring"]
    own = np.isin(v.graph.reviewer, ring.reviewers)
    there = np.isin(v.graph.product, ring.products) & ~own
    bystander = int(v.graph.reviewer[there][0])
    members = np.sort(np.append(ring.reviewers, bystander)).astype(np.int32)
    (score,) = score_groups(v.graph, search.by_window, [members])
    joined = Scored(Candidate(members, ring.products, ("x",)), score.value, score.value)
    for best, doubtful in (([], [bystander]), ([99.0], [])):
        found = first_question(log, search, [joined], [], usual(no_sellers, best), FDR)
        (tested,) = judge(log, search, found, [score], [], usual(no_sellers, best), FDR, 1)
        assert tested.passes == bool(doubtful)
        assert [one.reviewer for one in tested.doubtful] == doubtful


def test_a_third_partys_signal_flags_nobody(no_sellers):
    alone = signal("mine")(tuple((one.size, 1e-12) for one in no_sellers[3].values()))
    _, tested = judged(no_sellers, [alone], usual(no_sellers))
    assert {one.status for one in tested.values()} <= {"coordinated", "explained"}
    assert {one.p_paid for one in tested.values()} == {1.0}
    # Beside one that is built in, it counts.
    own = Fixed(tuple((one.size, 0.03) for one in no_sellers[3].values()))
    _, tested = judged(no_sellers, [own, alone], usual(no_sellers))
    assert tested["ring"].p_paid == pytest.approx(cauchy_by_hand(0.03, 1e-12), rel=1e-6)


def test_what_the_permutations_held_is_stated_with_each_score(no_sellers):
    """How many of them held a group as high, of how many, and how many groups there were in all."""
    groups = no_sellers[3]
    best = [groups["launches"].score, groups["ring"].score + 1]
    permutations = usual(no_sellers, best)
    _, tested = judged(no_sellers, [], permutations)
    for name, one in tested.items():
        above = sum(b >= groups[name].score for b in best)
        first = one.evidence[0]
        assert first.p_value == (1 + above) / 21
        assert f"In {above} of 20 shuffled logs did a group score this high (2 groups were found in them)." in first.statement
    _, tested = judged(no_sellers, [], Permutations({}))
    assert all(one.evidence[0].p_value is None and one.status == "candidate" for one in tested.values())
    assert all("No shuffled log was searched" in one.evidence[0].statement for one in tested.values())


def test_gamma_falls_with_the_score_that_chance_reaches(no_sellers):
    _, easy = judged(no_sellers, [], usual(no_sellers))
    _, hard = judged(no_sellers, [], usual(no_sellers, [10.0]))
    assert hard["ring"].gamma < easy["ring"].gamma
    assert easy["ring"].gamma > 1
    assert easy["ring"].evidence[-1].observed == easy["ring"].gamma


def test_progress_is_reported_for_those_that_are_asked(no_sellers):
    done = []
    found, _ = judged(no_sellers, [], usual(no_sellers), progress=done.append)
    assert done == list(range(1, 1 + sum(one.passes for one in found)))


def test_what_is_left_without_a_seller_is_shown_beside_the_score_that_counts():
    """Once per seller; where nothing is left of that, once per product."""
    v, log, search, groups = told_of()
    for score in (groups["one seller"].score, -1.0):
        own = Scored(groups["one seller"].candidate, score, groups["one seller"].by_product)
        told = v, log, search, {**groups, "one seller": own}
        _, tested = judged(told, [], usual(told))
        (shown,) = [one for one in tested["one seller"].evidence if one.signal == "one seller"]
        assert f"the score changes from {own.score if score > 0 else own.by_product:.1f} to -5.1" in shown.statement
        assert shown.stance == "explains"
    sessions = told[3]["rating sessions"]
    (shown,) = [one for one in tested["rating sessions"].evidence if one.signal == "rating sessions"]
    assert f"the score changes from {sessions.score:.1f} to" in shown.statement
    assert shown.stance == "explains"


# Thresholds.


@pytest.mark.parametrize("replicates", [0, 1, 10])
@pytest.mark.parametrize("seed", range(4))
def test_thresholds_are_those_of_each_group_alone(monkeypatch, seed, replicates):
    """However many are looked for together: all of the thirty, or four at a time."""
    rng = np.random.default_rng(seed)
    nulls = [Scores(np.round(rng.gumbel(1, 1, 12), 1), rng.integers(3, 60, 12)) for _ in range(replicates)]
    observed = Scores(np.round(rng.normal(2, 3, 30), 1), rng.integers(3, 60, 30))

    def alone(value, size):
        if not nulls or value <= 0:
            return 0.0
        steps = np.linspace(0.0, value, 101)
        counts = chance_counts(Scores(steps, np.full(101, size)), nulls)
        return float(steps[np.searchsorted(-counts, -0.05)]) if counts[-1] <= 0.05 else value

    expected = [alone(value, size) for value, size in zip(observed.value.tolist(), observed.size.tolist(), strict=True)]
    for at_once in (module.GROUPS_AT_ONCE, 4):
        monkeypatch.setattr(module, "GROUPS_AT_ONCE", at_once)
        assert module._thresholds(nulls, observed, 0.05).tolist() == expected
