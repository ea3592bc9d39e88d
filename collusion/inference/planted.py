"""Rings of known size planted into a log: "nothing found" and "too little data" are different answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.graph.blocks import draw_block, first_of_each
from collusion.graph.graph import NO_TIME, ReviewGraph, build_graph
from collusion.graph.null import product_colours

__all__ = ["DAYS", "DENSITY", "LEAST_RINGS", "PRODUCTS", "SIZES", "Trial", "planted"]

SIZES = (5, 6, 8, 10, 15, 20, 30, 50, 100)
"""Accounts of the rings that are tried."""

PRODUCTS, DENSITY, DAYS = 6, 0.7, 14
"""A ring of the trial: its number of products, the share of them that each account reviews, and the days within which it does."""

MOST_RINGS_AT_ONCE = 10
"""Rings planted at once, at most. More than one add at most a twentieth to the log, so that it hardly changes."""

LEAST_RINGS = 5
"""Rings that are planted in all, at least; where only one fits at a time, one after the other."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A log with planted rings, and the reviewers of each."""

    graph: ReviewGraph
    rings: tuple[NDArray[np.int32], ...]


def planted(graph: ReviewGraph, size: int, rng: np.random.Generator) -> Trial | None:
    """Return the log with rings of ``size`` new accounts on products of it, each within `DAYS`; None where it is too small or undated.

    Products are drawn evenly among those with a review, of different sellers where they are known, and the days within the log. The
    accounts write nothing else, and give the best rating of the log where it has ratings. O(n_reviews log n_reviews).

    Parameters
    ----------
    graph : ReviewGraph
    size : int
        Accounts of a ring.
    rng : numpy.random.Generator
    """
    if graph.time is None:
        return None
    dated = graph.time[graph.time != NO_TIME]
    reviewed = np.flatnonzero(np.diff(graph.product_indptr))
    # In an order that does not depend on names, so that the draw does not either.
    reviewed = reviewed[np.argsort(product_colours(graph)[reviewed], kind="stable")]
    per_ring = max(1, round(DENSITY * size * PRODUCTS))
    copies = min(MOST_RINGS_AT_ONCE, len(reviewed) // PRODUCTS, max(1, graph.n_reviews // (20 * per_ring)))
    if not copies or not len(dated) or int(dated.max()) - int(dated.min()) < DAYS:
        return None
    order = rng.permutation(reviewed)
    if graph.seller is not None:
        # A product without a known seller counts as a seller of its own.
        order = first_of_each(order, np.where(graph.seller[order] < 0, -1 - order, graph.seller[order]))
    reviewer, product, time, rings = [graph.reviewer], [graph.product], [graph.time], []
    best = None if graph.rating is None else np.float32(np.nanmax(graph.rating))
    for copy in range(copies):
        members = graph.n_reviewers + copy * size + np.arange(size, dtype=np.int32)
        targets = order[copy * PRODUCTS : (copy + 1) * PRODUCTS]
        row, column = draw_block(rng, size, PRODUCTS, per_ring)
        start = rng.integers(int(dated.min()), int(dated.max()) - DAYS + 1)
        reviewer.append(members[row])
        product.append(targets[column].astype(np.int32))
        time.append((start + rng.integers(0, DAYS, per_ring)).astype(np.int32))
        rings.append(members)
    whole = np.concatenate(reviewer)
    grown = build_graph(
        whole,
        np.concatenate(product),
        time=np.concatenate(time),
        rating=None if best is None else np.concatenate([graph.rating, np.full(len(whole) - graph.n_reviews, best, np.float32)]),
        category=graph.category,
        seller=graph.seller,
        n_reviewers=graph.n_reviewers + copies * size,
        n_products=graph.n_products,
    )
    return Trial(grown, tuple(rings))
