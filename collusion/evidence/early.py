"""An innocent explanation: an early-reviewer programme, whose members review nearly everything new in a category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.graph import NO_TIME
from collusion.graph.membership import slots_of
from collusion.kernels.csr import group_by
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["NEW_DAYS", "early_reviewers", "launches"]

NEW_DAYS = 30
"""A product counts as new for this long after its first review."""

MOST = 0.5
"""Share of the group's reviews that must be of products just launched, and share of all that was launched that it must have covered."""

ENOUGH = 6
"""New products below which nearly everything is too few to mean a programme."""

BUSIEST = 0.5
"""Share of the group's reviews of new products that the stretch of launches holds which is looked at, the shortest one: a few that members
wrote years before and after on their own must not stretch a programme over everything that was launched meanwhile."""


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


@dataclass(frozen=True, eq=False)
class _ByLaunch:
    """Products of each category in the order of their launches."""

    first: int
    """Day of the first launch of the log."""
    indptr: NDArray[np.int64]
    """By category, that of products without a known one first."""
    product: NDArray[np.int32]
    day: NDArray[np.int64]

    def between(self, first: int, last: int, category: int) -> NDArray[np.int32]:
        """Return the products of a category that were launched from one day to another, both included."""
        day = self.day[self.indptr[category + 1] : self.indptr[category + 2]]
        start = self.indptr[category + 1]
        return self.product[start + np.searchsorted(day, first) : start + np.searchsorted(day, last, side="right")]


def _by_launch(graph: ReviewGraph) -> _ByLaunch:
    """Return the products of each category by launch; sorted once a log."""
    if "by launch" not in graph.shared:
        launch = launches(graph)
        category = np.zeros(graph.n_products, np.int32) if graph.category is None else graph.category + np.int32(1)
        order = np.argsort(launch, kind="stable")
        indptr, at = group_by(category[order], int(category.max(initial=0)) + 1)
        product = order[at].astype(np.int32)
        dated = launch[launch != NO_TIME]
        graph.shared["by launch"] = _ByLaunch(int(dated.min(initial=np.iinfo(np.int64).max)), indptr, product, launch[product])
    found: _ByLaunch = graph.shared["by launch"]
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
    launch = launches(graph)
    # Of all that the members wrote, since a product that the programme sent to two of them is none of the group's.
    every = slots_of(graph, np.unique(graph.reviewer[slots]))
    every = every[time[every] != NO_TIME]
    early = every[time[every] - launch[graph.product[every]] <= NEW_DAYS]
    if not len(early):
        return None
    if graph.category is not None:
        # A programme is of one category; what its members happen to buy together elsewhere does not belong to it.
        home = int(np.bincount(graph.category[np.unique(graph.product[slots])] + 1).argmax()) - 1
        early = early[graph.category[graph.product[early]] == home]
    by_launch = _by_launch(graph)
    # What was on the shelves when the log begins is not new.
    early = early[launch[graph.product[early]] > by_launch.first]
    if not len(early):
        return None
    covered = np.unique(graph.product[early])
    first, last = _busiest(np.sort(launch[graph.product[early]]))
    new = by_launch.between(first, last, home if graph.category is not None else -1)
    if len(new) < ENOUGH:
        return None
    at_launch = float(np.isin(slots, early).mean())
    covered = np.intersect1d(covered, new)
    favours = rating is not None and rating.stance == "for" and (rating.observed or 0) > (rating.expected or 0)
    explains = len(covered) >= MOST * len(new) and at_launch >= MOST and not favours
    statement = (
        f"{len(new):,} products of the group's main category were launched while it was busiest; its members reviewed {len(covered):,} of "
        f"them within {NEW_DAYS} days of their first review. {at_launch:.0%} of the group's reviews are of such products so soon"
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


def _busiest(launched: NDArray[np.int64]) -> tuple[int, int]:
    """Return the ends of the shortest stretch that holds `BUSIEST` of the days given, which ascend; the first of equals."""
    held = int(np.ceil(BUSIEST * len(launched)))
    length = launched[held - 1 :] - launched[: len(launched) - held + 1]
    at = int(length.argmin())
    return int(launched[at]), int(launched[at + held - 1])
