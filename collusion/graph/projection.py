"""The windowed co-review projection: who met whom, where, how rarely, and how often their activity alone would have it.

Two reviewers meet where both reviewed one product within a window of days. The full projection is never built: only pairs that
survive are kept. What depends on the slots alone (windows, crowds, rarity, expected rates) is computed once and shared by all
null replicates, since those put other reviewers into the same slots.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import gammaln

from collusion.errors import ConfigError
from collusion.graph.graph import NO_TIME, ReviewGraph
from collusion.graph.strata import DAYS_A_MONTH, PAD, Activity, Strata, activity_of, strata_of
from collusion.kernels import meetings as kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["UNIT", "Meetings", "Pairs", "chance_bar", "co_reviews", "meetings_of"]

UNIT = 1024
"""Fixed-point one of a meeting's weight: sums of integers do not depend on their order."""

WEDGES_PER_REVIEW = 10
"""Meetings enumerated a review before the most crowded places are passed over.

At 7 days real logs have about one wedge a review, so this binds only where a few places are so crowded that meeting there says
nothing; it keeps the cost linear in the log.
"""

Place = Literal["product", "seller"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of reviewers a < b that survived, sorted by (a, b).

    Parameters
    ----------
    a, b : int32 arrays
        Reviewer codes.
    meetings : int32 array
        Distinct places where the two met within the window.
    weight : float64 array
        Meetings, each weighted by how rare its place is: 0 to 1 a meeting.
    surprise : float64 array
        Nats: a lower bound on -ln p of the weight, given both reviewers' activity by stratum (Chernoff-Hoeffding).
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    meetings: NDArray[np.int32]
    weight: NDArray[np.float64]
    surprise: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Meetings:
    """The meeting places of a log for one window: computed from the slots alone.

    Parameters
    ----------
    window : int or None
        Days; None where the log has no times (any two reviews of a product meet).
    lo, hi : int32[n_reviews]
        Slots of the same product within the window of each slot, half open.
    weight : int32[n_reviews]
        Rarity of the slot in 1/`UNIT`: 1 - ln(crowd) / ln(n_reviews); 0 where the place is too crowded to count or too empty to meet.
    place : int32[n_reviews]
        What is counted once a pair: the slot's product, or its seller where there is one.
    strata : Strata
        The strata within which the null permutes reviewers.
    rate : float64[n_strata, 2 * reach + 1]
        Expected meeting weight of a slot of stratum s and a slot of stratum s + d, in 1/`UNIT`, reviewers permuted within strata.
    usual : float64[n_strata, 2 * reach + 1]
        The same, but at most its median over the category's months: a ring that fills its own month does not explain itself away.
        For bringing candidates forth; they are judged by ``rate``.
    reach : int
        How many months a window spans.
    crowded : int
        Reviews at places passed over for being too crowded.
    largest_crowd : int
        The largest crowd that still counts.
    """

    window: int | None
    lo: NDArray[np.int32]
    hi: NDArray[np.int32]
    weight: NDArray[np.int32]
    place: NDArray[np.int32]
    strata: Strata
    rate: NDArray[np.float64]
    usual: NDArray[np.float64]
    reach: int
    crowded: int
    largest_crowd: int

    def pairs(self, graph: ReviewGraph, *, at_least: int = 2, least_surprise: float = 0.0, threads: int = 1) -> Pairs:
        """Return the pairs that met at ``at_least`` places and whose surprise reaches ``least_surprise`` nats.

        Parameters
        ----------
        graph : ReviewGraph
            The graph these meetings were made from, or a null replicate of it.
        at_least : int
        least_surprise : float
        threads : int
            Changes no result.

        Notes
        -----
        Time O(sum over reviews of the crowd around each), at most about ``2 * WEDGES_PER_REVIEW`` a review; memory
        O(threads * n_reviewers + surviving pairs).
        """
        active, codes = _active(graph, at_least)
        indptr, slots = _by_place(graph, self.place, active)
        reviewer = codes[graph.reviewer]
        rows = self.activity(graph).take(active)

        def among(first: int, last: int) -> NDArray[Any]:
            found: NDArray[Any] = kernel.meet_pairs(
                first,
                last,
                indptr,
                slots,
                reviewer,
                self.lo,
                self.hi,
                self.weight,
                self.place,
                *rows,
                self.usual,
                self.reach,
                float(UNIT),
                at_least,
                least_surprise,
                np.empty(0, kernel.EDGE),
            )
            return found

        # Parts of equal work, as far as crowds tell it; the order of the parts is that of the reviewers.
        work = np.concatenate(([0], np.cumsum((self.hi - self.lo)[slots], dtype=np.int64)))[indptr]
        cuts = np.searchsorted(work, work[-1] * np.arange(threads + 1) / threads)
        cuts[0], cuts[-1] = 0, len(active)
        with ThreadPoolExecutor(threads) as pool:
            edge = np.concatenate(list(pool.map(among, cuts[:-1].tolist(), cuts[1:].tolist())))
        ends = np.sort(np.stack([active[edge["a"]], active[edge["b"]]]), axis=0)
        order = np.lexsort((ends[1], ends[0]))
        return Pairs(
            a=ends[0][order],
            b=ends[1][order],
            meetings=edge["meetings"][order],
            weight=edge["weight"][order] / UNIT,
            surprise=edge["surprise"][order] / 1024.0,
        )

    def among(self, graph: ReviewGraph, reviewers: NDArray[np.int32]) -> tuple[int, float, float]:
        """Return (meetings, weight, expected weight) summed over all pairs of the reviewers given.

        The expectation is exact when reviewers are permuted within strata, but for counting a pair once a place, which only lowers it.
        """
        members = np.sort(reviewers)
        indptr, slots = _by_place(graph, self.place, members)
        meetings, weight = kernel.members_meetings(members, indptr, slots, graph.reviewer, self.lo, self.hi, self.weight, self.place)
        return int(meetings), weight / UNIT, self.activity(graph).expected(members, self.rate, self.reach) / UNIT

    def activity(self, graph: ReviewGraph) -> Activity:
        """Return how many reviews each reviewer has in each stratum; the same for all null replicates."""
        key = ("activity", self.strata.by_month)
        if key not in graph.shared:
            graph.shared[key] = activity_of(graph, self.strata)
        found: Activity = graph.shared[key]
        return found


def meetings_of(graph: ReviewGraph, window: int | None = 7, place: Place = "seller") -> Meetings:
    """Return the meeting places of a graph for a window of days; computed once and shared with its null replicates.

    Parameters
    ----------
    graph : ReviewGraph
    window : int or None, default 7
        Days between two reviews that still meet. Ignored (taken as None) where the log has no times.
    place : {"seller", "product"}, default "seller"
        What counts once a pair. Without sellers the product; a product of unknown seller stands for itself.

    Raises
    ------
    ConfigError
        When the window is negative or the place unknown.

    Notes
    -----
    O(n_reviews) and one pass over the wedges.
    """
    if window is not None and window < 0:
        raise ConfigError(f"a window is a number of days from 0, not {window}")
    if place not in ("seller", "product"):
        raise ConfigError(f"meetings are counted once a 'seller' or 'product', not {place!r}")
    window = None if graph.time is None else window
    key = ("meetings", window, place)
    if key not in graph.shared:
        graph.shared[key] = _meetings(graph, window, place)
    found: Meetings = graph.shared[key]
    return found


def co_reviews(graph: ReviewGraph, window: int | None = 7, at_least: int = 2) -> Pairs:
    """Return the pairs of reviewers who met at ``at_least`` distinct products within ``window`` days (None: at any time).

    See `meetings_of` and `Meetings.pairs` for places passed over as too crowded, and for the cost.
    """
    return meetings_of(graph, window, "product").pairs(graph, at_least=at_least)


def chance_bar(n: int, size: int) -> float:
    """Return ln C(n, size) / size: nats a member that the best of all groups of this size may reach by chance (Bonferroni)."""
    return float(gammaln(n + 1) - gammaln(size + 1) - gammaln(n - size + 1)) / size if 0 < size < n else 0.0


def _meetings(graph: ReviewGraph, window: int | None, place: Place) -> Meetings:
    n = graph.n_reviews
    lo, hi = np.empty(n, np.int32), np.empty(n, np.int32)
    if graph.time is None or window is None:
        lo[:] = graph.product_indptr[graph.product]
        hi[:] = graph.product_indptr[graph.product + 1]
    else:
        kernel.window_bounds(graph.product_indptr, graph.time, window, NO_TIME, lo, hi)
    wedges = np.cumsum(kernel.count_wedges(lo, hi))
    largest = int(np.searchsorted(wedges, WEDGES_PER_REVIEW * n + 1_000_000, side="right")) - 1
    crowd = hi - lo
    weight = np.zeros(n, np.int32)
    counts = (crowd >= 2) & (crowd <= largest)
    if counts.any():
        weight[counts] = np.maximum(1, np.rint(UNIT * (1.0 - np.log(crowd[counts]) / np.log(max(n, 3))))).astype(np.int32)

    strata = strata_of(graph, months=window is not None and window <= PAD * DAYS_A_MONTH)
    reach = strata.reach(window)
    rate = np.zeros((strata.n, 2 * reach + 1))
    kernel.expected_rates(lo, hi, weight, strata.of, reach, strata.size, rate)
    return Meetings(
        window=window,
        lo=lo,
        hi=hi,
        weight=weight,
        place=_places(graph, place)[graph.product],
        strata=strata,
        rate=rate,
        usual=_usual(strata, rate, reach),
        reach=reach,
        crowded=int((crowd > largest).sum()),
        largest_crowd=largest,
    )


def _usual(strata: Strata, rate: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Cap each rate at the median over its category's months, each month weighing as much as it has reviews.

    Two months weigh as the smaller of them, so that a rate and its mirror image are capped alike.
    """
    usual = rate.copy()
    padded = np.concatenate([np.zeros(reach, np.int64), strata.size, np.zeros(reach, np.int64)])
    for d in range(2 * reach + 1):
        weight = np.minimum(strata.size, padded[d : d + strata.n])
        for first in range(0, strata.n, strata.span):
            rows = slice(first, min(first + strata.span, strata.n))
            order = np.argsort(rate[rows, d], kind="stable")
            mass = np.cumsum(weight[rows][order])
            if mass[-1]:
                median = rate[rows, d][order[np.searchsorted(mass, mass[-1] / 2)]]
                usual[rows, d] = np.minimum(rate[rows, d], median)
    return usual


def _places(graph: ReviewGraph, place: Place) -> NDArray[np.int32]:
    own = np.arange(graph.n_products, dtype=np.int32)
    if place == "product" or graph.seller is None:
        return own
    # A seller stands in for its lowest product, so places need no names of their own and fit the range of product codes.
    first = np.full(int(graph.seller.max(initial=-1)) + 1, graph.n_products, dtype=np.int32)
    known = graph.seller >= 0
    np.minimum.at(first, graph.seller[known], own[known])
    return np.where(known, first[graph.seller], own).astype(np.int32)


def _active(graph: ReviewGraph, at_least: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Reviewers with enough reviews to meet ``at_least`` times, busiest first, and the code of each among them (-1: too few).

    Busiest first, since they are met most: their counters stay in cache.
    """
    reviews = np.diff(graph.indptr)
    enough = np.flatnonzero(reviews >= at_least)
    active: NDArray[np.int32] = enough[np.argsort(-reviews[enough], kind="stable")].astype(np.int32)
    codes = np.full(graph.n_reviewers, -1, dtype=np.int32)
    codes[active] = np.arange(len(active), dtype=np.int32)
    return active, codes


def _by_place(graph: ReviewGraph, place: NDArray[np.int32], reviewers: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Slots of the reviewers given, grouped by place within each."""
    counts = graph.indptr[reviewers + 1] - graph.indptr[reviewers]
    indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    take = np.repeat(graph.indptr[reviewers] - indptr[:-1], counts) + np.arange(indptr[-1])
    slots: NDArray[np.int32] = graph.slots[take]
    if graph.seller is not None:
        kernel.sort_rows(indptr, slots, place)
    return indptr, slots
