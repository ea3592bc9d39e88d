"""Rings in any log: paid reviews of products that honest people review, by new accounts or taken-over ones, and camouflage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.errors import ConfigError
from collusion.simulate.inject.background import background_of
from collusion.simulate.inject.rows import write_rows
from collusion.simulate.inject.setting import LogSetting
from collusion.simulate.inject.targets import hijackable, targets_of
from collusion.simulate.planting import plant_reviews, sharing_problems, weighted_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.inject.background import Background
    from collusion.simulate.labelled import LabelledLog
    from collusion.simulate.plan import RingPlan
    from collusion.simulate.planting import Planted, PriorRing

__all__ = ["Rings", "fitted", "plant_ring", "starts"]

QUIET_QUANTILE = 0.25
"""Quantile of honest reviewers by their number of reviews, which a camouflaged account does not stay below."""


@dataclass(frozen=True)
class Rings:
    """Rings by their plans, one after the other (`collusion.simulate.plan.RingPlan`).

    Parameters
    ----------
    plans : tuple of RingPlan
        A plan's ``shared`` and ``overlap`` are of the ring before it, that of the first plan of the last ring that the log has. Ratings are
        stars, 1 the log's lowest rating and 5 its highest; ``camouflage_kind="popular"`` draws by the number of honest reviewers;
        ``aged`` is, of accounts taken over, how many days before the job they wrote first (`collusion.simulate.inject.rings.plant_ring`).
    fitted : bool, default False
        Whether plans are cut to a small log (`collusion.simulate.inject.rings.fitted`). If not, a plan that does not fit is an error.

    Notes ----- Each account reviews a target once, and not where the log has a review of it; exactly ``round(density * reviewers *
    products)`` reviews are paid for. FRAUDAR's four camouflages (Hooi et al., KDD 2016, section 5) are ``camouflage`` 0, 1 or 2 at random
    products, 1 by popularity, and ``hijacked`` 1 with none; the paper draws each pair of the block with the probability that is the density
    here, and so the camouflage.
    """

    plans: tuple[RingPlan, ...]
    fitted: bool = False

    def __post_init__(self) -> None:
        if not self.plans:
            raise ConfigError("no ring is planned; name at least one, such as 20x10@0.8")

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with the rings, as `collusion.simulate.inject.rows.write_rows` writes them.

        Raises ConfigError when the log cannot be planted in, or has too few products, accounts or days.
        """
        background = background_of(log)
        for plan in self.plans:
            background = background.with_planted(plant_ring(fitted(plan, background) if self.fitted else plan, background, rng))
        return write_rows(background, rng)

    def at_density(self, density: float) -> Rings:
        """Return the same rings at another density."""
        return replace(self, plans=tuple(replace(plan, density=density) for plan in self.plans))


