"""The products of a group of reviewers, where the method that found the reviewers names none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.graph import NO_TIME
from collusion.graph.membership import edges_of

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Int64s, Integers

__all__ = ["by_label", "co_reviewed_by", "co_reviewed_products"]


def by_label(label: Integers, count: int) -> list[Int64s]:
    """Return the positions of each label from 0 to ``count - 1``, ascending; other labels are left out."""
    kept = np.flatnonzero((label >= 0) & (label < count))
    order = kept[np.argsort(label[kept], kind="stable")]
    return np.split(order, np.cumsum(np.bincount(label[kept], minlength=count))[:-1]) if count else []


def co_reviewed_products(graph: ReviewGraph, owner: Integers, count: int, window: int | None) -> list[Int64s]:
    """Return for each of ``count`` groups the products on which two of its members reviewed within the window of days.

    ``owner`` is the group of each reviewer, -1 for none. Without a window or times, any two reviews of one product are a co-review.
    """
    if not count:
        return []
    group_of_edge = owner[graph.reviewer]
    edges = np.flatnonzero(group_of_edge >= 0)
    # Edges are in (product, time) order, so after a stable sort by group neighbours are the nearest in time.
    edges = edges[np.argsort(group_of_edge[edges], kind="stable")]
    group, product = group_of_edge[edges], graph.product[edges]
    co_reviewed = (group[1:] == group[:-1]) & (product[1:] == product[:-1])
    if window is not None and graph.time is not None:
        time = graph.time[edges].astype(np.int64)
        co_reviewed &= (np.diff(time) <= window) & (time[:-1] != NO_TIME)
    found = np.unique(np.stack((group[1:][co_reviewed], product[1:][co_reviewed])), axis=1)
    return np.split(found[1], np.cumsum(np.bincount(found[0], minlength=count))[:-1])


def co_reviewed_by(graph: ReviewGraph, members: Integers, window: int | None) -> Int64s:
    """Return the products of one group as `co_reviewed_products` does, from the reviews of its members: for groups that overlap."""
    edges = edges_of(graph, members)
    product = graph.product[edges]
    co_reviewed = product[1:] == product[:-1]
    if window is not None and graph.time is not None:
        time = graph.time[edges].astype(np.int64)
        co_reviewed &= (np.diff(time) <= window) & (time[:-1] != NO_TIME)
    return np.unique(product[1:][co_reviewed]).astype(np.int64)
