"""The windowed co-review projection: who met whom, where, how rarely, and how often their activity alone would have it.

Two reviewers meet where both reviewed one product within a window of days. The full projection is never built: only pairs that
survive are kept. What depends on the slots alone (windows, crowds, rarity, expected rates) is computed once and shared by all
null replicates, since those put other reviewers into the same slots.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import gammaln

from collusion.errors import ConfigError
from collusion.graph.graph import ReviewGraph, read_only
from collusion.graph.groups import GroupReviews
from collusion.graph.memo import once
from collusion.graph.order import places_of
from collusion.graph.pairs import Count, Pairs, count_pairs, in_codes, most_active_first, rows_by_unit
from collusion.graph.strata import LONGEST, Activity, Strata, activity_of, timeline_strata
from collusion.graph.windows import CROWDS, KINDS, Windows
from collusion.kernels import meetings as kernel
from collusion.kernels import spans
from collusion.kernels.groups import GroupEdges, groups_meetings
from collusion.kernels.leave_out import Rates
from collusion.kernels.mapped import drop_pages
from collusion.kernels.rare_pairs import PairRows, as_columns, closed_pairs, committed, rare_pairs, strengths
from collusion.kernels.slots import take
from collusion.kernels.threads import in_threads, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.graph.timeline import Timeline

__all__ = ["CROWDS", "HELD", "KINDS", "Meetings", "Pairs", "all_meetings", "chance_bar", "co_reviews", "likelihood_ratio", "meetings_of"]

NONE_HELD = read_only(np.empty(0, np.uint32))

NONE_COUNTED = read_only(np.empty(0, np.bool_))
"""Given where all reviews count."""

HELD = 1 << 24
"""Reviews up to which the windows of all slots are held for good; those of larger logs would take gigabytes, and are made when needed."""

WEDGES_PER_REVIEW = 5
"""Meetings enumerated a review before the most crowded places are passed over.

