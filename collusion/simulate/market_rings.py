"""Rings of a simulated market: the choice of start, accounts and targets, and what the market adds to their reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.base.errors import ConfigError
from collusion.simulate.pairs import cover_in_turn
from collusion.simulate.planting import camouflage_accounts, order_by_seller, plant_reviews, sharing_problems, weighted_order
from collusion.simulate.world import LENIENCY, busy, rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.plan import RingPlan
    from collusion.simulate.planting import Planted, PriorRing
    from collusion.simulate.world import Reviews, World

__all__ = ["plant_in_market"]


def plant_in_market(
    plan: RingPlan, world: World, reviews: Reviews, first_new: int, rng: np.random.Generator, before: PriorRing | None = None
) -> Planted:
    """Return a ring whose new accounts have the codes from ``first_new`` on.

    Targets have ordinary reviews before they are paid for, wherever the market has enough such products. Every account and every target
    has at least one paid review where there are as many paid reviews as accounts, and as targets. ``reviews`` are the ordinary ones;
    ``before`` is the ring planted just before, for ``plan.shared`` and ``plan.overlap``.

    Raises ConfigError when the market has too few products or accounts, the job does not fit into the log, or what is to be shared does not
    exist.
    """
    _check(plan, world, before)
    linked = before if plan.shared or plan.overlap else None
    start = _start(plan, world, rng, linked)
    targets = _targets(plan, world, reviews, start, rng, linked)
    taken = busy(world, rng, (start, start + plan.days), round(plan.hijacked * plan.reviewers))
    if linked is not None:
        inherited = rng.choice(linked.reviewers, round(plan.shared * plan.reviewers), replace=False)
        taken = np.concatenate([inherited, taken[~np.isin(taken, inherited)]])
    accounts = np.concatenate([taken, np.arange(first_new, first_new + plan.reviewers - len(taken))])
    return plant_reviews(plan, MarketSetting(world), accounts, targets, start, rng)


class MarketSetting:
    """A market as rings are planted into it (`collusion.simulate.planting.Setting`)."""

    def __init__(self, world: World) -> None:
        self._world = world

    def free(self, accounts: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return all pairs: where an account has an ordinary review of a target, the log keeps that one."""
        return np.ones((len(accounts), len(targets)), dtype=np.bool_)

    cover = staticmethod(cover_in_turn)

    def launch(self, products: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the day on which each product is launched."""
        return self._world.launch[products]

    def rating_of(self, stars: NDArray[np.int64]) -> NDArray[np.int8]:
        """Return stars as the ratings that they are."""
        return stars.astype(np.int8)

    def usual_ratings(
        self, accounts: NDArray[np.int64], products: NDArray[np.int64], rng: np.random.Generator, *, paid: bool
    ) -> NDArray[np.int8]:
        """Return ratings by each account's leniency: in paid reviews its owner's where it was taken over, otherwise a new one."""
        members, which = np.unique(accounts, return_inverse=True)
        leniency = rng.normal(0, LENIENCY, len(members)).astype(np.float32)
        if paid:
            known = members < self._world.n_reviewers
            leniency[known] = self._world.leniency[members[known]]
        return rate(rng, leniency[which], self._world.quality[products], stars=self._world.stars)

    def camouflage(
        self, plan: RingPlan, accounts: NDArray[np.int64], targets: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return who camouflages with which products."""
        others = np.setdiff1d(np.arange(self._world.n_products), targets)
        if not round(plan.camouflage * len(accounts)) or not len(others):
            return accounts[:0], targets[:0]
        reviewer = rng.permutation(camouflage_accounts(plan, accounts, rng))
        weight = self._world.popularity[others] if plan.camouflage_kind == "popular" else np.ones(len(others))
        return reviewer, rng.choice(others, len(reviewer), p=weight / weight.sum())

    def camouflage_days(self, products: NDArray[np.int64], day: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return days within the log and not before the launch of each product."""
        return self._world.clip(np.maximum(day, self._world.launch[products]))


def _check(plan: RingPlan, world: World, before: PriorRing | None) -> None:
    hijacked = round(plan.hijacked * plan.reviewers)
    wrong = []
    if plan.products > world.n_products:
        wrong.append(f"the market has {world.n_products} products; a ring cannot have {plan.products} targets")
    if hijacked > world.n_reviewers:
        wrong.append(f"the market has {world.n_reviewers} accounts; a ring cannot take over {hijacked}")
    if plan.days + (plan.start or 0) > world.days:
        wrong.append(f"a ring of {plan.days:g} days from day {plan.start or 0:g} on does not fit into a log of {world.days:g} days")
    wrong += sharing_problems(plan, before)
    if wrong:
        raise ConfigError("\n".join(wrong))


def _start(plan: RingPlan, world: World, rng: np.random.Generator, linked: PriorRing | None) -> float:
    drawn = rng.random()
    if plan.start is not None:
        return plan.start
    latest = world.days - plan.days
    # A target that is shared must exist when it is paid for again.
    earliest = 0.1 * latest if linked is None else min(linked.start, latest)
    return earliest + (latest - earliest) * drawn


def _targets(
    plan: RingPlan, world: World, reviews: Reviews, start: float, rng: np.random.Generator, linked: PriorRing | None
) -> NDArray[np.int64]:
    """Return the targets: those taken over from the ring before, and of the others the first in an order that suits the plan."""
    old = np.empty(0, dtype=np.int64) if linked is None else rng.choice(linked.products, round(plan.overlap * plan.products), replace=False)
    wanted = plan.products - len(old)
    # Targets have honest customers too, and cannot be reviewed before they exist.
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
        raise ConfigError(f"the market has {world.n_products} products; a ring cannot have {wanted} that the ring before it does not have")
    if plan.targets == "category" and len(pool):
        inside = pool[world.category[pool] == rng.choice(world.category[pool])]
        pool = inside if len(inside) >= wanted else pool
    weight = world.popularity[pool] if plan.targets == "popular" else np.ones(len(pool))
    order = weighted_order(pool, weight, rng)
    sellers = int(world.seller.max()) + 1
    order = order_by_seller(order, world.seller[order], wanted, rng, sellers, own=plan.targets == "own")
    return np.sort(np.concatenate([old, order[:wanted]]))


def _launched(plan: RingPlan, world: World, known: NDArray[np.bool_], start: float, wanted: int) -> NDArray[np.bool_]:
    """Mark the products launched within the job, or as many as wanted that were launched nearest to it where there are fewer."""
    latest = start + plan.days - (plan.launch or 0)
    # The last reviews of a launch are within the log.
    able = known & (world.launch >= 0) & (world.launch <= world.days - (plan.launch or 0))
    away = np.where(able, np.maximum(np.maximum(start - world.launch, world.launch - latest), 0), np.inf)
    if (there := int(able.sum())) < wanted:
        raise ConfigError(f"the market has {there} products launched within the log that a ring can have; it needs {wanted} targets")
    able &= away <= np.sort(away)[max(wanted - 1, 0)]
    return able
