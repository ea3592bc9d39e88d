"""Rings with known truth: paid accounts on paid targets, camouflaged, at times of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from collusion.bench.world import LENIENCY, Reviews, busy, rate
from collusion.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.bench.world import World

__all__ = ["Planted", "RingPlan", "plant"]

Camouflage = Literal["random", "popular"]
Targets = Literal["random", "popular", "category", "own"]

_FORM = re.compile(r"(?P<reviewers>\d+)x(?P<products>\d+)@(?P<density>[0-9.]+)(?P<rest>(?::[^:]*)*)\Z")


@dataclass(frozen=True)
class RingPlan:
    """What a ring does.

    Parameters
    ----------
    reviewers, products : int
        Accounts and targets.
    density : float
        Share of the account-target pairs that hold a paid review; that many are drawn, exactly.
    days : float, default 10
        Length of the burst; the reviews are spread evenly over it.
    camouflage : float, default 1
        Other reviews a paid one.
    camouflage_kind : {"random", "popular"}
        Whether camouflage goes to any product or to products by their popularity.
    start : float, optional
        First day of the burst, counted from the start of the log; drawn where None.
    rating : int, default 5
        Of the paid reviews.
    targets : {"random", "popular", "category", "own"}
        Any products, products by their popularity, products of one category, of different sellers each where there are enough; or
        products of one seller, or of as few as have enough.
    hijacked : float, default 0
        Share of the accounts that are ordinary reviewers' accounts; the others are new and older than the burst by weeks or months.
    """

    reviewers: int
    products: int
    density: float
    days: float = 10.0
    camouflage: float = 1.0
    camouflage_kind: Camouflage = "random"
    start: float | None = None
    rating: int = 5
    targets: Targets = "random"
    hijacked: float = 0.0

    def __post_init__(self) -> None:
        checks = {
            "reviewers must be at least 2": self.reviewers >= 2,
            "products must be at least 1": self.products >= 1,
            "density must be above 0 and at most 1": 0 < self.density <= 1,
            "days must be above 0": self.days > 0,
            "camouflage must be at least 0": self.camouflage >= 0,
            f"camouflage_kind must be one of {', '.join(get_args(Camouflage))}": self.camouflage_kind in get_args(Camouflage),
            "start must be at least 0": self.start is None or self.start >= 0,
            "rating must be from 1 to 5": self.rating in {1, 2, 3, 4, 5},
            f"targets must be one of {', '.join(get_args(Targets))}": self.targets in get_args(Targets),
            "hijacked must be from 0 to 1": 0 <= self.hijacked <= 1,
        }
        wrong = [what for what, fine in checks.items() if not fine]
        if wrong:
            raise ConfigError("\n".join(f"ring {self.reviewers}x{self.products}@{self.density}: {what}" for what in wrong))

    @classmethod
    def parse(cls, text: str) -> RingPlan:
        """Read ``50x20@0.8`` or ``50x20@0.8:days=10:camouflage=1:targets=own``.

        Raises
        ------
        ConfigError
            When the text is of another form, a key is unknown, or a value is refused.
        """
        match = _FORM.match(text)
        if match is None:
            raise ConfigError(f"ring {text!r} is not of the form REVIEWERSxPRODUCTS@DENSITY[:KEY=VALUE...], such as 50x20@0.8:days=10")
        types = {f.name: str(f.type) for f in fields(cls)}
        given: dict[str, str] = {key: match[key] for key in ("reviewers", "products", "density")}
        optional = types.keys() - given.keys()
        wrong = []
        for part in filter(None, match["rest"].split(":")):
            key, equals, value = part.partition("=")
            if not equals or key not in optional:
                wrong.append(f"ring {text!r}: {part!r} is not KEY=VALUE with a known key; {did_you_mean(key, optional)}")
            given[key] = value
        values: dict[str, object] = {}
        for key, value in given.items():
            kind = types.get(key, "")
            try:
                values[key] = int(value) if kind == "int" else float(value) if kind.startswith("float") else value
            except ValueError:
                wrong.append(f"ring {text!r}: {key} must be a {'whole ' if kind == 'int' else ''}number, not {value!r}")
        if wrong:
            raise ConfigError("\n".join(wrong))
        return cls(**values)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Planted:
    """A ring in the log: paid reviews and camouflage, and who and what holds a paid review (sorted codes)."""

    reviews: Reviews
    reviewers: NDArray[np.int64]
    products: NDArray[np.int64]


def plant(plan: RingPlan, world: World, reviews: Reviews, first_new: int, rng: np.random.Generator) -> Planted:
    """Return a ring whose new accounts have the codes from ``first_new`` on.

    Targets have ordinary reviews before they are paid for, wherever the market has enough such products.

    Parameters
    ----------
    reviews : Reviews
        The ordinary reviews.

    Raises
    ------
    ConfigError
        When the market has too few products or accounts, or the burst does not fit into the log.
    """
    start = _start(plan, world, rng)
    targets = _targets(plan, world, reviews, start, rng)
    hijacked = round(plan.hijacked * plan.reviewers)
    if hijacked > world.n_reviewers:
        raise ConfigError(f"the market has {world.n_reviewers} accounts; a ring cannot take over {hijacked}")
    taken = busy(world, rng, (start, start + plan.days), hijacked)
    members = np.concatenate([taken, np.arange(first_new, first_new + plan.reviewers - len(taken))])
    cells = rng.choice(plan.reviewers * plan.products, max(1, round(plan.density * plan.reviewers * plan.products)), replace=False)
    who, what = members[cells // plan.products], targets[cells % plan.products]
    paid = Reviews(who, what, start + rng.random(len(cells)) * plan.days, np.full(len(cells), plan.rating, dtype=np.int8))
    cover = _camouflage(plan, world, rng, who, targets, start)
    return Planted(
        Reviews(*(np.concatenate([getattr(paid, f.name), getattr(cover, f.name)]) for f in fields(Reviews))),
        np.unique(who),
        np.unique(what),
    )


def _start(plan: RingPlan, world: World, rng: np.random.Generator) -> float:
    drawn = rng.random()
    latest = world.days - plan.days
    if latest < (plan.start or 0):
        raise ConfigError(f"a ring of {plan.days:g} days from day {plan.start or 0:g} on does not fit into a log of {world.days:g} days")
    return plan.start if plan.start is not None else latest * (0.1 + 0.9 * drawn)


def _targets(plan: RingPlan, world: World, reviews: Reviews, start: float, rng: np.random.Generator) -> NDArray[np.int64]:
    if plan.products > world.n_products:
        raise ConfigError(f"the market has {world.n_products} products; a ring cannot have {plan.products} targets")
    # Real targets have honest customers too, and cannot be reviewed before they exist.
    known = np.zeros(world.n_products, dtype=np.bool_)
    known[reviews.product] = True
    known &= world.launch <= start
    pool = np.flatnonzero(known)
    if len(pool) < plan.products:
        pool = np.arange(world.n_products)
    if plan.targets == "category":
        inside = pool[world.category[pool] == rng.choice(world.category[pool])]
        pool = inside if len(inside) >= plan.products else pool
    weight = world.popularity[pool] if plan.targets == "popular" else np.ones(len(pool))
    order = pool[np.argsort(rng.exponential(1.0, len(pool)) / weight, kind="stable")]
    seller = world.seller[order]
    if plan.targets == "own":
        # Sellers in random order, but one that has enough goes first.
        place = rng.permutation(int(world.seller.max()) + 1)
        enough = np.bincount(seller, minlength=len(place)) >= plan.products
        return np.sort(order[np.lexsort((place[seller], ~enough[seller]))][: plan.products])
    # First products of each seller before second ones.
    by_seller = np.argsort(seller, kind="stable")
    starts = np.flatnonzero(np.append(np.True_, np.diff(seller[by_seller]) != 0))
    nth = np.empty(len(order), dtype=np.int64)
    nth[by_seller] = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return np.sort(order[np.argsort(nth, kind="stable")][: plan.products])


def _camouflage(
    plan: RingPlan, world: World, rng: np.random.Generator, who: NDArray[np.int64], targets: NDArray[np.int64], start: float
) -> Reviews:
    """Return honest-looking reviews by the accounts, in proportion to their paid ones, over weeks or months around the burst."""
    n = round(plan.camouflage * len(who))
    others = np.setdiff1d(np.arange(world.n_products), targets)
    if n == 0 or len(others) == 0:
        return Reviews(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int8))
    reviewer = rng.permutation(np.resize(rng.permutation(who), n))
    popular = world.popularity[others] if plan.camouflage_kind == "popular" else np.ones(len(others))
    product = rng.choice(others, n, p=popular / popular.sum())
    # Each account has an age of its own, and goes on for a while after the job.
    members, which = np.unique(reviewer, return_inverse=True)
    before, after = rng.exponential(60, len(members))[which], rng.exponential(30, len(members))[which]
    time = start - before + rng.random(n) * (before + plan.days + after)
    inside = world.clip(np.maximum(time, world.launch[product]))
    leniency = rng.normal(0, LENIENCY, len(members)).astype(np.float32)[which]
    return Reviews(reviewer, product, inside, rate(rng, leniency, world.quality[product]))
