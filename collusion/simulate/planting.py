"""Rings with known truth: paid accounts on paid targets, camouflaged, at times of their own."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from collusion.errors import ConfigError, did_you_mean
from collusion.simulate.world import LENIENCY, Reviews, busy, rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from collusion.simulate.world import World

__all__ = ["Planted", "RingPlan", "plant"]

Camouflage = Literal["random", "popular"]
Targets = Literal["random", "popular", "category", "own"]

_FORM = re.compile(r"(?P<reviewers>\d+)x(?P<products>\d+)@(?P<density>[0-9.]+)(?P<rest>(?::[^:]*)*)\Z")


_READERS: dict[str, Callable[[str], object]] = {"int": int, "float": float, "bool": {"yes": True, "no": False}.__getitem__}
"""What makes a value of the text that the command line gives, by the type of the field."""

_KINDS = {"int": "a whole number", "float": "a number", "bool": "yes or no"}


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
        Length of the job; the paid reviews are spread evenly over it.
    campaign : float, optional
        Days of each target's own campaign, which begins at a day of its own within the job: a broker with many clients over a year.
        None where all targets are reviewed over the whole job.
    launch : float, optional
        Days after its launch within which a target is reviewed: the targets are products launched within the job, or those launched nearest
        to it where there are too few. None where targets were there before the job. With this there is no ``campaign``.
    even : bool, default False
        Whether accounts have equally many paid reviews, and targets too, as nearly as the numbers allow. Otherwise chance decides.
    camouflage : float, default 1
        Other reviews a paid one.
    camouflage_kind : {"random", "popular"}
        Whether camouflage goes to any product or to products by their popularity.
    aged : float, default 0
        Accounts are up to so many days older than is usual for new ones, each of an age of its own: camouflage reaches that far back.
    start : float, optional
        First day of the job, counted from the start of the log; drawn where None.
    rating : int, default 5
        Of the paid reviews.
    mixed : float, default 0
        Share of the paid reviews that have another rating: towards the middle, by one star in three of four cases, by two in the other.
    attacked : float, default 0
        Share of the targets whose paid reviews have the opposite rating, ``6 - rating``: those of a rival.
    like_others : bool, default False
        Whether the accounts rate each target as ordinary reviewers do; then ``rating``, ``mixed`` and ``attacked`` say nothing.
    targets : {"random", "popular", "category", "own"}
        Any products, products by their popularity, products of one category, of different sellers each where there are enough; or
        products of one seller, or of as few as have enough.
    hijacked : float, default 0
        Share of the accounts that are ordinary reviewers' accounts; the others are new and older than the job by weeks or months.
    shared : float, default 0
        Share of the accounts that are accounts of the ring planted just before this one: a workforce with two clients.
    overlap : float, default 0
        Share of the targets that are targets of the ring before. Where this or ``shared`` is above 0, all other targets are none of
        that ring's, and a start that is drawn is no earlier than its.
    devices : float, default 0
        Share of the accounts that sit at devices which 2 to 6 of them share, each at one address (`collusion.simulate.links`).
    reuse : float, default 0
        Share of the paid reviews whose text is taken from a few texts of the ring (`collusion.simulate.reuse`).
    reworded : float, default 0.5
        Share of the words of such a text that are exchanged, other ones each time.
    """

    reviewers: int
    products: int
    density: float
    days: float = 10.0
    campaign: float | None = None
    launch: float | None = None
    even: bool = False
    camouflage: float = 1.0
    camouflage_kind: Camouflage = "random"
    aged: float = 0.0
    start: float | None = None
    rating: int = 5
    mixed: float = 0.0
    attacked: float = 0.0
    like_others: bool = False
    targets: Targets = "random"
    hijacked: float = 0.0
    shared: float = 0.0
    overlap: float = 0.0
    devices: float = 0.0
    reuse: float = 0.0
    reworded: float = 0.5

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
            "campaign must be above 0 and at most days": self.campaign is None or 0 < self.campaign <= self.days,
            "launch must be above 0 and at most days": self.launch is None or 0 < self.launch <= self.days,
            "campaign and launch: give one of them": self.campaign is None or self.launch is None,
            "attacked must be from 0 to 1": 0 <= self.attacked <= 1,
            "aged must be at least 0": 0 <= self.aged < math.inf,
            "mixed must be from 0 to 1": 0 <= self.mixed <= 1,
            "shared must be from 0 to 1": 0 <= self.shared <= 1,
            "overlap must be from 0 to 1": 0 <= self.overlap <= 1,
            "devices must be from 0 to 1": 0 <= self.devices <= 1,
            "reuse must be from 0 to 1": 0 <= self.reuse <= 1,
            "reworded must be from 0 to 1": 0 <= self.reworded <= 1,
            "hijacked and shared must add up to at most 1": not max(self.hijacked, self.shared) <= 1 < self.hijacked + self.shared,
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
                values[key] = _READERS.get(kind.partition(" ")[0], str)(value)
            except (ValueError, KeyError):
                wrong.append(f"ring {text!r}: {key} must be {_KINDS[kind.partition(' ')[0]]}, not {value!r}")
        if wrong:
            raise ConfigError("\n".join(wrong))
        return cls(**values)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Planted:
    """A ring in the log.

    Parameters
    ----------
    reviews : Reviews
        First the paid ones, then camouflage.
    paid : int
        How many are paid.
    reviewers, products : int64 arrays
        Sorted codes of who and what holds a paid review.
    start : float
        First day of the job.
    """

    reviews: Reviews
    paid: int
    reviewers: NDArray[np.int64]
    products: NDArray[np.int64]
    start: float


