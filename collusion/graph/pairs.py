"""Pairs of reviewers who co-review more often than chance explains: counted for several windows and units in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from collusion.graph.graph import NO_TIME, ReviewGraph, read_only
from collusion.graph.memo import once
from collusion.graph.order import busiest_first, ranks
from collusion.graph.strata import Activity, Strata, strata_of
from collusion.graph.timeline import Timeline
from collusion.kernels import coreviews, reach, unit_rows
from collusion.kernels.columns import take
from collusion.kernels.csr import group_by
from collusion.kernels.threads import in_threads, shares

if TYPE_CHECKING:
    from collusion.graph.projection import CoReviews

__all__ = ["Count", "Key", "Pairs", "Rows", "count_ahead", "count_pairs", "counted_pairs", "in_codes", "key_of", "rows_by_unit"]

PARTS_PER_THREAD = 8
"""Parts per thread into which the search for pairs is split."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of reviewers a < b, sorted by (a, b).

    Parameters
    ----------
    a, b : int32 arrays
        Reviewer codes.
    co_reviews : int32 array
        Units (products or sellers) with a co-review of the two.
    surprise : float64 array
        Nats: a lower bound on -ln p of the co-reviews, given both reviewers' activity by stratum (Chernoff-Hoeffding); the largest over
        the local-degree bins. 0 where none was asked for.
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    co_reviews: NDArray[np.int32]
    surprise: NDArray[np.float64]


class Key(NamedTuple):
    """What a count of pairs depends on, apart from the graph. What is alike up to the window is counted in one pass."""

    strata: Strata
    limit: int
    at_least: int
    least_surprise: float
    window: int | None
    by_seller: bool


class Rows(NamedTuple):
    """The edges of each reviewer, most active reviewers first; edges of one unit are adjacent."""

    rank: NDArray[np.int32]
    """The row of each reviewer; empty where reviewer codes are in that order already."""
    indptr: NDArray[np.int64]
    edges: NDArray[np.int32]
    joined: NDArray[np.uint8]
    """Bits of `mark_joined`; empty where a unit is a product."""


class Count(NamedTuple):
    """A request for pairs: those with ``at_least`` co-reviews whose surprise reaches ``least_surprise`` nats (0: not asked for)."""

    co_reviews: CoReviews
    at_least: int = 2
    least_surprise: float = 0.0


def count_pairs(graph: ReviewGraph, counts: Sequence[Count], threads: int = 1) -> list[Pairs]:
    """Return the requested pairs, one `Pairs` per `Count`.

    Parameters
    ----------
    graph : ReviewGraph
        The graph whose co-reviews these are, or a permutation of it.
    counts : sequence of Count
        Windows, and what is counted once in each.
    threads : int
        Changes no result.

    Notes
    -----
    Up to four windows take one pass: a pair is visited once, whatever the number of windows and units. Time O(sum over reviews of the local
    degree in the longest window), at most about ``2 * WEDGES_PER_REVIEW`` a review and window; memory 8 bytes per review and the pairs.
    """
    keys = [key_of(graph, count) for count in counts]
    different = dict(zip(keys, counts, strict=True))
    found: dict[Key, Pairs] = {}
    for one in _passes(graph.timeline, list(different)):
        counted = _count(graph, [different[key].co_reviews for key in one], one[0].at_least, one[0].least_surprise, threads)
        found.update(zip(one, counted, strict=True))
    return [found[key] for key in keys]


def counted_pairs(graph: ReviewGraph, counts: Sequence[Count], threads: int, counted: Mapping[Key, Pairs]) -> list[Pairs]:
    """Return the requested pairs; what is in ``counted`` (`count_ahead`) is not counted again."""
    missing = [count for count in counts if key_of(graph, count) not in counted]
    known = {**counted, **count_ahead(graph, missing, threads)} if missing else counted
    return [known[key_of(graph, count)] for count in counts]


def count_ahead(graph: ReviewGraph, counts: Sequence[Count], threads: int) -> dict[Key, Pairs]:
    """Return the pairs that several searches will need, by what they depend on."""
    return dict(zip((key_of(graph, count) for count in counts), count_pairs(graph, counts, threads), strict=True))


def key_of(graph: ReviewGraph, count: Count) -> Key:
    """Return what a count depends on. Without sellers a co-review counts once per product, for either unit."""
    co_reviews = count.co_reviews
    return Key(co_reviews.strata, co_reviews.limit, count.at_least, count.least_surprise, co_reviews.window, _by_seller(graph, co_reviews))


