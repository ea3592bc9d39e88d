"""Whether the group looks like an early-reviewer programme, whose members review nearly everything new in a category: a remark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signal import answer
from collusion.evidence.words import plural
from collusion.graph.graph import NO_TIME, ReviewGraph
from collusion.graph.launches import NEW_DAYS, first_reviews
from collusion.graph.membership import edges_of
from collusion.graph.memo import once
from collusion.graph.null import timeline_colours
from collusion.graph.timeline import Timeline
from collusion.kernels.csr import group_by

__all__ = ["EarlyReviewers", "by_launch"]

PROGRAMME_SHARE = 0.5
"""Share of the group's reviews that must be of products just launched, and share of all that was launched that it must have covered."""

LEAST_NEW_PRODUCTS = 6
"""New products below which nearly everything is too few to mean a programme."""

BUSIEST_SHARE = 0.5
"""Share of the group's reviews of new products that must be within the period compared; the shortest such period is used. A few reviews
that members wrote years earlier or later on their own must not extend the period over everything launched in between."""


@dataclass(frozen=True, eq=False)
class ByLaunch:
    """Launches of each category, ascending."""

    first: int | None
    """Day of the first launch of the log; None where nothing is dated."""
    indptr: NDArray[np.int64]
    """By category, that of products without a known one first."""
    day: NDArray[np.int32]

    def between(self, first: int, last: int, category: int) -> int:
        """Return how many products of a category were launched from one day to another, both included."""
        day = self.day[self.indptr[category + 1] : self.indptr[category + 2]]
        return int(np.searchsorted(day, np.int32(last), side="right") - np.searchsorted(day, np.int32(first)))


@once
def by_launch(timeline: Timeline) -> ByLaunch:
    """Return the launches of each category; sorted once per log."""
    launch = first_reviews(timeline)
    category = np.zeros(timeline.n_products, np.int32) if timeline.category is None else timeline.category + np.int32(1)
    order = np.argsort(launch, kind="stable")
    indptr, at = group_by(category[order], int(category.max(initial=0)) + 1)
    day = launch[order[at]]
    # Products without a launch come first.
    dated = int(np.searchsorted(launch, np.int32(NO_TIME), side="right", sorter=order))
    return ByLaunch(int(launch[order[dated]]) if dated < len(order) else None, indptr, day)


def _main_category(graph: ReviewGraph, products: NDArray[np.int32], category: NDArray[np.int32]) -> int:
    """Return the category of most of the products; of equals the one whose products' colours sum up highest, since codes are only names."""
    codes, at, times = np.unique(category[products], return_inverse=True, return_counts=True)
    sums = np.zeros(len(codes), np.uint64)
    np.add.at(sums, at, timeline_colours(graph.timeline)[products])
    return int(codes[np.lexsort((sums, times))[-1]])


def _busiest(launched: NDArray[np.int64]) -> tuple[int, int]:
    """Return the ends of the shortest stretch that holds `BUSIEST_SHARE` of the days given, which ascend; the first of equals."""
    held = int(np.ceil(BUSIEST_SHARE * len(launched)))
    length = launched[held - 1 :] - launched[: len(launched) - held + 1]
    at = int(length.argmin())
    return int(launched[at]), int(launched[at + held - 1])


@dataclass(frozen=True)
class EarlyReviewers:
    """Whether the group reviewed nearly everything new in a category.

    None without times, or where fewer than `LEAST_NEW_PRODUCTS` products were new.
    """

    name: ClassVar[str] = "early reviewers"
    question: ClassVar[str] = "Are they members of an early-reviewer programme?"
    kind: ClassVar[SignalKind] = "remark"
    needs: ClassVar[tuple[str, ...]] = ("timestamp",)
    null: ClassVar[str] = ""

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the remark; None where it cannot be made."""
        graph, edges = group.log.graph, group.edges
        if graph.time is None:
            return None
        launch = first_reviews(graph.timeline)
        # Of all that the members wrote, since a product that the programme sent to only two of them is not a product of the group.
        every = edges_of(graph, np.unique(graph.reviewer[edges]))
        day, launched = graph.time[every].astype(np.int64), launch[graph.product[every]].astype(np.int64)
        soon = (day != NO_TIME) & (day - launched <= NEW_DAYS)
        early, launched = every[soon], launched[soon]
        if not len(early):
            return None
        home = -1
        if graph.category is not None:
            # A programme is of one category; what its members happen to buy together elsewhere does not belong to it.
            home = _main_category(graph, np.unique(graph.product[edges]), graph.category)
            there = graph.category[graph.product[early]] == home
            early, launched = early[there], launched[there]
        known = by_launch(graph.timeline)
        # What was on the shelves when the log begins is not new.
        late = launched > (known.first if known.first is not None else NO_TIME)
        early, launched = early[late], launched[late]
        if not len(early):
            return None
        first, last = _busiest(np.sort(launched))
        new = known.between(first, last, home)
        if new < LEAST_NEW_PRODUCTS:
            return None
        at_launch = float(np.isin(edges, early).mean())
        covered = len(np.unique(graph.product[early[(launched >= first) & (launched <= last)]]))
        programme = covered >= PROGRAMME_SHARE * new and at_launch >= PROGRAMME_SHARE
        of = "" if home < 0 else " of the group's main category"
        statement = (
            f"{plural(new, 'product')}{of} were launched while it was busiest. Members reviewed {covered:,} of them "
            f"within {NEW_DAYS} days of launch; {at_launch:.0%} of the group's reviews are of products so new. "
            + (
                "That is nearly everything new, as in an early-reviewer programme."
                if programme
                else "That does not look like an early-reviewer programme."
            )
        )
        return answer(self, statement, float(covered), PROGRAMME_SHARE * new, group.log.rows(early))
