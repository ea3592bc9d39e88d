"""The neighbourhood of a group: its reviews, and others of its reviewers and products."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Context
from collusion.graph.log import Log
from collusion.graph.membership import edges_of

__all__ = ["neighbourhood_of"]


def neighbourhood_of(log: Log, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> Context:
    """Return the group's reviews and all others of its reviewers and of its products, in the order of time."""
    graph = log.graph
    on = [np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]) for p in products]
    edges = np.unique(np.concatenate([edges_of(graph, reviewers), *on])).astype(np.int64)
    order = np.lexsort((graph.row[edges], graph.time[edges])) if graph.time is not None else np.argsort(graph.row[edges])
    edges = edges[order]
    return Context(
        row=graph.row[edges].astype(np.int64),
        reviewer=log.reviewers.take(graph.reviewer[edges]),
        product=log.products.take(log.variant[edges]),
        member=np.isin(graph.reviewer[edges], reviewers),
        target=np.isin(graph.product[edges], products),
        time=None if graph.time is None else graph.time[edges],
        rating=None if graph.rating is None else graph.rating[edges],
    )
