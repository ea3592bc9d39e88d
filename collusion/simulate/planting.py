"""The one planter: who reviews what in a ring, on which day, with which rating.

`plant_reviews` serves every ring that follows a plan. What differs between a simulated market (`collusion.simulate.market_rings`) and a log
of any origin (`collusion.simulate.inject.rings`) is passed in: the accounts, the targets, the first day, and a `Setting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from collusion.simulate.pairs import draw_covering, draw_evenly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.plan import RingPlan

    Ratings = NDArray[np.float64] | NDArray[np.int8]

__all__ = [
    "Planted",
    "PriorRing",
    "Setting",
    "camouflage_accounts",
    "order_by_seller",
    "plant_reviews",
    "sharing_problems",
    "weighted_order",
]

MEAN_DAYS_BEFORE, MEAN_DAYS_AFTER = 60, 30
"""Mean days before and after the job within which an account writes camouflage; each account has days of its own."""


class PriorRing(NamedTuple):
    """The ring before another one, of which that one may share accounts and targets."""

    reviewers: NDArray[np.int64]
    products: NDArray[np.int64]
    start: float


@dataclass(frozen=True, eq=False)
class Planted:
    """One ring or one honest group that is planted: its reviews and its members, by code.

    Parameters
    ----------
    kind : str
        ``ring`` or the name of an honest class.
    reviewer, product : int64[n]
        Of each review: first the paid ones, then camouflage.
    day : float64[n]
        Days since the log begins; without meaning where the log has no times.
    rating : array of shape (n,)
        nan for none.
    paid : bool[n]
    reviewers, products : int64 arrays
        Sorted codes of the group.
    start : float
        First day of the job.
    """

    kind: str
    reviewer: NDArray[np.int64]
    product: NDArray[np.int64]
    day: NDArray[np.float64]
    rating: Ratings
    paid: NDArray[np.bool_]
    reviewers: NDArray[np.int64]
    products: NDArray[np.int64]
    start: float

    @property
    def prior(self) -> PriorRing:
        """The ring as the next one sees it."""
        return PriorRing(self.reviewers, self.products, self.start)


class Setting(Protocol):
    """What a ring is planted into. Accounts and products are codes; ``rng`` is the generator of the ring."""

    def free(self, accounts: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return the pairs that have no review yet, shape (accounts, targets)."""
        ...

    def cover(self, free: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
        """Return free pairs that include every account and every target, numbered account by account."""
        ...

    def launch(self, products: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the day on which each product is launched."""
        ...

    def rating_of(self, stars: NDArray[np.int64]) -> Ratings:
        """Return 1 to 5 stars as ratings."""
        ...

    def usual_ratings(self, accounts: NDArray[np.int64], products: NDArray[np.int64], rng: np.random.Generator, *, paid: bool) -> Ratings:
        """Return ratings of paid reviews, or of camouflage, such as ordinary reviewers give."""
        ...

    def camouflage(
        self, plan: RingPlan, accounts: NDArray[np.int64], targets: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return who camouflages with which products; ``accounts`` has one entry for each paid review."""
        ...

    def camouflage_days(self, products: NDArray[np.int64], day: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return days moved to when the products can be reviewed."""
        ...


def plant_reviews(
    plan: RingPlan,
    setting: Setting,
    accounts: NDArray[np.int64],
    targets: NDArray[np.int64],
    start: float,
    rng: np.random.Generator,
    n: int | None = None,
) -> Planted:
    """Return a ring of these accounts on these targets.

    Parameters
    ----------
    plan : RingPlan
        For all but the choice of accounts, targets and first day.
    accounts, targets : int64 arrays
        Different codes.
    start : float
        First day of the job.
    n : int, optional
        Number of paid reviews; by the density of the plan where None.

    Raises ConfigError when not enough pairs are free, or there are too few products for the camouflage.
    """
    if n is None:
        n = max(1, round(plan.density * len(accounts) * len(targets)))
    if plan.even:
        row, column = draw_evenly(len(accounts), len(targets), n, rng)
    else:
        row, column = draw_covering(setting.free(accounts, targets), n, rng, setting.cover)
    who, what = accounts[row], targets[column]
    day = _paid_days(plan, start, column, len(targets), setting.launch(what), rng)
    if plan.like_others:
        rating = setting.usual_ratings(who, what, rng, paid=True)
    else:
        rating = setting.rating_of(_stars(plan, column, len(targets), rng))
    cover, product = setting.camouflage(plan, who, targets, rng)
    cover_day = setting.camouflage_days(product, _days_around(plan, start, cover, rng))
    cover_rating = setting.usual_ratings(cover, product, rng, paid=False)
    return Planted(
        kind="ring",
        reviewer=np.concatenate([who, cover]),
        product=np.concatenate([what, product]),
        day=np.concatenate([day, cover_day]),
        rating=np.concatenate([rating, cover_rating]),
        paid=np.arange(n + len(cover)) < n,
        reviewers=np.unique(who),
        products=np.unique(what),
        start=start,
    )


def _paid_days(
    plan: RingPlan, start: float, column: NDArray[np.int64], targets: int, launch: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the day of each paid review; ``column`` is its target's position."""
    n = len(column)
    if plan.launch is not None:
        return launch + rng.random(n) * plan.launch
    if plan.campaign is None:
        return start + rng.random(n) * plan.days
    begins = start + rng.random(targets) * (plan.days - plan.campaign)
    days: NDArray[np.float64] = begins[column] + rng.random(n) * plan.campaign
    return days


def _stars(plan: RingPlan, column: NDArray[np.int64], targets: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the stars of each paid review; ``column`` is its target's position."""
    n = len(column)
    stars = np.full(n, plan.rating, dtype=np.int64)
    if plan.attacked:
        attacked = rng.permutation(targets)[: round(plan.attacked * targets)]
        stars[np.isin(column, attacked)] = 6 - plan.rating
    other = round(plan.mixed * n)
    if other:
        step = np.where(rng.random(other) < 0.75, 1, 2)
        either = rng.choice((-1, 1), other) if plan.rating == 3 else None
        chosen = rng.choice(n, other, replace=False)
        towards = np.sign(3 - stars[chosen]) if either is None else either
        stars[chosen] += towards * step
    return stars


def _days_around(plan: RingPlan, start: float, accounts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the day of each camouflaging review, over weeks or months around the job; ``accounts`` has one entry for each review."""
    different, which = np.unique(accounts, return_inverse=True)
    before, after = rng.exponential(MEAN_DAYS_BEFORE, len(different)), rng.exponential(MEAN_DAYS_AFTER, len(different))
    if plan.aged:
        # Within the log, or the oldest accounts would all write on its first day.
        before = np.minimum(before + rng.random(len(different)) * plan.aged, start)
    days: NDArray[np.float64] = start - before[which] + rng.random(len(accounts)) * (before + plan.days + after)[which]
    return days


def camouflage_accounts(plan: RingPlan, accounts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the account of each camouflaging review, in proportion to the paid ones: ``accounts`` has one entry for each of these."""
    n = round(plan.camouflage * len(accounts))
    return np.resize(rng.permutation(accounts), n) if n else accounts[:0]


def weighted_order(pool: NDArray[np.int64], weight: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a pool in random order, drawn one after the other by weight (above 0)."""
    return pool[np.argsort(rng.exponential(1.0, len(pool)) / weight, kind="stable")]


def order_by_seller(
    order: NDArray[np.int64], seller: NDArray[np.integer], wanted: int, rng: np.random.Generator, sellers: int, *, own: bool
) -> NDArray[np.int64]:
    """Return targets in an order by which the first ones are of different sellers, or of as few as possible where ``own``.

    The order of the products given decides among those that suit equally well; ``seller`` has a code below ``sellers`` for each of them.
    """
    if own:
        # Sellers in random order, but one that has enough goes first.
        rank = rng.permutation(sellers)
        enough = np.bincount(seller, minlength=sellers) >= wanted
        return order[np.lexsort((rank[seller], ~enough[seller]))]
    # First products of each seller before second ones.
    by_seller = np.argsort(seller, kind="stable")
    first = np.searchsorted(seller[by_seller], seller[by_seller])
    nth = np.empty(len(order), np.int64)
    nth[by_seller] = np.arange(len(order)) - first
    return order[np.argsort(nth, kind="stable")]


def sharing_problems(plan: RingPlan, before: PriorRing | None) -> list[str]:
    """Return what a ring is to share with the ring before it and cannot."""
    wrong = []
    for share, size, what in ((plan.shared, plan.reviewers, "reviewers"), (plan.overlap, plan.products, "products")):
        wanted = round(share * size)
        there = 0 if before is None else len(getattr(before, what))
        if wanted > there:
            reason = "there is no ring before it" if before is None else f"the ring before it has {there}"
            wrong.append(f"a ring cannot share {wanted} {what}: {reason}")
    return wrong
