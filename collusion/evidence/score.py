"""The score of a group: how much more often its members met, at rarer places, than the null has them meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.projection import Meetings, chance_bar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["Score", "score_group"]


@dataclass(frozen=True)
class Score:
    """The score of one group and what it was counted from.

    Parameters
    ----------
    value : float
        Nats a member by which the log-likelihood ratio of the members' meetings exceeds the number of groups of that size:
        (x ln(x / mean) - x + mean - ln C(n_reviewers, size)) / size. Above 0 no union bound over all groups of that size explains it.
    meetings : int
        Pairs of members and places (sellers or products) at which they met, each counted once.
    weight, expected : float
        Meetings weighted by rarity of the place, and their mean under N1.
    """

    value: float
    meetings: int
    weight: float
    expected: float


def score_group(graph: ReviewGraph, meet: Meetings, reviewers: NDArray[np.int32]) -> Score:
    """Score a group of reviewers by the meetings of all its pairs.

    The score grows with every further meeting and falls with every member who meets nobody. It compares groups of different sizes in
    one log: without the term for the number of groups, large groups of a null log would hide small rings.

    Parameters
    ----------
    graph : ReviewGraph
    meet : Meetings
        Made from the graph or from the one it replicates.
    reviewers : int32 array
        Unique codes.

    Notes
    -----
    O(sum of the crowds around the members' reviews). The ratio is Chernoff's bound for independent terms in [0, 1]; meetings at one
    place depend on each other, so the value is not a p-value: null replicates, scored alike, calibrate it.
    """
    size = len(reviewers)
    if size < 2:
        return Score(-chance_bar(graph.n_reviewers, size), 0, 0.0, 0.0)
    meetings, weight, expected = meet.among(graph, reviewers)
    ratio = 0.0
    if weight > expected:
        floor = max(expected, 1.0 / graph.n_reviews)
        ratio = weight * float(np.log(weight / floor)) - weight + expected
    # Rounded, since sums of floats depend on how strata happen to be numbered.
    return Score(round(ratio / size - chance_bar(graph.n_reviewers, size), 6), meetings, weight, expected)
