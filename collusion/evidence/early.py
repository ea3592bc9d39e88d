"""An innocent explanation: an early-reviewer programme, whose members review nearly everything new in a category."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.graph import NO_TIME
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["NEW_DAYS", "early_reviewers", "launches"]

NEW_DAYS = 30
"""A product counts as new for this long after its first review."""

MOST = 0.5
"""Share of the group's products that must have been new, and share of everything new that the group must have covered."""

ENOUGH = 10
"""New products below which nearly everything is too few to mean a programme."""


def launches(graph: ReviewGraph) -> NDArray[np.int64]:
    """Return the day of each product's first dated review, `NO_TIME` where it has none; computed once a log."""
    if "launches" not in graph.shared:
        dated = np.flatnonzero(graph.time != NO_TIME)
        launch = np.full(graph.n_products, NO_TIME, dtype=np.int64)
        # Times ascend within a product, so of the slots written in reverse order the first dated one stands last.
        launch[graph.product[dated[::-1]]] = graph.time[dated[::-1]] if graph.time is not None else NO_TIME
        graph.shared["launches"] = launch
    found: NDArray[np.int64] = graph.shared["launches"]
    return found


def early_reviewers(graph: ReviewGraph, slots: NDArray[np.int64], rating: Evidence | None) -> Evidence | None:
    """Ask whether the group reviewed most of all that was new in its categories while it was active, without favour.

    None without times, or where fewer than `ENOUGH` products were new.

    Parameters
    ----------
    graph : ReviewGraph
    slots : int64 array, ascending
        The group's reviews.
    rating : Evidence or None
        Of `collusion.evidence.rating`: a group that rates higher than others do is not a programme.
    """
    if graph.time is None:
        return None
    time = graph.time
    dated = slots[time[slots] != NO_TIME]
    if not len(dated):
        return None
    launch = launches(graph)
    early = dated[time[dated] - launch[graph.product[dated]] <= NEW_DAYS]
    if graph.category is not None:
        # A programme is of one category; what its members happen to buy together elsewhere does not belong to it.
        home = np.bincount(graph.category[np.unique(graph.product[dated])] + 1).argmax() - 1
        dated = dated[graph.category[graph.product[dated]] == home]
        early = early[graph.category[graph.product[early]] == home]
    covered = np.unique(graph.product[early])
    first, last = int(time[dated].min()), int(time[dated].max())
    # What was on the shelves when the log begins is not new.
    fresh = (launch > int(launch[launch != NO_TIME].min())) & (launch >= first - NEW_DAYS) & (launch <= last)
    if graph.category is not None:
        fresh &= graph.category == home
    new = np.flatnonzero(fresh)
    if len(new) < ENOUGH:
        return None
    covered = np.intersect1d(covered, new)
    favours = rating is not None and rating.stance == "for" and (rating.observed or 0) > (rating.expected or 0)
    everything = len(np.unique(graph.product[slots]))
    explains = len(covered) >= MOST * len(new) and len(covered) >= MOST * everything and not favours
    statement = (
        f"{len(new):,} products of the group's main category were new while it was active; it reviewed {len(covered):,} of them within "
        f"{NEW_DAYS} days of their first review, and {everything:,} products in all"
        + (", rating them higher than others did. " if favours else ". ")
        + (
            "That is nearly everything new, as in an early-reviewer programme."
            if explains
            else "An early-reviewer programme, which reviews nearly everything new without favour, does not explain that."
        )
    )
    return Evidence(
        signal="early reviewers",
        statement=statement,
        observed=float(len(covered)),
        expected=MOST * len(new),
        rows=tuple(int(row) for row in np.sort(graph.row[early])),
        stance="explains" if explains else "neutral",
    )
