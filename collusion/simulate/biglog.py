"""Logs of any size in the proportions of Amazon Reviews 2023, streamed to Parquet: what `collusion bench speed` measures on.

`collusion.simulate.market` simulates people and keeps them in memory; this module draws each review from its number alone, and keeps only
the edges of blocks. Rows are in the order of time, as an operator's log is written (a dump in another order costs the same to code, but
compresses worse).

Every account joins at some time and reviews mostly then, has three categories of its own, writes a third of its reviews in sittings and
is more or less lenient; every product is launched at some time, is reviewed mostly then, and has a category and a seller. Both sides
have heavy tails; products have bursts. Ids look like Amazon's, but the first characters of a reviewer's are the same for all, so that 571M
rows fit into 10 GB: nothing but their compressed size depends on that.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from collusion.base.errors import ConfigError
from collusion.kernels.draw_log import draw_for, draw_reviews, write_ids
from collusion.simulate.bigrings import DAYS, BigRing, plant_big_rings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["CATEGORIES", "LEAST_REVIEWS", "VERSION", "BigLog", "Rows", "Truth", "read_truth", "truth_path", "write_big_log", "write_log"]

VERSION = 1
"""Version of the draws: a log of another version is another log."""

REVIEWS, REVIEWERS, PRODUCTS = 571.54e6, 54.51e6, 48.19e6
"""Amazon Reviews 2023 (Hou et al. 2024)."""

REVIEWER_FACTOR, PRODUCT_FACTOR = 1.1, 1.25
"""Accounts and products that exist for each one that has a review."""

LEAST_REVIEWS = 10_000
"""Smallest number of reviews: a smaller log would be little more than one ring."""

FIRST_DAY = np.datetime64("2005-01-01", "ms")
"""The log ends in August 2023; reviews a day grow in proportion to time."""

CATEGORIES = (
    ("Home_and_Kitchen", 67.4), ("Clothing_Shoes_and_Jewelry", 66.0), ("Electronics", 43.9), ("Books", 29.5),
    ("Tools_and_Home_Improvement", 27.0), ("Health_and_Household", 25.6), ("Kindle_Store", 25.6), ("Beauty_and_Personal_Care", 23.9),
    ("Cell_Phones_and_Accessories", 20.8), ("Automotive", 20.0), ("Sports_and_Outdoors", 19.6), ("Movies_and_TV", 17.3),
    ("Pet_Supplies", 16.8), ("Patio_Lawn_and_Garden", 16.5), ("Toys_and_Games", 16.3), ("Grocery_and_Gourmet_Food", 14.3),
    ("Office_Products", 12.8), ("Baby_Products", 6.0), ("Arts_Crafts_and_Sewing", 9.0), ("Industrial_and_Scientific", 5.2),
    ("Software", 4.9), ("CDs_and_Vinyl", 4.8), ("Video_Games", 4.6), ("Musical_Instruments", 3.0), ("Amazon_Fashion", 2.5),
    ("Appliances", 2.1), ("All_Beauty", 0.7), ("Handmade_Products", 0.66), ("Health_and_Personal_Care", 0.49), ("Gift_Cards", 0.15),
)  # fmt: skip
"""Categories of Amazon Reviews 2023 and their millions of reviews, rounded."""

BATCH_ROWS = 1 << 18
"""Rows drawn at a time; each batch is a row group."""

ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", np.uint8)
IDS = {"reviewer_id": (7, b"AGKHLEW2SOWHNMFQIJGBE"), "product_id": (6, b"B07T"), "seller": (5, b"brand-")}
"""Number of digits of five bits each, and the prefix of the ids."""

REVIEW_SCHEMA = pa.schema({"reviewer_id": pa.string(), "product_id": pa.string(), "rating": pa.int8(), "timestamp": pa.timestamp("ms")})
SCHEMA = REVIEW_SCHEMA.append(pa.field("category", pa.dictionary(pa.int8(), pa.string()))).append(pa.field("seller", pa.string()))


class Rows(NamedTuple):
    """Reviews in the order of time, as numbers, in the order of the kernels; ``when`` on the log's clock from 0 to 1."""

    reviewer: NDArray[Any]
    product: NDArray[Any]
    when: NDArray[Any]
    rating: NDArray[Any]
    category: NDArray[Any]
    seller: NDArray[Any]

    @classmethod
    def empty(cls, n: int) -> Rows:
        """Return rows to be filled."""
        whole, small = np.int64, np.int8
        return cls(np.empty(n, whole), np.empty(n, whole), np.empty(n), np.empty(n, small), np.empty(n, small), np.empty(n, whole))

    def merged(self, other: Rows) -> Rows:
        """Return the rows of both in the order of time."""
        at = np.searchsorted(self.when, other.when)
        return Rows._make(np.insert(mine, at, theirs) for mine, theirs in zip(self, other, strict=True))


