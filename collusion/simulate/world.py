"""Who and what there is before anyone reviews: reviewers with tastes, products with sellers, and the calendar."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.simulate.market import Market

__all__ = ["FIVE_STARS", "STARS", "Reviews", "World", "busy", "heavy_tail", "make_world", "rate", "stream"]

YEAR = 365.25

STARS = (0.10, 0.05, 0.08, 0.17)
"""Shares of one to four stars; the others are five: the J shape of retail reviews."""

FIVE_STARS = (0.02, 0.01, 0.01, 0.03)
"""The same for a market where nearly everybody gives five stars (93 %), as on platforms for services and lodging."""

LENIENCY, QUALITY, MOOD = 0.5, 0.6, 1.0
"""Standard deviations of the shares of the reviewer, the product and the occasion in a rating."""


@dataclass(frozen=True, eq=False)
class Reviews:
    """Reviews of one part of the market, one array element each.

    Parameters
    ----------
    reviewer, product : int64 arrays
        Codes.
    time : float64 array
        Days since the log begins.
    rating : int8 array
        1 to 5.
    """

    reviewer: NDArray[np.int64]
    product: NDArray[np.int64]
    time: NDArray[np.float64]
    rating: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.reviewer)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Reviews:
        """Return the reviews at the positions given."""
        return Reviews(self.reviewer[index], self.product[index], self.time[index], self.rating[index])


@dataclass(frozen=True, eq=False)
class World:
    """Reviewers and products; times are days since the log begins, negative before it.

    Parameters
    ----------
    days : float
        Length of the log.
    join, leave : float64[n_reviewers]
    activity : float64[n_reviewers]
        Relative number of reviews while active; sums to 1.
    favourite : int16[n_reviewers, favourites]
        Categories; the same one may occur twice.
    leniency : float32[n_reviewers]
    launch : float64[n_products]
    popularity : float64[n_products]
        Relative number of reviews over the product's whole life; sums to 1.
    category, seller : int32[n_products]
    quality : float32[n_products]
    n_categories : int
    season : float64[2, k]
        Even time, in which the market is equally busy, and the calendar time of each.
    stars : (float, float, float, float)
        Share of one to four stars over the whole market.
    """

    days: float
    join: NDArray[np.float64]
    leave: NDArray[np.float64]
    activity: NDArray[np.float64]
    favourite: NDArray[np.int16]
    leniency: NDArray[np.float32]
    launch: NDArray[np.float64]
    popularity: NDArray[np.float64]
    category: NDArray[np.int32]
    seller: NDArray[np.int32]
    quality: NDArray[np.float32]
    n_categories: int
    season: NDArray[np.float64]
    stars: tuple[float, float, float, float] = STARS

    @property
    def n_reviewers(self) -> int:
        """Number of ordinary accounts."""
        return len(self.join)

    @property
    def n_products(self) -> int:
        """Number of products, variants of a listing aside."""
        return len(self.launch)

    def clip(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return times moved into the log."""
        return np.clip(time, 0.0, self.days - 1 / 86400)

    def active(self, start: float, end: float) -> NDArray[np.int64]:
        """Return the reviewers who are active at some time between two days; all reviewers where none is."""
        found = np.flatnonzero((self.join <= end) & (self.leave >= start))
        return found if len(found) else np.arange(self.n_reviewers)

    @cached_property
    def tickets(self) -> NDArray[np.float64]:
        """Cumulative activity: a number from 0 to 1 falls on a reviewer with a probability that is the reviewer's activity."""
        total: NDArray[np.float64] = np.cumsum(self.activity)
        total /= total[-1]
        return total

    def launched(self, start: float, end: float) -> NDArray[np.int64]:
        """Return the products launched between two days."""
        return np.flatnonzero((self.launch >= start) & (self.launch < end))


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random generator of one part, by its name: adding a part does not change those of the others."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode("utf-8"))]))


def heavy_tail(rng: np.random.Generator, n: int, tail: float, largest: float) -> NDArray[np.float64]:
    """Return ``n`` shares that sum to 1, Pareto with exponent ``tail``, none expected above about ``largest``."""
    weight = rng.pareto(tail, n) + 0.3
    for _ in range(4):  # clipping lowers the sum, which raises the shares again: the fourth round changes little
        weight = np.minimum(weight, largest * weight.sum())
    share: NDArray[np.float64] = weight / weight.sum()
    return share


