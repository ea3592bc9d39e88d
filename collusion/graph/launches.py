"""When each product was launched: the day of its first review, where the log began before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from collusion.graph.memo import once
from collusion.graph.timeline import NO_TIME, Timeline, read_only
from collusion.kernels.timelines import first_dates

__all__ = ["NEW_DAYS", "first_reviews", "known_launches"]

NEW_DAYS = 30
"""A product counts as new for this long after its first review: the month in which shops list it as new."""


@once
def first_reviews(timeline: Timeline) -> NDArray[np.int32]:
    """Return the day of each product's first dated review, `NO_TIME` where it has none; computed once per log. O(n_products)."""
    launch = np.full(timeline.n_products, NO_TIME, dtype=np.int32)
    if timeline.time is not None:
        first_dates(timeline.product_indptr, timeline.time, NO_TIME, launch)
    return read_only(launch)


@once
def known_launches(timeline: Timeline) -> NDArray[np.int32]:
    """Return the day of each product's launch; `NO_TIME` where it is not known: what is on sale when the log begins was launched before."""
    first = first_reviews(timeline)
    opened = first.min(where=first != NO_TIME, initial=np.iinfo(np.int32).max - NEW_DAYS)
    return read_only(np.where(first > opened + NEW_DAYS, first, NO_TIME).astype(np.int32))