def _passes(timeline: Timeline, keys: Sequence[Key]) -> list[list[Key]]:
    """Return what is counted together: of the same strata, in windows that fit into one word per edge, shortest first.

    Where no window is asked for, reviews without a time count as well: that is a pass of its own.
    """
    # In a log of more days than fit in a word, words do not show how far apart two reviews are; a single window does not need it.
    first, last = _dates(timeline)
    most = reach.WINDOWS if last - first < 1 << reach.DAY_BITS else 1
    passes: list[list[Key]] = []
    for alike in dict.fromkeys((*key[:4], key.window is None) for key in keys):
        same = sorted((key for key in keys if (*key[:4], key.window is None) == alike), key=lambda key: key.window or 0)
        windows = [list(one) for _, one in groupby(same, key=lambda key: key.window)]
        passes += [[*chain.from_iterable(windows[k : k + most])] for k in range(0, len(windows), most)]
    return passes


@once
def _dates(timeline: Timeline) -> tuple[int, int]:
    """Return the first and last day of a log; 0 and 0 where no review has a date."""
    time = timeline.time
    if time is None or not len(time) or (last := int(time.max())) == NO_TIME:
        return 0, 0
    return int(time.min(where=time != NO_TIME, initial=last)), last


def _count(graph: ReviewGraph, by_window: Sequence[CoReviews], at_least: int, least_surprise: float, threads: int) -> list[Pairs]:
    """Count the pairs of one pass."""
    one = next((co_reviews for co_reviews in by_window if _by_seller(graph, co_reviews)), by_window[0])
    own = rows_by_unit(graph, one)
    windows = list({co_reviews.window: co_reviews for co_reviews in by_window}.values())
    days = (
        np.array([co_reviews.window or 0 for co_reviews in windows], np.int64) if len(windows) > 1 else np.array([np.iinfo(np.int64).max])
    )
    per_unit, per_edge = _measures(graph, by_window, windows)
    rate, months = _rates(windows)
    words = _words(graph, windows, threads)
    # Those with enough reviews come first.
    n = int(np.searchsorted(-np.diff(own.indptr), -at_least, side="right"))
    activity = _active_activity(graph, one) if len(own.rank) else one.activity(graph)
    who = take(own.rank, graph.reviewer, threads=threads) if len(own.rank) else graph.reviewer.copy()
    # So that the words of edges need not be read to pass over those that do not count.
    reach.hide(words, who, n)
    who = read_only(who)
    # The count needs the memory, and does not read these columns.
    one.release_pages(graph)

    def among(first: int, last: int) -> tuple[NDArray[Any], ...]:
        counted: tuple[NDArray[Any], ...] = coreviews.count_pairs(
            first,
            last,
            coreviews.Rows(own.indptr, own.edges, own.joined),
            who,
            n,
            words,
            coreviews.Measures(days, per_unit, per_edge),
            activity,
            rate,
            months,
            at_least,
            least_surprise,
        )
        return counted

    # More parts than threads, of about equal work: a thread that is done takes the next.
    parts = in_threads(
        threads, [partial(among, *part) for part in shares(own.indptr[: n + 1], threads * PARTS_PER_THREAD if threads > 1 else 1)]
    )
    a, b, measure, times, nats = map(np.concatenate, zip(*parts, strict=True)) if parts else [np.empty(0, np.int32)] * 5
    found = []
    for m in range(len(by_window)):
        mine = np.flatnonzero(measure == m)
        # No surprise takes no memory.
        surprise = nats[mine] / 1024.0 if least_surprise > 0 else np.broadcast_to(0.0, len(mine))
        found.append(in_codes(graph, own.rank, Pairs(a[mine], b[mine], times[mine], surprise)))
    return found


