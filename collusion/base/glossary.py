"""What every word, status, null model and column means: one definition each, for the report, the guide and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from collusion.base.errors import ConfigError, did_you_mean

__all__ = ["GLOSSARY", "Entry", "EntryGroup", "definition", "definitions"]

EntryGroup = Literal[
    "term",
    "question",
    "status",
    "null model",
    "stance",
    "signal kind",
    "decision",
    "rings",
    "members",
    "reviews",
    "evidence",
    "problems",
]
"""What an entry explains. The last five are columns of the file of that name, such as ``rings.csv``."""


@dataclass(frozen=True)
class Entry:
    """One definition.

    Parameters
    ----------
    term : str
        As it is written where it is used. The case counts.
    definition : str
        Plain sentences.
    group : str
        One of `EntryGroup`. A term occurs once per group.
    """

    term: str
    definition: str
    group: EntryGroup


_TERMS = {
    "review log": "The input: one row per review, with at least who reviewed and what was reviewed.",
    "review": "One row of the log. A reviewer's repeated reviews of one product count once.",
    "edge": "A review seen as a connection in the network of reviewers and products.",
    "ring": "A group of reviewers and products listed in the result, with its evidence and its status. A ring is a lead for a person to "
    "follow. It is not a verdict.",
    "co-review": "A pair of reviewers who both reviewed one product within some days of each other. It does not show that they know each "
    "other.",
    "window": "The largest number of days between the two reviews of a co-review: 2, 7, 21 or 60. The score uses the window that separates "
    "the group best, and shuffled logs are scored the same way.",
    "product and time window": "A product during the days of one window. It is busy or quiet, depending on how many reviews anybody wrote "
    "of it in that time.",
    "local degree": "How many reviews the product has, from anybody, in the time window around a review. Co-reviews of quiet products say "
    "more than co-reviews of busy ones.",
    "unit": "What counts once for a pair of members: a product, or a seller with all its products.",
    "listing": "A product page whose variants (colours, sizes) share reviews. Variants of one listing count as one product.",
    "lockstep": "Reviewing the same products at the same time. Also the name of the default detector.",
    "detector": "A method that finds groups in the network, such as `lockstep` or `fraudar`.",
    "ranker": "A method that gives every reviewer, product or review a number, instead of finding groups.",
    "signal": "One question that is asked of a group, such as how its members rate. Some signals have a p-value.",
    "score": "How much better the co-reviews of a group fit people who act together than people who do not, in points per member "
    "(natural-log units), after subtracting the advantage any group gets simply from being picked as the best of many. It ranks the "
    "groups. By itself it says nothing about chance.",
    "point": "The unit of the score: one natural-log unit of a likelihood ratio, per member.",
    "required score": "The score that a group must exceed, so that chance is excluded at the false-discovery rate that was set.",
    "null model": "A rule for shuffling the log, so that nobody acts together in the result. Four are in use, N0 to N3. They differ in "
    "what they preserve of the real log.",
    "permutation": "Exchanging the reviewers of the log at random while everything that the null model preserves stays as it is. Also "
    "called shuffling.",
    "shuffled log (null replicate)": "A copy of the log whose reviewers were shuffled at random, so that nobody acts together in it. The "
    "whole search is repeated on it, because a search for the most remarkable group of a log always finds one.",
    "false-discovery rate": "The share of flagged groups that you accept as chance findings, on average. 5 % is one in twenty.",
    "q-value (false-discovery estimate)": "Among all groups with this q-value or a smaller one, the largest share expected to be chance "
    "findings. 0.05 is one in twenty. It is not the probability that somebody was paid, nor that this group is chance. The first question "
    "and the second have one each; a flag needs both to be at most the false-discovery rate.",
    "p-value": "How often chance alone gives a figure at least as remarkable, for a group that was named in advance. These groups were "
    "not: they were found by searching. So a p-value supports a q-value, and is no proof by itself.",
    "innocent explanation": "An ordinary reason for co-reviews: rating sessions, launches, fans of one seller, variants of one listing. "
    "Each is granted to every group in turn, and the score is computed again.",
    "score left (residual)": "The score of a group computed again with one innocent explanation granted, such as long sessions of rating. "
    "If no more is left than chance reaches, the explanation accounts for the score.",
    "doubtful member": "A member who may not belong to the group, for the reason given next to the name.",
    "density": "The share of all pairs of a reviewer and a product of the group that have a review.",
    "robustness (Gamma*)": "Shared honest taste would have to make co-reviews this many times more likely than shuffling does before the "
    "group stopped standing out.",
    "case": "The result of one scan: its rings, the accounting of all rows, notes, and provenance.",
    "provenance": "How a case came about: input files with their digests, configuration, seed and versions. It is "
    "enough to repeat the scan.",
    "seed": "The number that fixes every random draw. The same input, configuration and seed give the same files.",
    "journal": "The file of decisions next to a case folder. Lines are added to it and never changed.",
    "pseudonym": "A code such as A-2FND3F3MMSAN5DIY in place of a name, made with a secret key. It is not anonymity: anyone who has the "
    "log can find the person by dates and ratings.",
    "average precision": "In the comparison of methods: the mean of the precision at each ring found, going down a method's list. 1 means "
    "all rings first, 0 means none found.",
    "Jaccard": "Shared members of two groups as a share of all members of both. 1 means the same members.",
    "N0 to N3": "Four ways to shuffle the log, each with its own entry. They are called null models.",
}

_QUESTIONS = {
    "first question: did they act together?": "The score is compared with the scores that the same search reaches in shuffled logs, and "
    "computed again with each innocent explanation granted. It must stay above chance each time.",
    "second question: do they behave unlike other reviewers of the same products?": "Several signals compare the members with other "
    "reviewers of the same products, as far as the columns of the log allow. They are combined into one q-value. Whether somebody was paid "
    "is a conclusion that only a person can draw.",
}

_STATUSES = {
    "flagged": "They acted together, and they behave unlike other reviewers of the same products. This is a reason to look further. It is "
    "not a finding against any person.",
    "coordinated": "They acted together, and nothing shows that they behave unlike other reviewers. A group is also listed here if an "
    "innocent explanation accounts for its score but its members behave unlike others. This is a list of coincidences, never an "
    "accusation.",
    "candidate": "They cannot be distinguished from chance.",
    "explained": "Nothing is left of their score once an innocent explanation is granted. They are listed so that nobody mistakes them "
    "for a ring.",
}

_NULL_MODELS = {
    "N0": "Reviewers are shuffled over the whole log; only the number of reviews of each person and each product is kept. Ordinary "
    "shared taste is enough to fail this test. If the log has times, it is shown for diagnosis only and never flags anyone.",
    "N1": "Every review keeps its product, its day and its stars; reviewers are shuffled within period, and within category if there are "
    "any. Busy people stay busy, tastes by category and the rush of a launch stay, and nobody acts together.",
    "N2": "The same, with each pair of members counted once per seller, so that what fans of one seller share counts once. The first "
    "question needs both N1 and N2.",
    "N3": "Every reviewer keeps their products; each date is drawn from the dates of the same product. It asks only whether they came at "
    "the same time, and is shown for diagnosis.",
}

_STANCES = {
    "for": "The figure supports the question that the signal answers.",
    "against": "The figure speaks against it.",
    "explains": "An innocent explanation was granted, and it accounts for the score.",
    "neutral": "Tested: neither for nor against.",
}

_SIGNAL_KINDS = {
    "acts together": "The signal belongs to the first question.",
    "behaves like paid": "The signal belongs to the second question.",
    "remark": "The signal is shown and decides nothing.",
}

_DECISIONS = {
    "open": "Nobody has decided about the ring, or the decision was withdrawn.",
    "in progress": "Somebody works on the ring. On the command line: in-progress.",
    "confirmed": "A person concluded that the ring is real.",
    "dismissed": "A person concluded that the ring is not one.",
}

_RING_ID = "Identifier of the ring. It is made from the ids of its members, so the same members have the same id in every scan."

_RINGS = {
    "ring_id": _RING_ID,
    "rank": "Position by score; 1 is the highest score. The status does not change the rank.",
    "flagged": "true where the status is flagged.",
    "q_value": "The q-value of the first question: the larger of q_n1 and q_n2. Without times in the log it is q_n0. Empty where untested.",
    "score": "Points per member; see score.",
    "n_reviewers": "Number of reviewers in the ring.",
    "n_products": "Number of products of the ring.",
    "n_reviews": "Number of reviews by the ring's reviewers of its products.",
    "density": "n_reviews as a share of n_reviewers x n_products.",
    "first_review": "Date of the ring's first review; empty without times.",
    "last_review": "Date of the ring's last review; empty without times.",
    "detectors": "Names of the detectors that found the ring, separated by semicolons.",
    "status": "flagged, coordinated, explained or candidate.",
    "explained_by": "The innocent explanation that accounts for the score; empty where none does.",
    "gamma": "Robustness (Gamma*). Empty where it was not computed.",
    "q_paid": "The q-value of the second question. Empty where no signal could answer it.",
    "residual": "The smallest score left when one innocent explanation is granted. Empty where none could be tested.",
    "residual_of": "The explanation that leaves that score.",
    "q_n0": "The q-value under the null model N0. Present if N0 was used.",
    "q_n1": "The q-value under the null model N1. Present if N1 was used.",
    "q_n2": "The q-value under the null model N2. Present if N2 was used.",
    "q_n3": "The q-value under the null model N3. Present if N3 was used.",
}

_FIRST = "in the ring; empty without times."

_MEMBERS = {
    "ring_id": _RING_ID,
    "role": "reviewer or product.",
    "id": "The id of the reviewer or product, as in the log.",
    "n_reviews": "Number of the ring's reviews that this reviewer wrote, or that this product received.",
    "first_review": f"Date of the first of these reviews {_FIRST}",
    "last_review": f"Date of the last of these reviews {_FIRST}",
    "doubtful": "Why this reviewer may not belong to the ring; empty where there is no doubt.",
}

_REVIEWS = {
    "ring_id": _RING_ID,
    "reviewer_id": "The reviewer, as in the log.",
    "product_id": "The product, as in the log.",
    "rating": "The rating; empty where the log has none.",
    "date": "The day of the review; empty where the log has none.",
    "source": "The input file that holds the row.",
    "row": "The row in that file. 1 is the first row of data; a header line does not count.",
    "review_id": "The id of the review; empty where the log has none.",
    "link_NAME": "The value of the linking column NAME, one column per name given to --link: link_ip for ip.",
}

_EVIDENCE = {
    "ring_id": _RING_ID,
    "signal": "Name of the signal.",
    "stance": "for, against, explains or neutral.",
    "statement": "What was counted, what was expected, and how they compare, in one or two sentences.",
    "observed": "The figure that was counted.",
    "expected": "The figure that was expected under the signal's null model.",
    "p_value": "The p-value of the signal for a group named in advance; empty where the signal has none. It is no proof by itself.",
    "n_rows": "Number of reviews that the figure is based on. case.json lists them.",
    "kind": "acts together, behaves like paid, or remark.",
    "question": "The question that the signal answers.",
}

_PROBLEMS = {
    "source": "The input file that holds the row.",
    "row": "The row in that file. 1 is the first row of data.",
    "line": "The line of the text file, where it has lines; the header is line 1. Empty otherwise.",
    "column": "The column whose value could not be used.",
    "value": "That value.",
    "reason": "Why the row was set aside. The row is not part of the result.",
}

_BY_GROUP: dict[EntryGroup, dict[str, str]] = {
    "term": _TERMS,
    "question": _QUESTIONS,
    "status": _STATUSES,
    "null model": _NULL_MODELS,
    "stance": _STANCES,
    "signal kind": _SIGNAL_KINDS,
    "decision": _DECISIONS,
    "rings": _RINGS,
    "members": _MEMBERS,
    "reviews": _REVIEWS,
    "evidence": _EVIDENCE,
    "problems": _PROBLEMS,
}

GLOSSARY: tuple[Entry, ...] = tuple(Entry(term, said, group) for group, found in _BY_GROUP.items() for term, said in found.items())
"""All entries, group by group, each group in the order in which it is shown."""


def definitions(group: EntryGroup) -> dict[str, str]:
    """Return the entries of one group: term to definition, in the order in which they are shown.

    Raises
    ------
    ConfigError
        When there is no such group.
    """
    if group not in _BY_GROUP:
        raise ConfigError(f"no group of the glossary is called {group!r}; {did_you_mean(group, _BY_GROUP)}")
    return dict(_BY_GROUP[group])


def definition(term: str, group: EntryGroup = "term") -> str:
    """Return what a term means.

    Raises
    ------
    ConfigError
        When the group has no such term.
    """
    found = definitions(group)
    if term not in found:
        raise ConfigError(f"the glossary has no {group} {term!r}; {did_you_mean(term, found)}")
    return found[term]
