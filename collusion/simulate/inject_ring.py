"""Rings in any log: paid reviews of products that honest people review, by new accounts or taken-over ones, and camouflage."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from collusion.errors import ConfigError
from collusion.simulate.inject_ground import Sown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.inject_ground import Ground
    from collusion.simulate.planting import RingPlan

__all__ = ["apart", "draw_pairs", "fitted", "hijackable", "plant_ring", "sow", "starts", "weighted"]

TRIES = 30
"""Rounds of drawing with replacement before what is left is drawn outright."""


QUIET = 0.25
"""Quantile of honest reviewers by their number of reviews, which a camouflaged account does not stay below."""


def fitted(plan: RingPlan, ground: Ground) -> RingPlan:
    """Return the plan cut to a small log.

    It has at most a twentieth of the log's reviewers, 3 at least; an eighth of its products, 2 at least; and a quarter of its days.
    Where there is camouflage there is as much as gives an account the reviews of a quiet honest reviewer (`QUIET`): in a log of busy people
    new accounts would be told by their number of reviews alone. It is cut to what half of the other products hold. Density is kept.

    Raises
    ------
    ConfigError
        When the log has fewer than 20 honest reviewers, 16 reviewed products or 8 days.
    """
    small = ground.too_small()
    if small:
        raise ConfigError(f"the log is too small for a ring, however cut: {'; '.join(small)}")
    reviewers, products = int(np.count_nonzero(ground.activity)), int(np.count_nonzero(ground.degree))
    targets = min(plan.products, max(2, products // 8))
    days = min(plan.days, ground.span / 4)
    usual = float(np.quantile(ground.activity[ground.activity > 0], QUIET)) / (plan.density * targets) - 1
    camouflage = max(plan.camouflage, usual) if plan.camouflage else 0.0
    return replace(
        plan,
        reviewers=min(plan.reviewers, max(3, reviewers // 20)),
        products=targets,
        days=days,
        campaign=None if plan.campaign is None else min(plan.campaign, days),
        launch=None if plan.launch is None else min(plan.launch, days / 2),
        camouflage=min(camouflage, (products - targets) / (2 * targets)),
        start=None if plan.start is None else min(plan.start, ground.span - days),
    )


def plant_ring(plan: RingPlan, ground: Ground, rng: np.random.Generator) -> Sown:
    """Return a ring of the plan; the ring before it, for ``shared`` and ``overlap``, is the last one of the log or planted.

    Targets have honest reviews before they are paid for, and are neither another ring's nor variants of each other (`apart`) where the log
    has enough others. Taken-over accounts wrote before the job begins (``aged`` days before it, where enough did), are of no ring, and have
    no review of the targets; the more an account wrote, the likelier it is taken. A job whose start is drawn begins on the day of one of
    the log's reviews: in busy times rather than quiet ones.

    Raises
    ------
    ConfigError
        When the log has too few products or accounts, lacks a column that the plan needs, or is too short; all problems at once.
    """
    _check(plan, ground)
    before = ground.rings[-1] if (plan.shared or plan.overlap) and ground.rings else None
    inherited = np.empty(0, np.int64) if before is None else rng.choice(before[0], round(plan.shared * plan.reviewers), replace=False)
    hijacked = round(plan.hijacked * plan.reviewers)
    start = _start(plan, ground, rng, hijacked, before)
    targets = _targets(plan, ground, rng, start, inherited, before)
    taken = hijackable(ground, targets, start, plan.aged, hijacked, inherited) if hijacked else inherited[:0]
    if len(taken) < hijacked:
        raise ConfigError(
            f"only {len(taken):,} accounts of the log wrote before day {start:.0f}, belong to no ring and have no review of the targets; "
            f"a ring cannot take over {hijacked:,}"
        )
    taken = weighted(rng, ground.activity[taken].astype(np.float64), hijacked, taken)
    fresh = plan.reviewers - len(inherited) - hijacked
    members = np.concatenate([inherited, taken, np.arange(ground.accounts, ground.accounts + fresh)])
    return sow(plan, ground, rng, members, targets, start)


def sow(
    plan: RingPlan,
    ground: Ground,
    rng: np.random.Generator,
    members: NDArray[np.int64],
    targets: NDArray[np.int64],
    start: float,
    paid: int | None = None,
) -> Sown:
    """Return a ring of these accounts on these targets.

    Parameters
    ----------
    plan : RingPlan
        For its days, campaign, launch, camouflage, rating, mixed, attacked and like_others, and the density where ``paid`` is None.
    members, targets : int64 arrays
        Different codes; accounts that the ground does not know are new.
    start : float
        First day of the job.
    paid : int, optional
        Number of paid reviews.

    Raises
    ------
    ConfigError
        When so many pairs are not free, or there are too few products for the camouflage.
    """
    wanted = max(1, round(plan.density * len(members) * len(targets))) if paid is None else paid
    row, column = _cells(ground, rng, members, targets, wanted)
    who, what = members[row], targets[column]
    if plan.launch is not None:
        day = ground.opens[what] + rng.random(wanted) * plan.launch
    elif plan.campaign is None:
        day = start + rng.random(wanted) * plan.days
    else:
        begins = start + rng.random(len(targets)) * (plan.days - plan.campaign)
        day = begins[column] + rng.random(wanted) * plan.campaign
    stars = np.full(wanted, plan.rating)
    if plan.attacked:
        attacked = rng.permutation(len(targets))[: round(plan.attacked * len(targets))]
        stars[np.isin(column, attacked)] = 6 - plan.rating
    other = round(plan.mixed * wanted)
    if other:
        step = np.where(rng.random(other) < 0.75, 1, 2)
        either = rng.choice((-1, 1), other) if plan.rating == 3 else None
        chosen = rng.choice(wanted, other, replace=False)
        stars[chosen] += (np.sign(3 - stars[chosen]) if either is None else either) * step
    if plan.like_others:
        rating = ground.own_ratings(what, rng)
    else:
        rating = np.full(wanted, np.nan) if ground.scale is None else ground.scale.of(stars, ground.points)
    cover, product, cover_day = _camouflage(plan, ground, rng, who, targets, start)
    return Sown(
        kind="ring",
        reviewer=np.concatenate([who, cover]),
        product=np.concatenate([what, product]),
        day=np.concatenate([day, cover_day]),
        rating=np.concatenate([rating, ground.own_ratings(product, rng)]),
        paid=np.arange(wanted + len(cover)) < wanted,
        members=np.unique(who),
        targets=np.unique(what),
        start=start,
    )


def _check(plan: RingPlan, ground: Ground) -> None:
    products, reviewers = np.count_nonzero(ground.degree), np.count_nonzero(ground.activity)
    hijacked = round(plan.hijacked * plan.reviewers)
    wrong = []
    if plan.products > products:
        wrong.append(f"the log has {products:,} products with honest reviews; a ring cannot have {plan.products:,} targets")
    if hijacked > reviewers:
        wrong.append(f"the log has {reviewers:,} honest reviewers; a ring cannot take over {hijacked:,}")
    if plan.days + (plan.start or 0) > ground.span:
        begin = "" if plan.start is None else f" from day {plan.start:g} on"
        wrong.append(f"a ring of {plan.days:g} days{begin} does not fit into a log of {ground.span:g} days")
    wrong += [
        f"{name}: rings in a log that is given cannot have it; leave it out, or simulate a market"
        for name in ("even", "devices", "reuse")
        if getattr(plan, name)
    ]
    if plan.launch is not None and ground.clock is None:
        wrong.append("launch needs times, and the log has none")
    wrong += [
        f"targets={plan.targets} needs a column {column!r}, and the log has none"
        for targets, column in (("category", "category"), ("own", "seller"))
        if plan.targets == targets and ground.of_products(column) is None
    ]
    for share, size, k, what in ((plan.shared, plan.reviewers, 0, "reviewers"), (plan.overlap, plan.products, 1, "products")):
        wanted = round(share * size)
        there = len(ground.rings[-1][k]) if ground.rings else 0  # type: ignore[arg-type]  # the first two are arrays
        if wanted > there:
            place = f"the ring before it has {there}" if ground.rings else "there is no ring before it"
            wrong.append(f"a ring cannot share {wanted} {what}: {place}")
    if wrong:
        raise ConfigError("\n".join(wrong))


Before = tuple["NDArray[np.int64]", "NDArray[np.int64]", float]


def _start(plan: RingPlan, ground: Ground, rng: np.random.Generator, hijacked: int, before: Before | None) -> float:
    """Return the first day of the job."""
    drawn = rng.random()
    if plan.start is not None:
        return plan.start
    if ground.clock is None:
        return 0.0
    new = plan.products - round(plan.overlap * plan.products)
    # Of the accounts some will have reviewed the targets, so more than needed have to be there.
    least = max(_nth(ground.opens, 2 * new), _nth(ground.since, 4 * hijacked), before[2] if before is not None else 0.0)
    return starts(ground, plan.days, least, drawn)


def starts(ground: Ground, days: float, least: float, drawn: float) -> float:
    """Return when a job begins: when the ``drawn`` share of the honest reviews was written, not before ``least``, and in time to end."""
    if ground.clock is None or not len(ground.busy_days):
        return 0.0
    latest = ground.span - days
    begin = ground.busy_days[int(drawn * len(ground.busy_days))]
    return float(min(max(begin, least), latest))


def _nth(day: NDArray[np.float64], n: int) -> float:
    """Return the day by which n have come, or all that ever do."""
    known = np.sort(day[np.isfinite(day)])
    return float(known[min(n, len(known)) - 1]) if n and len(known) else 0.0


def _targets(
    plan: RingPlan, ground: Ground, rng: np.random.Generator, start: float, inherited: NDArray[np.int64], before: Before | None
) -> NDArray[np.int64]:
    """Return the targets: those taken over from the ring before, and of the others the first in an order that suits the plan."""
    old = np.empty(0, np.int64)
    free = (ground.degree > 0) & (ground.opens <= start)
    if plan.launch is not None:
        # The first review stands for the launch.
        free = (ground.degree > 0) & (ground.opens > start) & (ground.opens <= start + plan.days - plan.launch)
    if before is not None:
        old = rng.choice(before[1], round(plan.overlap * plan.products), replace=False)
        free[before[1]] = False
    wanted = plan.products - len(old)
    pool = np.flatnonzero(free)
    if len(pool) < wanted:
        kept = " that the ring before it has not" if before is not None else ""
        if plan.launch is not None:
            raise ConfigError(
                f"the log has {len(pool):,} products{kept} whose first review is in the days {start:.0f} to "
                f"{start + plan.days - plan.launch:.0f}; a ring cannot have {wanted:,} launches: give it more days"
            )
        raise ConfigError(
            f"the log has {len(pool):,} products reviewed by day {start:.0f}{kept}; a ring that begins then cannot have {wanted:,} targets"
        )
    # Targets of another ring would make one of two, and what an inherited account reviewed as camouflage cannot be paid for.
    touched = ground.held % ground.n_products
    by_inherited = touched[np.isin(ground.held // ground.n_products, inherited)]
    for others in (np.concatenate([ground.ring_targets, by_inherited]), by_inherited):
        clean = np.setdiff1d(pool, others)
        if len(clean) >= wanted:
            pool = clean
            break
    if plan.targets == "category":
        category = ground.of_products("category")
        assert category is not None  # noqa: S101  # `_check` refused such a log
        inside = pool[category[pool] == category[rng.choice(pool)]]
        pool = inside if len(inside) >= wanted else pool
    weight = ground.degree[pool].astype(np.float64) if plan.targets == "popular" else np.ones(len(pool))
    order = pool[np.argsort(rng.exponential(1.0, len(pool)) / weight, kind="stable")]
    group = ground.of_products("seller")
    seller = np.arange(len(order)) if group is None else group[order]
    # A product whose seller is not known stands for itself.
    seller = np.where(seller < 0, ground.n_products + np.arange(len(order)), seller)
    _, seller = np.unique(seller, return_inverse=True)
    if plan.targets == "own":
        # Sellers in random order, but one that has enough goes first.
        place = rng.permutation(int(seller.max(initial=0)) + 1)
        enough = np.bincount(seller, minlength=len(place)) >= wanted
        return np.sort(np.concatenate([old, apart(ground, order[np.lexsort((place[seller], ~enough[seller]))], wanted)]))
    # First products of each seller before second ones.
    by_seller = np.argsort(seller, kind="stable")
    first = np.searchsorted(seller[by_seller], seller[by_seller])
    nth = np.empty(len(order), np.int64)
    nth[by_seller] = np.arange(len(order)) - first
    return np.sort(np.concatenate([old, apart(ground, order[np.argsort(nth, kind="stable")], wanted)]))


def apart(ground: Ground, order: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """Return the first products of an order, passing over variants of those before them unless there are too few others.

    Variants are of one listing, where the log names any, or have three honest reviewers in common who are more than half of all that either
    has. A detector that knows listings counts them as one product, and so does a spammer who wants to promote several.
    """
    listing = ground.of_products("listing")
    by_product = ground.honest[np.argsort(ground.product[ground.honest], kind="stable")]
    ends = np.searchsorted(ground.product[by_product], np.arange(ground.n_products + 1))
    chosen: list[int] = []
    passed: list[int] = []
    reviewed: dict[int, list[int]] = {}
    listed: set[int] = set()
    for product in order.tolist():
        if len(chosen) == wanted:
            break
        people = ground.reviewer[by_product[ends[product] : ends[product + 1]]].tolist()
        shared = Counter(other for who in people for other in reviewed.get(who, ()))
        copied = any(n >= 3 and 3 * n > len(people) + ground.degree[other] for other, n in shared.items())
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
    ground: Ground, targets: NDArray[np.int64], start: float, aged: float, wanted: int, not_these: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the accounts that a job may take over: in the log before it, of no ring, without a review of the targets; sorted codes.

    Those that wrote ``aged`` days before the job, where there are as many as wanted; otherwise as many, the oldest first.
    """
    pool = np.flatnonzero((ground.activity > 0) & (ground.since <= start))
    pool = np.setdiff1d(pool, np.concatenate([ground.ring_accounts, ground.holding(targets), not_these]))
    if ground.clock is None or not aged:
        return pool
    old = pool[ground.since[pool] <= start - aged]
    return old if len(old) >= wanted else np.sort(pool[np.argsort(ground.since[pool], kind="stable")][:wanted])


