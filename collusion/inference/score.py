"""The score of a group: how far its members' co-reviews exceed what the null model expects, and what the score is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Breakdown, Part
from collusion.graph.graph import ReviewGraph
from collusion.graph.membership import GroupReviews
from collusion.graph.projection import CoReviews
from collusion.graph.rates import chance_threshold, likelihood_ratio
from collusion.graph.windows import DEGREE_BOUNDS, N_DEGREE_BINS

__all__ = ["Score", "breakdown", "score_group", "score_groups"]

DECIMALS = 6
"""Decimals of a score, and of its parts."""


@dataclass(frozen=True)
class Score:
    """The score of one group and what it was counted from.

    Parameters
    ----------
    value : float
        Log-likelihood ratio of the members' co-reviews less the logarithm of the number of groups of that size, per member, in natural-log
        units: (x ln(x / mean) - x + mean - ln C(n_reviewers, size)) / size, the largest over windows and local degrees. Above 0 a union
        bound over all groups of that size does not explain it.
    co_reviews : int
        x: co-reviews; each pair of members counts once per seller or product.
    expected : float
        Their mean under N1, estimated without the group's own co-reviews except those at one unit (`CoReviews.among`).
    window : int or None
        Days within which two reviews of a product are a co-review; None where the log has no times.
    max_degree : int or None
        Largest local degree (reviews of the product within the window) at which co-reviews count; None for no bound.
    by_degree : tuple of (int, float)
        Co-reviews and expected co-reviews by local degree (`DEGREE_BOUNDS`), smallest first, up to ``max_degree``; they add up to
        the two figures above.
    """

    value: float
    co_reviews: int
    expected: float
    window: int | None
    max_degree: int | None
    by_degree: tuple[tuple[int, float], ...] = ()


def score_groups(
    graph: ReviewGraph, by_window: Sequence[CoReviews], groups: Sequence[NDArray[np.int32]] | GroupReviews, threads: int = 1
) -> list[Score]:
    """Score groups of reviewers by the co-reviews of all their pairs.

    The score grows with every further co-review and falls with every member who has none. It compares groups of different sizes in
    one log: without the term for the number of groups, large groups of a null log would hide small rings. It compares groups however
    they were found, since all windows and local degrees are tried for each.

    Parameters
    ----------
    by_window : sequence of CoReviews
        One per window, made from the graph or from the one that it permutes.
    groups : sequence of int32 arrays, or GroupReviews
        Unique codes each.
    threads : int, default 1
        Changes no result.

    Notes
    -----
    O(reviews of the members + their co-reviews) per window. The ratio is Chernoff's bound for independent terms in
    [0, 1]; co-reviews of one product depend on each other, so the value is not a p-value: permutations, scored alike, calibrate it.
    """
    gathered = groups if isinstance(groups, GroupReviews) else GroupReviews.of(graph, groups, by_window)
    size = np.diff(gathered.indptr)
    distinct, which = np.unique(size, return_inverse=True)
    threshold = np.array([chance_threshold(graph.n_reviewers, k) for k in distinct.tolist()])[which]
    counted = [co_reviews.among(graph, gathered, threads) for co_reviews in by_window]
    observed, expected = (np.stack(a, axis=1) for a in zip(*counted, strict=True))
    ratio = likelihood_ratio(observed, np.maximum(expected, 1.0 / max(graph.n_reviews, 1)))
    # Rounded, since sums of floats depend on how strata happen to be numbered.
    values = np.round(ratio / np.maximum(size, 1)[:, None, None] - threshold[:, None, None], DECIMALS)
    best = values.reshape(len(groups), -1).argmax(axis=1)
    every, (window, degree) = np.arange(len(groups)), np.divmod(best, N_DEGREE_BINS)
    figures = (a[every, window, degree].tolist() for a in (values, observed, expected))
    by_bin = zip(*(np.diff(a[every, window], axis=-1, prepend=0).tolist() for a in (observed, expected)), strict=True)
    return [
        Score(
            value,
            co_reviews,
            mean,
            by_window[w].window,
            DEGREE_BOUNDS[k] if k < N_DEGREE_BINS - 1 else None,
            tuple(zip(x[: k + 1], m[: k + 1], strict=True)),
        )
        for value, co_reviews, mean, w, k, (x, m) in zip(*figures, window.tolist(), degree.tolist(), by_bin, strict=True)
    ]


def score_group(graph: ReviewGraph, by_window: Sequence[CoReviews], reviewers: NDArray[np.int32]) -> Score:
    """Score one group (`score_groups`)."""
    return score_groups(graph, by_window, [reviewers])[0]


def breakdown(score: Score, graph: ReviewGraph, size: int, *, by_seller: bool) -> Breakdown:
    """Return what a score is made of: the co-reviews at each local degree, less the penalty for having searched for the group.

    The ratio of x co-reviews, of which m are expected, is that of two Poisson laws, the second r = x / m times the first, and so adds up
    over local degrees: x_k ln(r) - (r - 1) m_k each. A local degree with fewer co-reviews than that has a negative part.

    Parameters
    ----------
    score : Score
        Of `score_groups`.
    graph : ReviewGraph
        The graph that was scored.
    size : int
        Reviewers of the group.
    by_seller : bool
        Whether a pair's co-reviews are counted once per seller.

    Notes
    -----
    Parts are decimals, rounded to the unit of the score by largest remainders, so that they add up to it exactly.
    """
    mean = max(score.expected, 1.0 / max(graph.n_reviews, 1))
    # The least mean that `score_groups` uses is shared evenly by the local degrees.
    least = (mean - score.expected) / max(len(score.by_degree), 1)
    rate = max(score.co_reviews / mean, 1.0)
    terms = [(x * float(np.log(rate)) - (rate - 1.0) * (m + least)) / max(size, 1) for x, m in score.by_degree]
    parts = _rounded([*terms, -chance_threshold(graph.n_reviewers, size)], round(score.value * 10**DECIMALS))
    return Breakdown(
        parts=(
            *(
                Part(_degrees(k), part, x, round(m, DECIMALS))
                for k, (part, (x, m)) in enumerate(zip(parts, score.by_degree, strict=False))  # the last part has no co-reviews
            ),
            Part(f"search penalty ({size:,} of {graph.n_reviewers:,} reviewers)", parts[-1]),
        ),
        window=score.window,
        place="seller" if by_seller else "product",
    )


def _rounded(values: Sequence[float], total: int) -> list[Decimal]:
    """Return decimals of `DECIMALS` digits that add up to ``total`` units, each within one unit of its value where the values do."""
    units = np.array(values) * 10**DECIMALS
    whole = np.floor(units)
    left = total - int(whole.sum())
    # What is left goes to the largest remainders, ties to the first; a unit more or less by rounding in doubles goes round again.
    order = np.argsort(-(units - whole), kind="stable")
    share, more = divmod(left, len(values))
    whole += share
    whole[order[:more]] += 1
    return [Decimal(int(unit)).scaleb(-DECIMALS) for unit in whole]


def _degrees(degree_bin: int) -> str:
    if degree_bin == len(DEGREE_BOUNDS):
        return f"more than {DEGREE_BOUNDS[-1]} reviews in the window"
    return f"{'up' if not degree_bin else DEGREE_BOUNDS[degree_bin - 1] + 1} to {DEGREE_BOUNDS[degree_bin]} reviews in the window"
