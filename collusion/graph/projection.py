"""The windowed co-review projection: which reviewers reviewed the same products, how often, and how often chance would have it.

Two reviewers have a co-review where both reviewed one product within a window of days. The full projection is never built: only pairs
that pass a threshold are kept. What depends on the edges alone (windows, local degrees, expected rates) is computed once and shared by all
null replicates, since those assign other reviewers to the same edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from collusion.base.errors import ConfigError
from collusion.graph.graph import ReviewGraph, read_only
from collusion.graph.membership import GroupReviews
from collusion.graph.memo import once
from collusion.graph.order import units_of
from collusion.graph.pairs import Count, Pairs, count_pairs, in_codes, most_active_first, rows_by_unit
from collusion.graph.rates import capped_rates, co_review_rates
from collusion.graph.strata import LONGEST_WINDOW, Activity, Strata, activity_of, timeline_strata
from collusion.graph.timeline import Timeline
from collusion.graph.windows import DEGREE_BOUNDS, N_DEGREE_BINS, Windows
from collusion.kernels import spans
from collusion.kernels.columns import take
from collusion.kernels.groups import GroupEdges, group_co_reviews
from collusion.kernels.leave_out import Rates
from collusion.kernels.mapped import drop_pages
from collusion.kernels.rare_pairs import PairRows, as_columns, closed_pairs, committed, rare_pairs, strengths
from collusion.kernels.threads import in_threads, shares

__all__ = ["CoReviews", "Pairs", "Unit", "co_review_pairs", "co_reviews_by_window", "co_reviews_of"]

NO_SPANS = read_only(np.empty(0, np.uint32))
"""Stands for the windows of all edges where they are not materialized."""

ALL_COUNTED = read_only(np.empty(0, np.bool_))
"""Stands for the mask of counted reviews where all reviews count."""

MATERIALIZED_REVIEWS = 1 << 24
"""Reviews up to which the windows of all edges stay in memory; those of larger logs take gigabytes, and are computed when needed."""

WEDGES_PER_REVIEW = 5
"""Average number of co-reviews enumerated per review, above which edges of the highest local degrees are skipped.

