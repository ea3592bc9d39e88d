"""Honest look-alikes planted into any log: the classes of the simulator, drawn from the log's own people, products and days."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.errors import ConfigError
from collusion.simulate.honest import EarlyReviewers, Fans, Households, Launches, Locals, LookAlike, Promotions, Scene, Sittings
from collusion.simulate.inject.background import background_of
from collusion.simulate.inject.rows import write_rows
from collusion.simulate.planting import Planted
from collusion.simulate.world import Reviews, World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.inject.background import Background
    from collusion.simulate.labelled import LabelledLog

__all__ = ["HonestGroups"]

ESTABLISHED_SHARE = 0.05
"""Share of the log's days in which a product's first review does not show when it was launched: it may have been on sale before."""

DAYS_AROUND = 365.0
"""Days before the first and after the last review of a person in which they may have written another."""

MOST_DRAWS = 10
"""How often a group is drawn at most: in a real log everybody who suits may have reviewed the products already."""

LARGEST_SHARES = {"size": (0.05, "activity"), "products": (0.125, "degree"), "rated": (0.125, "degree")}
"""Shares of the log's people and products that one group, or one sitting, takes at most."""

COLUMNS_NEEDED: dict[type[LookAlike], tuple[tuple[str, ...], ...]] = {
    Fans: (("seller", "category"),),
    Launches: (("timestamp",),),
    Promotions: (("timestamp",),),
    EarlyReviewers: (("timestamp",), ("category",)),
    Households: (("timestamp",),),
    Locals: (("category",),),
    Sittings: (("timestamp",),),
}
"""A class needs one column of each tuple: without times there are no crowds, and without sellers or categories no taste is known."""


@dataclass(frozen=True)
class HonestGroups:
    """Honest look-alikes of several classes (`collusion.simulate.honest`), under their names there.

    Parameters
    ----------
    classes : tuple of LookAlike
        Each draws its groups from the log. Who writes is a reviewer of the log, more often one with many reviews, from a year before their
        first review to a year after their last. A product is launched on the day of its first review, or earlier where that day is in the
        first twentieth of the log's days. Where a class does not say how many groups there are, the number of reviews decides, and there is
        at least one. Sizes are cut to a twentieth of the reviewers and an eighth of the products.
    strict : bool, default True
        Whether a class whose columns the log lacks is an error; if not, it is left out.

    Notes
    -----
    Who, what and when are drawn as in a simulated market. Ratings are not: each is drawn from the honest ratings of its product, so that a
    group rates as everybody does. Fans are of one category where the log names no sellers. A pair that is in the log is not written again;
    a group consists of those who have a review of its products afterwards, and of these products. No account of a ring is in it.
    """

    classes: tuple[LookAlike, ...]
    strict: bool = True

    def __post_init__(self) -> None:
        if not self.classes:
            raise ConfigError(f"no honest class is named; name at least one of {', '.join(kind.name for kind in COLUMNS_NEEDED)}")

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with the groups, as `collusion.simulate.inject.rows.write_rows` writes them.

        Raises ConfigError when the log cannot be planted in, is too small, or lacks the columns of a class (of all classes, where not
        ``strict``).
        """
        background = background_of(log)
        there = set(log.table.column_names)
        missing = [
            [" or ".join(some) for some in COLUMNS_NEEDED.get(type(kind), ()) if not there.intersection(some)] for kind in self.classes
        ]
        wrong = [
            f"{kind.name}: the log has no column {', no '.join(lack)}" for kind, lack in zip(self.classes, missing, strict=True) if lack
        ]
        if wrong and (self.strict or len(wrong) == len(self.classes)):
            raise ConfigError("\n".join(wrong))
        background.check_size("honest groups")
        scene = Scene(_world(background), _written(background))
        for kind, lack in zip(self.classes, missing, strict=True):
            if lack:
                continue
            fit = _fitted(kind, background)
            for _ in range(max(1, kind.count(len(log))) if kind.groups is None else kind.groups):
                background = background.with_planted(_largest(fit, background, scene, rng))
        return write_rows(background, rng)


def _largest(kind: LookAlike, background: Background, scene: Scene, rng: np.random.Generator) -> Planted:
    """Return the first of `MOST_DRAWS` groups with half of the people that the class has at least; else the largest."""
    best = _planted(kind.name, background, rng, *kind.draw(scene, rng))
    for _ in range(MOST_DRAWS - 1):
        if 2 * len(best.reviewers) >= getattr(kind, "size", (0, 0))[0]:
            break
        best = max(best, _planted(kind.name, background, rng, *kind.draw(scene, rng)), key=lambda one: len(one.reviewers))
    return best


def _fitted(kind: LookAlike, background: Background) -> LookAlike:
    """Return the class with its numbers of people and products cut to the log."""
    cut: dict[str, Any] = {}
    for f in fields(kind):
        if f.name in LARGEST_SHARES:
            share, what = LARGEST_SHARES[f.name]
            most = max(2, int(share * np.count_nonzero(getattr(background, what))))
            cut[f.name] = tuple(min(end, most) for end in getattr(kind, f.name))
    return replace(kind, **cut)


def _world(background: Background) -> World:
    """Return the people and products of a log in the simulator's terms; nothing of its ratings, since none are drawn from here."""
    timed = background.clock is not None
    days = background.span if timed else 1.0
    activity = background.activity.astype(np.float64)
    activity[background.ring_accounts] = 0.0
    if not activity.any():
        raise ConfigError("the log has no honest reviewer outside its rings: there is nobody to form an honest group")
    reviewed = (background.degree > 0) & np.isfinite(background.opens)
    # A product without a dated honest review is not on sale within the log.
    launch = np.where(reviewed, np.where(background.opens <= ESTABLISHED_SHARE * days, -1.0, background.opens), days)
    category, seller = background.of_products("category"), background.of_products("seller")
    if category is None:
        category = np.zeros(background.n_products, np.int64)
    return World(
        days=days,
        join=background.since - DAYS_AROUND,
        leave=background.until + DAYS_AROUND,
        activity=activity,
        favourite=np.zeros((background.n_reviewers, 1), np.int16),
        leniency=np.zeros(background.n_reviewers, np.float32),
        launch=launch,
        popularity=np.maximum(background.degree, 1e-9) / max(int(background.degree.sum()), 1),
        category=_one_each(category),
        seller=_one_each(category if seller is None else seller),
        quality=np.zeros(background.n_products, np.float32),
        n_categories=int(_one_each(category).max(initial=0)) + 1,
        season=np.array([[0.0, days], [0.0, days]]),
    )


