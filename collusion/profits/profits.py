"""From the reviews of groups to a table of who profits and a list of who is harmed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from collusion.base.profits import Month, Profit, Profits
from collusion.evidence.pvalues import adjusted
from collusion.graph.graph import NO_TIME
from collusion.graph.membership import edges_of
from collusion.profits.chance import CONFIDENCE, exact_intervals, rating_test, seller_test
from collusion.profits.harms import harms_of
from collusion.profits.ranks import prior_of, ranks, scores
from collusion.profits.sums import rating_range, sums_of, sums_of_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.base.model import Status
    from collusion.base.profits import RankRule
    from collusion.graph.graph import ReviewGraph
    from collusion.graph.log import Log
    from collusion.profits.ranks import Prior
    from collusion.profits.sums import Sums

__all__ = ["GroupReviews", "profits_of"]

SIX = 6
"""Digits of figures that are written."""


@dataclass(frozen=True, eq=False)
class GroupReviews:
    """One group: its id, its status, the codes of its members, and its counted reviews (edges of the graph)."""

    id: str
    status: Status
    reviewers: NDArray[np.int32]
    edges: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Reviews:
    """The reviews of flagged and of coordinated groups, each once; and who they are of."""

    flagged: NDArray[np.int64]
    coordinated: NDArray[np.int64]
    groups: tuple[GroupReviews, ...]

    @property
    def edges(self) -> NDArray[np.int64]:
        return np.sort(np.concatenate([self.flagged, self.coordinated]))


@dataclass(frozen=True, eq=False)
class _Standing:
    """Sums, ranks and the prior of all products, or of all sellers."""

    all: Sums
    without: Sums
    prior: Prior
    score: NDArray[np.float64]
    score_without: NDArray[np.float64]
    rank: NDArray[np.int64]
    rank_without: NDArray[np.int64]
    n_ranked: NDArray[np.int64]
    scale: tuple[float, float]


def profits_of(log: Log, groups: Sequence[GroupReviews], *, rank_by: RankRule = "bayes", fdr: float = 0.05) -> Profits:
    """Return which sellers and products have reviews of flagged or coordinated groups, and what these do to them.

    Parameters
    ----------
    log : Log
    groups : sequence of GroupReviews
        In the order of their ranks; those of other statuses are left out.
    rank_by : {"bayes", "mean", "count"}
        Bayesian average (`collusion.profits.ranks`), mean rating, or number of reviews.
    fdr : float
        False-discovery rate at which a product counts as rated up or down.

    Notes
    -----
    O(n_reviews) in stretches, O(n_products log n_products) for the ranks, and per product with ratings of groups the exact test.
    """
    found = _reviews(groups)
    if not found.groups:
        return Profits(rank_by)
    graph = log.graph
    everything, own = sums_of_all(graph), sums_of(graph, found.edges)
    scale = rating_range(graph)
    category = np.zeros(graph.n_products, np.int64) if graph.category is None or graph.inferred else graph.category.astype(np.int64) + 1
    standing = _standing(everything, own, category, rank_by, scale)
    products, codes = _products(log, found, standing, fdr)
    lowered = codes[[one.effect == "lowered" for one in products]]
    sellers, n_sellers = _sellers(log, found, everything, own, category, rank_by, scale)
    return Profits(
        rank_by=rank_by,
        sellers=tuple(sorted(sellers, key=_order)),
        products=tuple(sorted(products, key=_order)),
        harmed=harms_of(log, lowered, standing.score, standing.score_without, category, _order_of(products, codes)),
        n_sellers=n_sellers,
        notes=tuple(_notes(graph, rank_by)),
    )


def _reviews(groups: Sequence[GroupReviews]) -> _Reviews:
    listed = tuple(group for group in groups if group.status in ("flagged", "coordinated"))
    none = [np.empty(0, np.int64)]
    flagged, coordinated = (
        np.unique(np.concatenate(none + [group.edges for group in listed if group.status == status]))
        for status in ("flagged", "coordinated")
    )
    return _Reviews(flagged, np.setdiff1d(coordinated, flagged), listed)


def _standing(everything: Sums, own: Sums, category: NDArray[np.int64], rule: RankRule, scale: tuple[float, float]) -> _Standing:
    without = everything.less(own)
    prior = prior_of(without, category)
    score, left = scores(everything, prior, rule), scores(without, prior, rule)
    rank, n_ranked = ranks(score, category)
    return _Standing(everything, without, prior, score, left, rank, ranks(left, category)[0], n_ranked, scale)


def _order(one: Profit) -> tuple[int, int, str]:
    return -one.n_flagged, -one.n_coordinated, one.id


def _order_of(products: Sequence[Profit], codes: NDArray[np.int64]) -> dict[int, Profit]:
    """Return the products that are listed by code, in the order in which they are."""
    pairs = sorted(zip(products, codes.tolist(), strict=True), key=lambda pair: _order(pair[0]))
    return {code: one for one, code in pairs}


def _products(log: Log, found: _Reviews, standing: _Standing, fdr: float) -> tuple[list[Profit], NDArray[np.int64]]:
    graph = log.graph
    codes = np.unique(graph.product[found.edges]).astype(np.int64)
    seller = None if graph.seller is None or log.sellers is None else graph.seller[codes]
    names = None if seller is None or log.sellers is None else log.sellers.take(np.maximum(seller, 0)).tolist()
    made = _profits(log, found, standing, codes, graph.product)
    tests = [_rated(graph, found.edges, int(code)) for code in codes]
    tested = np.array([min(2 * min(test), 1.0) if test else np.nan for test in tests])
    q_value = np.full(len(tests), np.nan)
    q_value[~np.isnan(tested)] = adjusted(tested[~np.isnan(tested)])
    listed = []
    for k, (one, code, test) in enumerate(zip(made, codes.tolist(), tests, strict=True)):
        variants = log.variant[slice(*graph.product_indptr[code : code + 2])]
        listed.append(
            replace(
                one,
                id=_id(log, found.edges, code),
                seller=None if names is None or seller is None or seller[k] < 0 else names[k],
                n_products=len(np.unique(variants)),
                rating_p=_written(tested[k]),
                rating_q=_written(q_value[k]),
                effect=None if test is None or not q_value[k] <= fdr else "lowered" if test[0] < test[1] else "raised",
            )
        )
    return listed, codes


def _rated(graph: ReviewGraph, edges: NDArray[np.int64], code: int) -> tuple[float, float] | None:
    """Return the test of the groups' ratings of a product; None where they or others gave it none."""
    if graph.rating is None:
        return None
    begin, end = graph.product_indptr[code : code + 2].tolist()
    rating = graph.rating[begin:end].astype(np.float64)
    own = np.zeros(end - begin, dtype=np.bool_)
    own[edges[slice(*np.searchsorted(edges, (begin, end)))] - begin] = True
    rated = np.isfinite(rating)
    if not (own & rated).any() or not (~own & rated).any():
        return None
    return rating_test(rating[own & rated], rating[~own & rated])


