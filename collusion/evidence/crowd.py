"""An innocent explanation: the group is the busy end of a launch or promotion crowd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.membership import open_slots, slots_of
from collusion.kernels.timelines import runs
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.graph.projection import Meetings

__all__ = ["crowd"]

FEW_OTHERS = 0.5
"""Others a member, above which no gap parts the group from the crowd around it."""


def crowd(graph: ReviewGraph, meet: Meetings, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> Evidence | None:
    """Count who else came to the group's places while it was there.

    Bargain hunters meet again and again without knowing of each other. But then many others come to some of the same places, and the
    group is merely the end of a continuous distribution of visits. Around a ring there is a gap: its members were at most of its places,
    everybody else at one of them by accident. So the others who were at half as many of the places as the median member, or more, are
    counted against the members. None where the members never met at the products.

    Parameters
    ----------
    graph : ReviewGraph
    meet : Meetings
    reviewers, products : int32 arrays
    """
    own = slots_of(graph, reviewers)
    own = own[np.isin(graph.product[own], products)]
    opened = open_slots(meet, own)
    if not len(opened):
        return None
    place = meet.place_of[graph.product[opened]].astype(np.int64)
    visits, _ = runs(np.sort(graph.reviewer[opened].astype(np.int64) << 32 | place))
    who, places = runs(visits >> 32)
    inside = np.isin(who, reviewers)
    if not inside.any():
        return None
    usual = float(np.median(places[inside]))
    others = int((places[~inside] >= usual / 2).sum())
    explains = others > FEW_OTHERS * len(reviewers)
    statement = (
        f"While the group was at its places, the median member came to {usual:g} of them; {others:,} people outside the group came to half "
        f"as many or more, for {len(reviewers):,} members. "
        + (
            "No gap parts the group from the crowd around it, as in a launch or promotion that draws many."
            if explains
            else "That is few: the group stands apart from the crowd around it, so a launch or promotion crowd does not explain it."
        )
    )
    return Evidence(
        signal="crowd",
        statement=statement,
        observed=float(others),
        expected=FEW_OTHERS * len(reviewers),
        rows=tuple(np.sort(graph.row[own]).tolist()),
        stance="explains" if explains else "neutral",
    )