def fitted(plan: RingPlan, background: Background) -> RingPlan:
    """Return the plan cut to a small log.

    The plan then has at most a twentieth of the log's reviewers, 3 at least; an eighth of its products, 2 at least; and a quarter of its
    days. Where there is camouflage there is as much as gives an account the reviews of a quiet honest reviewer (`QUIET_QUANTILE`): in a log
    of busy people the number of reviews alone would give new accounts away. It is cut to what half of the other products hold. Density is
    kept.

    Raises ConfigError when the log has fewer than 20 honest reviewers, 16 reviewed products or 8 days.
    """
    background.check_size("a ring, however cut")
    reviewers, products = int(np.count_nonzero(background.activity)), int(np.count_nonzero(background.degree))
    targets = min(plan.products, max(2, products // 8))
    days = min(plan.days, background.span / 4)
    usual = float(np.quantile(background.activity[background.activity > 0], QUIET_QUANTILE)) / (plan.density * targets) - 1
    camouflage = max(plan.camouflage, usual) if plan.camouflage else 0.0
    return replace(
        plan,
        reviewers=min(plan.reviewers, max(3, reviewers // 20)),
        products=targets,
        days=days,
        campaign=None if plan.campaign is None else min(plan.campaign, days),
        launch=None if plan.launch is None else min(plan.launch, days / 2),
        camouflage=min(camouflage, (products - targets) / (2 * targets)),
        start=None if plan.start is None else min(plan.start, background.span - days),
    )


def plant_ring(plan: RingPlan, background: Background, rng: np.random.Generator) -> Planted:
    """Return a ring of the plan; the ring before it, for ``shared`` and ``overlap``, is the last one of the log or planted.

    Targets have honest reviews before they are paid for, and are neither another ring's nor variants of each other (`apart`) where the log
    has enough others. Taken-over accounts wrote before the job begins (``aged`` days before it, where enough did), are of no ring, and have
    no review of the targets; the more an account wrote, the more likely it is taken. A job whose start is drawn begins on the day of one of
    the log's reviews: more often in busy times than in quiet ones.

    Raises ConfigError when the log has too few products or accounts, lacks a column that the plan needs, or is too short; all problems at
    once.
    """
    _check(plan, background)
    before = background.rings[-1] if (plan.shared or plan.overlap) and background.rings else None
    inherited = (
        np.empty(0, np.int64) if before is None else rng.choice(before.reviewers, round(plan.shared * plan.reviewers), replace=False)
    )
    hijacked = round(plan.hijacked * plan.reviewers)
    start = _start(plan, background, rng, hijacked, before)
    targets = targets_of(plan, background, rng, start, inherited, before)
    taken = hijackable(background, targets, start, plan.aged, hijacked, inherited) if hijacked else inherited[:0]
    if len(taken) < hijacked:
        raise ConfigError(
            f"only {len(taken):,} accounts of the log wrote before day {start:.0f}, belong to no ring and have no review of the targets; "
            f"a ring cannot take over {hijacked:,}"
        )
    taken = weighted_order(taken, background.activity[taken].astype(np.float64), rng)[:hijacked]
    new = plan.reviewers - len(inherited) - hijacked
    accounts = np.concatenate([inherited, taken, np.arange(background.accounts, background.accounts + new)])
    return plant_reviews(plan, LogSetting(background), accounts, targets, start, rng)


def _check(plan: RingPlan, background: Background) -> None:
    products, reviewers = np.count_nonzero(background.degree), np.count_nonzero(background.activity)
    hijacked = round(plan.hijacked * plan.reviewers)
    wrong = []
    if plan.products > products:
        wrong.append(f"the log has {products:,} products with honest reviews; a ring cannot have {plan.products:,} targets")
    if hijacked > reviewers:
        wrong.append(f"the log has {reviewers:,} honest reviewers; a ring cannot take over {hijacked:,}")
    if plan.days + (plan.start or 0) > background.span:
        begin = "" if plan.start is None else f" from day {plan.start:g} on"
        wrong.append(f"a ring of {plan.days:g} days{begin} does not fit into a log of {background.span:g} days")
    wrong += [
        f"{name}: only rings of simulated markets can have it; leave it out, or use `collusion simulate`"
        for name in ("even", "devices", "reuse")
        if getattr(plan, name)
    ]
    if plan.launch is not None and background.clock is None:
        wrong.append("launch needs times, and the log has none")
    wrong += [
        f"targets={plan.targets} needs a column {column!r}, and the log has none"
        for targets, column in (("category", "category"), ("own", "seller"))
        if plan.targets == targets and background.of_products(column) is None
    ]
    wrong += sharing_problems(plan, background.rings[-1] if background.rings else None)
    if wrong:
        raise ConfigError("\n".join(wrong))


def _start(plan: RingPlan, background: Background, rng: np.random.Generator, hijacked: int, before: PriorRing | None) -> float:
    """Return the first day of the job."""
    drawn = rng.random()
    if plan.start is not None:
        return plan.start
    if background.clock is None:
        return 0.0
    new = plan.products - round(plan.overlap * plan.products)
    # Some of the accounts will have reviewed the targets, so there must be more than are needed.
    least = max(_nth(background.opens, 2 * new), _nth(background.since, 4 * hijacked), before.start if before is not None else 0.0)
    return starts(background, plan.days, least, drawn)


def starts(background: Background, days: float, least: float, drawn: float) -> float:
    """Return when a job begins: when the ``drawn`` share of the honest reviews was written, not before ``least``, and in time to end."""
    if background.clock is None or not len(background.busy_days):
        return 0.0
    latest = background.span - days
    begin = background.busy_days[int(drawn * len(background.busy_days))]
    return float(min(max(begin, least), latest))


def _nth(day: NDArray[np.float64], n: int) -> float:
    """Return the n-th of the finite days in ascending order, or the last where there are fewer; 0 where there is none."""
    known = np.sort(day[np.isfinite(day)])
    return float(known[min(n, len(known)) - 1]) if n and len(known) else 0.0