def _one_each(code: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return codes from 0 on, with a code of its own for each product that names none."""
    own = np.where(code < 0, code.max(initial=0) + 1 + np.arange(len(code)), code)
    return np.unique(own, return_inverse=True)[1].astype(np.int32)


def _written(background: Background) -> Reviews:
    """Return the honest reviews with a time, those of ring accounts left out."""
    rows = background.honest[~np.isnan(background.day[background.honest])]
    rows = rows[~np.isin(background.reviewer[rows], background.ring_accounts)]
    return Reviews(background.reviewer[rows], background.product[rows], background.day[rows], np.zeros(len(rows), np.int8))


def _planted(
    kind: str, background: Background, rng: np.random.Generator, reviews: Reviews, people: NDArray[np.int64], products: NDArray[np.int64]
) -> Planted:
    """Return the reviews of a group that are new, and who and what is in it afterwards."""
    new = ~background.has_review(reviews.reviewer, reviews.product) & (background.degree[reviews.product] > 0)
    own = reviews.take(new & ~np.isin(reviews.reviewer, background.ring_accounts))
    _, first = np.unique(background.key(own.reviewer, own.product), return_index=True)
    own = own.take(np.sort(first))
    pairs = np.concatenate([background.pairs, background.key(own.reviewer, own.product)])
    who, what = pairs // background.n_products, pairs % background.n_products
    inside = np.isin(who, people) & np.isin(what, products) & ~np.isin(who, background.ring_accounts)
    return Planted(
        kind=kind,
        reviewer=own.reviewer,
        product=own.product,
        day=own.time,
        rating=background.own_ratings(own.product, rng),
        paid=np.zeros(len(own), np.bool_),
        reviewers=np.unique(who[inside]),
        products=np.unique(what[inside]),
        start=0.0,
    )
