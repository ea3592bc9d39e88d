"""The five strategies of Nash-Detect, planned anew on any log, and its published campaigns as labelled logs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from collusion.config import ScanConfig
from collusion.detect.checks import number, one_of, refuse
from collusion.detect.checks import whole as whole_number
from collusion.detect.metadata import node_features, priors
from collusion.detect.speagle import SpEagle
from collusion.errors import ConfigError, did_you_mean
from collusion.pipeline import read_log
from collusion.reviews.values import as_numpy
from collusion.simulate.inject_columns import whole
from collusion.simulate.inject_ground import Sown, ground_of
from collusion.simulate.inject_rows import grown
from collusion.simulate.labelled import LabelledLog
from collusion.simulate.market import TrueGroup
from collusion.simulate.published import read_attacks, with_times

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.graph.log import Log
    from collusion.simulate.inject_ground import Ground
    from collusion.simulate.published import Attack

__all__ = ["Nash", "Strategy", "densities", "published", "with_published"]

Strategy = Literal["IncBP", "IncDS", "IncPR", "Random", "Singleton"]

POSTERIOR = SpEagle(damping=0.25, tolerance=0.1)
"""What IncBP asks: the order of the accounts is settled long before the last digits of their odds are."""


@dataclass(frozen=True)
class Nash:
    """One campaign: so many paid reviews for each target, by accounts that a strategy picks out of those the spammer controls.

    Parameters
    ----------
    strategy : {"IncBP", "IncDS", "IncPR", "Random", "Singleton"}
        For one target after the other it takes, of the controlled accounts, those that look least like spam as things then stand, what was
        planted for earlier targets included: by posterior under belief propagation (IncBP), by density (IncDS: the account's reviews over
        the sum of the reviews of its products, with one of the target by every controlled account added), by the prior that its times and
        ratings give (IncPR), or any (Random). Singleton takes new accounts, each for one review. What ties is drawn.
    accounts, targets, reviews : int, default 100, 30 and 15
        Controlled accounts, products, and paid reviews for each of these: the numbers of the paper for YelpChi.
    elite : int, default 10
        Reviews that make an account worth controlling; where too few accounts have them, those with the most are controlled.
    days : float, default 14
        Length of each target's campaign.
    stars : int, default 5
        Of the paid reviews, 1 the lowest rating of the log and 5 the highest.
    fitted : bool, default False
        Whether the numbers are cut to a small log: to a tenth of its reviewers, a quarter of its products, a third of the controlled
        accounts a target, and a quarter of its days. If not, what does not fit is refused.

    Notes
    -----
    As in the paper's program, targets are the products with the fewest reviewers, and the accounts are those of the least prior suspicion
    among the elite ones of which no review is known as fake. It departs from the paper in what it must on any log. Beliefs are SpEagle's
    (`collusion.detect.speagle`) by loopy propagation, run anew for each target, where the program updates a linear approximation by one
    step; priors are of times and ratings alone, and without either the draw decides. Reviews get days within a campaign, where the
    program has one date for all: it begins on a day drawn evenly after the target's first review, and late enough for the accounts it takes
    to be there. An account reviews no product twice. How a spammer mixes the strategies, which is what the paper's game is about, is not
    part of this.

    References
    ----------
    Y. Dou, G. Ma, P. S. Yu, S. Xie: Robust Spammer Detection by Nash Reinforcement Learning. KDD 2020.
    """

    strategy: Strategy
    accounts: int = 100
    targets: int = 30
    reviews: int = 15
    elite: int = 10
    days: float = 14.0
    stars: int = 5
    fitted: bool = False

    def __post_init__(self) -> None:
        wrong = one_of("strategy", self.strategy, Strategy)
        for name in ("accounts", "targets", "reviews", "elite"):
            wrong += whole_number(name, getattr(self, name), 1)
        wrong += number("days", self.days, 0.0)
        wrong += [] if self.stars in {1, 2, 3, 4, 5} else [f"stars must be a whole number from 1 to 5, not {self.stars!r}"]
        refuse("nash", wrong)

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with the campaign as one ring: the accounts that were used and the targets.

        Raises
        ------
        ConfigError
            When the log cannot be planted in, or has too few products, accounts or days; all problems at once.

        Notes
        -----
        IncPR and IncBP reckon over the whole log once a target.
        """
        ground = ground_of(log)
        plan = self._cut(ground) if self.fitted else self
        return grown(ground.with_sown(plan.sown(ground, rng)), rng)

    def _cut(self, ground: Ground) -> Nash:
        small = ground.too_small()
        if small:
            raise ConfigError(f"the log is too small for a campaign, however cut: {'; '.join(small)}")
        accounts = min(self.accounts, max(3, int(np.count_nonzero(ground.activity)) // 10))
        return replace(
            self,
            accounts=accounts,
            targets=min(self.targets, int(np.count_nonzero(ground.degree)) // 4),
            reviews=min(self.reviews, accounts // 3),
            days=min(self.days, ground.span / 4),
        )

    def sown(self, ground: Ground, rng: np.random.Generator) -> Sown:
        """Return the campaign in the codes of a ground."""
        controlled = np.empty(0, np.int64) if self.strategy == "Singleton" else self._controlled(ground, rng)
        targets = self._targets(ground, rng, controlled)
        who, what, when = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        graph = ground.graph()
        for target in targets.tolist():
            if self.strategy == "Singleton":
                chosen = ground.accounts + len(who) + np.arange(self.reviews)
                begin = self._begin(ground, rng, target, 0.0)
            else:
                free = controlled[~ground.holds(controlled, np.full(len(controlled), target))]
                begin = self._begin(ground, rng, target, float(np.sort(ground.since[free])[self.reviews - 1]))
                free = free[ground.since[free] <= begin]
                score = self._suspicion(ground, graph, rng, controlled, target)[np.searchsorted(controlled, free)]
                chosen = free[np.lexsort((rng.random(len(free)), score))[: self.reviews]]
            length = self.days if ground.clock is None else min(self.days, ground.span - begin)
            who = np.concatenate([who, chosen])
            what = np.concatenate([what, np.full(self.reviews, target)])
            when = np.concatenate([when, begin + rng.random(self.reviews) * length])
            if self.strategy in {"IncBP", "IncDS", "IncPR"}:
                graph = ground.graph(who, what, when, self.stars)
        n = len(who)
        rating = np.full(n, np.nan) if ground.scale is None else ground.scale.of(np.full(n, self.stars), ground.points)
        return Sown("ring", who, what, when, rating, np.ones(n, np.bool_), np.unique(who), np.unique(what), float(when.min()))

    def _controlled(self, ground: Ground, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the controlled accounts, sorted: elite, of no fake review, and of these the least suspicious by prior."""
        pool = np.setdiff1d(np.flatnonzero((ground.activity > 0) & np.isfinite(ground.since)), ground.ring_accounts)
        names = ground.log.table.column_names
        if "label" in names and pa.types.is_boolean(ground.log.table.schema.field("label").type):
            # What the set's own labels call fake is suspect too, though nobody is known to have paid for it.
            pool = np.setdiff1d(pool, ground.reviewer[as_numpy(whole(ground.log.table, "label"), 0)])
        if len(pool) < max(self.accounts, self.reviews):
            raise ConfigError(
                f"the log has {len(pool):,} accounts of which no fake is known; a campaign cannot control "
                f"{max(self.accounts, self.reviews):,}: lower accounts and reviews"
            )
        prior = _prior(ground.graph(), ground.n_reviewers)[pool]
        order = np.lexsort((rng.random(len(pool)), prior, -np.minimum(ground.activity[pool], self.elite)))
        return np.sort(pool[order[: self.accounts]])

    def _targets(self, ground: Ground, rng: np.random.Generator, controlled: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the products with the fewest reviewers, of those that enough controlled accounts have not reviewed."""
        latest = math.inf if ground.clock is None else ground.span - self.days
        fine = (ground.degree > 0) & (ground.opens <= latest)
        fine[ground.ring_targets] = False
        if self.strategy != "Singleton":
            held = ground.held[np.isin(ground.held // ground.n_products, controlled)] % ground.n_products
            fine &= len(controlled) - np.bincount(held, minlength=ground.n_products) >= self.reviews
        pool = np.flatnonzero(fine)
        if len(pool) < self.targets:
            raise ConfigError(
                f"the log has {len(pool):,} products of no ring that are reviewed by {self.days:g} days before its end and that "
                f"{self.reviews:,} controlled accounts have not reviewed; a campaign cannot have {self.targets:,} targets: lower targets, "
                "reviews or days"
            )
        return pool[np.lexsort((rng.random(len(pool)), ground.degree[pool]))[: self.targets]]

    def _begin(self, ground: Ground, rng: np.random.Generator, target: int, there: float) -> float:
        """Return the first day of a target's campaign: after its first review, and when there are enough accounts."""
        drawn = rng.random()
        if ground.clock is None:
            return 0.0
        least = max(float(ground.opens[target]), there)
        return least + drawn * max(ground.span - self.days - least, 0.0)

    def _suspicion(
        self, ground: Ground, graph: ReviewGraph, rng: np.random.Generator, controlled: NDArray[np.int64], target: int
    ) -> NDArray[np.float64]:
        """Return how suspicious each controlled account is before it reviews the target."""
        if self.strategy == "IncBP":
            return POSTERIOR.beliefs(graph).log_odds[controlled]
        if self.strategy == "IncPR":
            return _prior(graph, ground.n_reviewers)[controlled]
        if self.strategy == "IncDS":
            return densities(graph, controlled, target)
        return rng.random(len(controlled))


def densities(graph: ReviewGraph, accounts: NDArray[np.int64], target: int) -> NDArray[np.float64]:
    """Return the density of each account once all of them review the target too: its reviews over the sum of its products' reviews.

    Accounts that have reviewed the target gain none of it, as it has no second review by them.
    """
    degree = np.diff(graph.product_indptr).astype(np.float64)
    has = np.zeros(graph.n_reviewers, np.bool_)
    has[graph.reviewer[graph.product == target]] = True
    degree[target] += np.count_nonzero(~has[accounts])
    own = np.diff(graph.indptr) + 0.0
    total = np.bincount(graph.reviewer, weights=degree[graph.product], minlength=graph.n_reviewers)
    own[accounts] += ~has[accounts]
    total[accounts] += np.where(has[accounts], 0.0, degree[target])
    dense: NDArray[np.float64] = own[accounts] / total[accounts]
    return dense


def _prior(graph: ReviewGraph, n: int) -> NDArray[np.float64]:
    """Return the probability of spam of each reviewer by his times and ratings."""
    return priors(node_features(graph, graph.reviewer, n, short_term=True), n)


def with_published(log: Log, attack: Attack | None, seed: int) -> LabelledLog:
    """Return a graph with one published attack planted (`collusion.simulate.published.with_times`), or none, as a labelled log.

    The attack's reviews are the fake ones, and its accounts and targets one ring; ids and times are those of ``with_times``.
    """
    columns = with_times(log, attack, seed)
    fakes = 0 if attack is None else len(attack.reviewers)
    table = pa.table({name: pa.array(column.tolist() if column.dtype == object else column) for name, column in columns.items()})
    rings: tuple[TrueGroup, ...] = ()
    if attack is not None:
        rings = (TrueGroup("ring-1", "ring", tuple(sorted({*attack.reviewers})), tuple(sorted({*attack.products}))),)
    return LabelledLog(table, np.arange(len(table)) >= len(table) - fakes, rings)


def published(background: Path, edges: Path, attack: str, seed: int) -> LabelledLog:
    """Return a log with one published attack, with times of a seed.

    Parameters
    ----------
    background : Path
        A log that `collusion.scan` reads, such as YelpChi; of it only who reviewed what is used.
    edges : Path
        See `collusion.simulate.published.read_attacks`.
    attack : str
        Name in that file, such as ``IncBP``.
    seed : int

    Raises
    ------
    ConfigError
        When the file has no attack of that name.
    """
    known = {one.name: one for one in read_attacks(edges)}
    if attack not in known:
        raise ConfigError(f"{edges}: has no attack {attack!r}; {did_you_mean(attack, known)}")
    log, _ = read_log(background, ScanConfig())
    return with_published(log, known[attack], seed)
