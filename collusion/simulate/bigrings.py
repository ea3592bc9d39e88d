"""Rings of a generated log: 30 to 100 accounts that rate 5 to 30 products within one to four weeks, and review as others do besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.biglog import BigLog, Rows

__all__ = ["DAYS", "Planted", "Rings", "plant", "ring_count"]

DAYS = 6800
"""Length of the log."""

CAMOUFLAGE = 0.7
"""Ordinary reviews of an account, on average, for each that it writes for the ring."""


@dataclass(frozen=True)
class Planted:
    """One ring: its members as numbers, or as the ids of the log; ``first`` and ``last`` in days since the log's first."""

    reviewers: tuple[Any, ...]
    products: tuple[Any, ...]
    reviews: int
    density: float
    first: float
    last: float


@dataclass(frozen=True, eq=False)
class Rings:
    """All rings of a log, and the rows that their accounts write, in the order of time."""

    planted: tuple[Planted, ...]
    rows: Rows


def ring_count(reviews: int) -> int:
    """Return how many rings a log has: 20 at 1M and 100 at 571M; below 1M as many as are 3 % of it."""
    return max(1, round(20 * reviews / 1e6 if reviews < 1e6 else 20 * (reviews / 1e6) ** (np.log(5) / np.log(571))))


def plant(log: BigLog, rng: np.random.Generator) -> Rings:
    """Draw the rings of a log, and their accounts' ordinary reviews."""
    planted: list[Planted] = []
    parts: list[Rows] = []
    taken = log.n_accounts
    for _ in range(ring_count(log.reviews)):
        size = int(rng.integers(30, 101))
        ring, paid = _campaign(log, rng, np.arange(taken, taken + size))
        planted.append(ring)
        parts += [paid, _camouflage(log, rng, paid)]
        taken += size
    kind = type(parts[0])
    joined = [np.concatenate(columns) for columns in zip(*(part.columns for part in parts), strict=True)]
    order = np.argsort(joined[2], kind="stable")
    return Rings(tuple(planted), kind(*(column[order] for column in joined)))


def _campaign(log: BigLog, rng: np.random.Generator, accounts: NDArray[np.int64]) -> tuple[Planted, Rows]:
    """Return a ring and its paid reviews."""
    length = rng.uniform(7, 28) / DAYS
    first = rng.uniform(0.3, 1 - length)
    product, category, seller = _targets(log, rng, int(rng.integers(5, 31)), first)
    density = rng.uniform(0.4, 0.9)
    holds = rng.random((len(accounts), len(product))) < density
    # An account that wrote one review for a ring is no member that anybody could see.
    for row in np.flatnonzero(holds.sum(axis=1) < 2):
        holds[row, rng.choice(len(product), 2, replace=False)] = True
    who, what = np.nonzero(holds)
    n = len(who)
    rows = log.draw_for(accounts[who], first + length * rng.random(n))
    rows.product[:], rows.category[:], rows.seller[:] = product[what], category[what], seller[what]
    rows.rating[:] = rng.choice([5, 4, 3], n, p=[0.93, 0.06, 0.01])
    span = (float(rows.when.min() * DAYS), float(rows.when.max() * DAYS))
    return Planted(tuple(accounts.tolist()), tuple(np.unique(product).tolist()), n, n / holds.size, *span), rows


def _targets(log: BigLog, rng: np.random.Generator, n: int, first: float) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return n different products that are on sale at the start of the campaign, most of one category, with categories and sellers."""
    at = np.empty(0, np.int64)
    pool = log.draw_for(rng.integers(0, log.n_accounts, 4000), np.full(4000, first))
    home = pool.category[0]
    # Nine in ten of the category that the ring works in.
    wanted = (pool.category == home) | (rng.random(4000) < 0.1)
    _, index = np.unique(pool.product, return_index=True)
    at = np.sort(index[wanted[index]])[:n]
    return pool.product[at], pool.category[at], pool.seller[at]


def _camouflage(log: BigLog, rng: np.random.Generator, paid: Rows) -> Rows:
    """Return the ordinary reviews of a ring's accounts: some have many, some none; from two years before the campaign to one year after."""
    accounts, per = np.unique(paid.reviewer, return_counts=True)
    own = rng.poisson(CAMOUFLAGE * per * rng.exponential(1.0, len(accounts)))
    who = np.repeat(accounts, own)
    span = (max(0.02, paid.when.min() - 730 / DAYS), min(1.0, paid.when.max() + 365 / DAYS))
    rows = log.draw_for(who, rng.uniform(*span, len(who)))
    # A review an account and product: the log's own law, which draws at random would break now and then.
    seen = {(int(a), int(b)) for a, b in zip(paid.reviewer, paid.product, strict=True)}
    keep = []
    for k, pair in enumerate(zip(rows.reviewer.tolist(), rows.product.tolist(), strict=True)):
        if pair not in seen:
            seen.add(pair)
            keep.append(k)
    return type(rows)(*(column[keep] for column in rows.columns))
