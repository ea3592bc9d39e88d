"""Whether a group rates its products unlike everybody else who reviewed them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts, LogFacts
from collusion.evidence.pvalues import cauchy, p_of_draws
from collusion.evidence.rating_model import RatingModel, design_effect, model_of
from collusion.evidence.signal import answer
from collusion.evidence.words import p_text, plural
from collusion.graph.null import product_colours, reviewer_colours

__all__ = ["Rating", "RatingCounts", "rating_counts"]

DRAWS = 999
"""Draws of the group's ratings under the null; beyond them the tail is fitted (`collusion.evidence.pvalues.p_of_draws`)."""

CELLS_AT_ONCE = 4_000_000
"""Ratings times levels drawn at a time; bounds memory."""

RATINGS_FOR_ALL_DRAWS = 20_000
"""Ratings times draws grow with the group: beyond so many ratings fewer draws are made, and never less than a tenth of `DRAWS`."""

TASTE_MARGIN = 0.2
"""Shared taste that is granted to every group, in standard deviations of a rating: a small effect (Cohen, Statistical Power Analysis,
1988). In the MovieLens log (latest-small) the 20 groups whose score is above 0 rate 0.09 above others on average, with a spread of 0.16."""


@dataclass(frozen=True)
class Rating:
    """Whether the group rates its products unlike everybody else who reviewed them.

    What is expected of the group's ratings is drawn from what others gave the same products: the shares of a product's levels are Dirichlet
    with the counts of others, and with the shares of the whole log (without the group) weighing as many ratings as products of this log
    differ (`RatingModel.weight`). So a group that wrote most of its products' reviews is not compared with itself, and a group is not
    suspected because its products are good. What others gave at other times is corrected by how the log rates in the months of the group
    (`RatingModel.drift`). Each member is as lenient as their other ratings suggest, and a shared taste of up to `TASTE_MARGIN` is granted.
    Three figures are tested against draws: pairs of members who gave a product the same rating; the distance of all ratings of the group,
    whatever the product, from what is expected (Kullback and Leibler); and how few of its ratings are in one half of the scale. Agreement
    does not cancel when some products are boosted and others attacked. Their p-values are combined (Cauchy).

    Notes
    -----
    Reviewers use scales in their own way, so ratings of one reviewer are not independent: with design effect d they say as much as a d-th
    of their number, and p-values are raised to the power 1 / d. O(draws x ratings x levels), after O(reviews of the products).

    Dangerous where the reviews of a product by others are few and written by another ring; where a crowd shares a taste beyond the margin,
    as the followers of somebody whose recommendations please them may; and where nearly everybody gives the best rating, since then nothing
    can be unusual about that.
    """

    name: ClassVar[str] = "rating"
    question: ClassVar[str] = "Do they rate these products unlike everybody else who reviewed them?"
    kind: ClassVar[SignalKind] = "behaves like paid"
    needs: ClassVar[tuple[str, ...]] = ("rating",)
    null: ClassVar[str] = "The ratings of each product by the group are drawn from what others gave it, a small shared taste granted."

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the evidence; None without ratings of the group, or where nobody else rated anything."""
        counts = rating_counts(group)
        if counts is None:
            return None
        model = model_of(group.log)
        shift = _granted(counts, model.levels)
        expected = _shifted(counts.expected, shift)
        observed = _statistics(counts.own[None], expected, model.levels)
        draws = _drawn(group, counts, expected, shift, model, group.rng(self.name))
        effect = design_effect(model.style, np.bincount(counts.member)[np.unique(counts.member)])
        p_value = cauchy([p_of_draws(float(one[0]), drawn) ** (1.0 / effect) for one, drawn in zip(observed, draws, strict=True)])
        total = counts.own.sum(axis=1)
        mean = float((counts.own @ model.levels).sum() / total.sum())
        usual = float((total * (counts.expected @ model.levels)).sum() / total.sum())
        apart = counts.own @ model.levels - total * (counts.expected @ model.levels)
        higher, lower = int((apart > 1e-9).sum()), int((apart < -1e-9).sum())
        statement = (
            f"The group's {plural(int(total.sum()), 'rating')} average {mean:.2f}; {usual:.2f} would be expected from what others gave the "
            f"same products. It rates {plural(higher, 'product')} higher and {plural(lower, 'product')} lower than expected "
            f"({p_text(p_value)} for agreement, distribution and one-sidedness together)."
        )
        return answer(self, statement, mean, usual, group.log.rows(counts.edges), p_value)


@dataclass(frozen=True, eq=False)
class RatingCounts:
    """A group's ratings, product by product, in an order that depends on no name.

    Parameters
    ----------
    edges : int64 array
        The group's rated edges.
    level, at, member : int64 arrays
        The level of each, the position of its product below, and of its member in the group.
    own : int64[n_products, L]
        How often the group gave each level.
    prior : float64[n_products, L]
        Of the Dirichlet law of the shares.
    """

    edges: NDArray[np.int64]
    level: NDArray[np.int64]
    at: NDArray[np.int64]
    member: NDArray[np.int64]
    own: NDArray[np.int64]
    prior: NDArray[np.float64]

    @property
    def expected(self) -> NDArray[np.float64]:
        """Expected shares of the levels, by product."""
        shares: NDArray[np.float64] = self.prior / self.prior.sum(axis=1, keepdims=True)
        return shares


def rating_counts(group: GroupFacts) -> RatingCounts | None:
    """Count a group's ratings and what is expected of them; None where it has none, or nobody else rated anything."""
    graph, strata = group.log.graph, group.log.strata
    if graph.rating is None:
        return None
    edges = group.edges[~np.isnan(graph.rating[group.edges])]
    if not len(edges):
        return None
    model = model_of(group.log)
    n_levels = len(model.levels)
    products, at = np.unique(graph.product[edges], return_inverse=True)
    level = model.coded(graph.rating[edges])
    own = np.bincount(at * n_levels + level, minlength=len(products) * n_levels).reshape(-1, n_levels)
    if own.sum() >= model.counts.sum():
        return None
    by_month = np.bincount(strata.month(edges) * n_levels + level, minlength=model.months.size).reshape(model.months.shape)
    when = by_month.sum(axis=1) / len(edges)
    drift = when @ model.drift(by_month)
    prior = _levels_of(group.log, products, model) - own + model.weight * model.shares(own.sum(axis=0))
    weight = prior.sum(axis=1, keepdims=True)
    prior = prior * drift
    prior = np.round(prior * (weight / prior.sum(axis=1, keepdims=True)), 9)
    # By colour, since draws are made product by product and member by member, and neither may be known by a name.
    order = np.argsort(product_colours(graph)[products], kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    who = np.searchsorted(group.reviewers, graph.reviewer[edges])
    return RatingCounts(edges, level, place[at], who, own[order], prior[order])


def _levels_of(log: LogFacts, products: NDArray[np.int32], model: RatingModel) -> NDArray[np.int64]:
    """Return how often each level was given to each product, by anybody."""
    graph, n_levels = log.graph, len(model.levels)
    assert graph.rating is not None  # noqa: S101  # asked for where the log has ratings
    every = np.zeros((len(products), n_levels), np.int64)
    for k, p in enumerate(products):
        given = graph.rating[graph.product_indptr[p] : graph.product_indptr[p + 1]]
        every[k] = np.bincount(model.coded(given[~np.isnan(given)]), minlength=n_levels)
    return every


def _cuts(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the normal scores at which shares (last axis) are cut."""
    cuts: NDArray[np.float64] = ndtri(np.clip(np.cumsum(shares, axis=-1)[..., :-1], 1e-12, 1 - 1e-12))
    return cuts


def _shifted(shares: NDArray[np.float64], shift: float) -> NDArray[np.float64]:
    """Return the shares when every score is higher by ``shift``."""
    below = ndtr(_cuts(shares) - shift)
    ends = np.zeros((len(shares), 1)), np.ones((len(shares), 1))
    shifted: NDArray[np.float64] = np.maximum(np.diff(np.concatenate([ends[0], below, ends[1]], axis=1), axis=1), 1e-12)
    return shifted


def _granted(counts: RatingCounts, levels: NDArray[np.float64]) -> float:
    """Return the shared taste that is granted: what brings the expected mean nearest to the group's, up to `TASTE_MARGIN`."""
    total, expected = counts.own.sum(axis=1), counts.expected
    given = float((counts.own @ levels).sum())

    def excess(shift: float) -> float:
        return float((total * (_shifted(expected, shift) @ levels)).sum()) - given

    if excess(-TASTE_MARGIN) >= 0:
        return -TASTE_MARGIN
    return TASTE_MARGIN if excess(TASTE_MARGIN) <= 0 else round(float(brentq(excess, -TASTE_MARGIN, TASTE_MARGIN)), 9)


def _statistics(
    given: NDArray[np.int64], expected: NDArray[np.float64], levels: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return agreement, distance and one-sidedness of n sets of ratings: int64[n, n_products, L]."""
    size = given.sum(axis=2)
    agreement = (given * (given - 1)).sum(axis=(1, 2)) / 2.0
    pooled = given.sum(axis=1).astype(np.float64)
    usual = (size[0][:, None] * expected).sum(axis=0)
    usual /= usual.sum()
    # One rating more, spread as expected: a level that the group never gave has a share.
    own = (pooled + usual) / (pooled.sum(axis=1, keepdims=True) + 1.0)
    distance = (pooled * np.log(own / usual)).sum(axis=1)
    middle = (levels[0] + levels[-1]) / 2.0
    missing = []
    for side in (levels < middle, levels > middle):
        wanted = float(usual[side].sum()) * pooled.sum(axis=1)
        missing.append((wanted - pooled[:, side].sum(axis=1)) / np.sqrt(wanted + 0.5))
    return agreement, np.round(distance, 9), np.round(np.maximum(*missing), 9)


def _drawn(
    group: GroupFacts, counts: RatingCounts, expected: NDArray[np.float64], shift: float, model: RatingModel, rng: np.random.Generator
) -> list[NDArray[np.float64]]:
    """Return draws of the three figures under the null."""
    n_products, n_levels = counts.own.shape
    n = len(counts.level)
    draws = min(DRAWS, max(DRAWS // 10, DRAWS * RATINGS_FOR_ALL_DRAWS // max(n, 1)))
    mean, variance = _leniency(group, model)
    # Ratings in the order of product and member, members in the order of their colours: no name decides which draw is whose.
    of = np.argsort(reviewer_colours(group.log.graph)[group.reviewers], kind="stable")
    number = np.empty(len(of), np.int64)
    number[of] = np.arange(len(of))
    order = np.lexsort((number[counts.member], counts.at))
    at, who = counts.at[order], number[counts.member[order]]
    mean, spread = mean[of], np.sqrt(variance[of])
    step = max(1, CELLS_AT_ONCE // max(n * n_levels, n_products * n_levels))
    found: list[list[NDArray[np.float64]]] = [[], [], []]
    rho = model.leniency
    for start in range(0, draws, step):
        some = min(step, draws - start)
        shares = rng.standard_gamma(counts.prior[None], size=(some, n_products, n_levels))
        # Where all shares underflow, the last level is as good as any: the draw is next to impossible anyway.
        shares /= np.maximum(shares.sum(axis=2, keepdims=True), np.finfo(float).tiny)
        lenient = mean + spread * rng.standard_normal((some, len(mean)))
        score = shift + math.sqrt(rho) * lenient[:, who] + math.sqrt(1.0 - rho) * rng.standard_normal((some, n))
        level = (ndtr(score)[:, :, None] > np.cumsum(shares, axis=2)[:, at, :-1]).sum(axis=2)
        key = (np.arange(some)[:, None] * n_products + at) * n_levels + level
        given = np.bincount(key.ravel(), minlength=some * n_products * n_levels).reshape(some, n_products, n_levels)
        for held, one in zip(found, _statistics(given, expected, model.levels), strict=True):
            held.append(one)
    return [np.concatenate(held) for held in found]


def _leniency(group: GroupFacts, model: RatingModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance of each member's leniency, given the member's ratings outside the group: standard normal without any."""
    graph, rho = group.log.graph, model.leniency
    assert graph.rating is not None  # noqa: S101  # asked for where the log has ratings
    n = len(group.reviewers)
    edges = group.every[~np.isin(group.every, group.edges)]
    edges = edges[~np.isnan(graph.rating[edges])]
    if not len(edges) or rho <= 0:
        return np.zeros(n), np.ones(n)
    level = model.coded(graph.rating[edges])
    products, at = np.unique(graph.product[edges], return_inverse=True)
    n_levels = len(model.levels)
    every = _levels_of(group.log, products, model)[at] - np.eye(n_levels, dtype=np.int64)[level]
    drift = group.log.once("rating drift", lambda: model.drift(np.zeros_like(model.months)))
    shares = (every + model.weight * model.shares()) * drift[group.log.strata.month(edges)]
    shares /= shares.sum(axis=1, keepdims=True)
    own = np.arange(len(level))
    up_to = np.cumsum(shares, axis=1)[own, level]
    score = ndtri(np.clip(up_to - 0.5 * shares[own, level], 1e-6, 1 - 1e-6))
    who = np.searchsorted(group.reviewers, graph.reviewer[edges])
    times, total = np.bincount(who, minlength=n), np.bincount(who, weights=score, minlength=n)
    precision = np.asarray(1.0 + times * (rho / (1.0 - rho)), dtype=np.float64)
    mean = np.round(np.asarray(total, np.float64) * (math.sqrt(rho) / (1.0 - rho)) / precision, 9)
    return mean, 1.0 / precision
