"""The words of the report and what they mean, for readers who must check a scan and did not build it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.report.statuses import MEANINGS, STATUSES

if TYPE_CHECKING:
    from collusion.case import Case

__all__ = ["TERMS", "nulls"]

TERMS: dict[str, str] = {
    "co-review": "A pair of reviewers who both reviewed one product within some days of each other. It does not show that they know each "
    "other.",
    "score": "How much better the co-reviews of a group fit people who act together than people who do not, in points per member "
    "(natural-log units), after subtracting the advantage any group gets simply from being picked as the best of many. It ranks the "
    "groups. By itself it says nothing about chance.",
    "shuffled log (null replicate)": "A copy of the log whose reviewers were shuffled at random, so that nobody acts together in it. The "
    "whole search is repeated on it, because whoever searches a log for its most remarkable group always finds one.",
    "false-discovery rate": "The share of flagged groups that you accept as chance findings, on average. 5 % is one in twenty.",
    "q-value (false-discovery estimate)": "Among all groups with this q-value or a smaller one, the largest share expected to be chance "
    "findings. 0.05 is one in twenty. It is not the probability that somebody was paid, nor that this group is chance. The first question "
    "and the second have one each; a flag needs both to be at most the false-discovery rate.",
    "p-value": "How often chance alone gives a figure at least as remarkable, for a group that was named in advance. These groups were "
    "not: they were found by searching. So a p-value supports a q-value, and is no proof by itself.",
    "score left (residual)": "The score of a group computed again with one innocent explanation granted, such as long sessions of rating. "
    "If no more is left than chance reaches, the explanation accounts for the score.",
    "first question: did they act together?": "The score is compared with the scores that the same search reaches in shuffled logs, and "
    "computed again with each innocent explanation granted. It must stay above chance each time.",
    "second question: do they behave unlike other reviewers of the same products?": "Several signals compare the members with other "
    "reviewers of the same products, as far as the columns of the log allow. They are combined into one q-value. Whether somebody was paid "
    "is a conclusion that only a person can draw.",
    **{str(status): MEANINGS[status] for status in STATUSES},
    "doubtful member": "A member who may not belong to the group, for the reason given beside the name.",
    "density": "The share of all pairs of a reviewer and a product of the group that have a review.",
    "robustness (Gamma*)": "Shared honest taste would have to make co-reviews this many times more likely than shuffling does before the "
    "group stopped standing out.",
    "N0 to N3": "Four ways to shuffle, described under “What chance means here”.",
}
"""Words of the report and what they mean."""

_NULLS = {
    "N0": "Reviewers are shuffled over the whole log; only how much each person and each product has is kept. Ordinary shared taste is "
    "enough to fail this test. If the log has times, it is shown for diagnosis only and never flags anyone.",
    "N1": "Every review keeps its product, its day and its stars; reviewers are shuffled within category and period. Busy people stay "
    "busy, tastes by category and the rush of a launch stay, and nobody acts together.",
    "N2": "The same, with each pair of members counted once per seller, so that what fans of one seller share counts once. The first "
    "question needs both N1 and N2.",
    "N3": "Every reviewer keeps their products; each date is drawn from the dates of the same product. It asks only whether they came at "
    "the same time, and is shown for diagnosis.",
}


def nulls(case: Case) -> dict[str, str]:
    """Return the ways to shuffle: name to what each keeps, and that it was not used where no ring has a q-value under it."""
    used = {name for ring in case.rings for name in ring.q_values}
    others = dict.fromkeys(sorted(used - set(_NULLS)), "")
    return {name: said if name in used else f"{said} Not used in this scan." for name, said in (_NULLS | others).items()}
