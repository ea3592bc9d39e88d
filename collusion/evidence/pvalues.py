"""p-values: from draws, combined over signals, and adjusted for the number of groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["adjusted", "cauchy", "p_of_draws", "tail_of"]

TAIL_SHARE = 0.1
"""Share of the draws, the largest, that the tail beyond them is fitted to."""

SIGNAL_LEVEL = 0.05
"""p-value up to which a signal of the second question counts as evidence for it."""

LEAST_EXCEEDING = 10
"""Draws at or above a value from which their share is the p-value; below, it is estimated by the fitted tail (Knijnenburg et al. 2009)."""

LARGEST_COMBINED_P = 0.9
"""Largest p-value that enters a combination: one near 1 would cancel a real signal of another kind (truncated Cauchy combination)."""


def p_of_draws(observed: float, draws: NDArray[np.float64]) -> float:
    """Return the chance to reach a value, from independent draws of its null.

    (1 + draws at or above) / (draws + 1) where at least `LEAST_EXCEEDING` draws reach it. Beyond them, a generalised Pareto law is fitted
    to the largest tenth. Its shape is never below 0, so the tail has no upper end.

    References
    ----------
    Knijnenburg et al., Fewer permutations, more accurate P-values, Bioinformatics 2009; Phipson and Smyth, SAGMB 2010.
    """
    # Values that differ only by the order of a sum are equal.
    slack = 1e-9 * max(abs(observed), 1.0)
    reached = int((draws >= observed - slack).sum())
    by_count = (1 + reached) / (len(draws) + 1)
    held = round(TAIL_SHARE * len(draws))
    if reached >= LEAST_EXCEEDING or held < 2 * LEAST_EXCEEDING:
        return by_count
    ascending = np.sort(draws)
    threshold = ascending[-held - 1]
    excess = ascending[-held:] - threshold
    if observed <= threshold or excess.mean() <= 0:
        return by_count
    beyond = float(tail_of(excess, np.array([observed - threshold]))[0])
    return float(min(max(held / len(draws) * beyond, np.finfo(float).tiny), 1.0))


def tail_of(excess: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance to exceed each value, by a generalised Pareto law fitted to excesses over a threshold.

    Its shape is estimated by probability-weighted moments (Hosking and Wallis 1987), never below 0.

    Parameters
    ----------
    excess : float64 array
        Sorted, not negative.
    at : float64 array
    """
    n = len(excess)
    mean = float(excess.mean())
    if mean <= 0.0:
        return np.where(at > 0.0, 1.0 / (1.0 + n), 1.0)
    weighted = float((excess * (1.0 - (np.arange(1, n + 1) - 0.35) / n)).mean())
    shape = 2.0 - mean / (mean - 2.0 * weighted) if mean > 2.0 * weighted else 1.0
    if shape <= 1e-6:
        exponential: NDArray[np.float64] = np.exp(-at / mean)
        return exponential
    shape = min(shape, 0.9)
    # The scale that keeps the mean of the excesses.
    survival: NDArray[np.float64] = (1.0 + shape * at / (mean * (1.0 - shape))) ** (-1.0 / shape)
    return survival


def cauchy(p_values: Sequence[float]) -> float:
    """Return one p-value for several, which may depend on each other: the Cauchy combination, each taken as `LARGEST_COMBINED_P` at most.

    The mean of tan((0.5 - p) pi) is standard Cauchy when all p-values are uniform; its tail is nearly the same under any dependence.

    Parameters
    ----------
    p_values : sequence of float
        One or more, above 0 and at most 1.

    References
    ----------
    Liu and Xie, Cauchy combination test, JASA 2020; Fang et al. 2023 for the truncation.
    """
    p = np.clip(np.asarray(p_values, dtype=np.float64), 1e-300, LARGEST_COMBINED_P)
    # The cotangent of pi p is tan((0.5 - p) pi), and keeps all digits of a small p; so does its inverse.
    statistic = float((1.0 / np.tan(np.pi * p)).mean())
    return float(np.arctan2(1.0, statistic) / np.pi)


def adjusted(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return p-values adjusted for their number: those at most q have a false-discovery rate of q (Benjamini and Hochberg 1995)."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(-p, kind="stable")
    found = np.empty(len(p))
    # From the largest p-value down, none above that of a larger one.
    found[order] = np.minimum(np.minimum.accumulate(p[order] * (len(p) / np.arange(len(p), 0.0, -1.0))), 1.0)
    return found
