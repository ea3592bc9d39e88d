"""The two questions about every group: whether its members acted together, and whether they behave unlike other reviewers.

The first is answered by permutations of the whole search: a group's score must exceed what shuffled logs reach, and so must what is left
of it when any one innocent explanation is granted. The second is answered by signals, each with a p-value of its own; they are combined per
group, and a false-discovery rate is kept over all groups whose score passes, explained ones too. No explanation is a veto, and no signal
decides the first question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Evidence, Status
from collusion.evidence.facts import GroupFacts, LogFacts
from collusion.evidence.pvalues import adjusted, cauchy
from collusion.evidence.signal import BUILT_IN, Signal, prepare
from collusion.inference.members import doubtful_members
from collusion.inference.permutations import Permutations, by_product, by_seller, q_values_of
from collusion.inference.residual import EXPLANATIONS, residuals
from collusion.inference.score import Score
from collusion.inference.search import Search
from collusion.inference.significance import Scores, chance_counts
from collusion.inference.stages import Left, Scored, Tested
from collusion.inference.statements import co_reviews_evidence, left_evidence, robustness

__all__ = ["SMALLEST_Q", "FirstAnswer", "combined", "first_question", "judge", "second_question", "status_of"]

SMALLEST_Q = 1e-6
"""The smallest q-value that is reported: beyond it the fitted tails are a guess, and nothing is certain."""

THRESHOLD_STEPS = 100
"""Steps from 0 to a group's score, on which the smallest score that is still significant is searched for."""

GROUPS_AT_ONCE = 10_000
"""Groups whose thresholds are computed together, to bound memory."""


@dataclass(frozen=True, eq=False)
class FirstAnswer:
    """A group with the answer to the first question."""

    scored: Scored
    q_values: Mapping[str, float]
    passes: bool
    left: tuple[Left, ...]

    @property
    def explained_by(self) -> str | None:
        """The explanation that leaves the least of the score, of those that leave nothing; None where none does."""
        holding = [left for left in self.left if left.holds]
        return min(holding, key=lambda left: left.score).name if self.passes and holding else None


def first_question(
    log: LogFacts, search: Search, found: Sequence[Scored], fans: Sequence[Scored], permutations: Permutations, fdr: float, threads: int = 1
) -> list[FirstAnswer]:
    """Answer for every group whether its members acted together.

    Parameters
    ----------
    found : sequence of Scored
        Groups that the search found; the search found those of the permutations alike.
    fans : sequence of Scored
        Groups whose co-reviews are all at one seller's (`Search.fans`).
    """
    groups = [*found, *fans]
    if not groups:
        return []
    # Without times there is one null model, whose permutations are compared by the score that rings are ranked by.
    by_both = search.by_seller and "N1" in permutations.found
    q = {
        name: np.concatenate([q_values_of(of(part), null) for part in (found, fans)])
        for name, null in permutations.found.items()
        for of in [by_seller if name == "N2" or not by_both else by_product]
    }
    members = [group.reviewers for group in groups]
    products = [group.products for group in groups]
    granted = residuals(log.graph, search.by_window, members, products, threads)
    values = {name: np.array([one[name].value if name in one else np.nan for one in granted]) for name in EXPLANATIONS}
    sizes = np.array([group.size for group in groups], dtype=np.int64)
    default = "N1" if "N1" in q else "N0"
    answers = []
    left_q, needed = {}, {}
    for name, value in values.items():
        null = permutations.left.get(name, ())
        if np.isnan(value).any() or not null:
            continue
        observed = Scores(value, sizes)
        left_q[name] = np.concatenate(
            [
                q_values_of(Scores(value[part], sizes[part]), null)
                for part in (slice(0, len(found)), slice(len(found), None))
                if len(value[part])
            ]
        )
        needed[name] = _thresholds(null, observed, fdr)
    for k, group in enumerate(groups):
        of_group = {name: max(round(float(values[k]), 6), SMALLEST_Q) for name, values in q.items()}
        score = group.by_product if by_both else group.score
        passes = default in of_group and of_group[default] <= fdr and score > 0
        left = [
            Left(
                name,
                one.value,
                one.observed,
                one.expected,
                float(needed[name][k]),
                float(left_q[name][k]),
                # Once per seller nothing may be left of what counts once per product; then one seller explains the group.
                one.value <= 0 or left_q[name][k] > fdr or (name == "one seller" and group.score <= 0),
            )
            for name, one in granted[k].items()
            if name in left_q
        ]
        if by_both and passes:
            passes = of_group.get("N2", 1.0) <= fdr or any(one.holds for one in left if one.name == "one seller")
        answers.append(FirstAnswer(group, of_group, passes, tuple(left)))
    return answers


def second_question(
    groups: Sequence[GroupFacts], signals: Sequence[Signal], threads: int, progress: Callable[[int], None] = lambda _: None
) -> list[list[Evidence]]:
    """Return what the signals say of each group, in the order of the signals; those without an answer are left out.

    Threads change no result.
    """
    if not groups:
        return []
    able = [signal for signal in signals if groups[0].log.columns.issuperset(signal.needs)]
    prepare(able, groups)

    def evidence_of(k: int) -> list[Evidence]:
        found = [signal.test(groups[k]) for signal in able]
        return [one for one in found if one is not None]

    answers = []
    # The first group computes what all groups share, before the threads start.
    answers.append(evidence_of(0))
    progress(1)
    with ThreadPoolExecutor(threads) as pool:
        for answer in pool.map(evidence_of, range(1, len(groups))):
            answers.append(answer)
            progress(len(answers))
    return answers