def _measures(
    graph: ReviewGraph, by_window: Sequence[CoReviews], windows: Sequence[CoReviews]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each window the positions in ``by_window`` of what counts once per unit and once per product; -1 for none."""
    per_unit, per_edge = np.full(len(windows), -1), np.full(len(windows), -1)
    by_seller = any(_by_seller(graph, co_reviews) for co_reviews in by_window)
    at = {co_reviews.window: w for w, co_reviews in enumerate(windows)}
    for m, co_reviews in enumerate(by_window):
        (per_edge if by_seller and not _by_seller(graph, co_reviews) else per_unit)[at[co_reviews.window]] = m
    return per_unit, per_edge


def _rates(windows: Sequence[CoReviews]) -> tuple[NDArray[np.float64], int]:
    """Return the usual rates of all windows in one array, as far as the longest reaches, and how many months that is."""
    months = max(co_reviews.reach for co_reviews in windows)
    rate = np.zeros((len(windows), windows[0].strata.n, 2 * months + 1, windows[0].usual.shape[2]))
    for w, co_reviews in enumerate(windows):
        rate[w, :, months - co_reviews.reach : months + co_reviews.reach + 1] = co_reviews.usual
    return rate, months


def _words(graph: ReviewGraph, windows: Sequence[CoReviews], threads: int) -> NDArray[np.uint64]:
    """Return all windows of each edge in one word (`collusion.kernels.reach`); kept where the windows are materialized."""

    def filled() -> NDArray[np.uint64]:
        windows[0].release_pages(graph)
        one, origin, n = windows[0].windows, _dates(graph.timeline)[0], graph.n_reviews
        words = np.full(n, reach.EMPTY, np.uint64)
        for w, co_reviews in enumerate(windows):
            span = co_reviews.materialized().span
            parts = [(n * k // threads, n * (k + 1) // threads) for k in range(threads)]
            in_threads(
                threads, [partial(reach.add_window, span, *part, one.time, one.dated, origin, w, co_reviews.limit, words) for part in parts]
            )
        return read_only(words)

    if not all(len(co_reviews.span) for co_reviews in windows):
        return filled()
    return graph.timeline.memo.get((_words, *((co_reviews.window, co_reviews.limit) for co_reviews in windows)), filled)


def in_codes(graph: ReviewGraph, rank: NDArray[np.int32], pairs: Pairs) -> Pairs:
    """Return pairs of ranks as pairs of reviewer codes, sorted by (a, b). O(pairs + reviewers), by counting."""
    if not len(rank):
        return pairs
    code = most_active_first(graph)
    one, other = code[pairs.a], code[pairs.b]
    a, b = np.minimum(one, other), np.maximum(one, other)
    order = group_by(b, graph.n_reviewers)[1]
    order = order[group_by(a[order], graph.n_reviewers)[1]]
    return Pairs(a[order], b[order], pairs.co_reviews[order], pairs.surprise[order])


def rows_by_unit(graph: ReviewGraph, co_reviews: CoReviews) -> Rows:
    """Return the edges of reviewers, most active first, grouped by what the co-reviews are counted once per."""
    by_seller = _by_seller(graph, co_reviews)

    def sorted_rows() -> Rows:
        indptr, edges, rank = graph.indptr, graph.edges, np.empty(0, np.int32)
        if by_seller and (co_reviews.unit_of[1:] < co_reviews.unit_of[:-1]).any():
            edges = edges.copy()
            unit_rows.sort_rows(indptr, edges, graph.product, co_reviews.unit_of)
        if (np.diff(np.diff(indptr)) > 0).any():
            code = most_active_first(graph)
            rank = ranks(code)
            moved = np.empty(graph.n_reviews, np.int32)
            unit_rows.move_rows(code, indptr, edges, moved)
            indptr, edges = read_only(np.concatenate(([0], np.cumsum(np.diff(indptr)[code]))).astype(np.int64)), moved
        joined = np.zeros(-(-graph.n_reviews // 8) if by_seller else 0, np.uint8)
        if by_seller:
            unit_rows.mark_joined(indptr, read_only(edges), graph.product, co_reviews.unit_of, joined)
        return Rows(read_only(rank), indptr, read_only(edges), read_only(joined))

    return graph.memo.get((rows_by_unit, by_seller), sorted_rows)


def most_active_first(graph: ReviewGraph) -> NDArray[np.int32]:
    """Return reviewers by falling number of reviews: the most active form most pairs, and what is known of them stays in cache."""
    return graph.margins.memo.get(most_active_first, lambda: busiest_first(np.diff(graph.indptr)))


def _active_activity(graph: ReviewGraph, co_reviews: CoReviews) -> Activity:
    """Return the activity of reviewers by stratum, most active first."""
    owner = graph.margins if co_reviews.strata is strata_of(graph) else graph
    return owner.memo.get((_active_activity, co_reviews.strata), lambda: co_reviews.activity(graph).take(most_active_first(graph)))


def _by_seller(graph: ReviewGraph, co_reviews: CoReviews) -> bool:
    return graph.seller is not None and co_reviews.by == "seller"
