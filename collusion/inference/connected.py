"""Split groups into connected parts: campaigns that share no account, product or day are separate groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from collusion.graph.graph import NO_TIME, ReviewGraph
from collusion.graph.membership import edges_between
from collusion.kernels.timelines import circles

__all__ = ["connected_parts"]


SMALLEST_PART = 3
"""Members of a part that is a group of its own: two accounts that co-review are a pair."""


def connected_parts(
    graph: ReviewGraph, reviewers: NDArray[np.int32], products: NDArray[np.int32], window: int | None
) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Return the parts of a group between which nobody reviewed one of its products within ``window`` days, as (reviewers, products) each.

    Two members are joined when both reviewed one of the products within the window; the parts are the connected components of at least
    `SMALLEST_PART` members. Members without such a co-review stay with the largest part. A connected group is returned as it
    is. O(reviews of the members).

    Parameters
    ----------
    graph : ReviewGraph
    reviewers, products : int32 arrays, ascending
    window : int or None
        Days; None where the log has no times.
    """
    edges = edges_between(graph, reviewers, products)
    who, what = np.searchsorted(reviewers, graph.reviewer[edges]), graph.product[edges]
    # Edges are in the order of product and time: if any two lie within the window, so do the neighbours between them.
    near = what[1:] == what[:-1]
    if graph.time is not None and window is not None:
        time = graph.time[edges].astype(np.int64)
        near &= (np.diff(time) <= window) & (time[:-1] != NO_TIME)
    part = circles(len(reviewers), who[:-1][near], who[1:][near])
    size = np.bincount(part, minlength=len(reviewers))
    large = np.flatnonzero(size >= SMALLEST_PART)
    if len(large) < 2:
        return [(reviewers, products)]
    # By size, then by reviews: an order that does not depend on names.
    reviews = np.bincount(part[who], minlength=len(reviewers))
    large = large[np.lexsort((-reviews[large], -size[large]))]
    part = np.where(size[part] == 1, large[0], part)
    found = []
    for k in large:
        pairs = near & (part[who[1:]] == k)
        found.append((reviewers[part == k], np.unique(what[1:][pairs]).astype(np.int32)))
    return found
