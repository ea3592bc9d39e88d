"""How strong shared honest taste would have to be before a ring's co-reviews were no longer significant."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv, lambertw

from collusion.base.model import Evidence
from collusion.graph.graph import ReviewGraph
from collusion.graph.rates import chance_threshold
from collusion.inference.score import Score

__all__ = ["gamma_star", "robustness"]

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
    score : Score
    graph : ReviewGraph
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