def plant(
    plan: RingPlan, world: World, reviews: Reviews, first_new: int, rng: np.random.Generator, before: Planted | None = None
) -> Planted:
    """Return a ring whose new accounts have the codes from ``first_new`` on.

    Targets have ordinary reviews before they are paid for, wherever the market has enough such products. Every account and every target
    has at least one paid review where there are as many paid reviews as accounts, and as targets.

    Parameters
    ----------
    reviews : Reviews
        The ordinary reviews.
    before : Planted, optional
        The ring planted just before, for ``plan.shared`` and ``plan.overlap``.

    Raises
    ------
    ConfigError
        When the market has too few products or accounts, the job does not fit into the log, or what is to be shared is not there.
    """
    _check(plan, world, before)
    linked = before if plan.shared or plan.overlap else None
    start = _start(plan, world, rng, linked)
    targets = _targets(plan, world, reviews, start, rng, linked)
    taken = busy(world, rng, (start, start + plan.days), round(plan.hijacked * plan.reviewers))
    if linked is not None:
        inherited = rng.choice(linked.reviewers, round(plan.shared * plan.reviewers), replace=False)
        taken = np.concatenate([inherited, taken[~np.isin(taken, inherited)]])
    members = np.concatenate([taken, np.arange(first_new, first_new + plan.reviewers - len(taken))])
    row, column = _cells(plan, rng)
    who, what = members[row], targets[column]
    if plan.launch is not None:
        time = world.launch[what] + rng.random(len(what)) * plan.launch
    elif plan.campaign is None:
        time = start + rng.random(len(what)) * plan.days
    else:
        begins = start + rng.random(plan.products) * (plan.days - plan.campaign)
        time = begins[column] + rng.random(len(what)) * plan.campaign
    rating = _as_others(world, rng, who, what) if plan.like_others else _ratings(plan, rng, column)
    paid = Reviews(who, what, time, rating)
    cover = _camouflage(plan, world, rng, who, targets, start)
    return Planted(
        Reviews(*(np.concatenate([getattr(paid, f.name), getattr(cover, f.name)]) for f in fields(Reviews))),
        len(paid),
        np.unique(who),
        np.unique(what),
        start,
    )


