"""Categories inferred from the graph, for logs that name none: groups of products that the same people come back to.

They stand in for what a reviewer's taste explains. Taste lasts and campaigns do not, so two products are tied only by reviews of one
reviewer that lie far apart: a ring that works through its products within weeks ties nothing and cannot become a category of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.communities import leiden
from collusion.graph.graph import NO_TIME
from collusion.graph.null import canonical_colours
from collusion.graph.strata import lonely_products

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["APART", "infer_categories", "with_categories"]

APART = 60
"""Days between two reviews that tell of taste: the longest window in which meetings are counted."""

NEXT = 4
"""Later reviews that one is tied to, at most: what they share is averaged over, and the number of ties stays linear."""

SMALLEST = 0.05
"""Share of the reviews that an inferred category has at least. Smaller ones say too little and could be a ring's own."""

ROUNDS = 2
"""Rounds of Leiden: the last improvements move few products."""

SEED = 0
"""Categories are a property of the log: they do not change with the seed of a scan."""


def with_categories(graph: ReviewGraph) -> ReviewGraph:
    """Return the graph with inferred categories, where it has none of its own and shows some (`infer_categories`)."""
    inferred = infer_categories(graph) if graph.category is None else None
    return graph if inferred is None else graph.with_columns(category=inferred, inferred=True)


def infer_categories(graph: ReviewGraph) -> NDArray[np.int32] | None:
    """Return a category for each product, -1 for those that say nothing about theirs; None where less than two stand out.

    Each review is tied to the same reviewer's next ones more than `APART` days later, `NEXT` of them at most; Leiden with modularity cuts
    the products into groups. Products without a tie, and those of groups with less than `SMALLEST` of the reviews, go where most
    of their reviewers have most of their other reviews. None without times, since then nothing tells taste from a campaign.

    Notes
    -----
    O(n_reviews log n_reviews), and Leiden on at most `NEXT` ties a review. Renaming and reordering change nothing.

    References
    ----------
    Traag et al., From Louvain to Leiden, Scientific Reports 2019; Newman and Girvan, Phys. Rev. E 2004, for modularity.
    """
    if graph.time is None:
        return None
    _, colour = canonical_colours(graph)
    lonely, *_ = lonely_products(graph.timeline)
    a, b, weight = _ties(graph, graph.time, lonely, colour)
    if not len(a):
        return None
    # What is tied to nothing is no group; without it, further lonely products change no choice that Leiden makes.
    tied, ends = np.unique(np.concatenate([a, b]), return_inverse=True)
    (found,) = leiden(
        len(tied),
        ends[: len(a)].astype(np.int32),
        ends[len(a) :].astype(np.int32),
        weight,
        objective="modularity",
        resolutions=(1.0,),
        seed=SEED,
        iterations=ROUNDS,
        colour=colour[tied],
    )
    reviews = np.where(lonely, 0, np.diff(graph.product_indptr))
    size = np.bincount(found, weights=reviews[tied])
    large = np.flatnonzero(size >= SMALLEST * reviews.sum())
    if len(large) < 2:
        return None
    # Largest first, so that the number of a category depends on no name.
    sums = np.zeros(len(size), dtype=np.uint64)
    np.add.at(sums, found, colour[tied])
    large = large[np.lexsort((sums[large], -size[large]))]
    number = np.full(len(size), -1, dtype=np.int32)
    number[large] = np.arange(len(large), dtype=np.int32)
    category = np.full(graph.n_products, -1, dtype=np.int32)
    category[tied] = number[found]
    return _placed(graph, category, len(large))


def _ties(
    graph: ReviewGraph, time: NDArray[np.int32], lonely: NDArray[np.bool_], colour: NDArray[np.uint64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Return pairs of products a < b, and how often reviewers came from one to the other; not from one lonely product to another.

    Whoever reviews thousands of products that nobody else does would otherwise make a category of them, and blur all others.
    """
    dated = np.flatnonzero(time != NO_TIME)
    if not len(dated):
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64)
    day = time[dated].astype(np.int64)
    day -= day.min()
    width = int(day.max()) + APART + 2
    key = graph.reviewer[dated].astype(np.int64) * width + day
    product = graph.product[dated]
    order = np.lexsort((colour[product], key))  # of one day's reviews, which come next must not depend on names
    key, product = key[order], product[order]
    start = np.searchsorted(key, key + APART, side="right")
    pairs = []
    for k in range(NEXT):
        later = start + k
        now = np.flatnonzero(later < len(key))
        now = now[key[later[now]] // width == key[now] // width]
        one, other = product[now], product[later[now]]
        kept = ~(lonely[one] & lonely[other])
        one, other = one[kept], other[kept]
        pairs.append(np.minimum(one, other).astype(np.int64) * graph.n_products + np.maximum(one, other))
    pair, count = np.unique(np.concatenate(pairs), return_counts=True)
    return (pair // graph.n_products).astype(np.int32), (pair % graph.n_products).astype(np.int32), count.astype(np.int64)


def _placed(graph: ReviewGraph, category: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """Place the products without a category by where most of their reviewers have most reviews; -1 stays where that says nothing."""
    placed = category[graph.product] >= 0
    home = _commonest(graph.reviewer[placed], category[graph.product[placed]], graph.n_reviewers, n)
    open_ = ~placed & (home[graph.reviewer] >= 0)
    guess = _commonest(graph.product[open_], home[graph.reviewer[open_]], graph.n_products, n)
    return np.where(category >= 0, category, guess).astype(np.int32)


def _commonest(node: NDArray[np.int32], label: NDArray[np.int32], nodes: int, labels: int) -> NDArray[np.int32]:
    """Return each node's commonest label, the lowest of equals, -1 where it has none."""
    key, count = np.unique(node.astype(np.int64) * labels + label, return_counts=True)
    order = np.lexsort((-key, count, key // labels))
    best = np.full(nodes, -1, dtype=np.int32)
    best[key[order] // labels] = key[order] % labels  # the last of a node's entries is its commonest
    return best
