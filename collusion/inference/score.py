"""The score of a group: how much more often its members met, at rarer places, than the null has them meet; and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.projection import CROWDS, KINDS, Meetings, chance_bar, likelihood_ratio
from collusion.model import Breakdown, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["Score", "breakdown", "score_group", "score_groups"]

PLACES = 6
"""Decimals of a score, and of its parts."""


@dataclass(frozen=True)
class Score:
    """The score of one group and what it was counted from.

    Parameters
    ----------
    value : float
        Nats a member by which the log-likelihood ratio of the members' meetings exceeds the number of groups of that size:
        (x ln(x / mean) - x + mean - ln C(n_reviewers, size)) / size, the largest over windows and kinds of places. Above 0 no union bound
        over all groups of that size explains it.
    meetings : int
        x: pairs of members and places (sellers or products) at which they met, each counted once.
    expected : float
        Their mean under N1.
    window : int or None
        Days within which a meeting counts; None where the log has no times.
    crowd : int or None
        Reviews within the window up to which a place counts; None for no bound.
    kinds : tuple of (int, float)
        Meetings and expected meetings at places of each kind alone, rarest first, up to ``crowd``; they add up to the two figures above.
    """

    value: float
    meetings: int
    expected: float
    window: int | None
    crowd: int | None
    kinds: tuple[tuple[int, float], ...] = ()


def score_groups(graph: ReviewGraph, meets: Sequence[Meetings], groups: Sequence[NDArray[np.int32]]) -> list[Score]:
    """Score groups of reviewers by the meetings of all their pairs.

    The score grows with every further meeting and falls with every member who meets nobody. It compares groups of different sizes in
    one log: without the term for the number of groups, large groups of a null log would hide small rings. It compares groups however
    they were found, since all windows and kinds of places are tried for each.

    Parameters
    ----------
    graph : ReviewGraph
    meets : sequence of Meetings
        One a window, made from the graph or from the one it replicates.
    groups : sequence of int32 arrays
        Unique codes each.

    Notes
    -----
    O(n_reviewers + sum of the crowds around the members' reviews) a window. The ratio is Chernoff's bound for independent terms in
    [0, 1]; meetings at one place depend on each other, so the value is not a p-value: null replicates, scored alike, calibrate it.
    """
    size = np.fromiter((len(group) for group in groups), np.int64, len(groups))
    distinct, which = np.unique(size, return_inverse=True)
    bar = np.array([chance_bar(graph.n_reviewers, k) for k in distinct.tolist()])[which]
    met, expected = (np.stack(a, axis=1) for a in zip(*(meet.among(graph, groups) for meet in meets), strict=True))
    ratio = likelihood_ratio(met, np.maximum(expected, 1.0 / max(graph.n_reviews, 1)))
    # Rounded, since sums of floats depend on how strata happen to be numbered.
    values = np.round(ratio / np.maximum(size, 1)[:, None, None] - bar[:, None, None], PLACES)
    best = values.reshape(len(groups), -1).argmax(axis=1)
    every, (window, kind) = np.arange(len(groups)), np.divmod(best, KINDS)
    figures = (a[every, window, kind].tolist() for a in (values, met, expected))
    alone = zip(*(np.diff(a[every, window], axis=-1, prepend=0).tolist() for a in (met, expected)), strict=True)
    return [
        Score(value, meetings, mean, meets[w].window, CROWDS[k] if k < KINDS - 1 else None, tuple(zip(x[: k + 1], m[: k + 1], strict=True)))
        for value, meetings, mean, w, k, (x, m) in zip(*figures, window.tolist(), kind.tolist(), alone, strict=True)
    ]


def score_group(graph: ReviewGraph, meets: Sequence[Meetings], reviewers: NDArray[np.int32]) -> Score:
    """Score one group (`score_groups`)."""
    return score_groups(graph, meets, [reviewers])[0]


def breakdown(score: Score, graph: ReviewGraph, size: int, *, by_seller: bool) -> Breakdown:
    """Return what a score is made of: the meetings at each kind of place, less what choosing the group costs.

    The ratio of x meetings, of which m are expected, is that of two Poisson laws, the second r = x / m times the first, and so adds up over
    kinds of places: x_k ln(r) - (r - 1) m_k each. A kind at which members met less than that makes its part negative.

    Parameters
    ----------
    score : Score
        Of `score_groups`.
    graph : ReviewGraph
        The graph that was scored.
    size : int
        Reviewers of the group.
    by_seller : bool
        Whether a pair's meetings are counted once a seller.

    Notes
    -----
    Parts are decimals, rounded to the unit of the score by largest remainders, so that they add up to it exactly.
    """
    mean = max(score.expected, 1.0 / max(graph.n_reviews, 1))
    # The least mean that `score_groups` reckons with belongs to no kind more than to another.
    least = (mean - score.expected) / max(len(score.kinds), 1)
    rate = max(score.meetings / mean, 1.0)
    nats = [(x * float(np.log(rate)) - (rate - 1.0) * (m + least)) / max(size, 1) for x, m in score.kinds]
    parts = _rounded([*nats, -chance_bar(graph.n_reviewers, size)], round(score.value * 10**PLACES))
    return Breakdown(
        parts=(
            *(
                Part(_places(k), part, x, round(m, PLACES))
                for k, (part, (x, m)) in enumerate(zip(parts, score.kinds, strict=False))  # the last part has no meetings
            ),
            Part(f"choice of {size:,} among {graph.n_reviewers:,} reviewers", parts[-1]),
        ),
        window=score.window,
        place="seller" if by_seller else "product",
    )


def _rounded(values: Sequence[float], total: int) -> list[Decimal]:
    """Return decimals of `PLACES` digits that add up to ``total`` units, each less than a unit away from its value where the values do."""
    units = np.array(values) * 10**PLACES
    whole = np.floor(units)
    left = total - int(whole.sum())
    # What is left goes to the largest remainders, ties to the first; a unit more or less by rounding in doubles goes round again.
    order = np.argsort(-(units - whole), kind="stable")
    share, more = divmod(left, len(values))
    whole += share
    whole[order[:more]] += 1
    return [Decimal(int(unit)).scaleb(-PLACES) for unit in whole]


def _places(kind: int) -> str:
    if kind == len(CROWDS):
        return f"places of more than {CROWDS[-1]} reviews"
    return f"places of {'up' if not kind else CROWDS[kind - 1] + 1} to {CROWDS[kind]} reviews"
