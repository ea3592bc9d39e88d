"""The five strategies of Nash-Detect, applied to any log."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from collusion.base.checks import number, one_of, refuse, whole
from collusion.base.errors import ConfigError
from collusion.detect.metadata import node_features, priors
from collusion.detect.speagle import SpEagle
from collusion.reviews.values import as_numpy
from collusion.simulate.inject.background import background_of
from collusion.simulate.inject.columns import one_array
from collusion.simulate.inject.rows import write_rows
from collusion.simulate.planting import Planted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.simulate.inject.background import Background
    from collusion.simulate.labelled import LabelledLog

__all__ = ["Nash", "Strategy", "densities"]

Strategy = Literal["IncBP", "IncDS", "IncPR", "Random", "Singleton"]

POSTERIOR = SpEagle(damping=0.25, tolerance=0.1)
"""The ranker of IncBP, with a coarse tolerance: the order of the accounts is stable long before the last digits of their odds are."""


@dataclass(frozen=True)
class Nash:
    """One campaign: paid reviews of each target by accounts that a strategy picks among those the spammer controls.

    Parameters
    ----------
    strategy : {"IncBP", "IncDS", "IncPR", "Random", "Singleton"}
        For one target after the other it takes, of the controlled accounts, those that look least like spam at that point, with the reviews
        planted for earlier targets: by posterior under belief propagation (IncBP), by density (IncDS: the account's reviews over
        the sum of the reviews of its products, with one of the target by every controlled account added), by the prior that its times and
        ratings give (IncPR), or any (Random). Singleton takes new accounts, each for one review. Ties are drawn.
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
        accounts a target, and a quarter of its days. If not, a campaign that does not fit is an error.

    Notes ----- As in the paper's program, targets are the products with the fewest reviewers, and the accounts are those of the least prior
    suspicion among the elite ones of which no review is known as fake. It departs from the paper in what it must on any log. Beliefs are
    SpEagle's (`collusion.detect.speagle`) by loopy propagation, computed again for each target, where the program updates a linear
    approximation by one step; priors use times and ratings alone, and without either the draw decides. Reviews get days within a campaign,
    where the program has one date for all: it begins on a day drawn evenly after the target's first review, and late enough for the
    accounts it takes to be there. An account reviews no product twice. How a spammer mixes the strategies, the subject of the paper's game,
    is not part of this.

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
            wrong += whole(name, getattr(self, name), 1)
        wrong += number("days", self.days, 0.0)
        wrong += [] if self.stars in {1, 2, 3, 4, 5} else [f"stars must be a whole number from 1 to 5, not {self.stars!r}"]
        refuse("nash", wrong)

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with the campaign as one ring: the accounts that were used and the targets.

        Raises ConfigError when the log cannot be planted in, or has too few products, accounts or days; all problems at once.

        Notes
        -----
        IncPR and IncBP compute over the whole log once per target.
        """
        background = background_of(log)
        plan = self._cut(background) if self.fitted else self
        return write_rows(background.with_planted(plan.planted(background, rng)), rng)

    def _cut(self, background: Background) -> Nash:
        background.check_size("a campaign, however cut")
        accounts = min(self.accounts, max(3, int(np.count_nonzero(background.activity)) // 10))
        return replace(
            self,
            accounts=accounts,
            targets=min(self.targets, int(np.count_nonzero(background.degree)) // 4),
            reviews=min(self.reviews, accounts // 3),
            days=min(self.days, background.span / 4),
        )

    def planted(self, background: Background, rng: np.random.Generator) -> Planted:
        """Return the campaign in the codes of a background."""
        controlled = np.empty(0, np.int64) if self.strategy == "Singleton" else self._controlled(background, rng)
        targets = self._targets(background, rng, controlled)
        who, what, when = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        graph = background.graph()
        for target in targets.tolist():
            if self.strategy == "Singleton":
                chosen = background.accounts + len(who) + np.arange(self.reviews)
                begin = self._begin(background, rng, target, 0.0)
            else:
                free = controlled[~background.has_review(controlled, np.full(len(controlled), target))]
                begin = self._begin(background, rng, target, float(np.sort(background.since[free])[self.reviews - 1]))
                free = free[background.since[free] <= begin]
                score = self._suspicion(background, graph, rng, controlled, target)[np.searchsorted(controlled, free)]
                chosen = free[np.lexsort((rng.random(len(free)), score))[: self.reviews]]
            length = self.days if background.clock is None else min(self.days, background.span - begin)
            who = np.concatenate([who, chosen])
            what = np.concatenate([what, np.full(self.reviews, target)])
            when = np.concatenate([when, begin + rng.random(self.reviews) * length])
            if self.strategy in {"IncBP", "IncDS", "IncPR"}:
                graph = background.graph(who, what, when, self.stars)
        n = len(who)
        rating = np.full(n, np.nan) if background.scale is None else background.scale.of(np.full(n, self.stars), background.points)
        return Planted("ring", who, what, when, rating, np.ones(n, np.bool_), np.unique(who), np.unique(what), float(when.min()))

    def _controlled(self, background: Background, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the controlled accounts, sorted: elite, of no fake review, and of these the least suspicious by prior."""
        pool = np.setdiff1d(np.flatnonzero((background.activity > 0) & np.isfinite(background.since)), background.ring_accounts)
        names = background.log.table.column_names
        if "label" in names and pa.types.is_boolean(background.log.table.schema.field("label").type):
            # What the set's own labels call fake is suspect too, though nobody is known to have paid for it.
            pool = np.setdiff1d(pool, background.reviewer[as_numpy(one_array(background.log.table, "label"), 0)])
        if len(pool) < max(self.accounts, self.reviews):
            raise ConfigError(
                f"the log has {len(pool):,} accounts of which no fake is known; a campaign cannot control "
                f"{max(self.accounts, self.reviews):,}: lower accounts and reviews"
            )
        prior = _prior(background.graph(), background.n_reviewers)[pool]
        order = np.lexsort((rng.random(len(pool)), prior, -np.minimum(background.activity[pool], self.elite)))
        return np.sort(pool[order[: self.accounts]])

    def _targets(self, background: Background, rng: np.random.Generator, controlled: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the products with the fewest reviewers, of those that enough controlled accounts have not reviewed."""
        latest = math.inf if background.clock is None else background.span - self.days
        fine = (background.degree > 0) & (background.opens <= latest)
        fine[background.ring_targets] = False
        if self.strategy != "Singleton":
            reviewed = background.pairs[np.isin(background.pairs // background.n_products, controlled)] % background.n_products
            fine &= len(controlled) - np.bincount(reviewed, minlength=background.n_products) >= self.reviews
        pool = np.flatnonzero(fine)
        if len(pool) < self.targets:
            raise ConfigError(
                f"the log has {len(pool):,} products of no ring that are reviewed by {self.days:g} days before its end and that "
                f"{self.reviews:,} controlled accounts have not reviewed; a campaign cannot have {self.targets:,} targets: lower targets, "
                "reviews or days"
            )
        return pool[np.lexsort((rng.random(len(pool)), background.degree[pool]))[: self.targets]]

    def _begin(self, background: Background, rng: np.random.Generator, target: int, there: float) -> float:
        """Return the first day of a target's campaign: after its first review, and when there are enough accounts."""
        drawn = rng.random()
        if background.clock is None:
            return 0.0
        least = max(float(background.opens[target]), there)
        return least + drawn * max(background.span - self.days - least, 0.0)

    def _suspicion(
        self, background: Background, graph: ReviewGraph, rng: np.random.Generator, controlled: NDArray[np.int64], target: int
    ) -> NDArray[np.float64]:
        """Return how suspicious each controlled account is before it reviews the target."""
        if self.strategy == "IncBP":
            return POSTERIOR.beliefs(graph).log_odds[controlled]
        if self.strategy == "IncPR":
            return _prior(graph, background.n_reviewers)[controlled]
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
    """Return the probability of spam of each reviewer by its times and ratings."""
    return priors(node_features(graph, graph.reviewer, n, short_term=True), n)
