"""A log as the background of what is planted: coded without regard to names, with what its honest reviews show of people and products."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.base.errors import ConfigError
from collusion.graph.graph import NO_TIME, build_graph
from collusion.kernels.refine import combine, refine
from collusion.reviews.values import as_numpy
from collusion.simulate.inject.columns import Clock, Scale, clock_of, coded, most_common, one_array, scale_of
from collusion.simulate.labelled import IDS
from collusion.simulate.planting import PriorRing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.simulate.labelled import LabelledLog
    from collusion.simulate.planting import Planted

__all__ = ["Background", "background_of"]

COLOUR_ROUNDS = 4
"""Rounds of colour refinement by which people and products are put into an order."""

KEPT_ATTRIBUTES = ("span", "day", "honest", "degree", "activity", "opens", "since", "until", "busy_days", "points", "_rated", "counted")
"""Cached attributes that do not change when more is planted."""

SMALLEST_LOG = {"reviewers": 20, "products": 16, "days": 8}
"""What a log must have at least for plans to be cut to its size."""


@dataclass(frozen=True, eq=False)
class Background:
    """A log, coded, and what is planted in it so far.

    Codes are in the order of colours that times, ratings and neighbours refine; only what these cannot distinguish is in the order of
    names. So neither names nor the order of rows change what is planted.

    Parameters
    ----------
    log : LabelledLog
    reviewers, products : tuple of str
        Ids by code.
    reviewer, product : int64[rows]
    clock : Clock or None
        None where the log has no times.
    scale : Scale or None
        None where it has no ratings.
    accounts : int
        Reviewers of the log and new accounts so far.
    planted : tuple of Planted
    """

    log: LabelledLog
    reviewers: tuple[str, ...]
    products: tuple[str, ...]
    reviewer: NDArray[np.int64]
    product: NDArray[np.int64]
    clock: Clock | None
    scale: Scale | None
    accounts: int
    planted: tuple[Planted, ...] = ()

    @property
    def n_reviewers(self) -> int:
        """Reviewers of the log."""
        return len(self.reviewers)

    @property
    def n_products(self) -> int:
        """Products of the log."""
        return len(self.products)

    @cached_property
    def span(self) -> float:
        """Days from the first time to the last; infinite where there are no times."""
        return np.inf if self.clock is None else float(np.subtract(*self.clock.ends[::-1])) / self.clock.a_day

    @cached_property
    def day(self) -> NDArray[np.float64]:
        """Days since the log begins, by row; nan where a row has no time, 0 where no row has."""
        return np.zeros(len(self.reviewer)) if self.clock is None else self.clock.day

    @cached_property
    def honest(self) -> NDArray[np.int64]:
        """One row per reviewer and product that is not fake: the earliest, ascending by reviewer, then product."""
        return self.once(np.flatnonzero(~self.log.fake))

    def once(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return one of the rows for each reviewer and product: the earliest, ascending by reviewer, then product."""
        when = np.nan_to_num(self.day[rows], nan=np.inf)
        rating = np.zeros(len(rows)) if self.scale is None else np.nan_to_num(self.scale.rating[rows], nan=np.inf)
        rows = rows[np.lexsort((rating, when, self.product[rows], self.reviewer[rows]))]
        key = self.key(self.reviewer[rows], self.product[rows])
        return rows[np.append(np.True_, key[1:] != key[:-1])] if len(rows) else rows

    @cached_property
    def degree(self) -> NDArray[np.int64]:
        """Honest reviewers of each product."""
        return np.bincount(self.product[self.honest], minlength=self.n_products)

    @cached_property
    def activity(self) -> NDArray[np.int64]:
        """Products that each reviewer reviewed honestly."""
        return np.bincount(self.reviewer[self.honest], minlength=self.n_reviewers)

    @cached_property
    def opens(self) -> NDArray[np.float64]:
        """Day of each product's first honest review; infinite where it has none with a time."""
        return self._first(self.product, self.n_products)

    @cached_property
    def since(self) -> NDArray[np.float64]:
        """Day of each reviewer's first honest review; infinite where there is none with a time."""
        return self._first(self.reviewer, self.n_reviewers)

    @cached_property
    def until(self) -> NDArray[np.float64]:
        """Day of each reviewer's last honest review; minus infinity where there is none with a time."""
        return -self._first(self.reviewer, self.n_reviewers, -1.0)

    def _first(self, code: NDArray[np.int64], n: int, sign: float = 1.0) -> NDArray[np.float64]:
        first = np.full(n, np.inf)
        rows = self.honest[~np.isnan(self.day[self.honest])]
        np.minimum.at(first, code[rows], sign * self.day[rows])
        return first

    @cached_property
    def busy_days(self) -> NDArray[np.float64]:
        """Days of the honest reviews, ascending."""
        days = self.day[self.honest]
        return np.sort(days[~np.isnan(days)])

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """The ratings that honest reviews have, ascending; none where the log has no ratings."""
        return np.unique(self._rated[1])

    @cached_property
    def _rated(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Products and ratings of the honest reviews that have one, by product, then rating."""
        if self.scale is None:
            return np.empty(0, np.int64), np.empty(0)
        rating = self.scale.rating[self.honest]
        rows = self.honest[~np.isnan(rating)]
        product, rating = self.product[rows], self.scale.rating[rows]
        order = np.lexsort((rating, product))
        return product[order], rating[order]

    def own_ratings(self, product: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
        """Return for each product a rating drawn from its honest ones; where it has none, from those of the whole log; else nan."""
        owner, rating = self._rated
        if not len(rating):
            return np.full(len(product), np.nan)
        begin, end = (np.searchsorted(owner, product, side) for side in ("left", "right"))
        begin, end = np.where(begin < end, begin, 0), np.where(begin < end, end, len(rating))
        return rating[begin + (rng.random(len(product)) * (end - begin)).astype(np.int64)]

    def of_products(self, name: str) -> NDArray[np.int64] | None:
        """Return the code of what most rows of each product name in a column, -1 for none; None where the log has no such column."""
        if name not in self.log.table.column_names:
            return None
        found = coded(one_array(self.log.table, name))
        return None if found is None else most_common(found[0], self.product, self.n_products)

    def key(self, reviewer: NDArray[np.int64], product: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return a number for each reviewer and product."""
        keys: NDArray[np.int64] = reviewer * self.n_products + product
        return keys

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """Keys of all pairs in the log or planted, ascending."""
        parts = [(self.reviewer, self.product), *((one.reviewer, one.product) for one in self.planted)]
        return np.unique(np.concatenate([self.key(*part) for part in parts]))

    def has_review(self, reviewer: NDArray[np.int64], product: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether the reviewer has a review of the product, in the log or planted."""
        key = self.key(reviewer, product)
        at = np.searchsorted(self.pairs, key)
        found: NDArray[np.bool_] = np.append(self.pairs, -1)[at] == key
        return found

    def reviewers_of(self, products: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the accounts that have a review of any of the products, in the log or planted; sorted codes."""
        return np.unique((self.pairs // self.n_products)[np.isin(self.pairs % self.n_products, products)])

    @cached_property
    def rings(self) -> tuple[PriorRing, ...]:
        """The rings of the log, then those planted."""
        people, products = (dict(zip(ids, range(len(ids)), strict=True)) for ids in (self.reviewers, self.products))
        found = []
        for ring in self.log.rings:
            who = np.array(sorted(people[name] for name in ring.reviewers if name in people), dtype=np.int64)
            what = np.array(sorted(products[name] for name in ring.products if name in products), dtype=np.int64)
            own = self.day[np.isin(self.reviewer, who) & np.isin(self.product, what)]
            found.append(PriorRing(who, what, float(np.nanmin(own)) if np.isfinite(own).any() else 0.0))
        found += [one.prior for one in self.planted if one.kind == "ring"]
        return tuple(found)

    @cached_property
    def ring_accounts(self) -> NDArray[np.int64]:
        """Accounts of any ring, and all that wrote a fake review; sorted codes."""
        return np.unique(np.concatenate([self.reviewer[self.log.fake], *(ring.reviewers for ring in self.rings)]))

    @cached_property
    def ring_targets(self) -> NDArray[np.int64]:
        """Targets of any ring; sorted codes."""
        return np.unique(np.concatenate([self.product[self.log.fake], *(ring.products for ring in self.rings)]))

    @cached_property
    def counted(self) -> NDArray[np.int64]:
        """One row per reviewer and product, fake or not: the earliest."""
        return self.once(np.arange(len(self.reviewer)))

    def graph(
        self,
        reviewer: NDArray[np.int64] | None = None,
        product: NDArray[np.int64] | None = None,
        day: NDArray[np.float64] | None = None,
        stars: int = 5,
    ) -> ReviewGraph:
        """Return the log as a graph under the codes of the background, with more reviews where given; ratings are scaled to 1 to 5."""
        rows, none = self.counted, np.empty(0, np.int64)
        who, what, when = none if reviewer is None else reviewer, none if product is None else product, np.empty(0) if day is None else day
        time = rating = None
        if self.clock is not None:
            days = np.concatenate([self.day[rows], when]) + self.clock.ends[0] / self.clock.a_day
            time = np.where(np.isnan(days), NO_TIME, np.floor(np.nan_to_num(days))).astype(np.int64)
        if self.scale is not None and len(self.points):
            width = self.points[-1] - self.points[0] or 1.0
            rating = np.append(1 + 4 * (self.scale.rating[rows] - self.points[0]) / width, np.full(len(who), float(stars)))
        return build_graph(
            np.append(self.reviewer[rows], who),
            np.append(self.product[rows], what),
            time=time,
            rating=rating,
            n_reviewers=self.n_reviewers,
            n_products=self.n_products,
        )

    def check_size(self, what: str) -> None:
        """Refuse, with a ConfigError, to plant something into a log that lacks some of `SMALLEST_LOG`."""
        reviewers, products = int(np.count_nonzero(self.activity)), int(np.count_nonzero(self.degree))
        has = {"reviewers": reviewers, "products": products, "days": self.span}
        lacks = [f"it has {has[part]:,g} {part}, and {least} are needed" for part, least in SMALLEST_LOG.items() if has[part] < least]
        if lacks:
            raise ConfigError(f"the log is too small for {what}: {'; '.join(lacks)}")

    def with_planted(self, planted: Planted) -> Background:
        """Return the background with more planted; what is known of the honest reviews is kept."""
        accounts = max(self.accounts, int(planted.reviewer.max(initial=-1)) + 1)
        after = replace(self, planted=(*self.planted, planted), accounts=accounts)
        after.__dict__.update({name: self.__dict__[name] for name in KEPT_ATTRIBUTES if name in self.__dict__})
        return after


def background_of(log: LabelledLog) -> Background:
    """Return a log as a background. Cost: linear, but for sorting.

    Raises ConfigError when ids are missing or no text, or times or ratings are of a type that cannot be planted in; all problems at once.
    """
    ids = {name: one_array(log.table, name) for name in IDS}
    wrong = []
    for name, column in ids.items():
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            wrong.append(f"{name} is of the type {column.type}; ids must be text, so that 007 is not 7")
        elif column.null_count:
            wrong.append(f"{name} is missing in {column.null_count:,} rows; leave them out before planting")
    there = log.table.column_names
    clock = clock_of(one_array(log.table, "timestamp")) if "timestamp" in there else None
    scale = scale_of(one_array(log.table, "rating")) if "rating" in there else None
    wrong += [f"{name} {found}" for name, found in (("timestamp", clock), ("rating", scale)) if isinstance(found, str)]
    if wrong or isinstance(clock, str) or isinstance(scale, str):
        raise ConfigError("\n".join(f"this log cannot be planted in: {problem}" for problem in wrong))
    encoded = [ids[name].dictionary_encode() for name in IDS]
    code = [as_numpy(one.indices).astype(np.int64) for one in encoded]
    sizes = [len(one.dictionary) for one in encoded]
    first = clock.ends[0] if clock is not None else 0
    edge = combine(
        # In steps from the first time on, so that neither the unit of the times nor when the log begins changes anything.
        np.where(clock.known, (clock.count - first) // clock.grain, -1) if clock is not None else np.zeros(len(log), np.int64),
        scale.rating if scale is not None else np.zeros(len(log)),
        log.fake.astype(np.int64),
    )
    side = np.repeat(np.array([1, 2], dtype=np.uint64), sizes)
    colour = refine(sum(sizes), code[0].astype(np.int32), (code[1] + sizes[0]).astype(np.int32), edge, side, COLOUR_ROUNDS)
    names: list[tuple[str, ...]] = []
    for k, part in enumerate((colour[: sizes[0]], colour[sizes[0] :])):
        by = pa.table({"colour": part, "id": encoded[k].dictionary})
        order = as_numpy(pc.sort_indices(by, sort_keys=[("colour", "ascending"), ("id", "ascending")])).astype(np.int64)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        code[k] = rank[code[k]]
        names.append(tuple(encoded[k].dictionary.take(pa.array(order)).to_pylist()))
    return Background(log, names[0], names[1], code[0], code[1], clock, scale, accounts=sizes[0])
