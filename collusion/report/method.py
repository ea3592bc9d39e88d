"""The method, the null and the explanations of a scan in plain words, for readers who must check it and did not build it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from collusion.report import words
from collusion.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collusion.model import Case, Provenance, Ring

__all__ = ["EXPLANATIONS", "TERMS", "explanations", "false_discovery_rate", "method", "nulls", "question", "standing"]

_QUESTIONS = {
    "meetings": "Did they meet more often than chance makes people meet?",
    "density": "Did they cover more of the same products than their activity explains?",
    "synchrony": "Did they come to each product at the same time?",
    "habit": "Is that more than honest habit explains?",
    "robustness": "How strong would a common honest taste have to be to explain it?",
}

EXPLANATIONS = {
    "variants": "Is it one review copied over the variants of a listing?",
    "fans": "Are they fans of one seller or series, who come to all it launches?",
    "crowd": "Are they the busy end of a launch or promotion crowd?",
    "promotion": "Did a sale or promotion bring others in the same days?",
    "early reviewers": "Are they members of an early-reviewer programme?",
    "households": "Are they a few homes whose accounts share everything?",
    "sittings": "Did each rate dozens of things at one sitting, so that sittings look like meetings?",
    "own time": "Do they share places, and did each come in his own time?",
    "rating": "Do they rate as everybody else does?",
}
"""Innocent explanations that can be tested: signal to what is asked."""

TERMS = {
    "meeting": "Two reviewers meet where both reviewed one product within some days of each other. Nothing says that they know each other.",
    "score": "How much likelier the meetings of the group are for people who act together than for people who do not, as a logarithm "
    "(nats), a member, less what picking this group among all groups of its size gives for nothing. It ranks the groups; by itself it "
    "says nothing of chance.",
    "null replicate": "The same log with its reviewers dealt anew, so that nobody acts together in it. The whole search is repeated on "
    "it, since whoever searches a log for its most remarkable group always finds one.",
    "q-value": "Among all groups with this q-value or a smaller one, the largest share that is expected to be chance, under the null "
    "named beside it. 0.05 is one in twenty. It is not the probability that somebody was paid, nor that a given group is chance.",
    "p-value": "How often the null brings forth a figure at least as remarkable. Where it is said to be for the group taken as given, it "
    "does not allow for the search that found the group, and must not be read as the q-value.",
    "density": "The share of all pairs of a reviewer and a product of the group that hold a review.",
    "Gamma*": "How many times likelier than dealing anew honest affinity would have to make the meetings before the group no longer "
    "stood out.",
}
"""Words of the report and what they mean."""

_NULLS = {
    "N0": "Reviewers are dealt anew over the whole log; only how much each person and each product has is kept. Honest taste breaks this "
    "null, so it is told for diagnosis where times are known, and flags nobody.",
    "N1": "Every review keeps its product, its day and its stars; who wrote it is dealt anew among reviews of the same category and time. "
    "Busy people stay busy, tastes by category and the rushes of a launch stay, and nobody acts together.",
    "N2": "The same, with meetings counted once a seller, so that what fans of one seller share counts once. A flag must pass N1 and N2.",
    "N3": "Who reviewed what is kept; the dates are drawn anew from each product's own. It asks only whether they came at the same time.",
}


def question(signal: str) -> str:
    """Return what a signal asks, as one question; its name where it is none of ours."""
    return _QUESTIONS.get(signal) or EXPLANATIONS.get(signal) or visible(signal)


def false_discovery_rate(provenance: Provenance) -> float | None:
    """Return the false-discovery rate that was asked for; None where the configuration does not tell."""
    rate = provenance.config.get("fdr")
    return rate if isinstance(rate, float) else None


def standing(ring: Ring, provenance: Provenance) -> str:
    """Return what a ring's status means, for this ring."""
    rate = false_discovery_rate(provenance)
    bound = "the false-discovery rate asked for" if rate is None else f"the false-discovery rate of {words.figure(rate)} asked for"
    if ring.status == "flagged":
        return (
            f"Flagged: it meets {bound}, no innocent explanation that was tested holds, and its meetings exceed what is asked beyond "
            "chance of a group with such ratings. That is a reason to look, and no finding about anybody."
        )
    if ring.status == "explained":
        asked = question(ring.explained_by or "")
        return (
            f"Explained: a tested innocent explanation accounts for its pattern ({asked}). It is listed so that nobody takes the pattern "
            "for a ring's."
        )
    if not ring.q_values:
        return "Candidate: it was not compared with chance, since no null replicate was run. Nothing can be said for or against it yet."
    worst = max((q for rung, q in ring.q_values.items() if rung in {"N1", "N2"}), default=None)
    if worst is None:
        return "Candidate: the log has no times, so its meetings cannot be told from common taste."
    if rate is not None and worst <= rate:
        return (
            f"Candidate: chance alone seldom makes such a group (q = {words.figure(worst)}), but its meetings do not exceed what is asked "
            "beyond chance of a group with such ratings: an honest habit may have made it."
        )
    return f"Candidate: it stands out, but not enough to be told from chance; its q-value of {words.figure(worst)} does not meet {bound}."


