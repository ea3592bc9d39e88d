"""The products of a group of reviewers, where the method that found the reviewers names none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.graph import NO_TIME
from collusion.graph.membership import slots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["by_label", "meeting_places", "places_of"]


def by_label(label: NDArray[np.integer], count: int) -> list[NDArray[np.int64]]:
    """Return the positions of each label from 0 to ``count - 1``, ascending; other labels are left out."""
    kept = np.flatnonzero((label >= 0) & (label < count))
    order = kept[np.argsort(label[kept], kind="stable")]
    return np.split(order, np.cumsum(np.bincount(label[kept], minlength=count))[:-1]) if count else []


def meeting_places(graph: ReviewGraph, owner: NDArray[np.integer], count: int, window: int | None) -> list[NDArray[np.int64]]:
    """Return for each of ``count`` groups the products on which two of its members reviewed within the window.

    Parameters
    ----------
    graph : ReviewGraph
    owner : int[n_reviewers]
        The group of each reviewer, -1 for none.
    count : int
    window : int or None
        Days; None, or a log without times, lets two reviews meet at any distance.
    """
    if not count:
        return []
    of_slot = owner[graph.reviewer]
    slots = np.flatnonzero(of_slot >= 0)
    # Slots are in (product, time) order, so after a stable sort by group neighbours are the nearest in time.
    slots = slots[np.argsort(of_slot[slots], kind="stable")]
    group, product = of_slot[slots], graph.product[slots]
    meets = (group[1:] == group[:-1]) & (product[1:] == product[:-1])
    if window is not None and graph.time is not None:
        time = graph.time[slots].astype(np.int64)
        meets &= (np.diff(time) <= window) & (time[:-1] != NO_TIME)
    found = np.unique(np.stack((group[1:][meets], product[1:][meets])), axis=1)
    return np.split(found[1], np.cumsum(np.bincount(found[0], minlength=count))[:-1])


def places_of(graph: ReviewGraph, members: NDArray[np.integer], window: int | None) -> NDArray[np.int64]:
    """Return the products of one group as `meeting_places` does, looking at its members' reviews alone: for groups that overlap."""
    slots = slots_of(graph, members)
    product = graph.product[slots]
    meets = product[1:] == product[:-1]
    if window is not None and graph.time is not None:
        time = graph.time[slots].astype(np.int64)
        meets &= (np.diff(time) <= window) & (time[:-1] != NO_TIME)
    return np.unique(product[1:][meets]).astype(np.int64)
