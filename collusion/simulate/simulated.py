"""A simulated log: what a market's ordinary reviewers, honest groups and rings wrote, with the truth about all of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.errors import ConfigError
from collusion.simulate.brokers import TrueBroker, plant_broker
from collusion.simulate.honest import Scene, honest_reviews
from collusion.simulate.links import RingRows, make_links
from collusion.simulate.listings import copies
from collusion.simulate.market_rings import plant_in_market
from collusion.simulate.names import names, scramble, seller_names, uniform
from collusion.simulate.ordinary import ordinary_reviews, repeats
from collusion.simulate.phrases import reused
from collusion.simulate.world import Reviews, make_world, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.simulate.brokers import PlantedBroker
    from collusion.simulate.market import Market
    from collusion.simulate.plan import RingPlan
    from collusion.simulate.planting import Planted
    from collusion.simulate.world import World

__all__ = ["SimulatedLog", "TrueGroup", "simulate"]


@dataclass(frozen=True, eq=False)
class TrueGroup:
    """A group of the truth: a ring, or a group of an honest class.

    Parameters
    ----------
    id : str
        ``ring-1``, ``fans-2``: only in the truth files, never in the log.
    kind : str
        ``ring`` or the name of an honest class.
    reviewers, products : tuple of str
        Ids of the log, sorted.
    """

    id: str
    kind: str
    reviewers: tuple[str, ...]
    products: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SimulatedLog:
    """A log in the order of its times; one array element per review.

    Parameters
    ----------
    market : Market
    seed : int
    review_id : S array
    reviewer, product : int32 arrays
        Codes into the ids.
    rating : int8 array
    time : int64 array
        Seconds since 1970-01-01 UTC.
    verified : bool array
    text : int64 array
        Seeds of the texts (`collusion.simulate.phrases`); copies of one review share one.
    reviewer_id, product_id : S arrays
        By code. Ids are scrambled: neither they nor the order of rows show who was planted.
    category, seller, listing : int32 arrays
        By product code; the listing is the code of its first variant.
    groups : tuple of TrueGroup
    brokers : tuple of TrueBroker
        Who runs which of the rings; rings of no broker are in none.
    device, ip : S arrays, optional
        From where each review was written; None unless ``market.links``.
    """

    market: Market
    seed: int
    review_id: NDArray[np.bytes_]
    reviewer: NDArray[np.int32]
    product: NDArray[np.int32]
    rating: NDArray[np.int8]
    time: NDArray[np.int64]
    verified: NDArray[np.bool_]
    text: NDArray[np.int64]
    reviewer_id: NDArray[np.bytes_]
    product_id: NDArray[np.bytes_]
    category: NDArray[np.int32]
    seller: NDArray[np.int32]
    listing: NDArray[np.int32]
    groups: tuple[TrueGroup, ...]
    brokers: tuple[TrueBroker, ...] = ()
    device: NDArray[np.bytes_] | None = None
    ip: NDArray[np.bytes_] | None = None

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __len__(self) -> int:
        return len(self.reviewer)

    @property
    def rings(self) -> tuple[TrueGroup, ...]:
        """The planted rings."""
        return tuple(group for group in self.groups if group.kind == "ring")

    @property
    def honest(self) -> tuple[TrueGroup, ...]:
        """The honest look-alikes."""
        return tuple(group for group in self.groups if group.kind != "ring")


def simulate(market: Market, seed: int = 0) -> SimulatedLog:
    """Return a log of a market; the same market and seed give the same log.

    Every part draws from a stream of its own, so that adding a ring or a class leaves the accounts, ids, times and ratings of the
    others as they were. No (reviewer, product) is reviewed twice but for ``market.repeats`` and copies over variants.
    Cost: linear, but for sorting; 3 to 6 s and 250 MB per million reviews.

    Raises
    ------
    ConfigError
        When the market is too small or too short for a ring.
    """
    if seed < 0:
        raise ConfigError(f"seed must be at least 0, not {seed}")
    world = make_world(market, seed)
    ordinary = ordinary_reviews(market, world, seed)
    parts = [ordinary]
    found: list[tuple[str, str, NDArray[np.int64], NDArray[np.int64]]] = []
    scene = Scene(world, ordinary)
    for kind in market.look_alikes:
        for k, (reviews, people, products) in enumerate(honest_reviews(kind, scene, seed), start=1):
            parts.append(reviews)
            found.append((f"{kind.name}-{k}", kind.name, people, products))
    accounts = world.n_reviewers
    rings: list[tuple[RingPlan, Planted]] = []
    for k, plan in enumerate(market.rings, start=1):
        before = rings[-1][1].prior if rings else None
        rings.append((plan, plant_in_market(plan, world, ordinary, accounts, stream(seed, f"ring.{k}"), before)))
        accounts += plan.reviewers
    brokers = _plant_brokers(market, world, ordinary, accounts, seed)
    accounts += sum(plan.accounts for plan in market.brokers)
    rings += [(plan.group, ring) for plan, broker in zip(market.brokers, brokers, strict=True) for ring in broker.groups]
    begins = np.cumsum([sum(map(len, parts)), *(len(ring.reviewer) for _, ring in rings)])
    for k, (_, ring) in enumerate(rings, start=1):
        parts.append(Reviews(ring.reviewer, ring.product, ring.day, ring.rating.astype(np.int8)))
        found.append((f"ring-{k}", "ring", ring.reviewers, ring.products))
    reviews = _join(parts)
    # The first review of a pair is kept: ordinary reviews come first and are the same whatever is added to them.
    _, first = np.unique(reviews.reviewer * world.n_products + reviews.product, return_index=True)
    first.sort()
    once = reviews.take(first)
    again = repeats(market, world, ordinary, seed)
    copied = copies(market.variants, world, ordinary, seed)
    found += [(f"variants-{k}", "variants", people, own) for k, (people, own) in enumerate(copied.groups, start=1)]
    shown = Reviews(ordinary.reviewer[copied.source], copied.product, ordinary.time[copied.source], ordinary.rating[copied.source])
    key = np.concatenate([_key(once), _key(again) + 1, _key(shown)])
    # A copy has the text of its source, and an id of its own.
    text_key = np.concatenate([_key(once), _key(again) + 1, _key(ordinary)[copied.source]])
    everything = _join([once, again, shown])
    text = scramble(text_key, 60, _salt(seed, "text")).astype(np.int64)
    written = []
    for k, ((plan, ring), begin) in enumerate(zip(rings, begins[:-1].tolist(), strict=True), start=1):
        rows = np.arange(*np.searchsorted(first, (begin, begin + len(ring.reviewer))))
        written.append(RingRows(plan.devices, ring.reviewers, rows))
        if plan.reuse:
            paid = rows[first[rows] < begin + np.count_nonzero(ring.paid)]
            text[paid] = reused(plan, text[paid], stream(seed, f"ring.{k}.texts"))
    device = ip = None
    if market.links:
        honest = [(kind, people) for _, kind, people, _ in found if kind != "ring"]
        device, ip = make_links(everything.reviewer, text_key, world.n_reviewers, honest, written, seed)
    epoch = int((dt.date.fromisoformat(market.start) - dt.date(1970, 1, 1)).total_seconds())
    time = epoch + np.floor(everything.time * 86400).astype(np.int64)
    salt = {name: _salt(seed, name) for name in ("review", "reviewer", "product", "verified")}
    # Reviews of the same second are in the order of a scrambled number: nothing shows which part wrote them.
    order = np.lexsort((scramble(key, 60, salt["review"]), time))
    reviewer_id = names(np.arange(accounts), 10, b"A", salt["reviewer"])
    product_id = names(np.arange(len(copied.listing)), 8, b"B", salt["product"])
    groups = tuple(
        TrueGroup(name, kind, _ids(reviewer_id, people), _ids(product_id, products))
        for name, kind, people, products in found
        if len(people)
    )
    return SimulatedLog(
        market=market,
        seed=seed,
        review_id=names(key[order], 12, b"R", salt["review"]),
        reviewer=everything.reviewer[order].astype(np.int32),
        product=everything.product[order].astype(np.int32),
        rating=everything.rating[order],
        time=time[order],
        verified=uniform(text_key[order], salt["verified"]) < market.verified,
        text=text[order],
        reviewer_id=reviewer_id,
        product_id=product_id,
        category=world.category[copied.listing],
        seller=world.seller[copied.listing],
        listing=copied.listing.astype(np.int32),
        groups=groups,
        brokers=_true_brokers(brokers, len(market.rings), reviewer_id, seller_names(int(world.seller[copied.listing].max()) + 1, seed)),
        device=None if device is None else device[order],
        ip=None if ip is None else ip[order],
    )


def _plant_brokers(market: Market, world: World, ordinary: Reviews, first_new: int, seed: int) -> list[PlantedBroker]:
    """Return the brokers of a market; no two are paid for one product."""
    brokers: list[PlantedBroker] = []
    taken = np.empty(0, dtype=np.int64)
    for k, plan in enumerate(market.brokers, start=1):
        broker = plant_broker(plan, world, ordinary, first_new, stream(seed, f"broker.{k}"), taken)
        taken = np.concatenate([taken, *(group.products for group in broker.groups)])
        first_new += plan.accounts
        brokers.append(broker)
    return brokers


def _true_brokers(
    brokers: Sequence[PlantedBroker], before: int, reviewer_id: NDArray[np.bytes_], sellers: Sequence[str]
) -> tuple[TrueBroker, ...]:
    """Return brokers by name; their rings are numbered after the ``before`` rings of no broker."""
    found = []
    for k, broker in enumerate(brokers, start=1):
        rings = tuple(f"ring-{before + n}" for n in range(1, len(broker.groups) + 1))
        before += len(rings)
        names_of = tuple(sorted(sellers[code] for code in broker.sellers.tolist()))
        found.append(TrueBroker(f"broker-{k}", rings, _ids(reviewer_id, broker.core), names_of))
    return tuple(found)


def _key(reviews: Reviews) -> NDArray[np.int64]:
    """Return an even number below 2**60 for each reviewer and product: what is drawn from it does not depend on other reviews."""
    return (reviews.reviewer << 32) + (reviews.product << 1)


def _salt(seed: int, name: str) -> int:
    return int(stream(seed, f"{name} ids").integers(2**60))


def _join(parts: Sequence[Reviews]) -> Reviews:
    return Reviews(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Reviews)))


def _ids(of: NDArray[np.bytes_], codes: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(sorted(name.decode() for name in of[codes]))
