"""Binomial tails, and which of many pass at a false-discovery rate."""

from __future__ import annotations

from math import lgamma

import numpy as np

from collusion.kernels._jit import jit

__all__ = ["binomial_tail", "binomial_tails", "largest_discovery"]


@jit
def binomial_tail(count, trials, chance):
    """Return P(X >= count) for X ~ Binomial(trials, chance): the first term by logarithms, the others by their ratios."""
    if count <= 0:
        return 1.0
    if chance <= 0.0:
        return 0.0
    if chance >= 1.0:
        return 1.0
    upper = count > trials * chance
    # Terms fall off on the side that leads away from the mode.
    k = count if upper else count - 1
    term = np.exp(lgamma(trials + 1.0) - lgamma(k + 1.0) - lgamma(trials - k + 1.0) + k * np.log(chance) + (trials - k) * np.log1p(-chance))
    odds = chance / (1.0 - chance)
    total = 0.0
    while term > 0.0 and 0 <= k <= trials:
        total += term
        if term < total * 1e-17:
            break
        if upper:
            term *= (trials - k) / (k + 1.0) * odds
            k += 1
        else:
            term *= k / ((trials - k + 1.0) * odds)
            k -= 1
    return min(total, 1.0) if upper else max(1.0 - total, 0.0)


@jit
def binomial_tails(count, trials, chance, tail):
    """Fill ``tail`` with P(X >= count) for X ~ Binomial(trials, chance), element by element."""
    for i in range(len(count)):
        tail[i] = binomial_tail(count[i], trials[i], chance[i])


@jit
def largest_discovery(tail, tested, rate):
    """Return the largest p-value that passes at a false-discovery rate (Benjamini and Hochberg 1995) out of ``tested``; -1 for none."""
    order = np.sort(tail)
    m = max(tested, len(order))
    for i in range(len(order) - 1, -1, -1):
        if order[i] <= rate * (i + 1) / m:
            return order[i]
    return -1.0
