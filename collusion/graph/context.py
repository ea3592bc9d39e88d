"""The reviews around a group of a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.membership import slots_of
from collusion.model import Context

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.log import Log

__all__ = ["context_of"]


def context_of(log: Log, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> Context:
    """Return the group's reviews and all others of its reviewers and of its products, in the order of time."""
    graph = log.graph
    on = [np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]) for p in products]
    slots = np.unique(np.concatenate([slots_of(graph, reviewers), *on])).astype(np.int64)
    order = np.lexsort((graph.row[slots], graph.time[slots])) if graph.time is not None else np.argsort(graph.row[slots])
    slots = slots[order]
    return Context(
        row=graph.row[slots].astype(np.int64),
        reviewer=log.reviewers.take(graph.reviewer[slots]),
        product=log.products.take(log.variant[slots]),
        member=np.isin(graph.reviewer[slots], reviewers),
        target=np.isin(graph.product[slots], products),
        time=None if graph.time is None else graph.time[slots],
        rating=None if graph.rating is None else graph.rating[slots],
    )
