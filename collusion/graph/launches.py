"""When each product was launched: the day of its first review, where the log began before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from collusion.graph.graph import ReviewGraph
from collusion.graph.memo import once
from collusion.graph.timeline import NO_TIME, Timeline, read_only
from collusion.kernels.timelines import first_dates

__all__ = ["NEW_DAYS", "first_reviews", "known_launches", "timeline_first_reviews", "timeline_launches"]

NEW_DAYS = 30
"""A product counts as new for this long after its first review: the month in which shops list it as new."""


def first_reviews(graph: ReviewGraph) -> NDArray[np.int32]:
    """Return the day of each product's first dated review, `NO_TIME` where it has none; computed once per log. O(n_products)."""
    return timeline_first_reviews(graph.timeline)


def known_launches(graph: ReviewGraph) -> NDArray[np.int32]:
    """Return the day of each product's launch; `NO_TIME` where it is not known: what is on sale when the log begins was launched before."""
    return timeline_launches(graph.timeline)


@once
def timeline_first_reviews(timeline: Timeline) -> NDArray[np.int32]:
    """Return `first_reviews` of a timeline."""
    launch = np.full(timeline.n_products, NO_TIME, dtype=np.int32)
    if timeline.time is not None:
        first_dates(timeline.product_indptr, timeline.time, NO_TIME, launch)
    return read_only(launch)


@once
def timeline_launches(timeline: Timeline) -> NDArray[np.int32]:
    """Return `known_launches` of a timeline."""
    first = timeline_first_reviews(timeline)
    opened = first.min(where=first != NO_TIME, initial=np.iinfo(np.int32).max - NEW_DAYS)
    return read_only(np.where(first > opened + NEW_DAYS, first, NO_TIME).astype(np.int32))
