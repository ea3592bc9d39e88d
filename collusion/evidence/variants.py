"""An innocent explanation: one review copied over the variants of a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.graph import NO_TIME
from collusion.graph.membership import slots_of
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.graph.log import Basket

__all__ = ["undeclared", "variants"]

NEARLY_ALL = 0.8
"""Share of the members that must have copied."""

MOST = 0.5
"""Share of everybody else who reviewed the products, the most reviewed one aside, that must have copied; around a ring hardly any do."""

OTHERS = 3
"""Others who must have reviewed the products: fewer say nothing about what everybody does."""

LASTING = 60
"""Days over which copies must spread, the earliest and the latest tenth aside: a listing sells for long, a campaign ends."""


def variants(basket: Basket, counted: int) -> Evidence:
    """State how many of a basket's rows are copies, and what is left when each review counts once.

    Parameters
    ----------
    basket : Basket
    counted : int
        Reviews of the basket's reviewers on its listing after counting once.
    """
    how = (
        "each reviewer's reviews of them are one review, copied (same text, rating and day), and nearly all reviewers of the smaller "
        "products are shared"
        if basket.inferred
        else "the log gives them one listing"
    )
    statement = (
        f"{len(basket.reviewers):,} reviewers reviewed the same {len(basket.products):,} products, but these are variants of one listing: "
        f"{how}. Of {len(basket.rows):,} rows {basket.copies:,} are copies; counted once, {counted:,} reviews at one meeting place remain, "
        "and no pair met twice there."
    )
    return Evidence(
        signal="variants",
        statement=statement,
        observed=float(len(basket.rows)),
        expected=float(counted),
        rows=tuple(basket.rows.tolist()),
        stance="explains",
    )


def undeclared(graph: ReviewGraph, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> Evidence | None:
    """Ask whether the products look like variants of one listing, in a log that neither names listings nor has texts to compare.

    A reviewer copied who reviewed half of the products or more on one day with one rating. Members of a ring may do so too; but of a
    listing everybody else does as well, and goes on doing so. None without times, where the products are of different known
    sellers, where hardly anybody else reviewed them, or where the members did not copy. O(reviews of the group), and of the products
    where the members copied.

    Parameters
    ----------
    graph : ReviewGraph
    reviewers, products : int32 arrays, ascending
    """
    if graph.time is None or len(products) < 2:
        return None
    # Most groups end here: the members' own reviews tell whether they copied, whatever others did.
    own = slots_of(graph, reviewers)
    own = own[np.isin(graph.product[own], products)]
    own = own[graph.time[own].astype(np.int64) != NO_TIME]
    if not len(own):
        return None
    within = len(np.unique(_copied(graph, own, len(products))[0])) / len(np.unique(graph.reviewer[own]))
    sellers = np.empty(0, np.int32) if graph.seller is None else np.unique(graph.seller[products])
    if within < NEARLY_ALL or (sellers >= 0).sum() > 1:
        return None
    slots = np.concatenate([np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]) for p in products])
    slots = slots[graph.time[slots].astype(np.int64) != NO_TIME]
    # Who reviewed the most reviewed one alone may have done so before there were variants.
    most = products[(graph.product_indptr[products + 1] - graph.product_indptr[products]).argmax()]
    who = np.unique(graph.reviewer[slots[(graph.product[slots] != most) | np.isin(graph.reviewer[slots], reviewers)]])
    member = np.isin(who, reviewers)
    if (~member).sum() < OTHERS:
        return None
    copiers, days = _copied(graph, slots, len(products))
    inside = np.isin(who, copiers)
    spread = float(np.subtract(*np.quantile(days, (0.9, 0.1)))) if len(days) else 0.0
    outside = float(inside[~member].mean())
    explains = outside >= MOST and spread > LASTING
    statement = (
        f"{within:.0%} of the members reviewed half of the {len(products):,} products or more on one day with one rating, and so did "
        f"{outside:.0%} of the {int((~member).sum()):,} others who reviewed any of them but the most reviewed; such days spread over "
        f"{spread:.0f} days. "
        + (
            "Everybody does, and goes on doing so: these look like variants of one listing, on which each review stands several times."
            if explains
            else "Variants of one listing, on which everybody's reviews stand several times, do not explain that."
        )
    )
    return Evidence(
        signal="variants",
        statement=statement,
        observed=round(outside, 6),
        expected=MOST,
        rows=tuple(np.sort(graph.row[slots[np.isin(graph.reviewer[slots], reviewers)]]).tolist()),
        stance="explains" if explains else "neutral",
    )


def _copied(graph: ReviewGraph, slots: NDArray[np.int64], n_products: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return by whom and on which day each rating was given to half of the products or more, and to two of them at least."""
    assert graph.time is not None  # noqa: S101  # asked for where the log has times
    rating = np.zeros(len(slots), np.float32) if graph.rating is None else np.nan_to_num(graph.rating[slots].astype(np.float32), nan=-1.0)
    day, who = graph.time[slots].astype(np.int64), graph.reviewer[slots].astype(np.int64)
    by = np.lexsort((rating, day, who))
    rating, day, who = rating[by], day[by], who[by]
    new = np.ones(len(slots), dtype=bool)
    new[1:] = (np.diff(who) != 0) | (np.diff(day) != 0) | (rating[1:] != rating[:-1])
    start = np.flatnonzero(new)
    start = start[np.diff(start, append=len(slots)) >= max(2, n_products / 2)]
    return who[start], day[start].astype(np.float64)
