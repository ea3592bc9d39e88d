"""Honest look-alikes: groups that a careless detector takes for rings, each with an innocent reason.

To add a class, write a `LookAlike` with a name here (or in `collusion.simulate.crowds`, if its members act together), and give it
a field of `collusion.simulate.market.Market`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from collusion.base.errors import ConfigError
from collusion.simulate.world import Reviews, busy, rate, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from collusion.simulate.world import World

__all__ = [
    "EarlyReviewers",
    "Fans",
    "Households",
    "Launches",
    "Locals",
    "LookAlike",
    "Promotions",
    "Scene",
    "Sittings",
    "between",
    "honest_reviews",
    "reviews_of",
]

Draw = tuple[Reviews, "NDArray[np.int64]", "NDArray[np.int64]"]


@dataclass(frozen=True, eq=False)
class Scene:
    """What honest groups are drawn from: people, products, and the ordinary reviews."""

    world: World
    reviews: Reviews

    @cached_property
    def reviewed(self) -> NDArray[np.bool_]:
        """Whether each product has ordinary reviews."""
        return np.bincount(self.reviews.product, minlength=self.world.n_products) > 0

    @cached_property
    def by_reviewer(self) -> NDArray[np.int64]:
        """Positions of the reviews, those of one reviewer together."""
        return np.argsort(self.reviews.reviewer, kind="stable")

    def written_by(self, reviewer: int) -> NDArray[np.int64]:
        """Return the positions of a reviewer's reviews."""
        ends = np.searchsorted(self.reviews.reviewer, (reviewer, reviewer + 1), sorter=self.by_reviewer)
        return self.by_reviewer[ends[0] : ends[1]]


@dataclass(frozen=True)
class LookAlike(ABC):
    """One class of honest groups.

    Parameters
    ----------
    groups : int, optional
        Number of groups; None for `per_review` times the size of the market, 0 for none.
    """

    name: ClassVar[str]
    per_review: ClassVar[float]
    groups: int | None = None

    def __init_subclass__(cls, *, name: str, per_review: float | None = None) -> None:
        cls.name = name
        if per_review is not None:
            cls.per_review = per_review

    def count(self, reviews: int) -> int:
        """Return the number of groups in a market with this many reviews."""
        return round(self.per_review * reviews) if self.groups is None else self.groups

    def __post_init__(self) -> None:
        wrong = []
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, tuple):
                fine = len(value) == 2 and 0 < value[0] <= value[1]
            else:
                fine = value is None if f.name == "groups" and not isinstance(value, int) else value >= 0
            if not fine:
                wrong.append(f"{self.name}: {f.name} must be at least 0, and a span two rising numbers above 0, not {value!r}")
        if wrong:
            raise ConfigError("\n".join(wrong))

    @abstractmethod
    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""


@dataclass(frozen=True)
class Fans(LookAlike, name="fans", per_review=1 / 10_000):
    """People who review much of one seller's series, each product soon after its launch, and like it."""

    size: tuple[int, int] = (8, 25)
    share: tuple[float, float] = (0.4, 0.8)
    products: tuple[int, int] = (4, 15)
    delay: float = 10.0

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        world = scene.world
        mine = _series(world, rng, self.products)
        people = busy(world, rng, (0, world.days), between(rng, self.size))
        i, j = np.nonzero(rng.random((len(people), len(mine))) < rng.uniform(*self.share))
        time = np.maximum(world.launch[mine[j]], 0) + rng.exponential(self.delay, len(i))
        # A product launched before the log is reviewed whenever the fan discovers it.
        time = np.where(world.launch[mine[j]] < 0, rng.uniform(0, world.days, len(i)), time)
        return reviews_of(world, rng, people[i], mine[j], time, kindness=0.8), people, mine


@dataclass(frozen=True)
class Launches(LookAlike, name="launches", per_review=1 / 10_000):
    """Many people, with nothing else in common, who review one product within days of its launch."""

    size: tuple[int, int] = (30, 120)
    days: float = 3.0

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        world = scene.world
        pool = world.launched(0, world.days - self.days)
        product = rng.choice(pool if len(pool) else np.arange(world.n_products), 1)
        begin = max(0.0, float(world.launch[product[0]]))
        people = busy(world, rng, (begin, begin + self.days), between(rng, self.size))
        time = begin + rng.random(len(people)) * self.days
        return reviews_of(world, rng, people, np.repeat(product, len(people)), time), people, product


