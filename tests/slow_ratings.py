"""How a log is rated, and what a group's ratings are compared with: plain Python on lists, and a plain simulation.

A review is (reviewer, product, level or None, month); levels are numbered from 0. Nothing here is taken from the package.
"""

from collections import Counter
from math import log, sqrt
from statistics import NormalDist

import numpy as np

STANDARD = NormalDist()
MONTH_WEIGHT = 50


def intraclass(values):
    """One-way analysis of variance (Fisher 1925): the correlation of two values of one group; ``values`` holds a list for each."""
    values = [own for own in values if own]
    n, k = sum(map(len, values)), len(values)
    if k < 2 or n <= k:
        return 0.0
    grand = sum(map(sum, values)) / n
    between = sum(len(own) * (sum(own) / len(own) - grand) ** 2 for own in values) / (k - 1)
    within = sum((x - sum(own) / len(own)) ** 2 for own in values for x in own) / (n - k)
    usual = (n - sum(len(own) ** 2 for own in values) / n) / (k - 1)
    spread = between + (usual - 1) * within
    return max((between - within) / spread, 0.0) if spread > 0 else 0.0


def agreement(by_reviewer):
    """How often two ratings of one reviewer are equal; each reviewer weighs as many ratings as there are."""
    same = weight = 0.0
    for own in by_reviewer:
        if len(own) > 1:
            pairs = [(a, b) for i, a in enumerate(own) for j, b in enumerate(own) if i != j]
            same += len(own) * sum(a == b for a, b in pairs) / len(pairs)
            weight += len(own)
    return same / weight if weight else 0.0


def shares(counts):
    """Shares of the levels, one rating of no level in particular added."""
    return [(n + 1 / len(counts)) / (sum(counts) + 1) for n in counts]


def level_counts(reviews, n_levels):
    held = Counter(level for _, _, level, _ in reviews if level is not None)
    return [held[k] for k in range(n_levels)]


def drift(reviews, n_levels, month):
    """By which factor each level is more frequent in a month than in the log."""
    usual = shares(level_counts(reviews, n_levels))
    own = level_counts([r for r in reviews if r[3] == month], n_levels)
    return [(n + MONTH_WEIGHT * share) / (sum(own) + MONTH_WEIGHT) / share for n, share in zip(own, usual, strict=True)]


def prior(reviews, group, product, weight, n_levels):
    """Parameters of the shares of a product: what others gave it, and the log weighing ``weight`` ratings, corrected for the months."""
    others = [r for r in reviews if r not in group]
    given = level_counts([r for r in others if r[1] == product], n_levels)
    plain = [n + weight * share for n, share in zip(given, shares(level_counts(others, n_levels)), strict=True)]
    rated = [r for r in group if r[2] is not None]
    factor = [0.0] * n_levels
    for review in rated:
        factor = [f + d / len(rated) for f, d in zip(factor, drift(others, n_levels, review[3]), strict=True)]
    bent = [a * f for a, f in zip(plain, factor, strict=True)]
    return [a * sum(plain) / sum(bent) for a in bent]


def shifted(probabilities, by):
    """Shares of the levels when each score is higher by so much."""
    found, below, before = [], 0.0, 0.0
    for share in probabilities[:-1]:
        below += share
        edge = STANDARD.cdf(STANDARD.inv_cdf(min(max(below, 1e-12), 1 - 1e-12)) - by)
        found.append(edge - before)
        before = edge
    return [*found, 1 - before]


def figures(counts, expected, levels):
    """Agreement, distance and one-sidedness of a group's ratings: how often it gave each level, and expected shares, by product."""
    equal = sum(n * (n - 1) / 2 for own in counts for n in own)
    total = sum(map(sum, counts))
    pooled = [sum(own[k] for own in counts) for k in range(len(levels))]
    usual = [sum(sum(own) * share[k] for own, share in zip(counts, expected, strict=True)) / total for k in range(len(levels))]
    distance = sum(n * log((n + u) / (total + 1) / u) for n, u in zip(pooled, usual, strict=True))
    middle = (levels[0] + levels[-1]) / 2
    missing = []
    for side in (lambda x: x < middle, lambda x: x > middle):
        wanted = total * sum(u for u, x in zip(usual, levels, strict=True) if side(x))
        missing.append((wanted - sum(n for n, x in zip(pooled, levels, strict=True) if side(x))) / sqrt(wanted + 0.5))
    return equal, distance, max(missing)


def simulate(jobs, priors, expected, levels, lenient, rho, shift, rng, draws):
    """Draw the three figures: ``jobs`` holds (member, product) of each rating, ``lenient`` mean and deviation of each member."""
    found = []
    for _ in range(draws):
        cumulated = {p: np.cumsum(rng.dirichlet(a)) for p, a in priors.items()}
        own = {u: mean + deviation * rng.standard_normal() for u, (mean, deviation) in lenient.items()}
        counts = {p: [0] * len(levels) for p in priors}
        for u, p in jobs:
            score = shift + sqrt(rho) * own[u] + sqrt(1 - rho) * rng.standard_normal()
            level = int((cumulated[p][:-1] < STANDARD.cdf(score)).sum())
            counts[p][level] += 1
        order = sorted(priors)
        found.append(figures([counts[p] for p in order], [expected[p] for p in order], levels))
    return np.array(found)


def leniency(scores, rho):
    """Mean and variance of a member's leniency, standard normal beforehand, given other scores: by summing over a fine grid."""
    grid = np.linspace(-8, 8, 40_001)
    weight = np.exp(-(grid**2) / 2)
    for score in scores:
        weight = weight * np.exp(-((score - sqrt(rho) * grid) ** 2) / (2 * (1 - rho)))
    weight /= weight.sum()
    mean = float((weight * grid).sum())
    return mean, float((weight * (grid - mean) ** 2).sum())
