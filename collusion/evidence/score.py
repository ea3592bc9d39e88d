"""The score of a group: how much more often its members met, at rarer places, than the null has them meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.projection import CROWDS, KINDS, Meetings, chance_bar, likelihood_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["Score", "score_group", "score_groups"]


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
    """

    value: float
    meetings: int
    expected: float
    window: int | None
    crowd: int | None


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
    values = np.round(ratio / np.maximum(size, 1)[:, None, None] - bar[:, None, None], 6)
    best = values.reshape(len(groups), -1).argmax(axis=1)
    every, (window, kind) = np.arange(len(groups)), np.divmod(best, KINDS)
    figures = (a[every, window, kind].tolist() for a in (values, met, expected))
    return [
        Score(value, meetings, mean, meets[w].window, CROWDS[k] if k < KINDS - 1 else None)
        for value, meetings, mean, w, k in zip(*figures, window.tolist(), kind.tolist(), strict=True)
    ]


def score_group(graph: ReviewGraph, meets: Sequence[Meetings], reviewers: NDArray[np.int32]) -> Score:
    """Score one group (`score_groups`)."""
    return score_groups(graph, meets, [reviewers])[0]