@dataclass(frozen=True)
class Promotions(LookAlike, name="promotions", per_review=1 / 15_000):
    """Bargain hunters: each visits some of the promotions independently, and buys some of the products on offer."""

    size: tuple[int, int] = (30, 80)
    events: tuple[int, int] = (1, 5)
    products: tuple[int, int] = (1, 8)
    attend: tuple[float, float] = (0.2, 0.5)
    buy: tuple[float, float] = (0.1, 0.4)
    days: float = 4.0

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        world = scene.world
        people = busy(world, rng, (0, world.days), between(rng, self.size))
        keen, thrifty = rng.uniform(*self.attend, len(people)), rng.uniform(*self.buy, len(people))
        who, what, when = [], [], []
        for _ in range(between(rng, self.events)):
            begin = rng.uniform(0, max(world.days - self.days, 0))
            pool = world.launched(-np.inf, begin)
            offers = _some(rng, pool if len(pool) else np.arange(world.n_products), between(rng, self.products))
            there = rng.random(len(people)) < keen
            i, j = np.nonzero(there[:, None] & (rng.random((len(people), len(offers))) < thrifty[:, None]))
            who.append(people[i])
            what.append(offers[j])
            when.append(begin + rng.random(len(i)) * self.days)
        product = np.concatenate(what)
        return reviews_of(world, rng, np.concatenate(who), product, np.concatenate(when)), people, np.unique(product)


@dataclass(frozen=True)
class EarlyReviewers(LookAlike, name="early", per_review=1 / 30_000):
    """A programme that sends new products of one category to the same accounts, who rate them as they find them."""

    size: tuple[int, int] = (8, 25)
    share: tuple[float, float] = (0.2, 0.6)
    products: tuple[int, int] = (10, 40)
    days: float = 14.0

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        world = scene.world
        category = rng.choice(world.category)
        new = world.launched(0, world.days)
        new = new[world.category[new] == category]
        new = new[np.argsort(world.launch[new], kind="stable")]
        wanted = between(rng, self.products)
        begin = int(rng.integers(0, max(1, len(new) - wanted + 1)))
        sent = new[begin : begin + wanted]
        people = busy(world, rng, (0, world.days), between(rng, self.size))
        i, j = np.nonzero(rng.random((len(people), len(sent))) < rng.uniform(*self.share))
        time = world.launch[sent[j]] + rng.random(len(i)) * self.days
        return reviews_of(world, rng, people[i], sent[j], time), people, np.sort(sent)


@dataclass(frozen=True)
class Households(LookAlike, name="households", per_review=1 / 2_000):
    """Two or three accounts of one home, which review what was bought together, about a day apart."""

    size: tuple[int, int] = (2, 3)
    share: tuple[float, float] = (0.3, 0.8)
    known: tuple[int, int] = (3, 30)

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        world, reviews = scene.world, scene.reviews
        # One account of the home has reviewed before: a few things, not hundreds.
        first, own = 0, np.empty(0, dtype=np.int64)
        for drawn in rng.choice(reviews.reviewer, 20) if len(reviews) else ():
            first, own = int(drawn), scene.written_by(int(drawn))
            if self.known[0] <= len(own) <= self.known[1]:
                break
        others = rng.choice(world.n_reviewers, min(world.n_reviewers, between(rng, self.size)), replace=False)
        others = others[others != first][: max(1, len(others) - 1)]
        i, j = np.nonzero(rng.random((len(others), len(own))) < rng.uniform(*self.share))
        time = reviews.time[own[j]] + rng.exponential(1.0, len(i))
        products = reviews.product[own[j]]
        return reviews_of(world, rng, others[i], products, time), np.sort(np.append(others, first)), np.unique(products)


@dataclass(frozen=True)
class Locals(LookAlike, name="locals", per_review=1 / 15_000):
    """Regulars of one neighbourhood, who review most of its few businesses, each at their own time."""

    size: tuple[int, int] = (8, 25)
    share: tuple[float, float] = (0.3, 0.7)
    products: tuple[int, int] = (8, 20)

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        world = scene.world
        category = rng.choice(world.category)
        businesses = _some(rng, np.flatnonzero(world.category == category), between(rng, self.products))
        people = busy(world, rng, (0, world.days), between(rng, self.size))
        i, j = np.nonzero(rng.random((len(people), len(businesses))) < rng.uniform(*self.share))
        opened = np.maximum(world.launch[businesses[j]], 0)
        time = opened + rng.random(len(i)) * (world.days - opened)
        return reviews_of(world, rng, people[i], businesses[j], time, kindness=0.3), people, businesses