def _id(log: Log, edges: NDArray[np.int64], code: int) -> str:
    """Return the id of the variant with most reviews of groups; of several, the first."""
    begin, end = np.searchsorted(edges, log.graph.product_indptr[code : code + 2])
    variants, count = np.unique(log.variant[edges[begin:end]], return_counts=True)
    return str(min(log.products.take(variants[count == count.max()]).tolist()))


def _sellers(
    log: Log,
    found: _Reviews,
    everything: Sums,
    own: Sums,
    category: NDArray[np.int64],
    rule: RankRule,
    scale: tuple[float, float],
) -> tuple[list[Profit], int]:
    graph = log.graph
    if graph.seller is None or log.sellers is None:
        return [], 0
    size, seller = len(log.sellers), graph.seller
    touched = np.unique(seller[graph.product[found.edges]])
    codes = touched[touched >= 0].astype(np.int64)
    sums, of_groups = everything.by(seller, size), own.by(seller, size)
    standing = _standing(sums, of_groups, _main_category(everything, seller, size, category), rule, scale)
    made = _profits(log, found, standing, codes, seller[graph.product])
    reviewed = np.bincount(seller[(seller >= 0) & (everything.n > 0)], minlength=size)
    flagged = [group.reviewers for group in found.groups if group.status == "flagged"]
    n_sellers = int(np.count_nonzero(sums.n))
    made = [
        replace(one, id=name, n_products=int(reviewed[code]))
        for one, name, code in zip(made, log.sellers.take(codes).tolist(), codes.tolist(), strict=True)
    ]
    if not flagged:
        return made, n_sellers
    members = edges_of(graph, np.unique(np.concatenate(flagged)))
    by_members, expected, p_value = seller_test(graph, seller, size, members, found.flagged)
    q_value = np.ones(size)
    q_value[sums.n > 0] = adjusted(p_value[sums.n > 0])
    return [
        replace(
            one,
            n_by_members=int(by_members[code]),
            expected=_written(expected[code]),
            p_value=_written(p_value[code]),
            q_value=_written(q_value[code]),
        )
        for one, code in zip(made, codes.tolist(), strict=True)
    ], n_sellers