class BigLog:
    """The numbers a log is drawn from.

    Parameters
    ----------
    reviews : int
        Rows in all, those of rings included; `LEAST_REVIEWS` or more.
    seed : int, default 0
    """

    def __init__(self, reviews: int, seed: int = 0) -> None:
        if reviews < LEAST_REVIEWS:
            raise ConfigError(f"a log needs at least {LEAST_REVIEWS:,} reviews, not {reviews:,}")
        self.reviews, self.seed = reviews, seed
        self.key = np.uint64(np.random.SeedSequence([seed, VERSION]).generate_state(1, np.uint64)[0])
        rng = np.random.default_rng([seed, VERSION])
        weight = np.array([millions for _, millions in CATEGORIES])
        self.share = np.cumsum(weight / weight.sum())
        n_reviewers, n_products = (REVIEWER_FACTOR * reviews * REVIEWERS / REVIEWS, PRODUCT_FACTOR * reviews * PRODUCTS / REVIEWS)
        # Small logs have small blocks, so that there are launches at all times.
        size = int(np.clip(2 ** np.round(np.log2(reviews / 6e4)), 8, 256))
        self.people = _blocks(rng, [n_reviewers / size], size, spread=0.8)
        self.products = _blocks(rng, n_products * weight / weight.sum() / size, size, spread=1.4)
        self.sellers = np.concatenate([[0], np.cumsum(np.maximum(1, np.rint(n_products * weight / weight.sum() / 4)))]).astype(np.int64)
        self.n_accounts = len(self.people[0]) * size
        # Half an hour at the end of the log, where it grows by twice the mean.
        self.sitting = 2 * reviews / DAYS / 48
        windows = DAYS // 14
        self.bursts = (windows, max(1, round(reviews * 0.02 / 60 / windows)))
        self._next = reviews
        self.rings, self.ring_rows = plant_big_rings(self, np.random.default_rng([seed, VERSION, 1]))

    def draw(self, start: int, n: int, ordinary: int) -> Rows:
        """Return the ordinary reviews ``start`` to ``start + n`` of ``ordinary``."""
        rows = Rows.empty(n)
        draw_reviews(self.key, start, ordinary, self.sitting, self.bursts, self.people, self.products, self.share, self.sellers, rows)
        return rows

    def draw_for(self, reviewer: NDArray[np.int64], when: NDArray[np.float64]) -> Rows:
        """Return ordinary reviews by given accounts at given times."""
        rows = Rows.empty(len(reviewer))
        rows.reviewer[:], rows.when[:] = reviewer, when
        out = (rows.product, rows.rating, rows.category, rows.seller)
        draw_for(self.key, self._next, reviewer, when**2, self.products, self.share, self.sellers, out)
        self._next += len(reviewer)  # draws of their own each time
        return rows

    def rows(self, progress: Callable[[int], None] | None = None) -> Iterator[Rows]:
        """Yield all rows in the order of time, `BATCH_ROWS` ordinary ones at a time; the next are drawn while those yielded are written."""
        extra = self.ring_rows
        ordinary = self.reviews - len(extra.when)
        starts = range(0, ordinary, BATCH_ROWS)
        done = 0
        with ThreadPoolExecutor(1) as executor:
            ahead = executor.submit(self.draw, 0, min(BATCH_ROWS, ordinary), ordinary)
            for start in starts:
                rows, after = ahead.result(), start + BATCH_ROWS
                if after < ordinary:
                    ahead = executor.submit(self.draw, after, min(BATCH_ROWS, ordinary - after), ordinary)
                until = len(extra.when) if after >= ordinary else int(np.searchsorted(extra.when, rows.when[-1]))
                yield rows.merged(Rows._make(column[done:until] for column in extra))
                done = until
                if progress:
                    progress(min(after, ordinary) + done)


