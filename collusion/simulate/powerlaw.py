"""Logs of another shape than those of `biglog`: power-law ids, uniform times, rows in no order, no categories and no sellers.

The reviewers and products of an ordinary review are independent, and so is its time: only the planted rings coordinate. A
scan that is fast because rows are in the order of time, or because most reviews of a product are close in time, is slower here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.base.errors import ConfigError
from collusion.simulate.biglog import BATCH_ROWS, LEAST_REVIEWS, REVIEW_SCHEMA, VERSION, Truth, write_log
from collusion.simulate.bigrings import DENSITY, LENGTH, BigRing, draw_size, ring_count, ring_pairs, ring_ratings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["write_power_law"]

DAYS = 2000
"""Length of the log."""

FIRST_DAY = np.datetime64("2018-01-01", "ms")

REVIEWS_PER_REVIEWER, REVIEWER_EXPONENT = 10, 0.5
REVIEWS_PER_PRODUCT, PRODUCT_EXPONENT = 12, 0.7
"""Reviews per id, and the exponent s of the power law: the id of rank r is drawn in proportion to r ** -s.

At 10M reviews the busiest reviewer writes about 10,000, the most reviewed product has about 170,000.
"""

Columns = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.int8]", "NDArray[np.float64]"]
"""Reviewer, product, rating and day."""


def write_power_law(path: Path, reviews: int, *, seed: int = 0, progress: Callable[[int], None] | None = None) -> Truth:
    """Write a log as Parquet (zstd) and its truth beside it. Same arguments, same bytes.

    Parameters
    ----------
    path : Path
    reviews : int
        `LEAST_REVIEWS` or more.
    seed : int, default 0
    progress : callable, optional
        Called with the rows written so far.

    Notes
    -----
    O(reviews) time, and memory for a few row groups. A planted ring is 30 to 100 accounts that rate 5 to 30 products within one to four
    weeks; its accounts and products are drawn from the less busy half.
    """
    if reviews < LEAST_REVIEWS:
        raise ConfigError(f"a log needs at least {LEAST_REVIEWS:,} reviews, not {reviews:,}")
    rings, paid = _rings(np.random.default_rng([seed, VERSION, 1]), reviews)
    batches = _batches(np.random.default_rng([seed, VERSION]), reviews, paid, progress)
    return write_log(path, REVIEW_SCHEMA, batches, Truth(VERSION, reviews, seed, rings))


def _sizes(reviews: int) -> tuple[int, int]:
    return reviews // REVIEWS_PER_REVIEWER, reviews // REVIEWS_PER_PRODUCT


def _drawn(rng: np.random.Generator, n: int, size: int, exponent: float) -> NDArray[np.int64]:
    """Return ``n`` ranks from 0 to ``size`` - 1 by a power law: its distribution function, inverted."""
    return (size * rng.random(n) ** (1 / (1 - exponent))).astype(np.int64)


def _rings(rng: np.random.Generator, reviews: int) -> tuple[tuple[BigRing, ...], Columns]:
    """Return the rings, by the ids of the log, and the reviews they wrote."""
    planted, parts = [], []
    for _ in range(ring_count(reviews)):
        accounts, products = (
            np.sort(size // 2 + rng.choice(size - size // 2, n, replace=False))
            for size, n in zip(_sizes(reviews), (draw_size(rng), int(rng.integers(5, 31))), strict=True)
        )
        who, what = ring_pairs(rng.random((len(accounts), len(products))) < rng.uniform(*DENSITY), rng)
        length = rng.uniform(*LENGTH)
        day = rng.uniform(0, DAYS - length) + length * rng.random(len(who))
        rating = ring_ratings(len(who), rng)
        parts.append((accounts[who], products[what], rating, day))
        names = [tuple(_ids(letter, codes).to_pylist()) for letter, codes in (("U", accounts), ("P", products))]
        planted.append(
            BigRing(names[0], names[1], len(who), len(who) / (len(accounts) * len(products)), float(day.min()), float(day.max()))
        )
    reviewer, product, rating, day = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = rng.permutation(len(day))
    return tuple(planted), (reviewer[order], product[order], rating[order], day[order])


def _batches(rng: np.random.Generator, reviews: int, paid: Columns, progress: Callable[[int], None] | None) -> Iterator[pa.RecordBatch]:
    """Yield all rows; those of the rings are spread over the batches."""
    accounts, products = _sizes(reviews)
    n_paid = len(paid[0])
    done = 0
    for start in range(0, reviews, BATCH_ROWS):
        n = min(BATCH_ROWS, reviews - start)
        until = n_paid * (start + n) // reviews
        own = tuple(column[done:until] for column in paid)
        ordinary = n - len(own[0])
        drawn = (
            _drawn(rng, ordinary, accounts, REVIEWER_EXPONENT),
            _drawn(rng, ordinary, products, PRODUCT_EXPONENT),
            rng.choice(np.array([1, 2, 3, 4, 5], np.int8), ordinary, p=[0.1, 0.05, 0.1, 0.2, 0.55]),
            DAYS * rng.random(ordinary),
        )
        order = rng.permutation(n)
        reviewer, product, rating, day = (np.concatenate(pair)[order] for pair in zip(own, drawn, strict=True))
        stamps = FIRST_DAY + (day * 86_400_000).astype("timedelta64[ms]")
        columns = [_ids("U", reviewer), _ids("P", product), pa.array(rating), pa.array(stamps, pa.timestamp("ms"))]
        yield pa.record_batch(columns, schema=REVIEW_SCHEMA)
        done = until
        if progress:
            progress(start + n)


def _ids(letter: str, codes: NDArray[np.int64]) -> pa.Array:
    return pc.binary_join_element_wise(letter, pc.cast(pa.array(codes), pa.string()), "")
