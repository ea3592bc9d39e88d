"""Rings of the logs for speed measurements: 30 to 100 accounts that rate 5 to 30 products within one to four weeks.

They do not follow a `collusion.simulate.plan.RingPlan`: these logs are streamed, and nothing in them is drawn from honest reviews.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.biglog import BigLog, Rows

__all__ = ["DAYS", "DENSITY", "LENGTH", "BigRing", "draw_size", "plant_big_rings", "ring_count", "ring_pairs", "ring_ratings"]

DAYS = 6800
"""Length of the log."""

CAMOUFLAGE_RATE = 0.7
"""Mean number of ordinary reviews of an account per review that it writes for the ring."""

LENGTH = (7, 28)
"""Days of a ring's campaign: shortest and longest."""

DENSITY = (0.4, 0.9)
"""Share of the products of its ring that an account reviews: least and most."""


@dataclass(frozen=True)
class BigRing:
    """One ring: its members as numbers, or as the ids of the log; ``first`` and ``last`` in days since the log's first."""

    reviewers: tuple[Any, ...]
    products: tuple[Any, ...]
    reviews: int
    density: float
    first: float
    last: float


def ring_count(reviews: int) -> int:
    """Return how many rings a log has: 20 at 1M and 100 at 571M; below 1M so many that they write 3 % of it."""
    return max(1, round(20 * reviews / 1e6 if reviews < 1e6 else 20 * (reviews / 1e6) ** (np.log(5) / np.log(571))))


def draw_size(rng: np.random.Generator) -> int:
    """Return the number of accounts of a ring."""
    return int(rng.integers(30, 101))


def ring_pairs(reviewed: NDArray[np.bool_], rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of accounts and products of a ring's reviews.

    ``reviewed`` holds the pairs that were drawn; an account with fewer than two gets two, drawn again: with one it would be no member that
    could be found.
    """
    for row in np.flatnonzero(reviewed.sum(axis=1) < 2):
        reviewed[row, rng.choice(reviewed.shape[1], 2, replace=False)] = True
    who, what = np.nonzero(reviewed)
    return who, what


def ring_ratings(n: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """Return the ratings of a ring's reviews: 93 % five stars, 6 % four."""
    return rng.choice(np.array([5, 4, 3], np.int8), n, p=[0.93, 0.06, 0.01])


def plant_big_rings(log: BigLog, rng: np.random.Generator) -> tuple[tuple[BigRing, ...], Rows]:
    """Return the rings of a log, and all rows that their accounts write, in the order of time."""
    planted: list[BigRing] = []
    parts: list[Rows] = []
    taken = log.n_accounts
    for _ in range(ring_count(log.reviews)):
        size = draw_size(rng)
        ring, paid = _campaign(log, rng, np.arange(taken, taken + size))
        planted.append(ring)
        parts += [paid, _camouflage(log, rng, paid)]
        taken += size
    joined = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    order = np.argsort(joined[2], kind="stable")
    return tuple(planted), type(parts[0])._make(column[order] for column in joined)


def _campaign(log: BigLog, rng: np.random.Generator, accounts: NDArray[np.int64]) -> tuple[BigRing, Rows]:
    """Return a ring and its paid reviews."""
    length = rng.uniform(*LENGTH) / DAYS
    first = rng.uniform(0.3, 1 - length)
    product, category, seller = _targets(log, rng, int(rng.integers(5, 31)), first)
    density = rng.uniform(*DENSITY)
    who, what = ring_pairs(rng.random((len(accounts), len(product))) < density, rng)
    n = len(who)
    rows = log.draw_for(accounts[who], first + length * rng.random(n))
    rows.product[:], rows.category[:], rows.seller[:] = product[what], category[what], seller[what]
    rows.rating[:] = ring_ratings(n, rng)
    span = (float(rows.when.min() * DAYS), float(rows.when.max() * DAYS))
    return BigRing(tuple(accounts.tolist()), tuple(np.unique(product).tolist()), n, n / (len(accounts) * len(product)), *span), rows


def _targets(log: BigLog, rng: np.random.Generator, n: int, first: float) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return n different products that are on sale at the start of the campaign, most of one category, with categories and sellers."""
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
    own = rng.poisson(CAMOUFLAGE_RATE * per * rng.exponential(1.0, len(accounts)))
    who = np.repeat(accounts, own)
    span = (max(0.02, paid.when.min() - 730 / DAYS), min(1.0, paid.when.max() + 365 / DAYS))
    rows = log.draw_for(who, rng.uniform(*span, len(who)))
    # The log has one review per account and product; draws at random would now and then repeat one.
    pairs = np.stack([np.append(paid.reviewer, rows.reviewer), np.append(paid.product, rows.product)])
    _, first = np.unique(pairs, axis=1, return_index=True)
    keep = np.sort(first[first >= len(paid.when)]) - len(paid.when)
    return type(rows)._make(column[keep] for column in rows)
