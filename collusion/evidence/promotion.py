"""An innocent explanation: a sale or promotion, which brought others to the group's products in the same days."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammainc

from collusion.evidence.early import NEW_DAYS, launches
from collusion.evidence.synchrony import joint_reviews
from collusion.evidence.words import p_text
from collusion.graph.membership import slots_of
from collusion.kernels.timelines import count_around
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["promotion"]

NEAR = 2
"""Days before and after a member's review within which others came with it."""

AROUND = 60
"""Days before and after the members' own from which it is known how many others come at other times."""

LEVEL = 0.001
"""Level at which more others came than at other times; strict, since a group is one of many and its products are its choice."""

UNSURE = 0.05
"""Level at which it can no longer be said that the members came alone: that would speak against them."""

LEAST = 0.125
"""Others beyond those expected, a member's review, below which they are too few to be the crowd around the group: one in eight. Accounts of
a ring that were not found come too."""


def promotion(graph: ReviewGraph, reviewers: NDArray[np.int32], products: NDArray[np.int32], rating: Evidence | None) -> Evidence | None:
    """Count who else came to the group's products in the days of its members, against the days before and after.

    Bargain hunters come each by himself, so whatever brought those who bought several things brought many who bought one. Paid
    accounts come alone: the others go on as before. Products within `NEW_DAYS` of their launch are left out, since everybody comes
    then. None without times, or where less than half of the group's reviews are left.

    Parameters
    ----------
    graph : ReviewGraph
    reviewers, products : int32 arrays, ascending
    rating : Evidence or None
        Of `collusion.evidence.rating`: a group that favours or harms is not explained by who else came.

    Notes
    -----
    Others in the days around the members' reviews are Poisson with the rate of the `AROUND` days before and after, half a review added.
    O(reviews of the group x log of those of a product).
    """
    if graph.time is None:
        return None
    slots = slots_of(graph, reviewers)
    joint = joint_reviews(graph, slots[np.isin(graph.product[slots], products)], at_least=1)
    if joint is None:
        return None
    opened = launches(graph)[joint.product].astype(np.int64) + NEW_DAYS
    counts, start = np.diff(joint.indptr), joint.indptr[:-1]
    later = joint.days[start] > opened
    own = int(counts[later].sum())
    if not own or own < int(counts[~later].sum()):
        return None
    near, around, days, rest = count_around(graph.time, joint.first, joint.last, joint.days, joint.indptr, opened, NEAR, AROUND)[:, later]
    others = int(near.sum())
    usual = ((around + 0.5) / np.maximum(rest, 1) * days).tolist()
    expected = math.fsum(usual)  # exact, so that the order of products, which their names make, has no say
    p_value = float(gammainc(others, expected)) if others else 1.0
    favours = rating is not None and rating.stance == "for"
    explains = p_value <= LEVEL and others - expected >= LEAST * own and not favours
    statement = (
        f"In the days of the members' {own:,} reviews {others:,} others reviewed the same products; {expected:.1f} are expected from the "
        f"{AROUND} days before and after ({p_text(p_value)}). "
        + (
            "Whatever brought the members brought others too, as a sale or promotion does."
            if explains
            else "The members came alone: no sale or promotion was on that brought others too."
            if p_value > UNSURE
            else "More others came than at other times, but not so clearly that a sale or promotion could be taken for the reason."
            if p_value > LEVEL
            else "Others came too, but that does not explain how the members rate."
            if favours
            else "Hardly any others came beside the members."
        )
    )
    return Evidence(
        signal="promotion",
        statement=statement,
        observed=float(others),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(np.sort(graph.row[joint.slots[np.repeat(later, counts)]]).tolist()),
        stance="explains" if explains else "neutral",
    )
