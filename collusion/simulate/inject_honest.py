"""Honest look-alikes planted into any log: the simulator's classes, drawn from the log's own people, products and days."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.errors import ConfigError
from collusion.simulate.honest import EarlyReviewers, Fans, Households, Launches, Locals, LookAlike, Promotions, Scene, Sittings
from collusion.simulate.inject_ground import Sown, ground_of
from collusion.simulate.inject_rows import grown
from collusion.simulate.world import Reviews, World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.inject_ground import Ground
    from collusion.simulate.labelled import LabelledLog

__all__ = ["HonestGroups"]

ESTABLISHED = 0.05
"""Share of the log's days in which a product's first review does not tell when it was launched: it may have been there before."""

AROUND = 365.0
"""Days before the first and after the last review of a person in which he may have written one more."""

DRAWS = 10
"""How often a group is drawn: a real log has products that nobody is left to come to."""

LARGEST = {"size": (0.05, "activity"), "products": (0.125, "degree"), "rated": (0.125, "degree")}
"""Shares of the log's people and products that one group, or one sitting, takes at most."""

NEEDS: dict[type[LookAlike], tuple[tuple[str, ...], ...]] = {
    Fans: (("seller", "category"),),
    Launches: (("timestamp",),),
    Promotions: (("timestamp",),),
    EarlyReviewers: (("timestamp",), ("category",)),
    Households: (("timestamp",),),
    Locals: (("category",),),
    Sittings: (("timestamp",),),
}
"""Of each tuple of columns a class needs one: without times nothing is a crowd, and without sellers or categories no taste is known."""


@dataclass(frozen=True)
class HonestGroups:
    """Honest look-alikes of several classes (`collusion.simulate.honest`), under their names there.

    Parameters
    ----------
    classes : tuple of LookAlike
        Each draws its groups from the log. Who writes is a reviewer of the log, by the number of his reviews, from a year before the
        first one to a year after the last. A product is launched on the day of its first review, or was there before where that lies in
        the first twentieth of the log's days. Where a class does not say how many groups there are, the number of reviews tells, and there
        is one at least. Sizes are cut to a twentieth of the reviewers and an eighth of the products.
    strict : bool, default True
        Whether a class whose columns the log lacks is an error; if not, it is left out.

    Notes
    -----
    Who, what and when are drawn as in a simulated market. Ratings are not: each is drawn from the honest ratings of its product, so that a
    group rates as everybody does. Fans are of one category where the log names no sellers. A pair that is in the log is not written again;
    a group holds those who have a review of its products afterwards, and these products. Nobody of a ring is in it.
    """

    classes: tuple[LookAlike, ...]
    strict: bool = True

    def __post_init__(self) -> None:
        if not self.classes:
            raise ConfigError(f"no honest class is named; name at least one of {', '.join(kind.name for kind in NEEDS)}")

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with the groups, as `collusion.simulate.inject_rows.grown` writes them.

        Raises
        ------
        ConfigError
            When the log cannot be planted in, is too small, or lacks the columns of a class (of all classes, where not ``strict``).
        """
        ground = ground_of(log)
        there = set(log.table.column_names)
        missing = [[" or ".join(some) for some in NEEDS.get(type(kind), ()) if not there.intersection(some)] for kind in self.classes]
        wrong = [
            f"{kind.name}: the log has no column {', no '.join(lack)}" for kind, lack in zip(self.classes, missing, strict=True) if lack
        ]
        if wrong and (self.strict or len(wrong) == len(self.classes)):
            raise ConfigError("\n".join(wrong))
        small = ground.too_small()
        if small:
            raise ConfigError(f"the log is too small for honest groups: {'; '.join(small)}")
        scene = Scene(_world(ground), _written(ground))
        for kind, lack in zip(self.classes, missing, strict=True):
            if lack:
                continue
            fit = _fitted(kind, ground)
            for _ in range(max(1, kind.count(len(log))) if kind.groups is None else kind.groups):
                ground = ground.with_sown(_largest(fit, ground, scene, rng))
        return grown(ground, rng)


def _largest(kind: LookAlike, ground: Ground, scene: Scene, rng: np.random.Generator) -> Sown:
    """Return the first of `DRAWS` groups that half as many people came to as the class has at least; the largest where there is none."""
    best: Sown | None = None
    for _ in range(DRAWS):
        drawn = _sown(kind.name, ground, rng, *kind.draw(scene, rng))
        if best is None or len(drawn.members) > len(best.members):
            best = drawn
        if 2 * len(best.members) >= getattr(kind, "size", (0, 0))[0]:
            break
    assert best is not None  # noqa: S101  # there is one draw at least
    return best


def _fitted(kind: LookAlike, ground: Ground) -> LookAlike:
    """Return the class with its numbers of people and products cut to the log."""
    cut: dict[str, Any] = {}
    for f in fields(kind):
        if f.name in LARGEST:
            share, what = LARGEST[f.name]
            most = max(2, int(share * np.count_nonzero(getattr(ground, what))))
            cut[f.name] = tuple(min(end, most) for end in getattr(kind, f.name))
    return replace(kind, **cut)


def _world(ground: Ground) -> World:
    """Return the people and products of a log in the simulator's terms; nothing of its ratings, since none are drawn from here."""
    timed = ground.clock is not None
    days = ground.span if timed else 1.0
    activity = ground.activity.astype(np.float64)
    activity[ground.ring_accounts] = 0.0
    if not activity.any():
        raise ConfigError("the log has no honest reviewer outside its rings: there is nobody to form an honest group")
    reviewed = (ground.degree > 0) & np.isfinite(ground.opens)
    # What has no honest review, or none with a time, is not on offer within the log.
    launch = np.where(reviewed, np.where(ground.opens <= ESTABLISHED * days, -1.0, ground.opens), days)
    category, seller = ground.of_products("category"), ground.of_products("seller")
    if category is None:
        category = np.zeros(ground.n_products, np.int64)
    return World(
        days=days,
        join=ground.since - AROUND,
        leave=ground.until + AROUND,
        activity=activity,
        favourite=np.zeros((ground.n_reviewers, 1), np.int16),
        leniency=np.zeros(ground.n_reviewers, np.float32),
        launch=launch,
        popularity=np.maximum(ground.degree, 1e-9) / max(int(ground.degree.sum()), 1),
        category=_alone(category),
        seller=_alone(category if seller is None else seller),
        quality=np.zeros(ground.n_products, np.float32),
        n_categories=int(_alone(category).max(initial=0)) + 1,
        season=np.array([[0.0, days], [0.0, days]]),
    )


