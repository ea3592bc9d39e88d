"""q-values from permutations that repeat the whole search.

A score is compared with what the same search finds in permuted logs, group size by group size: the best of a permutation's groups of about
that size follows an extreme-value law whose location and scale are estimated, and every score is measured in those units. How many groups
of a permutation reach a value is then counted; beyond the counts a generalised Pareto tail is fitted. The permutations are split in two:
what one half estimates is applied to the other half and the log, never to itself; the results of both ways are averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from collusion.evidence.pvalues import tail_of

__all__ = ["Scores", "chance_counts", "q_of_counts", "q_values"]


def q_values(observed: ArrayLike, null: ArrayLike, replicates: int) -> NDArray[np.float64]:
    """Return the estimated false-discovery rate at which each observed group would be flagged.

    q(s) = min over s' <= s of (1 + #{null >= s'}) / (replicates x #{observed >= s'}), at most 1. The one in the numerator keeps q above
    0: with B replicates no single group can reach less than 1 / B.

    Parameters
    ----------
    observed : array of shape (n,)
        Scores of the groups found in the log.
    null : array of shape (m,)
        Scores of all groups found in all replicates by the same search.
    replicates : int
        Number of replicates, at least 1.

    Returns
    -------
    float64 array of shape (n,)

    References
    ----------
    Storey and Tibshirani, PNAS 2003, for the estimate; Phipson and Smyth, SAGMB 2010, for the one added.
    """
    scores = np.asarray(observed, dtype=np.float64)
    nulls = np.sort(np.asarray(null, dtype=np.float64))
    order = np.argsort(scores, kind="stable")
    ascending = scores[order]
    # Ties count together: the first of equal scores has the most observed at or above it.
    at_least = len(scores) - np.searchsorted(ascending, ascending, side="left")
    above = len(nulls) - np.searchsorted(nulls, ascending, side="left")
    rate = np.minimum(1.0, (1 + above) / (replicates * at_least))
    found = np.empty(len(scores))
    found[order] = np.minimum.accumulate(rate)
    return found


REPLICATES_PER_CLASS = 5
"""Replicates that must contain a group of a size class before the class has a law of its own; with fewer it shares its neighbour's."""

EXCEEDANCES = 20
"""Largest values that a tail is fitted to: the standard error of a rate from so many counts is less than a quarter of it."""

LEAST_SPREAD = 0.25
"""Smallest scale of the best score of a size class, in units of the score: a few replicates may agree by accident."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores and sizes (reviewers) of the groups of one log or one replicate, overlapping groups merged."""

    value: NDArray[np.float64]
    size: NDArray[np.int64]


def chance_counts(observed: Scores, null: Sequence[Scores], replicates: int | None = None) -> NDArray[np.float64]:
    """Return how many groups of one permuted log are expected to exceed their size class by as much.

    Parameters
    ----------
    observed : Scores
        Of n groups.
    null : sequence of Scores
        One per replicate.
    replicates : int, optional
        The number to assume in place of those given: where groups are few it limits how small a count can be.

    Returns
    -------
    float64 array of shape (n,)
        Expected numbers, above 0; they may exceed 1.

    Notes
    -----
    Extreme-value normalisation by size class as in Fisher and Tippett 1928, location and scale by moments; tail as in Pickands 1975, its
    shape by probability-weighted moments (Hosking and Wallis 1987) and never below 0, so that the tail has no upper end.
    """
    if len(null) < 2 or sum(len(one.value) for one in null) <= EXCEEDANCES:  # halves
        # Too few to fit laws to: scores are compared as they are, with all replicates.
        values = np.sort(np.concatenate([one.value for one in null]))
        above = len(values) - np.searchsorted(values, observed.value, side="left")
        few: NDArray[np.float64] = 1.0 / (replicates or len(null)) + above / len(null)
        return few
    halves = null[0::2], null[1::2]
    counts = [
        _expected(_standard(observed, law), [_standard(one, law) for one in judged])
        for fitted, judged in (halves, halves[::-1])
        for law in [_laws(fitted)]
    ]
    mean: NDArray[np.float64] = np.mean(counts, axis=0)
    return mean


def q_of_counts(expected: ArrayLike) -> NDArray[np.float64]:
    """Return q-values from the expected number of chance groups as extreme as each (smallest ratio of expected to found)."""
    counts = np.asarray(expected, dtype=np.float64)
    order = np.argsort(counts, kind="stable")
    ascending = counts[order]
    # Ties count together.
    at_least = np.searchsorted(ascending, ascending, side="right")
    rate = np.minimum(1.0, ascending / at_least)
    found = np.empty(len(counts))
    found[order] = np.minimum.accumulate(rate[::-1])[::-1]
    return found


def _class(size: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.log2(np.maximum(size, 1)).astype(np.int64)


def _laws(null: Sequence[Scores]) -> dict[int, tuple[float, float]]:
    """Return location and scale of the best score of a replicate, by size class: moments of the Gumbel law."""
    best: dict[int, list[float]] = {}
    for one in null:
        classes = _class(one.size)
        for c in np.unique(classes).tolist():
            best.setdefault(c, []).append(float(one.value[classes == c].max()))
    laws: dict[int, tuple[float, float]] = {}
    pooled: list[float] = []
    for c in sorted(best):
        # Small groups are many and noisy: a class with few shares theirs, which requires more.
        pooled = best[c] if len(best[c]) >= min(REPLICATES_PER_CLASS, len(null)) else [*pooled, *best[c]]
        scale = float(np.std(pooled)) * 6**0.5 / np.pi
        laws[c] = (float(np.mean(pooled)), max(scale, LEAST_SPREAD))
    return laws


def _standard(scores: Scores, laws: dict[int, tuple[float, float]]) -> NDArray[np.float64]:
    """Return scores in units of their size class: of the nearest class that has a law, the smaller of two."""
    if not laws:
        return scores.value
    known = np.array(sorted(laws))
    at = np.clip(np.searchsorted(known, _class(scores.size), side="right") - 1, 0, len(known) - 1)
    law = np.array([laws[int(c)] for c in known])[at]
    standard: NDArray[np.float64] = (scores.value - law[:, 0]) / law[:, 1]
    return standard


def _expected(observed: NDArray[np.float64], null: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the expected number of null groups per replicate at or above each value.

    Each half adds half a group to those counted, so that both together add one, as in `q_values`, and the number is never 0.
    """
    values = np.sort(np.concatenate(null))
    above = len(values) - np.searchsorted(values, observed, side="left")
    expected: NDArray[np.float64] = (0.5 + above) / len(null)
    if len(values) > EXCEEDANCES:
        threshold = values[-EXCEEDANCES - 1]
        beyond = observed > threshold
        expected[beyond] = (0.5 + EXCEEDANCES) / len(null) * tail_of(values[-EXCEEDANCES:] - threshold, observed[beyond] - threshold)
    return expected
