"""An innocent explanation: one review copied over the variants of a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.graph import NO_TIME
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
        rows=tuple(int(row) for row in basket.rows),
        stance="explains",
    )


def undeclared(graph: ReviewGraph, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> Evidence | None:
    """Ask whether the products look like variants of one listing, in a log that neither names listings nor has texts to compare.

    A reviewer copied who reviewed half of the products or more on one day with one rating. Members of a ring may do so too; but of a
    listing everybody else does as well, and goes on doing so. None without times, where the products are of different known
    sellers, where hardly anybody else reviewed them, or where the members did not copy. O(reviews of the products).

    Parameters
    ----------
    graph : ReviewGraph
    reviewers, products : int32 arrays, ascending
    """
    if graph.time is None or len(products) < 2:
        return None
    sellers = np.empty(0, np.int32) if graph.seller is None else np.unique(graph.seller[products])
    slots = np.concatenate([np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]) for p in products])
    slots = slots[graph.time[slots] != NO_TIME]
    rating = np.zeros(len(slots), np.float32) if graph.rating is None else np.nan_to_num(graph.rating[slots], nan=-1.0)
    # Who reviewed the most reviewed one alone may have done so before there were variants.
    most = products[np.diff(graph.product_indptr)[products].argmax()]
    who = np.unique(graph.reviewer[slots[(graph.product[slots] != most) | np.isin(graph.reviewer[slots], reviewers)]])
    if (sellers >= 0).sum() > 1 or len(who) - np.isin(who, reviewers).sum() < OTHERS:
        return None
    alike, times = np.unique(np.stack([graph.reviewer[slots], graph.time[slots], rating], axis=1), axis=0, return_counts=True)
    copied = alike[times >= max(2, len(products) / 2)]
    copiers = np.unique(copied[:, 0])
    member, inside = np.isin(who, reviewers), np.isin(who, copiers)
    spread = float(np.subtract(*np.quantile(copied[:, 1], (0.9, 0.1)))) if len(copied) else 0.0
    within, outside = float(inside[member].mean()) if member.any() else 0.0, float(inside[~member].mean())
    if within < NEARLY_ALL:
        return None
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
        rows=tuple(int(row) for row in np.sort(graph.row[slots[np.isin(graph.reviewer[slots], reviewers)]])),
        stance="explains" if explains else "neutral",
    )
