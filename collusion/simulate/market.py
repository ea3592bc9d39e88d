"""The parameters of a simulated market: ordinary reviews, honest look-alikes and planted rings."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, did_you_mean
from collusion.simulate.broker_plan import BrokerPlan
from collusion.simulate.crowds import CROWDS, Boxes, Bundles, Cohorts, Followers, PlainFollowers, Programmes
from collusion.simulate.honest import EarlyReviewers, Fans, Households, Launches, Locals, LookAlike, Promotions, Sittings
from collusion.simulate.listings import Variants
from collusion.simulate.plan import RingPlan
from collusion.simulate.simulated import SimulatedLog, TrueGroup, simulate
from collusion.simulate.world import STARS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EXAMPLE_RINGS", "BrokerPlan", "Market", "SimulatedLog", "TrueGroup", "hard_crowds", "simulate", "with_honest"]


@dataclass(frozen=True)
class Market:
    """Parameters of a simulated market.

    Parameters
    ----------
    reviews : int
        Number of ordinary reviews; those of look-alikes and rings are added.
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
    stars : (float, float, float, float)
        Shares of one to four stars among ordinary reviews; the others are five. With `collusion.simulate.world.FIVE_STARS`
        nearly everybody gives five.
    links : bool
        Whether each review has a device and an address (`collusion.simulate.links`).
    fans, launches, promotions, early, households, locals, evenings : LookAlike
        Honest groups (`collusion.simulate.honest`); no evenings by default.
    bundles, boxes, followers, plain_followers, cohorts, programmes : LookAlike
        Honest crowds that act together (`collusion.simulate.crowds`); none by default.
    variants : Variants
        Listings whose reviews are copied over their variants.
    rings : tuple of RingPlan
        The rings that are planted.
    brokers : tuple of BrokerPlan
        The brokers that are planted after them; each has several rings (`collusion.simulate.brokers`).

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
    stars: tuple[float, float, float, float] = STARS
    links: bool = False
    fans: Fans = field(default_factory=Fans)
    launches: Launches = field(default_factory=Launches)
    promotions: Promotions = field(default_factory=Promotions)
    early: EarlyReviewers = field(default_factory=EarlyReviewers)
    households: Households = field(default_factory=Households)
    locals: Locals = field(default_factory=Locals)
    evenings: Sittings = field(default_factory=lambda: Sittings(0))
    bundles: Bundles = field(default_factory=lambda: Bundles(0))
    boxes: Boxes = field(default_factory=lambda: Boxes(0))
    followers: Followers = field(default_factory=lambda: Followers(0))
    plain_followers: PlainFollowers = field(default_factory=lambda: PlainFollowers(0))
    cohorts: Cohorts = field(default_factory=lambda: Cohorts(0))
    programmes: Programmes = field(default_factory=lambda: Programmes(0))
    variants: Variants = field(default_factory=Variants)
    rings: tuple[RingPlan, ...] = ()
    brokers: tuple[BrokerPlan, ...] = ()

    def __post_init__(self) -> None:
        wrong = [
            f"{name} must be at least 1, not {getattr(self, name)!r}" for name in _AT_LEAST_ONE if not 1 <= getattr(self, name) < math.inf
        ]
        wrong += [f"{name} must be above 0, not {getattr(self, name)!r}" for name in _ABOVE_ZERO if not 0 < getattr(self, name) < math.inf]
        wrong += [f"{name} must be from 0 to 1, not {getattr(self, name)!r}" for name in _SHARES if not 0 <= getattr(self, name) <= 1]
        if len(self.stars) != len(STARS) or not min(self.stars) > 0 or not sum(self.stars) < 1:
            wrong.append(f"stars must be the shares of one to four stars, each above 0, together below 1, not {self.stars!r}")
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


_AT_LEAST_ONE = ("reviews", "days", "categories", "favourites", "reviews_per_reviewer", "reviews_per_product", "products_per_seller")
_ABOVE_ZERO = ("activity_tail", "popularity_tail", "most_popular", "stay_days", "launch_days", "decay_days")
_SHARES = ("loyalty", "seller_focus", "established", "launch_burst", "season", "sittings", "repeats", "verified", "terse")


EXAMPLE_RINGS = (RingPlan(20, 10, 0.8), RingPlan(12, 8, 0.7), RingPlan(8, 5, 1.0))
"""Three rings that fit into a market of the default size."""


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


def hard_crowds(market: Market, groups: int) -> Market:
    """Return a market with a number of honest crowds that act together, spread evenly over the classes of `collusion.simulate.crowds`.

    Where they do not divide evenly, the classes that come first get one more. Each class draws its groups from a stream of its own, so a
    market with more crowds has the same reviews and more.

    Raises
    ------
    ConfigError
        When the number is negative.
    """
    if groups < 0:
        raise ConfigError(f"the number of honest crowds must be at least 0, not {groups}")
    each, left = divmod(groups, len(CROWDS))
    return replace(market, **{kind.name: kind(each + (k < left)) for k, kind in enumerate(CROWDS)})  # type: ignore[arg-type]
