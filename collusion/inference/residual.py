"""What is left of a score when an innocent explanation is granted.

An explanation is granted by counting only what it does not account for, and by raising what is expected where it leads people to co-review
anyway. The score is then computed as always, so that a residual is compared with chance as a score is. An explanation accounts for a
group only when nothing is left of its score.

- rating sessions: all that a member wrote on one day is one visit. Of each pair of members as many co-reviews count as the one with fewer
  of them has days on which they were written, and two visits are expected to coincide at least once, not once per product.
- launches: reviews at the launch of a product co-review more often in the whole log; what is expected of such pairs is multiplied by as
  much, estimated without the group's own.
- one seller: the members' reviews at the seller that has more than half of the group's are left out, of what is counted and of what is
  expected. Where no seller has as many, nothing is left out.
- variants: products that others review together on one day are variants of one listing, and count once for a pair; in what is expected
  they are one unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from collusion.graph.graph import NO_TIME, ReviewGraph
from collusion.graph.launches import NEW_DAYS, known_launches
from collusion.graph.membership import GroupReviews, edges_between, edges_of, rows_of
from collusion.graph.projection import CoReviews
from collusion.graph.rates import chance_threshold, likelihood_ratio
from collusion.graph.strata import Activity, Strata, activity_of_rows
from collusion.graph.timeline import Timeline
from collusion.graph.windows import N_DEGREE_BINS
from collusion.inference.score import DECIMALS
from collusion.kernels import residuals as kernel
from collusion.kernels.groups import GroupEdges
from collusion.kernels.threads import in_threads, shares
from collusion.kernels.timelines import circles
from collusion.kernels.unit_rows import count_launches

__all__ = ["EXPLANATIONS", "Residual", "joined_products", "residuals"]

EXPLANATIONS = ("rating sessions", "launches", "one seller", "variants")
"""Explanations that are granted, in the order in which a report lists them."""

SHARED_VISITS = 3
"""Visits by others that two products must share to be taken for variants; fewer may be a coincidence."""

SHARED_SHARE = 0.5
"""Share of the visits to the less visited of two products that must be visits to both."""

MAX_VARIANT_REVIEWS = 2_000_000
"""Largest number of reviews of a group's products for which variants are searched; products with more are too popular to be variants."""


NO_SELLER = -2
"""What no product has as its seller; unknown ones are -1."""


@dataclass(frozen=True)
class Residual:
    """The score that is left, and what it was counted from: window in days, the co-reviews that still count, and their mean."""

    value: float
    observed: float
    expected: float
    window: int | None