def _alone(code: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return codes from 0 on in which a product that names none stands for itself."""
    own = np.where(code < 0, code.max(initial=0) + 1 + np.arange(len(code)), code)
    return np.unique(own, return_inverse=True)[1].astype(np.int32)


def _written(ground: Ground) -> Reviews:
    """Return the honest reviews with a time, those of ring accounts left out."""
    rows = ground.honest[~np.isnan(ground.day[ground.honest])]
    rows = rows[~np.isin(ground.reviewer[rows], ground.ring_accounts)]
    return Reviews(ground.reviewer[rows], ground.product[rows], ground.day[rows], np.zeros(len(rows), np.int8))


def _sown(
    kind: str, ground: Ground, rng: np.random.Generator, reviews: Reviews, people: NDArray[np.int64], products: NDArray[np.int64]
) -> Sown:
    """Return what is new of a group, and who and what is in it afterwards."""
    new = ~ground.holds(reviews.reviewer, reviews.product) & (ground.degree[reviews.product] > 0)
    own = reviews.take(new & ~np.isin(reviews.reviewer, ground.ring_accounts))
    _, first = np.unique(ground.key(own.reviewer, own.product), return_index=True)
    own = own.take(np.sort(first))
    held = np.concatenate([ground.held, ground.key(own.reviewer, own.product)])
    who, what = held // ground.n_products, held % ground.n_products
    inside = np.isin(who, people) & np.isin(what, products) & ~np.isin(who, ground.ring_accounts)
    return Sown(
        kind=kind,
        reviewer=own.reviewer,
        product=own.product,
        day=own.time,
        rating=ground.own_ratings(own.product, rng),
        paid=np.zeros(len(own), np.bool_),
        members=np.unique(who[inside]),
        targets=np.unique(what[inside]),
        start=0.0,
    )
