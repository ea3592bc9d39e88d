"""How suspicious reviewers, products and reviews are by their metadata: the priors of SpEagle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.graph.graph import NO_TIME
from collusion.kernels.fixed import fixed_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s, Int32s

__all__ = ["SURE", "Feature", "node_features", "priors", "review_features"]

SHORT_TERM = 28
"""Days: accounts that write for no longer are short-term (BST)."""

EARLY = 210
"""Days after a product's first review that count as early, seven months (ETF)."""

EARLINESS = 0.69
"""What a review's earliness, 1 on the first day and 0 after `EARLY`, must exceed (ETF)."""

DEVIATION = 0.63
"""Share of the scale by which a rating must miss its product's mean (DEV)."""

RECENCY = 1.5
"""Exponent by which later reviews of a product count less (WRD)."""

GAPS = (0, 1, 3, 6, 12, 32)
"""Upper bounds, in days, of the bins of gaps; longer ones are left out (ETG)."""

SURE = 0.999
"""The most that metadata may claim, of spam or of its absence."""


@dataclass(frozen=True, eq=False)
class Feature:
    """One feature of reviewers, products or reviews.

    Parameters
    ----------
    name : str
    value : float64[n]
        nan where a node has none.
    high : bool
        Whether high values are the suspicious ones.
    """

    name: str
    value: Float64s
    high: bool


def priors(features: Sequence[Feature], n: int) -> Float64s:
    """Return the probability of spam of each node by its features: float64[n], from 0.001 to 0.999.

    f is the share of nodes with a higher value where high values are suspicious, with a lower or the same where low ones are; the prior is
    1 - sqrt(mean of f**2) over the features that a node has, 0.5 where it has none. O(features x n log n).
    """
    squares, count = np.zeros(n), np.zeros(n)
    for feature in features:
        there = np.flatnonzero(~np.isnan(feature.value))
        value = feature.value[there]
        at_most = np.searchsorted(np.sort(value), value, side="right") / max(len(value), 1)
        f = 1 - at_most if feature.high else at_most
        squares[there] += f * f
        count[there] += 1
    prior = np.full(n, 0.5)
    known = count > 0
    prior[known] = 1 - np.sqrt(squares[known] / count[known])
    clipped: Float64s = np.clip(prior, 1 - SURE, SURE)
    return clipped


def node_features(graph: ReviewGraph, node: Int32s, n: int, *, short_term: bool) -> list[Feature]:
    """Return the features of reviewers or products, of those for which the log has times or ratings.

    Parameters
    ----------
    graph : ReviewGraph
    node : int32[n_reviews]
        The node of each edge.
    n : int
        Number of nodes.
    short_term : bool
        Whether to include short-term accounts (BST): for reviewers only.

    Notes
    -----
    MNR, the most reviews in a day; PR and NR, the shares of reviews above and below three stars; avgRD and WRD, the mean distance of the
    ratings from their products' means, plain and weighted by ``rank**-1.5`` with the review's rank in its product's timeline (of reviews on
    one day, the mean rank); BST, 1 - (days from first to last review) / 28, 0 beyond; ERD, the entropy of the ratings; ETG, that of the
    gaps between reviews of at most 32 days. Shares and means are of rated reviews, the rest of dated ones. O(n_reviews log n_reviews).
    """
    found: list[Feature] = []
    if graph.rating is not None:
        rated = np.flatnonzero(np.isfinite(graph.rating))
        who, rating = node[rated], graph.rating[rated].astype(np.float64)
        count = np.bincount(who, minlength=n)
        miss = _distances(graph)[rated]
        weight = _ranks(graph)[rated] ** -RECENCY
        found += [
            Feature("PR", _ratio(np.bincount(who[rating > 3], minlength=n), count), high=True),
            Feature("NR", _ratio(np.bincount(who[rating < 3], minlength=n), count), high=True),
            Feature("avgRD", _ratio(fixed_sums(who, miss, n), count), high=True),
            Feature("WRD", _ratio(fixed_sums(who, miss * weight, n), fixed_sums(who, weight, n)), high=True),
            Feature("ERD", _entropy(who, np.unique(rating, return_inverse=True)[1], n, count), high=False),
        ]
    if graph.time is not None:
        dated = np.flatnonzero(graph.time != NO_TIME)
        order = dated[np.lexsort((graph.time[dated], node[dated]))]
        who, day = node[order], graph.time[order].astype(np.int64)
        count = np.bincount(who, minlength=n)
        same = who[1:] == who[:-1]
        starts = np.flatnonzero(np.concatenate(([True], ~same | (day[1:] != day[:-1]))))[: len(who)]
        busiest = np.zeros(n)
        np.maximum.at(busiest, who[starts], np.diff(np.append(starts, len(who))))
        found.append(Feature("MNR", np.where(count > 0, busiest, np.nan), high=True))
        if short_term:
            first, last = np.full(n, np.iinfo(np.int64).max), np.full(n, np.iinfo(np.int64).min)
            np.minimum.at(first, who, day)
            np.maximum.at(last, who, day)
            span = np.where(count > 0, last - first, 0)
            found.append(Feature("BST", np.where(count > 0, np.maximum(1 - span / SHORT_TERM, 0), np.nan), high=True))
        gap = np.diff(day)[same]
        near = gap <= GAPS[-1]
        entropy = _entropy(who[1:][same][near], np.searchsorted(GAPS, gap[near]), n, np.ones(n))
        found.append(Feature("ETG", np.where(count > 0, entropy, np.nan), high=False))
    return found