def weighted(rng: np.random.Generator, weight: NDArray[np.float64], size: int, pool: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``size`` different ones of a pool, drawn one after the other by weight (above 0)."""
    return pool[np.argsort(rng.exponential(1.0, len(pool)) / weight, kind="stable")[:size]]


def _cells(
    ground: Ground, rng: np.random.Generator, members: NDArray[np.int64], targets: NDArray[np.int64], wanted: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the accounts and targets (positions) of the paid reviews: no pair twice or already there, nobody left out where they reach."""
    m, n = len(members), len(targets)
    open_ = ~ground.holds(np.repeat(members, n), np.tile(targets, m))
    pool = np.flatnonzero(open_)
    if len(pool) < wanted:
        raise ConfigError(
            f"of the {m * n:,} pairs of a ring's {m:,} accounts and {n:,} targets {len(pool):,} have no review yet; "
            f"{wanted:,} paid ones have no room"
        )
    cells = rng.choice(pool, wanted, replace=False)
    left_out = len(np.unique(cells // n)) < m or len(np.unique(cells % n)) < n
    if left_out and wanted >= max(m, n):
        cover = _edge_cover(rng, open_.reshape(m, n))
        if len(cover) <= wanted:
            others = np.setdiff1d(pool, cover, assume_unique=True)
            cells = np.concatenate([cover, rng.choice(others, wanted - len(cover), replace=False)])
    return cells // n, cells % n


def _edge_cover(rng: np.random.Generator, open_: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the fewest cells that cover every row and column with an open cell: a maximum matching, and one for each left out (Gallai)."""
    m, n = open_.shape
    rows, columns = rng.permutation(m), rng.permutation(n)
    mixed = open_[np.ix_(rows, columns)]
    # The column of each row, -1 for none.
    mate = maximum_bipartite_matching(csr_array(mixed.astype(np.int8)), perm_type="column")
    cells = [(i, int(j)) for i, j in enumerate(mate) if j >= 0]
    alone = np.setdiff1d(np.arange(n), mate)
    cells += [(i, int(rng.choice(np.flatnonzero(mixed[i])))) for i in np.flatnonzero(mate < 0).tolist() if mixed[i].any()]
    cells += [(int(rng.choice(np.flatnonzero(mixed[:, j]))), j) for j in alone.tolist() if mixed[:, j].any()]
    i, j = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    return np.sort(rows[i] * n + columns[j])


def _camouflage(
    plan: RingPlan, ground: Ground, rng: np.random.Generator, who: NDArray[np.int64], targets: NDArray[np.int64], start: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return who camouflages with what and when: in proportion to the paid reviews, over weeks or months around the job."""
    n = round(plan.camouflage * len(who))
    members, wanted = np.unique(np.resize(rng.permutation(who), n), return_counts=True) if n else (who[:0], who[:0])
    weight = ground.degree.astype(np.float64)
    if plan.camouflage_kind == "random":
        weight = (weight > 0).astype(np.float64)
    weight[targets] = 0
    for own, paid_for, _ in ground.rings:
        # What an account is paid for by another ring is no camouflage.
        if np.isin(members, own).any():
            weight[paid_for] = 0
    reviewer, product = draw_pairs(ground, rng, members, wanted, weight)
    before, after = rng.exponential(60, len(members)), rng.exponential(30, len(members))
    if plan.aged:
        # Within the log, or the oldest accounts would all write on its first day.
        before = np.minimum(before + rng.random(len(members)) * plan.aged, start)
    place = np.searchsorted(members, reviewer)
    day = start - before[place] + rng.random(n) * (before + plan.days + after)[place]
    if ground.clock is None:
        return reviewer, product, day
    opened = ground.opens[product]
    # What the log knows no day of takes reviews at any time.
    day = np.clip(np.maximum(day, np.where(np.isfinite(opened), opened, 0)), 0, ground.span)
    return reviewer, product, day


def draw_pairs(
    ground: Ground, rng: np.random.Generator, members: NDArray[np.int64], wanted: NDArray[np.int64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return as many products as wanted for each account, drawn one after the other by weight, none that it has or twice.

    Parameters
    ----------
    members, wanted : int64 arrays of equal length
        Accounts, ascending, and how many products each.
    weight : float64[n_products]
        0 for what is not to be drawn.

    Returns
    -------
    reviewer, product : int64[sum of wanted]
        By account.

    Raises
    ------
    ConfigError
        When an account has fewer products to choose from.

    Notes
    -----
    Drawing with replacement of which first appearances count is the same as drawing without. What is not filled after some rounds is drawn
    outright, in O(products) an account.
    """
    pool = np.flatnonzero(weight > 0)
    tickets = np.cumsum(weight[pool])
    found = np.empty(0, np.int64)
    missing = wanted.copy()
    for _ in range(TRIES if len(pool) else 0):
        if not missing.any():
            break
        reviewer = np.repeat(members, missing)
        at = np.searchsorted(tickets, rng.random(len(reviewer)) * tickets[-1], side="right")
        product = pool[np.minimum(at, len(pool) - 1)]
        key = ground.key(reviewer, product)[~ground.holds(reviewer, product)]
        everything = np.concatenate([found, key])
        _, first = np.unique(everything, return_index=True)
        found = everything[np.sort(first)]
        missing = wanted - np.bincount(np.searchsorted(members, found // ground.n_products), minlength=len(members))
    for k in np.flatnonzero(missing).tolist():
        own = found[found // ground.n_products == members[k]] % ground.n_products
        left = np.setdiff1d(pool, own)
        left = left[~ground.holds(np.full(len(left), members[k]), left)]
        if len(left) < missing[k]:
            raise ConfigError(
                f"an account needs {wanted[k]:,} products for its camouflage, and the log has {len(left) + len(own):,} "
                "that it may take; lower camouflage"
            )
        more = weighted(rng, weight[left], int(missing[k]), left)
        found = np.concatenate([found, ground.key(np.full(len(more), members[k]), more)])
    found = found[np.argsort(found // ground.n_products, kind="stable")]
    return found // ground.n_products, found % ground.n_products
