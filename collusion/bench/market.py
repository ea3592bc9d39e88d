"""A simulated market: ordinary reviews, honest look-alikes and planted rings, with the truth about all of them."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.honest import (
    EarlyReviewers,
    Fans,
    Households,
    Launches,
    Locals,
    LookAlike,
    Promotions,
    Scene,
    Sittings,
    honest_reviews,
)
from collusion.bench.listings import Variants, copies
from collusion.bench.names import names, scramble, uniform
from collusion.bench.ordinary import ordinary_reviews, repeats
from collusion.bench.planting import RingPlan, plant
from collusion.bench.world import Reviews, make_world, stream
from collusion.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.bench.world import World

__all__ = ["EXAMPLE_RINGS", "Market", "SimulatedLog", "TrueGroup", "simulate", "with_honest"]


@dataclass(frozen=True)
class Market:
    """Parameters of a simulated market.

    Parameters
    ----------
    reviews : int
        Ordinary reviews; look-alikes and rings come on top.
    days : int
        Length of the log.
    start : str
        Its first day, ISO 8601.
    categories : int
    reviews_per_reviewer, reviews_per_product, products_per_seller : float
        Set the numbers of accounts, products and sellers; means over all, those without a review included.
    activity_tail, popularity_tail : float
        Exponents of the Pareto tails; the smaller, the heavier.
    most_popular : float
        Largest share of all reviews expected for one product.
    favourites : int
        Favourite categories of a reviewer.
    loyalty : float
        Share of reviews whose author favours the product's category.
    stay_days : float
        Median time from an account's first day to its last.
    seller_focus : float
        Share of a seller's products that are of its home category.
    established : float
        Share of products launched before the log begins.
    launch_burst, launch_days : float
        Share of a new product's reviews that come with its launch, and their mean delay.
    decay_days : float
        Mean age of a product at its other reviews.
    season, peak_day : float
        Amplitude of the yearly wave, 0 to 1, and the day of its peak.
    peak_hour : float
        Hour of the day, UTC, around which people write.
    sittings, sitting_days : float
        Share of reviews put off to the same reviewer's next one, where that comes within so many days.
    repeats : float
        Share of reviews followed by a second one of the same product.
    verified : float
        Share of verified purchases, paid ones included.
    terse : float
        Share of reviews whose text is a stock phrase.
    fans, launches, promotions, early, households, locals, evenings : LookAlike
        Honest groups (`collusion.bench.honest`); there are no evenings unless they are asked for.
    variants : Variants
        Listings whose reviews are copied over their variants.
    rings : tuple of RingPlan
        What is planted (`collusion.bench.planting`).

    Raises
    ------
    ConfigError
        When a value is out of range; all problems at once.
    """

    reviews: int = 30_000
    days: int = 1095
    start: str = "2021-01-01"
    categories: int = 12
    reviews_per_reviewer: float = 2.2
    reviews_per_product: float = 25.0
    products_per_seller: float = 4.0
    activity_tail: float = 1.3
    popularity_tail: float = 1.1
    most_popular: float = 0.01
    favourites: int = 3
    loyalty: float = 0.7
    stay_days: float = 500.0
    seller_focus: float = 0.85
    established: float = 0.5
    launch_burst: float = 0.3
    launch_days: float = 20.0
    decay_days: float = 500.0
    season: float = 0.25
    peak_day: float = 345.0
    peak_hour: float = 20.0
    sittings: float = 0.15
    sitting_days: float = 30.0
    repeats: float = 0.003
    verified: float = 0.85
    terse: float = 0.05
    fans: Fans = field(default_factory=Fans)
    launches: Launches = field(default_factory=Launches)
    promotions: Promotions = field(default_factory=Promotions)
    early: EarlyReviewers = field(default_factory=EarlyReviewers)
    households: Households = field(default_factory=Households)
    locals: Locals = field(default_factory=Locals)
    evenings: Sittings = field(default_factory=lambda: Sittings(0))
    variants: Variants = field(default_factory=Variants)
    rings: tuple[RingPlan, ...] = ()

    def __post_init__(self) -> None:
        wrong = [f"{name} must be at least 1, not {getattr(self, name)!r}" for name in _COUNTS if not 1 <= getattr(self, name) < math.inf]
        wrong += [f"{name} must be above 0, not {getattr(self, name)!r}" for name in _ABOVE_ZERO if not 0 < getattr(self, name) < math.inf]
        wrong += [f"{name} must be from 0 to 1, not {getattr(self, name)!r}" for name in _SHARES if not 0 <= getattr(self, name) <= 1]
        try:
            dt.date.fromisoformat(self.start)
        except ValueError:
            wrong.append(f"start must be a day such as 2021-01-01, not {self.start!r}")
        if wrong:
            raise ConfigError("\n".join(wrong))

    @property
    def n_reviewers(self) -> int:
        """Number of ordinary accounts."""
        return max(2, round(self.reviews / self.reviews_per_reviewer))

    @property
    def n_products(self) -> int:
        """Number of products, variants aside."""
        return max(2, round(self.reviews / self.reviews_per_product))

    @property
    def look_alikes(self) -> tuple[LookAlike, ...]:
        """The honest classes, in the order of their fields."""
        return tuple(value for f in fields(self) if isinstance(value := getattr(self, f.name), LookAlike))


_COUNTS = ("reviews", "days", "categories", "favourites", "reviews_per_reviewer", "reviews_per_product", "products_per_seller")
_ABOVE_ZERO = ("activity_tail", "popularity_tail", "most_popular", "stay_days", "launch_days", "decay_days")
_SHARES = ("loyalty", "seller_focus", "established", "launch_burst", "season", "sittings", "repeats", "verified", "terse")


EXAMPLE_RINGS = (RingPlan(20, 10, 0.8), RingPlan(12, 8, 0.7), RingPlan(8, 5, 1.0))
"""Three rings that a market of the default size can hold."""


def with_honest(market: Market, counts: Mapping[str, str] | None) -> Market:
    """Return a market with other numbers of honest groups.

    Parameters
    ----------
    counts : mapping of str to str, optional
        Class to count, as text; classes that are not named keep theirs. None for no honest group at all.

    Raises
    ------
    ConfigError
        When there is no such class, or a count is no whole number of at least 0; all problems at once.
    """
    classes = {f.name: value for f in fields(market) if isinstance(value := getattr(market, f.name), (LookAlike, Variants))}
    if counts is None:
        counts = dict.fromkeys(classes, "0")
    wrong = [f"no honest class is called {name!r}; {did_you_mean(name, classes)}" for name in counts if name not in classes]
    wrong += [f"{name}: the number of groups must be a whole number, not {n!r}" for name, n in counts.items() if not n.isdecimal()]
    if wrong:
        raise ConfigError("\n".join(wrong))
    return replace(market, **{name: replace(classes[name], groups=int(n)) for name, n in counts.items()})  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class TrueGroup:
    """A group as it is in truth: a ring, or an honest class.

    Parameters
    ----------
    id : str
        ``ring-1``, ``fans-2``: of the truth files only, never in the log.
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
    """A log in the order of its times; one array element a review.

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
        Seeds of the texts (`collusion.bench.phrases`); copies of one review share one.
    reviewer_id, product_id : S arrays
        By code. Ids are scrambled: neither they nor the order of rows tell who was planted.
    category, seller, listing : int32 arrays
        By product code; the listing is the code of its first variant.
    groups : tuple of TrueGroup
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
    Cost: linear, but for sorting; 3 to 6 s and 250 MB a million reviews.

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
    for kind in market.look_alikes:
        for k, (reviews, people, products) in enumerate(honest_reviews(kind, Scene(world, ordinary), seed), start=1):
            parts.append(reviews)
            found.append((f"{kind.name}-{k}", kind.name, people, products))
    accounts = world.n_reviewers
    planted = None
    for k, plan in enumerate(market.rings, start=1):
        planted = plant(plan, world, ordinary, accounts, stream(seed, f"ring.{k}"), planted)
        accounts += plan.reviewers
        parts.append(planted.reviews)
        found.append((f"ring-{k}", "ring", planted.reviewers, planted.products))
    reviews = _join(parts)
    # What is said first stands: ordinary reviews come first and are the same whatever is added to them.
    _, first = np.unique(reviews.reviewer * world.n_products + reviews.product, return_index=True)
    once = reviews.take(np.sort(first))
    again = repeats(market, world, ordinary, seed)
    copied = copies(market.variants, world, ordinary, seed)
    found += [(f"variants-{k}", "variants", people, own) for k, (people, own) in enumerate(copied.groups, start=1)]
    shown = Reviews(ordinary.reviewer[copied.source], copied.product, ordinary.time[copied.source], ordinary.rating[copied.source])
    key = np.concatenate([_key(once), _key(again) + 1, _key(shown)])
    # A copy has the text of the review it is a copy of; all else is its own.
    text_key = np.concatenate([_key(once), _key(again) + 1, _key(ordinary)[copied.source]])
    return _finish(market, seed, _join([once, again, shown]), key, text_key, accounts, copied.listing, world, found)


def _key(reviews: Reviews) -> NDArray[np.int64]:
    """Return an even number below 2**60 that tells reviewer and product: what is drawn from it does not depend on other reviews."""
    return (reviews.reviewer << 32) + (reviews.product << 1)


def _join(parts: Sequence[Reviews]) -> Reviews:
    return Reviews(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Reviews)))


def _finish(
    market: Market,
    seed: int,
    reviews: Reviews,
    key: NDArray[np.int64],
    text_key: NDArray[np.int64],
    accounts: int,
    listing: NDArray[np.int64],
    world: World,
    found: Sequence[tuple[str, str, NDArray[np.int64], NDArray[np.int64]]],
) -> SimulatedLog:
    """Put the reviews into the order of their times, and names to the codes."""
    salt = {name: int(stream(seed, f"{name} ids").integers(2**60)) for name in ("review", "reviewer", "product", "text", "verified")}
    epoch = int((dt.date.fromisoformat(market.start) - dt.date(1970, 1, 1)).total_seconds())
    time = epoch + np.floor(reviews.time * 86400).astype(np.int64)
    # Reviews of the same second stand in the order of a scrambled number: nothing shows which part wrote them.
    order = np.lexsort((scramble(key, 60, salt["review"]), time))
    reviewer_id = names(np.arange(accounts), 10, b"A", salt["reviewer"])
    product_id = names(np.arange(len(listing)), 8, b"B", salt["product"])
    groups = tuple(
        TrueGroup(name, kind, _ids(reviewer_id, people), _ids(product_id, products))
        for name, kind, people, products in found
        if len(people)
    )
    log = SimulatedLog(
        market=market,
        seed=seed,
        review_id=names(key[order], 12, b"R", salt["review"]),
        reviewer=reviews.reviewer[order].astype(np.int32),
        product=reviews.product[order].astype(np.int32),
        rating=reviews.rating[order],
        time=time[order],
        verified=uniform(text_key[order], salt["verified"]) < market.verified,
        text=scramble(text_key[order], 60, salt["text"]).astype(np.int64),
        reviewer_id=reviewer_id,
        product_id=product_id,
        category=world.category[listing],
        seller=world.seller[listing],
        listing=listing.astype(np.int32),
        groups=groups,
    )
    for f in fields(log):
        value = getattr(log, f.name)
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    return log


def _ids(of: NDArray[np.bytes_], codes: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(sorted(name.decode() for name in of[codes]))