At 7 days real logs have about one wedge per review. So this applies only where a few products are so busy that a co-review there means
little. It keeps the cost linear in the log.
"""

PARTS_PER_THREAD = 8
"""Parts per thread into which a list of groups is split."""

Unit = Literal["product", "seller"]
"""What a pair of reviewers counts once for."""


@dataclass(frozen=True, eq=False)
class CoReviews:
    """The co-reviews of a log within one window, as far as the edges alone determine them.

    Parameters
    ----------
    window : int or None
        Days; None where the log has no times (then any two reviews of a product are a co-review).
    by : {"seller", "product"}
        The unit: a pair of reviewers counts once per seller or once per product.
    windows : Windows
        The window around each edge (`lo`, `hi`) and its local-degree bin (`degree_bin`): bin k where at most ``DEGREE_BOUNDS[k]`` edges of
        the same product are within the window, `N_DEGREE_BINS` where they are too many to count or the edge is the only one.
    opened : int64[N_DEGREE_BINS]
        Wedges by bin: pairs of an edge of the bin and a later one in its window.
    unit_of : int32[n_products]
        The unit of each product: the product itself, or the lowest product of its seller.
    strata : Strata
        The strata within which the null model permutes reviewers.
    rate : float64[n_strata, 2 * reach + 1, N_DEGREE_BINS]
        Probability that an edge of stratum s and one of stratum s + d are a co-review in bin k or a lower one, when reviewers are permuted
        within strata.
    usual : float64[n_strata, 2 * reach + 1, N_DEGREE_BINS]
        The same, but at most its median over the months of the category, so that a ring that fills its own month does not explain itself.
        The search for candidates uses it; for the scores of candidates see `among`.
    parent : float64[n_categories, 2 * reach + 1, N_DEGREE_BINS]
        ``rate`` over all months of each category.
    parent_pairs : float64[n_categories, 2 * reach + 1]
        The number of ordered pairs of distinct edges that ``parent`` is a mean over.
    reach : int
        How many months a window spans.
    n_skipped : int
        Reviews whose local degree is too large to count.
    span : uint32[n_reviews] or empty
        The packed windows of all edges where they are materialized.
    limit : int, default N_DEGREE_BINS - 1
        The largest local-degree bin that counts.
    """

    window: int | None
    by: Unit
    windows: Windows
    opened: NDArray[np.int64]
    unit_of: NDArray[np.int32]
    strata: Strata
    rate: NDArray[np.float64]
    usual: NDArray[np.float64]
    parent: NDArray[np.float64]
    parent_pairs: NDArray[np.float64]
    reach: int
    n_skipped: int
    span: NDArray[np.uint32]
    limit: int = N_DEGREE_BINS - 1

    @property
    def largest_degree(self) -> int:
        """The largest local degree that still counts."""
        return self.windows.largest

    def materialized(self) -> CoReviews:
        """Return the same co-reviews with the windows of all edges in memory: four bytes per review for as long as they are kept."""
        return self if len(self.span) else replace(self, span=read_only(self.windows.all_words()[0]))

    def _words(self, edges: NDArray[Any]) -> NDArray[np.uint32]:
        return self.windows.words(np.ascontiguousarray(edges, np.int64), self.span)

    def lo(self, edges: NDArray[Any]) -> NDArray[np.int64]:
        """Return the first edge of the window around each edge."""
        first: NDArray[np.int64] = edges - (self._words(edges) & np.uint32(spans.LARGEST)).astype(np.int64)
        return first

    def hi(self, edges: NDArray[Any]) -> NDArray[np.int64]:
        """Return the edge after the window around each edge; the edge itself where the window has no co-reviews or too many to count."""
        after: NDArray[np.int64] = edges + (self._words(edges) >> np.uint32(spans.BITS) & np.uint32(spans.LARGEST)).astype(np.int64)
        return after

    def degree_bin(self, edges: NDArray[Any]) -> NDArray[np.int64]:
        """Return the local-degree bin of each edge."""
        bins: NDArray[np.int64] = (self._words(edges) >> np.uint32(2 * spans.BITS)).astype(np.int64)
        return bins

    def counts(self, edges: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which of the edges count, by their local-degree bin."""
        counted: NDArray[np.bool_] = self.degree_bin(edges) <= self.limit
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
            return self._read_off(graph, rank, as_columns(self.materialized()._rare_pairs(graph, who)))  # noqa: SLF001  # of this class
        return count_pairs(graph, [Count(self, at_least, least_surprise)], threads)[0]

    def closed_pairs(self, graph: ReviewGraph, share: float) -> tuple[Pairs, NDArray[np.int64]]:
        """Return the pairs that chance rarely produces, and the strength of each reviewer over all pairs.

        Kept are pairs that close triangles over at least two units, and pairs of reviewers who have such co-reviews with each other at
        ``share`` of their reviews (`collusion.kernels.rare_pairs.committed`). The strength of a reviewer is the sum of units over all pairs
        with a co-review, kept or not: int64[n_reviewers].
        """
        rank, who = self._ranked(graph)
        full, reviews = self.materialized(), np.diff(graph.indptr)
        self.release_pages(graph)
        inside = committed(full.span, self.limit, who, reviews[most_active_first(graph)] if len(rank) else reviews, share)
        rows = full._rare_pairs(graph, who)  # noqa: SLF001  # of this class
        # Frees the windows of all edges, which are large and no longer needed.
        del full, who
        pairs, strength = self._read_off(graph, rank, as_columns(rows, closed_pairs(rows, inside))), strengths(rows)
        return pairs, strength[rank] if len(rank) else strength

    def _ranked(self, graph: ReviewGraph) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the rank of each reviewer, most active first (empty where codes are in order), and that of each edge's reviewer."""
        rank = rows_by_unit(graph, self).rank
        return rank, read_only(take(rank, graph.reviewer)) if len(rank) else graph.reviewer

    def _rare_pairs(self, graph: ReviewGraph, who: NDArray[np.int32]) -> PairRows:
        return rare_pairs(self.span, self.limit, who, graph.n_reviewers, graph.product, self.unit_of)

    def _read_off(self, graph: ReviewGraph, rank: NDArray[np.int32], columns: tuple[NDArray[np.int32], ...]) -> Pairs:
        a, b, units = columns
        # A broadcast zero takes no memory.
        return in_codes(graph, rank, Pairs(a, b, units, np.broadcast_to(0.0, len(a))))

    def among(
        self, graph: ReviewGraph, groups: Sequence[NDArray[np.int32]] | GroupReviews, threads: int = 1
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return co-reviews over all pairs of each group, and how many are expected: [n_groups, N_DEGREE_BINS] each, up to each bin.

        What is expected is the mean when reviewers are permuted within strata, estimated without the group's own co-reviews except as many
        as are at one unit (`collusion.kernels.leave_out.Rates`), so that a group which fills its stratum does not explain itself. The
        mean ignores that a pair counts once per unit, which only lowers the score. O(members' reviews + those at products that several of
        them reviewed, sorted + co-reviews). Threads change no result. For several windows, gather the groups' reviews once.
        """
        gathered = groups if isinstance(groups, GroupReviews) else GroupReviews.of(graph, groups, [self])
        return self._among(graph, gathered, ALL_COUNTED, gathered.members, self.activity(graph, threads), threads)

    def among_counted(
        self, graph: ReviewGraph, groups: GroupReviews, counted: NDArray[np.bool_], activity: Activity, threads: int = 1
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return what `among` returns where only some of the members' reviews count; what is expected is estimated without all of them.

        ``counted`` marks which of ``groups.edges`` count; ``activity`` has the reviews that count of each of
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
            raise ValueError(f"reviews of groups were gathered for {groups.window} days, but {self.window} were asked for")
        observed, expected = np.zeros((len(groups), N_DEGREE_BINS), np.int64), np.zeros((len(groups), N_DEGREE_BINS))
        every = self.activity(graph, threads)

        def count(first: int, last: int) -> None:
            group_co_reviews(
                groups.indptr[first : last + 1],
                groups.members,
                GroupEdges(groups.ends[first : last + 1], groups.edges, groups.who),
                counted,
                graph.product,
                self.unit_of,
                self.windows.for_kernels(self.span),
                self.limit,
                every,
                rows,
                activity,
                self.strata.of,
                self.kernel_rates,
                (observed[first:last], expected[first:last]),
            )

        in_threads(threads, [partial(count, *part) for part in shares(groups.indptr, threads * PARTS_PER_THREAD if threads > 1 else 1)])
        return observed, np.maximum(expected, 0.0)

    @property
    def kernel_rates(self) -> Rates:
        """What kernels need to estimate a group's rates without its own reviews."""
        return Rates(self.rate, self.strata.size, self.reach, self.strata.span, self.parent, self.parent_pairs)

    def release_pages(self, graph: ReviewGraph) -> None:
        """Drop the memory pages of memory-mapped columns (`ReviewGraph.release_pages`), and those of the strata."""
        graph.release_pages()
        drop_pages(self.strata.of)

    def rarer(self, degree_bin: int) -> CoReviews:
        """Return the same co-reviews without those of edges above a local-degree bin."""
        return replace(self, limit=min(degree_bin, self.limit))

    def rarest(self, n_wedges: int) -> CoReviews:
        """Return the co-reviews of the lowest local-degree bins: as many bins as have at most ``n_wedges`` wedges, and at least one."""
        degree_bin = int(np.searchsorted(np.cumsum(self.opened), n_wedges, side="right")) - 1
        return self.rarer(min(max(degree_bin, 0), N_DEGREE_BINS - 2))

    def activity(self, graph: ReviewGraph, threads: int = 1) -> Activity:
        """Return how many reviews each reviewer has in each stratum; the same for all replicates under N1."""
        return activity_of(graph, self.strata, threads)


def co_reviews_of(graph: ReviewGraph, window: int | None = 7, unit: Unit = "seller") -> CoReviews:
    """Return the co-reviews of a graph within a window of days; computed once and shared with its null replicates.

    Parameters
    ----------
    graph : ReviewGraph
    window : int or None, default 7
        Largest number of days between the two reviews. Ignored (taken as None) where the log has no times.
    unit : {"seller", "product"}, default "seller"
        What a pair counts once for. A product of unknown seller is a unit of its own; without sellers every product is.

    Raises
    ------
    ConfigError
        When the window is negative or the unit unknown.

    Notes
    -----
    O(n_reviews) and one pass over the wedges.
    """
    if window is not None and window < 0:
        raise ConfigError(f"window must be 0 days or more, not {window}")
    if unit not in ("seller", "product"):
        raise ConfigError(f"unit must be 'seller' or 'product', not {unit!r}")
    window = None if graph.time is None else window
    return _co_reviews_by(graph.timeline, window, unit)


def co_reviews_by_window(graph: ReviewGraph, windows: Sequence[int], unit: Unit = "seller", threads: int = 1) -> tuple[CoReviews, ...]:
    """Return `co_reviews_of` each window, computed in threads."""
    if threads > 1 and graph.time is not None:
        in_threads(threads, [partial(co_reviews_of, graph, window, unit) for window in reversed(windows)])
    return tuple(co_reviews_of(graph, window, unit) for window in windows)


def co_review_pairs(graph: ReviewGraph, window: int | None = 7, at_least: int = 2) -> Pairs:
    """Return the pairs of reviewers with co-reviews of ``at_least`` distinct products within ``window`` days (None: at any time).

    See `co_reviews_of` and `CoReviews.pairs` for the very busy products that are skipped, and for the cost.
    """
    return co_reviews_of(graph, window, "product").pairs(graph, at_least=at_least)


@once
def _co_reviews_by(timeline: Timeline, window: int | None, unit: Unit) -> CoReviews:
    if unit == "seller":
        # Windows and rates are the same for either unit.
        return replace(_co_reviews_by(timeline, window, "product"), by=unit, unit_of=_sellers(timeline))
    n = timeline.n_reviews
    time = timeline.time if timeline.time is not None and window is not None else read_only(np.empty(0, np.int32))
    windows = Windows(timeline.product, timeline.product_indptr, time, days=window or 0, largest=spans.LARGEST)
    span, wedges, n_skipped = windows.all_words()
    opened_upto = np.cumsum(wedges)
    largest = int(np.searchsorted(opened_upto, WEDGES_PER_REVIEW * n + 1_000_000, side="right")) - 1
    n_skipped += int(spans.cut_spans(span, largest, np.uint32(N_DEGREE_BINS << 2 * spans.BITS)))

    strata = timeline_strata(timeline, _by_month(window))
    reach = strata.reach(window)
    rate, parent, parent_pairs = co_review_rates(strata, span, reach)
    return CoReviews(
        window=window,
        by=unit,
        windows=replace(windows, largest=largest),
        opened=np.diff(opened_upto[np.minimum([0, *DEGREE_BOUNDS, spans.LARGEST], largest)]),
        unit_of=_products(timeline),
        strata=strata,
        rate=rate,
        usual=capped_rates(strata, rate, reach),
        parent=parent,
        parent_pairs=parent_pairs,
        reach=reach,
        n_skipped=n_skipped,
        span=read_only(span) if n <= MATERIALIZED_REVIEWS else NO_SPANS,
    )


def _by_month(window: int | None) -> bool:
    """Return whether the strata of a window are months: a longer window would reach into the months of the next category."""
    return window is not None and window <= LONGEST_WINDOW


@once
def _products(timeline: Timeline) -> NDArray[np.int32]:
    return read_only(np.arange(timeline.n_products, dtype=np.int32))


@once
def _sellers(timeline: Timeline) -> NDArray[np.int32]:
    """Return the unit of each product, by seller; every product is its own unit where the log names no sellers."""
    return _products(timeline) if timeline.seller is None else read_only(units_of(timeline.seller))
