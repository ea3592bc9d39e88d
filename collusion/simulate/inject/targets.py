"""Which products of a log a ring reviews, and which honest accounts it may take over."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.errors import ConfigError
from collusion.simulate.planting import order_by_seller, weighted_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.inject.background import Background
    from collusion.simulate.plan import RingPlan
    from collusion.simulate.planting import PriorRing

__all__ = ["apart", "hijackable", "targets_of"]


def targets_of(
    plan: RingPlan, background: Background, rng: np.random.Generator, start: float, inherited: NDArray[np.int64], before: PriorRing | None
) -> NDArray[np.int64]:
    """Return the targets: those taken over from the ring before, and of the others the first in an order that suits the plan."""
    old = np.empty(0, np.int64)
    free = (background.degree > 0) & (background.opens <= start)
    if plan.launch is not None:
        # The first review is taken as the launch.
        free = (background.degree > 0) & (background.opens > start) & (background.opens <= start + plan.days - plan.launch)
    if before is not None:
        old = rng.choice(before.products, round(plan.overlap * plan.products), replace=False)
        free[before.products] = False
    wanted = plan.products - len(old)
    pool = np.flatnonzero(free)
    if len(pool) < wanted:
        kept = " that the ring before it does not have" if before is not None else ""
        if plan.launch is not None:
            raise ConfigError(
                f"the log has {len(pool):,} products{kept} whose first review is in the days {start:.0f} to "
                f"{start + plan.days - plan.launch:.0f}; a ring needs {wanted:,} launches: give it more days"
            )
        raise ConfigError(
            f"the log has {len(pool):,} products reviewed by day {start:.0f}{kept}; a ring that begins then needs {wanted:,} targets"
        )
    # Targets of another ring would join the two rings, and what an inherited account reviewed as camouflage cannot be paid for.
    touched = background.pairs % background.n_products
    by_inherited = touched[np.isin(background.pairs // background.n_products, inherited)]
    for others in (np.concatenate([background.ring_targets, by_inherited]), by_inherited):
        clean = np.setdiff1d(pool, others)
        if len(clean) >= wanted:
            pool = clean
            break
    if plan.targets == "category":
        category = background.of_products("category")
        assert category is not None  # noqa: S101  # `_check` refused such a log
        inside = pool[category[pool] == category[rng.choice(pool)]]
        pool = inside if len(inside) >= wanted else pool
    weight = background.degree[pool].astype(np.float64) if plan.targets == "popular" else np.ones(len(pool))
    order = weighted_order(pool, weight, rng)
    group = background.of_products("seller")
    seller = np.arange(len(order)) if group is None else group[order]
    # A product without a known seller counts as a seller of its own.
    seller = np.where(seller < 0, background.n_products + np.arange(len(order)), seller)
    known, seller = np.unique(seller, return_inverse=True)
    order = order_by_seller(order, seller, wanted, rng, max(len(known), 1), own=plan.targets == "own")
    return np.sort(np.concatenate([old, apart(background, order, wanted)]))


def apart(background: Background, order: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """Return the first products of an order, passing over variants of those before them unless there are too few others.

    Variants are of one listing, where the log names any, or have three honest reviewers in common who are more than half of all that either
    has. A detector that knows listings counts them as one product, and so does a spammer who wants to promote several.
    """
    listing = background.of_products("listing")
    by_product = background.honest[np.argsort(background.product[background.honest], kind="stable")]
    ends = np.searchsorted(background.product[by_product], np.arange(background.n_products + 1))
    chosen: list[int] = []
    passed: list[int] = []
    reviewed: dict[int, list[int]] = {}
    listed: set[int] = set()
    for product in order.tolist():
        if len(chosen) == wanted:
            break
        people = background.reviewer[by_product[ends[product] : ends[product + 1]]].tolist()
        shared = Counter(other for who in people for other in reviewed.get(who, ()))
        copied = any(n >= 3 and 3 * n > len(people) + background.degree[other] for other, n in shared.items())
        own = -1 if listing is None else int(listing[product])
        if copied or own in listed:
            passed.append(product)
            continue
        chosen.append(product)
        if own >= 0:
            listed.add(own)
        for who in people:
            reviewed.setdefault(who, []).append(product)
    return np.array([*chosen, *passed[: wanted - len(chosen)]], dtype=np.int64)


def hijackable(
    background: Background, targets: NDArray[np.int64], start: float, aged: float, wanted: int, not_these: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the accounts that a job may take over: in the log before it, of no ring, without a review of the targets; sorted codes.

    Those that wrote ``aged`` days before the job, where there are as many as wanted; otherwise as many, the oldest first.
    """
    pool = np.flatnonzero((background.activity > 0) & (background.since <= start))
    pool = np.setdiff1d(pool, np.concatenate([background.ring_accounts, background.reviewers_of(targets), not_these]))
    if background.clock is None or not aged:
        return pool
    old = pool[background.since[pool] <= start - aged]
    return old if len(old) >= wanted else np.sort(pool[np.argsort(background.since[pool], kind="stable")][:wanted])
