"""Ordinary reviews: each product is reviewed along its own curve, by reviewers whose taste and times suit."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from collusion.simulate.world import Reviews, rate, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.market import Market
    from collusion.simulate.world import World

__all__ = ["ordinary_reviews", "repeats"]

MONTH_DAYS = 30.0
"""Days for which the set of active reviewers is taken as constant."""

DRAWS_PER_REVIEW = 1.06
"""Draws per review wanted: some repeat a (reviewer, product) pair and are dropped."""


def ordinary_reviews(market: Market, world: World, seed: int) -> Reviews:
    """Return ``market.reviews`` reviews with no (reviewer, product) twice, or fewer where the market is too small for that many.

    Products are drawn by popularity and times by the product's curve; then a reviewer who is active that month is drawn by activity,
    out of those who favour the category (``market.loyalty``) or out of all. Cost: linear, but for one sort.
    """
    rng = stream(seed, "ordinary")
    wanted = market.reviews
    draws = int(wanted * DRAWS_PER_REVIEW) + 64
    product = _products(world, rng, draws, market.decay_days)
    time = _times(market, world, rng, product)
    reviewer = _reviewers(market, world, rng, product, time)
    for _ in range(2):  # a second and third choice for those who have reviewed the product before
        again = _repeated(reviewer, product, world.n_products)
        reviewer[again] = _reviewers(market, world, rng, product[again], time[again])
    keep = np.flatnonzero(~_repeated(reviewer, product, world.n_products))
    if len(keep) > wanted:
        keep = np.sort(rng.permutation(keep)[:wanted])
    reviewer, product, time = reviewer[keep], product[keep], time[keep]
    time = _sittings(market, rng, reviewer, time)
    return Reviews(reviewer, product, time, rate(rng, world.leniency[reviewer], world.quality[product], stars=world.stars))


def repeats(market: Market, world: World, reviews: Reviews, seed: int) -> Reviews:
    """Return second reviews of the same reviewer and product, weeks to months after the first: a share ``market.repeats`` of them."""
    rng = stream(seed, "repeats")
    chosen = reviews.take(np.flatnonzero(rng.random(len(reviews)) < market.repeats))
    time = world.clip(chosen.time + rng.exponential(100, len(chosen)))
    rating = rate(rng, world.leniency[chosen.reviewer], world.quality[chosen.product], stars=world.stars)
    return Reviews(chosen.reviewer, chosen.product, time, rating)


def _products(world: World, rng: np.random.Generator, n: int, decay: float) -> NDArray[np.int64]:
    # A product is reviewed in the log in proportion to the part of its life that falls into it.
    inside = _survival(np.maximum(-world.launch, 0), decay) - _survival(world.days - world.launch, decay)
    share = world.popularity * inside
    return np.repeat(np.arange(world.n_products), rng.multinomial(n, share / share.sum()))


def _survival(age: NDArray[np.float64], decay: float) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.exp(-age / decay)
    return result


def _times(market: Market, world: World, rng: np.random.Generator, product: NDArray[np.int64]) -> NDArray[np.float64]:
    even, calendar = world.season
    launch = np.interp(world.launch, calendar, even)
    first = _survival(np.maximum(-launch, 0), market.decay_days)
    last = _survival(world.days - launch, market.decay_days)
    # The inverse of the decaying curve, cut to the log.
    share = rng.random(len(product))
    age = -market.decay_days * np.log(first[product] - share * (first - last)[product])
    burst = rng.exponential(market.launch_days, len(product))
    fresh = (launch[product] >= 0) & (rng.random(len(product)) < market.launch_burst) & (burst < (world.days - launch)[product])
    time = np.interp(launch[product] + np.where(fresh, burst, age), even, calendar)
    # People write in the evening: the day is kept, the hour is drawn.
    hour = rng.normal(market.peak_hour, 4.0, len(product)) % 24
    return world.clip(np.floor(time) + hour / 24)


def _reviewers(
    market: Market, world: World, rng: np.random.Generator, product: NDArray[np.int64], time: NDArray[np.float64]
) -> NDArray[np.int64]:
    reviewer = np.empty(len(product), dtype=np.int64)
    month = (time // MONTH_DAYS).astype(np.int16)
    order = np.argsort(month, kind="stable")
    edges = np.searchsorted(month[order], np.arange(int(world.days // MONTH_DAYS) + 2))
    loyal = rng.random(len(product)) < market.loyalty
    spot = rng.random(len(product))
    for k, (begin, end) in enumerate(pairwise(edges)):
        if begin == end:
            continue
        here = order[begin:end]
        active = world.active(k * MONTH_DAYS, (k + 1) * MONTH_DAYS)
        everyone = np.cumsum(world.activity[active])
        reviewer[here] = active[_pick(everyone, spot[here] * everyone[-1])]
        # Favourites are sorted by category, so that one cumulative sum serves all categories.
        taste = world.favourite[active].ravel(order="F")
        by_taste = np.argsort(taste, kind="stable")
        weight = np.concatenate([[0.0], np.cumsum(np.tile(world.activity[active], market.favourites)[by_taste])])
        bounds = np.searchsorted(taste[by_taste], np.arange(world.n_categories + 1))
        category = world.category[product[here]]
        low, high = weight[bounds[category]], weight[bounds[category + 1]]
        mine = loyal[here] & (high > low)
        ticket = _pick(weight[1:], low[mine] + spot[here][mine] * (high - low)[mine])
        reviewer[here[mine]] = active[by_taste[ticket] % len(active)]
    return reviewer


def _pick(cumulative: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum(np.searchsorted(cumulative, at, side="right"), len(cumulative) - 1)


def _repeated(reviewer: NDArray[np.int64], product: NDArray[np.int64], n_products: int) -> NDArray[np.bool_]:
    """Mark all but one of the reviews of each (reviewer, product)."""
    key = reviewer * n_products + product
    order = np.argsort(key, kind="stable")
    mark = np.zeros(len(key), dtype=np.bool_)
    mark[order[1:]] = key[order[1:]] == key[order[:-1]]
    return mark


def _sittings(market: Market, rng: np.random.Generator, reviewer: NDArray[np.int64], time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put off a share of the reviews to the reviewer's next one, minutes before it: later, so no launch is missed."""
    n = len(time)
    if n == 0:
        return time
    order = np.lexsort((time, reviewer))
    same = np.append(reviewer[order[1:]] == reviewer[order[:-1]], np.False_)
    near = np.append(np.diff(time[order]) < market.sitting_days, np.False_)
    put_off = same & near & (rng.random(n) < market.sittings)
    # Each review put off is written with the first that is not, counted from the end.
    position = np.arange(n)
    last = np.minimum.accumulate(np.where(put_off, n, position)[::-1])[::-1]
    minutes = rng.uniform(1, 8, n)
    result = time.copy()
    result[order] = np.maximum(time[order[last]] - (last - position) * minutes / 1440, 0)
    return result