def _check(plan: RingPlan, world: World, before: Planted | None) -> None:
    wrong = []
    if plan.products > world.n_products:
        wrong.append(f"the market has {world.n_products} products; a ring cannot have {plan.products} targets")
    if round(plan.hijacked * plan.reviewers) > world.n_reviewers:
        wrong.append(f"the market has {world.n_reviewers} accounts; a ring cannot take over {round(plan.hijacked * plan.reviewers)}")
    if plan.days + (plan.start or 0) > world.days:
        wrong.append(f"a ring of {plan.days:g} days from day {plan.start or 0:g} on does not fit into a log of {world.days:g} days")
    for share, size, what in ((plan.shared, plan.reviewers, "reviewers"), (plan.overlap, plan.products, "products")):
        wanted = round(share * size)
        there = 0 if before is None else len(getattr(before, what))
        if share and there < wanted:
            place = "there is no ring before it" if before is None else f"the ring before it has {there}"
            wrong.append(f"a ring cannot share {wanted} {what}: {place}")
    if wrong:
        raise ConfigError("\n".join(wrong))


def _start(plan: RingPlan, world: World, rng: np.random.Generator, linked: Planted | None) -> float:
    drawn = rng.random()
    if plan.start is not None:
        return plan.start
    latest = world.days - plan.days
    # A target that is shared must exist when it is paid for again.
    least = 0.1 * latest if linked is None else min(linked.start, latest)
    return least + (latest - least) * drawn