def make_world(market: Market, seed: int) -> World:
    """Return the reviewers and products of a market. Cost: linear in their number."""
    season = _season(market)
    rng = stream(seed, "products")
    n = market.n_products
    n_sellers = max(1, round(n / market.products_per_seller))
    categories = 1 / np.arange(2, market.categories + 2) ** 0.6
    categories /= categories.sum()
    home = rng.choice(market.categories, n_sellers, p=categories)
    # The largest seller has at most a fiftieth of a large market.
    seller = rng.choice(n_sellers, n, p=heavy_tail(rng, n_sellers, 1.5, max(0.02, 4 / n_sellers)))
    away = rng.random(n) >= market.seller_focus
    category = np.where(away, rng.choice(market.categories, n, p=categories), home[seller])
    before = rng.random(n) < market.established
    even = np.where(before, -rng.exponential(market.decay_days, n), rng.random(n) * market.days)
    popularity = heavy_tail(rng, n, market.popularity_tail, market.most_popular)
    quality = rng.normal(0, QUALITY, n)
    rng = stream(seed, "reviewers")
    m = market.n_reviewers
    # Accounts joined for years before the log; how long they stay is heavy-tailed too.
    join = rng.uniform(-YEAR, market.days, m)
    leave = join + rng.lognormal(np.log(market.stay_days), 1.0, m)
    busiest = min(2000.0, 0.01 * market.reviews) / market.reviews
    return World(
        days=float(market.days),
        join=join,
        leave=leave,
        activity=heavy_tail(rng, m, market.activity_tail, max(busiest, 2 / m)),
        favourite=rng.choice(market.categories, (m, market.favourites), p=categories).astype(np.int16),
        leniency=rng.normal(0, LENIENCY, m).astype(np.float32),
        launch=np.interp(even, season[0], season[1]),
        popularity=popularity,
        category=category.astype(np.int32),
        seller=seller.astype(np.int32),
        quality=quality.astype(np.float32),
        n_categories=market.categories,
        season=season,
        stars=market.stars,
    )


def _season(market: Market) -> NDArray[np.float64]:
    # Even time runs through a point before the log, so that the past maps to itself.
    calendar = np.linspace(0, market.days, max(2, int(market.days)) + 1)
    rate = 1 + market.season * np.cos(2 * np.pi * (calendar - market.peak_day) / YEAR)
    even = np.concatenate([[0], np.cumsum((rate[1:] + rate[:-1]) / 2)])
    past = -1e6
    return np.stack([np.concatenate([[past], even * market.days / even[-1]]), np.concatenate([[past], calendar])])


def busy(world: World, rng: np.random.Generator, span: tuple[float, float], size: int) -> NDArray[np.int64]:
    """Return different reviewers who are active between two days, drawn by activity; all of them where they are too few.

    Drawing with replacement, of which first appearances count, is the same as drawing without.
    """
    if size < 1:
        return np.empty(0, dtype=np.int64)
    found = np.empty(0, dtype=np.int64)
    for _ in range(20):
        drawn = np.minimum(np.searchsorted(world.tickets, rng.random(8 * size), side="right"), world.n_reviewers - 1)
        drawn = drawn[(world.join[drawn] <= span[1]) & (world.leave[drawn] >= span[0])]
        everyone = np.concatenate([found, drawn])
        _, first = np.unique(everyone, return_index=True)
        found = everyone[np.sort(first)][:size]
        if len(found) == size:
            return found
    # Drawing takes too long: the pool is small, or a few accounts write most of its reviews.
    pool = np.setdiff1d(world.active(*span), found)
    return np.concatenate([found, rng.permutation(pool)])[:size]


def rate(
    rng: np.random.Generator,
    leniency: NDArray[np.float32],
    quality: NDArray[np.float32],
    kindness: float = 0.0,
    stars: Sequence[float] = STARS,
) -> NDArray[np.int8]:
    """Return ratings 1 to 5: the sum of reviewer, product and occasion, cut at fixed points.

    ``kindness`` shifts everyone, in the same units as the standard deviations `LENIENCY`, `QUALITY` and `MOOD`; ``stars`` are the shares of
    one to four stars in a market without kindness.
    """
    # Quantiles of the sum over the whole market, so that the J shape is that of the market and not of each product.
    whole = NormalDist(0, (LENIENCY**2 + QUALITY**2 + MOOD**2) ** 0.5)
    cuts = [whole.inv_cdf(share) for share in accumulate(stars)]
    felt = leniency + quality + rng.normal(kindness, MOOD, len(leniency)).astype(np.float32)
    return (1 + np.searchsorted(cuts, felt)).astype(np.int8)