At 7 days real logs have about one wedge a review, so this binds only where a few places are so crowded that meeting there says
nothing; it keeps the cost linear in the log.
"""

PARTS = 8
"""Parts a thread into which the search for pairs is cut."""

Place = Literal["product", "seller"]


@dataclass(frozen=True, eq=False)
class Meetings:
    """The meeting places of a log for one window: computed from the slots alone.

    Parameters
    ----------
    window : int or None
        Days; None where the log has no times (any two reviews of a product meet).
    by : {"seller", "product"}
        What is counted once a pair.
    windows : Windows
        The crowd around each slot and its kind (`lo`, `hi`, `kind`): the slots of the same product within the window; kind k
        where they are at most ``CROWDS[k]``, `KINDS` where they are too many to count or too few to meet.
    opened : int64[KINDS]
        Meetings that slots of each kind open: pairs of a slot and a later one of its crowd.
    place_of : int32[n_products]
        What is counted once a pair: the product, or its seller where there is one.
    strata : Strata
        The strata within which the null permutes reviewers.
    rate : float64[n_strata, 2 * reach + 1, KINDS]
        Chance that a slot of stratum s and one of stratum s + d meet at a place of kind k or rarer, reviewers permuted within strata.
    usual : float64[n_strata, 2 * reach + 1, KINDS]
        The same, but at most its median over the category's months: a ring that fills its own month does not explain itself.
        Candidates are searched with it; for their scores see `among`.
    parent : float64[n_categories, 2 * reach + 1, KINDS]
        ``rate`` over all months of each category.
    parent_pairs : float64[n_categories, 2 * reach + 1]
        Ordered pairs of distinct slots that ``parent`` is over.
    reach : int
        How many months a window spans.
    crowded : int
        Reviews at places passed over for being too crowded.
    span : uint32[n_reviews]
        The windows of all slots where they are held, else empty.
    """

    window: int | None
    by: Place
    windows: Windows
    opened: NDArray[np.int64]
    place_of: NDArray[np.int32]
    strata: Strata
    rate: NDArray[np.float64]
    usual: NDArray[np.float64]
    parent: NDArray[np.float64]
    parent_pairs: NDArray[np.float64]
    reach: int
    crowded: int
    span: NDArray[np.uint32]
    limit: int = KINDS - 1
    """The most crowded kind of place that counts."""

    @property
    def largest_crowd(self) -> int:
        """The largest crowd that still counts."""
        return self.windows.largest

    def held(self) -> Meetings:
        """Return the same meetings with the windows of all slots at hand: four bytes a review for as long as they are kept."""
        return self if len(self.span) else replace(self, span=read_only(self.windows.whole()[0]))

    def _words(self, slots: NDArray[Any]) -> NDArray[np.uint32]:
        return self.windows.words(np.ascontiguousarray(slots, np.int64), self.span)

    def lo(self, slots: NDArray[Any]) -> NDArray[np.int64]:
        """Return the first slot of the crowd around each slot."""
        first: NDArray[np.int64] = slots - (self._words(slots) & np.uint32(spans.LARGEST)).astype(np.int64)
        return first

    def hi(self, slots: NDArray[Any]) -> NDArray[np.int64]:
        """Return the slot after the crowd around each slot; the slot itself where the crowd is too large to count, or too small."""
        after: NDArray[np.int64] = slots + (self._words(slots) >> np.uint32(spans.BITS) & np.uint32(spans.LARGEST)).astype(np.int64)
        return after

    def kind(self, slots: NDArray[Any]) -> NDArray[np.int64]:
        """Return how crowded each slot is."""
        kinds: NDArray[np.int64] = (self._words(slots) >> np.uint32(2 * spans.BITS)).astype(np.int64)
        return kinds

    def counts(self, slots: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which of the slots are at places that count."""
        counted: NDArray[np.bool_] = self.kind(slots) <= self.limit
        return counted

    def pairs(self, graph: ReviewGraph, *, at_least: int = 2, least_surprise: float = 0.0, threads: int = 1) -> Pairs:
        """Return the pairs with ``at_least`` co-reviews whose surprise reaches ``least_surprise`` nats (0: not asked for).

        Parameters
        ----------
        graph : ReviewGraph
            The graph these co-reviews were made from, or a permutation of it.
        at_least : int
        least_surprise : float
        threads : int
            Changes no result.

        Notes
        -----
        See `collusion.graph.pairs.count_pairs`, which counts several windows at once.
        """
        if at_least <= 1 and least_surprise <= 0:
            rank, who = self._ranked(graph)
            return self._read_off(graph, rank, as_columns(self.held()._rare_pairs(graph, who)))  # noqa: SLF001  # of this class
        return count_pairs(graph, [Count(self, at_least, least_surprise)], threads)[0]

    def closed_pairs(self, graph: ReviewGraph, share: float) -> tuple[Pairs, NDArray[np.int64]]:
        """Return the pairs that chance seldom leaves, and the strength of each reviewer in all pairs.

        Kept are pairs that close triangles over at least two units, and pairs of reviewers who have such co-reviews with each other at
        ``share`` of their reviews (`collusion.kernels.rare_pairs.committed`). The strength of a reviewer is the sum of units over all pairs
        with a co-review, kept or not: int64[n_reviewers].
        """
        rank, who = self._ranked(graph)
        held, reviews = self.held(), np.diff(graph.indptr)
        self.rest(graph)
        inside = committed(held.span, self.limit, who, reviews[most_active_first(graph)] if len(rank) else reviews, share)
        rows = held._rare_pairs(graph, who)  # noqa: SLF001  # of this class
        # Memory of a large log's windows, which are needed no more.
        del held, who
        pairs, strength = self._read_off(graph, rank, as_columns(rows, closed_pairs(rows, inside))), strengths(rows)
        return pairs, strength[rank] if len(rank) else strength

    def _ranked(self, graph: ReviewGraph) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the ranks of reviewers, most active first (none where codes are), and that of the reviewer of each edge."""
        rank = rows_by_unit(graph, self).rank
        return rank, read_only(take(rank, graph.reviewer)) if len(rank) else graph.reviewer

    def _rare_pairs(self, graph: ReviewGraph, who: NDArray[np.int32]) -> PairRows:
        return rare_pairs(self.span, self.limit, who, graph.n_reviewers, graph.product, self.place_of)

    def _read_off(self, graph: ReviewGraph, rank: NDArray[np.int32], columns: tuple[NDArray[np.int32], ...]) -> Pairs:
        a, b, units = columns
        # No surprise takes no memory.
        return in_codes(graph, rank, Pairs(a, b, units, np.broadcast_to(0.0, len(a))))

    def among(
        self, graph: ReviewGraph, groups: Sequence[NDArray[np.int32]] | GroupReviews, threads: int = 1
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return co-reviews over all pairs of each group, and how many are expected, by local-degree bin or rarer: [n_groups, KINDS] each.

        What is expected is the mean when reviewers are permuted within strata, estimated without the group's own co-reviews except as many
        as are at one unit (`collusion.kernels.leave_out.Rates`), so that a group which fills its stratum does not explain itself. The
        mean ignores that a pair counts once per unit, which only lowers the score. O(members' reviews + those at products that several of
        them reviewed, sorted + co-reviews). Threads change no result. Who asks for several windows gathers the groups' reviews once.
        """
        gathered = groups if isinstance(groups, GroupReviews) else GroupReviews.of(graph, groups, [self])
        return self._among(graph, gathered, NONE_COUNTED, gathered.members, self.activity(graph, threads), threads)

    def among_counted(
        self, graph: ReviewGraph, groups: GroupReviews, counted: NDArray[np.bool_], activity: Activity, threads: int = 1
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return what `among` returns where only some of the members' reviews count; what is expected is estimated without all of them.

        ``counted`` says of each of ``groups.slots`` whether it counts; ``activity`` holds the reviews that count of each of
        ``groups.members``, by the strata of these co-reviews.
        """
        return self._among(graph, groups, counted, np.arange(len(groups.members), dtype=np.int32), activity, threads)

    def _among(
        self,
        graph: ReviewGraph,
        groups: GroupReviews,
        counted: NDArray[np.bool_],
        rows: NDArray[np.int32],
        activity: Activity,
        threads: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if groups.window is not None and (self.window is None or self.window > groups.window):
            raise ValueError(f"reviews of groups were gathered for {groups.window} days, but are asked for {self.window}")
        met, expected = np.zeros((len(groups), KINDS), np.int64), np.zeros((len(groups), KINDS))
        every = self.activity(graph, threads)

        def count(first: int, last: int) -> None:
            groups_meetings(
                groups.indptr[first : last + 1],
                groups.members,
                GroupEdges(groups.ends[first : last + 1], groups.slots, groups.who),
                counted,
                graph.product,
                self.place_of,
                self.windows.known(self.span),
                self.limit,
                every,
                rows,
                activity,
                self.strata.of,
                self.known,
                (met[first:last], expected[first:last]),
            )

        in_threads(threads, [partial(count, *part) for part in shares(groups.indptr, threads * PARTS if threads > 1 else 1)])
        return met, np.maximum(expected, 0.0)

    @property
    def known(self) -> Rates:
        """What kernels need to estimate a group's rates without its own reviews."""
        return Rates(self.rate, self.strata.size, self.reach, self.strata.span, self.parent, self.parent_pairs)

    def rest(self, graph: ReviewGraph) -> None:
        """Drop the memory pages of columns that lie in files (`ReviewGraph.rest`), and those of the strata."""
        graph.rest()
        drop_pages(self.strata.of)

    def rarer(self, kind: int) -> Meetings:
        """Return the same meetings without those at places more crowded than the kind given."""
        return replace(self, limit=min(kind, self.limit))

    def rarest(self, meetings: int) -> Meetings:
        """Return the meetings at the rarest kinds of places: as many kinds as bring so many meetings at most, the rarest in any case."""
        kind = int(np.searchsorted(np.cumsum(self.opened), meetings, side="right")) - 1
        return self.rarer(min(max(kind, 0), KINDS - 2))

    def activity(self, graph: ReviewGraph, threads: int = 1) -> Activity:
        """Return how many reviews each reviewer has in each stratum; the same for all replicates under N1."""
        return activity_of(graph, self.strata, threads)


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
    return _meetings_by(graph.timeline, window, place)


def all_meetings(graph: ReviewGraph, windows: Sequence[int], place: Place = "seller", threads: int = 1) -> tuple[Meetings, ...]:
    """Return `meetings_of` each window, computed in threads."""
    if threads > 1 and graph.time is not None:
        in_threads(threads, [partial(meetings_of, graph, window, place) for window in reversed(windows)])
    return tuple(meetings_of(graph, window, place) for window in windows)


def co_reviews(graph: ReviewGraph, window: int | None = 7, at_least: int = 2) -> Pairs:
    """Return the pairs of reviewers who met at ``at_least`` distinct products within ``window`` days (None: at any time).

    See `meetings_of` and `Meetings.pairs` for places passed over as too crowded, and for the cost.
    """
    return meetings_of(graph, window, "product").pairs(graph, at_least=at_least)


def chance_bar(n: int, size: int) -> float:
    """Return ln C(n, size) / size: nats a member that the best of all groups of this size may reach by chance (Bonferroni)."""
    return float(gammaln(n + 1) - gammaln(size + 1) - gammaln(n - size + 1)) / size if 0 < size < n else 0.0


def likelihood_ratio(count: NDArray[np.int64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x ln(x / mean) - x + mean where x exceeds the mean, else 0: Chernoff's bound on -ln P(X >= x), terms being independent."""
    x = count.astype(np.float64)
    above = x > mean
    ratio = np.zeros(x.shape)
    ratio[above] = x[above] * np.log(x[above] / mean[above]) - x[above] + mean[above]
    return ratio


@once
def _meetings_by(timeline: Timeline, window: int | None, place: Place) -> Meetings:
    if place == "seller":
        # Windows and rates are the same whatever is counted once a pair.
        return replace(_meetings_by(timeline, window, "product"), by=place, place_of=_sellers(timeline))
    n = timeline.n_reviews
    time = timeline.time if timeline.time is not None and window is not None else read_only(np.empty(0, np.int32))
    windows = Windows(timeline.product, timeline.product_indptr, time, days=window or 0, largest=spans.LARGEST)
    span, wedges, crowded = windows.whole()
    opened_upto = np.cumsum(wedges)
    largest = int(np.searchsorted(opened_upto, WEDGES_PER_REVIEW * n + 1_000_000, side="right")) - 1
    crowded += int(spans.cut_spans(span, largest, np.uint32(KINDS << 2 * spans.BITS)))

    strata = timeline_strata(timeline, _by_month(window))
    reach = strata.reach(window)
    rate, parent, parent_pairs = _rates(strata, span, reach)
    return Meetings(
        window=window,
        by=place,
        windows=replace(windows, largest=largest),
        opened=np.diff(opened_upto[np.minimum([0, *CROWDS, spans.LARGEST], largest)]),
        place_of=_products(timeline),
        strata=strata,
        rate=rate,
        usual=_usual(strata, rate, reach),
        parent=parent,
        parent_pairs=parent_pairs,
        reach=reach,
        crowded=crowded,
        span=read_only(span) if n <= HELD else NONE_HELD,
    )


def _by_month(window: int | None) -> bool:
    """Return whether the strata of a window are months: a longer window would reach into the months of the next category."""
    return window is not None and window <= LONGEST


def _rates(strata: Strata, span: NDArray[np.uint32], reach: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return `Meetings.rate`, `Meetings.parent` and `Meetings.parent_pairs`. O(wedges).

    A rate is the mean over all pairs of distinct slots of two strata. A reviewer with n slots in one and another with m slots in the other
    are expected to have ``n * m`` times the rate as co-reviews when reviewers are permuted within strata.
    """
    later = np.zeros((strata.n, reach + 1, KINDS + 1), np.int64)
    kernel.count_wedges(span, strata.of, later)
    np.cumsum(later, axis=2, out=later)
    rate, pairs = np.zeros((strata.n, 2 * reach + 1, KINDS)), np.zeros((strata.n, 2 * reach + 1))
    for d in range(min(reach, strata.n - 1) + 1):
        here, there = slice(strata.n - d), slice(d, None)
        # Seen from both ends; within a stratum both are added at the same index.
        rate[here, reach + d] += later[here, d, :KINDS]
        rate[there, reach - d] += later[here, d, :KINDS]
        pairs[here, reach + d] = strata.size[here] * (strata.size[there] - float(d == 0))
        pairs[there, reach - d] = pairs[here, reach + d]
    first = np.arange(0, strata.n, strata.span)
    # Sums of whole numbers, which do not depend on their order.
    parent, parent_pairs = np.add.reduceat(rate, first), np.add.reduceat(pairs, first)
    parent /= np.maximum(parent_pairs, 1.0)[:, :, None]
    rate /= np.maximum(pairs, 1.0)[:, :, None]
    return rate, parent, parent_pairs


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
            for k in range(rate.shape[2]):
                order = np.argsort(rate[rows, d, k], kind="stable")
                mass = np.cumsum(weight[rows][order])
                if mass[-1]:
                    median = rate[rows, d, k][order[np.searchsorted(mass, mass[-1] / 2)]]
                    usual[rows, d, k] = np.minimum(rate[rows, d, k], median)
    return usual


@once
def _products(timeline: Timeline) -> NDArray[np.int32]:
    return read_only(np.arange(timeline.n_products, dtype=np.int32))


@once
def _sellers(timeline: Timeline) -> NDArray[np.int32]:
    """Return what is counted once a pair: the products of one seller together; every product by itself where the log names no sellers."""
    return _products(timeline) if timeline.seller is None else read_only(places_of(timeline.seller))