def method(case: Case) -> dict[str, str]:
    """Return the steps of the scan: title to what was done."""
    told, replicates = case.accounting, case.provenance.replicates
    return {
        "Reading": f"All {words.count(told.rows_in, 'row')} of the log were read, and each is accounted for below. A reviewer counts once "
        f"a product, copies over the variants of a listing once: {words.count(told.counted, 'review')} by "
        f"{words.count(told.reviewers, 'reviewer')} of {words.count(told.products, 'product')}. Nothing but this log was looked at.",
        "Searching": _searching(case.provenance),
        "Measuring": "Each group has a score: how far its members' meetings exceed what their activity, the categories and the crowds of "
        "the time explain. Meetings where hardly anybody else came weigh most.",
        "Comparing with chance": "No null replicate was run, so nothing was compared with chance, and nothing can be flagged."
        if not replicates
        else f"The log was dealt anew {words.count(replicates, 'time')}, so that nobody acts together, and the whole search was "
        "repeated each time. A group counts only by how far it exceeds what the search finds there.",
        "Looking for innocent explanations": "Honest people come together, too: at launches, by habit, at home. For each group the "
        "explanations below were tested on the log as far as its columns allow; where one holds, the group is explained and not flagged.",
        "Flagging": "A group is flagged only where it meets the false-discovery rate, no explanation holds, and its meetings exceed what "
        "is asked of it beyond chance: the less its ratings favour or harm its products, the more is asked.",
    }


def _searching(provenance: Provenance) -> str:
    given = provenance.config.get("detectors")
    names = [visible(str(name)) for name in given] if isinstance(given, list | tuple) else []
    said = (
        "Reviewers and products are the two sides of a network, and each review is a link. "
        f"{'Candidate groups were sought in it' if not names else 'Groups were sought in it by ' + ', '.join(names)}. "
    )
    if "lockstep" in names:
        said += (
            "lockstep joins two people where they met at several places within 2, 7, 21 or 60 days and more than their activity explains, "
            "or met where hardly anybody comes; it cuts this web into communities, and keeps the densest part of each. "
        )
    return said + "Then people join and leave each group one by one, by a test of the places they visited."


def nulls(case: Case) -> dict[str, str]:
    """Return the rungs of the null ladder that were run: name to what it keeps and what it deals anew."""
    rungs = sorted({rung for ring in case.rings for rung in ring.q_values})
    return {rung: _NULLS.get(rung, "") for rung in rungs}


def explanations(case: Case) -> list[Mapping[str, str]]:
    """Return each innocent explanation with the number of groups for which it was tested, and of those it explains."""
    tested = Counter(signal for ring in case.rings for signal in {one.signal for one in ring.evidence})
    holds = Counter(signal for ring in case.rings for signal in {one.signal for one in ring.evidence if one.stance == "explains"})
    return [
        {"signal": signal, "question": asked, "tested": words.count(tested[signal]), "holds": words.count(holds[signal])}
        for signal, asked in EXPLANATIONS.items()
    ]
