"""Statements about the first question: what was counted, how often shuffled logs reach it, and what is left with an explanation granted."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv, lambertw

from collusion.base.model import Evidence, SignalInfo
from collusion.evidence.words import of_stratum, plural
from collusion.graph.graph import ReviewGraph
from collusion.graph.rates import chance_threshold
from collusion.graph.strata import Strata
from collusion.inference.score import Score
from collusion.inference.stages import Left

__all__ = ["FIRST_QUESTION", "REMARKS", "co_reviews_evidence", "gamma_star", "left_evidence", "robustness"]

FIRST_QUESTION = (
    SignalInfo(
        "co-reviews",
        "Did they review the same products at the same time far more often than chance would produce?",
        "acts together",
        (),
        "The search is repeated on logs whose reviewers were shuffled within period, and within category if there are any (N1).",
    ),
    SignalInfo(
        "rating sessions",
        "Is it only that each of them reviews many things in one session?",
        "acts together",
        ("timestamp",),
        "All that a member wrote on one day counts as one visit.",
    ),
    SignalInfo(
        "launches",
        "Is it only that people review new products when they are launched?",
        "acts together",
        ("timestamp",),
        "Reviews at a launch are expected to coincide as often as they do in the rest of the log.",
    ),
    SignalInfo(
        "one seller",
        "Are they fans of one seller, who review everything it offers?",
        "acts together",
        ("seller",),
        "A pair's co-reviews count once per seller (N2), and those at a seller with more than half of the reviews are left out.",
    ),
    SignalInfo(
        "variants",
        "Is it one listing, whose variants everybody reviews?",
        "acts together",
        (),
        "Products that others review together on one day count once for a pair.",
    ),
)
"""What the first question counts, and the explanations that it grants: in the order in which a report lists them."""

REMARKS = (SignalInfo("robustness", "How strong would shared honest taste have to be to explain it?", "remark", (), ""),)
"""Remarks that are made here, since they need the permutations."""


def co_reviews_evidence(
    score: Score,
    strata: Strata,
    rows: tuple[int, ...],
    *,
    by_seller: bool,
    exceeding: tuple[int, int, int] | None,
    replicate: bool = False,
) -> Evidence:
    """State the members' co-reviews, their expectation and how many shuffled logs had a group that scores as high.

    Parameters
    ----------
    by_seller : bool
        Whether a pair's co-reviews count once per seller rather than once per product.
    exceeding : (int, int, int) or None
        Permutations whose best group scores at least as high, the number of permutations, and of groups found in all of them; None where
        none were run.
    replicate : bool, default False
        Whether the group was found in a permuted log itself.
    """
    when = f"within {plural(score.window, 'day')} of each other" if score.window is not None else "(the log has no times)"
    crowd = "" if score.max_degree is None else f"; only products with at most {score.max_degree} reviews in that time are counted"
    unit = "seller" if by_seller else "product"
    p_value = None if exceeding is None else (1 + exceeding[0]) / (1 + exceeding[1])
    searched = (
        "The group was found in a shuffled log: all of this is chance."
        if replicate
        else "No shuffled log was searched, so chance is not excluded."
        if exceeding is None
        else f"In {exceeding[0]:,} of {plural(exceeding[1], 'shuffled log')} did a group score this high "
        f"({plural(exceeding[2], 'group')} {'was' if exceeding[2] == 1 else 'were'} found in them)."
    )
    statement = (
        f"Pairs of members reviewed the same product {when} {plural(score.co_reviews, 'time')} (each pair counted once per {unit}{crowd}). "
        f"If reviewers were shuffled at random {of_stratum(strata)}, about {score.expected:.1f} would be expected. {searched}"
    )
    return Evidence(
        signal="co-reviews",
        statement=statement,
        observed=float(score.co_reviews),
        expected=round(score.expected, 6),
        p_value=p_value,
        rows=rows,
        stance="for" if score.value > 0 else "neutral",
    )


_GRANTED = {
    "rating sessions": "If everything that a member wrote on one day counts as one visit (rating sessions)",
    "launches": "If reviews at a launch may coincide as often as they do in the whole log (launches)",
    "one seller": "If reviews at the seller that has more than half of them do not count (one seller)",
    "variants": "If products that others review together on one day count as one (variants)",
}


def left_evidence(left: Left, score: float, rows: tuple[int, ...]) -> Evidence:
    """State what is left of a group's score when one explanation is granted.

    Parameters
    ----------
    score : float
        Before.
    """
    granted = _GRANTED[left.name]
    change = (
        f"the score stays at {left.score:.1f}"
        if abs(left.score - score) < 0.05
        else f"the score changes from {score:.1f} to {left.score:.1f}"
    )
    what = (
        "shuffled logs reach as much, so this explains the group."
        if left.holds
        else f"this is still above the required score of {left.needed:.1f}, so this does not explain the group."
    )
    return Evidence(
        signal=left.name,
        statement=f"{granted}, {change}; {what}",
        observed=round(left.score, 6),
        expected=round(left.needed, 6),
        rows=rows,
        stance="explains" if left.holds else "neutral",
    )


SMALLEST_LOG_TAIL = -690.0
"""Logarithm of the smallest tail probability in double precision; beyond it Chernoff's bound is used."""


def gamma_star(count: int, expected: float, log_alpha: float) -> float:
    """Return how many times larger the expectation may be before the count is no longer significant.

    The largest Gamma such that P(X >= count) <= alpha for X ~ Poisson(Gamma * expected); below 1 where the count is not significant at
    all. After Rosenbaum's sensitivity bounds (Observational Studies, 2002), for counts of co-reviews.

    Parameters
    ----------
    count : int
    expected : float
        Above 0.
    log_alpha : float
        Natural logarithm of the level, below 0. Where it is beyond double precision, the tail is replaced by Chernoff's bound, which
        makes Gamma smaller.
    """
    if count <= 0:
        return 0.0
    if log_alpha > SMALLEST_LOG_TAIL:
        return float(gammaincinv(count, np.exp(log_alpha))) / expected

    # Where the bound count ln(count / mean) - count + mean equals -log_alpha, mean below count (Corless et al. 1996).
    return float(-lambertw(-np.exp(log_alpha / count - 1.0)).real) * count / expected


def robustness(score: Score, graph: ReviewGraph, size: int, level: float) -> tuple[float, Evidence]:
    """Return Gamma* of a group, and the statement about it.

    Parameters
    ----------
    size : int
        Reviewers of the group.
    level : float
        Score at which the group would no longer be significant; the penalty for the number of groups is added to it.
    """
    needed = (chance_threshold(graph.n_reviewers, size) + level) * size
    gamma = float(f"{gamma_star(score.co_reviews, max(score.expected, 1.0 / graph.n_reviews), -needed):.6g}")
    statement = (
        f"To explain this innocently, shared taste would have to make these co-reviews {gamma:.1f} times more likely than chance (Gamma*)."
        if gamma > 1.0
        else "Its co-reviews do not stand out from what shuffled logs hold (Gamma* of at most 1)."
    )
    return gamma, Evidence(signal="robustness", statement=statement, observed=gamma, stance="for" if gamma > 1.0 else "neutral")
