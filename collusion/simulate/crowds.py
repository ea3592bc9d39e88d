"""Honest crowds that act together for an innocent reason: one source decides what they buy, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.blocks import first_of_each
from collusion.simulate.honest import LookAlike, between, reviews_of
from collusion.simulate.world import busy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.honest import Draw, Scene
    from collusion.simulate.world import Reviews, World

__all__ = ["CROWDS", "Boxes", "Bundles", "Cohorts", "Followers", "PlainFollowers", "Programmes"]

MONTH_DAYS = 30.0
"""Days between two boxes of a subscription."""

EARLIEST_SHARE = 0.1
"""Share of the log before the first crowd: few products are on sale earlier."""


@dataclass(frozen=True)
class Bundles(LookAlike, name="bundles", per_review=1 / 20_000):
    """People who each buy the same bundle of products of different sellers, and review most of it within days of its delivery.

    The bundle is sold for ``sold`` days. Each person buys on a day of their own and writes at one or two sessions, as the parts come
    into use (``delay``: mean days from purchase to review).
    """

    size: tuple[int, int] = (8, 25)
    products: tuple[int, int] = (4, 8)
    share: tuple[float, float] = (0.6, 1.0)
    sold: tuple[int, int] = (14, 56)
    delay: float = 5.0

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        days = float(between(rng, self.sold))
        begin = _beginning(scene.world, rng, days)
        return _bought_as_a_set(self, scene, rng, begin, days)


@dataclass(frozen=True)
class Boxes(LookAlike, name="boxes", per_review=1 / 20_000):
    """Subscribers who get a box of products of all categories each month, and review a share of each within two weeks."""

    size: tuple[int, int] = (10, 40)
    products: tuple[int, int] = (3, 6)
    months: tuple[int, int] = (2, 6)
    share: tuple[float, float] = (0.3, 0.7)
    days: float = 14.0

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        world = scene.world
        months = between(rng, self.months)
        begin = _beginning(world, rng, months * MONTH_DAYS)
        people = busy(world, rng, (begin, begin + months * MONTH_DAYS), between(rng, self.size))
        keen = rng.uniform(*self.share, len(people))
        sizes = rng.integers(self.products[0], self.products[1] + 1, months)
        packed = _offered(scene, rng, begin, int(sizes.sum()))
        month = rng.permutation(np.repeat(np.arange(months), sizes))[: len(packed)]
        i, j = np.nonzero(rng.random((len(people), len(packed))) < keen[:, None])
        time = begin + month[j] * MONTH_DAYS + rng.random(len(i)) * self.days
        return _as_found(reviews_of(world, rng, people[i], packed[j], time))


@dataclass(frozen=True)
class Followers(LookAlike, name="followers", per_review=1 / 20_000):
    """Followers of an influencer, who buy a share of what is recommended within days, and like it more than others do.

    ``kindness`` is that of `collusion.simulate.world.rate`: 0.55 lifts their mean rating by about 0.4 stars.
    """

    size: tuple[int, int] = (10, 40)
    products: tuple[int, int] = (6, 15)
    months: tuple[int, int] = (2, 6)
    share: tuple[float, float] = (0.25, 0.6)
    delay: float = 4.0
    kindness: float = 0.55

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        world = scene.world
        days = between(rng, self.months) * MONTH_DAYS
        begin = _beginning(world, rng, days)
        recommended = _offered(scene, rng, begin, between(rng, self.products))
        people = busy(world, rng, (begin, begin + days), between(rng, self.size))
        keen = rng.uniform(*self.share, len(people))
        day = begin + rng.random(len(recommended)) * days
        i, j = np.nonzero(rng.random((len(people), len(recommended))) < keen[:, None])
        time = day[j] + rng.exponential(self.delay, len(i))
        return _as_found(reviews_of(world, rng, people[i], recommended[j], time, self.kindness))


@dataclass(frozen=True)
class PlainFollowers(Followers, name="plain_followers"):
    """Followers of an influencer who rate what they buy as others do."""

    kindness: float = 0.0


@dataclass(frozen=True)
class Cohorts(LookAlike, name="cohorts", per_review=1 / 20_000):
    """Students of a course, who buy the same set within two weeks at the start of a term, and review much of it soon.

    Terms begin every ``term`` days.
    """

    size: tuple[int, int] = (10, 30)
    products: tuple[int, int] = (4, 8)
    share: tuple[float, float] = (0.5, 0.9)
    days: float = 14.0
    delay: float = 5.0
    term: float = 182.0

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        begin = _beginning(scene.world, rng, self.days)
        if self.term:
            # The last start of a term before the day drawn, or the day itself where the log is shorter than a term.
            begin = max(begin // self.term * self.term, min(begin, EARLIEST_SHARE * scene.world.days))
        return _bought_as_a_set(self, scene, rng, begin, self.days)


@dataclass(frozen=True)
class Programmes(LookAlike, name="programmes", per_review=1 / 20_000):
    """Testers who get new products of all categories, and rate each as they find it."""

    size: tuple[int, int] = (8, 25)
    share: tuple[float, float] = (0.2, 0.6)
    products: tuple[int, int] = (10, 40)
    months: tuple[int, int] = (3, 12)
    days: float = 14.0

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        world = scene.world
        length = between(rng, self.months) * MONTH_DAYS
        begin = _beginning(world, rng, length)
        wanted = between(rng, self.products)
        new = world.launched(begin, begin + length)
        if len(new) < wanted:
            # A small market: the launches of the whole log that come next.
            later = world.launched(0, world.days)
            later = later[np.argsort(np.abs(world.launch[later] - begin), kind="stable")]
            new = later[:wanted]
        sent = _of_many_sellers(world, rng, new, wanted)
        people = busy(world, rng, (begin, begin + length), between(rng, self.size))
        i, j = np.nonzero(rng.random((len(people), len(sent))) < rng.uniform(*self.share))
        time = world.launch[sent[j]] + rng.random(len(i)) * self.days
        return _as_found(reviews_of(world, rng, people[i], sent[j], time))


CROWDS: tuple[type[LookAlike], ...] = (Bundles, Boxes, Followers, PlainFollowers, Cohorts, Programmes)


def _beginning(world: World, rng: np.random.Generator, length: float) -> float:
    """Return a day from which a crowd has time to finish, where the log is long enough."""
    latest = max(world.days - length, 0.0)
    return float(rng.uniform(min(EARLIEST_SHARE * world.days, latest), latest))


def _bought_as_a_set(kind: Bundles | Cohorts, scene: Scene, rng: np.random.Generator, begin: float, days: float) -> Draw:
    """Return the reviews of people who buy one set of products, each on a day of their own from ``begin`` on."""
    products = _offered(scene, rng, begin, between(rng, kind.products))
    people = busy(scene.world, rng, (begin, begin + days), between(rng, kind.size))
    i, j = np.nonzero(rng.random((len(people), len(products))) < rng.uniform(*kind.share))
    bought = begin + rng.random(len(people)) * days
    time = bought[i] + rng.exponential(kind.delay, len(i))
    return _as_found(reviews_of(scene.world, rng, people[i], products[j], time))


def _offered(scene: Scene, rng: np.random.Generator, day: float, size: int) -> NDArray[np.int64]:
    """Return products that are on sale on a day and have other customers, of different sellers where there are enough."""
    there = scene.world.launch <= day
    for pool in (there & scene.reviewed, there):
        if pool.sum() >= size:
            return _of_many_sellers(scene.world, rng, np.flatnonzero(pool), size)
    return _of_many_sellers(scene.world, rng, np.arange(scene.world.n_products), size)


def _of_many_sellers(world: World, rng: np.random.Generator, pool: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    order = rng.permutation(pool)
    return np.sort(first_of_each(order, world.seller[order])[:size])


def _as_found(reviews: Reviews) -> Draw:
    """Return a group's reviews with the people and products that have one: somebody without a review cannot be found."""
    return reviews, np.unique(reviews.reviewer), np.unique(reviews.product)
