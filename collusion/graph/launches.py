"""When each product was launched: the day of its first review, where the log began before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.graph import NO_TIME, read_only
from collusion.kernels.timelines import first_dates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["NEW_DAYS", "first_reviews", "known_launches"]

NEW_DAYS = 30
"""A product counts as new for this long after its first review: the month in which shops list it as new."""


def first_reviews(graph: ReviewGraph) -> NDArray[np.int32]:
    """Return the day of each product's first dated review, `NO_TIME` where it has none; computed once per log. O(n_products)."""
    if "launches" not in graph.shared:
        launch = np.full(graph.n_products, NO_TIME, dtype=np.int32)
        if graph.time is not None:
            first_dates(graph.product_indptr, graph.time, NO_TIME, launch)
        graph.shared["launches"] = read_only(launch)
    found: NDArray[np.int32] = graph.shared["launches"]
    return found


def known_launches(graph: ReviewGraph) -> NDArray[np.int32]:
    """Return the day of each product's launch; `NO_TIME` where it is not known: what is on sale when the log begins was launched before."""
    if "known launches" not in graph.shared:
        first = first_reviews(graph)
        opened = first.min(where=first != NO_TIME, initial=np.iinfo(np.int32).max - NEW_DAYS)
        graph.shared["known launches"] = read_only(np.where(first > opened + NEW_DAYS, first, NO_TIME).astype(np.int32))
    found: NDArray[np.int32] = graph.shared["known launches"]
    return found