def _main_category(sums: Sums, seller: NDArray[np.int32], size: int, category: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the category that most reviews of each seller are of; of several, the one with most reviews of all."""
    n_categories = int(category.max(initial=0)) + 1
    known = seller >= 0
    pairs, which = np.unique(seller[known].astype(np.int64) * n_categories + category[known], return_inverse=True)
    count, total = np.bincount(which, sums.n[known]), np.bincount(category, sums.n, minlength=n_categories)
    order = np.lexsort((total[pairs % n_categories], count))  # the last written is the largest
    main = np.zeros(size, np.int64)
    main[pairs[order] // n_categories] = pairs[order] % n_categories
    return main


def _profits(log: Log, found: _Reviews, standing: _Standing, codes: NDArray[np.int64], owner: NDArray[np.int32]) -> list[Profit]:
    """Return the figures that products and sellers have in common; ``owner`` is the code that each review counts for."""
    size = len(standing.all.n)
    known = [edges[owner[edges] >= 0] for edges in (found.flagged, found.coordinated)]
    counts = [np.bincount(owner[edges], minlength=size)[codes] for edges in known]
    n = standing.all.n[codes]
    intervals = [exact_intervals(count, n) for count in counts]
    months = _months(log.graph, known, owner)
    dates = _dates(log.graph, np.concatenate(known), owner)
    groups: dict[int, list[str]] = {}
    for group in found.groups:
        for code in np.unique(owner[group.edges]).tolist():
            groups.setdefault(code, []).append(group.id)
    return [
        Profit(
            id="",
            seller=None,
            n_products=1,
            n_reviews=int(n[k]),
            n_flagged=int(counts[0][k]),
            n_coordinated=int(counts[1][k]),
            flagged_low=_known(intervals[0][0][k]),
            flagged_high=_known(intervals[0][1][k]),
            coordinated_low=_known(intervals[1][0][k]),
            coordinated_high=_known(intervals[1][1][k]),
            groups=tuple(groups[code]),
            first_review=dates.get(code, (None, None))[0],
            last_review=dates.get(code, (None, None))[1],
            dose=tuple(months.get(code, ())),
            **_ratings(standing, code),
        )
        for k, code in enumerate(codes.tolist())
    ]


def _ratings(standing: _Standing, code: int) -> dict[str, Any]:
    """Return the mean, its change with an interval, and the ranks of one; empty where it has none."""
    rated, left = int(standing.all.rated[code]), int(standing.without.rated[code])
    rank, without = int(standing.rank[code]), int(standing.rank_without[code])
    found: dict[str, Any] = {"rank": rank or None, "rank_without": without or None, "n_ranked": int(standing.n_ranked[code]) or None}
    if not rated:
        return found
    mean = float(standing.all.total[code]) / rated
    found["mean"] = _written(mean)
    if left:
        other = float(standing.without.total[code]) / left
        # The mean of all differs from the others' by the groups' share of the ratings.
        reach = -float(ndtri((1 - CONFIDENCE) / 2)) * standing.prior.spread * (rated - left) / rated / left**0.5
        # No mean is beyond the ends of the scale.
        lowest, highest = (mean - end for end in reversed(standing.scale))
        found |= {"mean_without": _written(other), "difference_low": _written(max(mean - other - reach, lowest))}
        found["difference_high"] = _written(min(mean - other + reach, highest))
    return found


def _months(graph: ReviewGraph, known: Sequence[NDArray[np.int64]], owner: NDArray[np.int32]) -> dict[int, list[Month]]:
    """Return the months with reviews of groups by owner, in order; none without times."""
    if graph.time is None:
        return {}
    counts: dict[tuple[int, int], list[int]] = {}
    for which, edges in enumerate(known):
        dated = edges[graph.time[edges] != NO_TIME]
        month = graph.time[dated].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        for code, number in zip(owner[dated].tolist(), month.tolist(), strict=True):
            counts.setdefault((code, number), [0, 0])[which] += 1
    found: dict[int, list[Month]] = {}
    for (code, number), (flagged, coordinated) in sorted(counts.items()):
        found.setdefault(code, []).append(Month(str(np.datetime64(number, "M")), flagged, coordinated))
    return found


def _dates(graph: ReviewGraph, edges: NDArray[np.int64], owner: NDArray[np.int32]) -> dict[int, tuple[str, str]]:
    if graph.time is None:
        return {}
    dated = edges[graph.time[edges] != NO_TIME]
    order = dated[np.lexsort((graph.time[dated], owner[dated]))]
    codes, first = np.unique(owner[order], return_index=True)
    ends = np.append(first[1:], len(order)) - 1
    return {
        code: (str(np.datetime64(int(graph.time[order[begin]]), "D")), str(np.datetime64(int(graph.time[order[end]]), "D")))
        for code, begin, end in zip(codes.tolist(), first.tolist(), ends.tolist(), strict=True)
    }


def _known(value: np.floating | float) -> float:
    return float(f"{float(value):.{SIX}g}")


def _written(value: np.floating | float) -> float | None:
    """Return a figure with six digits; None for nan."""
    return None if np.isnan(value) else _known(value)


def _notes(graph: ReviewGraph, rule: RankRule) -> list[str]:
    notes = []
    if graph.seller is None:
        notes.append("The log has no sellers, so only products are listed.")
    if graph.rating is None:
        left = "" if rule == "count" else " or ranks"
        notes.append(f"The log has no ratings, so there are no means{left}, and nobody can be said to be harmed.")
    if graph.time is None:
        notes.append("The log has no times, so there are no dates and no months, and sellers are compared within category only.")
    return notes