@dataclass(frozen=True)
class Sittings(LookAlike, name="evenings", per_review=1 / 15_000):
    """People who each rate dozens of popular products of one or two categories in one evening, each with their own opinion.

    In some groups (``waves``) all do so within ``days`` of an event that brought them; in the others each has a day of their own. They
    rate what they think of first: among the ``shelf`` most popular products, the popular more often.
    """

    size: tuple[int, int] = (10, 40)
    rated: tuple[int, int] = (12, 40)
    categories: tuple[int, int] = (1, 2)
    shelf: int = 200
    waves: float = 0.5
    days: float = 5.0

    def draw(self, scene: Scene, rng: np.random.Generator) -> Draw:
        """Return one group's reviews, its reviewers and its products."""
        world = scene.world
        kinds = rng.choice(world.category, between(rng, self.categories))
        pool = np.flatnonzero(np.isin(world.category, kinds))
        pool = np.sort(pool[np.argsort(-world.popularity[pool], kind="stable")][: self.shelf])
        event = rng.uniform(0, world.days)
        if rng.random() < self.waves:
            span = (event, event + self.days)
            people = busy(world, rng, span, between(rng, self.size))
            when = rng.uniform(*span, len(people))
        else:
            people = busy(world, rng, (0, world.days), between(rng, self.size))
            when = rng.uniform(np.maximum(world.join[people], 0), np.clip(world.leave[people], 0, world.days))
        # An evening ends within the log.
        day = np.floor(np.minimum(when, world.days - 1))
        # The smallest of exponentials over popularity: each person's own draw without replacement, among the products of their day.
        wait = rng.exponential(1.0, (len(people), len(pool))) / world.popularity[pool]
        wait[world.launch[pool] >= day[:, None]] = np.inf
        nth = np.argsort(np.argsort(wait, axis=1, kind="stable"), axis=1, kind="stable")
        chosen = rng.integers(self.rated[0], self.rated[1] + 1, len(people))
        i, j = np.nonzero((nth < chosen[:, None]) & np.isfinite(wait))
        hour = np.clip(rng.normal(20, 1.5, len(people)), 14, 22)
        time = day[i] + hour[i] / 24 + rng.random(len(i)) * chosen[i] * 2 / 1440
        return reviews_of(world, rng, people[i], pool[j], time), people, np.unique(pool[j])


def honest_reviews(kind: LookAlike, scene: Scene, seed: int) -> Iterator[Draw]:
    """Yield the groups of one class: reviews, reviewers, products.

    Each group has random numbers of its own, so that one more group does not change the others.
    """
    for k in range(kind.count(len(scene.reviews))):
        yield kind.draw(scene, stream(seed, f"{kind.name}.{k}"))


def between(rng: np.random.Generator, span: tuple[int, int]) -> int:
    """Return a whole number drawn from a span, both ends included."""
    return int(rng.integers(span[0], span[1] + 1))


def _some(rng: np.random.Generator, pool: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.sort(rng.choice(pool, min(size, len(pool)), replace=False))


def _series(world: World, rng: np.random.Generator, span: tuple[int, int]) -> NDArray[np.int64]:
    """Return products of one seller, or of one with the most where none has enough; the newest ones."""
    offered = np.bincount(world.seller)
    able = np.flatnonzero(offered >= min(span[0], int(offered.max())))
    own = np.flatnonzero(world.seller == rng.choice(able))
    newest = own[np.argsort(-world.launch[own], kind="stable")]
    return np.sort(newest[: between(rng, span)])


def reviews_of(
    world: World,
    rng: np.random.Generator,
    reviewer: NDArray[np.int64],
    product: NDArray[np.int64],
    time: NDArray[np.float64],
    kindness: float = 0.0,
) -> Reviews:
    """Return the reviews that honest people write; ``kindness`` is that of `collusion.simulate.world.rate`."""
    # Reviews after the end of the log are not in it.
    inside = time < world.days
    reviewer, product, time = reviewer[inside], product[inside], np.maximum(time[inside], 0)
    rating = rate(rng, world.leniency[reviewer], world.quality[product], kindness, world.stars)
    return Reviews(reviewer, product, time, rating)