def review_features(graph: ReviewGraph) -> list[Feature]:
    """Return the features of reviews, of those for which the log has times or ratings, by edge.

    Rank, the position in the product's timeline (of reviews on one day, the mean position); RD, the distance from the product's mean
    rating; EXT, whether it is 1 or 5 stars; DEV, whether it misses the mean by more than 0.63 of four stars; ETF, whether it came within
    the first months; ISR, whether it is its author's only one. O(n_reviews).
    """
    found = [Feature("ISR", (np.diff(graph.indptr) == 1)[graph.reviewer].astype(np.float64), high=True)]
    if graph.rating is not None:
        miss = _distances(graph)
        rated = np.isfinite(graph.rating)
        extreme = (graph.rating == 1) | (graph.rating == 5)
        found += [
            Feature("RD", miss, high=True),
            Feature("EXT", np.where(rated, extreme, np.nan), high=True),
            Feature("DEV", np.where(rated, miss / 4 > DEVIATION, np.nan), high=True),
        ]
    if graph.time is not None:
        dated = np.flatnonzero(graph.time != NO_TIME)
        first = np.full(graph.n_products, np.iinfo(np.int64).max)
        np.minimum.at(first, graph.product[dated], graph.time[dated].astype(np.int64))
        early = np.full(graph.n_reviews, np.nan)
        early[dated] = 1 - (graph.time[dated] - first[graph.product[dated]]) / EARLY > EARLINESS
        rank = np.full(graph.n_reviews, np.nan)
        rank[dated] = _ranks(graph)[dated]
        found += [Feature("Rank", rank, high=False), Feature("ETF", early, high=True)]
    return found


def _distances(graph: ReviewGraph) -> Float64s:
    """Return how far each rating is from the mean of its product; nan where there is none."""
    if graph.rating is None:
        return np.full(graph.n_reviews, np.nan)
    rated = np.flatnonzero(np.isfinite(graph.rating))
    product, rating = graph.product[rated], graph.rating[rated].astype(np.float64)
    mean = _ratio(fixed_sums(product, rating, graph.n_products), np.bincount(product, minlength=graph.n_products))
    miss = np.full(graph.n_reviews, np.nan)
    miss[rated] = np.abs(rating - mean[product])
    return miss


def _ranks(graph: ReviewGraph) -> Float64s:
    """Return the position of each review in its product's timeline, from 1; all reviews of one day have their mean position.

    Reviews without a date come first, as of one day; so do all where the log has no times.
    """
    position = np.arange(graph.n_reviews) - graph.product_indptr[graph.product]
    when = np.zeros(graph.n_reviews, np.int32) if graph.time is None else graph.time
    new = np.concatenate(([True], (graph.product[1:] != graph.product[:-1]) | (when[1:] != when[:-1])))[: graph.n_reviews]
    day = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    size = np.diff(np.append(first, graph.n_reviews))
    ranks: Float64s = (position[first] + (size + 1) / 2)[day]
    return ranks


def _entropy(node: NDArray[Any], value: NDArray[Any], n: int, count: NDArray[Any]) -> Float64s:
    """Return the entropy in bits of each node's distribution over values, codes from 0; nan where its ``count`` is 0."""
    values = int(value.max(initial=0)) + 1
    pair, times = np.unique(node.astype(np.int64) * values + value, return_counts=True)
    who = pair // values
    total = np.bincount(node, minlength=n)
    share = times / total[who]
    return np.where(count > 0, fixed_sums(who, -share * np.log2(share), n), np.nan)


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> Float64s:
    ratio: Float64s = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return ratio