def combined(evidence: Sequence[Evidence], paid: Mapping[str, bool], level: float) -> float | None:
    """Return the combined p-value of the signals of the second question; None where none has one.

    Parameters
    ----------
    paid : mapping of str to bool
        Names of the signals of the second question, and whether each is built in. Others never decide alone: where the built-in ones by
        themselves reach ``level`` they are combined with these on equal terms, so that a silent one weakens the result; elsewhere they do
        not count.
    """
    own = [one.p_value for one in evidence if one.p_value is not None and paid.get(one.signal, False)]
    every = [one.p_value for one in evidence if one.p_value is not None and one.signal in paid]
    if not own:
        return 1.0 if every else None
    by_own = cauchy(own)
    return cauchy(every) if len(every) > len(own) and by_own <= level else by_own


def status_of(answer: FirstAnswer, q_paid: float | None, fdr: float) -> Status:
    """Return the status that follows from both answers."""
    if not answer.passes:
        return "candidate"
    paid = q_paid is not None and q_paid <= fdr
    if answer.explained_by is not None:
        return "coordinated" if paid else "explained"
    return "flagged" if paid else "coordinated"


def judge(
    log: LogFacts,
    search: Search,
    answers: Sequence[FirstAnswer],
    scores: Sequence[Score],
    signals: Sequence[Signal],
    permutations: Permutations,
    fdr: float,
    threads: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Tested]:
    """Answer the second question for all groups whose score passes, and return every group with its status.

    Parameters
    ----------
    scores : sequence of Score
        What each group's score was counted from.
    signals : sequence of Signal
        Remarks are made of every group, the others of those whose score passes.
    """
    facts = [
        GroupFacts(log, one.scored.reviewers, one.scored.products, search.at(score)) for one, score in zip(answers, scores, strict=True)
    ]
    passing = [k for k, one in enumerate(answers) if one.passes]
    others = [k for k, one in enumerate(answers) if not one.passes]
    said: dict[int, list[Evidence]] = {}
    said.update(zip(passing, second_question([facts[k] for k in passing], signals, threads, progress), strict=True))
    remarks = [signal for signal in signals if signal.kind == "remark"]
    said.update(zip(others, second_question([facts[k] for k in others], remarks, threads), strict=True))
    paid = {signal.name: signal.name in BUILT_IN for signal in signals if signal.kind == "behaves like paid"}
    p_paid = {k: combined(said[k], paid, fdr) for k in passing}
    able = [k for k in passing if p_paid[k] is not None]
    q_paid: dict[int, float] = {}
    if able:
        adjusted_ = adjusted([p for k in able if (p := p_paid[k]) is not None])
        q_paid = {k: max(round(float(q), 6), SMALLEST_Q) for k, q in zip(able, adjusted_, strict=True)}
    levels = _thresholds(permutations.default, by_seller([one.scored for one in answers]), fdr)
    best = np.array(permutations.best)
    tested = []
    for k, one in enumerate(answers):
        rows, score = facts[k].rows, scores[k]
        exceeding = (int((best >= one.scored.score).sum()), len(best), permutations.groups) if len(best) else None
        gamma, robust = robustness(score, log.graph, one.scored.size, levels[k] if len(levels) else 0.0)
        # Fans of one seller have no score that could change once their co-reviews count once per seller.
        whole = one.scored.score if one.scored.score > 0 else one.scored.by_product
        evidence = (
            co_reviews_evidence(score, search.strata, rows, by_seller=search.by_seller, exceeding=exceeding),
            *(left_evidence(left, whole if left.name == "one seller" else one.scored.score, rows) for left in one.left if one.passes),
            *said[k],
            robust,
        )
        tested.append(
            Tested(
                scored=one.scored,
                status=status_of(one, q_paid.get(k), fdr),
                q_values=one.q_values,
                passes=one.passes,
                left=one.left if one.passes else (),
                explained_by=one.explained_by,
                evidence=evidence,
                p_paid=p_paid.get(k),
                q_paid=q_paid.get(k),
                gamma=gamma,
                doubtful=doubtful_members(facts[k], rating_p(evidence)) if one.passes else (),
            )
        )
    return tested


def rating_p(evidence: Sequence[Evidence]) -> float:
    """Return the p-value of the signal ``rating``; 1 where it has none."""
    return next((one.p_value for one in evidence if one.signal == "rating" and one.p_value is not None), 1.0)


def _thresholds(null: Sequence[Scores], observed: Scores, fdr: float) -> NDArray[np.float64]:
    """Return the score, of at least 0, at which a group of the size of each alone would no longer be significant."""
    levels = np.zeros(len(observed.value))
    positive = np.flatnonzero(observed.value > 0) if len(null) else np.empty(0, np.int64)
    # Many at once, since the laws of chance are fitted in every call.
    for first in range(0, len(positive), GROUPS_AT_ONCE):
        some = positive[first : first + GROUPS_AT_ONCE]
        steps = np.stack([np.linspace(0.0, observed.value[k], THRESHOLD_STEPS + 1) for k in some])
        sizes = np.repeat(observed.size[some], THRESHOLD_STEPS + 1).astype(np.int64)
        counts = chance_counts(Scores(steps.ravel(), sizes), null).reshape(steps.shape)
        for k, own, count in zip(some, steps, counts, strict=True):
            levels[k] = float(own[np.searchsorted(-count, -fdr)]) if count[-1] <= fdr else float(observed.value[k])
    return levels
