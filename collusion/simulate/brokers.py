"""Brokers of a simulated market: which sellers are clients, which workers serve whom, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.errors import ConfigError
from collusion.simulate.market_rings import MarketSetting
from collusion.simulate.planting import plant_reviews

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.broker_plan import BrokerPlan
    from collusion.simulate.plan import RingPlan
    from collusion.simulate.planting import Planted
    from collusion.simulate.world import Reviews, World

__all__ = ["PlantedBroker", "TrueBroker", "plant_broker"]

LEAST_HISTORY = 0.1
"""Share of the time that is left in which no broker begins: its clients' products have honest customers by then."""


@dataclass(frozen=True)
class TrueBroker:
    """The truth about a broker.

    Parameters
    ----------
    id : str
        ``broker-1``: only in the truth files, never in the log.
    rings : tuple of str
        Its groups, wave by wave.
    core : tuple of str
        Accounts in two or more of its groups, sorted.
    sellers : tuple of str
        Those whose products its groups reviewed for pay, sorted.
    """

    id: str
    rings: tuple[str, ...]
    core: tuple[str, ...]
    sellers: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PlantedBroker:
    """One broker by code: its groups, the accounts that serve several of them, and its clients' sellers."""

    groups: tuple[Planted, ...]
    core: NDArray[np.int64]
    sellers: NDArray[np.int64]


class _BrokerSetting(MarketSetting):
    """A market in which no account camouflages with a product of another group of its broker."""

    def __init__(self, world: World, paid_for: NDArray[np.int64]) -> None:
        super().__init__(world)
        self._paid_for = paid_for

    def camouflage(
        self, plan: RingPlan, accounts: NDArray[np.int64], targets: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return super().camouflage(plan, accounts, np.union1d(targets, self._paid_for), rng)


def plant_broker(
    plan: BrokerPlan, world: World, reviews: Reviews, first_new: int, rng: np.random.Generator, taken: NDArray[np.int64]
) -> PlantedBroker:
    """Return a broker whose accounts have the codes from ``first_new`` on, at most ``plan.accounts`` of them.

    ``reviews`` are the ordinary ones; ``taken`` are products that other brokers are paid for.

    Raises ConfigError when the job does not fit into the log, or the market has too few sellers with enough products.
    """
    latest = world.days - plan.days
    if latest < 0:
        raise ConfigError(f"a broker of {plan.days:g} days does not fit into a log of {world.days:g} days")
    start = latest * (LEAST_HISTORY + (1 - LEAST_HISTORY) * rng.random())
    products = _clients(plan, world, reviews, start, rng, taken)
    setting = _BrokerSetting(world, products.ravel())
    pool = np.arange(first_new, first_new + plan.pool)
    fresh = plan.group.reviewers - plan.from_pool
    groups = []
    for k, targets in enumerate(products):
        new = first_new + plan.pool + k * fresh
        accounts = np.concatenate([rng.choice(pool, plan.from_pool, replace=False), np.arange(new, new + fresh)])
        begins = start + plan.gap * (k // plan.clients + rng.random() / 2)
        groups.append(plant_reviews(plan.group, setting, accounts, np.sort(targets), begins, rng))
    serving, times = np.unique(np.concatenate([group.reviewers for group in groups]), return_counts=True)
    return PlantedBroker(tuple(groups), serving[times > 1], np.unique(world.seller[products]).astype(np.int64))


def _clients(
    plan: BrokerPlan, world: World, reviews: Reviews, start: float, rng: np.random.Generator, taken: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the products of each group, shape (groups, products): the groups of wave 0 first, clients in one order in every wave.

    Sellers are taken in random order, those with enough products of their own share first. All products have honest customers, and exist
    before the broker begins.
    """
    able = np.zeros(world.n_products, dtype=np.bool_)
    able[reviews.product] = True
    able[taken] = False
    able &= world.launch <= start
    stock = np.bincount(world.seller[able], minlength=int(world.seller.max()) + 1)
    wanted = plan.waves * plan.group.products
    share = -(-wanted // plan.sellers)
    order = rng.permutation(len(stock))
    order = order[np.argsort(stock[order] < share, kind="stable")].tolist()
    found = np.empty((plan.clients, wanted), dtype=np.int64)
    for client in range(plan.clients):
        own: list[NDArray[np.int64]] = []
        while sum(map(len, own)) < wanted:
            if not order:
                raise ConfigError(
                    f"the market has too few products with reviews on day {start:.0f} for a broker with {plan.clients} clients and "
                    f"{wanted} products each: a larger market has more (--reviews)"
                )
            of_seller = np.flatnonzero(able & (world.seller == order.pop(0)))
            own.append(rng.permutation(of_seller)[:share])
        # In turn over the sellers, so that each wave has products of all of them.
        nth = np.concatenate([np.arange(len(part)) for part in own])
        found[client] = np.concatenate(own)[np.argsort(nth, kind="stable")][:wanted]
    return found.reshape(plan.clients, plan.waves, plan.group.products).swapaxes(0, 1).reshape(plan.groups, plan.group.products)