@dataclass(frozen=True, eq=False)
class _Granted:
    """Counts and means of groups for one window: [n_groups, N_DEGREE_BINS] each, by explanation."""

    observed: dict[str, NDArray[np.float64]]
    expected: dict[str, NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class _Classes:
    """Pairs of reviews of the whole log within the window, by class (`collusion.kernels.residuals.CLASSES`) and local degree.

    ``size`` counts the reviews of each stratum that are at the launch of their product (1), and the others (0).
    """

    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    size: NDArray[np.float64]


def residuals(
    graph: ReviewGraph,
    by_window: Sequence[CoReviews],
    groups: Sequence[NDArray[np.int32]],
    products: Sequence[NDArray[np.int32]] | None = None,
    threads: int = 1,
    *,
    variants: bool = True,
) -> list[dict[str, Residual]]:
    """Return what is left of each group's score, by explanation; those that the log cannot test are left out.

    Parameters
    ----------
    graph : ReviewGraph
        The log, or a permutation of it.
    by_window : sequence of CoReviews
        One per window, as the groups were scored.
    groups : sequence of int32 arrays
        Members of each, ascending.
    products : sequence of int32 arrays, optional
        Products of each, among which the main seller and variants are looked for. Without them neither is granted.
    threads : int, default 1
        Changes no result.
    variants : bool, default True
        Whether variants are granted. A permutation has none, so there its residual is the score.

    Notes
    -----
    Nothing is known of sessions, launches or variants in a log without times, or of sellers in one that names none. O(reviews of the
    members, sorted), and per window O(co-reviews of the members + strata), after O(wedges) once per log.
    """
    dated = graph.time is not None and bool((graph.time != NO_TIME).any())
    by_seller = products is not None and graph.seller is not None and by_window[0].by == "seller"
    if not groups or not (dated or by_seller):
        return [{} for _ in groups]
    gathered = GroupReviews.of(graph, groups, by_window)
    sizes = np.diff(gathered.indptr)
    threshold = np.array([chance_threshold(graph.n_reviewers, int(k)) for k in sizes])
    # A row for each member of each group, since the same account may be in several groups.
    rows = rows_of(graph, gathered.members)
    counts: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    if dated:
        joined = [joined_products(graph, *one) for one in zip(groups, products, strict=True)] if products is not None and variants else None
        granted = _granted(graph, by_window, gathered, rows, joined, threads)
        for name in granted[0].observed if joined is not None else ("rating sessions", "launches"):
            counts[name] = (
                np.stack([one.observed[name] for one in granted], axis=1),
                np.stack([one.expected[name] for one in granted], axis=1),
            )
    if products is not None and by_seller:
        counts["one seller"] = _without_seller(graph, by_window, gathered, rows, _main_sellers(graph, groups, products), threads)
    found: list[dict[str, Residual]] = [{} for _ in groups]
    for name in [name for name in EXPLANATIONS if name in counts]:
        observed, expected = counts[name]
        ratio = likelihood_ratio(observed.astype(np.int64), np.maximum(expected, 1.0 / max(graph.n_reviews, 1)))
        values = np.round(ratio / np.maximum(sizes, 1)[:, None, None] - threshold[:, None, None], DECIMALS)
        best = values.reshape(len(groups), -1).argmax(axis=1)
        for g, (window, degree) in enumerate(zip(*np.divmod(best, N_DEGREE_BINS), strict=True)):
            found[g][name] = Residual(
                float(values[g, window, degree]),
                float(observed[g, window, degree]),
                round(float(expected[g, window, degree]), DECIMALS),
                by_window[window].window,
            )
    return found


def _main_sellers(graph: ReviewGraph, groups: Sequence[NDArray[np.int32]], products: Sequence[NDArray[np.int32]]) -> NDArray[np.int64]:
    """Return the seller that has more than half of each group's reviews, `NO_SELLER` where none has."""
    seller = graph.seller
    assert seller is not None  # noqa: S101  # asked for where the log names sellers
    main = np.full(len(groups), NO_SELLER, dtype=np.int64)
    for g, (reviewers, what) in enumerate(zip(groups, products, strict=True)):
        at = seller[graph.product[edges_between(graph, reviewers, what)]]
        names, times = np.unique(at[at >= 0], return_counts=True)
        most = names[2 * times > len(at)]
        main[g] = most[0] if len(most) else NO_SELLER
    return main


def _without_seller(
    graph: ReviewGraph,
    by_window: Sequence[CoReviews],
    groups: GroupReviews,
    rows: tuple[NDArray[np.int64], NDArray[np.int32]],
    main: NDArray[np.int64],
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return co-reviews and their mean without each group's main seller, [n_groups, windows, bins]; without one nothing is left out."""
    seller, (indptr, edges) = graph.seller, rows
    assert seller is not None  # noqa: S101  # as above
    kept = seller[graph.product[edges]] != np.repeat(np.repeat(main, np.diff(groups.indptr)), np.diff(indptr))
    ends, some = np.concatenate(([0], np.cumsum(kept)))[indptr], edges[kept]
    activity = {co_reviews.strata: activity_of_rows(ends, some, co_reviews.strata.of, threads) for co_reviews in by_window}
    shared = seller[graph.product[groups.edges]] != main[groups.group]
    counted = [co_reviews.among_counted(graph, groups, shared, activity[co_reviews.strata], threads) for co_reviews in by_window]
    return np.stack([observed for observed, _ in counted], axis=1).astype(np.float64), np.stack([mean for _, mean in counted], axis=1)


@dataclass(frozen=True, eq=False)
class _MemberReviews:
    """What each member of each group wrote: visits (`collusion.kernels.residuals.Visits`), and reviews by stratum and class."""

    visits: kernel.Visits
    classes: Activity


def _member_reviews(graph: ReviewGraph, strata: Strata, rows: tuple[NDArray[np.int64], NDArray[np.int32]], threads: int) -> _MemberReviews:
    """List it for the strata of some windows."""
    (indptr, edges), time = rows, graph.time
    assert time is not None  # noqa: S101  # asked for where the log has times
    day, launch, stratum = time[edges], known_launches(graph.timeline)[graph.product[edges]], strata.of[edges].astype(np.int32)
    new = (day != NO_TIME) & (launch != NO_TIME) & (day.astype(np.int64) - launch <= NEW_DAYS)
    codes = stratum << 1 | new
    return _MemberReviews(
        kernel.list_visits(indptr, day, stratum, NO_TIME),
        activity_of_rows(indptr, np.arange(len(edges), dtype=np.int32), codes, threads),
    )


def _granted(
    graph: ReviewGraph,
    by_window: Sequence[CoReviews],
    groups: GroupReviews,
    rows: tuple[NDArray[np.int64], NDArray[np.int32]],
    joined: Sequence[tuple[NDArray[np.int32], NDArray[np.int32]]] | None,
    threads: int,
) -> list[_Granted]:
    """Count and expect for each window."""
    parts = joined or [(np.empty(0, np.int32), np.empty(0, np.int32))] * len(groups)
    known = kernel.Joined(
        np.concatenate(([0], np.cumsum([len(one) for one, _ in parts]))).astype(np.int64),
        np.concatenate([np.empty(0, np.int32), *(one for one, _ in parts)]),
        np.concatenate([np.empty(0, np.int32), *(label for _, label in parts)]),
    )
    written = {strata: _member_reviews(graph, strata, rows, threads) for strata in {co_reviews.strata for co_reviews in by_window}}
    return [_granted_in(graph, co_reviews, groups, written[co_reviews.strata], known, threads) for co_reviews in by_window]


def _granted_in(
    graph: ReviewGraph,
    co_reviews: CoReviews,
    groups: GroupReviews,
    written: _MemberReviews,
    joined: kernel.Joined,
    threads: int,
) -> _Granted:
    """Count and expect for one window."""
    n, launch, time = len(groups), known_launches(graph.timeline), graph.time
    assert time is not None  # noqa: S101  # as above
    met, sessions, variants = np.zeros((3, n, N_DEGREE_BINS), np.int64)
    own = np.zeros((n, kernel.CLASSES, N_DEGREE_BINS), np.int64)
    saved, (means, removed, once) = np.zeros((n, N_DEGREE_BINS)), np.zeros((3, n, kernel.CLASSES, N_DEGREE_BINS))
    strata, window, activity, classes = (
        co_reviews.strata,
        co_reviews.windows.for_kernels(co_reviews.span),
        co_reviews.activity(graph),
        _classes(graph.timeline, co_reviews),
    )
    # Strata that know no time are as long as the log.
    span = (co_reviews.reach + 1) * strata.days if strata.days is not None else np.iinfo(np.int32).max

    def count(first: int, last: int) -> None:
        some, some_joined = slice(first, last), joined._replace(indptr=joined.indptr[first : last + 1])
        indptr, ends = groups.indptr[first : last + 1], groups.ends[first : last + 1]
        kernel.granted_counts(
            indptr, GroupEdges(ends, groups.edges, groups.who), graph.product, time, kernel.Launches(launch, NO_TIME, NEW_DAYS), window,
            co_reviews.limit, co_reviews.unit_of, some_joined, (met[some], sessions[some], variants[some], own[some]),
        )  # fmt: skip
        kernel.granted_expectations(
            indptr, groups.members, ends, groups.edges, graph.product, window, co_reviews.limit, co_reviews.unit_of, some_joined,
            activity, strata.of, written.classes, classes.size, written.visits, span, co_reviews.kernel_rates,
            (saved[some], means[some], removed[some], once[some]),
        )  # fmt: skip

    in_threads(threads, [partial(count, *part) for part in shares(groups.indptr, threads)])
    plain = np.maximum(means.sum(axis=1), 0.0)
    # The group's own pairs are removed: a ring at launches must not explain itself.
    lift = (classes.observed[None] - own) / np.maximum(classes.expected[None] - removed - means, 1.0)
    return _Granted(
        observed={
            "rating sessions": sessions.astype(np.float64),
            "launches": met.astype(np.float64),
            "variants": variants.astype(np.float64),
        },
        expected={
            "rating sessions": np.maximum(plain - saved, 0.0),
            "launches": np.maximum((means * np.maximum(lift, 1.0)).sum(axis=1), plain),
            "variants": np.maximum(once.sum(axis=1), plain),
        },
    )


def _classes(timeline: Timeline, co_reviews: CoReviews) -> _Classes:
    """Count the pairs of the whole log by class; once for all permutations, since it asks only where and when reviews are."""
    return timeline.memo.get((_classes, co_reviews.window), lambda: _count_classes(timeline, co_reviews))


def _count_classes(timeline: Timeline, co_reviews: CoReviews) -> _Classes:
    assert timeline.time is not None  # noqa: S101  # as above
    strata = co_reviews.strata
    pairs, new = np.zeros((kernel.CLASSES, N_DEGREE_BINS + 1), np.int64), np.zeros(strata.n, np.int64)
    where = (timeline.product_indptr, timeline.time, NO_TIME, known_launches(timeline), NEW_DAYS)
    count_launches(*where, co_reviews.materialized().span, strata.of, pairs, new)
    observed = np.cumsum(pairs[:, :N_DEGREE_BINS], axis=1).astype(np.float64)
    # All pairs, seen from both sides, without those that have a review at a launch.
    observed[0] = np.rint(co_reviews.parent * co_reviews.parent_pairs[:, :, None]).sum(axis=(0, 1)) / 2 - observed.sum(axis=0)
    size = np.stack([strata.size - new, new], axis=1).astype(np.float64)
    expected = np.zeros((kernel.CLASSES, N_DEGREE_BINS))
    padded = np.concatenate([size, np.zeros((co_reviews.reach, 2))])
    for d in range(co_reviews.reach + 1):
        rate = co_reviews.rate[:, co_reviews.reach + d]
        other = padded[d : d + strata.n]
        for one in range(2):
            for two in range(2):
                # Within a stratum every pair is seen from both sides.
                pairs = size[:, one] * other[:, two] * (0.5 if d == 0 else 1.0)
                expected[one + two] += pairs @ rate
    return _Classes(observed, expected, size)


def joined_products(
    graph: ReviewGraph, reviewers: NDArray[np.int32], products: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the products of a group that look like variants of one listing, ascending, and a label for those that belong together.

    A visit is all that somebody outside the group reviewed on one day. Two products are joined when at least `SHARED_VISITS` visits are to
    both, and these are at least `SHARED_SHARE` of the visits to the less visited one. The group's own visits do not count: its members
    would join whatever they work through.

    Notes
    -----
    O(reviews of the products, sorted, + pairs of products of a visit).
    """
    nothing = np.empty(0, np.int32)
    time = graph.time
    own = edges_of(graph, reviewers)
    what, times = np.unique(graph.product[own], return_counts=True)
    several = what[(times > 1) & np.isin(what, products)]
    length = graph.product_indptr[several + 1] - graph.product_indptr[several]
    if time is None or len(several) < 2 or int(length.sum()) > MAX_VARIANT_REVIEWS:
        return nothing, nothing
    edges = np.concatenate([np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]) for p in several])
    of = np.repeat(np.arange(len(several)), length)
    others = ~np.isin(graph.reviewer[edges], reviewers) & (time[edges] != NO_TIME)
    edges, of = edges[others], of[others]
    if not len(edges):
        return nothing, nothing
    day = time[edges].astype(np.int64)
    key = graph.reviewer[edges].astype(np.int64) * (int(day.max()) - int(day.min()) + 1) + day - day.min()
    _, visit = np.unique(key, return_inverse=True)
    shape = (int(visit.max()) + 1, len(several))
    visits = sp.csr_array((np.ones(len(edges), np.int64), (visit, of)), shape=shape)
    visits.sum_duplicates()
    visits.data[:] = 1
    times = np.asarray(visits.sum(axis=0)).ravel()
    both = (visits.T @ visits).tocoo()
    near = (both.data >= SHARED_VISITS) & (both.data >= SHARED_SHARE * np.minimum(times[both.row], times[both.col])) & (both.row < both.col)
    label = circles(len(several), both.row[near].astype(np.int64), both.col[near].astype(np.int64))
    joined = np.bincount(label)[label] > 1
    return several[joined].astype(np.int32), label[joined].astype(np.int32)