def _blocks(rng: np.random.Generator, count: Any, size: int, spread: float) -> tuple[NDArray[np.float64], NDArray[np.int32], int]:  # noqa: ANN401  # one number per group
    """Return the edges of blocks, group g's on [g, g + 1), lognormal in width; where in them to begin to look; and members per block."""
    edges = []
    for g, n in enumerate(count):
        width = rng.lognormal(0.0, spread, max(1, round(n)))
        edges.append(g + np.concatenate([[0.0], np.cumsum(width)[:-1] / width.sum()]))
    joined = np.concatenate(edges)
    # About one starting point per block: one or two steps then lead to the right block.
    points = np.arange(len(edges) * max(len(part) for part in edges))
    guide = np.searchsorted(joined, points / max(len(part) for part in edges), side="right") - 1
    return joined, guide.astype(np.int32), size


@dataclass(frozen=True)
class Truth:
    """What was generated, and which rings were planted, by the ids of the log."""

    version: int
    reviews: int
    seed: int
    rings: tuple[BigRing, ...]


def truth_path(log: Path) -> Path:
    """Return where the truth of a log is written: beside it."""
    return log.with_name(f"{log.stem}.truth.json")


def read_truth(log: Path) -> Truth | None:
    """Return the truth of a log; None where it was not written completely."""
    path = truth_path(log)
    if not (log.exists() and path.exists()):
        return None
    truth = json.loads(path.read_text(encoding="utf-8"))
    rings = tuple(
        BigRing(**{**ring, "reviewers": tuple(ring["reviewers"]), "products": tuple(ring["products"])}) for ring in truth["rings"]
    )
    return Truth(truth["version"], truth["reviews"], truth["seed"], rings)


def write_big_log(path: Path, reviews: int, *, seed: int = 0, bare: bool = False, progress: Callable[[int], None] | None = None) -> Truth:
    """Write a log as Parquet (zstd) and its truth beside it. Same arguments, same bytes.

    Parameters
    ----------
    path : Path
    reviews : int
    seed : int, default 0
    bare : bool, default False
        Whether to leave out the columns of categories and sellers; the reviews are the same.
    progress : callable, optional
        Called with the rows written so far.

    Notes
    -----
    O(reviews); memory for a few row groups at any size of the log: about 0.4 GiB, and 16 bytes per block of 256 accounts or products.
    """
    log = BigLog(reviews, seed)
    schema = REVIEW_SCHEMA if bare else SCHEMA
    rings = tuple(
        BigRing(**{**asdict(ring), "reviewers": _names("reviewer_id", ring.reviewers), "products": _names("product_id", ring.products)})
        for ring in log.rings
    )
    batches = (_batch(rows).select(schema.names) for rows in log.rows(progress))
    return write_log(path, schema, batches, Truth(VERSION, reviews, seed, rings))


def write_log(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], truth: Truth) -> Truth:
    """Write batches as Parquet (zstd), one row group per batch, and their truth beside it; a log with a truth file is complete."""
    part = path.with_name(f"{path.name}.part")
    truth_path(path).unlink(missing_ok=True)
    coded = [name for name in ("rating", "category") if name in schema.names]
    options = {"compression": "zstd", "compression_level": 1, "use_dictionary": coded, "write_statistics": False}
    # Ids are almost all different within a row group, where a dictionary only adds size; times mostly ascend.
    coding = {"timestamp": "DELTA_BINARY_PACKED"}
    with pq.ParquetWriter(part, schema, column_encoding=coding, store_schema=False, **options) as file:
        for batch in batches:
            file.write_batch(batch)
    part.replace(path)
    truth_path(path).write_text(json.dumps(asdict(truth), indent=1) + "\n", encoding="utf-8")
    return truth


def _batch(rows: Rows) -> pa.RecordBatch:
    stamps = FIRST_DAY + (rows.when * (DAYS * 86_400_000)).astype("timedelta64[ms]")
    columns = [
        _ids("reviewer_id", rows.reviewer),
        _ids("product_id", rows.product),
        pa.array(rows.rating),
        pa.array(stamps, pa.timestamp("ms")),
        pa.DictionaryArray.from_arrays(pa.array(rows.category), [name for name, _ in CATEGORIES]),
        _ids("seller", rows.seller),
    ]
    return pa.record_batch(columns, schema=SCHEMA)


def _ids(column: str, numbers: NDArray[np.int64]) -> pa.Array:
    digits, prefix = IDS[column]
    width = digits + len(prefix)
    text = np.empty((len(numbers), width), np.uint8)
    write_ids(numbers, digits, np.frombuffer(prefix, np.uint8), ALPHABET, text)
    offsets = np.arange(0, width * (len(numbers) + 1), width, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text))


def _names(column: str, numbers: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(_ids(column, np.array(numbers, np.int64)).to_pylist())