def _cells(plan: RingPlan, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the accounts and the targets (positions) of the paid reviews, no pair twice."""
    everything = plan.reviewers * plan.products
    n, wide = max(1, round(plan.density * everything)), max(plan.reviewers, plan.products)
    if plan.even:
        return _evenly(plan, rng, n)
    cells = rng.choice(everything, n, replace=False)
    left_out = len(np.unique(cells // plan.products)) < plan.reviewers or len(np.unique(cells % plan.products)) < plan.products
    if left_out and n >= wide:
        # One review for each of the longer side, the shorter one taken in turn; the others fall anywhere else.
        turn = np.arange(wide)
        covering = (
            rng.permutation(plan.reviewers)[turn % plan.reviewers] * plan.products + rng.permutation(plan.products)[turn % plan.products]
        )
        others = np.setdiff1d(np.arange(everything), covering, assume_unique=True)
        cells = np.concatenate([covering, rng.choice(others, n - wide, replace=False)])
    return cells // plan.products, cells % plan.products


def _evenly(plan: RingPlan, rng: np.random.Generator, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return accounts and targets of the paid reviews, taken in turn, so that their numbers differ by one at most."""
    row = np.sort(rng.permutation(plan.reviewers)[np.arange(n) % plan.reviewers])
    reviews = np.zeros(plan.products, dtype=np.int64)
    chosen = []
    for many in np.bincount(row, minlength=plan.reviewers):
        # The targets with the fewest reviews so far, those with equally many in random order.
        chosen.append(np.lexsort((rng.random(plan.products), reviews))[:many])
        reviews[chosen[-1]] += 1
    return row, np.concatenate(chosen)


def _ratings(plan: RingPlan, rng: np.random.Generator, column: NDArray[np.int64]) -> NDArray[np.int8]:
    n = len(column)
    rating = np.full(n, plan.rating, dtype=np.int8)
    if plan.attacked:
        attacked = rng.permutation(plan.products)[: round(plan.attacked * plan.products)]
        rating[np.isin(column, attacked)] = 6 - plan.rating
    other = round(plan.mixed * n)
    if other:
        step = np.where(rng.random(other) < 0.75, 1, 2)
        either = rng.choice((-1, 1), other) if plan.rating == 3 else None
        chosen = rng.choice(n, other, replace=False)
        towards = np.sign(3 - rating[chosen]) if either is None else either
        rating[chosen] += (towards * step).astype(np.int8)
    return rating


def _as_others(world: World, rng: np.random.Generator, who: NDArray[np.int64], what: NDArray[np.int64]) -> NDArray[np.int8]:
    """Return ratings as ordinary reviewers give them: a taken-over account rates as its owner does, a new one has a leniency of its own."""
    members, which = np.unique(who, return_inverse=True)
    leniency = rng.normal(0, LENIENCY, len(members)).astype(np.float32)
    known = members < world.n_reviewers
    leniency[known] = world.leniency[members[known]]
    return rate(rng, leniency[which], world.quality[what], stars=world.stars)


def _targets(
    plan: RingPlan, world: World, reviews: Reviews, start: float, rng: np.random.Generator, linked: Planted | None
) -> NDArray[np.int64]:
    """Return the targets: those taken over from the ring before, and of the others the first in an order that suits the plan."""
    old = np.empty(0, dtype=np.int64) if linked is None else rng.choice(linked.products, round(plan.overlap * plan.products), replace=False)
    wanted = plan.products - len(old)
    # Real targets have honest customers too, and cannot be reviewed before they exist.
    known = np.zeros(world.n_products, dtype=np.bool_)
    known[reviews.product] = True
    free = np.ones(world.n_products, dtype=np.bool_)
    if linked is not None:
        free[linked.products] = False
    known &= free
    known &= world.launch <= start if plan.launch is None else _launched(plan, world, known, start, wanted)
    pool = np.flatnonzero(known)
    if len(pool) < wanted:
        pool = np.flatnonzero(free)
    if len(pool) < wanted:
        raise ConfigError(f"the market has {world.n_products} products; a ring cannot have {wanted} that the ring before it has not")
    if plan.targets == "category" and len(pool):
        inside = pool[world.category[pool] == rng.choice(world.category[pool])]
        pool = inside if len(inside) >= wanted else pool
    weight = world.popularity[pool] if plan.targets == "popular" else np.ones(len(pool))
    order = pool[np.argsort(rng.exponential(1.0, len(pool)) / weight, kind="stable")]
    seller = world.seller[order]
    if plan.targets == "own":
        # Sellers in random order, but one that has enough goes first.
        place = rng.permutation(int(world.seller.max()) + 1)
        enough = np.bincount(seller, minlength=len(place)) >= wanted
        return np.sort(np.concatenate([old, order[np.lexsort((place[seller], ~enough[seller]))][:wanted]]))
    # First products of each seller before second ones.
    by_seller = np.argsort(seller, kind="stable")
    starts = np.flatnonzero(np.append(np.True_, np.diff(seller[by_seller]) != 0))
    nth = np.empty(len(order), dtype=np.int64)
    nth[by_seller] = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return np.sort(np.concatenate([old, order[np.argsort(nth, kind="stable")][:wanted]]))


def _launched(plan: RingPlan, world: World, known: NDArray[np.bool_], start: float, wanted: int) -> NDArray[np.bool_]:
    """Mark the products launched within the job, or as many as wanted that were launched nearest to it where there are fewer."""
    latest = start + plan.days - (plan.launch or 0)
    # The last reviews of a launch lie within the log.
    able = known & (world.launch >= 0) & (world.launch <= world.days - (plan.launch or 0))
    away = np.where(able, np.maximum(np.maximum(start - world.launch, world.launch - latest), 0), np.inf)
    if (there := int(able.sum())) < wanted:
        raise ConfigError(f"the market has {there} products launched within the log that a ring can have; it cannot have {wanted} targets")
    able &= away <= np.sort(away)[max(wanted - 1, 0)]
    return able


def _camouflage(
    plan: RingPlan, world: World, rng: np.random.Generator, who: NDArray[np.int64], targets: NDArray[np.int64], start: float
) -> Reviews:
    """Return honest-looking reviews by the accounts, in proportion to their paid ones, over weeks or months around the job."""
    n = round(plan.camouflage * len(who))
    others = np.setdiff1d(np.arange(world.n_products), targets)
    if n == 0 or len(others) == 0:
        return Reviews(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int8))
    reviewer = rng.permutation(np.resize(rng.permutation(who), n))
    popular = world.popularity[others] if plan.camouflage_kind == "popular" else np.ones(len(others))
    product = rng.choice(others, n, p=popular / popular.sum())
    # Each account has an age of its own, and goes on for a while after the job.
    members, which = np.unique(reviewer, return_inverse=True)
    before, after = rng.exponential(60, len(members)), rng.exponential(30, len(members))
    if plan.aged:
        # Within the log, or the oldest accounts would all write on its first day.
        before = np.minimum(before + rng.random(len(members)) * plan.aged, start)
    before, after = before[which], after[which]
    time = start - before + rng.random(n) * (before + plan.days + after)
    inside = world.clip(np.maximum(time, world.launch[product]))
    leniency = rng.normal(0, LENIENCY, len(members)).astype(np.float32)[which]
    return Reviews(reviewer, product, inside, rate(rng, leniency, world.quality[product], stars=world.stars))
